"""The gateway over the Stripe API: the SDK's client at an address that only the operator's settings choose."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import stripe
from pydantic import HttpUrl

from fibermap.kernel.errors import Code, InputRefused
from fibermap.money.gateway import (
    PAGE_EXPIRED,
    Answered,
    Charge,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Page,
    PageOrder,
    RefundOrder,
)
from fibermap.money.settings import MoneySettings
from fibermap.money.stripe_http import BoundedHttp, NothingSent
from fibermap.money.webhook_event import (
    METADATA_KEY,
    REFUND_OUTCOMES,
    WebhookEvent,
    failure_of,
    page_paid,
    read_event,
    webhook_refused,
)

CLOCKS_DIFFER = timedelta(minutes=10)
LOOKED_UP_FOR = timedelta(hours=24)
"""How long after its intent a payment may have been made; as long as Stripe keeps an idempotency key."""
MOST_LOOKED_AT = 5_000
A_PAGE = 100

_LISTED: Mapping[str, Outcome] = {"succeeded": Outcome.DONE, "canceled": Outcome.FAILED,
                                  "requires_payment_method": Outcome.FAILED}  # fmt: skip


class StripeGateway:
    """Takes card payments over the Stripe API.

    Parameters
    ----------
    client
        The SDK's client, which repeats nothing by itself.
    """

    name = "stripe"

    def __init__(self, client: stripe.StripeClient, *, webhook_secret: str, webhook_tolerance_s: int) -> None:
        self._api = client.v1
        self._secret = webhook_secret
        self._tolerance_s = webhook_tolerance_s

    @classmethod
    def of(cls, settings: MoneySettings) -> Self:
        """Return the gateway that settings describe.

        Raises
        ------
        InputRefused
            ``gateway_misconfigured``.
        """
        key = settings.api_key.get_secret_value()
        if not key:
            raise _misconfigured("FIBERMAP_PAYMENT_API_KEY is missing.")
        client = stripe.StripeClient(
            key,
            base_addresses={"api": _base(settings.base_url)},
            http_client=BoundedHttp(settings.timeout_s),
            max_network_retries=0,
        )
        secret = settings.webhook_secret.get_secret_value()
        return cls(client, webhook_secret=secret, webhook_tolerance_s=settings.webhook_tolerance_s)

    def charge(self, charge: Charge) -> Answered:
        """Create and confirm a payment intent; what needs the customer (3-D Secure) fails."""
        options: Any = {"idempotency_key": charge.key}
        return _asked(lambda: _read_intent(_said(self._api.payment_intents.create(_intent(charge), options))))

    def find_charge(self, charge: Charge) -> Answered:
        """Look through the payment intents made since this one was intended, for the one that carries its key.

        A list is current at once; Stripe's search lags behind by up to a minute.
        """
        params: Any = {"limit": A_PAGE, "created": _since(charge.intended_at)}
        return _looked_up(
            lambda: _by_key(self._api.payment_intents.list(params).auto_paging_iter(), charge.key), _read_intent
        )

    def open_page(self, order: PageOrder) -> Answered:
        """Create a Checkout Session; cards only, so that what is paid there is known at once."""
        options: Any = {"idempotency_key": order.key}
        return _asked(lambda: _read_session(_said(self._api.checkout.sessions.create(_session(order), options))))

    def find_page(self, order: PageOrder) -> Answered:
        """Retrieve a Checkout Session, or look through those made since the payment was intended for its key."""
        page_id = order.page_id
        if page_id is not None:
            return _looked_up(lambda: _said(self._api.checkout.sessions.retrieve(page_id)), _read_session)
        params: Any = {"limit": A_PAGE, "created": _since(order.intended_at)}
        return _looked_up(
            lambda: _by_key(self._api.checkout.sessions.list(params).auto_paging_iter(), order.key), _read_session
        )

    def close_page(self, order: PageOrder) -> Answered:
        """Expire a Checkout Session; Stripe refuses that where it is complete or has expired, so then it is read."""
        page_id = order.page_id
        if page_id is None:
            return self.find_page(order)

        def close() -> Mapping[str, Any]:
            try:
                return _said(self._api.checkout.sessions.expire(page_id))
            except stripe.InvalidRequestError:
                return _said(self._api.checkout.sessions.retrieve(page_id))

        return _looked_up(close, _read_session)

    def refund(self, order: RefundOrder) -> Answered:
        """Pay a payment intent back in full."""
        params: Any = {"payment_intent": order.gateway_id, "amount": order.money.amount,
                       "metadata": {METADATA_KEY: order.key}}  # fmt: skip
        options: Any = {"idempotency_key": order.key}
        return _asked(lambda: _read_refund(_said(self._api.refunds.create(params, options))))

    def find_refund(self, order: RefundOrder) -> Answered:
        """Look through the refunds of a payment intent for the one that carries this key."""
        params: Any = {"limit": A_PAGE, "payment_intent": order.gateway_id}
        return _looked_up(lambda: _by_key(self._api.refunds.list(params).auto_paging_iter(), order.key), _read_refund)

    def read_webhook(self, body: bytes, signature: str | None, now: datetime) -> WebhookEvent:
        """Verify a webhook by the SDK and read it; ``now`` is the SDK's own."""
        try:
            stripe.Webhook.construct_event(body, signature, self._secret, self._tolerance_s)
        except stripe.SignatureVerificationError as error:
            raise webhook_refused("its signature is missing, wrong or too old") from error
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise webhook_refused("it is not an event") from error
        return read_event(body)


