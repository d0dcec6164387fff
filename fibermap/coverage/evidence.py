"""Bulk verdicts: many addresses against one technology's plan. Pure; answers as :mod:`fibermap.coverage.decide` does.

Stronger evidence is asked first and weaker evidence only about what is still open:
coverage areas, the terminal that the design assigns, the nearest terminal within its limit, the nearest route within
its limit, the source's own status.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import shapely

from fibermap.coverage.features import FeatureSet, is_planned
from fibermap.coverage.model import CLASS_ORDER, Confidence, Evidence, Technology
from fibermap.spatial.bands import EdgeBands
from fibermap.spatial.classify import AreaCover
from fibermap.spatial.distance import nearest_points
from fibermap.spatial.metres import ground_distance_m
from fibermap.spatial.routes import nearest_lines

Codes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

EVIDENCE_ORDER: tuple[Evidence, ...] = tuple(Evidence)
CONFIDENCE_ORDER: tuple[Confidence, ...] = tuple(Confidence)

_BUILD, _PRE_BUILD, _OUT, _UNKNOWN = range(len(CLASS_ORDER))
_EVIDENCE = {evidence: code for code, evidence in enumerate(EVIDENCE_ORDER)}
_CONFIDENCE = {confidence: code for code, confidence in enumerate(CONFIDENCE_ORDER)}


class Bands(Protocol):
    """Finds the points within some metres of the edges of areas."""

    def __init__(self, areas: npt.NDArray[np.object_], width_m: float) -> None: ...

    def near(self, lon: Floats, lat: Floats) -> Mask: ...


class Cover(Protocol):
    """Finds, for each point, the index of the area of smallest rank that covers it, -1 for none."""

    def __init__(self, areas: list[Any], rank: npt.NDArray[np.int64]) -> None: ...

    def classify(self, x: Floats, y: Floats) -> npt.NDArray[np.int32]: ...


@dataclass(frozen=True, slots=True)
class Points:
    """Addresses to judge, arrays of shape ``(n,)``.

    ``lon``, ``lat`` are degrees in EPSG:4326, NaN where there is no usable position. ``status_code`` is the class that
    the source itself states as a position in ``CLASS_ORDER``, -1 for none. ``terminal_name`` is the terminal that the
    design assigns, None for none. ``precise`` is False for points placed on the street or on a parcel.
    """

    address_id: Ids
    lon: Floats
    lat: Floats
    status_code: Codes
    terminal_name: npt.NDArray[np.object_]
    precise: Mask

    def __len__(self) -> int:
        return len(self.address_id)

    def take(self, index: npt.NDArray[np.intp] | Mask) -> Points:
        """Return the points at ``index``."""
        return Points(*(getattr(self, name)[index] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Rule:
    """A distance rule that is in force: ``target`` is ``terminal`` or ``route``, ``limit_m`` metres on the ground."""

    rule_id: int
    target: str
    limit_m: float


@dataclass(frozen=True, slots=True)
class TechnologyPlan:
    """Everything that can decide a verdict for one technology."""

    technology: str
    areas: FeatureSet
    terminals: FeatureSet
    routes: FeatureSet
    rules: tuple[Rule, ...] = ()
    position_error_m: float = 5.0
    reach_m: float = 2000.0

    def rule(self, target: str) -> Rule | None:
        """Return the rule for terminals or routes, None where none is in force."""
        return next((rule for rule in self.rules if rule.target == target), None)


@dataclass(frozen=True, slots=True)
class Judged:
    """Verdicts, arrays of shape ``(n,)`` beside :class:`Points`.

    Codes are positions in ``CLASS_ORDER``, ``EVIDENCE_ORDER`` and ``CONFIDENCE_ORDER``; ids are 0 for none;
    ``drop_m`` is NaN for none; ``expected_live_on`` is ``datetime64[D]`` with NaT for none. ``near_edge``: the
    position's error could change the area. ``conflict``: areas of different class cover the point.
    """

    class_code: Codes
    evidence_code: Codes
    confidence_code: Codes
    feature_id: Ids
    rule_id: Ids
    terminal_id: Ids
    drop_m: Floats
    expected_live_on: npt.NDArray[np.datetime64]
    expected_precision: npt.NDArray[np.object_]
    near_edge: Mask
    conflict: Mask


@dataclass(slots=True)
class _Desk:
    """The verdicts while they are being made: each rule settles some of what is still ``open``."""

    points: Points
    judged: Judged
    open: Mask = field(init=False)
    at_limit: Mask = field(init=False)
    """Decided by a distance so near to its limit that the position's error could have decided otherwise."""

    def __post_init__(self) -> None:
        self.at_limit = np.zeros(len(self.points), dtype=np.bool_)
        self.open = np.isfinite(self.points.lon) & np.isfinite(self.points.lat)

    def settle_by_distance(
        self,
        at: npt.NDArray[np.intp],
        evidence: Evidence,
        features: FeatureSet,
        index: npt.NDArray[np.intp],
        drop_m: Floats,
        rule: Rule,
        error_m: float,
    ) -> None:
        """Give the addresses ``at`` the class of ``features[index]``, which are within a rule's limit of them."""
        self.settle(at, evidence, features, index)
        self.judged.rule_id[at] = rule.rule_id
        self.judged.drop_m[at] = drop_m
        self.at_limit[at] = rule.limit_m - drop_m <= error_m

    def settle(
        self, at: npt.NDArray[np.intp], evidence: Evidence, features: FeatureSet, index: npt.NDArray[np.intp]
    ) -> None:
        """Give the addresses ``at`` the class of ``features[index]``."""
        judged = self.judged
        judged.class_code[at] = features.class_code[index]
        judged.evidence_code[at] = _EVIDENCE[evidence]
        judged.feature_id[at] = features.feature_id[index]
        judged.expected_live_on[at] = features.expected_live_on[index]
        judged.expected_precision[at] = features.expected_precision[index]
        self.open[at] = False


