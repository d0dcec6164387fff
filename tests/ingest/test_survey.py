"""What an ingest finds and asks: words, silence, overlaps, gaps, and what is far from what it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import shapely

from fibermap.ingest.draft import NOT_STATED
from fibermap.ingest.findings import Finding
from fibermap.ingest.report import IngestReport
from fibermap.kernel.errors import Code, InputRefused, NeedsYes
from fibermap.plan import Plan
from tests.builders import (
    area,
    box,
    classes,
    differences,
    home,
    ids,
    ingest,
    line,
    new_plan,
    place,
    rows,
    source,
    state,
    terminal,
    view,
)

HOMES = [home(n, 40 * n) for n in range(1, 6)]


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as plan:
        yield plan


def found(report: IngestReport, code: str) -> Finding:
    (finding,) = [finding for finding in report.findings if finding.code == code]
    return finding


def codes(report: IngestReport) -> set[str]:
    return {finding.code for finding in report.findings}


def strip(name: str, status: str | None, west: int, east: int, **said: Any) -> dict[str, Any]:
    return area(name, status, box(west, -30, east, 30), **said)


# -- status words


def test_each_unknown_word_is_asked_about_once_with_its_count_and_never_guessed(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    odd = [strip("A", "Frobnicated", 20, 60), strip("B", "Frobnicated", 60, 100), strip("C", "Zorked", 100, 140)]
    before = state(fm)
    with pytest.raises(NeedsYes) as asked:
        ingest(fm, source("plan", odd), yes=False)
    assert differences(before, state(fm)) == {}
    words = {
        q["samples"][0]["word"]: q["count"] for q in asked.value.where["findings"] if q["code"] == "status_unknown"
    }
    assert words == {"Frobnicated": 2, "Zorked": 1}
    ingest(fm, source("plan", odd))
    assert set(classes(fm).values()) == {"out-of-coverage"}, "a yes is no answer"


def test_an_answer_is_remembered_and_applied_when_the_same_comes_again(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    odd = [strip("A", "Frobnicated", 20, 60), strip("C", "Zorked", 100, 140)]
    ingest(fm, source("plan", odd))
    report = ingest(fm, source("plan", odd), statuses={"frobnicated": "build", "Zorked": "ignored"}, yes=False)
    assert classes(fm)["1 Main St"] == "build"
    assert classes(fm)["3 Main St"] == "out-of-coverage"
    assert (report.files[0].ingested, report.files[0].set_aside) == (1, 1)
    again = ingest(fm, source("other_plan", [strip("D", "FROBNICATED", 100, 140)]), yes=False)
    assert again.questions == []
    assert classes(fm)["3 Main St"] == "build"


def test_an_answer_that_means_nothing_is_refused(fm: Plan) -> None:
    with pytest.raises(InputRefused) as refused:
        ingest(fm, source("plan", []), statuses={"Frobnicated": "maybe"})
    assert refused.value.code is Code.MAPPING_INVALID


def test_silence_is_answered_for_its_source_alone(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    silent = [strip("A", None, 20, 60)]
    assert found(ingest(fm, source("plan", silent), dry_run=True), "status_missing").needs_yes
    ingest(fm, source("plan", silent), statuses={NOT_STATED: "pre-build"}, yes=False)
    assert classes(fm)["1 Main St"] == "pre-build"
    refreshed = ingest(fm, source("plan", [strip("A", None, 20, 61)]), yes=False)
    assert refreshed.promoted.changed
    assert classes(fm)["1 Main St"] == "pre-build"
    other = ingest(fm, source("other_plan", [strip("B", None, 100, 140)]), dry_run=True)
    assert found(other, "status_missing").count == 1


def test_what_silence_means_says_nothing_of_a_word_that_waits(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    mixed = [strip("A", None, 20, 60), strip("B", "Frobnicated", 100, 140)]
    report = ingest(fm, source("plan", mixed), statuses={NOT_STATED: "build"})
    assert found(report, "status_unknown").count == 1
    assert classes(fm)["1 Main St"] == "build"
    assert classes(fm)["3 Main St"] == "out-of-coverage"


def test_a_status_in_the_address_source_is_asked_about_too(fm: Plan) -> None:
    homes = [home(1, 40, BUILD_STATUS="Live"), home(2, 80, BUILD_STATUS="Frobnicated")]
    with pytest.raises(NeedsYes, match="Frobnicated"):
        ingest(fm, source("county", homes), yes=False)
    ingest(fm, source("county", homes), statuses={"Frobnicated": "pre-build"}, yes=False)
    assert classes(fm) == {"1 Main St": "build", "2 Main St": "pre-build"}
    assert view(fm, "1 Main St")["evidence"] == "source_status"


def test_places_that_contradict_one_another_are_reported_and_the_first_counts(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    from fibermap.formats.model import Feature
    from tests.ingest.test_promote import Listed

    north = Feature(1, "plan", box(20, -30, 60, 30), {"STATUS": "Build"}, "A", ("Phase 4 - Design",))
    report = ingest(fm, Listed("plan", north))
    told = [finding.message for finding in report.findings if finding.code == "status_contradicts"]
    assert any("folder 'Phase 4 - Design' says pre-build" in message for message in told)
    assert classes(fm)["1 Main St"] == "build"


def test_a_type_word_is_asked_about_and_answered(fm: Plan) -> None:
    odd = [home(1, 40, TYPE="Yurt"), home(2, 80, TYPE="Yurt")]
    report = ingest(fm, source("county", odd), yes=False)
    assert (found(report, "type_unknown").count, found(report, "type_unknown").needs_yes) == (2, False)
    assert not view(fm, "1 Main St")["serviceable"]
    ingest(fm, source("county", odd), types={"yurt": "residential"})
    assert view(fm, "1 Main St")["serviceable"]


# -- geometry


def test_overlaps_of_different_status_slivers_and_strips_are_told(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    areas = [
        strip("A", "Build", 0, 100),
        strip("B", "Pre-build", 90, 160),
        strip("C", "Pre-build", 165, 250),
        area("D", "Build", box(400, 0, 404, 4)),
    ]
    report = ingest(fm, source("plan", areas), yes=False)
    (overlap,) = found(report, "areas_overlap").samples
    assert ({overlap["area"], overlap["other"]}, overlap["area_m2"]) == ({"A", "B"}, 600)
    (gap,) = found(report, "areas_gap").samples
    assert {"B", "C"} <= set(gap["areas"].split(", "))
    assert gap["area_m2"] == 300
    assert [sample["area"] for sample in found(report, "area_sliver").samples] == ["D"]
    assert [sample["area"] for sample in found(report, "area_without_address").samples] == ["D"]
    assert report.questions == []


def test_areas_of_two_technologies_may_lie_over_one_another(fm: Plan) -> None:
    wireless = strip("Mast", "Build", 0, 200, TECHNOLOGY="Fixed Wireless")
    report = ingest(fm, source("plan", [strip("A", "Pre-build", 0, 100), wireless]))
    assert "areas_overlap" not in codes(report)


def test_a_repair_is_recorded_and_a_large_one_needs_a_yes(fm: Plan) -> None:
    bowtie = shapely.Polygon([place(0, 0), place(100, 100), place(100, 0), place(0, 100)])
    with pytest.raises(NeedsYes, match="repair"):
        ingest(fm, source("plan", [area("crossed", "Build", bowtie)]), yes=False)
    report = ingest(fm, source("plan", [area("crossed", "Build", bowtie)]))
    assert {"geometry_repaired", "repair_large"} <= codes(report)
    assert report.files[0].repaired == 1
    (kept,) = rows(fm, "SELECT geometry FROM areas")
    assert shapely.from_wkb(kept["geometry"]).is_valid


@pytest.mark.parametrize("plan_first", [True, False])
def test_a_plan_that_lies_elsewhere_is_asked_about_whichever_comes_first(fm: Plan, *, plan_first: bool) -> None:
    far = source("plan", [area("A", "Build", box(50_000, 0, 50_100, 60))])
    steps = [far, source("county", HOMES)] if plan_first else [source("county", HOMES), far]
    ingest(fm, steps[0])
    with pytest.raises(NeedsYes, match="coordinate system"):
        ingest(fm, steps[1], yes=False)


def test_a_second_plan_elsewhere_is_asked_about_though_the_first_fits(fm: Plan) -> None:
    ingest(fm, source("county", HOMES), source("plan", [strip("A", "Build", 0, 100)]))
    far = source("other_plan", [area("B", "Build", box(50_000, 0, 50_100, 60))])
    assert found(ingest(fm, far, dry_run=True), "nothing_overlaps").needs_yes


# -- revisions


def test_a_revision_far_from_the_last_needs_a_yes_even_under_another_file_name(fm: Plan) -> None:
    ingest(fm, source("county", [home(n, 10 * n) for n in range(20)]))
    with pytest.raises(NeedsYes, match="last revision"):
        ingest(fm, source("county", [home(n, 10 * n) for n in range(8)]), yes=False)
    assert ingest(fm, source("county", [home(n, 10 * n) for n in range(14)]), yes=False).questions == []


def test_addresses_that_leave_build_are_told_before_anything_is_written(fm: Plan) -> None:
    ingest(fm, source("county", HOMES), source("plan", [strip("A", "Build", 0, 100)]))
    dry = ingest(fm, source("plan", [strip("A", "Pre-build", 0, 100)]), dry_run=True)
    assert found(dry, "addresses_leave_build").count == 2
    assert dry.promoted.flips.counts == {"fiber": {"build -> pre-build": 2}}
    assert classes(fm)["1 Main St"] == "build"


# -- distance rules

TERMINALS = [terminal("T1", 40, 10), terminal("T2", 600, 10, status=None)]
ROUTES = [line((600, -200), (600, 200))]


def test_a_plan_without_areas_proposes_distances_and_writes_nothing_before_a_yes(fm: Plan) -> None:
    ingest(fm, source("county", [*HOMES, home(8, 660), home(9, 1_500)]))
    before = state(fm)
    with pytest.raises(NeedsYes, match=r"500 ft of a terminal or 300 ft of a route: 5 addresses"):
        ingest(fm, source("terminals", TERMINALS), source("routes", ROUTES), yes=False)
    assert differences(before, state(fm)) == {}
    ingest(fm, source("terminals", TERMINALS), source("routes", ROUTES))
    assert classes(fm) == {
        **{f"{n} Main St": "build" for n in range(1, 5)},
        "5 Main St": "out-of-coverage",
        "8 Main St": "pre-build",
        "9 Main St": "out-of-coverage",
    }
    assert view(fm, "1 Main St")["evidence"] == "terminal"
    assert fm.replay().proven


def test_a_no_covers_nothing_and_address_refreshes_do_not_ask_again(fm: Plan) -> None:
    network = source("terminals", TERMINALS)
    report = ingest(fm, network, distance_rules=False, yes=False)
    assert report.questions == []
    assert ingest(fm, source("county", HOMES), yes=False).questions == []
    assert set(classes(fm).values()) == {"out-of-coverage"}
    assert not ingest(fm, network, distance_rules=False, yes=False).promoted.changed
    with pytest.raises(NeedsYes, match="500 ft"):
        ingest(fm, network, yes=False)
    ingest(fm, network)
    assert classes(fm)["1 Main St"] == "build"


def test_silent_network_counts_as_pre_build_only_under_the_rule_and_only_from_then_on(fm: Plan) -> None:
    silent = source("terminals", [terminal("T2", 40, 10, status=None)])
    ingest(fm, silent, source("county", HOMES[:1]), distance_rules=False)
    before = state(fm)
    ingest(fm, silent)
    assert classes(fm)["1 Main St"] == "pre-build"
    assert rows(fm, "SELECT class, from_version, to_version FROM plan_feature ORDER BY 2") == [
        {"class": None, "from_version": 1, "to_version": 2},
        {"class": "pre-build", "from_version": 2, "to_version": None},
    ]
    one = ids(fm)["1 Main St"]
    assert fm.explain(one, as_of=1).class_ == "out-of-coverage"
    assert not ingest(fm, silent).promoted.changed
    fm.undo()
    assert differences(before, state(fm)) == {}


def test_a_network_status_that_nobody_understands_is_not_assumed(fm: Plan) -> None:
    odd = source("terminals", [terminal("T1", 40, 10, status="Frobnicated")])
    ingest(fm, odd, source("county", HOMES[:1]))
    assert classes(fm)["1 Main St"] == "out-of-coverage"


@pytest.mark.parametrize("areas_first", [True, False])
def test_areas_take_the_place_of_distances_whichever_comes_first(fm: Plan, *, areas_first: bool) -> None:
    network = source("terminals", [*TERMINALS, terminal("T3", 80, 10, status=None)])
    areas = source("plan", [strip("A", "Build", 20, 60)])
    ingest(fm, source("county", HOMES))
    reports = [ingest(fm, step) for step in ((areas, network) if areas_first else (network, areas))]
    assert classes(fm)["1 Main St"] == "build"
    assert classes(fm)["2 Main St"] == "out-of-coverage"
    assert rows(fm, "SELECT * FROM distance_rule WHERE to_version IS NULL") == []
    assert {row["class"] for row in rows(fm, "SELECT class FROM network")} == {"build", None}
    assert ("distance_rules_ended" in codes(reports[1])) == (not areas_first)
    assert fm.replay().proven
