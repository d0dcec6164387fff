"""Orders over HTTP: looked at with what they need, held, released, cancelled; and what is stuck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from fibermap.access.model import Scope
from fibermap.order.ground import Ground
from fibermap.order.order import Sold, Wanted
from fibermap.order.order_commands import place_order
from tests.api.answering import Site
from tests.api.planning import planning, village


class Shop:
    """Sells one offer everywhere."""

    def sell(self, ground: Ground, offer_id: int, channel: str, on: date) -> Sold:
        return Sold("fiber", '{"lines":[]}')


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with planning(village(tmp_path_factory.mktemp("orders"))) as site:
        yield site


def ask(shop: Site, method: str, path: str, status: int = 200, body: Any = None) -> Any:
    answered = shop.client.request(method, path, headers=shop.key(Scope.SELL, name="shop"), json=body)
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


def test_orders_are_listed_with_filters_and_one_that_never_was_is_not_found(shop: Site) -> None:
    order_id = ordered(shop, 1)
    found = ask(shop, "GET", "/v1/orders?state=pending&rep=Al&waiting=false")
    assert [each["order_id"] for each in found["orders"]] == [order_id]
    assert ask(shop, "GET", f"/v1/orders?after={order_id}&state=pending")["orders"] == []
    assert ask(shop, "GET", "/v1/orders:fallout") == {"fallout": []}
    assert ask(shop, "GET", "/v1/orders/404", 404)["code"] == "order_not_found"
