"""Bulk verdicts, single steps and plain shapely say the same of every address."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.decide import Candidate, Case, Place, decide
from fibermap.coverage.evidence import CONFIDENCE_ORDER, EVIDENCE_ORDER, Judge, Judged, Points, Rule, TechnologyPlan
from fibermap.coverage.features import FeatureSet, precedence
from fibermap.coverage.model import CLASS_ORDER, Class, Evidence, Verdict
from tests.builders import GEOD, box, place

TERMINAL_RULE, ROUTE_RULE = Rule(1, "terminal", 152.4), Rule(2, "route", 91.44)


def feature_set(candidates: list[Candidate]) -> FeatureSet:
    """Return candidates as the bulk judge reads them."""
    code = np.array([CLASS_ORDER.index(c.class_) for c in candidates], dtype=np.int8)
    ids = np.array([c.feature_id for c in candidates], dtype=np.int64)
    rank = np.array([2**31 - 1 if c.priority is None else c.priority for c in candidates], dtype=np.int64)
    column = {
        name: np.array([getattr(c, name) for c in candidates], dtype=object)
        for name in ("expected_precision", "terminal_name", "geometry")
    }
    expected = np.array([c.expected_live_on for c in candidates], dtype="datetime64[D]")
    return FeatureSet(ids, code, expected, **column).take(precedence(code, rank, ids))


def points_of(places: list[Place]) -> Points:
    """Return places as the bulk judge reads them."""
    return Points(
        address_id=np.arange(1, len(places) + 1),
        lon=np.array([np.nan if p.lon is None else p.lon for p in places]),
        lat=np.array([np.nan if p.lat is None else p.lat for p in places]),
        status_code=np.array([-1 if p.status is None else CLASS_ORDER.index(p.status) for p in places], dtype=np.int8),
        terminal_name=np.array([p.terminal_name for p in places], dtype=object),
        precise=np.array([p.precise for p in places], dtype=bool),
    )


def judge(
    candidates: list[Candidate], places: list[Place], rules: tuple[Rule, ...] = (), technology: str = "fiber"
) -> Judged:
    def of(role: str) -> FeatureSet:
        return feature_set([c for c in candidates if c.role == role])

    plan = TechnologyPlan(technology, of("coverage"), of("network_points"), of("network_lines"), rules)
    return Judge(plan)(points_of(places))


def bulk(judged: Judged, i: int, technology: str = "fiber") -> Verdict:
    """Return one bulk verdict as a single one, its drop in whole millimetres."""
    on = judged.expected_live_on[i]
    return Verdict(
        technology=technology,
        class_=CLASS_ORDER[judged.class_code[i]],
        evidence=EVIDENCE_ORDER[judged.evidence_code[i]],
        confidence=CONFIDENCE_ORDER[judged.confidence_code[i]],
        feature_id=int(judged.feature_id[i]) or None,
        rule_id=int(judged.rule_id[i]) or None,
        terminal_id=int(judged.terminal_id[i]) or None,
        drop_m=None if np.isnan(judged.drop_m[i]) else round(float(judged.drop_m[i]), 3),
        expected_live_on=None if np.isnat(on) else on.astype(object),
        expected_precision=judged.expected_precision[i],
    )


def single(candidates: list[Candidate], where: Place, rules: tuple[Rule, ...], technology: str = "fiber") -> Verdict:
    verdict, steps = decide(Case(technology, where, candidates, rules))
    assert sum(step.decides for step in steps) == 1
    drop_m = None if verdict.drop_m is None else round(verdict.drop_m, 3)
    return Verdict(**{n: getattr(verdict, n) for n in Verdict.__slots__} | {"drop_m": drop_m})


# -- the law

metres = st.integers(-40, 40).map(lambda n: 10.0 * n)
classes = st.sampled_from([Class.BUILD, Class.PRE_BUILD])


@st.composite
def shapes(draw: st.DrawFn) -> BaseGeometry:
    """Boxes, some of several parts, some with a hole, on a lattice that points stand on too."""
    west, south = draw(metres), draw(metres)
    width, height = draw(st.integers(1, 30)) * 10.0, draw(st.integers(1, 30)) * 10.0
    whole = box(west, south, west + width, south + height)
    match draw(st.sampled_from(["plain", "hole", "parts"])):
        case "hole" if width > 20 and height > 20:
            hole = box(west + 10, south + 10, west + width - 10, south + height - 10)
            return shapely.Polygon(whole.exterior, [hole.exterior])
        case "parts":
            return shapely.MultiPolygon([whole, box(west + width + 50, south, west + width + 80, south + 30)])
    return whole


@st.composite
def plans(draw: st.DrawFn) -> list[Candidate]:
    numbers = iter(range(1, 100))

    def some(role: str, geometry: Any, most: int) -> list[Candidate]:
        return [
            Candidate(
                feature_id=next(numbers) * 7919 % 1009,
                role=role,
                class_=draw(classes),
                geometry=draw(geometry),
                priority=draw(st.sampled_from([None, 1, 2])),
                terminal_name=draw(st.sampled_from([None, "T1", "T2"])) if role == "network_points" else None,
                expected_live_on=draw(st.sampled_from([None, date(2027, 3, 1)])),
            )
            for _ in range(draw(st.integers(0, most)))
        ]

    points = st.tuples(metres, metres).map(lambda at: shapely.Point(place(*at)))
    lines = st.lists(st.tuples(metres, metres), min_size=2, max_size=4, unique=True).map(
        lambda path: shapely.LineString([place(*at) for at in path])
    )
    return some("coverage", shapes(), 5) + some("network_points", points, 5) + some("network_lines", lines, 3)


@st.composite
def places(draw: st.DrawFn) -> Place:
    lon, lat = draw(st.tuples(metres, metres).map(lambda at: place(*at)) | st.just((None, None)))
    status = draw(st.sampled_from([None, None, Class.BUILD, Class.PRE_BUILD, Class.OUT]))
    return Place(lon, lat, status, draw(st.sampled_from([None, "T1", "T9"])), draw(st.booleans()))


@given(plans(), st.lists(places(), min_size=1, max_size=12), st.sampled_from([(), (TERMINAL_RULE, ROUTE_RULE)]))
@settings(max_examples=60)
def test_the_bulk_judge_says_what_the_single_steps_say(
    candidates: list[Candidate], asked: list[Place], rules: tuple[Rule, ...]
) -> None:
    judged = judge(candidates, asked, rules)
    for i, where in enumerate(asked):
        one, many = single(candidates, where, rules), bulk(judged, i)
        if _is_tie(candidates, where):
            assert (one.class_, one.evidence, one.drop_m) == (many.class_, many.evidence, many.drop_m)
        else:
            assert one == many


def _is_tie(candidates: list[Candidate], where: Place) -> bool:
    """Tell whether two network features are equally far to a micrometre, so that rounding may choose either."""
    if where.lon is None:
        return False
    point = shapely.Point(where.lon, where.lat)
    network = [c for c in candidates if c.role != "coverage"]
    far = sorted(round(shapely.distance(point, c.geometry) * 1e11) for c in network)
    return any(b - a <= 1 for a, b in pairwise(far))


@given(plans(), st.lists(places(), min_size=1, max_size=12))
@settings(max_examples=40)
def test_area_verdicts_are_those_of_plain_shapely(candidates: list[Candidate], asked: list[Place]) -> None:
    areas = [c for c in candidates if c.role == "coverage"]
    judged = judge(areas, asked)
    for i, where in enumerate(asked):
        if where.lon is None:
            assert judged.class_code[i] == CLASS_ORDER.index(Class.UNKNOWN)
            continue
        point = shapely.Point(where.lon, where.lat)
        over = [c for c in areas if shapely.intersects(c.geometry, point)]
        best = min(over, key=lambda c: (c.class_ != Class.BUILD, c.priority or 10**9, c.feature_id), default=None)
        assert int(judged.feature_id[i]) == (best.feature_id if best else 0)
        assert bool(judged.conflict[i]) == (len({c.class_ for c in over}) > 1)
        expected = best.class_ if best else where.status or Class.OUT
        assert CLASS_ORDER[judged.class_code[i]] == expected


# -- precedence


def covering(feature_id: int, class_: Class, priority: int | None = None) -> Candidate:
    return Candidate(feature_id, "coverage", class_, box(-10, -10, 10, 10), priority=priority)


@pytest.mark.parametrize(
    ("rivals", "winner"),
    [
        ([covering(1, Class.PRE_BUILD, 1), covering(2, Class.BUILD, 9)], 2),
        ([covering(1, Class.BUILD, 2), covering(2, Class.BUILD, 1)], 2),
        ([covering(1, Class.BUILD), covering(2, Class.BUILD, 99)], 2),
        ([covering(8, Class.BUILD, 1), covering(3, Class.BUILD, 1)], 3),
    ],
    ids=["build before pre-build", "priority", "stated before unstated", "id"],
)
def test_precedence(rivals: list[Candidate], winner: int) -> None:
    here = Place(*place(0))
    assert bulk(judge(rivals, [here]), 0).feature_id == winner
    assert single(rivals, here, ()).feature_id == winner


@pytest.mark.parametrize("corner", [(0, 0), (10, 5), (10, 10), (5, 10)])
def test_a_point_on_the_boundary_is_inside(corner: tuple[float, float]) -> None:
    square = box(0, 0, 10, 10)
    lon, lat = place(*corner)
    on_edge = shapely.Point(lon, lat)
    shape = (
        square
        if square.intersects(on_edge)
        else square.union(shapely.Polygon([*square.exterior.coords[:2], (lon, lat)]))
    )
    found = judge([Candidate(1, "coverage", Class.BUILD, shape)], [Place(lon, lat)])
    assert shape.boundary.intersects(on_edge) or shape.contains(on_edge)
    assert CLASS_ORDER[found.class_code[0]] is Class.BUILD


# -- distances


@pytest.mark.parametrize(("beyond_m", "inside"), [(-0.001, True), (0.001, False)])
@pytest.mark.parametrize("bearing", [0.0, 37.0, 90.0, 200.0])
def test_a_terminal_serves_to_the_millimetre(beyond_m: float, inside: bool, bearing: float) -> None:
    at = place(100, 100)
    lon, lat, _ = GEOD.fwd(*at, bearing, TERMINAL_RULE.limit_m + beyond_m)
    only = [Candidate(5, "network_points", Class.BUILD, shapely.Point(at))]
    expected = (Class.BUILD, Evidence.TERMINAL) if inside else (Class.OUT, Evidence.NONE)
    for verdict in (
        bulk(judge(only, [Place(lon, lat)], (TERMINAL_RULE,)), 0),
        single(only, Place(lon, lat), (TERMINAL_RULE,)),
    ):
        assert (verdict.class_, verdict.evidence) == expected
        assert verdict.confidence == ("low" if inside else "high")


@pytest.mark.parametrize(("beyond_m", "inside"), [(-0.001, True), (0.001, False)])
def test_a_route_serves_to_the_millimetre(beyond_m: float, inside: bool) -> None:
    south, north = place(0, -500), place(0, 500)
    middle = place(0, 0)
    lon, lat, _ = GEOD.fwd(*middle, 90.0, ROUTE_RULE.limit_m + beyond_m)
    only = [Candidate(5, "network_lines", Class.PRE_BUILD, shapely.LineString([south, north]))]
    expected = Class.PRE_BUILD if inside else Class.OUT
    assert bulk(judge(only, [Place(lon, lat)], (ROUTE_RULE,)), 0).class_ == expected
    assert single(only, Place(lon, lat), (ROUTE_RULE,)).class_ == expected


def both(candidates: list[Candidate], where: Place, rules: tuple[Rule, ...], technology: str = "fiber") -> Verdict:
    """Return the verdict that bulk and single steps agree on."""
    many, one = (
        bulk(judge(candidates, [where], rules, technology), 0, technology),
        single(candidates, where, rules, technology),
    )
    assert many == one
    return many


def test_the_assigned_terminal_beats_the_nearest_and_its_limit() -> None:
    near = Candidate(1, "network_points", Class.BUILD, shapely.Point(place(10)), terminal_name="T1")
    far = Candidate(2, "network_points", Class.PRE_BUILD, shapely.Point(place(400)), terminal_name="T2")
    verdict = both([near, far], Place(*place(0), terminal_name="T2"), (TERMINAL_RULE,))
    assert (verdict.evidence, verdict.feature_id, verdict.class_) == (Evidence.DESIGN_TERMINAL, 2, Class.PRE_BUILD)
    assert verdict.drop_m == pytest.approx(400, abs=0.01)


def test_an_assigned_terminal_beyond_reach_is_a_slip_and_decides_nothing() -> None:
    near = Candidate(1, "network_points", Class.BUILD, shapely.Point(place(10)), terminal_name="T1")
    far = Candidate(2, "network_points", Class.BUILD, shapely.Point(place(9_000)), terminal_name="T2")
    assert both([near, far], Place(*place(0), terminal_name="T2"), (TERMINAL_RULE,)).feature_id == 1


def test_build_within_the_limit_beats_a_nearer_pre_build() -> None:
    near = Candidate(1, "network_points", Class.PRE_BUILD, shapely.Point(place(10)))
    far = Candidate(2, "network_points", Class.BUILD, shapely.Point(place(100)))
    assert both([near, far], Place(*place(0)), (TERMINAL_RULE,)).feature_id == 2


def test_distance_decides_nothing_without_a_rule_and_areas_come_first_with_one() -> None:
    terminal = Candidate(1, "network_points", Class.BUILD, shapely.Point(place(10)))
    planned = Candidate(2, "coverage", Class.PRE_BUILD, box(-5, -5, 5, 5))
    assert both([terminal], Place(*place(0)), ()).class_ is Class.OUT
    verdict = both([terminal, planned], Place(*place(0)), (TERMINAL_RULE,))
    assert (verdict.evidence, verdict.class_, verdict.terminal_id) == (Evidence.AREA, Class.PRE_BUILD, 1)


def test_a_build_address_is_served_by_a_terminal_that_is_built_too() -> None:
    planned = Candidate(1, "network_points", Class.PRE_BUILD, shapely.Point(place(10)))
    built = Candidate(2, "network_points", Class.BUILD, shapely.Point(place(60)))
    over = Candidate(3, "coverage", Class.BUILD, box(-5, -5, 5, 5))
    assert both([planned, built, over], Place(*place(0)), ()).terminal_id == 2


@pytest.mark.parametrize("others", [0, 30])
def test_of_terminals_in_one_handhole_the_first_by_precedence_serves(others: int) -> None:
    handhole = [
        Candidate(n, "network_points", Class.BUILD, shapely.Point(place(50)), priority=priority)
        for n, priority in ((9, 1), (4, 2), (7, 1))
    ]
    elsewhere = [
        Candidate(100 + n, "network_points", Class.BUILD, shapely.Point(place(200 + 10 * n, 40))) for n in range(others)
    ]
    verdict = both([*handhole, *elsewhere], Place(*place(0)), (TERMINAL_RULE,))
    assert (verdict.feature_id, verdict.terminal_id) == (7, 7)


def test_a_route_near_its_limit_is_doubtful_whatever_terminal_would_serve() -> None:
    route = Candidate(1, "network_lines", Class.BUILD, shapely.LineString([place(91, -500), place(91, 500)]))
    terminal = Candidate(2, "network_points", Class.BUILD, shapely.Point(place(900)))
    verdict = both([route, terminal], Place(*place(0)), (ROUTE_RULE,))
    assert (verdict.confidence, verdict.terminal_id) == ("low", 2)


def test_the_source_is_taken_at_its_word_last_and_about_fiber_only() -> None:
    where = Place(*place(0), status=Class.BUILD)
    assert both([], where, ()).evidence is Evidence.SOURCE_STATUS
    assert both([covering(1, Class.PRE_BUILD)], where, ()).class_ is Class.PRE_BUILD
    assert both([], where, (), "fixed_wireless").class_ is Class.OUT


def test_no_position_is_unknown_whatever_the_source_says() -> None:
    verdict = both([covering(1, Class.BUILD)], Place(None, None, Class.BUILD), (TERMINAL_RULE,))
    assert (verdict.class_, verdict.evidence) == (Class.UNKNOWN, Evidence.NO_POSITION)
