"""Pre-orders over HTTP: at the price of the catalogue, once, with a place, a deposit, and a way back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

import pytest

from fibermap.access.model import Scope
from fibermap.plan import Plan
from tests.api.answering import Site, site
from tests.builders import ids
from tests.order.lead_town import BUILT, PLANNED, selling_town
from tests.order.selling import plan_terms

CONTACT = {"name": "Ann Lee", "phone": "406-555-0142"}
CONSENT = {"at": "2026-01-05T09:00:00Z", "wording": "You may call me about fiber."}
SIGNED = "2026-01-06T10:00:00Z"
_numbers = count(1)


@pytest.fixture
def fm() -> Iterator[Plan]:
    with selling_town() as plan:
        yield plan


@pytest.fixture
def shop(fm: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("preorders"), plan=fm) as started:
        yield started


@pytest.fixture
def offer_id(fm: Plan) -> int:
    return fm.catalogue.add(plan_terms(), "new", "ann").offer_id


def ask(shop: Site, method: str, path: str, status: int, **more: Any) -> Any:
    headers = {**shop.key(Scope.SELL), "Idempotency-Key": more.pop("key", f"request-{next(_numbers):010}")}
    said = shop.client.request(method, path, headers=headers, **more)
    assert said.status_code == status, said.text
    return said.json()


def word(fm: Plan, offer_id: int, where: str = PLANNED, **more: Any) -> dict[str, Any]:
    said = {"address_id": ids(fm)[where], "contact": CONTACT, "consent": CONSENT, "channel": "door"}
    return said | {"offer_id": offer_id, "terms_accepted_at": SIGNED} | more


def test_a_household_pre_orders_and_takes_it_back(shop: Site, fm: Plan, offer_id: int) -> None:
    taken = ask(shop, "POST", "/v1/preorders", 201, json=word(fm, offer_id))
    assert (taken["state"], taken["place"], taken["technology"], taken["deposit_due"]) == (
        "committed",
        1,
        "fiber",
        None,
    )
    assert taken["price"]["monthly_cents"] == 6_500
    path = f"/v1/preorders/{taken['preorder_id']}"
    told = ask(shop, "GET", path, 200)
    assert (told["contact"]["name"], told["terms"], told["notices"]) == ("Ann Lee", "1", [])
    assert ask(shop, "GET", "/v1/preorders?state=committed&phase=Phase%202", 200)["preorders"][0]["place"] == 1
    second = ask(shop, "POST", "/v1/preorders", 409, json=word(fm, offer_id))
    assert second["code"] == "duplicate_active_order"
    assert ask(shop, "POST", f"{path}:withdraw", 200, json={"why": "customer"})["state"] == "withdrawn"
    assert ask(shop, "POST", f"{path}:withdraw", 409, json={})["code"] == "preorder_state_refused"
    assert ask(shop, "GET", f"/v1/leads/{taken['lead_id']}", 200)["state"] == "qualified"


def test_a_lead_pre_orders_by_its_id(shop: Site, fm: Plan, offer_id: int) -> None:
    captured = {"address_id": ids(fm)[PLANNED], "contact": CONTACT, "consent": CONSENT, "channel": "door"}
    lead_id = ask(shop, "POST", "/v1/leads", 201, json=captured)["lead_id"]
    asked = {"lead_id": lead_id, "offer_id": offer_id, "terms_accepted_at": SIGNED, "channel": "door"}
    assert ask(shop, "POST", "/v1/preorders", 201, json=asked)["lead_id"] == lead_id


def test_the_same_request_is_one_pre_order(shop: Site, fm: Plan, offer_id: int) -> None:
    key, headers = "the-same-request-again", shop.key(Scope.SELL)
    answers = [
        shop.client.post("/v1/preorders", headers=headers | {"Idempotency-Key": key}, json=word(fm, offer_id))
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"


def test_where_it_is_built_or_nothing_is_planned_another_way_is_told(shop: Site, fm: Plan, offer_id: int) -> None:
    built = ask(shop, "POST", "/v1/preorders", 409, json=word(fm, offer_id, BUILT))
    assert (built["code"], "order" in built["hint"]) == ("offer_not_available", True)
    beyond = ask(shop, "POST", "/v1/preorders", 409, json=word(fm, offer_id, "8 Main St"))
    assert (beyond["code"], "interest" in beyond["hint"]) == ("not_build", True)
    assert fm.store.sql.value("test", "SELECT count(*) FROM lead") == 0, "a refused pre-order leaves no lead behind"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"consent": None}, "consent_required"), ({"contact": None}, "argument_invalid"),
        ({"lead_id": 5}, "argument_invalid"), ({"terms_accepted_at": "2999-01-01T00:00:00Z"}, "argument_invalid"),
        ({"payment_token": "4111111111111111"}, "argument_invalid"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(shop: Site, fm: Plan, offer_id: int, wrong: dict[str, Any], code: str) -> None:
    assert ask(shop, "POST", "/v1/preorders", 422, json=word(fm, offer_id, **wrong))["code"] == code
    assert fm.store.sql.value("test", "SELECT count(*) FROM contact") == 0


def test_a_token_is_not_kept_where_no_deposit_is_asked_for(shop: Site, fm: Plan, offer_id: int) -> None:
    taken = ask(shop, "POST", "/v1/preorders", 201, json=word(fm, offer_id, payment_token="tok_visa"))
    assert (taken["state"], taken["payment"], taken["deposit_due"]) == ("committed", None, None)
    assert fm.store.sql.value("test", "SELECT count(*) FROM payment") == 0


def test_a_deposit_is_asked_for_paid_and_given_back(shop: Site, fm: Plan, offer_id: int) -> None:
    fm.configure("deposits", "ann", preorder_deposit_cents=5_000)
    taken = ask(shop, "POST", "/v1/preorders", 201, json=word(fm, offer_id))
    assert (taken["state"], taken["place"]) == ("pre-ordered", None)
    assert taken["deposit_due"] == {"amount_cents": 5_000, "currency": "USD"}
    path = f"/v1/preorders/{taken['preorder_id']}"
    ask(shop, "POST", f"{path}:pay", 200, json={"payment_token": "tok_visa"})
    assert [ask(shop, "GET", path, 200)[name] for name in ("state", "place")] == ["committed", 1]
    ask(shop, "POST", f"{path}:withdraw", 200, json={"why": "slipped"})
    assert fm.store.sql.value("test", "SELECT state FROM deposit") == "refunded"


def test_in_python_it_is_the_same(fm: Plan, offer_id: int) -> None:
    signed = datetime.fromisoformat(SIGNED)
    taken = fm.preorders.take(
        offer_id, terms_accepted_at=signed, channel="door", where=ids(fm)[PLANNED], name="Ann Lee",
        phone="406-555-0142", consent_at=signed, wording="You may call me.",
    )  # fmt: skip
    assert (taken["state"], taken["place"]) == ("committed", 1)
    assert fm.preorders.list(["committed"]).table.num_rows == 1
    assert fm.preorders.withdraw(taken["preorder_id"])["state"] == "withdrawn"
    fm.configure("deposits", "ann", preorder_deposit_cents=5_000)
    again = fm.preorders.take(
        offer_id, terms_accepted_at=signed, channel="door", lead_id=taken["lead_id"], payment_token="tok_visa"
    )
    assert (again["state"], again["payment"]) == ("committed", "captured")
