"""What a proposed build would pass and cost, against sums that anybody can do by hand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.coverage.payback import Construction, economics
from fibermap.coverage.unit_costs import UnitCosts
from fibermap.coverage.whatif import linking_m
from fibermap.kernel.errors import InputRefused
from fibermap.plan import Plan
from tests.builders import GEOD, area, box, furnished, home, ids, ingest, line, new_plan, place, rows, source

HOMES = [home(n, 40 * n, UNITS=4 if n == 5 else None) for n in range(1, 9)]


@pytest.fixture
def fm() -> Iterator[Plan]:
    with furnished(_furnish) as plan:
        yield plan


def _furnish(plan: Plan) -> None:
    ingest(
        plan,
        source("county", HOMES),
        source("plan", [area("North", "Build", box(20, -30, 130, 30))]),
        source("routes", [line((0, -60), (140, -60), STATUS="Build")]),
    )


def road(*places_m: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([place(*at) for at in places_m])


def ground_m(shape: shapely.LineString) -> float:
    return sum(GEOD.inv(*one, *other)[2] for one, other in pairwise(shape.coords))


def test_an_area_passes_what_is_inside_by_class(fm: Plan) -> None:
    told = fm.what_if(box(100, -30, 250, 30))
    inside = [
        row
        for row in rows(fm, "SELECT * FROM addresses")
        if box(100, -30, 250, 30).covers(shapely.Point(row["lon"], row["lat"]))
    ]
    assert told["addresses"] == {"build": 1, "out-of-coverage": len(inside) - 1}
    assert told["homes_passed"] == sum(row["units"] for row in inside)
    assert told["economics"]["new_homes"] == sum(row["units"] for row in inside if row["class"] != "build")


def test_a_route_passes_what_is_within_the_buffer_on_the_ground(fm: Plan) -> None:
    route = road((190, 25), (330, 25))
    for buffer_m in (20.0, 30.0, 60.0):
        told = fm.what_if(route, buffer_m=buffer_m)
        near = 0
        for row in rows(fm, "SELECT lon, lat FROM addresses"):
            dots = [route.interpolate(share, normalized=True) for share in np.linspace(0, 1, 3001)]
            near += min(GEOD.inv(row["lon"], row["lat"], dot.x, dot.y)[2] for dot in dots[::25]) <= buffer_m
        assert sum(told["addresses"].values()) == near
    assert not told["route_estimated"]


def test_new_route_is_its_own_length_and_the_way_to_the_network(fm: Plan) -> None:
    route = road((200, -60), (300, -60))
    told = fm.what_if(route)
    assert told["link_m"] == pytest.approx(60, abs=0.05)
    assert told["route_m"] == pytest.approx(ground_m(route) + told["link_m"], abs=1e-3)
    assert fm.what_if(road((100, -100), (100, 0)))["link_m"] == 0, "it crosses the network"
    drawn = fm.what_if(box(180, -30, 340, 30), route=road((140, -60), (200, 0)))
    assert drawn["route_m"] == pytest.approx(ground_m(road((140, -60), (200, 0))), abs=1e-3)


def test_without_a_route_an_areas_is_the_shortest_that_links_its_new_homes(fm: Plan) -> None:
    told = fm.what_if(box(190, -30, 340, 30))
    assert told["route_estimated"]
    assert told["route_m"] - told["link_m"] == pytest.approx(3 * 40, abs=0.05)


def shortest_tree_m(places: list[tuple[float, float]]) -> float:
    """Link places by Prim's algorithm, one geodesic after the other."""
    linked, left, total = {places[0]}, set(places) - {places[0]}, 0.0
    while left:
        metres, nearest = min((GEOD.inv(*one, *other)[2], other) for one in linked for other in left)
        total += metres
        linked.add(nearest)
        left.remove(nearest)
    return total


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=25, unique=True))
@settings(max_examples=40, deadline=None)
def test_the_shortest_route_is_the_minimum_spanning_tree(cells: list[tuple[int, int]]) -> None:
    places = [place(17 * x, 23 * y) for x, y in cells]
    lon, lat = np.array(places).T
    assert linking_m(lon, lat) == pytest.approx(shortest_tree_m(places), rel=1e-3)


