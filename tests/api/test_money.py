"""Money over HTTP: finance sees and settles it, and the gateway's webhooks are let in by their signature alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import pytest

from fibermap.access.model import Role, Scope
from fibermap.client.money import RemoteMoney
from fibermap.money.amount import Money
from fibermap.money.payments import DepositOrder, take_deposit
from fibermap.money.signature import sign
from fibermap.money_decisions import MoneyVerbs
from fibermap_api.logs import LINES, get_logger
from tests.api.answering import Site, site

FAILS = "tok_refundFail"


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("api"), started=False) as started:
        yield started


def pay(office: Site, key: str, token: str = "tok_visa") -> int:
    order = DepositOrder("lead:1", Money(5_000, "USD"), token, key)
    return take_deposit(office.service.money, order).payment_id


def ask(office: Site, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    said = office.client.request(method, path, headers=office.key(Scope.MONEY, name="ann"), json=body)
    assert said.status_code == status, said.text
    return said.json()


def tell(office: Site, body: bytes, signature: str | None = None) -> httpx.Response:
    signature = sign(body, "whsec_test", datetime.now(UTC)) if signature is None else signature
    headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
    return office.client.post("/v1/webhooks/payments", content=body, headers=headers)


def test_finance_pays_a_deposit_back_and_closes_what_the_card_refused(office: Site) -> None:
    ask(office, "POST", f"/v1/money/deposits/{pay(office, 'k1')}:refund", {"reason": "moved away"})
    waiting = ask(office, "POST", f"/v1/money/deposits/{pay(office, 'k2', FAILS)}:refund", {"reason": "moved away"})
    assert (waiting["state"], waiting["money"], waiting["author"]) == (
        "manual",
        {"amount": 5000, "currency": "USD"},
        "ann",
    )
    (listed,) = ask(office, "GET", "/v1/money/refunds")["refunds"]
    assert listed["refund_id"] == waiting["refund_id"]
    close = f"/v1/money/refunds/{waiting['refund_id']}:close"
    card = ask(office, "POST", close, {"paid_by": "cheque", "note": "card 4242 4242 4242 4242"}, 422)
    assert (card["code"], any(part in str(card) for part in ("4242 42", "424242"))) == (
        "card_number_refused",
        False,
    )
    weighed = ask(office, "POST", f"{close}?preview=true", {"paid_by": "cheque", "note": "cheque 118"})
    assert [each["text"] for each in weighed["consequences"]] == [
        "The refund of USD 50.00 counts as paid back by cheque, and waits for nobody any more.",
        "The books take USD 50.00 out of “Bank and cash”.",
    ]
    assert ask(office, "POST", close, {"paid_by": "cheque", "note": "cheque 118"})["state"] == "closed"
    assert ask(office, "POST", close, {"paid_by": "cheque", "note": "again"}, 409)["code"] == "refund_not_waiting"
    told = ask(office, "GET", "/v1/money/balances")
    assert told["gateway"] == "simulated"
    assert {each["account"]: each["amount"] for each in told["balances"] if each["amount"]} == {
        "gateway_clearing": 5_000, "bank": -5_000,
    }  # fmt: skip


def test_the_ledger_is_read_page_by_page(office: Site) -> None:
    for number in range(3):
        pay(office, f"k{number}")
    first = ask(office, "GET", "/v1/money/ledger?limit=4")
    rest = ask(office, "GET", f"/v1/money/ledger?limit=4&before={first['before']}")
    assert (len(first["lines"]), len(rest["lines"]), rest["before"]) == (4, 2, None)
    assert {line["account"] for line in first["lines"]} == {"gateway_clearing", "customer_deposits"}


def test_a_webhook_is_let_in_by_its_signature_alone(office: Site) -> None:
    pay(office, "k1", "tok_timeout")
    event = {"id": "evt_1", "type": "payment_intent.succeeded", "created": 1,
             "data": {"object": {"id": "pi_1", "metadata": {"fibermap_key": "k1"}}}}  # fmt: skip
    body = orjson.dumps(event)
    refused = tell(office, body, "t=1,v1=00")
    assert (refused.status_code, refused.json()["code"]) == (422, "webhook_refused")
    assert tell(office, body).json() == {"effect": "applied"}
    assert tell(office, body).json() == {"effect": "replayed"}
    assert tell(office, b"x" * (300 << 10)).status_code == 413
    assert ask(office, "POST", "/v1/money:settle") == {"ended": 0, "still_open": 0}


class Over:
    """The connection of a client, in this process."""

    def __init__(self, office: Site) -> None:
        self._office = office

    def get(self, path: str, params: dict[str, Any]) -> Any:
        return ask(self._office, "GET", f"{path}?{urlencode(params)}")

    def send(self, method: str, path: str, body: Any = None) -> Any:
        return ask(self._office, method, path, body)


def test_a_client_gets_what_the_plan_gives(office: Site) -> None:
    connection: Any = Over(office)
    here, there = MoneyVerbs(office.service.money.store), RemoteMoney(connection)
    waiting = there.refund_deposit(pay(office, "k1", FAILS), "moved away", "ann")
    assert there.refunds().table.equals(here.refunds().table)
    assert there.balances("lead:1").table.equals(here.balances("lead:1").table)
    assert there.ledger(limit=2).table.equals(here.ledger(limit=2).table)
    closed = there.close_refund(waiting.refund_id, "cash", "at the desk", "ann")
    assert (closed.state, closed.money, type(closed.changed_at)) == ("closed", Money(5_000, "USD"), datetime)
    assert there.ledger("lead:1").table.equals(here.ledger("lead:1").table)
    assert there.settle() == here.settle()


def test_no_card_number_gets_into_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    written = BytesIO()
    monkeypatch.setattr(LINES, "file", written)
    get_logger().info("refused", said="pay with 4242-4242-4242-4242", code="card_number_refused")
    assert orjson.loads(written.getvalue())["said"] == "pay with [card number]"


def test_who_sells_does_not_see_the_books(office: Site) -> None:
    headers = office.log_in(Role.CSR)
    assert office.client.get("/v1/money/balances", headers=headers).status_code == 403
