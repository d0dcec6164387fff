"""Answers say what the database's views say, and nothing where it is not settled which address is meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings

from fibermap.kernel.errors import InputRefused, NotFound
from fibermap.plan import Plan
from fibermap.serving.build import build_index
from fibermap.serving.index import load_index
from fibermap.serving.index_file import write_index_file
from tests.builders import area, box, furnished, home, ids, ingest, new_plan, place, rows, source, view
from tests.coverage.histories import Step, act, steps
from tests.serving.towns import ask, index_of, small_town


@pytest.fixture
def fm() -> Iterator[Plan]:
    with furnished(small_town) as plan:
        yield plan


@given(steps)
@settings(max_examples=4, phases=[Phase.generate])
def test_after_any_history_every_answer_is_what_the_view_says(history: list[Step]) -> None:
    with new_plan() as fm:
        for step in [("county", 0), ("plan", 0), *history]:
            act(fm, step)
        index = index_of(fm)
        listed = rows(fm, "SELECT * FROM addresses")
        assert len(listed) == len(index.layers[0].book.ids)
        for row in listed:
            if not row["answerable"]:
                with pytest.raises(NotFound):
                    ask(index, address_id=row["address_id"])
                continue
            said = ask(index, address_id=row["address_id"])
            verdict = said["serviceability"]
            assert (verdict["class"], verdict["orderable"]) == (row["class"], row["orderable"])
            assert ",".join(verdict["not_orderable"]) == (row["not_orderable"] or "")
            assert ",".join(verdict["flags"]) == (row["flags"] or "")
            assert verdict["confidence"] == row["confidence"]
            assert verdict["evidence"]["feature_id"] == row["area_id"]
            assert said["match"]["address"] == row["full_address"]


def test_an_address_as_typed_has_its_verdict(fm: Plan) -> None:
    said = ask(index_of(fm), q="1 main street, 59741")
    assert said["match"]["status"] == "matched"
    assert said["match"]["next_action"] == "accept"
    assert said["match"]["address_id"] == ids(fm)["1 Main St"]
    assert said["serviceability"]["class"] == "build"
    assert said["serviceability"]["drop"]["distance_m"] == pytest.approx(28.28, abs=0.01)


def test_the_fields_of_a_form_are_read_like_the_text(fm: Plan) -> None:
    said = ask(index_of(fm), fields={"street": "20 Main St", "unit": "Apt B", "zip": "59741"})
    assert said["match"]["address_id"] == ask(index_of(fm), q="20 Main St Apt B, 59741")["match"]["address_id"]


@pytest.mark.parametrize("text", ["99 Main St, 59741", "1 Elm St, 59741", "PO Box 12, 59741", "?", "1 Main St, 10001"])
def test_what_is_not_found_has_no_verdict(fm: Plan, text: str) -> None:
    said = ask(index_of(fm), q=text)
    assert said["match"]["next_action"] != "accept"
    assert said["serviceability"] is None


def test_a_building_that_agrees_has_a_verdict_before_the_unit_is_chosen(fm: Plan) -> None:
    said = ask(index_of(fm), q="20 Main St, 59741")
    assert (said["match"]["status"], said["match"]["next_action"]) == ("needs_unit", "choose_unit")
    assert [unit["unit"] for unit in said["units"]] == ["A", "B"]
    assert said["serviceability"]["class"] == "out-of-coverage"
    held = [row["address_id"] for row in rows(fm, "SELECT * FROM addresses WHERE unit = 'B'")]
    ingest(fm, source("holds", [area("all", None, box(20, -30, 170, 30))]))
    fm.move_address(held[0], *place(100), "there", "ann")
    assert ask(index_of(fm), q="20 Main St, 59741")["serviceability"] is None


def test_the_date_asked_about_counts(fm: Plan) -> None:
    ingest(fm, source("plan", [area("North", "Pre-build", box(20, -30, 170, 30), EXPECTED_LIVE="2027-03-15")]))
    index, one = index_of(fm), ids(fm)["1 Main St"]
    assert ask(index, address_id=one)["serviceability"]["class"] == "pre-build"
    assert ask(index, address_id=one, at=date(2027, 3, 15))["serviceability"]["class"] == "build"
    assert ask(index, address_id=one)["serviceability"]["valid_until"] == "2027-03-15"
    public = ask(index, address_id=one, public=True)["serviceability"]
    assert public["technologies"][0]["expected_live"] == {"date": "2027-03-31", "precision": "quarter", "source": None}
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    assert public["valid_until"] == max("2027-01-01", tomorrow), "it says no day, and never claims too much"
    fm.configure("we keep our word", "ann", public_dates="day")
    exact = ask(index_of(fm), address_id=one, public=True)["serviceability"]
    assert exact["technologies"][0]["expected_live"]["date"] == exact["valid_until"] == "2027-03-15"
    lon, lat = place(60)
    assert ask(index, lon=lon, lat=lat, at=date(2027, 3, 15))["serviceability"]["class"] == "build"
    assert ask(index, address_id=one, at=date(2026, 1, 1))["serviceability"]["class"] == "pre-build"


def test_asking_day_after_day_does_not_tell_the_public_the_exact_one(fm: Plan) -> None:
    ingest(fm, source("plan", [area("North", "Pre-build", box(20, -30, 170, 30), EXPECTED_LIVE="2027-03-15")]))
    index, one, (lon, lat) = index_of(fm), ids(fm)["1 Main St"], place(60)
    days = [date(2027, 3, 1) + timedelta(days=n) for n in range(40)]
    for asked in ({"address_id": one}, {"q": "1 Main St, 59741"}, {"lon": lon, "lat": lat}):
        said = [ask(index, **asked, at=day, public=True)["serviceability"]["class"] for day in days]
        assert days[said.index("build")] == date(2027, 3, 31), "the day that the public is told"
        told = [ask(index, **asked, at=day)["serviceability"]["class"] for day in days]
        assert days[told.index("build")] == date(2027, 3, 15)


def test_a_place_that_is_one_address_is_that_address(fm: Plan) -> None:
    lon, lat = place(42)
    said = ask(index_of(fm), lon=lon, lat=lat)
    assert said["match"]["address_id"] == ids(fm)["1 Main St"]
    assert said["serviceability"]["orderable"]


def test_a_place_between_houses_has_a_class_and_candidates_but_no_id(fm: Plan) -> None:
    lon, lat = place(60)
    said = ask(index_of(fm), lon=lon, lat=lat)
    assert said["match"]["address_id"] is None
    assert said["match"]["next_action"] == "choose_candidate"
    assert said["serviceability"]["class"] == "build"
    assert said["serviceability"]["not_orderable"] == ["no_address"]
    assert [round(near["distance_m"]) for near in said["candidates"]][:2] == [20, 20]


def test_a_place_in_a_footprint_is_the_address_in_it(fm: Plan) -> None:
    ingest(fm, source("buildings", [area("b", None, box(75, -5, 105, 5))]))
    lon, lat = place(103)
    assert ask(index_of(fm), lon=lon, lat=lat)["match"]["address_id"] == ids(fm)["2 Main St"]
    lon, lat = place(107)
    assert ask(index_of(fm), lon=lon, lat=lat)["match"]["address_id"] == ids(fm)["3 Main St"]


def test_a_place_with_another_class_than_its_address_is_no_address(fm: Plan) -> None:
    lon, lat = place(168)
    fm.move_address(ids(fm)["4 Main St"], *place(175), "there", "ann")
    said = ask(index_of(fm), lon=lon, lat=lat)
    assert said["match"]["address_id"] is None
    assert said["serviceability"]["class"] == "build"


def test_the_public_sees_no_internals_and_no_address_of_a_private_source() -> None:
    with new_plan() as fm:
        ingest(fm, source("county", [home(1, 40)]), source("plan", [area("N", "Build", box(0, -9, 90, 9))]))
        ingest(fm, source("fabric", [home(7, 60, OBJECTID=9)]), permitted_uses=frozenset({"planning", "lists"}))
        index, private = index_of(fm), ids(fm)["7 Main St"]
        open_said = ask(index, public=True, q="1 Main St, 59741")["serviceability"]
        assert open_said["class"] == "build"
        assert (open_said["drop"], open_said["evidence"], open_said["flags"]) == (None, None, [])
        assert not view(fm, "7 Main St")["answerable"]
        hidden = str(private)
        lon, lat = place(60)
        assert hidden not in str(ask(index, public=True, q="7 Main St, 59741"))
        assert hidden not in str(ask(index, public=True, lon=lon, lat=lat))
        with pytest.raises(NotFound):
            ask(index, public=True, address_id=private)


def test_a_question_is_about_exactly_one_thing(fm: Plan) -> None:
    index = index_of(fm)
    for asked in ({}, {"q": "1 Main St", "address_id": 1}, {"lat": 1.0}, {"lat": 91.0, "lon": 0.0}):
        with pytest.raises(InputRefused):
            ask(index, **asked)
    with pytest.raises(NotFound):
        ask(index, address_id=1)


def test_an_index_from_a_file_answers_like_the_one_that_was_written(fm: Plan, tmp_path: Path) -> None:
    contents = fm.store.preview(lambda uow: build_index(uow, fm.settings), cause="test")
    write_index_file(tmp_path / "town.index", contents)
    lon, lat = place(60)
    for asked in ({"q": "1 Main St"}, {"q": "20 Main St"}, {"lon": lon, "lat": lat}):
        said = [ask(index, **asked) for index in (load_index(tmp_path / "town.index"), index_of(fm))]
        assert said[0] | dict.fromkeys(("check_id", "checked_at")) == said[1] | dict.fromkeys(
            ("check_id", "checked_at")
        )


def test_two_addresses_that_are_alike_are_both_offered(fm: Plan) -> None:
    fm.add_address("4 Main St", *place(2_000), "seen there", "ann")
    said = ask(index_of(fm), q="4 Main St")
    assert said["match"]["status"] == "ambiguous"
    assert said["serviceability"] is None
    assert {near["address"] for near in said["candidates"]} == {"4 Main St", "4 Main St, 59741"}
