"""Payments at a page of the gateway: opened once, paid once, closed, and never lost, whatever comes first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.money.desk import MoneyDesk
from fibermap.money.gateway import PAGE_EXPIRED
from fibermap.money.pages import close_page, intend_close, look_at_page, settle_pages
from fibermap.money.payment import Payment, PaymentState
from fibermap.money.payment_store import payment_of
from fibermap.money.payments import PAGE_CLOSED, DepositOrder, carry_out, intend_deposit, take_deposit
from fibermap.money.refund import RefundState
from fibermap.money.refunds import refund_deposit
from fibermap.money.settle import open_desk, settle_money
from fibermap.money.simulated_gateway import NEEDS_CUSTOMER, SimulatedGateway
from fibermap.money.webhooks import Effect
from fibermap.store import Store
from tests.money.build import FIFTY, Hand, books, do, events, is_sound, open_money, page_order
from tests.money.fake_stripe import NOW_S, FakeStripe, serve_fake_stripe
from tests.money.test_stripe import settings_for
from tests.money.test_webhooks import send, told

HELD = {"gateway_clearing": 5_000, "customer_deposits": 5_000}


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    with serve_fake_stripe() as served:
        yield served


@pytest.fixture
def clock() -> Hand:
    return Hand(datetime.fromtimestamp(NOW_S, UTC))


@pytest.fixture
def desk(fake: FakeStripe, clock: Hand) -> Iterator[MoneyDesk]:
    """A desk at Stripe's shape."""
    with Store.open(":memory:", clock=clock) as store:
        yield open_desk(store, settings_for(fake.url))


def open_one(desk: MoneyDesk) -> Payment:
    payment = take_deposit(desk, page_order())
    assert payment.state is PaymentState.AWAITING
    return payment


def close(desk: MoneyDesk, payment: Payment) -> Payment:
    do(desk, lambda uow: intend_close(uow, payment.payment_id))
    return close_page(desk, payment.payment_id)


def test_a_page_is_opened_once_with_what_finds_it_again(desk: MoneyDesk, fake: FakeStripe) -> None:
    payment = open_one(desk)
    assert take_deposit(desk, page_order()) == payment
    assert payment.page is not None
    assert payment.page.url == "https://checkout.stripe.example/c/pay/cs_test_0#fid"
    assert payment.page.expires_at == payment.intended_at + timedelta(hours=23)
    ((method, path, form, key),) = fake.requests
    assert (method, path, key) == ("POST", "/v1/checkout/sessions", "key-1")
    assert form["payment_intent_data[metadata][fibermap_key]"] == form["metadata[fibermap_key]"] == "key-1"
    assert (form["mode"], form["payment_method_types[0]"], form["client_reference_id"]) == ("payment", "card", "key-1")
    assert form["success_url"] == form["cancel_url"] == "https://fiber.example/portal#follow=abc"
    assert books(desk) == {}


def test_what_is_paid_at_a_page_is_a_deposit_and_goes_back_to_its_card(desk: MoneyDesk, fake: FakeStripe) -> None:
    payment = open_one(desk)
    assert look_at_page(desk, payment.payment_id).state is PaymentState.AWAITING
    fake.pay("cs_test_0")
    paid = look_at_page(desk, payment.payment_id)
    assert (paid.state, paid.gateway_id) == (PaymentState.CAPTURED, "pi_0")
    assert books(desk) == HELD
    assert refund_deposit(desk, payment.payment_id, "moved away", "ann").state is RefundState.PAID
    assert fake.refunds[0]["payment_intent"] == "pi_0"
    assert is_sound(desk)


def test_a_page_that_nobody_paid_at_has_failed(desk: MoneyDesk, fake: FakeStripe, clock: Hand) -> None:
    payment = open_one(desk)
    clock.wait(hours=24)
    fake.sessions[0] |= {"status": "expired", "url": None}
    assert settle_money(desk).ended == 1
    assert payment_of(desk.store.sql, payment.payment_id).failure == PAGE_EXPIRED
    assert events(desk) == ["PaymentFailed"]


