"""The legend counts, and the table lists, what the view ``addresses`` says of what is in view."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.plan import Plan
from fibermap.report.bbox import Bbox
from fibermap.report.legend import count_by_class, words_to_filter_by
from fibermap.report.rows import SORTS, Sort, page_of_rows
from fibermap.report.screen import Screen
from fibermap.report.selection import Selection
from tests.builders import box
from tests.report.towns import shown, town

LISTED = "SELECT * FROM addresses WHERE listed"
EVERYTHING = Selection()


@pytest.fixture(scope="module")
def plan() -> Iterator[Plan]:
    with town() as fm:
        yield fm


@pytest.fixture(scope="module")
def screen(plan: Plan) -> Iterator[Screen]:
    with shown(plan) as screen:
        yield screen


def bounds(west_m: float, east_m: float) -> Bbox:
    return Bbox(*box(west_m, -50, east_m, 50).bounds)


def all_pages(screen: Screen, sort: Sort, limit: int, **more: Any) -> list[dict[str, Any]]:
    rows, after = [], None
    while True:
        page = page_of_rows(screen.sql, EVERYTHING, None, sort=sort, after=after, limit=limit, **more)
        rows += page["rows"]
        assert page["total"] == 14
        after = page["next"]
        if after is None:
            return rows


@given(st.integers(0, 200), st.integers(10, 300))
def test_the_legend_counts_addresses_and_units_in_view(plan: Plan, screen: Screen, west_m: int, width_m: int) -> None:
    view = bounds(west_m, west_m + width_m)
    condition, params = view.condition()
    wanted = plan.store.sql.rows(
        "test", f"SELECT class, count(*), sum(units) FROM ({LISTED}) WHERE {condition} GROUP BY class", params
    )
    found = count_by_class(screen.sql, EVERYTHING, view)
    said = {(row["class"], row["addresses"], row["units"]) for row in found["classes"] if row["addresses"]}
    assert said == set(wanted)
    assert found["addresses"] == sum(row[1] for row in wanted)


def test_the_legend_has_every_class_in_their_order(screen: Screen) -> None:
    found = count_by_class(screen.sql, EVERYTHING, bounds(5_000, 6_000))
    assert [row["class"] for row in found["classes"]] == ["build", "pre-build", "out-of-coverage", "unknown"]
    assert (found["addresses"], found["bounds"]) == (0, None)


def test_over_the_antimeridian_both_ends_are_in_view(screen: Screen) -> None:
    view = Bbox.from_text("170,0,-100,60")
    assert count_by_class(screen.sql, EVERYTHING, view)["addresses"] == 13


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,x", "1,2,3,nan", "0,10,1,5", "-181,0,1,1", "0,0,1,91"])
def test_bounds_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputRefused) as refused:
        Bbox.from_text(text)
    assert (refused.value.code, refused.value.where["field"]) == (Code.ARGUMENT_INVALID, "bbox")


def test_every_word_that_is_offered_selects_as_many_as_it_says(screen: Screen) -> None:
    offered = words_to_filter_by(screen.sql)
    assert {word["value"] for word in offered["phase"]} == {"Phase 1, west", "Phase 2"}
    for name, words in offered.items():
        for word in words:
            found = count_by_class(screen.sql, Selection.from_query({name: [word["value"]]}), None)
            assert found["addresses"] == word["addresses"]


@pytest.mark.parametrize("name", SORTS)
@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_together_are_every_row_once_in_order(screen: Screen, name: str, sign: str, limit: int) -> None:
    sort = Sort.from_text(sign + name)
    whole = all_pages(screen, sort, 100)
    assert all_pages(screen, sort, limit) == whole
    assert len({row["address_id"] for row in whole}) == 14


def test_rows_say_what_the_view_says(plan: Plan, screen: Screen) -> None:
    wanted = {row["address_id"]: row for row in plan.store.sql.records("test", LISTED)}
    for row in all_pages(screen, Sort(), 5):
        for name, value in row.items():
            said = ",".join(value) or None if isinstance(value, list) else value
            assert said == wanted[row["address_id"]][name]


def test_rows_without_a_value_come_last_either_way(screen: Screen) -> None:
    for sign in ("", "-"):
        phases = [row["phase"] for row in all_pages(screen, Sort.from_text(f"{sign}phase"), 4)]
        assert phases.index(None) == len([phase for phase in phases if phase])


@pytest.mark.parametrize(
    "after",
    ["", "x", "%%%", urlsafe_b64encode(b"[1]").decode(), urlsafe_b64encode(orjson.dumps(["id", 1, 1])).decode(),
     urlsafe_b64encode(orjson.dumps(["address", 5, 1])).decode(),
     urlsafe_b64encode(orjson.dumps(["address", "a", "b"])).decode()],
)  # fmt: skip
def test_what_is_of_no_page_is_not_there(screen: Screen, after: str) -> None:
    with pytest.raises(NotFound) as missed:
        page_of_rows(screen.sql, EVERYTHING, None, sort=Sort(), after=after, limit=10)
    assert missed.value.code is Code.PAGE_NOT_FOUND


def test_an_order_that_there_is_not_is_refused() -> None:
    with pytest.raises(InputRefused):
        Sort.from_text("full_address; DROP TABLE addresses")
