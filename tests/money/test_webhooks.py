"""Webhooks: only signed ones, each once, and an older word never overwrites a newer."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import orjson
import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, InputRefused
from fibermap.money.desk import MoneyDesk
from fibermap.money.payments import DEPOSIT, take_deposit
from fibermap.money.refund import RefundState, refund_of
from fibermap.money.refunds import refund_deposit
from fibermap.money.settings import MoneySettings
from fibermap.money.signature import sign, verify
from fibermap.money.stripe_gateway import StripeGateway
from fibermap.money.webhooks import Effect, take_webhook
from tests.money.build import NOON, books, deposit_order, events, hash_of, held_deposit, is_sound, open_money

SECRET = "whsec_test"
_numbers = itertools.count()


def told(kind: str, key: str | None = "key-1", event_id: str | None = None, **said: Any) -> bytes:
    """Return the body of an event in Stripe's shape."""
    metadata = {} if key is None else {"fibermap_key": key}
    thing = {"id": "pi_1", "object": "payment_intent", "metadata": metadata, "receipt_email": "ann@example.org", **said}
    event_id = event_id or f"evt_{next(_numbers)}"
    return orjson.dumps(
        {"id": event_id, "object": "event", "type": kind, "created": int(NOON.timestamp()), "data": {"object": thing}}
    )


def send(desk: MoneyDesk, body: bytes) -> Effect:
    return take_webhook(desk, body, sign(body, SECRET, NOON))


def test_a_capture_is_told_by_webhook_before_the_call_has_answered() -> None:
    with open_money() as (desk, _):
        take_deposit(desk, deposit_order(token="tok_timeout"))
        body = told("payment_intent.succeeded")
        assert send(desk, body) is Effect.APPLIED
        assert send(desk, body) is Effect.REPLAYED
        assert send(desk, told("payment_intent.succeeded")) is Effect.UNCHANGED
        assert send(desk, told("payment_intent.payment_failed")) is Effect.UNCHANGED
        assert books(desk) == {"gateway_clearing": 5_000, "customer_deposits": 5_000}
        assert events(desk) == ["DepositTaken"]
        assert is_sound(desk)


def test_money_that_came_after_all_is_held() -> None:
    with open_money() as (desk, _):
        take_deposit(desk, deposit_order(token="tok_chargeDeclined"))
        assert send(desk, told("payment_intent.succeeded")) is Effect.APPLIED
        assert events(desk) == ["PaymentFailed", "DepositTaken"]


def test_a_refund_that_came_back_is_owed_again() -> None:
    with open_money() as (desk, _):
        refund = refund_deposit(desk, held_deposit(desk), "moved away", "ann")
        failed = told(
            "refund.failed", f"refund:{refund.refund_id}", status="failed", failure_reason="lost_or_stolen_card"
        )
        assert send(desk, failed) is Effect.APPLIED
        assert books(desk) == {"gateway_clearing": 5_000, "refunds_payable": 5_000}
        assert refund_of(desk.store.sql, refund.refund_id).state is RefundState.MANUAL
        assert send(desk, told("refund.updated", f"refund:{refund.refund_id}", status="succeeded")) is Effect.UNCHANGED
        assert is_sound(desk)


@pytest.mark.parametrize(
    "kind", ["customer.created", "charge.dispute.created", "refund.updated", "payment_intent.created"]
)
def test_what_is_not_followed_is_kept_and_changes_nothing(kind: str) -> None:
    with open_money() as (desk, _):
        before = hash_of(desk)
        assert send(desk, told(kind, None)) is Effect.IGNORED
        assert send(desk, told("payment_intent.succeeded", "nobody's")) is Effect.IGNORED
        kept = desk.store.sql.rows("test.kept", "SELECT type, body FROM payment_webhook")
        assert len(kept) == 2
        assert "ann@" not in str(kept)
        assert hash_of(desk) == before


@pytest.mark.parametrize("header", [None, "", "t=1", "v1=ab", "t=x,v1=ab", "t=1,v1=ab", "t=" + "9" * 30 + ",v1=ab"])
def test_what_is_not_signed_is_refused_and_not_kept(header: str | None) -> None:
    with open_money() as (desk, _):
        with pytest.raises(InputRefused) as refused:
            take_webhook(desk, told("payment_intent.succeeded"), header)
        assert refused.value.code is Code.WEBHOOK_REFUSED
        assert desk.store.sql.value("test.count", "SELECT count(*) FROM payment_webhook") == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"id": 1}',
        b'{"id":"e","type":"t","created":1e99,"data":{"object":{}}}',
        b'{"id":"","type":"t","created":1,"data":{"object":{}}}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with open_money() as (desk, _), pytest.raises(InputRefused):
        send(desk, body)


def test_old_and_foreign_signatures_are_refused_as_by_the_sdk() -> None:
    body = told("payment_intent.succeeded")
    verify(body, sign(body, SECRET, NOON), SECRET, NOON, 300)
    by_the_sdk = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET, int(NOON.timestamp()))
    assert sign(body, SECRET, NOON) == by_the_sdk
    for header, secret in (
        (sign(body, SECRET, NOON - timedelta(seconds=301)), SECRET),
        (sign(body, "whsec_other", NOON), SECRET),
        (sign(body + b" ", SECRET, NOON), SECRET),
        (sign(body, "", NOON), ""),
    ):
        with pytest.raises(InputRefused):
            verify(body, header, secret, NOON, 300)


def test_the_stripe_gateway_reads_the_same_events_by_the_sdk() -> None:
    gateway = StripeGateway.of(MoneySettings(gateway="stripe", api_key="sk_test_1", webhook_secret=SECRET))
    body = told("payment_intent.succeeded")
    fresh = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET)
    event = gateway.read_webhook(body, fresh, NOON)
    assert (event.subject, event.key) == ("payment", "key-1")
    for bad_body, header in (
        (body, sign(body, SECRET, NOON - timedelta(days=30))),
        (body, None),
        (b"\xff", fresh),
        (body + b" ", fresh),
    ):
        with pytest.raises(InputRefused):
            gateway.read_webhook(bad_body, header, NOON)


@given(st.permutations(["payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled",
                        "payment_intent.processing"]))  # fmt: skip
@settings(max_examples=10)
def test_in_whatever_order_they_come_the_money_is_there_once(kinds: list[str]) -> None:
    with open_money() as (desk, _):
        take_deposit(desk, deposit_order(token="tok_timeout"))
        for kind in kinds:
            send(desk, told(kind))
        assert books(desk) == {"gateway_clearing": 5_000, "customer_deposits": 5_000}
        assert DEPOSIT in desk.store.sql.value("test.source", "SELECT source FROM ledger_transaction")
