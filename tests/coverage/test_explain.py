"""Why, and when: explanations agree with what is stored, with what was stored then, and with the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fibermap.coverage.model import Class
from fibermap.kernel.clock import FixedClock
from fibermap.kernel.errors import NotFound
from fibermap.plan import Plan
from tests.builders import area, box, home, ids, ingest, line, new_plan, place, rows, source, terminal, view

HOMES = [home(n, 40 * n) for n in range(1, 6)]
PLAN = [area("North", "Build", box(20, -30, 130, 30)), area("South", "Pre-build", box(110, -30, 170, 30))]


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as plan:
        yield plan


def stored(fm: Plan) -> dict[int, tuple[Any, ...]]:
    """Address -> what its best verdict says now."""
    columns = "class, technology, evidence, feature_id, terminal_id, round(drop_m, 3) AS drop_m, expected_live_on"
    return {
        row.pop("address_id"): tuple(row.values())
        for row in rows(fm, f"SELECT address_id, {columns} FROM verdict WHERE best")
    }


def test_history_answers_as_of_every_version_what_was_stored_then(fm: Plan) -> None:
    steps = (
        lambda: ingest(fm, source("county", HOMES)),
        lambda: ingest(fm, source("plan", PLAN), source("terminals", [terminal("T1", 60, 20)])),
        lambda: fm.move_address(ids(fm)["1 Main St"], *place(300), "there", "ann"),
        lambda: fm.set_area_class(
            [rows(fm, "SELECT * FROM areas WHERE name = 'South'")[0]["area_id"]], "build", "lit", "a"
        ),
        lambda: ingest(fm, source("terminals", [terminal("T1", 60, 25), terminal("T2", 160)])),
        lambda: ingest(fm, source("county", HOMES[:3])),
        fm.undo,
        lambda: ingest(fm, source("plan", PLAN[:1])),
    )
    then = {}
    for version, step in enumerate(steps, 1):
        step()
        then[version] = stored(fm)
    for version, verdicts in then.items():
        for address_id, kept in verdicts.items():
            said = fm.explain(address_id, as_of=version)
            best = min(said.verdicts.values(), key=lambda v: list(Class).index(v.class_))
            drop_m = None if best.drop_m is None else round(best.drop_m, 3)
            derived = (best.class_, best.technology, best.evidence, best.feature_id, best.terminal_id, drop_m)
            assert (*derived, best.expected_live_on) == kept, (version, address_id)
    gone = set(then[5]) - set(then[6])
    with pytest.raises(NotFound):
        fm.explain(gone.pop(), as_of=6)


def test_every_current_explanation_agrees_with_what_is_stored(fm: Plan) -> None:
    wireless = [area("Mast", "Build", box(-50, -50, 90, 50), TECHNOLOGY="Fixed Wireless")]
    ingest(fm, source("county", [*HOMES, home(9, None)]), source("plan", PLAN), source("other_plan", wireless))
    ingest(fm, source("terminals", [terminal("T1", 60, 20), terminal("T2", 160, 20, status="Pre-build")]))
    for address_id in ids(fm).values():
        said = fm.explain(address_id)
        assert said.agrees, said
        assert sorted(said.verdicts) == ["fiber", "fixed_wireless"]
        assert all(sum(step.decides for step in steps) == 1 for steps in said.steps.values())


def test_a_moment_is_the_version_that_was_in_force_then() -> None:
    clock = FixedClock(datetime(2026, 5, 1, 12, tzinfo=UTC))
    with Plan.open(":memory:") as fm:
        fm.store.clock = clock
        ingest(fm, source("county", HOMES))
        fm.store.clock = FixedClock(clock.at + timedelta(days=2))
        ingest(fm, source("plan", PLAN))
        one = ids(fm)["1 Main St"]
        assert fm.explain(one, as_of=clock.at + timedelta(days=1)).class_ is Class.OUT
        assert fm.explain(one, as_of=clock.at + timedelta(days=3)).class_ is Class.BUILD
        assert fm.explain(one, as_of=datetime(2026, 5, 2)).class_ is Class.OUT  # noqa: DTZ001  naive is UTC
        with pytest.raises(NotFound):
            fm.explain(one, as_of=clock.at - timedelta(days=1))


def test_a_pre_build_area_is_build_from_the_day_it_is_expected(fm: Plan) -> None:
    ingest(
        fm,
        source("county", HOMES),
        source("plan", [area("S", "Pre-build", box(0, -30, 90, 30), EXPECTED_LIVE="2027-03-15")]),
    )
    one = ids(fm)["1 Main St"]
    assert fm.explain(one).class_ is Class.PRE_BUILD
    assert fm.explain(one, at=date(2027, 3, 14)).class_ is Class.PRE_BUILD
    assert fm.explain(one, at=date(2027, 3, 15)).class_ is Class.BUILD
    assert fm.explain(one, at=date(2027, 3, 15)).agrees is None, "nothing is stored for other days"
    assert view(fm, "1 Main St")["expected_live_on"] == date(2027, 3, 15)


def test_the_date_asked_about_can_change_which_area_wins(fm: Plan) -> None:
    fm_areas = [
        area("Old", "Build", box(0, -30, 90, 30), PRIORITY="5"),
        area("New", "Pre-build", box(0, -30, 90, 30), PRIORITY="1", EXPECTED_LIVE="2027-03-15"),
    ]
    ingest(fm, source("county", HOMES[:1]), source("plan", fm_areas))
    one = ids(fm)["1 Main St"]
    names = {row["area_id"]: row["name"] for row in rows(fm, "SELECT * FROM areas")}
    assert names[fm.explain(one).verdicts["fiber"].feature_id] == "Old"
    assert names[fm.explain(one, at=date(2028, 1, 1)).verdicts["fiber"].feature_id] == "New"


def test_the_better_technology_gives_the_class_and_a_technology_that_leaves_takes_its_verdicts(fm: Plan) -> None:
    wireless = [area("Mast", "Build", box(100, -50, 250, 50), TECHNOLOGY="Fixed Wireless")]
    ingest(fm, source("county", HOMES), source("plan", PLAN))
    ingest(fm, source("other_plan", wireless))
    assert view(fm, "1 Main St")["technology"] == "fiber"
    assert (view(fm, "4 Main St")["class"], view(fm, "4 Main St")["technology"]) == ("build", "fixed_wireless")
    assert (view(fm, "5 Main St")["class"], view(fm, "5 Main St")["technology"]) == ("build", "fixed_wireless")
    ingest(fm, source("other_plan", []))
    assert view(fm, "5 Main St")["class"] == "out-of-coverage"
    assert {row["technology"] for row in rows(fm, "SELECT DISTINCT technology FROM verdict")} == {"fiber"}
    assert fm.replay().proven


def test_an_explanation_names_sources_records_and_changes(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    ingest(fm, source("plan", PLAN))
    said = fm.explain(ids(fm)["1 Main St"])
    assert [(record["source"], record["row"]) for record in said.records] == [("county", 1)]
    assert [(c["version"], c["from_class"], c["to_class"]) for c in said.changes] == [
        (1, None, "out-of-coverage"),
        (2, "out-of-coverage", "build"),
    ]
    (feature,) = said.features.values()
    assert (feature["name"], feature["source"], feature["status_word"]) == ("North", "plan", "Build")
    assert said.as_json()["class"] == "build"
    assert "North" in repr(said)


# -- flags


def flags(fm: Plan, line_: str) -> set[str]:
    return set((view(fm, line_)["flags"] or "").split(",")) - {""}


def test_flags_say_what_to_look_at_and_change_no_class(fm: Plan) -> None:
    homes = [home(1, 40), home(2, 128), home(3, 60, 25, PLACEMENT="STREET"), home(4, 60, 400)]
    wide = [area("North", "Build", box(20, -30, 130, 500)), area("South", "Pre-build", box(110, -30, 170, 30))]
    ingest(fm, source("county", homes), source("plan", wide), source("terminals", [terminal("T1", 60, -20)]))
    ingest(fm, source("rivers", [line((50, -100), (50, 100), NAME="Gallatin River")]))
    ingest(fm, source("buildings", [area("b", None, box(15, 24, 19, 27))]))
    assert flags(fm, "1 Main St") == {"drop_crosses"}
    assert flags(fm, "2 Main St") == {"near_edge", "conflicting_areas"}
    assert flags(fm, "4 Main St") == {"drop_over_limit"}
    assert {row["class"] for row in rows(fm, "SELECT class FROM addresses")} == {"build"}


def test_a_street_placed_point_is_flagged_when_its_building_gets_another_class_and_when_that_changes(fm: Plan) -> None:
    ingest(fm, source("county", [home(1, 0, PLACEMENT="STREET")]))
    ingest(fm, source("buildings", [area("b", None, box(20, 5, 40, 25))]))
    for reach_m, expected in ((100, {"footprint_class_differs"}), (200, set()), (100, {"footprint_class_differs"})):
        west = 15 if reach_m == 100 else -50
        ingest(fm, source("plan", [area("North", "Build", box(west, -30, reach_m, 60))]))
        assert flags(fm, "1 Main St") == expected
    assert fm.classify().changed == 0
    assert flags(fm, "1 Main St") == {"footprint_class_differs"}


def test_the_flags_of_an_earlier_version_are_found_again_and_stand_in_the_way_then(fm: Plan) -> None:
    steps = (
        lambda: ingest(
            fm,
            source("county", [*HOMES, home(6, 129)]),
            source("plan", PLAN),
            source("terminals", [terminal("T1", 60)]),
        ),
        lambda: ingest(fm, source("rivers", [line((50, -100), (50, 100), NAME="Gallatin River")])),
        lambda: fm.configure("short drops only", "ann", drop_limit_m=50.0, blocking_flags=("drop_over_limit",)),
        lambda: ingest(fm, source("plan", PLAN[:1])),
    )
    kept: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for version, step in enumerate(steps, 1):
        step()
        for address_id in ids(fm).values():
            flags_now = "SELECT code, detail FROM flag WHERE address_id = {} ORDER BY code"
            kept[version, address_id] = rows(fm, flags_now.format(address_id))
    assert {flag["code"] for found in kept.values() for flag in found} == {
        *("drop_over_limit", "drop_crosses", "near_edge", "conflicting_areas")
    }
    then = {key: fm.explain(key[1], as_of=key[0]) for key in kept}
    assert {key: said.flags for key, said in then.items()} == kept
    blocked = {key for key, said in then.items() if "flagged" in said.not_orderable}
    assert blocked == {
        key for key, found in kept.items() if key[0] > 2 and "drop_over_limit" in {f["code"] for f in found}
    }


def test_flags_and_holds_leave_with_their_address(fm: Plan) -> None:
    ingest(fm, source("county", HOMES), source("plan", PLAN))
    fm.hold("unsafe", "mud", "ann", area=box(0, -50, 500, 50))
    assert rows(fm, "SELECT * FROM flag") != []
    ingest(fm, source("county", []))
    assert rows(fm, "SELECT * FROM flag") == rows(fm, "SELECT * FROM address_hold") == []
