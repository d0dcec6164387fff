"""Demand: checks that led to nothing, by address, by area and on the map, and what is honestly said of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.plan import Plan
from fibermap.report.bbox import Bbox
from fibermap.report.dashboard.ground import LISTED, Ground, Wish
from fibermap.report.demand import By, DemandSort, demand_elsewhere, page_of_demand
from fibermap.report.screen import Screen
from fibermap.report.selection import Selection
from fibermap.report.tiles import Layer, draw_tile
from fibermap.serving.answer import Answerer
from fibermap.serving.check_log import row_of, write_checks
from fibermap.serving.question import Question
from tests.builders import ids
from tests.order.lead_town import BEYOND, BUILT, PLANNED, capture, selling_town
from tests.report.towns import decoded, shown, tiles_with

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = date(2026, 3, 20)


def ask(fm: Plan, text: str, *days: int, **place: float) -> None:
    """Keep a check on each of some days after a Monday, as a server keeps it."""
    question = Question(q=text or None, channel="portal", **place)
    rows = []
    for day in days:
        answer = Answerer(fm.live.refresh(), public=True).answer(question, MONDAY + timedelta(days=day))
        rows.append(row_of(question, answer, "visitor:203.0.113.9") | {"check_id": f"{text}{day}{place}"})
    write_checks(fm.store)(rows)


@pytest.fixture(scope="module")
def fm() -> Iterator[Plan]:
    with selling_town() as plan:
        ask(plan, f"{BEYOND}, 59741", 0, 0, 1, 8)
        ask(plan, f"{PLANNED}, 59741", 2)
        ask(plan, f"{BUILT}, 59741", 3)
        ask(plan, "99 Main St, 59741", 4)
        capture(plan, BEYOND, technology="fiber")
        capture(plan, "9 Main St", phone="406-555-0177")
        yield plan


@pytest.fixture(scope="module")
def screen(fm: Plan) -> Iterator[Screen]:
    with shown(fm) as screen:
        yield screen


def table(fm: Plan, by: By = By.ADDRESS, *, sort: str = "-checks", **more: Any) -> list[dict[str, Any]]:
    """Return the rows that the database itself gives, page by page, one row a page."""
    found, after = [], None
    wish = Wish(Selection.from_query(more.pop("filters", {})))
    while True:
        page = fm.store.preview(
            lambda uow, after=after: page_of_demand(
                Ground(uow.sql, LISTED, uow, TODAY, wish), by, more.get("bbox"), sort=DemandSort.from_text(sort),
                after=after, limit=1,
            ),
            cause="read",
        )  # fmt: skip
        found += page["rows"]
        after = page["next"]
        if after is None:
            assert page["total"] == len(found)
            return found


def test_checks_in_vain_are_counted_by_address_by_day_and_by_week(fm: Plan) -> None:
    first, *others = table(fm)
    assert first["full_address"].startswith(BEYOND)
    assert (first["checks"], first["days"], first["weeks"], first["leads"]) == (4, 3, 2, 1)
    assert (first["class"], first["wanted"]) == ("out-of-coverage", ["fiber"])
    assert first["network_m"] == pytest.approx(30, abs=1), "from the house to the edge of the nearest area"
    assert [(row["full_address"].split(",")[0], row["checks"], row["leads"]) for row in others] == [
        (PLANNED, 1, 0), ("9 Main St", 0, 1),
    ]  # fmt: skip
    assert others[0]["network_m"] is None
    assert others[0]["expected_live_on"] == date(2027, 3, 1)


def test_what_no_area_decides_stands_by_its_town(fm: Plan) -> None:
    beyond, planned = table(fm, By.AREA)
    assert (beyond["area_id"], beyond["addresses"], beyond["checks"], beyond["days"], beyond["leads"]) == (
        None, 2, 4, 3, 2,
    )  # fmt: skip
    assert beyond["zip"]
    assert (planned["area_name"], planned["phase"], planned["zip"]) == ("South", "Phase 2", None)


def test_the_same_filters_choose_the_rows_and_the_map(fm: Plan, screen: Screen) -> None:
    for filters in ({"class": "pre-build"}, {"text": BEYOND}, {"ids": str(ids(fm)[PLANNED])}, {"kind": "business"}):
        wanted = Counter[str]()
        for row in table(fm, filters=filters):
            wanted[row["class"]] += row["checks"] + row["leads"]
        drawn = Counter[str]()
        selection = Selection.from_query(filters)
        for tile in tiles_with(screen, 12):
            for feature in decoded(draw_tile(screen.sql, Layer.DEMAND, tile, selection), "demand"):
                drawn[feature["properties"]["class"]] += feature["properties"]["count"]
        assert drawn == wanted, filters
    nowhere = Bbox.from_text("10,10,11,11")
    assert table(fm, bbox=nowhere) == []


def test_a_screen_says_what_the_database_says(fm: Plan, screen: Screen) -> None:
    def page(uow: Any) -> Any:
        ground = Ground(screen.sql, "addresses", uow, TODAY, Wish())
        return page_of_demand(ground, By.ADDRESS, None, sort=DemandSort(), after=None, limit=100)["rows"]

    assert fm.store.preview(page, cause="read") == table(fm)


def test_what_settled_on_no_address_is_in_no_row_and_said_to_be_so(fm: Plan) -> None:
    found = fm.store.preview(
        lambda uow: demand_elsewhere(Ground(uow.sql, LISTED, uow, TODAY, Wish())), cause="read"
    )  # fmt: skip
    assert found == {"unsettled": 1, "reports": 0}


def test_demand_keeps_nothing_of_who_asked(fm: Plan) -> None:
    columns = {row[0] for row in fm.store.sql.rows("test", "DESCRIBE demand")}
    assert columns == {"address_id", "lon", "lat", "class", "source", "technology", "day", "asked"}
    assert "203.0.113.9" not in str(fm.store.sql.rows("test", "SELECT * FROM address_check"))


def test_demand_is_a_report_too(fm: Plan) -> None:
    made = fm.report("demand", **{"class": "out-of-coverage"})
    assert [row["checks"] for row in made.table.to_pylist()] == [4, 0]
    assert "settled" in made.remarks[0]
    assert len(fm.report("demand_by_area")) == 2


def test_a_page_of_another_order_and_an_unknown_order_are_refused(fm: Plan) -> None:
    def after(token: str) -> None:
        fm.store.preview(
            lambda uow: page_of_demand(
                Ground(uow.sql, LISTED, uow, TODAY, Wish()), By.AREA, None, sort=DemandSort(), after=token, limit=1
            ),
            cause="read",
        )

    with pytest.raises(NotFound) as refused:
        after("WyJhZGRyZXNzOi1jaGVja3MiLDMsN10")
    assert refused.value.code is Code.PAGE_NOT_FOUND
    with pytest.raises(InputRefused):
        DemandSort.from_text("-who")


@pytest.mark.parametrize("sort", ["checks", "-days", "weeks", "-leads", "-last", "last"])
def test_every_order_is_whole(fm: Plan, sort: str) -> None:
    name = "last_on" if "last" in sort else sort.removeprefix("-")
    told = [row[name] for row in table(fm, sort=sort)]
    assert told == sorted(told, reverse=sort.startswith("-"))
    assert len(told) == 3
