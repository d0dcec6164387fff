"""Reports against what the database says another way: of the present by the view, of the past by what it said then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from fibermap.address.model import ConnectivityEvent
from fibermap.coverage.model import Technology
from fibermap.kernel.errors import Code, InputRefused
from fibermap.plan import Plan
from fibermap.report.dashboard.catalogue import REPORTS, make_report
from fibermap.report.dashboard.ground import LISTED, Ground, Wish
from fibermap.report.dashboard.homes import MEASURES
from fibermap.report.selection import Selection
from tests.builders import area, box, home, ids, ingest, new_plan, rows, source, terminal
from tests.report.towns import AREAS, shown, town

TODAY = date(2026, 11, 26)
Standing = dict[tuple[str, str | None], tuple[int, int]]
_STANDING = """
    SELECT v.class, f.phase, count(*) AS addresses, sum(a.units)::BIGINT AS units
    FROM verdict v JOIN listed_addresses a USING (address_id)
    LEFT JOIN plan_feature f ON f.feature_id = v.feature_id AND f.to_version IS NULL
    WHERE v.technology = '{technology}' GROUP BY ALL
"""


@pytest.fixture(scope="module")
def plan() -> Iterator[Plan]:
    with town() as fm:
        first, second, *_ = sorted(set(ids(fm).values()))
        for event in (
            ConnectivityEvent.NETWORK_PASSED, ConnectivityEvent.DROP_BUILT, ConnectivityEvent.ONT_PLACED,
            ConnectivityEvent.SERVICE_ACTIVATED,
        ):  # fmt: skip
            fm.change_connectivity(first, event, "test")
        fm.change_connectivity(second, ConnectivityEvent.NETWORK_PASSED, "test")
        fm.change_connectivity(second, ConnectivityEvent.DROP_BUILT, "test")
        yield fm


def report(fm: Plan, name: str, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fm.report(name, **more).table.to_pylist()
    return found


def standing(fm: Plan, technology: str = "fiber") -> Standing:
    """Return what the view says of the plan as it is now."""
    found = rows(fm, _STANDING.format(technology=technology))
    return {(row["class"], row["phase"]): (row["addresses"], row["units"]) for row in found}


def told(fm: Plan, **more: Any) -> dict[int, Standing]:
    """Return what the history says of each version."""
    history: dict[int, Standing] = {}
    for row in report(fm, "passings", step="version", **more):
        state = history.setdefault(row["version"], {})
        state[(row["class"], row["phase"])] = (row["addresses"], row["units"])
    return history


class Witness:
    """Notes what the view says after every version, while it is the latest."""

    def __init__(self, fm: Plan) -> None:
        self._fm = fm
        self.seen: dict[int, Standing] = {}

    def look(self) -> None:
        version = self._fm.store.sql.value("test", "SELECT max(version) FROM plan_version")
        self.seen[version] = standing(self._fm)


def test_the_history_says_of_each_version_what_the_database_said_then() -> None:
    houses = [home(n, 40 * n, OBJECTID=n) for n in range(1, 9)]
    tower = home(30, 340, OBJECTID=30, UNITS=12)
    parts = [home(30, 340, UNIT=unit, OBJECTID=300 + at) for at, unit in enumerate("ABC")]
    north, south = area("North", "Build", box(20, -30, 170, 30), PHASE="One"), box(170, -30, 400, 30)
    with new_plan() as fm:
        witness = Witness(fm)
        steps = [
            lambda: ingest(fm, source("county", [*houses, tower])),
            lambda: ingest(fm, source("plan", [north, area("South", "Pre-build", south, PHASE="Two")])),
            lambda: ingest(fm, source("plan", [north, area("South", "Pre-build", south, PHASE="Three")])),
            lambda: ingest(fm, source("county", [*houses, tower, *parts])),
            lambda: ingest(fm, source("plan", [north, area("South", "Build", south, PHASE="Three")])),
            lambda: ingest(fm, source("county", [*houses[:5], tower])),
            fm.undo,
            lambda: fm.retype_address(min(ids(fm).values()), "other", "a garage", "pat", serviceable=False),
            lambda: ingest(fm, source("second", [home(90, 60, 10)]), permitted_uses=frozenset({"sales"})),
            lambda: fm.override_permission("second", ["lists"], "agreed", "pat"),
            lambda: fm.retire_address(max(ids(fm).values()), "gone", "pat"),
            fm.undo,
        ]
        for step in steps:
            step()
            witness.look()
        assert len(witness.seen) == len(steps)
        assert told(fm) == {version: state for version, state in witness.seen.items() if state}


def test_the_past_of_some_addresses_is_that_of_those_that_are_chosen_today(plan: Plan) -> None:
    history = told(plan, **{"class": "build"})
    built = rows(plan, "SELECT * FROM listed_addresses WHERE class = 'build'")
    latest = history[max(history)]
    assert latest == {("build", "Phase 1, west"): (len(built), sum(row["units"] for row in built))}


def test_a_step_of_a_day_tells_its_last_version(plan: Plan) -> None:
    by_day = {row["version"] for row in report(plan, "passings")}
    assert by_day == {max(told(plan))}


def test_each_technology_has_a_history_of_its_own(plan: Plan) -> None:
    assert told(plan, of_technology=Technology.FIXED_WIRELESS) == {}


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.code)
def test_a_measure_counts_what_its_definition_says(plan: Plan, measure: Any) -> None:
    oracle = {
        "serviceable": lambda row: row["serviceable"],
        "homes_passed": lambda row: row["serviceable"] and row["class"] == "build",
        "planned": lambda row: row["serviceable"] and row["class"] == "pre-build",
        "orderable": lambda row: row["orderable"],
        "connected": lambda row: row["connectivity"] not in ("none", "passed"),
        "active": lambda row: row["connectivity"] == "active",
    }[measure.code]
    wanted = [row for row in rows(plan, "SELECT * FROM listed_addresses") if oracle(row)]
    (said,) = [row for row in report(plan, "homes") if row["measure"] == measure.code]
    assert said["addresses"] == len(wanted) > 0
    assert said["units"] == sum(row["units"] for row in wanted)
    assert said["structures"] == len({row["location_id"] for row in wanted})


def test_the_filter_of_a_measure_leaves_what_it_counts(plan: Plan) -> None:
    from urllib.parse import parse_qsl

    everything = {row["measure"]: row for row in report(plan, "homes")}
    for row in everything.values():
        filtered = {said["measure"]: said for said in report(plan, "homes", **dict(parse_qsl(row["filter"])))}
        assert filtered[row["measure"]]["addresses"] == row["addresses"]


def test_phases_add_up_to_the_whole(plan: Plan) -> None:
    by_phase = report(plan, "phases")
    wanted: Counter[tuple[str | None, str]] = Counter()
    for row in rows(plan, "SELECT * FROM listed_addresses"):
        wanted[row["phase"], row["class"]] += row["units"]
    assert {(row["phase"], row["class"]): row["units"] for row in by_phase} == wanted
    assert [row["expected_from"] for row in by_phase if row["class"] == "pre-build"] == [date(2027, 3, 1)]


def test_what_is_planned_stands_at_its_date_and_what_is_late_is_told(plan: Plan) -> None:
    planned = rows(plan, "SELECT * FROM listed_addresses WHERE class = 'pre-build'")
    (row,) = report(plan, "expected")
    assert (row["expected_on"], row["phase"], row["is_late"]) == (date(2027, 3, 1), "Phase 2", False)
    assert (row["addresses"], row["units"]) == (len(planned), sum(each["units"] for each in planned))


def test_quality_counts_what_is_missing(plan: Plan) -> None:
    said = {row["check"]: row for row in report(plan, "quality")}
    listed = rows(plan, "SELECT * FROM listed_addresses")
    assert said["no_position"]["count"] == sum(row["lon"] is None for row in listed) == 1
    assert said["unknown_class"]["of"] == len(listed)
    counts = rows(
        plan, "SELECT sum(read) AS read, sum(quarantined) AS lost FROM source_revision WHERE to_version IS NULL"
    )
    assert (said["quarantined"]["of"], said["quarantined"]["count"]) == (counts[0]["read"], counts[0]["lost"])
    for flag in ("near_edge", "drop_over_limit"):
        assert said[flag]["count"] == sum(flag in (row["flags"] or "").split(",") for row in listed)


def test_shares_of_the_sources_add_up_and_every_row_read_is_accounted_for(plan: Plan) -> None:
    found = report(plan, "sources")
    assert sum(row["share"] or 0 for row in found) == pytest.approx(1)
    for row in found:
        assert row["read"] == sum(row[end] for end in ("ingested", "repaired", "quarantined", "set_aside"))
    assert {row["source"] for row in found} == {"county", "second", "plan", "terminals", "routes"}


def test_what_was_taken_back_is_told_with_what_took_it_back() -> None:
    with new_plan() as fm:
        ingest(fm, source("county", [home(1, 40)]))
        fm.undo()
        undo, promote = report(fm, "ingests")
        assert (promote["state"], promote["undone_by"], promote["read"]) == ("taken back", undo["version"], 1)
        assert (undo["what"], undo["undoes"]) == ("undo", promote["version"])


def test_ports_are_added_up_where_they_are_recorded_and_said_to_be_unknown_where_not(plan: Plan) -> None:
    assert "how full they are is not known" in plan.report("ports").remarks[0]
    with new_plan() as fm:
        ingest(
            fm, source("county", [home(1, 40), home(2, 80)]), source("plan", AREAS),
            source("terminals", [
                terminal("T1", 50, PORTS_TOTAL=8, PORTS_FREE=0), terminal("T2", 90, PORTS_TOTAL=4, PORTS_FREE=3),
                terminal("T3", 150),
            ]),
        )  # fmt: skip
        (row,) = report(fm, "ports")
        assert (row["terminals"], row["recorded"], row["ports_total"], row["ports_used"], row["full"]) == (
            3,
            2,
            12,
            9,
            1,
        )
        assert row["utilisation"] == pytest.approx(0.75)
        first, *_, last = report(fm, "terminals")
        assert (first["name"], first["utilisation"], last["utilisation"]) == ("T1", 1.0, None)


@pytest.mark.parametrize("name", REPORTS)
def test_the_tables_of_a_screen_say_what_the_database_says(plan: Plan, name: str) -> None:
    wish = Wish(Selection.from_query({"text": "main"}))
    with shown(plan) as screen:

        def both(uow: Any) -> list[Any]:
            grounds = (Ground(uow.sql, LISTED, uow, TODAY, wish), Ground(screen.sql, "addresses", uow, TODAY, wish))
            return [make_report(name, ground).table.to_pylist() for ground in grounds]

        database, tables = plan.store.preview(both, cause="test")
    assert tables == database


@pytest.mark.parametrize("name", REPORTS)
def test_of_an_empty_plan_there_is_nothing_to_report(name: str) -> None:
    with new_plan() as fm:
        found = report(fm, name)
        assert all(not row.get("addresses") and not row.get("count") for row in found)


def test_a_report_that_there_is_not_is_refused(plan: Plan) -> None:
    with pytest.raises(InputRefused) as refused:
        plan.report("profits")
    assert refused.value.code is Code.ARGUMENT_INVALID
