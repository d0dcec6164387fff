"""What goes with a plan stays with its customer through a change, a move and a transfer, or somebody has said so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from fibermap.kernel.clock import FixedClock
from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.order.carrying import shop_to_change
from fibermap.order.consequences import weighed
from fibermap.order.next_order import NextOrder, change_service
from fibermap.order.offering import Fee, Introductory
from fibermap.order.order_commands import Placed
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from tests.builders import ids
from tests.order.lead_town import AGREED, BUILT, selling_town
from tests.order.selling import add_on_terms, bundle_terms, plan_terms

ANN: dict[str, Any] = {"name": "Ann Lee", "phone": "406-555-0142", "channel": "csr"} | AGREED
BO = ANN | {"name": "Bo Ray", "phone": "406-555-0143"}
INSTALLED = (Fee("Installation", 9900),)
SHELF = [
    plan_terms("FIBER-500", fees=INSTALLED),
    plan_terms("FIBER-900", monthly_cents=9000, fees=INSTALLED),
    add_on_terms("VOICE", fees=(Fee("Number", 1000),)),
    add_on_terms("SAFE", monthly_cents=600, goes_with=("FIBER-500",)),
    add_on_terms("OLD", monthly_cents=300),
    bundle_terms("FIBER-900", "VOICE", monthly_cents=9500),
]


@pytest.fixture
def town() -> Iterator[Plan]:
    with selling_town() as fm:
        fm.catalogue.load(SHELF, "spring", "pat")
        yield fm


@pytest.fixture
def boulevard(town: Plan) -> Plan:
    """The town, with a plan that begins cheaply and only the portal sells, and an add-on that only the desk does."""
    cheap = plan_terms("FIBER-200", introductory=Introductory(3000, 6), channels=("portal",), fees=INSTALLED)
    town.catalogue.load([cheap, add_on_terms("HELP", monthly_cents=400, channels=("csr",))], "summer", "pat")
    return town


def offer(fm: Plan, code: str) -> int:
    return int(fm.catalogue.revisions(code)[-1].offer_id)


def placed(fm: Plan, *add_ons: str) -> int:
    bought = [offer(fm, code) for code in add_ons]
    return fm.orders.place(
        ids(fm)[BUILT], offer(fm, "FIBER-500"), **ANN, add_on_ids=bought, payment_token="tok_visa"
    ).order_id


def served(fm: Plan, *add_ons: str) -> int:
    """Have a service that runs, with add-ons."""
    return int(fm.orders.complete(placed(fm, *add_ons))["order_id"])


def bought(fm: Plan, order_id: int) -> list[str]:
    """Return what is charged for, in the order of the quote."""
    lines = fm.orders.get(order_id)["price"]["lines"]
    return [line["name"].removeprefix("Add-on ").removeprefix("Plan ") for line in lines]


def test_an_add_on_is_added_to_a_service_and_dropped_and_what_is_there_costs_nothing_more_once(town: Plan) -> None:
    before = served(town, "SAFE")
    plan, safe, voice = (offer(town, code) for code in ("FIBER-500", "SAFE", "VOICE"))
    added = town.orders.change(before, plan, add_on_ids=[safe, voice])
    assert (added["kind"], added["offer_id"], added["previous_order_id"]) == ("change", plan, before)
    assert bought(town, added["order_id"]) == ["FIBER-500", "SAFE", "VOICE", "Number"]
    assert (added["price"]["monthly_cents"], added["price"]["once_cents"]) == (6500 + 600 + 1500, 1000)
    town.orders.complete(added["order_id"])
    dropped = town.orders.change(added["order_id"], plan, add_on_ids=[])
    assert bought(town, dropped["order_id"]) == ["FIBER-500"]


def test_a_service_that_would_stay_as_it_is_is_not_changed(town: Plan) -> None:
    before = served(town, "SAFE")
    for add_ons in (None, [offer(town, "SAFE")]):
        with pytest.raises(InputRefused, match="Nothing would change"):
            town.orders.change(before, offer(town, "FIBER-500"), add_on_ids=add_ons)


def test_what_a_customer_has_goes_with_every_change_move_and_transfer_of_its_own_accord(town: Plan) -> None:
    before = served(town, "VOICE")
    plan, faster = offer(town, "FIBER-500"), offer(town, "FIBER-900")
    changed = town.orders.change(before, faster)
    assert bought(town, changed["order_id"]) == ["FIBER-900", "Installation", "VOICE"]
    town.orders.complete(changed["order_id"])
    moved = town.orders.move(changed["order_id"], ids(town)["2 Main St"], plan)
    assert bought(town, moved.order_id) == ["FIBER-500", "Installation", "VOICE", "Number"]
    given = town.orders.transfer(changed["order_id"], faster, **BO)
    assert bought(town, given.order_id) == ["FIBER-900", "Installation", "VOICE", "Number"]


def test_the_revision_of_the_day_is_what_is_carried(town: Plan) -> None:
    before = served(town, "VOICE")
    town.catalogue.revise(offer(town, "VOICE"), add_on_terms("VOICE", monthly_cents=1900), "dearer", "pat")
    changed = town.orders.change(before, offer(town, "FIBER-900"))
    assert changed["price"]["add_on_ids"] == [offer(town, "VOICE")]
    assert changed["price"]["monthly_cents"] == 9000 + 1900


def test_what_is_not_sold_any_more_or_does_not_go_with_the_plan_is_refused_by_its_name(town: Plan) -> None:
    before = served(town, "SAFE", "OLD")
    town.catalogue.retire(offer(town, "OLD"), "nobody calls", "pat")
    with pytest.raises(Conflict, match="Add-on OLD cannot be sold") as ended:
        town.orders.move(before, ids(town)["2 Main St"], offer(town, "FIBER-500"))
    assert (ended.value.code, ended.value.hint) == (
        Code.OFFER_NOT_AVAILABLE, "Choose what goes with the plan anew, without it."
    )  # fmt: skip
    with pytest.raises(Conflict, match="Add-on SAFE does not go with Plan FIBER-900"):
        town.orders.change(before, offer(town, "FIBER-900"), add_on_ids=[offer(town, "SAFE")])
    moved = town.orders.move(before, ids(town)["2 Main St"], offer(town, "FIBER-500"), add_on_ids=[offer(town, "SAFE")])
    assert bought(town, moved.order_id) == ["FIBER-500", "Installation", "SAFE"]


def test_an_order_that_is_not_carried_out_yet_changes_itself_and_says_what_it_had(town: Plan) -> None:
    own_id = placed(town, "VOICE")
    plan, safe, faster = (offer(town, code) for code in ("FIBER-500", "SAFE", "FIBER-900"))
    town.orders.change(own_id, faster)
    assert bought(town, own_id) == ["FIBER-900", "Installation", "VOICE", "Number"]
    changed = town.orders.change(own_id, plan, add_on_ids=[safe])
    assert changed["timeline"][-1]["detail"] == {
        "from_offer_id": faster, "to_offer_id": plan, "from_add_ons": ["Add-on VOICE"], "to_add_ons": ["Add-on SAFE"],
    }  # fmt: skip
    assert len(town.orders.change(own_id, plan)["timeline"]) == len(changed["timeline"]), "nothing changes twice"


def test_a_preview_says_what_goes_with_the_plan_and_what_is_no_part_of_it_any_more(town: Plan) -> None:
    before, faster = served(town, "SAFE", "VOICE", "OLD"), offer(town, "FIBER-900")

    def told(add_ons: list[str]) -> list[str]:
        wanted = [offer(town, code) for code in add_ons]

        def change(uow: UnitOfWork) -> Placed:
            return change_service(uow, before, NextOrder(faster, "r"), shop_to_change(uow, before, faster, wanted))

        said, _ = town.store.run_alone(lambda uow: weighed(uow, town.store.sql, change), cause="test")
        return [each.text for each in said][:2]

    assert told(["VOICE"]) == [
        "A change of the service to Plan FIBER-900 and Add-on VOICE at USD 105.00 a month is ordered.",
        "Add-on SAFE and Add-on OLD are no part of it any more.",
    ]


def test_what_is_part_of_a_bundle_is_not_carried_or_bought_beside_it(town: Plan) -> None:
    order_id, bundle = served(town, "VOICE", "OLD"), offer(town, "BUNDLE")
    with pytest.raises(Conflict, match="Add-on VOICE is part of Add-on BUNDLE already"):
        town.orders.change(order_id, bundle, add_on_ids=[offer(town, "VOICE")])

    def change(uow: UnitOfWork) -> Placed:
        return change_service(uow, order_id, NextOrder(bundle, "bundled"), shop_to_change(uow, order_id, bundle, None))

    said, _ = town.store.run_alone(lambda uow: weighed(uow, town.store.sql, change), cause="test")
    assert [each.code for each in said if each.code == "add_ons_end"] == []
    assert town.orders.change(order_id, bundle)["price"]["add_on_ids"] == [offer(town, "OLD")]


def cheap(fm: Plan) -> int:
    """Have a service that runs, bought at the portal where its plan alone is sold."""
    placed = fm.orders.place(
        ids(fm)[BUILT], offer(fm, "FIBER-200"), **ANN | {"channel": "portal"}, payment_token="tok_visa"
    )
    return int(fm.orders.complete(placed.order_id)["order_id"])


def monthly(fm: Plan, order_id: int, code: str) -> list[tuple[int, int, int | None]]:
    """Return what is charged monthly for an offer: from which month, how much, and in how many."""
    lines = fm.orders.get(order_id)["price"]["lines"]
    wanted = [line for line in lines if line["charge"] == "monthly" and line["name"].endswith(code)]
    return [(line["from_month"], line["amount_cents"], line["months"]) for line in wanted]


def test_a_change_is_sold_by_who_sells_it_and_what_is_kept_as_it_was_sold(boulevard: Plan) -> None:
    before, plan, extra = cheap(boulevard), offer(boulevard, "FIBER-200"), offer(boulevard, "HELP")
    with pytest.raises(Conflict) as refused:
        boulevard.orders.change(before, plan, add_on_ids=[extra])
    assert refused.value.code is Code.OFFER_NOT_AVAILABLE
    added = boulevard.orders.change(before, plan, channel="csr", add_on_ids=[extra])
    assert (added["channel"], bought(boulevard, added["order_id"])) == ("csr", ["FIBER-200", "FIBER-200", "HELP"])
    with pytest.raises(Conflict):  # nobody has this one: the desk does not sell it
        boulevard.orders.place(ids(boulevard)[BUILT], plan, **BO, payment_token="tok_visa")


def test_the_channel_of_a_change_is_a_word(town: Plan) -> None:
    with pytest.raises(InputRefused, match="channel"):
        town.orders.change(served(town), offer(town, "FIBER-900"), channel="The Desk!")
    with pytest.raises(InputRefused, match="channel"):
        town.orders.change(placed(town), offer(town, "FIBER-900"), channel="The Desk!")


def test_an_introductory_price_goes_on_through_changes_and_a_move_and_does_not_begin_anew(boulevard: Plan) -> None:
    fm, plan, voice = boulevard, offer(boulevard, "FIBER-200"), offer(boulevard, "VOICE")
    january = datetime(fm.store.clock.now().year + 1, 1, 10, 12, tzinfo=UTC)
    fm.store.clock = FixedClock(january)
    order_id = cheap(fm)
    assert monthly(fm, order_id, "FIBER-200") == [(1, 3000, 6), (7, 6500, None)]
    fm.store.clock = FixedClock(january.replace(month=3))
    order_id = fm.orders.change(order_id, plan, add_on_ids=[voice])["order_id"]
    assert monthly(fm, order_id, "FIBER-200") == [(1, 3000, 4), (5, 6500, None)]
    fm.orders.complete(order_id)
    fm.store.clock = FixedClock(january.replace(month=4, day=12))
    moved = fm.orders.move(order_id, ids(fm)["2 Main St"], plan)
    assert monthly(fm, moved.order_id, "FIBER-200") == [(1, 3000, 3), (4, 6500, None)]
    assert bought(fm, moved.order_id)[-2:] == ["VOICE", "Number"], "what is put in there is paid there"
    fm.orders.complete(moved.order_id)
    fm.store.clock = FixedClock(january.replace(month=12))
    order_id = fm.orders.change(moved.order_id, plan, add_on_ids=[])["order_id"]
    assert monthly(fm, order_id, "FIBER-200") == [(1, 6500, None)]
