"""What edits would do is counted before anybody does them, and is exactly what publishing them then does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import FibermapError
from fibermap.plan import Plan
from tests.builders import area, box, home, ids, ingest, new_plan, place, rows, source, state
from tests.coverage.histories import Step, act, steps


def geojson(*corners: float) -> dict[str, Any]:
    ring: dict[str, Any] = shapely.geometry.mapping(box(*corners))
    return ring


def units(fm: Plan) -> dict[int, tuple[str, int]]:
    return {row["address_id"]: (row["class"], row["units"]) for row in rows(fm, "SELECT * FROM addresses")}


def flips_between(before: dict[int, tuple[str, int]], after: dict[int, tuple[str, int]]) -> dict[str, tuple[int, int]]:
    """Count addresses and units by how their class changed, the plain way."""
    counts: dict[str, tuple[int, int]] = {}
    for address_id in before.keys() | after.keys():
        then, now = before.get(address_id, ("none", 0)), after.get(address_id, ("none", 0))
        if then[0] != now[0]:
            n, of = counts.get(f"{then[0]} -> {now[0]}", (0, 0))
            counts[f"{then[0]} -> {now[0]}"] = (n + 1, of + now[1])
    return counts


def refusal(act: Callable[[], object]) -> str | None:
    """Return the code with which something is refused."""
    try:
        act()
    except FibermapError as refused:
        return str(refused.code)
    return None


def check(fm: Plan, edits: list[dict[str, Any]]) -> None:
    """Weigh edits, publish them, and compare."""
    before, held = units(fm), state(fm)
    if (code := refusal(lambda: fm.area_impact(edits))) is not None:
        assert refusal(lambda: fm.edit_areas(edits, "r", "ann")) == code
        return
    said = fm.area_impact(edits)
    assert state(fm) == held, "weighing leaves nothing behind"
    if not said["result"]["features"] and not said["gone"]:
        return
    done = fm.edit_areas(edits, "r", "ann")
    assert said["flips"] == done.flips.counts
    found = flips_between(before, units(fm))
    assert said["addresses"] == {flip: n for flip, (n, _) in found.items()}
    assert said["units"] == {flip: of for flip, (_, of) in found.items()}


def test_units_holds_and_customers_are_counted() -> None:
    with new_plan() as fm:
        homes = [home(n, 40 * n, UNITS=10 if n == 2 else None) for n in range(1, 5)]
        ingest(fm, source("county", homes), source("plan", [area("North", "Pre-build", box(20, -30, 130, 30))]))
        known = ids(fm)
        fm.hold("do_not_serve", "dog", "ann", address_id=known["1 Main St"])
        fm.change_connectivity(known["3 Main St"], "network_passed", "t")
        fm.change_connectivity(known["3 Main St"], "drop_built", "t")
        (north,) = rows(fm, "SELECT area_id FROM areas")
        edits = [{"op": "change", "area_id": north["area_id"], "properties": {"class": "build"}}]
        said = fm.area_impact(edits)
        assert said["addresses"] == {"pre-build -> build": 3}
        assert (said["holds"], said["customers"]) == (1, 1)
        assert said["areas"] == [{"area_id": north["area_id"], "addresses": 3, "units": said["areas"][0]["units"]}]
        assert said["units"]["pre-build -> build"] == said["areas"][0]["units"]
        check(fm, edits)


def test_an_edit_that_parts_the_records_of_an_address_is_weighed_as_it_is_published() -> None:
    with new_plan() as fm:
        ingest(fm, source("county", [home(1, 0)]), source("second", [home(1, 20, OBJECTID=9)]))
        ingest(fm, source("plan", [area("All", "Build", box(-50, -50, 200, 50))]))
        check(fm, [{"op": "draw", "geometry": geojson(-60, -60, 10, 60), "properties": {"class": "pre-build"}}])
        (whole,) = rows(fm, "SELECT area_id FROM areas WHERE name = 'All'")
        edit = {"op": "change", "area_id": whole["area_id"], "geometry": geojson(10, -50, 200, 50)}
        check(fm, [edit])
        assert len(units(fm)) == 2, "one address came apart"
        fm.undo()
        check(fm, [edit])


def test_an_edit_that_brings_in_a_technology_is_weighed_everywhere() -> None:
    with new_plan() as fm:
        ingest(fm, source("county", [home(n, 40 * n) for n in (1, 9)]))
        fields = {"class": "build", "technology": "fixed_wireless"}
        check(fm, [{"op": "draw", "geometry": geojson(20, -30, 60, 30), "properties": fields}])


def some_edits(area_ids: list[int], drawn: st.DataObject) -> list[dict[str, Any]]:
    """Draw a few edits, of areas that are there and of ones that the edits before made."""
    side = st.integers(0, 8).map(lambda n: 50 * n - 7)
    class_ = st.sampled_from(["build", "pre-build"])
    edits: list[dict[str, Any]] = []
    for _ in range(drawn.draw(st.integers(1, 3))):
        west, width = drawn.draw(side), drawn.draw(st.sampled_from([60, 130, 250]))
        shape = geojson(west, -35, west + width, 35)
        known = [*area_ids, *(-n for n in range(1, len(edits) + 1))] or [-1]
        one, other = drawn.draw(st.sampled_from(known)), drawn.draw(st.sampled_from(known))
        cut = shapely.geometry.mapping(shapely.LineString([place(west, -90), place(west + 3, 90)]))
        edits.append(
            drawn.draw(
                st.sampled_from(
                    [
                        {"op": "draw", "geometry": shape, "properties": {"class": drawn.draw(class_)}},
                        {"op": "change", "area_id": one, "geometry": shape},
                        {"op": "change", "area_id": one, "properties": {"class": drawn.draw(class_), "priority": 1}},
                        {"op": "split", "area_id": one, "line": cut},
                        {"op": "merge", "area_ids": [one, other]},
                        {"op": "cut", "area_id": one, "hole": geojson(west, -20, west + 45, 20)},
                        {"op": "retire", "area_id": one},
                    ]
                )
            )
        )
    return edits


def weigh_after(history: list[Step], drawn: st.DataObject) -> None:
    with new_plan() as fm:
        for step in [("county", 0), ("second", 0), ("plan", 0), *history]:
            act(fm, step)
        for _ in range(2):
            known = rows(fm, "SELECT area_id FROM areas WHERE role = 'coverage' ORDER BY 1")
            check(fm, some_edits([row["area_id"] for row in known], drawn))
        assert fm.replay().proven


@given(history=steps, drawn=st.data())
@settings(max_examples=4, deadline=None)
def test_weighing_is_publishing_after_any_history(history: list[Step], drawn: st.DataObject) -> None:
    weigh_after(history, drawn)


@pytest.mark.slow
@given(history=steps, drawn=st.data())
@settings(max_examples=200, deadline=None)
def test_weighing_is_publishing_after_many_histories(history: list[Step], drawn: st.DataObject) -> None:
    weigh_after(history, drawn)
