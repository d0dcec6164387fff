"""The Stripe adapter against a server of Stripe's shape: what failed, what was not carried out, what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from fibermap.kernel.errors import Code, InputRefused
from fibermap.money.amount import Money
from fibermap.money.desk import MoneyDesk
from fibermap.money.gateway import Answered, Charge, NotSent, Outcome, OutcomeUnknown, RefundOrder
from fibermap.money.payment import PaymentState
from fibermap.money.payments import settle_open_payments, take_deposit
from fibermap.money.refund import RefundState
from fibermap.money.refunds import refund_deposit, settle_open_refunds
from fibermap.money.settings import MoneySettings, money_settings
from fibermap.money.stripe_gateway import StripeGateway
from fibermap.store import Store
from tests.money.build import Hand, books, deposit_order, held_deposit
from tests.money.fake_stripe import NOW_S, FakeStripe, serve_fake_stripe

AT = datetime.fromtimestamp(NOW_S, UTC)
CHARGE = Charge("key-1", Money(5_000, "USD"), "tok_visa", "deposit 1", AT)
REFUND = RefundOrder("refund:1", Money(5_000, "USD"), "pi_0", AT)


def settings_for(url: str, **given: Any) -> MoneySettings:
    return MoneySettings(gateway="stripe", base_url=url, api_key="sk_test_1", webhook_secret="whsec_1", **given)


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    with serve_fake_stripe() as served:
        yield served


@pytest.fixture
def gateway(fake: FakeStripe) -> StripeGateway:
    return StripeGateway.of(settings_for(fake.url))


def test_a_charge_is_captured_with_its_key_and_found_by_it(gateway: StripeGateway, fake: FakeStripe) -> None:
    assert gateway.find_charge(CHARGE) == Answered(Outcome.ABSENT)
    assert gateway.charge(CHARGE) == Answered(Outcome.DONE, "pi_0")
    assert gateway.charge(CHARGE) == Answered(Outcome.DONE, "pi_0")
    assert len(fake.intents) == 1
    assert gateway.find_charge(CHARGE) == Answered(Outcome.DONE, "pi_0")
    _, _, form, key = fake.requests[1]
    assert (key, form["amount"], form["currency"], form["confirm"]) == ("key-1", "5000", "usd", "true")
    assert form["payment_method_data[card][token]"] == "tok_visa"


def test_a_charge_is_found_behind_many_others(gateway: StripeGateway, fake: FakeStripe) -> None:
    gateway.charge(CHARGE)
    fake.intents += [{**fake.intents[0], "id": f"pi_x{n}", "metadata": {}} for n in range(250)]
    assert gateway.find_charge(CHARGE) == Answered(Outcome.DONE, "pi_0")
    assert sum(method == "GET" for method, *_ in fake.requests) == 3


def test_a_declined_card_says_why_also_when_it_is_looked_up(gateway: StripeGateway) -> None:
    declined = Charge("key-2", Money(5_000, "USD"), "tok_chargeDeclinedInsufficientFunds", "deposit 2", AT)
    assert gateway.charge(declined) == Answered(Outcome.FAILED, "pi_0", "insufficient_funds")
    assert gateway.find_charge(declined) == Answered(Outcome.FAILED, "pi_0", "insufficient_funds")


@pytest.mark.parametrize(
    "told",
    [
        "close",
        (500, {"error": {"message": "oops"}}),
        (503, b"<html>"),
        (200, b"{"),
        (200, b"[]"),
        (409, {"error": {"type": "idempotency_error"}}),
        (200, b"x" * (5 << 20)),
    ],
)
def test_what_may_have_been_carried_out_is_unknown_and_asked_once(
    gateway: StripeGateway, fake: FakeStripe, told: Any
) -> None:
    fake.next_answers.append(told)
    with pytest.raises(OutcomeUnknown):
        gateway.charge(CHARGE)
    assert len(fake.requests) == 1


def test_what_is_not_answered_in_time_is_unknown_and_asked_once(fake: FakeStripe) -> None:
    fake.next_answers.append("hang")
    with pytest.raises(OutcomeUnknown):
        StripeGateway.of(settings_for(fake.url, timeout_s=1.0)).charge(CHARGE)
    assert len(fake.requests) == 1


@pytest.mark.parametrize("status", [429, 401, 403])
def test_what_was_turned_away_was_not_sent(gateway: StripeGateway, fake: FakeStripe, status: int) -> None:
    fake.next_answers.append((status, {"error": {"type": "invalid_request_error", "message": "no"}}))
    with pytest.raises(NotSent):
        gateway.charge(CHARGE)
    assert len(fake.requests) == 1


def test_where_nobody_listens_nothing_was_sent() -> None:
    with pytest.raises(NotSent):
        StripeGateway.of(settings_for("http://127.0.0.1:9")).charge(CHARGE)


def test_a_redirect_is_not_followed(gateway: StripeGateway, fake: FakeStripe) -> None:
    fake.next_answers.append((302, b""))
    with pytest.raises(OutcomeUnknown):
        gateway.charge(CHARGE)
    assert len(fake.requests) == 1


def test_a_refund_is_made_once_and_found(gateway: StripeGateway, fake: FakeStripe) -> None:
    gateway.charge(CHARGE)
    assert gateway.find_refund(REFUND) == Answered(Outcome.ABSENT)
    assert gateway.refund(REFUND) == Answered(Outcome.DONE, "re_0")
    assert gateway.find_refund(REFUND) == Answered(Outcome.DONE, "re_0")
    other = RefundOrder("refund:2", REFUND.money, "pi_0", AT)
    assert gateway.refund(other) == Answered(Outcome.FAILED, None, "charge_already_refunded")
    assert len(fake.refunds) == 1


@pytest.mark.parametrize("url", ["http://metadata.internal", "http://10.0.0.1", "https://user:x@api.example",
                                 "https://api.example/?a=b"])  # fmt: skip
def test_only_https_or_this_machine_is_asked(url: str) -> None:
    with pytest.raises(InputRefused) as refused:
        StripeGateway.of(settings_for(url))
    assert refused.value.code is Code.GATEWAY_MISCONFIGURED


def test_without_a_key_there_is_no_gateway() -> None:
    with pytest.raises(InputRefused):
        StripeGateway.of(MoneySettings(gateway="stripe"))


def test_settings_never_show_a_secret() -> None:
    said = repr(settings_for("https://api.stripe.com"))
    assert "sk_test" not in said
    assert "whsec" not in said


def test_a_setting_that_cannot_be_used_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIBERMAP_PAYMENT_TIMEOUT_S", "sk_live_in_the_wrong_place")
    with pytest.raises(InputRefused) as refused:
        money_settings()
    assert "FIBERMAP_PAYMENT_TIMEOUT_S" in refused.value.message
    assert "sk_live" not in str(refused.value)


@pytest.fixture
def desk(gateway: StripeGateway, fake: FakeStripe) -> Iterator[MoneyDesk]:
    with Store.open(":memory:", clock=Hand(AT)) as store:
        yield MoneyDesk(store, gateway, settings_for(fake.url))


def test_a_charge_whose_answer_was_lost_is_found_and_not_repeated(desk: MoneyDesk, fake: FakeStripe) -> None:
    fake.next_answers.append("done_then_close")
    assert take_deposit(desk, deposit_order()).state is PaymentState.UNKNOWN
    assert settle_open_payments(desk).ended == 1
    assert take_deposit(desk, deposit_order()).state is PaymentState.CAPTURED
    assert [method for method, *_ in fake.requests] == ["POST", "GET"]
    assert books(desk) == {"gateway_clearing": 5_000, "customer_deposits": 5_000}


def test_while_it_cannot_be_looked_up_it_stays_unknown(desk: MoneyDesk, fake: FakeStripe) -> None:
    fake.next_answers += ["done_then_close", (429, {}), (500, {}), (401, {})]
    take_deposit(desk, deposit_order())
    assert [settle_open_payments(desk).still_open for _ in range(3)] == [1, 1, 1]
    assert settle_open_payments(desk).ended == 1
    assert len(fake.intents) == 1


def test_a_refund_whose_answer_was_lost_is_found(desk: MoneyDesk, fake: FakeStripe) -> None:
    deposit_id = held_deposit(desk)
    fake.next_answers.append("done_then_close")
    assert refund_deposit(desk, deposit_id, "moved away", "ann").state is RefundState.UNKNOWN
    assert settle_open_refunds(desk).ended == 1
    assert (len(fake.refunds), books(desk)) == (1, {})
