"""Phases: opened whole or in part, on a day, taken back, and moved; what is said before is what is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.clock import FixedClock
from fibermap.kernel.errors import Conflict, InputRefused, NotFound
from fibermap.kernel.events import ServiceabilityChanged
from fibermap.plan import Plan
from fibermap.store import Timing
from tests.builders import (
    area,
    box,
    classes,
    differences,
    furnished,
    home,
    ids,
    ingest,
    new_plan,
    rows,
    sound,
    source,
    state,
    terminal,
    view,
)

TODAY = datetime.now(UTC).date()
LATER = TODAY + timedelta(days=40)
BY = ("ready", "Ann")


def street(ports: int = 3) -> list[Any]:
    """Nine homes along Main St in one area of a phase, three terminals of two cabinets, and a home of another phase."""
    homes = [home(n, 40 * n) for n in range(1, 10)] + [home(20, 500, ZIP="59741")]
    areas = [
        area("North", "Pre-build", box(20, -30, 380, 30), PHASE="Phase 2", READY_DATE="2029-03-31"),
        area("South", "Pre-build", box(480, -30, 520, 30), PHASE="Phase 3", READY_DATE="2030-06-30"),
    ]
    terminals = [
        terminal("T1", 80, 10, "Pre-build", CABINET="C1", PHASE="Phase 2", PORTS_FREE=ports),
        terminal("T2", 200, 10, "Pre-build", CABINET="C1", PHASE="Phase 2", PORTS_FREE=ports),
        terminal("T3", 320, 10, "Pre-build", CABINET="C2", PHASE="Phase 2", PORTS_FREE=ports),
        terminal("T9", 500, 10, "Pre-build", CABINET="C9", PHASE="Phase 3", PORTS_FREE=ports),
    ]
    return [source("county", homes), source("plan", areas), source("terminals", terminals)]


@contextmanager
def village() -> Iterator[Plan]:
    with furnished(_furnish) as fm:
        yield fm


def _furnish(fm: Plan) -> None:
    ingest(fm, *street())


def build(fm: Plan) -> set[str]:
    return {line for line, klass in classes(fm).items() if klass == "build"}


def outcome(fm: Plan) -> list[dict[str, Any]]:
    """Return everything that is so for addresses, but for when it became so."""
    return rows(fm, "SELECT * EXCLUDE (version) FROM addresses ORDER BY address_id")


def main(*numbers: int) -> set[str]:
    return {f"{n} Main St" for n in numbers}


def test_a_phase_is_opened_whole_and_taken_back_exactly() -> None:
    with village() as fm:
        before = state(fm)
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY)
        assert build(fm) == main(*range(1, 10))
        assert view(fm, "1 Main St")["orderable"]
        sound(fm)
        fm.undo()
        assert differences(before, state(fm)) == {}


@pytest.mark.parametrize("by", ["terminals", "cabinets", "shape"])
def test_part_by_part_ends_as_whole(by: str) -> None:
    parts = {
        "terminals": [["T2"], ["T1"], ["T3"]],
        "cabinets": [["C2"], ["C1"]],
        "shape": [box(0, -50, 130, 50), box(130, -50, 210, 50), box(0, -50, 600, 50)],
    }[by]
    with village() as fm:
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY)
        whole, areas = outcome(fm), rows(fm, "SELECT area_id, name, class, geometry FROM areas ORDER BY 1")
        fm.undo()
        before = classes(fm)
        for part in parts:
            fm.open_phase("Phase 2", *BY, network_ready_on=TODAY, **{by: part})
            sound(fm)
        assert outcome(fm) == whole
        assert rows(fm, "SELECT area_id, name, class, geometry FROM areas ORDER BY 1") == areas
        for _ in parts:
            fm.undo()
        assert classes(fm) == before


def test_nothing_outside_a_part_changes_class() -> None:
    with village() as fm:
        before = classes(fm)
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY, terminals=["T2"])
        assert build(fm) == main(4, 5, 6)
        changed = {line for line, klass in classes(fm).items() if before[line] != klass}
        assert changed == build(fm)
        assert view(fm, "5 Main St")["terminal"] == "T2"
        assert {row["name"] for row in rows(fm, "SELECT name FROM network WHERE class = 'build'")} == {"T2"}


@given(
    st.lists(st.tuples(st.integers(21, 379), st.integers(-29, 29)), min_size=3, max_size=9, unique=True),
    st.permutations(["T1", "T2", "T3"]),
)
@settings(max_examples=5)
def test_wherever_homes_stand_parts_hold_what_their_terminals_serve(
    places: list[tuple[int, int]], order: list[str]
) -> None:
    with new_plan() as fm:
        _, plan, terminals = street()
        ingest(fm, source("county", [home(n, *at) for n, at in enumerate(places, 1)]), plan, terminals)
        served = {line: view(fm, line)["terminal"] for line in ids(fm)}
        waits = set(served)
        for name in order:
            mine = {line for line in waits if served[line] == name}
            if mine:
                fm.open_phase("Phase 2", *BY, network_ready_on=TODAY, terminals=[name])
            waits -= mine
            assert build(fm) == set(served) - waits


def test_an_address_that_nothing_serves_goes_with_its_neighbours() -> None:
    with new_plan() as fm:
        fm.configure("near", "Ann", terminal_reach_m=30.0, drop_limit_m=30.0, route_limit_m=30.0)
        ingest(fm, *street())
        assert (view(fm, "4 Main St")["terminal"], view(fm, "5 Main St")["terminal"]) == (None, "T2")
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY, terminals=["T2"])
        assert build(fm) == main(4, 5, 6)
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY, terminals=["T1"])
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY, terminals=["T3"])
        assert build(fm) == main(*range(1, 10))


def test_sales_open_later_than_the_network_is_ready() -> None:
    with village() as fm:
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY, sales_open_on=LATER)
        assert (view(fm, "1 Main St")["class"], view(fm, "1 Main St")["not_orderable"]) == ("build", "sales_not_open")
        with pytest.raises(InputRefused, match="before the network"):
            fm.open_phase("Phase 3", *BY, network_ready_on=LATER, sales_open_on=TODAY)


def test_until_the_network_is_ready_a_part_stays_pre_build() -> None:
    with village() as fm:
        fm.open_phase("Phase 2", *BY, network_ready_on=LATER, terminals=["T1"])
        before = state(fm)
        assert build(fm) == set()
        assert (view(fm, "1 Main St")["expected_live_on"], view(fm, "9 Main St")["expected_live_on"]) == (
            LATER, date(2029, 3, 31),
        )  # fmt: skip
        assert fm.open_due_phases(LATER - timedelta(days=1)) == []
        assert len(fm.open_due_phases(LATER)) == 1
        assert build(fm) == main(1, 2, 3)
        assert fm.open_due_phases(LATER) == []
        sound(fm)
        fm.undo()
        assert differences(before, state(fm)) == {}
        assert fm.open_due_phases(LATER) == [], "whoever takes it back does not want it done again by itself"


@pytest.mark.parametrize("on", [TODAY, LATER])
@pytest.mark.parametrize(
    "part", [{}, {"terminals": ["T1", "T3"]}, {"cabinets": ["C1"]}, {"shape": box(0, -50, 130, 50)}]
)
def test_the_preview_is_what_publishing_does(on: date, part: dict[str, Any]) -> None:
    with village() as fm:
        fm.hold("do_not_serve", "dog", "ann", address_id=ids(fm)["2 Main St"])
        before, held = classes(fm), state(fm)
        said = fm.preview_phase("Phase 2", network_ready_on=on, **part)
        assert state(fm) == held, "a preview leaves nothing behind"
        done = fm.open_phase("Phase 2", *BY, network_ready_on=on, version=said["plan_version"], **part)
        if on > TODAY:
            assert classes(fm) == before
            assert [event["type"] for event in said["events_then"]] == ["ServiceabilityChanged", "PlanPromoted"]
            (done,) = fm.open_due_phases(on)
        assert said["flips"] == done.flips.counts
        after = classes(fm)
        flipped = [line for line in after if before[line] != after[line]]
        assert said["addresses"] == {"pre-build -> build": len(flipped)}
        assert said["notices"] == said["units"]["pre-build -> build"] == len(flipped)
        free = [line for line in flipped if view(fm, line)["holds"] is None]
        assert said["orderable"] == [{"on": on.isoformat(), "addresses": len(free), "units": len(free)}]
        assert [(s["reason"], s["addresses"]) for s in said["stays"] if s["blocks"]] == [("hold", 1)]


def test_a_preview_that_is_no_longer_true_is_refused() -> None:
    with village() as fm:
        said = fm.preview_phase("Phase 2", network_ready_on=TODAY)
        fm.open_phase("Phase 3", *BY, network_ready_on=TODAY)
        with pytest.raises(Conflict, match="changed since"):
            fm.open_phase("Phase 2", *BY, network_ready_on=TODAY, version=said["plan_version"])


def test_what_is_not_there_or_not_waiting_is_refused() -> None:
    with village() as fm:
        with pytest.raises(NotFound, match="no phase 'Phase 7'"):
            fm.open_phase("Phase 7", *BY, network_ready_on=TODAY)
        with pytest.raises(InputRefused, match="Nothing in terminal T9"):
            fm.open_phase("Phase 2", *BY, network_ready_on=TODAY, terminals=["T9"])
        with pytest.raises(InputRefused, match="one way"):
            fm.open_phase("Phase 2", *BY, network_ready_on=TODAY, terminals=["T1"], cabinets=["C1"])
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY)
        with pytest.raises(InputRefused, match="Nothing in the phase"):
            fm.open_phase("Phase 2", *BY, network_ready_on=TODAY)


def test_a_slip_keeps_the_original_date_and_undo_takes_it_back() -> None:
    with village() as fm:
        said = fm.preview_slip("Phase 2", date(2029, 9, 30), precision="quarter")
        assert said["addresses"] == said["units"] == {"pre-build": 9}
        assert said["moves"] == [
            {
                "from": "2029-03-31", "to": "third quarter of 2029", "public_from": "first quarter of 2029",
                "public_to": "third quarter of 2029", "addresses": 9, "units": 9,
            }
        ]  # fmt: skip
        before = state(fm)
        fm.slip_phase("Phase 2", date(2029, 9, 30), *BY, precision="quarter")
        fm.slip_phase("Phase 2", date(2029, 12, 31), *BY, precision="quarter")
        (two, _) = fm.phases.table.to_pylist()
        assert (two["expected_to"], two["original_to"], two["slips"]) == (date(2029, 12, 31), date(2029, 3, 31), 2)
        assert [slip["now_on"] for slip in fm.phase("Phase 2")["slips"]] == ["2029-12-31", "2029-09-30"]
        assert view(fm, "3 Main St")["expected_live_on"] == date(2029, 12, 31)
        sound(fm)
        fm.undo()
        fm.undo()
        assert differences(before, state(fm)) == {}
        fm.slip_phase("Phase 2", date(2029, 9, 30), *BY)
        with pytest.raises(InputRefused, match="No date would move"):
            fm.slip_phase("Phase 2", date(2029, 9, 30), *BY)


def test_an_opening_that_waits_slips_by_itself() -> None:
    with village() as fm:
        done = fm.open_phase("Phase 2", *BY, network_ready_on=LATER, terminals=["T1"])
        later = LATER + timedelta(days=30)
        fm.slip_phase("Phase 2", later, *BY, opening_id=done.ids[0])
        assert view(fm, "1 Main St")["expected_live_on"] == later
        assert view(fm, "9 Main St")["expected_live_on"] == date(2029, 3, 31)
        assert fm.open_due_phases(LATER) == []
        fm.slip_phase("Phase 2", date(2029, 9, 30), *BY)
        assert view(fm, "1 Main St")["expected_live_on"] == later
        assert view(fm, "9 Main St")["expected_live_on"] == date(2029, 9, 30)
        assert len(fm.open_due_phases(later)) == 1


def test_what_a_planner_opened_outlives_a_new_revision() -> None:
    with village() as fm:
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY, sales_open_on=LATER, terminals=["T1"])
        before = outcome(fm)
        ingest(fm, *street(ports=7))
        assert view(fm, "1 Main St")["ports_free"] == 7
        assert outcome(fm) == [row | {"ports_free": 7} for row in before]
        sound(fm)


def test_windows_in_which_an_undo_calls_off() -> None:
    with village() as fm:
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY)
        first, *_ = fm.recall_windows
        assert (first["label"], first["can_undo"]) == ("open Phase 2: ready", True)
        fm.undo()
        assert "open Phase 2: ready" not in [window["label"] for window in fm.recall_windows]


@pytest.mark.parametrize(("undone", "heard"), [(True, []), (False, ["ServiceabilityChanged"])])
def test_who_waits_hears_of_an_opening_after_the_window_or_never(
    monkeypatch: pytest.MonkeyPatch, undone: bool, heard: list[str]
) -> None:
    with village() as fm:
        outbox, received, now, name = fm.outbox(), list[str](), datetime.now(UTC), f"notices {undone}"
        last = rows(fm, "SELECT max(event_id) AS id FROM event")[0]["id"]
        outbox.subscribe(
            name, [ServiceabilityChanged], lambda _, events: received.extend(e.type for e in events),
            after_event_id=last, timing=Timing.AFTER_RECALL,
        )  # fmt: skip
        assert name in fm.preview_phase("Phase 2", network_ready_on=TODAY)["recall"]["subscribers"]
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY)
        outbox.deliver_all()
        assert received == []
        if undone:
            fm.undo()
        monkeypatch.setattr(fm.store, "clock", FixedClock(now + timedelta(minutes=61)))
        outbox.deliver_all()
        outbox.deliver_all()
        assert received == heard
        outbox.retire(name)


def test_network_whose_phase_no_area_knows_belongs_where_it_stands() -> None:
    with new_plan() as fm:
        homes, plan, _ = street()
        far = [terminal("T7", 5000, 0, "Pre-build", PHASE="Elsewhere")]
        here = [terminal("T1", 80, 10, "Pre-build", PHASE="Phase 2 - Design"), terminal("T2", 300, 10, "Pre-build")]
        ingest(fm, homes, plan, source("terminals", [*here, *far]))
        assert [row["phase"] for row in fm.phases.table.to_pylist()] == ["Phase 2", "Phase 3"]
        assert [part["name"] for part in fm.phase("Phase 2")["parts"]] == ["T1", "T2"]
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY)
        assert {row["name"] for row in rows(fm, "SELECT name FROM network WHERE class = 'build'")} == {"T1", "T2"}
        fm.open_phase("Elsewhere", *BY, network_ready_on=TODAY)
        sound(fm)


def test_shapes_are_cut_and_joined_without_a_scar() -> None:
    with village() as fm:
        before = rows(fm, "SELECT geometry FROM areas WHERE name = 'North'")[0]["geometry"]
        fm.open_phase("Phase 2", *BY, network_ready_on=TODAY, terminals=["T2"])
        parts = [shapely.from_wkb(r["geometry"]) for r in rows(fm, "SELECT geometry FROM areas WHERE name = 'North'")]
        assert len(parts) == 2
        assert (
            shapely.union_all(parts).equals_exact(shapely.from_wkb(before), 1e-9)
            or shapely.symmetric_difference(shapely.union_all(parts), shapely.from_wkb(before)).area < 1e-15
        )