def test_the_recovery_pass_asks_for_an_open_page_now_and_then_only(
    desk: MoneyDesk, fake: FakeStripe, clock: Hand
) -> None:
    payment = open_one(desk)
    settle_pages(desk)
    assert len(fake.requests) == 1
    clock.wait(minutes=11)
    settle_pages(desk)
    settle_pages(desk)
    look_at_page(desk, payment.payment_id, after=timedelta(seconds=5))
    assert len(fake.requests) == 2


def test_a_page_whose_opening_broke_off_is_looked_up_by_its_key(desk: MoneyDesk, fake: FakeStripe) -> None:
    fake.next_answers.append("done_then_close")
    payment = take_deposit(desk, page_order())
    assert payment.state is PaymentState.UNKNOWN
    settle_money(desk)
    found = payment_of(desk.store.sql, payment.payment_id)
    assert found.state is PaymentState.AWAITING
    assert found.page is not None
    assert found.page.page_id == "cs_test_0"
    assert len(fake.sessions) == 1


def test_a_page_that_was_paid_before_anybody_knew_of_it_is_a_deposit(desk: MoneyDesk, fake: FakeStripe) -> None:
    fake.next_answers.append("done_then_close")
    payment = take_deposit(desk, page_order())
    fake.pay("cs_test_0")
    settle_money(desk)
    assert payment_of(desk.store.sql, payment.payment_id).state is PaymentState.CAPTURED
    assert books(desk) == HELD


def test_a_page_that_never_arrived_is_opened_later_and_not_where_it_is_too_late(
    desk: MoneyDesk, fake: FakeStripe, clock: Hand
) -> None:
    fake.next_answers.append((429, {"error": {"type": "invalid_request_error"}}))
    first = take_deposit(desk, page_order())
    assert first.state is PaymentState.INTENDED
    settle_money(desk)
    assert payment_of(desk.store.sql, first.payment_id).state is PaymentState.AWAITING
    fake.next_answers.append((429, {"error": {"type": "invalid_request_error"}}))
    late = take_deposit(desk, page_order("key-2", party="lead:2"))
    clock.wait(hours=2)
    settle_money(desk)
    assert payment_of(desk.store.sql, late.payment_id).failure == "never_arrived"
    assert len(fake.sessions) == 1


def test_a_closed_page_cannot_be_paid_at(desk: MoneyDesk, fake: FakeStripe) -> None:
    closed = close(desk, open_one(desk))
    assert (closed.state, closed.failure) == (PaymentState.FAILED, PAGE_EXPIRED)
    assert fake.sessions[0]["status"] == "expired"
    assert books(desk) == {}


def test_what_was_paid_before_a_page_was_closed_is_a_deposit(desk: MoneyDesk, fake: FakeStripe) -> None:
    payment = open_one(desk)
    fake.pay("cs_test_0")
    assert close(desk, payment).state is PaymentState.CAPTURED
    assert books(desk) == HELD


def test_a_closing_that_broke_off_is_made_up_for(desk: MoneyDesk, fake: FakeStripe) -> None:
    payment = open_one(desk)
    fake.next_answers.append("close")
    assert close(desk, payment).state is PaymentState.AWAITING
    settle_money(desk)
    assert payment_of(desk.store.sql, payment.payment_id).state is PaymentState.FAILED


def test_a_page_that_is_not_wanted_any_more_is_never_opened(desk: MoneyDesk, fake: FakeStripe) -> None:
    payment = do(desk, lambda uow: intend_deposit(uow, desk, page_order()))
    closed = close(desk, payment)
    assert (closed.state, closed.failure) == (PaymentState.FAILED, PAGE_CLOSED)
    assert carry_out(desk, payment.payment_id) == closed
    assert fake.requests == []


def test_a_payment_that_the_gateway_is_still_at_is_settled_later(desk: MoneyDesk, fake: FakeStripe) -> None:
    payment = open_one(desk)
    fake.pay("cs_test_0", payment_status="unpaid")
    assert look_at_page(desk, payment.payment_id).state is PaymentState.UNKNOWN
    fake.sessions[0]["payment_status"] = "paid"
    settle_money(desk)
    assert books(desk) == HELD


