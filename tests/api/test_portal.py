"""The portal over HTTP: closed until it is opened, sold at by whoever comes, and silent about everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from fibermap.access.gate import LOOK_BURST, SALE_BURST
from fibermap.access.model import Scope
from fibermap.plan import Plan
from tests.api.answering import Site, site
from tests.builders import ids
from tests.order.lead_town import BEYOND, BUILT, PLANNED, capture, selling_town
from tests.order.selling import plan_terms

SETTINGS = {
    "open": True, "name": "Larkspur Fiber", "consent": "You may call me.", "terms": "Be kind.", "terms_version": "1",
    "origins": ["https://www.larkspur.example"],
}  # fmt: skip
CONTACT = {"name": "Ann Lee", "phone": "406-555-0142"}
CONSENT = {"at": "2026-01-05T09:00:00Z", "wording": "You may call me."}
SIGNED = "2026-01-06T10:00:00Z"
_numbers = count(1)


@pytest.fixture
def fm() -> Iterator[Plan]:
    with selling_town() as plan:
        plan.catalogue.add(plan_terms(), "new", "ann")
        yield plan


@pytest.fixture
def shop(fm: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("portal"), plan=fm) as started:
        yield started


@pytest.fixture
def opened(shop: Site) -> Site:
    assert shop.client.request("PUT", "/v1/settings/portal", json=SETTINGS, headers=shop.key(Scope.ADMIN)).json()[
        "open"
    ]
    return shop


def send(shop: Site, path: str, body: Any, status: int = 201) -> Any:
    headers = {"Idempotency-Key": f"request-{next(_numbers):010}"}
    said = shop.client.post(path, json=body, headers=headers)
    assert said.status_code == status, said.text
    return said.json()


def line(fm: Plan, where: str, **more: Any) -> dict[str, Any]:
    return {"address_id": ids(fm)[where], "contact": CONTACT, "consent": CONSENT} | more


def offer_id(fm: Plan) -> int:
    return fm.catalogue.revisions("FIBER-500")[-1].offer_id


def follow(shop: Site, token: str) -> Any:
    return shop.client.get(f"/v1/follow/{token}").json()


def test_a_closed_portal_is_none(shop: Site, fm: Plan) -> None:
    assert shop.client.get("/portal").json()["code"] == "portal_closed"
    for path in ("/v1/portal", "/v1/address-check?q=a", f"/v1/offers?address_id={ids(fm)[BUILT]}&channel=portal"):
        assert shop.client.get(path).status_code == 401
    assert send(shop, "/v1/portal/interest", line(fm, BEYOND), 401)


def test_an_open_portal_says_what_was_set_and_lets_only_named_sites_embed_it(opened: Site) -> None:
    told = opened.client.get("/v1/portal").json()
    assert (told["name"], told["consent"], told["terms_version"]) == ("Larkspur Fiber", "You may call me.", "1")
    assert (told["gateway"], told["deposit"]) == ("simulated", None)
    assert "origins" not in told
    policy = opened.client.get("/portal").headers["content-security-policy"]
    assert "frame-ancestors 'self' https://www.larkspur.example" in policy
    assert "script-src 'self';" in policy
    assert opened.client.get("/portal/embed.js").headers["cross-origin-resource-policy"] == "cross-origin"


def test_whoever_comes_sees_no_more_than_the_portal_needs(opened: Site, fm: Plan) -> None:
    assert opened.client.get("/v1/session").json()["scopes"] == ["shop", "suggest"]
    for path in ("/v1/leads", "/v1/orders", "/v1/settings/map", "/v1/areas", "/v1/settings/portal"):
        assert opened.client.get(path).status_code == 403, path
    offers = opened.client.get("/v1/offers", params={"address_id": ids(fm)[BUILT], "channel": "portal"}).json()
    assert offers["sale"] == "order"


def test_a_line_is_kept_once_and_followed(opened: Site, fm: Plan) -> None:
    token = send(opened, "/v1/portal/interest", line(fm, BEYOND))["follow"]
    told = follow(opened, token)
    assert (told["subject"], told["state"]) == ("lead", "new")
    assert told["full_address"].startswith(BEYOND)
    assert CONTACT["name"] not in str(told)
    assert [
        lead["channel"] for lead in opened.client.get("/v1/leads", headers=opened.key(Scope.SELL)).json()["leads"]
    ] == ["portal"]


def test_a_neighbour_who_asks_for_the_same_home_learns_nothing_of_who_was_there_before(opened: Site, fm: Plan) -> None:
    capture(fm, BEYOND)
    other = line(fm, BEYOND, contact={"name": "Bo Diaz", "phone": "406-555-0199"})
    assert send(opened, "/v1/portal/interest", other) == {"state": "new", "follow": None, "payment": None}


def test_what_is_built_is_ordered_and_followed_and_not_twice(opened: Site, fm: Plan) -> None:
    wanted = line(fm, BUILT, offer_id=offer_id(fm), payment_token="tok_visa")
    told = follow(opened, send(opened, "/v1/portal/orders", wanted)["follow"])
    assert told["subject"] == "order"
    assert {step["label"] for step in told["steps"]}
    assert all(step["met"] for step in told["steps"])
    assert send(opened, "/v1/portal/orders", wanted, 409)["code"] == "duplicate_active_order"


def test_what_is_planned_is_pre_ordered_with_a_deposit_and_leads_to_the_order_that_it_becomes(
    opened: Site, fm: Plan
) -> None:
    fm.configure("we need to know", "ann", preorder_deposit_cents=5000)
    assert opened.client.get("/v1/portal").json()["deposit"] == {"amount_cents": 5000, "currency": "USD"}
    wanted = line(fm, PLANNED, offer_id=offer_id(fm), terms_accepted_at=SIGNED, payment_token="tok_visa")
    assert send(opened, "/v1/portal/orders", wanted | {"terms_accepted_at": None}, 422)
    del wanted["terms_accepted_at"]
    refused = send(opened, "/v1/portal/orders", wanted, 409)
    assert (refused["code"], refused["alternative"]) == ("not_build", "pre-order")
    token = send(opened, "/v1/portal/preorders", wanted | {"terms_accepted_at": SIGNED})["follow"]
    assert (follow(opened, token)["subject"], follow(opened, token)["state"]) == ("commitment", "committed")
    south = next(int(area.area_id) for area in fm.areas.itertuples() if area.name == "South")
    fm.set_area_class([south], "build", "accepted", "ann")
    fm.deliver()
    assert follow(opened, token)["subject"] == "order"


def test_an_invented_link_leads_nowhere(opened: Site) -> None:
    said = opened.client.get("/v1/follow/AwAAAAAAAAAMDJkqpX0Jv5Q2mX8h3cVn0T1l")
    assert (said.status_code, said.json()["code"]) == (404, "link_invalid")


@pytest.mark.usefixtures("still_gate")
def test_who_copies_the_county_or_floods_it_is_slowed_down(opened: Site, fm: Plan) -> None:
    asked = [
        opened.client.get("/v1/address-check", params={"q": "1 Main St"}).status_code for _ in range(LOOK_BURST + 3)
    ]
    assert asked == [200] * LOOK_BURST + [429] * 3
    bodies = [line(fm, BEYOND, contact={"name": f"Ann {n}", "phone": "406-555-0142"}) for n in range(SALE_BURST + 3)]
    headers = [{"Idempotency-Key": f"request-{next(_numbers):010}"} for _ in bodies]
    sent = [
        opened.client.post("/v1/portal/interest", json=body, headers=head).status_code
        for body, head in zip(bodies, headers, strict=True)
    ]
    assert sent == [201] * SALE_BURST + [429] * 3


def test_an_order_that_was_begun_is_gone_on_with_by_its_link_and_cancelled_by_it(opened: Site, fm: Plan) -> None:
    chosen = {"address_id": ids(fm)[BUILT], "offer_id": offer_id(fm)}
    begun = send(opened, "/v1/drafts", chosen | {"rep": "Al", "channel": "door"})["follow"]
    told = follow(opened, begun)
    assert (told["subject"], told["begun"]["knows"], told["begun"]["sale"]) == ("draft", False, "order")
    nobody = chosen | {"consent": CONSENT, "draft": begun}
    assert send(opened, "/v1/portal/orders", nobody, 422)["code"] == "contact_invalid"
    who = {"contact": CONTACT, "consent": CONSENT}
    assert opened.client.post(f"/v1/follow/{begun}:remember", json=who).json() == {"knows": True}
    (listed,) = opened.client.get("/v1/drafts", headers=opened.key(Scope.SELL)).json()["drafts"]
    assert (listed["channel"], listed["rep"], listed["lead_id"] is None) == ("portal", None, False)
    assert follow(opened, listed["follow"])["subject"] == "draft"
    card = opened.client.get(f"/v1/desk/addresses/{chosen['address_id']}", headers=opened.key(Scope.SELL)).json()
    assert [each["contact"]["name"] for each in card["drafts"]] == [CONTACT["name"]]
    token = send(opened, "/v1/portal/orders", nobody)["follow"]
    assert follow(opened, begun)["subject_id"] == follow(opened, token)["subject_id"]
    assert opened.client.get("/v1/drafts", headers=opened.key(Scope.SELL)).json()["drafts"] == []
    cancel = f"/v1/follow/{begun}:cancel"
    foreseen = opened.client.post(cancel, params={"preview": "true"}).json()
    assert (foreseen["consequences"][0]["code"], foreseen["result"]["state"]) == ("order_ends", "cancelled")
    assert follow(opened, token)["may_give_up"]
    assert opened.client.post(cancel).json()["result"]["state"] == "cancelled"
    assert opened.client.post(cancel).json()["code"] == "order_state_refused"