def _intent(charge: Charge) -> Any:
    card = (
        {"payment_method": charge.token}
        if charge.token.startswith("pm_")
        else {"payment_method_data": {"type": "card", "card": {"token": charge.token}}}
    )
    return {
        "amount": charge.money.amount,
        "currency": charge.money.currency.lower(),
        "confirm": True,
        "capture_method": "automatic",
        "payment_method_types": ["card"],
        "error_on_requires_action": True,
        "description": charge.description,
        "metadata": {METADATA_KEY: charge.key},
        **card,
    }


def _session(order: PageOrder) -> Any:
    metadata = {METADATA_KEY: order.key}
    priced = {
        "currency": order.money.currency.lower(),
        "unit_amount": order.money.amount,
        "product_data": {"name": order.description.capitalize()},
    }
    return {
        "mode": "payment",
        "payment_method_types": ["card"],
        "line_items": [{"quantity": 1, "price_data": priced}],
        "client_reference_id": order.key,
        "metadata": metadata,
        "payment_intent_data": {
            "capture_method": "automatic", "description": order.description, "metadata": metadata,
        },
        "success_url": order.return_url,
        "cancel_url": order.return_url,
        "expires_at": int(order.expires_at.timestamp()),
    }  # fmt: skip


def _asked(call: Callable[[], Answered]) -> Answered:
    """Make a call, and tell apart what failed, what was not carried out, and what may have been."""
    try:
        return call()
    except NothingSent as error:
        raise NotSent("gateway_unreachable") from error
    except stripe.RateLimitError as error:
        raise NotSent("gateway_busy") from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise NotSent("gateway_key_refused") from error
    except stripe.CardError as error:
        return Answered(Outcome.FAILED, _intent_in(error), failure_of(_error_of(error)))
    except stripe.IdempotencyError as error:  # the key was used with other parameters, or is in use right now
        raise OutcomeUnknown from error
    except stripe.InvalidRequestError as error:
        if error.http_status == 409:
            raise OutcomeUnknown from error
        return Answered(Outcome.FAILED, _intent_in(error), failure_of(_error_of(error)))
    except (stripe.StripeError, ValueError, TypeError, AttributeError, KeyError) as error:
        # A server's failure, a broken connection, or an answer that is none: it may have been carried out.
        raise OutcomeUnknown from error


def _error_of(error: stripe.StripeError) -> Mapping[str, Any]:
    body = error.json_body
    said = body.get("error") if isinstance(body, Mapping) else None
    return said if isinstance(said, Mapping) else {}


def _intent_in(error: stripe.StripeError) -> str | None:
    made = _error_of(error).get("payment_intent")
    found = made.get("id") if isinstance(made, Mapping) else None
    return found if isinstance(found, str) else None


def _said(made: Any) -> Mapping[str, Any]:
    """Return an object of the SDK as plain JSON; raises where it is none."""
    said: Mapping[str, Any] = made.to_dict()
    return said


def _read_intent(intent: Mapping[str, Any]) -> Answered:
    outcome = _LISTED.get(intent["status"], Outcome.PENDING)
    failure = None if outcome is not Outcome.FAILED else failure_of(intent.get("last_payment_error"))
    return Answered(outcome, intent["id"], failure)


def _read_session(session: Mapping[str, Any]) -> Answered:
    if session["status"] == "complete":
        return page_paid(session)
    if session["status"] == "expired":
        return Answered(Outcome.FAILED, None, PAGE_EXPIRED)
    page = Page(str(session["id"]), _page_url(session["url"]), datetime.fromtimestamp(session["expires_at"], UTC))
    return Answered(Outcome.PENDING, None, None, page)


def _page_url(said: Any) -> str:
    """Return where a customer is sent to pay; only ever an address of the web, whatever the gateway says."""
    if not isinstance(said, str) or not said.startswith("https://"):
        raise OutcomeUnknown
    return said


def _read_refund(refund: Mapping[str, Any]) -> Answered:
    return Answered(REFUND_OUTCOMES.get(refund["status"], Outcome.PENDING), refund["id"], refund.get("failure_reason"))


def _looked_up(find: Callable[[], Mapping[str, Any] | None], read: Callable[[Mapping[str, Any]], Answered]) -> Answered:
    """Look something up; where the look-up itself is refused, that says nothing of what was looked for."""

    def look() -> Answered:
        try:
            made = find()
        except stripe.InvalidRequestError as error:
            raise OutcomeUnknown from error
        return Answered(Outcome.ABSENT) if made is None else read(made)

    return _asked(look)


def _by_key(listed: Iterable[Any], key: str) -> Mapping[str, Any] | None:
    """Return the one that carries the key; raises `OutcomeUnknown` where there are too many to look at."""
    for place, made in enumerate(listed):
        if place >= MOST_LOOKED_AT:
            raise OutcomeUnknown
        said = _said(made)
        if (said.get("metadata") or {}).get(METADATA_KEY) == key:
            return said
    return None


def _since(intended_at: datetime) -> dict[str, int]:
    first, last = intended_at - CLOCKS_DIFFER, intended_at + LOOKED_UP_FOR
    return {"gte": int(first.timestamp()), "lte": int(last.timestamp())}


def _base(url: HttpUrl) -> str:
    """Return the address of the API: https, or this machine for trials."""
    is_local = url.host == "localhost" or _is_loopback(url.host or "")
    if (url.scheme != "https" and not is_local) or url.query or url.fragment or url.username:
        raise _misconfigured("FIBERMAP_PAYMENT_BASE_URL must be https, or this machine.")
    return str(url).rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _misconfigured(message: str) -> InputRefused:
    return InputRefused(Code.GATEWAY_MISCONFIGURED, message, hint="Set it in the environment of the server.")