def test_an_address_that_is_none_of_the_web_is_never_given_out(desk: MoneyDesk, fake: FakeStripe) -> None:
    bad = {"id": "cs_1", "object": "checkout.session", "status": "open", "url": "javascript:1", "expires_at": NOW_S}
    fake.next_answers.append((200, bad))
    assert take_deposit(desk, page_order()).state is PaymentState.UNKNOWN


COMPLETED = {"object": "checkout.session", "id": "cs_1", "payment_status": "paid", "payment_intent": "pi_9"}


def test_that_somebody_paid_is_told_before_the_page_is_known_and_twice() -> None:
    with open_money() as (desk, _):
        payment = do(desk, lambda uow: intend_deposit(uow, desk, page_order()))
        body = told("checkout.session.completed", **COMPLETED)
        assert send(desk, body) is Effect.APPLIED
        assert send(desk, body) is Effect.REPLAYED
        assert send(desk, told("payment_intent.succeeded", id="pi_9")) is Effect.UNCHANGED
        assert send(desk, told("checkout.session.expired", **COMPLETED)) is Effect.UNCHANGED
        paid = carry_out(desk, payment.payment_id)
        assert (paid.state, paid.gateway_id) == (PaymentState.CAPTURED, "pi_9")
        assert books(desk) == HELD
        assert is_sound(desk)


def test_a_card_that_is_refused_at_the_page_ends_nothing() -> None:
    with open_money() as (desk, _):
        payment = open_one(desk)
        assert send(desk, told("payment_intent.payment_failed")) is Effect.UNCHANGED
        assert send(desk, told("checkout.session.completed", **COMPLETED | {"payment_status": "unpaid"})) is (
            Effect.UNCHANGED
        )
        assert payment_of(desk.store.sql, payment.payment_id).state is PaymentState.AWAITING
        assert send(desk, told("checkout.session.async_payment_succeeded", **COMPLETED)) is Effect.APPLIED
        assert books(desk) == HELD


@pytest.mark.parametrize("kind", ["checkout.session.expired", "checkout.session.async_payment_failed"])
def test_that_nobody_paid_is_told(kind: str) -> None:
    with open_money() as (desk, _):
        payment = open_one(desk)
        assert send(desk, told(kind, **COMPLETED | {"payment_status": "unpaid"})) is Effect.APPLIED
        assert payment_of(desk.store.sql, payment.payment_id).state is PaymentState.FAILED


def simulated(desk: MoneyDesk) -> SimulatedGateway:
    assert isinstance(desk.gateway, SimulatedGateway)
    return desk.gateway


def page_id_of(payment: Payment) -> str:
    assert payment.page is not None
    assert payment.page.page_id is not None
    return payment.page.page_id


def test_at_the_simulated_page_a_customer_tries_cards_until_one_is_taken() -> None:
    with open_money() as (desk, _):
        payment = open_one(desk)
        assert payment.page is not None
        assert payment.page.url == f"https://fiber.example/simulated-payment/{page_id_of(payment)}"
        pay = simulated(desk).pay_at_page
        assert pay(page_id_of(payment), "tok_chargeDeclined") == "card_declined"
        assert look_at_page(desk, payment.payment_id).is_open
        assert pay(page_id_of(payment), NEEDS_CUSTOMER) is None
        assert look_at_page(desk, payment.payment_id).state is PaymentState.CAPTURED
        with pytest.raises(Conflict) as refused:
            pay(page_id_of(payment), "tok_visa")
        assert refused.value.code is Code.PAYMENT_PAGE_CLOSED
        assert books(desk) == HELD


def test_a_simulated_page_expires_by_itself() -> None:
    with open_money() as (desk, clock):
        payment = open_one(desk)
        clock.wait(hours=23)
        with pytest.raises(Conflict):
            simulated(desk).pay_at_page(page_id_of(payment), "tok_visa")
        settle_money(desk)
        assert payment_of(desk.store.sql, payment.payment_id).failure == PAGE_EXPIRED


@pytest.mark.parametrize(("token", "return_url"), [(None, None), ("tok_visa", "https://fiber.example/")])
def test_a_payment_is_made_by_a_token_or_at_a_page(token: str | None, return_url: str | None) -> None:
    with open_money() as (desk, _), pytest.raises(InputRefused):
        take_deposit(desk, DepositOrder("lead:1", FIFTY, token, "key-1", return_url))
