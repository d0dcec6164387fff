"""What an action would lead to is told before it is done, and asking leaves nothing: no row, no key, no call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import fibermap
from fibermap.access.model import Scope
from fibermap.serving.check_log import CheckLog
from fibermap.store.copying import table_names
from tests.api.answering import Site
from tests.api.planning import planning, village
from tests.order.selling import plan_terms

CONTACT = {"name": "Ann Lee", "phone": "406-555-0142"}
SAID = {
    "contact": CONTACT, "channel": "phone",
    "consent": {"at": "2026-01-05T09:00:00Z", "wording": "You may call me about fiber."},
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    db = village(tmp_path_factory.mktemp("previews"))
    with fibermap.open(db) as fm:
        fm.catalogue.load([plan_terms()], "spring", "pat")
        fm.configure("trial", "pat", preorder_deposit_cents=5_000)
    with planning(db) as site:
        yield site


class Desk:
    """Somebody who sells, and looks before each step."""

    def __init__(self, shop: Site) -> None:
        self.shop = shop
        self.headers = shop.key(Scope.SELL, name="desk")
        self.sql = shop.service.desk.plan.store.sql
        self.offer_id = shop.service.desk.plan.catalogue.revisions("FIBER-500")[-1].offer_id
        self.count = 0

    def everything(self) -> dict[str, Any]:
        """Return a hash of every table but of what is written in the background: deliveries, the last use of keys."""
        return {
            name: self.sql.value("test", f"SELECT (count(*), bit_xor(hash(t))) FROM {name} t")
            for name in table_names(self.sql)
            if name not in ("delivery", "api_key")
        }

    def send(self, path: str, body: Any, key: str, status: int, query: str = "") -> Any:
        headers = self.headers | {"Idempotency-Key": key}
        said = self.shop.client.request("POST", f"/v1/{path}{query}", headers=headers, json=body)
        assert said.status_code == status, said.text
        return said.json()

    def do(self, path: str, body: Any = None, status: int = 200) -> tuple[dict[str, str], Any]:
        """Look, then do it under the same key; return the consequences by code, and what was answered."""
        self.count += 1
        key, before = f"key-{self.count:020}", self.everything()
        weighed = self.send(path, body, key, 200, "?preview=true")
        assert self.everything() == before, path
        done = self.send(path, body, key, status)
        drawn = {"lead_id", "contact_id", "contact", "preorder_id", "timeline", "merges", "changed_at", "captured_at",
                 "deposit_id", "rep_since", "account_number"}  # fmt: skip
        assert {n: v for n, v in weighed["result"].items() if n not in drawn} == {
            n: v for n, v in done.items() if n not in drawn
        }
        return {each["code"]: each["text"] for each in weighed["consequences"]}, done


def house(desk: Desk, class_: str) -> int:
    known = f"SELECT address_id FROM addresses WHERE class = '{class_}' AND serviceable ORDER BY address_id DESC"
    return int(desk.sql.value("test", known))


def test_each_step_of_a_pre_order_is_told_before_it_is_taken(shop: Site) -> None:
    desk = Desk(shop)
    told, lead = desk.do("leads", SAID | {"address_id": house(desk, "pre-build")}, 201)
    assert list(told) == ["lead_captured", "contact_kept"]
    told, _ = desk.do("leads", SAID | {"address_id": house(desk, "pre-build")}, 201)
    assert list(told) == ["lead_merged"]
    path = f"leads/{lead['lead_id']}"
    assert desk.do(f"{path}:qualify")[0] == {"lead_moved": "The lead of the household is qualified from now on."}
    signed = {
        "lead_id": lead["lead_id"], "offer_id": desk.offer_id, "terms_accepted_at": "2026-01-05T09:00:00Z",
        "channel": "phone",
    }  # fmt: skip
    told, taken = desk.do("preorders", signed, 201)
    assert told["preorder_signed"].startswith("A pre-order for Plan FIBER-500 at USD 65.00 a month is signed")
    path = f"preorders/{taken['preorder_id']}"
    charges = "SELECT count(*) FROM simulated_charge"
    asked = desk.send(f"{path}:pay", {"payment_token": "tok_visa"}, "only-a-look-at-it", 200, "?preview=true")
    assert [each["code"] for each in asked["consequences"]] == ["deposit_asked"]
    assert "USD 50.00" in asked["consequences"][0]["text"]
    assert "simulated" in asked["consequences"][0]["text"]
    assert desk.sql.value("test", charges) == 0
    desk.send(f"{path}:pay", {"payment_token": "tok_visa"}, "now-it-is-meant-it", 200)
    assert desk.sql.value("test", charges) == 1
    told, _ = desk.do(f"{path}:withdraw", {"why": "customer"})
    assert list(told) == ["preorder_withdrawn", "lead_moved", "deposit_back"]
    assert told["deposit_back"] == "The deposit of USD 50.00 goes back to the customer."
    assert list(desk.do(f"leads/{lead['lead_id']}:withdraw-consent")[0]) == ["consent_ended"]


def test_each_step_of_an_order_is_told_and_what_is_refused_is_refused_alike(shop: Site) -> None:
    desk = Desk(shop)
    wanted = SAID | {"address_id": house(desk, "build"), "offer_id": desk.offer_id}
    told, placed = desk.do("orders", wanted, 201)
    assert told["order_placed"] == "An order for Plan FIBER-500 at USD 65.00 a month is placed."
    assert told["order_waits"].endswith("There is a payment method or a deposit.")
    refused = desk.send("orders", wanted, "another-one-at-the-unit", 409, "?preview=true")
    assert refused["code"] == "duplicate_active_order"
    path = f"orders/{placed['order_id']}"
    assert list(desk.do(f"{path}:hold")[0]) == ["order_held"]
    assert list(desk.do(f"{path}:hold")[0]) == ["nothing"]
    assert list(desk.do(f"{path}:release")[0]) == ["order_resumed"]
    assert list(desk.do(f"{path}:cancel", {"reason": "price"})[0]) == ["order_cancelled"]
    assert desk.send(f"{path}:hold", None, "it-has-ended-by-now", 409, "?preview=true")["code"] == "order_state_refused"
    assert desk.send(f"{path}:hold", None, "it-has-ended-by-now", 422, "?preview=perhaps")["code"]


def test_a_look_at_what_was_typed_is_no_check_that_counts(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, kept = Desk(shop), []
    monkeypatch.setattr(CheckLog, "keep", lambda _, *said: kept.append(said))
    known = "SELECT full_address FROM addresses WHERE address_id = ?"
    typed = SAID | {"q": desk.sql.value("test", known, [house(desk, "pre-build")])}
    desk.send("leads", typed, "typed-and-looked-at", 200, "?preview=true")
    assert kept == []
    desk.send("leads", typed, "typed-and-looked-at", 201)
    assert len(kept) == 1
