"""The desk: a customer found by whatever they give, the card of their address, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.order.desk_card import desk_card
from fibermap.order.desk_search import MOST_FOUND, Found, Sought, search_desk
from fibermap.order.queues import Page, Queue, count_queues, queue_page
from fibermap.plan import Plan
from tests.builders import ids
from tests.order.lead_town import AGREED, BUILT, PLANNED, capture, selling_town
from tests.order.selling import plan_terms

SIGNED = datetime(2026, 1, 6, 10, tzinfo=UTC)


@pytest.fixture
def town() -> Iterator[Plan]:
    with selling_town() as fm:
        fm.catalogue.load([plan_terms()], "spring", "pat")
        yield fm


def look(fm: Plan, text: str, suggested: Sequence[int] = ()) -> Found:
    return fm.store.preview(lambda uow: search_desk(uow, Sought(text, "US", lambda _: suggested)), cause="read")


def names(fm: Plan, text: str) -> list[tuple[str, str]]:
    return [(each["name"], each["why"]) for each in look(fm, text).results]


def card(fm: Plan, line: str) -> dict[str, Any]:
    return fm.store.preview(lambda uow: desk_card(uow, ids(fm)[line]), cause="read")


def queue(fm: Plan, which: str, **page: Any) -> tuple[list[dict[str, Any]], str | None]:
    return fm.store.preview(lambda uow: queue_page(uow, Queue(which), Page(**page)), cause="read")


def order(fm: Plan, line: str = BUILT, **said: Any) -> int:
    given = {"name": "Zoë O’Neil-Łukasz", "phone": "406-555-0177", "channel": "phone"} | AGREED | said
    return fm.orders.place(ids(fm)[line], fm.catalogue.revisions("FIBER-500")[-1].offer_id, **given).order_id


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("zoe", "name"), ("ONEIL z", "name"), ("o'neil", "name"), ("ZOË łuk", "name"), ("(406) 555 0177", "phone"),
        ("+1 406.555.0177", "phone"), ("555-0177", "phone"), ("Zoe@Example.com", "email"), ("zoe@", "email"),
    ],
)  # fmt: skip
def test_a_customer_is_found_by_name_phone_and_e_mail_however_they_are_written(town: Plan, text: str, why: str) -> None:
    order(town, email="zoe@example.com")
    capture(town)
    assert names(town, text) == [("Zoë O’Neil-Łukasz", why)]
    assert look(town, text).results[0]["address_id"] == ids(town)[BUILT]


@pytest.mark.parametrize(
    "text", ["neill", "eil", "406-555-0188", "zoe@example.org", "%", "'; DROP TABLE lead; --", "00"]
)
def test_what_is_nobodys_finds_nobody(town: Plan, text: str) -> None:
    order(town)
    assert look(town, text).results == []


def test_what_is_sold_is_found_by_its_id_and_addresses_before_namesakes(town: Plan) -> None:
    order_id, lead = order(town), capture(town)
    (found,) = look(town, f"#{order_id}").results
    assert (found["kind"], found["id"], found["state"], found["why"]) == ("order", order_id, "pending", "order")
    assert [each["kind"] for each in look(town, str(lead["lead_id"])).results] == ["lead"]
    home = ids(town)[BUILT]
    assert [each["kind"] for each in look(town, str(home)).results] == ["address"]
    for n in range(MOST_FOUND + 3):
        capture(town, f"{n % 6 + 4} Main St", name=f"Main Person {n}", phone=f"406-555-01{n + 10}")
    found_all = look(town, "main", [home])
    assert len(found_all.results) <= MOST_FOUND
    assert found_all.results[-1]["address_id"] == home
    assert look(town, "1 main", [home]).results[0]["address_id"] == home


def test_a_forgotten_customer_is_not_found(town: Plan) -> None:
    lead = capture(town)
    assert names(town, "ann") == [("Ann Lee", "name")]
    town.leads.forget(lead["lead_id"])
    assert names(town, "ann") == []


def test_the_card_says_what_is_true_and_what_is_sold_there(town: Plan) -> None:
    offer_id = town.catalogue.revisions("FIBER-500")[-1].offer_id
    taken = town.preorders.take(
        offer_id, terms_accepted_at=SIGNED, channel="door", where=ids(town)[PLANNED], name="Ann Lee",
        phone="406-555-0142", **AGREED,
    )  # fmt: skip
    shown = card(town, PLANNED)
    stands = shown["serviceability"]
    assert (stands["class"], stands["orderable"], stands["not_orderable"]) == ("pre-build", False, ["not_build"])
    (fiber,) = [each for each in stands["technologies"] if each["technology"] == "fiber"]
    assert (fiber["class"], fiber["phase"]) == ("pre-build", "Phase 2")
    assert fiber["speeds"] == {"down_mbps": 500.0, "up_mbps": 500.0}
    assert shown["offers"]["sale"] == "pre-order"
    (customer,) = shown["customers"]
    assert (customer["name"], len(customer["consents"])) == ("Ann Lee", 1)
    (preorder,) = shown["preorders"]
    assert (preorder["preorder_id"], preorder["place"], preorder["deposit"]) == (taken["preorder_id"], 1, None)
    assert [each["subject"] for each in shown["history"]][-1] == "lead"
    order_id = order(town)
    assert card(town, BUILT)["orders"][0]["order_id"] == order_id
    with pytest.raises(NotFound) as missing:
        town.store.preview(lambda uow: desk_card(uow, 404), cause="read")
    assert missing.value.code is Code.ADDRESS_NOT_FOUND


def test_queues_say_why_each_waits_and_what_to_do_page_by_page(town: Plan) -> None:
    offer_id = town.catalogue.revisions("FIBER-500")[-1].offer_id
    for n in (4, 5, 6):
        town.preorders.take(
            offer_id, terms_accepted_at=SIGNED, channel="door", where=ids(town)[f"{n} Main St"], name=f"Ann {n}",
            phone=f"406-555-014{n}", **AGREED,
        )  # fmt: skip
    held = order(town)
    town.orders.hold(held)
    counts = {each["queue"]: each["count"] for each in town.store.preview(count_queues, cause="read")}
    assert counts == {"preorders": 3, "waiting": 0, "held": 1, "fallout": 0, "refunds": 0, "notices": 0}
    first, after = queue(town, "preorders", limit=2)
    rest, end = queue(town, "preorders", limit=2, after=after)
    assert [row["place"] for row in [*first, *rest]] == [1, 2, 3]
    assert end is None
    assert queue(town, "preorders", zone_id=5)[0] == []
    (row,), _ = queue(town, "held")
    assert (row["id"], row["why"], row["next_step"]) == (held, "Somebody holds it.", "Release it, or cancel it.")
    with pytest.raises(InputRefused):
        queue(town, "held", after="yesterday")