class Judge:
    """Judges any number of batches of addresses against one technology's plan; builds each index once, when needed.

    Attributes
    ----------
    cover, bands
        What finds the winning area of a point, and whether it is near an edge; replay puts others in their place.
    """

    cover: type[Cover] = AreaCover
    bands: type[Bands] = EdgeBands

    def __init__(self, plan: TechnologyPlan) -> None:
        self.plan = plan
        self._cover = self.cover(list(plan.areas.geometry), np.arange(len(plan.areas)))
        self._terminal_at = {name: position for position, name in _first_by_name(plan.terminals.terminal_name)}

    @cached_property
    def _last_cover(self) -> Cover | None:
        """Finds the area that comes last; None where all areas have one class, so that none can conflict."""
        areas = self.plan.areas
        mixed = len(np.unique(areas.class_code)) > 1
        return self.cover(list(areas.geometry), np.arange(len(areas))[::-1]) if mixed else None

    @cached_property
    def _bands(self) -> Bands:
        return self.bands(self.plan.areas.geometry, self.plan.position_error_m)

    def __call__(self, points: Points) -> Judged:
        """Return the verdicts of ``points``."""
        desk = self._decide(points)
        self._serve(desk)
        self._conflict(desk)
        return self._doubt(desk)

    def class_code(self, points: Points) -> Codes:
        """Return the classes of ``points`` alone, as positions in ``CLASS_ORDER``."""
        return self._decide(points).judged.class_code

    def _decide(self, points: Points) -> _Desk:
        desk = _Desk(points, _blank(points))
        self._by_area(desk)
        if self.plan.rule("terminal"):
            self._by_design(desk)
            self._by_terminal(desk)
        if self.plan.rule("route"):
            self._by_route(desk)
        self._by_source(desk)
        return desk

    def _by_area(self, desk: _Desk) -> None:
        winner = self._cover.classify(desk.points.lon, desk.points.lat)
        at = np.flatnonzero(winner >= 0)
        desk.settle(at, Evidence.AREA, self.plan.areas, winner[at].astype(np.intp))

    def _conflict(self, desk: _Desk) -> None:
        """Find the addresses that areas of different class cover: a worse class only comes after the winner's."""
        if self._last_cover is None:
            return
        judged, points = desk.judged, desk.points
        at = np.flatnonzero(judged.evidence_code == _EVIDENCE[Evidence.AREA])
        last = self._last_cover.classify(points.lon[at], points.lat[at])
        judged.conflict[at] = self.plan.areas.class_code[last] != judged.class_code[at]

    def _by_design(self, desk: _Desk) -> None:
        at, index, drop_m = self._assigned(desk.points, desk.open)
        desk.settle(at, Evidence.DESIGN_TERMINAL, self.plan.terminals, index)
        desk.judged.drop_m[at] = drop_m

    def _assigned(self, points: Points, among: Mask) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Floats]:
        """Return the addresses whose design names a terminal within reach, those terminals, and metres to them."""
        at = np.flatnonzero(among & (points.terminal_name != None))  # noqa: E711  elementwise
        index = np.array([self._terminal_at.get(name, -1) for name in points.terminal_name[at]], dtype=np.intp)
        at, index = at[index >= 0], index[index >= 0]
        where = shapely.get_coordinates(shapely.centroid(self.plan.terminals.geometry[index]))
        drop_m = ground_distance_m(points.lon[at], points.lat[at], where[:, 0], where[:, 1])
        near = drop_m <= self.plan.reach_m
        return at[near], index[near], drop_m[near]

    def _by_terminal(self, desk: _Desk) -> None:
        rule = self.plan.rule("terminal")
        assert rule is not None
        for class_code in (_BUILD, _PRE_BUILD):
            chosen = np.flatnonzero(self.plan.terminals.class_code == class_code)
            at = np.flatnonzero(desk.open)
            index, drop_m = _nearest_terminal(desk.points, at, self.plan.terminals, chosen)
            near = (index >= 0) & (drop_m <= rule.limit_m)
            desk.settle_by_distance(
                at[near],
                Evidence.TERMINAL,
                self.plan.terminals,
                index[near],
                drop_m[near],
                rule,
                self.plan.position_error_m,
            )

    def _by_route(self, desk: _Desk) -> None:
        rule = self.plan.rule("route")
        assert rule is not None
        for class_code in (_BUILD, _PRE_BUILD):
            chosen = np.flatnonzero(self.plan.routes.class_code == class_code)
            at = np.flatnonzero(desk.open)
            if not len(chosen) or not len(at):
                continue
            points = desk.points
            index, drop_m, _, _ = nearest_lines(points.lon[at], points.lat[at], self.plan.routes.geometry[chosen])
            near = (index >= 0) & (drop_m <= rule.limit_m)
            desk.settle_by_distance(
                at[near],
                Evidence.ROUTE,
                self.plan.routes,
                chosen[index[near]],
                drop_m[near],
                rule,
                self.plan.position_error_m,
            )

    def _by_source(self, desk: _Desk) -> None:
        """Take the address source at its word, which is about fiber: it names no technology."""
        if self.plan.technology != Technology.FIBER:
            return
        at = np.flatnonzero(desk.open & (desk.points.status_code >= 0))
        desk.judged.class_code[at] = desk.points.status_code[at]
        desk.judged.evidence_code[at] = _EVIDENCE[Evidence.SOURCE_STATUS]
        desk.open[at] = False

    def _serve(self, desk: _Desk) -> None:
        """Find the terminal that would serve each planned address, whatever decided its class."""
        terminals, judged, points = self.plan.terminals, desk.judged, desk.points
        if not len(terminals):
            return
        for class_code, candidates in (
            (_BUILD, np.flatnonzero(terminals.class_code == _BUILD)),
            (_PRE_BUILD, np.arange(len(terminals))),
        ):
            at = np.flatnonzero(judged.class_code == class_code)
            index, drop_m = _nearest_terminal(points, at, terminals, candidates)
            reached = (index >= 0) & (drop_m <= self.plan.reach_m)
            judged.terminal_id[at[reached]] = terminals.feature_id[index[reached]]
            judged.drop_m[at[reached]] = drop_m[reached]
        at, assigned, drop_m = self._assigned(points, is_planned(judged.class_code))
        judged.terminal_id[at] = terminals.feature_id[assigned]
        judged.drop_m[at] = drop_m

    def _doubt(self, desk: _Desk) -> Judged:
        judged, points = desk.judged, desk.points
        near_edge = self._bands.near(points.lon, points.lat)
        evidence, confidence = judged.evidence_code, judged.confidence_code
        inferred = np.isin(evidence, [_EVIDENCE[Evidence.TERMINAL], _EVIDENCE[Evidence.ROUTE]])
        confidence[inferred | (is_planned(judged.class_code) & ~points.precise)] = _CONFIDENCE[Confidence.MEDIUM]
        by_area_or_none = np.isin(evidence, [_EVIDENCE[Evidence.AREA], _EVIDENCE[Evidence.NONE]])
        confidence[near_edge & by_area_or_none] = _CONFIDENCE[Confidence.LOW]
        weak = np.isin(evidence, [_EVIDENCE[Evidence.SOURCE_STATUS], _EVIDENCE[Evidence.NO_POSITION]])
        confidence[weak] = _CONFIDENCE[Confidence.LOW]
        confidence[desk.at_limit] = _CONFIDENCE[Confidence.LOW]
        return replace(judged, near_edge=near_edge)


