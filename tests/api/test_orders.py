"""Orders over HTTP: looked at with what they need, held, released, cancelled; and what is stuck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

import fibermap
from fibermap.access.model import Scope
from fibermap.order.ground import Ground
from fibermap.order.offering import offer_id_of
from fibermap.order.order import Sold, Wanted
from fibermap.order.order_commands import place_order
from tests.api.answering import Site
from tests.api.planning import planning, village
from tests.order.selling import plan_terms

FIBER = plan_terms()
SAID = {
    "contact": {"name": "Ann Lee", "phone": "406-555-0142"}, "channel": "phone", "payment_token": "tok_visa",
    "consent": {"at": "2026-01-05T09:00:00Z", "wording": "You may call me about fiber."},
    "offer_id": offer_id_of(FIBER.code, 1),
}  # fmt: skip


class Shop:
    """Sells one offer everywhere."""

    def sell(self, ground: Ground, offer_id: int, channel: str, on: date) -> Sold:
        return Sold("fiber", '{"lines":[]}')


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    db = village(tmp_path_factory.mktemp("orders"))
    with fibermap.open(db) as fm:
        fm.catalogue.load([FIBER], "spring", "pat")
    with planning(db) as site:
        yield site


def ask(shop: Site, method: str, path: str, status: int = 200, body: Any = None, key: str | None = None) -> Any:
    headers = shop.key(Scope.SELL, name="shop") | ({} if key is None else {"Idempotency-Key": key})
    answered = shop.client.request(method, path, headers=headers, json=body)
    assert answered.status_code == status, answered.text
    return answered.json()


def happened(shop: Site, address_id: int, *scopes: Scope) -> set[str]:
    answered = shop.client.get(f"/v1/addresses/{address_id}/timeline", headers=shop.key(*scopes))
    return {entry["what"] for entry in answered.json()["entries"]}


def ordered(shop: Site, offset: int) -> int:
    store = shop.service.desk.plan.store
    known = "SELECT address_id FROM addresses WHERE class = 'build' ORDER BY address_id"
    address_id = store.sql.rows("test", known)[offset][0]
    wanted = Wanted(address_id, 1, 7, "phone", f"request {offset}", rep="Al")
    return store.run(lambda uow: place_order(uow, wanted, Shop()), cause="place_order").order_id


def test_an_order_shows_what_it_needs_and_is_held_released_and_cancelled(shop: Site) -> None:
    path = f"/v1/orders/{ordered(shop, 0)}"
    told = ask(shop, "GET", path)
    assert (told["state"], told["kind"], told["rep"]) == ("pending", "new", "Al")
    assert [each["name"] for each in told["prerequisites"] if each["state"] == "open"] == ["payment"]
    assert ask(shop, "POST", f"{path}:hold")["held_why"] == "person"
    assert ask(shop, "POST", f"{path}:release")["state"] == "pending"
    assert ask(shop, "POST", f"{path}:cancel", body={"reason": "price"})["state"] == "cancelled"
    told = ask(shop, "POST", f"{path}:cancel", body={"reason": "price"})
    assert [step["after"] for step in told["timeline"]] == ["acknowledged", "pending", "held", "pending", "cancelled"]
    assert ask(shop, "POST", f"{path}:hold", 409)["code"] == "order_state_refused"
    assert "order" in happened(shop, told["address_id"], Scope.READ, Scope.SELL)
    assert "order" not in happened(shop, told["address_id"], Scope.READ)


def place(shop: Site, address_id: int, status: int = 201, key: str = "a request of its own", **more: Any) -> Any:
    body = SAID | {"address_id": address_id} | more
    return ask(shop, "POST", "/v1/orders", status, body, key.replace(" ", "-").ljust(16, "-"))


def house(shop: Site, class_: str, offset: int = 0) -> int:
    known = "SELECT address_id FROM addresses WHERE class = ? AND serviceable ORDER BY address_id DESC"
    return int(shop.service.desk.plan.store.sql.rows("test", known, [class_])[offset][0])


def test_an_order_is_placed_once_and_a_second_at_the_unit_is_refused(shop: Site) -> None:
    address_id = house(shop, "build")
    placed = place(shop, address_id)
    assert placed["state"] == "inProgress"
    assert ask(shop, "GET", f"/v1/orders/{placed['order_id']}")["price"]["monthly_cents"] == FIBER.monthly_cents
    refused = place(shop, address_id, 409, "another request")
    assert (refused["code"], refused["order_id"]) == ("duplicate_active_order", placed["order_id"])
    store = shop.service.desk.plan.store
    assert store.sql.value("test", "SELECT count(*) FROM contact") == 1, "what is refused leaves nothing"


def test_what_cannot_be_ordered_is_refused_with_a_code_and_an_alternative(shop: Site) -> None:
    refused = place(shop, house(shop, "pre-build"), 409, "too early")
    assert (refused["code"], refused["alternative"]) == ("not_build", "pre-order")
    refused = place(shop, house(shop, "out-of-coverage"), 409, "too far away")
    assert (refused["code"], refused["alternative"]) == ("not_build", "interest")
    assert place(shop, house(shop, "build", 1), 404, "no such thing", offer_id=404)["code"] == "offering_not_found"
    assert place(shop, 404, 404, "no such place")["code"] == "address_not_found"
    asked = place(shop, house(shop, "build", 1), 422, "a card", payment_token="4242424242424242")
    assert "424242" not in str(asked | {"request_id": "drawn at random"})


def test_orders_are_listed_with_filters_and_one_that_never_was_is_not_found(shop: Site) -> None:
    order_id = ordered(shop, 1)
    found = ask(shop, "GET", "/v1/orders?state=pending&rep=Al&waiting=false")
    assert [each["order_id"] for each in found["orders"]] == [order_id]
    assert ask(shop, "GET", f"/v1/orders?after={order_id}&state=pending")["orders"] == []
    assert ask(shop, "GET", "/v1/orders:fallout") == {"fallout": []}
    assert ask(shop, "GET", "/v1/orders/404", 404)["code"] == "order_not_found"


def test_who_has_nothing_to_say_sends_no_body(shop: Site) -> None:
    headers = shop.key(Scope.SELL, name="shop")
    path = f"/v1/orders/{ordered(shop, 1)}:cancel"
    sent = [
        {},
        {"headers": {"Content-Type": "application/json"}},
        {"content": b"{}"},
        {"content": b"", "headers": {"Content-Type": "text/csv"}},
    ]
    answers = [
        shop.client.post(path, content=said.get("content"), headers=headers | said.get("headers", {})) for said in sent
    ]
    assert [each.status_code for each in answers] == [200, 200, 415, 415]
    assert answers[0].json()["timeline"][-1]["why"] == "not_said"
    assert shop.client.post(path.replace(":cancel", ":fail"), headers=headers).status_code == 415, (
        "it asks for a reason"
    )


def test_an_order_needs_no_consent_to_be_contacted_whatever_it_came_by(shop: Site) -> None:
    bare = {field: SAID[field] for field in ("contact", "offer_id", "payment_token")}
    consents = "SELECT count(*) FROM consent"
    before = shop.service.desk.plan.store.sql.value("test", consents)
    placed = ask(
        shop, "POST", "/v1/orders", 201, bare | {"address_id": house(shop, "build", 2), "channel": "web"}, "k-7"
    )
    assert placed["state"] == "inProgress"
    assert shop.service.desk.plan.store.sql.value("test", consents) == before
