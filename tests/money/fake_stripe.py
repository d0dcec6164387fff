"""A small server on the loopback that speaks Stripe's shape: payment intents, refunds, idempotency, and failures."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

NOW_S = 1_795_694_400
DECLINES = {"tok_chargeDeclined": "generic_decline", "tok_chargeDeclinedInsufficientFunds": "insufficient_funds"}


@dataclass
class FakeStripe:
    """What the server holds, and how it is to behave next.

    Attributes
    ----------
    next_answers
        Taken one by one before anything else: ``(status, body)``, ``"hang"`` until the caller
        has gone, ``"close"`` or ``"done_then_close"``.
    """

    intents: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    sessions: list[dict[str, Any]] = field(default_factory=list)
    answered: dict[str, tuple[int, Any]] = field(default_factory=dict)
    next_answers: list[Any] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str], str]] = field(default_factory=list)
    url: str = ""

    def do(self, method: str, path: str, form: dict[str, str], key: str | None) -> tuple[int, Any]:
        """Answer a request; the same idempotency key gets the same answer."""
        if key is not None and key in self.answered:
            return self.answered[key]
        answer = self._do(method, path, form)
        if key is not None:
            self.answered[key] = answer
        return answer

    def _do(self, method: str, path: str, form: dict[str, str]) -> tuple[int, Any]:
        if path == "/v1/payment_intents":
            return self._intend(form) if method == "POST" else (200, self._page(path, self.intents, form))
        if path == "/v1/refunds":
            return self._refund(form) if method == "POST" else (200, self._page(path, self.refunds, form))
        if path == "/v1/checkout/sessions":
            return self._open(form) if method == "POST" else (200, self._page(path, self.sessions, form))
        if path.startswith("/v1/checkout/sessions/"):
            session_id, _, verb = path.removeprefix("/v1/checkout/sessions/").partition("/")
            return self._session(session_id, verb)
        return 404, {"error": {"type": "invalid_request_error", "message": "no such path"}}

    def _intend(self, form: dict[str, str]) -> tuple[int, Any]:
        made: dict[str, Any] = {
            "id": f"pi_{len(self.intents)}", "object": "payment_intent", "amount": int(form["amount"]),
            "currency": form["currency"], "created": NOW_S, "status": "succeeded", "last_payment_error": None,
            "metadata": {"fibermap_key": form["metadata[fibermap_key]"]},
        }  # fmt: skip
        self.intents.append(made)
        decline = DECLINES.get(form.get("payment_method_data[card][token]", ""))
        if decline is None:
            return 200, made
        error = {"type": "card_error", "code": "card_declined", "decline_code": decline, "message": "declined"}
        made |= {"status": "requires_payment_method", "last_payment_error": error}
        return 402, {"error": {**error, "payment_intent": made}}

    def _open(self, form: dict[str, str]) -> tuple[int, Any]:
        if not NOW_S + 1_800 <= int(form["expires_at"]) <= NOW_S + 86_400:
            error = {"type": "invalid_request_error", "param": "expires_at", "message": "30 minutes to 24 hours"}
            return 400, {"error": error}
        made: dict[str, Any] = {
            "id": f"cs_test_{len(self.sessions)}", "object": "checkout.session", "created": NOW_S, "mode": form["mode"],
            "status": "open", "payment_status": "unpaid", "payment_intent": None, "expires_at": int(form["expires_at"]),
            "amount_total": int(form["line_items[0][price_data][unit_amount]"]), "success_url": form["success_url"],
            "currency": form["line_items[0][price_data][currency]"], "cancel_url": form["cancel_url"],
            "client_reference_id": form["client_reference_id"],
            "metadata": {"fibermap_key": form["metadata[fibermap_key]"]},
            "url": f"https://checkout.stripe.example/c/pay/cs_test_{len(self.sessions)}#fid",
        }  # fmt: skip
        self.sessions.append(made)
        return 200, dict(made)

    def _session(self, session_id: str, verb: str) -> tuple[int, Any]:
        found = next((each for each in self.sessions if each["id"] == session_id), None)
        if found is None:
            error = {"type": "invalid_request_error", "code": "resource_missing", "message": "no such session"}
            return 404, {"error": error}
        if verb == "expire":
            if found["status"] != "open":
                message = 'Only Checkout Sessions with a status in ["open"] can be expired.'
                return 400, {"error": {"type": "invalid_request_error", "message": message}}
            found |= {"status": "expired", "url": None}
        return 200, dict(found)

    def pay(self, session_id: str, *, payment_status: str = "paid") -> dict[str, Any]:
        """Be the customer who completes a page; only then has it a payment intent."""
        found = next(each for each in self.sessions if each["id"] == session_id)
        assert found["status"] == "open", "nobody can pay at a page that is complete or has expired"
        intent = {"id": f"pi_{len(self.intents)}", "object": "payment_intent", "created": NOW_S, "status": "succeeded",
                  "metadata": found["metadata"]}  # fmt: skip
        self.intents.append(intent)
        found |= {"status": "complete", "payment_status": payment_status, "payment_intent": intent["id"], "url": None}
        return found

    def _refund(self, form: dict[str, str]) -> tuple[int, Any]:
        if any(made["payment_intent"] == form["payment_intent"] for made in self.refunds):
            return 400, {"error": {"type": "invalid_request_error", "code": "charge_already_refunded"}}
        made = {
            "id": f"re_{len(self.refunds)}", "object": "refund", "amount": int(form["amount"]), "status": "succeeded",
            "payment_intent": form["payment_intent"], "metadata": {"fibermap_key": form["metadata[fibermap_key]"]},
        }  # fmt: skip
        self.refunds.append(made)
        return 200, made

    def _page(self, path: str, made: list[dict[str, Any]], form: dict[str, str]) -> dict[str, Any]:
        newest = [each for each in reversed(made) if form.get("payment_intent") in (None, each.get("payment_intent"))]
        ids = [each["id"] for each in newest]
        first = ids.index(form["starting_after"]) + 1 if "starting_after" in form else 0
        page = newest[first : first + int(form.get("limit", "10"))]
        return {"object": "list", "url": path, "data": page, "has_more": first + len(page) < len(newest)}


class _Handler(BaseHTTPRequestHandler):
    fake: ClassVar[FakeStripe]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self._handle("GET", path, query)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        self._handle("POST", urlsplit(self.path).path, body)

    def _handle(self, method: str, path: str, text: str) -> None:
        form = {name: values[0] for name, values in parse_qs(text).items()}
        key = self.headers.get("idempotency-key")
        self.fake.requests.append((method, path, form, key or ""))
        told = self.fake.next_answers.pop(0) if self.fake.next_answers else None
        if told == "done_then_close":
            self.fake.do(method, path, form, key)
        if told == "hang":
            self.connection.recv(1)
        if told in ("hang", "close", "done_then_close"):
            self.close_connection = True
            return
        status, body = self.fake.do(method, path, form, key) if told is None else told
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers who hang up: the tests have them do so."""


@contextmanager
def serve_fake_stripe() -> Iterator[FakeStripe]:
    """Run the server for a while."""
    fake = FakeStripe()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
