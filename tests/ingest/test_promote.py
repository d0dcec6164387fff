"""Promote, refresh and undo: identity of features, revisions under one name, and everything accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.formats.model import Feature, LayerInfo, to_batches
from fibermap.ingest.layers import keep_keys
from fibermap.kernel.errors import Code, Conflict, InputRefused, NeedsYes
from fibermap.plan import Plan
from tests.builders import (
    area,
    box,
    classes,
    counts_conserved,
    differences,
    home,
    ids,
    ingest,
    new_plan,
    place,
    rows,
    sound,
    source,
    state,
)

HOMES = [home(n, 40 * n) for n in range(1, 6)]
AREAS = [area("North", "Build", box(20, -30, 130, 30)), area("South", "Pre-build", box(110, -30, 170, 30))]


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as opened:
        yield opened


def features(fm: Plan) -> dict[str, int]:
    return {row["name"]: row["feature_id"] for row in rows(fm, "SELECT * FROM plan_feature WHERE to_version IS NULL")}


class Listed:
    """A source that yields what it is given, and claims to hold ``read`` things."""

    format = "list"

    def __init__(self, path: str, *given: Feature, read: int | None = None) -> None:
        self.path, self._given, self._read = path, given, len(given) if read is None else read

    def batches(self) -> Any:
        return to_batches(self._given)

    def layers(self) -> tuple[LayerInfo, ...]:
        return (LayerInfo(self.path, self._read),)

    def notices(self) -> tuple[()]:
        return ()


def listed(*given: tuple[str | None, tuple[str, ...], Any], fid: bool = False, path: str = "plan") -> Listed:
    """Areas by name, folder path and shape, all in build."""
    return Listed(
        path,
        *(
            Feature(row, path, shape, {"STATUS": "Build"}, name, folder, source_fid=str(row) if fid else None)
            for row, (name, folder, shape) in enumerate(given, 1)
        ),
    )


# -- order and repetition


def test_the_order_of_sources_changes_nothing() -> None:
    homes, areas = source("county", HOMES), source("plan", AREAS)
    others = source("second", [home(n, 40 * n + 5, OBJECTID=100 + n) for n in (2, 6)])
    end = []
    for order in ([(homes,), (areas,), (others,)], [(others,), (areas,), (homes,)], [(homes, areas, others)]):
        with new_plan() as fm:
            for step in order:
                ingest(fm, *step)
            sound(fm)
            end.append(
                (
                    ids(fm),
                    classes(fm),
                    rows(fm, "SELECT address_id, location_id, class, area_id FROM addresses ORDER BY 1"),
                )
            )
    assert end[0] == end[1] == end[2]


def test_the_same_again_changes_nothing_and_makes_no_version(fm: Plan) -> None:
    both = source("county", HOMES), source("plan", AREAS)
    ingest(fm, *both)
    before = state(fm)
    events = rows(fm, "SELECT count(*) AS n FROM event")
    again = ingest(fm, *both)
    assert not again.promoted.changed
    assert again.plan_version == 1
    assert differences(before, state(fm)) == {}
    assert rows(fm, "SELECT count(*) AS n FROM event") == events


@given(st.permutations(range(5)))
@settings(max_examples=4)
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    with new_plan() as fm:
        nameless = [row | {"OBJECTID": None} for row in HOMES]
        ingest(fm, source("county", nameless), source("plan", AREAS))
        before = ids(fm), features(fm)
        again = ingest(fm, source("county", [nameless[i] for i in order]), source("plan", AREAS[::-1]))
        assert not again.promoted.changed
        assert (ids(fm), features(fm)) == before


def test_a_revision_replaces_and_another_name_adds(fm: Plan) -> None:
    ingest(fm, source("plan", AREAS))
    ingest(fm, source("other_plan", [area("Far", "Build", box(500, 0, 600, 50))]))
    assert set(features(fm)) == {"North", "South", "Far"}
    ingest(fm, source("plan", AREAS[:1]))
    assert set(features(fm)) == {"North", "Far"}
    assert len(rows(fm, "SELECT * FROM plan_feature WHERE name = 'South' AND to_version = 3")) == 1


# -- identity of features


def test_a_feature_with_an_own_id_may_be_renamed_and_moved(fm: Plan) -> None:
    ingest(fm, listed(("North", ("P1",), box(0, 0, 50, 50)), fid=True))
    ((_, known),) = features(fm).items()
    ingest(fm, listed(("Northern", ("P2",), box(900, 0, 950, 50)), fid=True))
    assert features(fm) == {"Northern": known}


def test_a_feature_without_one_is_known_by_folder_name_and_overlap(fm: Plan) -> None:
    ingest(fm, listed(("North", ("P1",), box(0, 0, 100, 100))))
    ((_, known),) = features(fm).items()
    ingest(fm, listed(("North", ("P1",), box(10, 0, 110, 100))))
    assert features(fm) == {"North": known}, "redrawn"
    ingest(fm, listed(("North", ("P1",), box(900, 0, 1000, 100))))
    assert features(fm)["North"] != known, "elsewhere"


def test_equal_names_alone_make_no_feature_the_same(fm: Plan) -> None:
    four = [("GC-Landmark Subdivision, Phase ", ("P1",), box(100 * n, 0, 100 * n + 60, 60)) for n in range(4)]
    ingest(fm, listed(*four))
    known = {row["west"]: row["feature_id"] for row in rows(fm, "SELECT * FROM plan_feature")}
    assert len(set(known.values())) == 4
    ingest(fm, listed(*four[::-1][:3]))
    left = {row["west"]: row["feature_id"] for row in rows(fm, "SELECT * FROM plan_feature WHERE to_version IS NULL")}
    assert left == {west: known[west] for west in left}
    assert len(left) == 3


def test_a_nameless_copy_does_not_take_the_id_of_a_feature_that_is_still_there(fm: Plan) -> None:
    def given(row: int, fid: str | None) -> Feature:
        return Feature(row, "plan", box(0, 0, 50, 50), {"STATUS": "Build"}, "North", ("P1",), source_fid=fid)

    ingest(fm, Listed("plan", given(1, "7")))
    known = features(fm)["North"]
    ingest(fm, Listed("plan", given(1, "7"), given(2, None)))
    both = [row["feature_id"] for row in rows(fm, "SELECT feature_id FROM plan_feature WHERE to_version IS NULL")]
    assert known in both
    assert len(set(both)) == 2
    assert fm.doctor() == []


def test_ids_that_repeat_in_a_layer_identify_nothing(fm: Plan) -> None:
    twice = Listed(
        "plan",
        *(
            Feature(n, "plan", box(100 * n, 0, 100 * n + 50, 50), {"STATUS": "Build"}, f"A{n}", source_fid="0")
            for n in (1, 2)
        ),
    )
    ingest(fm, twice)
    assert len(set(features(fm).values())) == 2


def test_a_renamed_file_under_the_same_source_name_brings_no_new_features(fm: Plan) -> None:
    def revision(layer: str) -> Listed:
        return Listed(layer, Feature(1, layer, box(20, -30, 130, 30), {"STATUS": "Pre-build"}, "North"))

    fm.ingest(revision("plan_2026-05"), source="plan", progress=False, yes=True)
    known = features(fm)
    fm.set_area_class(list(known.values()), "build", "lit", "ann")
    report = fm.ingest(revision("plan_2026-06"), source="plan", progress=False)
    assert features(fm) == known
    assert [row["class"] for row in rows(fm, "SELECT class FROM areas")] == ["build"]
    assert report.questions == []


def test_layers_take_the_place_of_their_predecessors_only_where_that_is_plain() -> None:
    assert keep_keys({"a"}, {"a": "a"}) == {"a": "a"}
    assert keep_keys({"new"}, {"old": "first"}) == {"new": "first"}
    assert keep_keys({"a_2", "b_2"}, {"a_1": "a_1", "b_1": "b_1"}) == {"a_2": "a_1", "b_2": "b_1"}
    assert keep_keys({"x", "y"}, {"a": "a", "b": "b"}) == {"x": "x", "y": "y"}
    assert keep_keys({"b", "a"}, {"b": "a"}) == {"b": "a", "a": "a'"}


def test_two_files_of_one_source_with_the_same_layer_and_ids_are_kept_apart(fm: Plan) -> None:
    def part(*numbers: int) -> Listed:
        given = [
            Feature(
                n,
                "points",
                shapely.Point(place(40 * number)),
                {"ADDNUM": str(number), "STREET": "Main St"},
                source_fid=str(n),
            )
            for n, number in enumerate(numbers, 1)
        ]
        return Listed("points", *given)

    report = fm.ingest(part(1, 2), part(3, 4), source="county", progress=False, yes=True)
    assert all(counts_conserved(report))
    assert set(ids(fm)) == {"1 Main St", "2 Main St", "3 Main St", "4 Main St"}
    assert not fm.ingest(part(3, 4), part(1, 2), source="county", progress=False, yes=True).promoted.changed
    sound(fm)


def test_equal_addresses_without_ids_are_told_apart_by_their_places_through_revisions(fm: Plan) -> None:
    def twin(east_m: float) -> dict[str, Any]:
        return home(1, east_m, OBJECTID=None)

    def by_place() -> dict[int, int]:
        placed = rows(fm, "SELECT lon, address_id FROM address WHERE to_version IS NULL")
        return {round((row["lon"] - place(0)[0]) * 78_000, -2): row["address_id"] for row in placed}

    ingest(fm, source("county", [twin(1_000), twin(3_000)]))
    before = by_place()
    ingest(fm, source("county", [twin(0), twin(3_000), twin(1_010)]))
    after = by_place()
    assert {where: after[where] for where in before} == before
    ingest(fm, source("county", [twin(3_000)]))
    assert set(by_place().values()) == {before[max(before)]}
    sound(fm)


# -- what a person said of an area


def test_a_persons_word_on_an_area_outlives_refreshes_until_the_source_agrees(fm: Plan) -> None:
    ingest(fm, source("county", HOMES), source("plan", AREAS))
    north = features(fm)["North"]
    fm.set_area_class([north], "pre-build", "flood", "ann")
    redrawn = [area("North", "Build", box(20, -30, 131, 30)), AREAS[1]]
    ingest(fm, source("plan", redrawn))
    assert classes(fm)["1 Main St"] == "pre-build"
    ingest(fm, source("plan", [area("North", "Pre-build", box(20, -30, 130, 30)), AREAS[1]]))
    ingest(fm, source("plan", AREAS))
    assert classes(fm)["1 Main St"] == "build", "the matter ended when the source agreed"
    sound(fm)


def test_the_date_a_person_gave_for_an_area_stays_with_it(fm: Plan) -> None:
    from datetime import date

    ingest(fm, source("county", HOMES), source("plan", AREAS))
    fm.set_area_class([features(fm)["South"]], "build", "lit", "ann", live_on=date(2026, 6, 1))
    ingest(fm, source("plan", [AREAS[0], area("South", "Pre-build", box(110, -30, 171, 30))]))
    four = ids(fm)["4 Main St"]
    assert fm.explain(four, at=date(2026, 5, 31)).class_ == "pre-build"
    assert fm.explain(four, at=date(2026, 6, 1)).class_ == "build"


# -- conservation


def test_what_the_file_holds_and_the_reader_missed_is_quarantined(fm: Plan) -> None:
    some = Listed("plan", Feature(2, "plan", box(0, 0, 50, 50), {"STATUS": "Build"}, "A"), read=3)
    report = ingest(fm, some)
    (count,) = report.files
    assert (count.read, count.ingested, count.quarantined) == (3, 1, 2)
    assert count.conserved
    assert [row["row"] for row in rows(fm, "SELECT row FROM rejection ORDER BY 1")] == [1, 3]


def test_every_row_of_a_frame_has_one_end(fm: Plan) -> None:
    bowtie = shapely.Polygon([place(0, 0), place(50, 50), place(50, 0), place(0, 50)])
    mixed = [
        area("good", "Build", box(0, 0, 50, 50)),
        area("crossed", "Build", bowtie),
        area("nowhere", "Build", None),
        area("beyond", "Build", shapely.box(500, 500, 501, 501)),
        area("silent", None, box(200, 0, 250, 50)),
        area("strange", "Frobnicated", box(300, 0, 350, 50)),
        area("cancelled", "Cancelled", box(400, 0, 450, 50)),
    ]
    report = ingest(fm, source("plan", mixed))
    (count,) = report.files
    assert (count.read, count.ingested, count.repaired, count.quarantined, count.set_aside) == (7, 1, 1, 3, 2)
    told = {row["name"]: (row["outcome"], row["reason"]) for row in rows(fm, "SELECT * FROM rejection")}
    assert told == {
        "crossed": ("repaired", "area_self_intersects"),
        "nowhere": ("set_aside", "geometry_missing"),
        "beyond": ("quarantined", "coordinate_out_of_range"),
        "silent": ("quarantined", "status_unknown"),
        "strange": ("quarantined", "status_unknown"),
        "cancelled": ("set_aside", "status_ignored"),
    }


@given(st.lists(st.sampled_from(["Build", "Pre-build", "Nonsense", None]), max_size=6), st.integers(0, 3))
@settings(max_examples=8)
def test_nothing_is_ever_lost(statuses: list[str | None], missed: int) -> None:
    given = [
        Feature(n, "plan", box(60 * n, 0, 60 * n + 50, 50) if n % 4 else None, {"STATUS": status}, f"A{n}")
        for n, status in enumerate(statuses, 1)
    ]
    with new_plan() as fm:
        report = ingest(fm, Listed("plan", *given, read=len(given) + missed))
        assert all(counts_conserved(report))
        kept = sum(count.ingested + count.repaired for count in report.files)
        assert kept == len(rows(fm, "SELECT * FROM areas"))
        rejected = sum(count.quarantined + count.set_aside for count in report.files)
        assert rejected == len(rows(fm, "SELECT * FROM rejection WHERE outcome <> 'repaired'"))


# -- undo


def test_undo_pops_the_latest_in_force_and_ends_with_nothing_left(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    ingest(fm, source("plan", AREAS))
    with pytest.raises(Conflict) as refused:
        fm.undo(1)
    assert refused.value.code is Code.UNDO_NOT_LATEST
    assert fm.undo().undone == 2
    ingest(fm, source("plan", AREAS[:1]))
    assert [fm.undo().undone, fm.undo().undone] == [4, 1]
    assert classes(fm) == {}
    with pytest.raises(InputRefused) as nothing:
        fm.undo()
    assert nothing.value.code is Code.NOTHING_TO_UNDO
    sound(fm)


def test_what_was_undone_can_be_done_again_with_the_same_ids(fm: Plan) -> None:
    both = source("county", HOMES), source("plan", AREAS)
    ingest(fm, *both)
    first = state(fm)
    fm.undo()
    ingest(fm, *both)
    assert differences(first, state(fm)) == {}


# -- dry run


def test_a_dry_run_writes_nothing_and_promises_what_promote_does(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    before = state(fm)
    dry = ingest(fm, source("plan", AREAS), dry_run=True)
    assert differences(before, state(fm)) == {}
    assert dry.plan_version is None
    done = dry.promote()
    assert (
        done.promoted.flips.counts
        == dry.promoted.flips.counts
        == {"fiber": {"out-of-coverage -> build": 3, "out-of-coverage -> pre-build": 1}}
    )
    assert done.plan_version == 2
    with pytest.raises(Conflict):
        dry.promote()


def test_a_question_stops_an_unattended_promote_and_nothing_is_written(fm: Plan) -> None:
    before = state(fm)
    with pytest.raises(NeedsYes):
        ingest(fm, source("plan", [area("A", "Frobnicated", box(0, 0, 50, 50))]), yes=False)
    assert differences(before, state(fm)) == {}
    assert rows(fm, "SELECT * FROM plan_version") == []


# -- frames


def test_a_frame_in_state_plane_feet_is_put_where_it_is(fm: Plan) -> None:
    homes = source("county", HOMES)._frame.to_crs("EPSG:2256")
    fm.ingest(homes, source="county", progress=False)
    west = rows(fm, "SELECT min(lon) AS lon FROM address")[0]["lon"]
    assert west == pytest.approx(place(40)[0], abs=1e-8)


def test_frames_that_nobody_named_do_not_replace_one_another(fm: Plan) -> None:
    fm.ingest(source("county", HOMES)._frame, progress=False)
    fm.ingest(source("plan", AREAS)._frame, progress=False)
    assert len(ids(fm)) == 5
    assert set(features(fm)) == {"North", "South"}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 1)]), Code.CRS_MISSING),
        (gpd.GeoDataFrame({"a": [1]}), Code.ARGUMENT_INVALID),
        ({"type": "FeatureCollection"}, Code.ARGUMENT_INVALID),
    ],
)
def test_what_is_no_frame_is_refused_with_a_sentence(fm: Plan, frame: Any, code: Code) -> None:
    with pytest.raises(InputRefused) as refused:
        fm.ingest(frame, progress=False)
    assert refused.value.code is code
    assert refused.value.hint


def test_an_empty_frame_is_an_empty_source(fm: Plan) -> None:
    ingest(fm, source("county", HOMES))
    report = ingest(fm, source("county", []))
    assert [(count.read, count.ingested) for count in report.files] == [(0, 0)]
    assert classes(fm) == {}


def test_files_and_frames_are_one(fm: Plan, tmp_path: Path) -> None:
    path = tmp_path / "county.geojson"
    source("county", HOMES)._frame.to_file(path, driver="GeoJSON")
    fm.ingest(path, progress=False)
    assert set(ids(fm)) == {f"{n} Main St" for n in range(1, 6)}
