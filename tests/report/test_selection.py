"""One language of filters: what it selects, what it refuses, and that it never becomes SQL by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fibermap.address.model import Connectivity, Kind
from fibermap.coverage.model import Class, Flag, Technology
from fibermap.kernel.errors import Code, InputRefused
from fibermap.plan import Plan
from fibermap.report.selection import NAMES, Selection
from fibermap_api.models.selections import SelectedQuestion, SelectionQuestion
from fibermap_api.requests import read_document, read_query
from tests.builders import area, box, home, ingest, new_plan, place, source, terminal

HOSTILE = "'; DROP TABLE address; --"
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}


@pytest.fixture(scope="module")
def town() -> Iterator[Plan]:
    """Twelve houses, two phases, a terminal with one long drop, a hold, and a house without a place."""
    homes = [home(n, 40 * n, TYPE="Business" if n % 3 == 0 else "Single Family") for n in range(1, 12)]
    areas = [
        area("North", "Build", box(20, -30, 170, 30), PHASE="Phase 1, west"),
        area("South", "Pre-build", box(170, -30, 290, 30), PHASE="Phase 2", EXPECTED="2027-03-01"),
    ]
    with new_plan() as fm:
        ingest(
            fm, source("county", [*homes, home(12, None, ZIP="59715")]), source("plan", areas),
            source("terminals", [terminal("T1", 60, 20)]),
        )  # fmt: skip
        first = fm.store.sql.value("test", "SELECT min(address_id) FROM address")
        fm.hold(code="unsafe", reason="dog", author="pat", address_id=first)
        yield fm


def everything(fm: Plan) -> list[dict[str, Any]]:
    return fm.store.sql.records("test", "SELECT * FROM addresses ORDER BY address_id")


def selected(fm: Plan, selection: Selection) -> list[int]:
    condition, params = selection.condition()
    found = fm.store.sql.rows("test", f"SELECT address_id FROM addresses WHERE {condition} ORDER BY 1", params or None)
    return [row[0] for row in found]


def passes(row: dict[str, Any], selection: Selection) -> bool:
    """Tell in plain Python whether an address passes every filter."""
    words = [
        (selection.classes, {row["class"]}),
        (selection.phases, {row["phase"]}),
        (selection.technologies, {row["technology"]}),
        (selection.kinds, {row["kind"]}),
        (selection.connectivity, {row["connectivity"]}),
        (selection.flags, set((row["flags"] or "").split(","))),
        (selection.territory, {str(row[name]).upper() for name in ("zip", "city", "county") if row[name]}),
        (selection.area_ids, {row["area_id"]}),
        (selection.ids, {row["address_id"]}),
    ]
    expected = row["expected_live_on"]
    placed = row["lon"] is not None
    return (
        all(not wanted or set(map(str, wanted)) & set(map(str, there)) for wanted, there in words)
        and selection.orderable in (None, row["orderable"])
        and selection.held in (None, row["holds"] is not None)
        and (selection.expected_from is None or (expected is not None and expected >= selection.expected_from))
        and (selection.expected_to is None or (expected is not None and expected <= selection.expected_to))
        and all(word in row["full_address"].upper() for word in selection.text.upper().split())
        and (
            selection.polygon is None
            or (placed and shapely.intersects_xy(selection.polygon, row["lon"], row["lat"]).item())
        )
    )


def boxes() -> st.SearchStrategy[Any]:
    edges = st.tuples(st.integers(-50, 300), st.integers(10, 400))
    return edges.map(lambda edge: box(edge[0], -10, edge[0] + edge[1], 10))


def some(values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(list(values)), max_size=2, unique=True).map(tuple)


SELECTIONS = st.builds(
    Selection,
    classes=some(Class), phases=some(["Phase 1, west", "Phase 2", HOSTILE]), technologies=some(Technology),
    kinds=some(Kind), connectivity=some(Connectivity), orderable=st.sampled_from([None, True, False]),
    flags=some(Flag), held=st.sampled_from([None, True, False]),
    expected_from=st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    expected_to=st.none() | st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    territory=some(["59741", "59715", HOSTILE.upper()]), text=st.sampled_from(["", "main", "1 main", HOSTILE]),
    polygon=st.none() | boxes(),
)  # fmt: skip


@given(SELECTIONS)
def test_it_selects_what_a_plain_filter_does(town: Plan, selection: Selection) -> None:
    wanted = [row["address_id"] for row in everything(town) if passes(row, selection)]
    assert selected(town, selection) == wanted


@given(SELECTIONS)
def test_a_selection_read_from_its_own_query_string_is_the_same(selection: Selection) -> None:
    assert Selection.from_query(selection.as_query()) == selection


@given(SELECTIONS)
def test_no_value_stands_in_the_sql(selection: Selection) -> None:
    condition, _ = selection.condition()
    assert "DROP" not in condition
    assert "'" not in condition.replace("','", "")


def test_nothing_selects_everything(town: Plan) -> None:
    assert len(selected(town, Selection())) == 12


def test_a_polygon_takes_what_stands_on_its_edge(town: Plan) -> None:
    at = place(40)
    ring = [at, (at[0] + 0.1, at[1]), (at[0], at[1] + 0.1)]
    selection = Selection.from_query({"polygon": {"type": "Polygon", "coordinates": [ring]}})
    assert selected(town, selection) != []


def test_ids_and_areas_select_by_id(town: Plan) -> None:
    row = next(row for row in everything(town) if row["area_id"])
    assert selected(town, Selection.from_query({"ids": str(row["address_id"])})) == [row["address_id"]]
    assert row["address_id"] in selected(town, Selection.from_query({"area": [row["area_id"]]}))


def test_words_stand_between_commas_or_in_a_list() -> None:
    assert Selection.from_query({"class": "build, pre-build"}) == Selection.from_query(
        {"class": ["build", "pre-build"]}
    )


def test_a_comma_of_a_words_own_has_a_backslash_before_it() -> None:
    assert Selection.from_query({"phase": "Phase 1\\, west,Phase 2"}).phases == ("Phase 1, west", "Phase 2")


def test_the_short_form_of_a_polygon_closes_by_itself() -> None:
    short = Selection.from_query({"polygon": "0,0,1,0,1,1,0,1"})
    assert short == Selection.from_query({"polygon": SQUARE})


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"colour": "red"}, "colour", Code.ARGUMENT_INVALID),
        ({"class": "gold"}, "class", Code.ARGUMENT_INVALID),
        ({"class": HOSTILE}, "class", Code.ARGUMENT_INVALID),
        ({"flag": "drop"}, "flag", Code.ARGUMENT_INVALID),
        ({"orderable": "maybe"}, "orderable", Code.ARGUMENT_INVALID),
        ({"held": 1}, "held", Code.ARGUMENT_INVALID),
        ({"expected_from": "soon"}, "expected_from", Code.ARGUMENT_INVALID),
        ({"expected_to": 20270301}, "expected_to", Code.ARGUMENT_INVALID),
        ({"expected_to": "2027-02-30"}, "expected_to", Code.ARGUMENT_INVALID),
        ({"ids": "1,x"}, "ids", Code.ARGUMENT_INVALID),
        ({"ids": "٣"}, "ids", Code.ARGUMENT_INVALID),
        ({"ids": str(10**16)}, "ids", Code.ARGUMENT_INVALID),
        ({"ids": [True]}, "ids", Code.ARGUMENT_INVALID),
        ({"area": "-1"}, "area", Code.ARGUMENT_INVALID),
        ({"text": "a" * 201}, "text", Code.ARGUMENT_INVALID),
        ({"text": "a\x00"}, "text", Code.ARGUMENT_INVALID),
        ({"phase": ["\ud800"]}, "phase", Code.ARGUMENT_INVALID),
        ({"phase": [{}]}, "phase", Code.ARGUMENT_INVALID),
        ({"phase": list(map(str, range(201)))}, "phase", Code.LIMIT_EXCEEDED),
        ({"ids": list(range(100_001))}, "ids", Code.LIMIT_EXCEEDED),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(query: dict[str, Any], field: str, code: Code) -> None:
    with pytest.raises(InputRefused) as refused:
        Selection.from_query(query)
    assert (refused.value.where["field"], refused.value.code) == (field, code)


@pytest.mark.parametrize(
    ("polygon", "code"),
    [
        ("0,0,1", Code.GEOMETRY_BROKEN),
        ("0,0,1,1", Code.RING_TOO_SHORT),
        ("0,0,1,1,0,1,1,0", Code.AREA_SELF_INTERSECTS),
        ("0,0,1,nan,1,1", Code.COORDINATE_INVALID),
        ("0,0,1,x,1,1", Code.COORDINATE_INVALID),
        ("0,0,181,0,1,1", Code.COORDINATE_OUT_OF_RANGE),
        ("{", Code.GEOMETRY_BROKEN),
        ("[1]", Code.GEOMETRY_BROKEN),
        ([1], Code.GEOMETRY_UNSUPPORTED),
        ({"type": "Point", "coordinates": [0, 0]}, Code.GEOMETRY_UNSUPPORTED),
        ({"type": "Polygon"}, Code.GEOMETRY_BROKEN),
        ({"type": "Polygon", "coordinates": []}, Code.GEOMETRY_BROKEN),
        ({"type": "Polygon", "coordinates": [[0, 0]]}, Code.GEOMETRY_BROKEN),
        ({"type": "Polygon", "coordinates": [[[0], [1, 0], [1, 1]]]}, Code.GEOMETRY_BROKEN),
        ({"type": "Polygon", "coordinates": [[[True, 0], [1, 0], [1, 1]]]}, Code.COORDINATE_INVALID),
        ({"type": "Polygon", "coordinates": [[[10**400, 0], [1, 0], [1, 1]]]}, Code.COORDINATE_INVALID),
        ({"type": "MultiPolygon", "coordinates": [[]]}, Code.GEOMETRY_BROKEN),
        (",".join(["0,0"] * 10_002), Code.GEOMETRY_TOO_LARGE),
    ],
)
def test_a_polygon_that_cannot_be_used_is_refused(polygon: Any, code: Code) -> None:
    with pytest.raises(InputRefused) as refused:
        Selection.from_query({"polygon": polygon})
    assert (refused.value.where["field"], refused.value.code) == ("polygon", code)


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=30) | st.integers() | st.lists(st.text(max_size=5))))
def test_anything_is_read_or_refused(query: dict[str, Any]) -> None:
    try:
        selection = Selection.from_query(query)
    except InputRefused as error:
        refused = error.where["field"]
    else:
        refused = None
        assert Selection.from_query(selection.as_query()) == selection
    assert refused in (None, *NAMES)


def test_the_models_of_requests_lead_to_the_same_selection() -> None:
    wanted = Selection.from_query({"class": "build", "held": False, "ids": [5], "polygon": SQUARE})
    asked = read_query(b"class=build&held=false&ids=5&polygon=0,0,1,0,1,1,0,1", SelectedQuestion)
    sent = read_document(
        b'{"class": ["build"], "held": false, "ids": [5], "polygon": {"type": "Polygon", '
        b'"coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}}',
        SelectionQuestion,
    )
    assert asked.selection() == sent.selection() == wanted
