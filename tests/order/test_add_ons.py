"""What goes with a plan stays with its customer through a change, a move and a transfer, or somebody has said so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.order.carrying import shop_to_change
from fibermap.order.consequences import weighed
from fibermap.order.customer import change_service
from fibermap.order.offering import Fee
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
            return change_service(uow, before, faster, "r", shop_to_change(uow, before, faster, wanted))

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
        return change_service(uow, order_id, bundle, "bundled", shop_to_change(uow, order_id, bundle, None))

    said, _ = town.store.run_alone(lambda uow: weighed(uow, town.store.sql, change), cause="test")
    assert [each.code for each in said if each.code == "add_ons_end"] == []
    assert town.orders.change(order_id, bundle)["price"]["add_on_ids"] == [offer(town, "OLD")]
