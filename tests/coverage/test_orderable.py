"""May it be sold today? Holds, ports, dates and licences, in the view as in the rule."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import shapely

from fibermap.coverage.model import Class
from fibermap.coverage.orderable import Offering, why_not_orderable
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.plan import Plan
from tests.builders import (
    area,
    box,
    differences,
    furnished,
    home,
    ids,
    ingest,
    rows,
    sound,
    source,
    state,
    terminal,
    view,
)

HOMES = [home(n, 40 * n) for n in range(1, 6)]
WIDE = [area("North", "Build", box(0, -50, 500, 50))]


@pytest.fixture
def fm() -> Iterator[Plan]:
    with furnished(_furnish) as plan:
        yield plan


def _furnish(plan: Plan) -> None:
    ingest(plan, source("county", HOMES), source("plan", WIDE))


def held(fm: Plan) -> set[str]:
    return {row["delivery_line"] for row in rows(fm, "SELECT * FROM addresses WHERE holds IS NOT NULL")}


# -- holds


def test_a_hold_on_an_address_forbids_sales_and_leaves_the_class(fm: Plan) -> None:
    one = ids(fm)["1 Main St"]
    fm.hold("owner_refusal", "no thanks", "ann", address_id=one, document="letter.pdf", review_on=date(2027, 1, 1))
    known = view(fm, "1 Main St")
    assert (known["class"], known["orderable"], known["not_orderable"], known["holds"]) == (
        "build",
        False,
        "hold",
        "owner_refusal",
    )
    (hold,) = fm.explain(one).holds
    assert (hold["reason"], hold["document"], hold["review_on"]) == ("no thanks", "letter.pdf", date(2027, 1, 1))
    assert held(fm) == {"1 Main St"}


def test_holds_survive_every_refresh_and_end_when_released(fm: Plan) -> None:
    one = ids(fm)["1 Main St"]
    hold_id = fm.hold("do_not_serve", "dog", "ann", address_id=one).ids[0]
    ingest(fm, source("county", [home(1, 43), home(7, 280)]))
    ingest(fm, source("plan", [area("North", "Build", box(0, -50, 400, 50))]))
    assert held(fm) == {"1 Main St"}
    fm.release_hold(hold_id, "dog moved", "ann")
    assert held(fm) == set()
    assert view(fm, "1 Main St")["orderable"]
    sound(fm)
    fm.undo()
    assert held(fm) == {"1 Main St"}


def test_an_address_that_leaves_and_returns_is_still_held(fm: Plan) -> None:
    fm.hold("unsafe", "mud", "ann", address_id=ids(fm)["1 Main St"])
    ingest(fm, source("county", HOMES[1:]))
    assert held(fm) == set()
    ingest(fm, source("county", HOMES))
    assert held(fm) == {"1 Main St"}


def test_a_hold_follows_its_address_into_a_merge(fm: Plan) -> None:
    ingest(fm, source("plan", [area("North", "Build", box(0, -50, 45, 50))]))
    ingest(fm, source("second", [home(1, 50, OBJECTID=100)]))
    for row in rows(fm, "SELECT * FROM addresses WHERE number = 1"):
        hold_id = fm.hold("unsafe", "mud", "ann", address_id=row["address_id"]).ids[0]
        ingest(fm, source("plan", WIDE))
        assert held(fm) == {"1 Main St"}
        assert len(fm.explain(row["address_id"]).holds) == 1
        fm.undo()
        fm.release_hold(hold_id, "dry", "ann")


def test_a_hold_on_a_building_covers_its_units_and_those_that_come(fm: Plan) -> None:
    block = [home(n, 300, ADDNUM="30", UNIT=unit) for n, unit in ((31, "A"), (32, "B"))]
    ingest(fm, source("county", [*HOMES, *block]))
    building = rows(fm, "SELECT DISTINCT location_id FROM addresses WHERE number = 30")[0]["location_id"]
    fm.hold("no_mdu_agreement", "owner", "ann", location_id=building)
    assert len(held(fm)) == 2
    ingest(fm, source("county", [*HOMES, *block, home(33, 300, ADDNUM="30", UNIT="C")]))
    assert len(held(fm)) == 3
    sound(fm)


def test_a_building_stays_held_when_a_source_gives_it_another_id(fm: Plan) -> None:
    fm.hold("no_mdu_agreement", "owner", "ann", location_id=view(fm, "1 Main St")["location_id"])
    ingest(fm, source("county", [home(1, 40, STRUCTUREID="S77"), *HOMES[1:]]))
    assert held(fm) == {"1 Main St"}
    assert len(fm.explain(ids(fm)["1 Main St"]).holds) == 1
    sound(fm)


def test_an_area_hold_covers_what_it_covers_boundary_and_newcomers_included(fm: Plan) -> None:
    fm.hold("unsafe", "mud", "ann", area=box(60, -20, 130, 20))
    assert held(fm) == {"2 Main St", "3 Main St"}
    ingest(fm, source("county", [*HOMES, home(8, 100, 10)]))
    assert held(fm) == {"2 Main St", "3 Main St", "8 Main St"}


@pytest.mark.parametrize(
    "shape",
    [shapely.Point(0, 0), shapely.Polygon(), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])],
    ids=["point", "empty", "crossed"],
)
def test_an_area_hold_needs_a_valid_polygon(fm: Plan, shape: shapely.Geometry) -> None:
    with pytest.raises(InputRefused):
        fm.hold("unsafe", "mud", "ann", area=shape)


def test_exclusion_areas_of_a_source_hold_while_the_source_has_them(fm: Plan) -> None:
    ingest(fm, source("holds", [area("Smith easement", None, box(60, -20, 130, 20))]))
    assert held(fm) == {"2 Main St", "3 Main St"}
    (hold,) = fm.explain(ids(fm)["2 Main St"]).holds
    assert (hold["code"], hold["reason"]) == ("exclusion", "Smith easement")
    with pytest.raises(NotFound, match="person placed"):
        fm.release_hold(hold["hold_id"], "no", "ann")
    ingest(fm, source("county", [home(1, 43), *HOMES[1:]]))
    assert held(fm) == {"2 Main St", "3 Main St"}
    ingest(fm, source("holds", [area("Smith easement", None, box(60, -20, 90, 20))]))
    assert held(fm) == {"2 Main St"}
    ingest(fm, source("holds", []))
    assert held(fm) == set()
    sound(fm)
    fm.undo()
    assert held(fm) == {"2 Main St"}


def test_a_hold_that_cannot_be_is_refused_and_leaves_nothing(fm: Plan) -> None:
    before = state(fm)
    for on in ({}, {"address_id": 5}, {"location_id": 5}, {"address_id": 1, "location_id": 2}):
        with pytest.raises((InputRefused, NotFound)):
            fm.hold("unsafe", "mud", "ann", **on)
    with pytest.raises(InputRefused):
        fm.hold("unsafe", " ", "ann", address_id=ids(fm)["1 Main St"])
    assert differences(before, state(fm)) == {}


# -- ports, dates, kinds


def test_exhausted_ports_forbid_and_ports_never_recorded_block_nothing(fm: Plan) -> None:
    ingest(
        fm,
        source(
            "terminals",
            [
                terminal("T1", 40, 10, PORTS_FREE="0"),
                terminal("T2", 80, 10, PORTS_FREE="3"),
                terminal("T3", 120, 10),
            ],
        ),
    )
    assert view(fm, "1 Main St")["not_orderable"] == "no_port"
    assert view(fm, "2 Main St")["orderable"]
    assert view(fm, "3 Main St")["orderable"]
    assert view(fm, "3 Main St")["ports_free"] is None


def test_network_ready_and_sales_open_are_separate_dates(fm: Plan) -> None:
    soon = (date.today() + timedelta(days=30)).isoformat()  # noqa: DTZ011
    ready = [area("North", "Build", box(0, -50, 500, 50), NETWORK_READY=soon)]
    ingest(fm, source("plan", ready))
    assert view(fm, "1 Main St")["not_orderable"] == "network_not_ready"
    ingest(fm, source("plan", [area("North", "Build", box(0, -50, 500, 50), SALES_OPEN=soon)]))
    assert view(fm, "1 Main St")["not_orderable"] == "sales_not_open"
    one = ids(fm)["1 Main St"]
    assert fm.explain(one, at=date.fromisoformat(soon)).orderable
    assert not fm.explain(one, at=date.fromisoformat(soon) - timedelta(days=1)).orderable


def test_a_garage_is_known_and_not_sold_to(fm: Plan) -> None:
    ingest(fm, source("county", [home(1, 40, TYPE="Garage"), *HOMES[1:]]))
    known = view(fm, "1 Main St")
    assert (known["class"], known["serviceable"], known["units"], known["not_orderable"]) == (
        "build",
        False,
        0,
        "not_serviceable",
    )


# -- one definition


def test_the_view_and_the_rule_agree_on_every_address(fm: Plan) -> None:
    later = (date.today() + timedelta(days=9)).isoformat()  # noqa: DTZ011
    mixed = [
        area("Ready", "Build", box(0, -50, 100, 50)),
        area("Soon", "Build", box(100, -50, 140, 50), SALES_OPEN=later, NETWORK_READY=later),
        area("Later", "Pre-build", box(140, -50, 500, 50)),
    ]
    homes = [home(n, 40 * n, TYPE=kind) for n, kind in enumerate(("House", "Garage", "House", "House", "Frob"), 1)]
    ingest(fm, source("county", [*homes, home(6, None)]), source("plan", mixed))
    ingest(fm, source("terminals", [terminal("T1", 40, 10, PORTS_FREE="0"), terminal("T2", 120, 10, PORTS_FREE="1")]))
    ingest(fm, source("fabric", [home(9, 60, OBJECTID=900)]), permitted_uses=frozenset({"filing"}))
    fm.hold("unsafe", "mud", "ann", address_id=ids(fm)["3 Main St"])
    shown = rows(fm, "SELECT * FROM addresses")
    assert len({row["not_orderable"] for row in shown}) > 4
    today = rows(fm, "SELECT (current_timestamp AT TIME ZONE 'UTC')::DATE AS today")[0]["today"]
    for row in shown:
        offering = Offering(
            class_=Class(row["class"]),
            serviceable=row["serviceable"],
            held=row["holds"] is not None,
            permitted=row["sellable"],
            ports_free=row["ports_free"],
            network_ready_on=row["network_ready_on"],
            sales_open_on=row["sales_open_on"],
        )
        reasons = why_not_orderable(offering, today)
        assert (row["not_orderable"] or "").split(",") == ([str(r) for r in reasons] or [""])
        assert row["orderable"] == (not reasons)
        said = fm.explain(row["address_id"])
        assert [str(r) for r in said.not_orderable] == [str(r) for r in reasons]


def test_every_use_of_a_source_has_one_spelling(fm: Plan) -> None:
    from fibermap.coverage.commands import USES
    from fibermap.ingest.profiles import Use

    assert set(USES) == set(map(str, Use))
    with pytest.raises(InputRefused) as refused:
        fm.override_permission("county", ["selling"], "why", "ann")
    assert refused.value.code is Code.ARGUMENT_INVALID