@given(
    st.dictionaries(st.sampled_from(["build", "pre-build", "out-of-coverage"]), st.integers(0, 10_000)),
    st.floats(0, 1e5), st.sampled_from(list(Construction)), st.floats(0, 1), st.floats(0, 200), st.floats(0, 100),
)  # fmt: skip
def test_the_economics_are_the_documented_formulas(
    homes: dict[str, int], route_m: float, construction: Construction, take: float, arpu: float, opex: float
) -> None:
    costs = UnitCosts(take_rate=take, arpu_usd=arpu, opex_usd=opex)
    told = economics(homes, route_m, construction, costs)
    new = homes.get("pre-build", 0) + homes.get("out-of-coverage", 0)
    cost = route_m * (26 if construction == "aerial" else 59) + new * 150 + new * take * 700
    margin = new * take * (arpu - opex)
    assert told.new_homes == new
    assert told.cost_usd == pytest.approx(cost)
    assert told.monthly_margin_usd == pytest.approx(margin)
    if margin > 0:
        assert told.payback_months == pytest.approx(cost / margin)
    else:
        assert told.payback_months is None


def test_unit_costs_are_set_on_record_and_may_differ_for_one_question(fm: Plan) -> None:
    before = fm.what_if(box(100, -30, 250, 30))
    assert fm.set_unit_costs({"passing_usd": 0, "take_rate": 0.5}, "bids", "ann")["take_rate"] == 0.5
    after = fm.what_if(box(100, -30, 250, 30))
    assert after["economics"]["passings_usd"] == 0
    assert after["economics"]["connections"] == before["economics"]["new_homes"] / 2
    once = fm.what_if(box(100, -30, 250, 30), costs={"take_rate": 1.0})
    assert once["economics"]["connections"] == once["economics"]["new_homes"]
    assert fm.unit_costs["take_rate"] == 0.5
    for odd in ({"take_rate": 1.5}, {"drop_usd": -1}, {"luck": 1}, {"arpu_usd": float("nan")}):
        with pytest.raises(InputRefused):
            fm.set_unit_costs(odd, "r", "ann")


def test_what_is_no_proposal_is_refused(fm: Plan) -> None:
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    for ask in (
        lambda: fm.what_if(bow),
        lambda: fm.what_if(road((0, 0), (10, 0)), buffer_m=0),
        lambda: fm.what_if(road((0, 0), (10, 0)), buffer_m=1e6),
        lambda: fm.what_if(shapely.LineString([(-170, 0), (170, 0)])),
        lambda: fm.what_if(shapely.LineString()),
    ):
        with pytest.raises(InputRefused):
            ask()


def test_nothing_is_written_by_asking(fm: Plan) -> None:
    fm.what_if(box(100, -30, 250, 30))
    assert len(fm.versions) == 1


def test_gaps_say_how_often_somebody_asked() -> None:
    with new_plan() as plan:
        ingest(
            plan,
            source("county", [home(n, 40 * n) for n in range(1, 7)] + [home(n, 3000 + 40 * n) for n in range(10, 17)]),
        )
        far = ids(plan)["12 Main St"]
        with plan.store.unit_of_work(cause="test") as uow:
            uow.sql.execute(
                "test.check",
                "INSERT INTO address_check BY NAME SELECT 'c' AS check_id, now() AS checked_at, '1' AS data_version, "
                "'' AS caller, 'matched' AS status, 'accept' AS next_action, 1.0 AS score, ?::BIGINT AS address_id",
                [far],
            )
        found = plan.gaps().table.select(["addresses", "demand", "distance_m"]).to_pylist()
    assert found == [
        {"addresses": 7, "demand": 1, "distance_m": None},
        {"addresses": 6, "demand": 0, "distance_m": None},
    ]
