"""Areas edited by a person: what comes of it, how it survives a refresh, and how it is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.area_commands import AreaChanged
from fibermap.kernel.errors import Code, FibermapError, InputRefused, NotFound
from fibermap.plan import Plan
from tests.builders import (
    area,
    box,
    classes,
    differences,
    furnished,
    home,
    ingest,
    place,
    rows,
    sound,
    source,
    state,
)

HOMES = [home(n, 40 * n) for n in range(1, 7)]
NORTH = area("North", "Build", box(20, -30, 130, 30))
RING = shapely.geometry.mapping(box(0, 0, 9, 9))
SOUTH = area("South", "Pre-build", box(130, -30, 260, 30))


@pytest.fixture
def fm() -> Iterator[Plan]:
    with furnished(_furnish) as plan:
        yield plan


def _furnish(plan: Plan) -> None:
    ingest(plan, source("county", HOMES), source("plan", [NORTH, SOUTH]))


def area_id(fm: Plan, name: str) -> int:
    return int(rows(fm, f"SELECT area_id FROM areas WHERE name = '{name}'")[0]["area_id"])


def shape(fm: Plan, name: str) -> BaseGeometry:
    (found,) = rows(fm, f"SELECT geometry FROM areas WHERE name = '{name}'")
    return shapely.from_wkb(found["geometry"])


def of(fm: Plan) -> dict[str, str]:
    return {line.split()[0]: class_ for line, class_ in classes(fm).items()}


def test_a_drawn_area_gives_its_class_to_what_is_inside(fm: Plan) -> None:
    done = fm.draw_area(box(230, -30, 250, 30), "asked for", "ann", class_="build", name="New", phase="3")
    assert of(fm)["6"] == "build"
    (new,) = rows(fm, "SELECT * FROM areas WHERE name = 'New'")
    assert (new["area_id"], new["source"], new["class"], new["phase"]) == (done.ids[0], None, "build", "3")
    assert done.flips.counts == {"fiber": {"pre-build -> build": 1}}
    sound(fm)


def test_an_edit_of_a_sources_area_survives_the_next_ingest_of_it(fm: Plan) -> None:
    fm.edit_area(area_id(fm, "North"), "seen there", "ann", geometry=box(20, -30, 90, 30), phase="2")
    assert of(fm)["3"] == "out-of-coverage"
    assert not ingest(fm, source("plan", [NORTH, SOUTH])).promoted.changed
    ingest(fm, source("plan", [NORTH | {"PRIORITY": "7"}, SOUTH]))
    assert of(fm)["3"] == "out-of-coverage"
    (row,) = rows(fm, "SELECT * FROM areas WHERE name = 'North'")
    assert (row["phase"], row["priority"]) == ("2", 7)
    assert fm.area_disagreements() == []
    sound(fm)


def test_a_source_that_says_something_new_of_what_was_edited_disagrees(fm: Plan) -> None:
    north = area_id(fm, "North")
    fm.edit_area(north, "seen there", "ann", phase="2", name="Uptown")
    ingest(fm, source("plan", [NORTH | {"PHASE": "9"}, SOUTH]))
    assert area_id(fm, "Uptown") == north, "it is known by what its source calls it"
    (found,) = fm.area_disagreements()
    assert (found["area_id"], found["decided"], found["says_now"]) == (north, {"phase": "2"}, {"phase": "9"})
    ingest(fm, source("plan", [SOUTH]))
    (gone,) = fm.area_disagreements()
    assert gone["says_now"] is None


def test_a_retired_area_stays_retired_whatever_its_source_repeats(fm: Plan) -> None:
    north = area_id(fm, "North")
    fm.retire_areas([north], "never built", "ann")
    assert of(fm)["1"] == of(fm)["2"] == "out-of-coverage"
    assert not ingest(fm, source("plan", [NORTH, SOUTH])).promoted.changed
    ingest(fm, source("plan", [NORTH | {"PHASE": "9"}, SOUTH]))
    assert of(fm)["1"] == "out-of-coverage"
    assert rows(fm, "SELECT * FROM areas WHERE name = 'North'") == []
    sound(fm)


def test_a_split_keeps_the_id_on_the_larger_part_and_merging_brings_it_back(fm: Plan) -> None:
    north, whole = area_id(fm, "North"), shape(fm, "North")
    cut = shapely.LineString([place(90, -50), place(90, 50)])
    done = fm.split_area(north, cut, "two crews", "ann")
    assert done.ids[0] == north
    assert len(done.ids) == 2
    assert of(fm)["3"] == "build", "both parts say the same"
    fm.merge_areas(done.ids, "one crew", "ann")
    assert shape(fm, "North").symmetric_difference(whole).area < 1e-15
    assert [row["area_id"] for row in rows(fm, "SELECT area_id FROM areas WHERE name = 'North'")] == [north]
    sound(fm)


def test_a_hole_takes_what_is_inside_out(fm: Plan) -> None:
    fm.cut_hole(area_id(fm, "North"), box(70, -10, 90, 10), "owner refuses", "ann")
    assert (of(fm)["1"], of(fm)["2"], of(fm)["3"]) == ("build", "out-of-coverage", "build")
    sound(fm)


def test_every_edit_is_one_version_that_an_undo_takes_back_exactly(fm: Plan) -> None:
    north, south = area_id(fm, "North"), area_id(fm, "South")
    acts = [
        lambda: fm.draw_area(box(230, -30, 250, 30), "r", "ann", class_="build"),
        lambda: fm.edit_area(north, "r", "ann", geometry=box(20, -30, 90, 30), class_="pre-build"),
        lambda: fm.edit_area(north, "r", "ann", live_on=date(2027, 1, 1), sales_open_on=date(2027, 2, 1), priority=3),
        lambda: fm.split_area(south, shapely.LineString([place(200, -50), place(200, 50)]), "r", "ann"),
        lambda: fm.cut_hole(south, box(150, -10, 170, 10), "r", "ann"),
        lambda: fm.merge_areas([north, south], "r", "ann"),
        lambda: fm.retire_areas([north], "r", "ann"),
    ]
    before: list[dict[str, Any]] = []
    for number, act in enumerate(acts):
        before.append(state(fm))
        assert act().version == number + 2
        sound(fm)
    for held in reversed(before):
        fm.undo()
        assert differences(held, state(fm)) == {}


def test_many_edits_are_one_version_and_may_name_what_the_others_draw(fm: Plan) -> None:
    ring = shapely.geometry.mapping(box(230, -30, 290, 30))
    done = fm.edit_areas(
        [
            {"op": "draw", "geometry": ring, "properties": {"class": "pre-build", "name": "New"}},
            {"op": "change", "area_id": -1, "properties": {"class": "build"}},
            {"op": "retire", "area_id": area_id(fm, "North")},
        ],
        "one evening",
        "ann",
    )
    assert done.version == 2
    assert (of(fm)["6"], of(fm)["1"]) == ("build", "out-of-coverage")


def test_whoever_saw_an_older_version_is_told_who_changed_what(fm: Plan) -> None:
    north = area_id(fm, "North")
    fm.edit_area(north, "moved", "bob", version=1, phase="2")
    with pytest.raises(AreaChanged) as refused:
        fm.edit_area(north, "mine", "ann", version=1, phase="3")
    (change,) = refused.value.where["changes"]
    assert (change["author"], change["version"], change["changed"]) == ("bob", 2, ["phase"])


def test_versions_tell_what_each_changed(fm: Plan) -> None:
    north = area_id(fm, "North")
    fm.edit_area(north, "moved", "bob", geometry=box(20, -30, 90, 30))
    fm.set_area_class([north], "pre-build", "not lit", "ann")
    told = fm.area_versions(north)
    assert [(row["version"], row["changed"]) for row in told[:2]] == [(3, ["class"]), (2, ["geometry"])]
    assert told[0]["author"] == "ann"


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), Code.AREA_SELF_INTERSECTS),
        (shapely.box(-170, -10, 170, 10), Code.AREA_TOO_LARGE),
        (shapely.box(0, 80, 1, 86), Code.COORDINATE_OUT_OF_RANGE),
        (shapely.box(0, 0, 1e-6, 1e-6), Code.AREA_SLIVER),
        (shapely.Polygon(), Code.GEOMETRY_EMPTY),
        (shapely.Point(0, 0).buffer(1, 6000), Code.GEOMETRY_TOO_LARGE),
    ],
)
def test_what_is_no_area_is_refused_with_the_places_that_are_wrong(fm: Plan, shape: BaseGeometry, code: Code) -> None:
    before = state(fm)
    with pytest.raises(InputRefused) as refused:
        fm.draw_area(shape, "r", "ann", class_="build")
    assert refused.value.code is code
    assert refused.value.where["faults"][0]["code"] == str(code)
    assert state(fm) == before


def test_a_crossing_is_told_where_it_is(fm: Plan) -> None:
    (fault,) = fm.validate_area(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))
    assert fault["places"] == [[0.5, 0.5]]


def test_edits_that_cannot_be_are_refused(fm: Plan) -> None:
    north = area_id(fm, "North")
    beside = shapely.LineString([place(0, -50), place(0, 50)])
    for act, kind in (
        (lambda: fm.split_area(north, beside, "r", "ann"), InputRefused),
        (lambda: fm.cut_hole(north, box(300, 0, 310, 10), "r", "ann"), InputRefused),
        (lambda: fm.cut_hole(north, box(0, -50, 400, 50), "r", "ann"), InputRefused),
        (lambda: fm.merge_areas([north], "r", "ann"), InputRefused),
        (lambda: fm.retire_areas([12345], "r", "ann"), NotFound),
        (lambda: fm.edit_area(north, "r", "ann"), InputRefused),
        (lambda: fm.edit_area(north, "r", "ann", class_="out-of-coverage"), InputRefused),
        (lambda: fm.edit_area(north, "r", "ann", colour="red"), InputRefused),
        (lambda: fm.edit_area(north, "r", "ann", expected_live_on="soon"), InputRefused),
        (lambda: fm.edit_areas([{"op": "draw", "geometry": RING}], "r", "ann"), InputRefused),
        (lambda: fm.edit_areas([{"op": "draw", "geometry": {"type": "Point"}}], "r", "ann"), InputRefused),
        (lambda: fm.edit_areas([{"op": "paint"}], "r", "ann"), InputRefused),
        (lambda: fm.edit_areas([{"op": "merge"}], "r", "ann"), InputRefused),
    ):
        with pytest.raises(FibermapError) as refused:
            act()
        assert isinstance(refused.value, kind)
    assert len(fm.versions) == 1
