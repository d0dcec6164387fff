"""The desk over HTTP: for those who sell, without a trace of what was typed, and money only for who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import fibermap
from fibermap.access.model import Scope
from fibermap.money.amount import Money
from fibermap.money.payments import DepositOrder, take_deposit
from fibermap.money.refunds import refund_deposit
from tests.api.answering import Site
from tests.api.planning import planning, village
from tests.order.selling import plan_terms

SECRET = "Zebulon"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    db = village(tmp_path_factory.mktemp("desk"))
    with fibermap.open(db) as fm:
        fm.catalogue.load([plan_terms()], "spring", "pat")
    with planning(db) as site:
        yield site


def ask(shop: Site, method: str, path: str, *scopes: Scope, body: Any = None) -> Any:
    headers = shop.key(*(scopes or (Scope.SELL,)), name="desk")
    answered = shop.client.request(method, path, headers=headers, json=body)
    assert answered.status_code < 300, answered.text
    return answered.json()


def look(shop: Site, text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(shop, "POST", "/v1/desk:search", body={"text": text})["results"]
    return found


def test_a_customer_calls_is_found_and_nothing_of_what_was_typed_is_kept(shop: Site) -> None:
    (house,) = [each for each in look(shop, "2 elk ridge") if each["full_address"].lower().startswith("2 elk")]
    plan = shop.service.desk.plan
    captured = plan.leads.capture(
        house["address_id"], name=f"{SECRET} Lee", phone="406-555-0142", channel="door", technology="fiber",
        consent_at=plan.store.clock.now(), wording="You may call me.",
    )  # fmt: skip
    (found,) = look(shop, "zebulon")
    assert (found["kind"], found["address_id"], found["phone"]) == ("customer", house["address_id"], "+14065550142")
    shown = ask(shop, "GET", f"/v1/desk/addresses/{house['address_id']}")
    assert [lead["lead_id"] for lead in shown["leads"]] == [captured["lead_id"]]
    assert {reason["code"] for reason in shown["serviceability"]["reasons"]} <= {"not_build", "not_serviceable"}
    entry = ask(shop, "GET", "/v1/audit?what=look_up_customers&limit=1", Scope.ADMIN)["entries"][0]
    assert (entry["actor"], entry["subject"].strip()) == ("desk", "customers")
    assert SECRET not in shop.client.get("/v1/audit.csv", headers=shop.key(Scope.ADMIN)).text


def test_how_much_a_refund_is_of_is_told_to_whoever_may_see_money(shop: Site) -> None:
    desk = shop.service.money
    paid = take_deposit(desk, DepositOrder("lead:1", Money(5_000, "USD"), "tok_refundFail", "key-of-a-deposit"))
    refund_deposit(desk, paid.payment_id, "moved", "pat")
    (row,) = ask(shop, "GET", "/v1/desk/queues/refunds")["rows"]
    assert (row["kind"], row["amount"]) == ("refund", None)
    (row,) = ask(shop, "GET", "/v1/desk/queues/refunds", Scope.SELL, Scope.MONEY)["rows"]
    assert row["amount"] == {"amount_cents": 5_000, "currency": "USD"}
    counts = {each["queue"]: each["count"] for each in ask(shop, "GET", "/v1/desk/queues")["queues"]}
    assert counts["refunds"] == 1


def test_what_is_read_out_and_paid_with_is_told_while_no_portal_is_open(shop: Site) -> None:
    words = ask(shop, "GET", "/v1/desk")
    assert (words["consent"], words["terms"], words["gateway"], words["deposit"]) == ("", "1", "simulated", None)
    assert (words["order_deposit"], words["payment_pages"]) == ({"amount_cents": 5_000, "currency": "USD"}, False)


_NOTICE = (
    "INSERT INTO contact VALUES (31, 'Bo Ray', '+14065550143', NULL, now(), now())",
    "INSERT INTO contact VALUES (32, 'Cy Poe', NULL, 'cy@example.com', now(), now())",
    """
    INSERT INTO customer_order BY NAME
    SELECT unnest([41, 42]) AS order_id, 'new' AS kind, 'pending' AS state, (SELECT min(address_id) FROM address_key)
           AS address_id, unnest([31, 32]) AS contact_id, 5 AS offer_id, 'fiber' AS technology, '{}' AS price,
           'door' AS channel, now() AS placed_at, now() AS changed_at
    """,
    """
    INSERT INTO notice BY NAME
    SELECT unnest([51, 52]) AS notice_id, unnest([31, 32]) AS contact_id, 'order_placed' AS kind, 'order' AS subject,
           unnest([41, 42]) AS subject_id, '{}' AS facts, 'queued' AS state, now() AS queued_at, now() AS changed_at
    """,
)


def test_notices_leave_simulated_or_wait_for_a_call_and_what_a_person_does_is_told_first_and_undone(shop: Site) -> None:
    for statement in _NOTICE:
        shop.service.desk.plan.store.run(lambda uow, said=statement: uow.sql.execute("test", said), cause="test")
    done = ask(shop, "POST", "/v1/notices:send")
    assert (done["messenger"], done["broke_off"]) == ("simulated", None)
    listed = ask(shop, "GET", "/v1/notices?limit=1")
    assert (listed["messenger"], listed["notices"][0]["state"], listed["after"]) == ("simulated", "sent", 52)
    (behind,) = ask(shop, "GET", "/v1/notices?limit=1&after=52")["notices"]
    assert (behind["notice_id"], behind["state"]) == (51, "to_call")
    assert "Bo Ray" not in str(ask(shop, "GET", "/v1/notices"))
    kept = ask(shop, "GET", "/v1/notices/52")
    assert (kept["simulated"], kept["would_have_sent"]["recipient"]) == (True, "cy@example.com")
    (row,) = ask(shop, "GET", "/v1/desk/queues/notices")["rows"]
    assert (row["kind"], row["id"], row["name"], row["code"]) == ("notice", 51, "Bo Ray", "to_call")
    assert ask(shop, "GET", "/v1/notices/51")["text"]["body"].startswith("Hello Bo Ray,")
    weighed = ask(shop, "POST", "/v1/notices/51:told?preview=true")
    assert weighed["consequences"][0]["code"] == "notice_told"
    assert ask(shop, "POST", "/v1/notices/51:told") == {"notice_id": 51, "state": "told"}
    assert ask(shop, "GET", "/v1/desk/queues/notices")["rows"] == []
    assert ask(shop, "POST", "/v1/notices/51:not-told")["state"] == "to_call"
    refused = shop.client.post("/v1/notices/51:again", headers=shop.key(Scope.SELL))
    assert (refused.status_code, refused.json()["code"]) == (409, "notice_state_refused")
    told = shop.client.get("/v1/audit.csv", headers=shop.key(Scope.ADMIN)).text
    assert "cy@example.com" not in told
    assert "count_as_told" in told
