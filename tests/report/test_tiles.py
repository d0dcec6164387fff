"""Tiles, read by an independent decoder, show what the view ``addresses`` says: who, where, and how many."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, NotFound
from fibermap.plan import Plan
from fibermap.report import tiles
from fibermap.report.screen import Screen
from fibermap.report.selection import Selection
from fibermap.report.tiles import MOST_BYTES, Layer, draw_tile
from fibermap.report.world import EXTENT, Tile
from tests.report.towns import decoded, shown, tiles_with, town

ZOOMS = (0, 5, 10, 13, 14, 16, 20)
PLACED = "SELECT * FROM addresses WHERE listed AND lon IS NOT NULL"


@pytest.fixture(scope="module")
def plan() -> Iterator[Plan]:
    with town() as fm:
        yield fm


@pytest.fixture(scope="module")
def screen(plan: Plan) -> Iterator[Screen]:
    with shown(plan) as screen:
        yield screen


def features(screen: Screen, layer: Layer, zoom: int, *, public: bool = False, **query: Any) -> list[dict[str, Any]]:
    """Return everything that a layer shows at a zoom."""
    selection = Selection.from_query(query)
    table = "addresses" if layer is Layer.ADDRESSES else "feature"
    around = tiles_with(screen, zoom, table)
    return [
        feature | {"tile": tile}
        for tile in around
        for feature in decoded(draw_tile(screen.sql, layer, tile, selection, public=public), layer)
    ]


def by_class(found: list[dict[str, Any]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for feature in found:
        counts[feature["properties"]["class"]] += feature["properties"]["count"]
    return counts


def place_in(tile: Tile, lon: float, lat: float) -> tuple[float, float]:
    """Return where a place is in a tile, by the formula that everybody publishes."""
    x = (lon + 180) / 360 * 2**tile.z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**tile.z
    return (x - tile.x) * EXTENT, (y - tile.y) * EXTENT


@pytest.mark.parametrize("zoom", ZOOMS)
def test_counts_by_class_are_conserved_at_every_zoom(plan: Plan, screen: Screen, zoom: int) -> None:
    wanted = plan.store.sql.rows("test", f"SELECT class, count(*) FROM ({PLACED}) GROUP BY class")
    assert by_class(features(screen, Layer.ADDRESSES, zoom)) == Counter(dict(wanted))


@given(
    zoom=st.sampled_from([4, 12, 15]),
    query=st.fixed_dictionaries(
        {},
        optional={
            "class": st.sampled_from(["build", "pre-build", "build,out-of-coverage"]),
            "kind": st.sampled_from(["business", "residential"]),
            "held": st.sampled_from(["true", "false"]),
            "orderable": st.sampled_from(["true", "false"]),
            "text": st.sampled_from(["main", "1"]),
            "phase": st.just("Phase 2"),
        },
    ),
)
def test_a_selection_counts_on_the_map_what_it_counts_in_the_plan(
    plan: Plan, screen: Screen, zoom: int, query: dict[str, str]
) -> None:
    condition, params = Selection.from_query(query).condition()
    statement = f"SELECT class, count(*) FROM ({PLACED}) WHERE {condition} GROUP BY class"
    wanted = plan.store.sql.rows("test", statement, params or None)
    assert by_class(features(screen, Layer.ADDRESSES, zoom, **query)) == Counter(dict(wanted))


@pytest.mark.parametrize("zoom", [14, 17, 20])
def test_when_near_each_address_is_where_it_is(plan: Plan, screen: Screen, zoom: int) -> None:
    wanted = {row["address_id"]: row for row in plan.store.sql.records("test", PLACED)}
    found = features(screen, Layer.ADDRESSES, zoom)
    assert sorted(feature["properties"]["id"] for feature in found) == sorted(wanted)
    for feature in found:
        said, row = feature["properties"], wanted[feature["properties"]["id"]]
        x, y = feature["geometry"]["coordinates"]
        true_x, true_y = place_in(feature["tile"], row["lon"], row["lat"])
        assert abs(x - true_x) <= 1
        assert abs(y - true_y) <= 1
        assert (said["class"], said["count"]) == (row["class"], 1)
        assert (said["units"], said["orderable"]) == (row["units"], row["orderable"])
        assert said.get("held", False) == (row["holds"] is not None)


def test_when_far_a_group_has_no_address_of_its_own_and_a_lone_house_does(plan: Plan, screen: Screen) -> None:
    ids = {row["address_id"] for row in plan.store.sql.records("test", PLACED)}
    for feature in features(screen, Layer.ADDRESSES, 13):
        said = feature["properties"]
        assert (said["id"] in ids) == (said["count"] == 1)


def test_what_may_not_be_listed_is_on_no_tile(plan: Plan, screen: Screen) -> None:
    secret = {row[0] for row in plan.store.sql.rows("test", "SELECT address_id FROM addresses WHERE NOT listed")}
    shown_ids = {feature["properties"]["id"] for feature in features(screen, Layer.ADDRESSES, 16)}
    assert len(secret) == 3
    assert screen.state.left_out == 3
    assert not secret & shown_ids


def test_the_same_state_gives_the_same_bytes(plan: Plan, screen: Screen) -> None:
    with shown(plan) as again:
        for zoom in ZOOMS:
            for tile in tiles_with(screen, zoom):
                for layer in Layer:
                    first = draw_tile(screen.sql, layer, tile, Selection())
                    assert first == draw_tile(again.sql, layer, tile, Selection())


def test_where_there_is_nothing_the_tile_is_empty(screen: Screen) -> None:
    assert draw_tile(screen.sql, Layer.ADDRESSES, Tile(14, 0, 0), Selection()) == b""


@pytest.mark.parametrize(("z", "x", "y"), [(-1, 0, 0), (21, 0, 0), (3, 8, 0), (3, 0, 8), (3, -1, 0)])
def test_what_is_no_tile_is_not_there(z: int, x: int, y: int) -> None:
    with pytest.raises(NotFound) as refused:
        Tile(z, x, y)
    assert refused.value.code is Code.TILE_NOT_FOUND


def test_too_many_for_one_tile_are_grouped_however_near(
    plan: Plan, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "MOST_POINTS", 5)
    wanted = plan.store.sql.value("test", f"SELECT count(*) FROM ({PLACED})")
    found = features(screen, Layer.ADDRESSES, 14)
    assert sum(by_class(found).values()) == wanted
    assert len(found) <= wanted


def test_a_tile_that_is_too_large_is_drawn_with_larger_cells(
    plan: Plan, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tile,) = tiles_with(screen, 13)
    fine = draw_tile(screen.sql, Layer.ADDRESSES, tile, Selection())
    monkeypatch.setattr(tiles, "MOST_BYTES", len(fine) - 1)
    coarse = draw_tile(screen.sql, Layer.ADDRESSES, tile, Selection())
    assert len(coarse) < len(fine) <= MOST_BYTES
    assert by_class(decoded(coarse, "addresses")) == by_class(decoded(fine, "addresses"))


def test_the_public_sees_classes_and_nothing_internal(screen: Screen) -> None:
    found = features(screen, Layer.ADDRESSES, 16, public=True)
    assert found
    assert {name for feature in found for name in feature["properties"]} == {"id", "class", "count"}
    outlines = features(screen, Layer.AREAS, 16, public=True)
    assert {name for feature in outlines for name in feature["properties"]} == {"id", "class", "count"}


def test_areas_count_the_addresses_that_they_decide(plan: Plan, screen: Screen) -> None:
    wanted = dict(
        plan.store.sql.rows(
            "test", "SELECT area_id, count(*) FROM addresses WHERE listed AND area_id IS NOT NULL GROUP BY area_id"
        )
    )
    named = dict(plan.store.sql.rows("test", "SELECT area_id, name FROM areas"))
    found = {feature["properties"]["id"]: feature["properties"] for feature in features(screen, Layer.AREAS, 14)}
    assert {area_id: said["name"] for area_id, said in found.items()} == named
    assert {area_id: said["count"] for area_id, said in found.items()} == {i: wanted.get(i, 0) for i in named}


@pytest.mark.parametrize("zoom", [10, 14, 17, 19])
def test_an_area_is_labelled_once_however_many_tiles_it_reaches_into(plan: Plan, screen: Screen, zoom: int) -> None:
    bounds = plan.store.sql.rows("test", "SELECT west, south, east, north FROM plan_feature WHERE role = 'coverage'")
    origin = Tile(zoom, 0, 0)
    corners = [place_in(origin, x, y) for west, south, east, north in bounds for x, y in ((west, north), (east, south))]
    columns, rows = ({int(corner[axis] // EXTENT) for corner in corners} for axis in (0, 1))
    around = [
        Tile(zoom, x, y)
        for x in range(min(columns), max(columns) + 1)
        for y in range(min(rows), max(rows) + 1)
    ]  # fmt: skip
    drawn = [
        each for tile in around for each in decoded(draw_tile(screen.sql, Layer.AREAS, tile, Selection()), "areas")
    ]
    labels = Counter(each["properties"]["label"] for each in drawn if each["properties"].get("label"))
    assert labels == {"North": 1, "South": 1}


def test_an_areas_outline_is_where_it_is(plan: Plan, screen: Screen) -> None:
    bounds = {
        row["feature_id"]: row
        for row in plan.store.sql.records("test", "SELECT * FROM plan_feature WHERE role = 'coverage'")
    }
    for zoom in (10, 13, 15):
        for feature in features(screen, Layer.AREAS, zoom):
            row, tile = bounds[feature["properties"]["id"]], feature["tile"]
            (ring,) = feature["geometry"]["coordinates"]
            west, north = place_in(tile, row["west"], row["north"])
            east, south = place_in(tile, row["east"], row["south"])
            clipped = [(max(low, -64), min(high, EXTENT + 64)) for low, high in ((west, east), (north, south))]
            for axis in (0, 1):
                assert abs(min(place[axis] for place in ring) - clipped[axis][0]) <= 1
                assert abs(max(place[axis] for place in ring) - clipped[axis][1]) <= 1


def test_the_network_shows_its_terminals_and_its_routes(plan: Plan, screen: Screen) -> None:
    found = features(screen, Layer.NETWORK, 15)
    wanted = dict(plan.store.sql.rows("test", "SELECT feature_id, name FROM network WHERE role = 'network_points'"))
    points = {f["properties"]["id"]: f["properties"]["name"] for f in found if f["geometry"]["type"] == "Point"}
    assert points == wanted
    assert any(f["geometry"]["type"] == "LineString" for f in found)
    far = features(screen, Layer.NETWORK, 8)
    assert sum(f["properties"]["count"] for f in far if f["geometry"]["type"] == "Point") == len(wanted)


def test_filters_that_areas_have_apply_to_them(screen: Screen) -> None:
    found = features(screen, Layer.AREAS, 14, **{"class": "pre-build", "kind": "business"})
    assert {feature["properties"]["name"] for feature in found} == {"South"}


def test_a_live_date_is_a_number_to_slide_over(screen: Screen) -> None:
    found = features(screen, Layer.ADDRESSES, 14, **{"class": "pre-build"})
    assert {feature["properties"]["expected"] for feature in found} == {20270301}
