"""Leads over HTTP: captured once whatever the number of requests, refused with what to do, nobody's name elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from fibermap.access.model import Role, Scope
from fibermap.access.once import Once, forget_answers
from fibermap.kernel.errors import Code, Conflict
from fibermap_api.idempotency import UnderWay
from tests.api.answering import Site
from tests.api.planning import planning, village

CONTACT = {"name": "Ann Lee", "phone": "406-555-0142", "email": "ann@example.com"}
CONSENT = {"at": "2026-01-05T09:00:00Z", "wording": "You may call me about fiber."}
_numbers = count(1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with planning(village(tmp_path_factory.mktemp("leads"))) as site:
        yield site


@pytest.fixture
def houses(shop: Site) -> list[int]:
    """Houses of the village, without any lead."""
    store = shop.service.desk.plan.store
    tables = ("lead", "household", "lead_merge", "contact", "consent", "sale_change")
    store.run(lambda uow: [uow.sql.execute("test", f"DELETE FROM {table}") for table in tables], cause="test")
    return [row[0] for row in store.sql.rows("test", "SELECT address_id FROM addresses ORDER BY address_id")]


def said(address_id: int, **more: Any) -> dict[str, Any]:
    return {"address_id": address_id, "contact": CONTACT, "consent": CONSENT, "channel": "door"} | more


def new_key() -> str:
    return f"request-{next(_numbers):010}"


def ask(shop: Site, method: str, path: str, status: int, key: str | None = None, **more: Any) -> Any:
    headers = more.pop("headers", None) or shop.key(Scope.SELL, name="shop")
    headers = headers if key is None else {**headers, "Idempotency-Key": key}
    answered = shop.client.request(method, path, headers=headers, **more)
    assert answered.status_code == status, answered.text
    return answered


def test_a_lead_is_captured_qualified_and_lost(shop: Site, houses: list[int]) -> None:
    got = ask(shop, "POST", "/v1/leads", 201, new_key(), json=said(houses[0], rep="Al")).json()
    assert (got["address_id"], got["state"], got["merged"], got["rep"]) == (houses[0], "new", False, "Al")
    path = f"/v1/leads/{got['lead_id']}"
    assert ask(shop, "POST", f"{path}:qualify", 200).json()["state"] == "qualified"
    lost = ask(shop, "POST", f"{path}:lose", 200, json={"reason": "competitor"}).json()
    assert (lost["state"], lost["lost_reason"], lost["contact"]["phone"]) == ("lost", "competitor", "+14065550142")
    assert [step["after"] for step in lost["timeline"]] == ["new", "qualified", "lost"]
    assert ask(shop, "POST", f"{path}:qualify", 409).json()["code"] == "lead_state_refused"
    assert ask(shop, "GET", path, 200).json() == lost


def test_leads_are_listed_page_by_page(shop: Site, houses: list[int]) -> None:
    made = {ask(shop, "POST", "/v1/leads", 201, new_key(), json=said(h)).json()["lead_id"] for h in houses[:3]}
    first = ask(shop, "GET", "/v1/leads?limit=2&state=new&channel=door", 200).json()
    rest = ask(shop, "GET", f"/v1/leads?limit=2&after={first['after']}", 200).json()
    assert {lead["lead_id"] for lead in first["leads"] + rest["leads"]} == made
    assert rest["after"] is None
    assert first["leads"][0]["contact"]["name"] == "Ann Lee"
    assert ask(shop, "GET", "/v1/leads?state=lost", 200).json()["leads"] == []


def test_an_address_is_settled_as_a_check_settles_it(shop: Site, houses: list[int]) -> None:
    line = shop.service.desk.plan.store.sql.value("test", "SELECT full_address FROM addresses ORDER BY address_id")
    body = {name: value for name, value in said(1, q=line).items() if name != "address_id"}
    assert ask(shop, "POST", "/v1/leads", 201, new_key(), json=body).json()["address_id"] == houses[0]
    refused = ask(shop, "POST", "/v1/leads", 422, new_key(), json=body | {"q": "1 Nowhere Blvd, 59741"}).json()
    assert refused["code"] == "address_not_settled"
    assert "candidates" in refused


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"address_id": 7}, 404, "address_not_found"),
        ({"consent": None}, 422, "consent_required"),
        ({"contact": {"name": "Ann"}}, 422, "contact_invalid"),
        ({"contact": {"name": "Ann", "phone": "911"}}, 422, "contact_invalid"),
        ({"contact": {"name": "Ann", "email": "ann@shop.test"}}, 422, "contact_invalid"),
        ({"contact": {"name": "\u0000", "phone": "406-555-0142"}}, 422, "argument_invalid"),
        ({"contact": {"name": "A", "phone": "406-555-0142", "ssn": "1"}}, 422, "argument_invalid"),
        ({"consent": {"at": "2026-01-05T09:00:00", "wording": "x"}}, 422, "argument_invalid"),
        ({"consent": {"at": "2999-01-05T09:00:00Z", "wording": "x"}}, 422, "argument_invalid"),
        ({"technology": "copper"}, 422, "argument_invalid"),
        ({"channel": "<b>"}, 422, "argument_invalid"),
        ({"q": "1 Main St"}, 422, "argument_invalid"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    shop: Site, houses: list[int], wrong: dict[str, Any], status: int, code: str
) -> None:
    refused = ask(shop, "POST", "/v1/leads", status, new_key(), json=said(houses[0]) | wrong)
    assert refused.json()["code"] == code
    assert "Ann" not in refused.text
    assert shop.service.desk.plan.store.sql.value("test", "SELECT count(*) FROM contact") == 0


def test_a_person_who_is_signed_in_has_the_credit(shop: Site, houses: list[int]) -> None:
    headers = shop.log_in(Role.SALES, name="al.reyes")
    got = ask(shop, "POST", "/v1/leads", 201, new_key(), json=said(houses[0]), headers=headers).json()
    assert (got["rep"], got["credit"]) == ("al.reyes", "first")
    shop.client.forget()


def test_a_customer_is_forgotten_by_an_administrator_alone(shop: Site, houses: list[int]) -> None:
    lead_id = ask(shop, "POST", "/v1/leads", 201, new_key(), json=said(houses[0])).json()["lead_id"]
    ended = ask(shop, "POST", f"/v1/leads/{lead_id}:withdraw-consent", 200).json()
    assert ended == {"withdrawn": 1}
    ask(shop, "POST", f"/v1/leads/{lead_id}:forget", 403)
    told = ask(shop, "POST", f"/v1/leads/{lead_id}:forget", 200, headers=shop.key(Scope.ADMIN)).json()
    assert (told["contact"]["name"], told["contact"]["phone"], told["state"]) == ("", None, "lost")


# -- once


def test_the_same_request_again_is_answered_as_before_and_done_once(shop: Site, houses: list[int]) -> None:
    key, headers = new_key(), shop.key(Scope.SELL)
    first = ask(shop, "POST", "/v1/leads", 201, key, json=said(houses[0]), headers=headers)
    again = ask(shop, "POST", "/v1/leads", 201, key, json=dict(reversed(said(houses[0]).items())), headers=headers)
    assert again.json() == first.json()
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    assert shop.service.desk.plan.store.sql.value("test", "SELECT count(*) FROM lead_merge") == 0


def test_a_key_with_another_body_is_refused(shop: Site, houses: list[int]) -> None:
    key, headers = new_key(), shop.key(Scope.SELL)
    ask(shop, "POST", "/v1/leads", 201, key, json=said(houses[0]), headers=headers)
    refused = ask(shop, "POST", "/v1/leads", 422, key, json=said(houses[1]), headers=headers).json()
    assert refused["code"] == "idempotency_key_reused"


def test_a_key_of_somebody_else_is_none_of_mine(shop: Site, houses: list[int]) -> None:
    key = new_key()
    ask(shop, "POST", "/v1/leads", 201, key, json=said(houses[0]))
    assert ask(shop, "POST", "/v1/leads", 201, key, json=said(houses[0])).json()["merged"]


@pytest.mark.parametrize("key", [None, "", "x" * 256, "a b c d e f g h i j", "ключ-ключ-ключ-ключ"])
def test_a_request_without_a_key_is_refused(shop: Site, houses: list[int], key: str | None) -> None:
    headers = shop.key(Scope.SELL)
    if key is not None:
        headers |= {"Idempotency-Key": key.encode()}  # type: ignore[dict-item]
    refused = ask(shop, "POST", "/v1/leads", 400, json=said(houses[0]), headers=headers).json()
    assert refused["code"] == "idempotency_key_required"


def test_what_was_refused_may_be_sent_again_under_its_key(shop: Site, houses: list[int]) -> None:
    key, headers = new_key(), shop.key(Scope.SELL)
    ask(shop, "POST", "/v1/leads", 422, key, json=said(houses[0], consent=None), headers=headers)
    ask(shop, "POST", "/v1/leads", 201, key, json=said(houses[0]), headers=headers)


def test_one_key_is_carried_out_by_one_request_at_a_time() -> None:
    under_way, once = UnderWay(), Once("key:1", "POST /v1/leads", "k" * 16, b"")
    with under_way.alone(once), pytest.raises(Conflict) as refused, under_way.alone(once):
        pass
    assert refused.value.code is Code.IDEMPOTENCY_KEY_IN_USE
    with under_way.alone(once):
        pass


def test_many_at_once_under_one_key_are_one(shop: Site, houses: list[int]) -> None:
    key, headers, heard = new_key(), shop.key(Scope.SELL), []

    def send() -> None:
        answered = shop.client.post("/v1/leads", json=said(houses[0]), headers={**headers, "Idempotency-Key": key})
        heard.append((answered.status_code, answered.json().get("code")))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(heard) <= {(201, None), (409, "idempotency_key_in_use")}
    store = shop.service.desk.plan.store
    assert store.sql.row("test", "SELECT count(*), (SELECT count(*) FROM lead_merge) FROM lead") == (1, 0)


def test_what_is_kept_of_an_answer_names_nobody_and_is_forgotten(shop: Site, houses: list[int]) -> None:
    ask(shop, "POST", "/v1/leads", 201, new_key(), json=said(houses[0]))
    store = shop.service.desk.plan.store
    kept = str(store.sql.rows("test", "SELECT * FROM idempotency_key"))
    assert "lead_id" in kept
    assert not [word for word in ("Ann", "406-555", "4065550142", "example.com", "request-") if word in kept]
    store.run(lambda uow: uow.sql.execute("test", "UPDATE idempotency_key SET expires_at = made_at"), cause="test")
    assert store.run(forget_answers, cause="test") > 0
    assert store.sql.value("test", "SELECT count(*) FROM idempotency_key") == 0
