"""What follows from verdicts: comparisons, gaps, counts, events, and a doctor who finds what is wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import shapely

from fibermap.coverage.gaps import find_gaps
from fibermap.kernel.events import PlanPromoted, ServiceabilityChanged
from fibermap.plan import Plan
from tests.builders import area, box, classes, home, ids, ingest, new_plan, place, rows, sound, source, terminal

HOMES = [home(n, 40 * n) for n in range(1, 6)]
NORTH = area("North", "Build", box(20, -30, 130, 30))
SOUTH = area("South", "Pre-build", box(110, -30, 170, 30))


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as plan:
        yield plan


# -- compare


def test_compare_says_what_differs_between_two_versions_in_either_order(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    ingest(fm, source("plan", [NORTH]))
    ingest(fm, source("plan", [NORTH, SOUTH]))
    ingest(fm, source("plan", [SOUTH]))
    changed = fm.compare(2, 4).df
    assert dict(zip(changed.full_address.str.split(",").str[0], changed.to_class, strict=True)) == {
        "1 Main St": "out-of-coverage",
        "2 Main St": "out-of-coverage",
        "3 Main St": "pre-build",
        "4 Main St": "pre-build",
    }
    assert fm.compare(4, 2).table.equals(fm.compare(2, 4).table)
    assert len(fm.compare(1, 1)) == 0
    assert set(fm.compare(0, 1).df.from_class) == {"none"}
    fm.undo()
    assert len(fm.compare(3, 5)) == 0, "what came back is no difference"


# -- gaps


def test_gaps_are_the_clusters_of_unserved_homes_and_how_far_they_are(fm: Plan) -> None:
    near = [home(n, 300 + 30 * n) for n in range(10, 16)]
    far = [home(n, 3_000 + 30 * n, UNIT="A") for n in range(20, 28)]
    alone, garage = home(40, 8_000), [home(n, 5_000 + 10 * n, TYPE="Garage") for n in range(50, 58)]
    ingest(fm, source("county", [*HOMES, *near, *far, alone, *garage]), source("plan", [NORTH]))
    found = fm.gaps()
    assert list(found.df["points"]) == [8, 6]
    assert list(found.df["addresses"]) == [8, 6]
    assert found.df["distance_m"][1] == pytest.approx(600 - 130, abs=1)
    for outline, homes in zip(found.gdf.geometry, (far, near), strict=True):
        assert all(outline.covers(row["geometry"]) for row in homes)
    again = fm.gaps()
    assert again.table.equals(found.table)
    chosen = "unit = $unit", {"unit": "A"}
    some = fm.store.preview(lambda uow: find_gaps(uow, fm.settings, *chosen), cause="test")
    assert [gap.points for gap in some] == [8]


def test_no_plan_means_one_gap_and_no_distance(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    found = fm.gaps().df
    assert (list(found["points"]), found["distance_m"].isna().all()) == ([5], True)


# -- status


def test_homes_passed_are_units_not_points(fm: Plan) -> None:
    homes = [home(1, 40, UNITCOUNT="12"), home(2, 80), home(3, 120, TYPE="Garage")]
    block = [home(n, 60, ADDNUM="60", UNIT=unit) for n, unit in ((61, None), (62, "A"), (63, "B"))]
    ingest(fm, source("county", homes + block), source("plan", [NORTH]))
    said = fm.status().value
    (build,) = said["classes"]
    assert (build["class"], build["addresses"], build["homes_passed"]) == ("build", 6, 12 + 1 + 0 + 0 + 2)
    assert {source["name"]: source["licence"] for source in said["sources"]} == {
        "county": "not_stated",
        "plan": "not_stated",
    }


def test_the_views_show_what_is_in_force(fm: Plan) -> None:
    ingest(fm, source("county", HOMES), source("plan", [NORTH]), source("terminals", [terminal("T1", 60, 20)]))
    assert list(fm.areas["name"]) == ["North"]
    assert list(fm.network["terminal_name"]) == ["T1"]
    assert set(fm.source_records.df["source"]) == {"county"}
    assert len(fm.addresses("class = 'build'")) == 3


# -- events


def test_one_event_a_batch_that_changed_something_and_none_otherwise(fm: Plan) -> None:
    def events(kind: str) -> int:
        return rows(fm, f"SELECT count(*) AS n FROM event WHERE type = '{kind}'")[0]["n"]

    county, plan = source("county", HOMES), source("plan", [NORTH])
    ingest(fm, county)
    ingest(fm, plan)
    assert (events(PlanPromoted.type), events(ServiceabilityChanged.type)) == (2, 2)
    ingest(fm, plan)
    fm.classify()
    assert (events(PlanPromoted.type), events(ServiceabilityChanged.type)) == (2, 2)
    fm.hold("unsafe", "mud", "ann", address_id=ids(fm)["1 Main St"])
    assert (events(PlanPromoted.type), events(ServiceabilityChanged.type)) == (3, 2)
    fm.undo()
    fm.undo()
    assert (events(PlanPromoted.type), events(ServiceabilityChanged.type)) == (5, 3)
    batches = rows(fm, "SELECT batch_id, count(*) AS n FROM verdict_change GROUP BY ALL ORDER BY n")
    assert [row["n"] for row in batches] == [3, 3, 5]


def test_an_event_reaches_each_subscriber_once(fm: Plan) -> None:
    heard: list[int] = []
    outbox = fm.outbox()
    outbox.subscribe("test", [ServiceabilityChanged], lambda _, events: heard.extend(e.event_id for e in events))
    ingest(fm, source("county", HOMES))
    ingest(fm, source("plan", [NORTH]))
    outbox.deliver_all()
    outbox.deliver_all()
    assert len(heard) == len(set(heard)) == 2
    outbox.retire("test")


# -- the doctor


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("DELETE FROM verdict WHERE address_id = (SELECT min(address_id) FROM verdict)", "one_best_verdict"),
        ("UPDATE verdict SET feature_id = 77 WHERE feature_id IS NOT NULL", "verdict_feature"),
        ("INSERT INTO address BY NAME SELECT * FROM address LIMIT 1", "one_current_row"),
        ("UPDATE source_revision SET read = read + 1", "conservation"),
        (
            "UPDATE record_address SET to_version = 1 WHERE record_id = (SELECT min(record_id) FROM record_address)",
            "record_has_address",
        ),
        ("DELETE FROM address_key", "address_key"),
        ("INSERT INTO flag VALUES (77, 'near_edge', '{}', 1)", "flag_address"),
        ("INSERT INTO address_hold VALUES (77, 77)", "hold_address"),
        ("UPDATE plan_feature SET source_id = 77", "feature_source"),
        ("UPDATE record_address SET address_id = 77", "record_current_address"),
        ("INSERT INTO redirect SELECT address_id, 5, 0, 1, NULL FROM address LIMIT 1", "redirect_living"),
    ],
)
def test_the_doctor_finds_planted_damage(fm: Plan, damage: str, check: str) -> None:
    ingest(fm, source("county", HOMES), source("plan", [NORTH]))
    assert fm.doctor() == []
    fm.store.run(lambda uow: uow.sql.execute("damage", damage), cause="test")
    assert check in {problem.check for problem in fm.doctor()}


def test_replay_finds_a_wrong_verdict_and_classify_mends_it(fm: Plan) -> None:
    ingest(fm, source("county", HOMES), source("plan", [NORTH]))
    wrong = "UPDATE verdict SET class = 'pre-build' WHERE class = 'build'"
    fm.store.run(lambda uow: uow.sql.execute("damage", wrong), cause="test")
    assert fm.replay().differences == 3
    assert fm.classify().changed == 3
    assert fm.replay().proven


# -- several at once


def test_two_who_promote_at_once_end_in_one_whole_state(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def promote(name: str, *areas: dict[str, object]) -> None:
        start.wait()
        try:
            ingest(fm, source(name, areas))
        except BaseException as failure:
            failures.append(failure)

    def hold() -> None:
        start.wait()
        try:
            fm.hold("unsafe", "mud", "ann", area=box(0, -50, 90, 50))
        except BaseException as failure:
            failures.append(failure)

    def classify() -> None:
        start.wait()
        try:
            fm.classify()
        except BaseException as failure:
            failures.append(failure)

    threads = [
        threading.Thread(target=promote, args=("plan", NORTH)),
        threading.Thread(target=promote, args=("other_plan", SOUTH)),
        threading.Thread(target=hold),
        threading.Thread(target=classify),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [row["version"] for row in rows(fm, "SELECT version FROM plan_version ORDER BY 1")] == [1, 2, 3, 4]
    assert classes(fm) == {
        "1 Main St": "build",
        "2 Main St": "build",
        "3 Main St": "build",
        "4 Main St": "pre-build",
        "5 Main St": "out-of-coverage",
    }
    sound(fm)


def test_a_place_on_the_map_gets_the_class_that_an_address_there_would(fm: Plan) -> None:
    ingest(fm, source("county", HOMES), source("plan", [NORTH]))
    for row in HOMES:
        lon, lat = shapely.get_coordinates(row["geometry"])[0]
        assert fm.check(lat=lat, lon=lon)["serviceability"]["class"] == classes(fm)[f"{row['ADDNUM']} Main St"]
    lon, lat = place(0, 5_000)
    assert fm.check(lat=lat, lon=lon)["serviceability"]["class"] == "out-of-coverage"