def _blank(points: Points) -> Judged:
    n = len(points)
    placed = np.isfinite(points.lon) & np.isfinite(points.lat)
    nothing = np.where(placed, _EVIDENCE[Evidence.NONE], _EVIDENCE[Evidence.NO_POSITION])
    return Judged(
        class_code=np.where(placed, _OUT, _UNKNOWN).astype(np.int8),
        evidence_code=nothing.astype(np.int8),
        confidence_code=np.zeros(n, dtype=np.int8),
        feature_id=np.zeros(n, dtype=np.int64),
        rule_id=np.zeros(n, dtype=np.int64),
        terminal_id=np.zeros(n, dtype=np.int64),
        drop_m=np.full(n, np.nan),
        expected_live_on=np.full(n, np.datetime64("NaT"), dtype="datetime64[D]"),
        expected_precision=np.full(n, None, dtype=object),
        near_edge=np.zeros(n, dtype=bool),
        conflict=np.zeros(n, dtype=bool),
    )


def _nearest_terminal(
    points: Points, at: npt.NDArray[np.intp], terminals: FeatureSet, candidates: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], Floats]:
    """Return, for the points ``at``, the nearest candidate's position in ``terminals`` (-1: none) and metres to it."""
    if not len(at) or not len(candidates):
        return np.full(len(at), -1, dtype=np.intp), np.full(len(at), np.nan)
    where = shapely.get_coordinates(shapely.centroid(terminals.geometry[candidates]))
    index, drop_m = nearest_points(points.lon[at], points.lat[at], where[:, 0], where[:, 1])
    return np.where(index >= 0, candidates[index], -1), drop_m


def _first_by_name(names: npt.NDArray[np.object_]) -> list[tuple[int, str]]:
    """Return ``(position, name)`` of the first feature of each name; later ones are out of precedence."""
    positions = list(enumerate(names))
    return [(position, name) for position, name in reversed(positions) if name]
