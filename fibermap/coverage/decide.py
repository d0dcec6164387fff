"""One verdict, step by step: the plain statement of the rules that the bulk judge applies to millions.

Slow and obvious on purpose. ``explain`` shows its steps, and replay and the tests hold the bulk judge against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.evidence import Rule
from fibermap.coverage.model import CLASS_ORDER, Class, Confidence, Evidence, Technology, Verdict, class_on
from fibermap.spatial.bands import EdgeBands
from fibermap.spatial.routes import nearest_lines

_GEOD = Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A planned feature that may decide. ``priority`` 1 wins over 2; None comes last."""

    feature_id: int
    role: str
    class_: Class
    geometry: BaseGeometry
    name: str | None = None
    phase: str | None = None
    priority: int | None = None
    terminal_name: str | None = None
    expected_live_on: date | None = None
    expected_precision: str | None = None
    live_on: date | None = None

    def on(self, asked: date | None) -> Candidate:
        """Return the candidate as it stands on a date."""
        stands = class_on(self.class_, live_on=self.live_on, expected_live_on=self.expected_live_on, asked=asked)
        return replace(self, class_=stands)

    @property
    def precedence(self) -> tuple[int, float, int]:
        """Smaller wins: build before pre-build, then priority, then id."""
        priority = float("inf") if self.priority is None else self.priority
        return CLASS_ORDER.index(self.class_), priority, self.feature_id


@dataclass(frozen=True, slots=True)
class Place:
    """The address that is asked about. ``lon``, ``lat`` in EPSG:4326, None where there is no usable position."""

    lon: float | None
    lat: float | None
    status: Class | None = None
    terminal_name: str | None = None
    precise: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """One question that was asked, and its answer in a sentence. ``decides`` is True for exactly one step."""

    evidence: Evidence
    answer: str
    decides: bool = False
    feature_id: int | None = None
    distance_m: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that bears on one address for one technology."""

    technology: str
    place: Place
    candidates: Sequence[Candidate]
    rules: Sequence[Rule] = ()
    asked: date | None = None
    position_error_m: float = 5.0
    reach_m: float = 2000.0
    steps: list[Step] = field(default_factory=list)

    def of(self, role: str) -> list[Candidate]:
        """Return the candidates of a role as they stand on the date asked about, best precedence first."""
        standing = (candidate.on(self.asked) for candidate in self.candidates if candidate.role == role)
        return sorted(standing, key=lambda candidate: candidate.precedence)

    def limit(self, target: str) -> Rule | None:
        """Return the distance rule for ``terminal`` or ``route``, None where none is in force."""
        return next((rule for rule in self.rules if rule.target == target), None)


def decide(case: Case) -> tuple[Verdict, list[Step]]:
    """Return the verdict and the steps that led to it."""
    if case.place.lon is None or case.place.lat is None:
        step = Step(Evidence.NO_POSITION, "The address has no usable position.", decides=True)
        return Verdict(case.technology, Class.UNKNOWN, Evidence.NO_POSITION, Confidence.LOW), [step]
    verdict = _first_decision(case)
    return replace(_served(case, verdict), confidence=_confidence(case, verdict)), case.steps


def _first_decision(case: Case) -> Verdict:
    for question in (_by_area, _by_design, _by_terminal, _by_route, _by_source):
        verdict = question(case)
        if verdict is not None:
            return verdict
    case.steps.append(Step(Evidence.NONE, "Nothing planned or built serves it.", decides=True))
    return Verdict(case.technology, Class.OUT, Evidence.NONE, Confidence.HIGH)


def _by_area(case: Case) -> Verdict | None:
    point = shapely.Point(case.place.lon, case.place.lat)
    covering = [area for area in case.of("coverage") if area.geometry.intersects(point)]
    for order, area in enumerate(covering):
        said = f"{_label(area)} ({area.class_}) covers it"
        rank = "." if order == 0 else f", but {_label(covering[0])} comes before it."
        case.steps.append(Step(Evidence.AREA, said + rank, order == 0, area.feature_id))
    if not covering:
        case.steps.append(Step(Evidence.AREA, "No coverage area covers it."))
        return None
    return _verdict(case, covering[0], Evidence.AREA)


def _by_design(case: Case) -> Verdict | None:
    if case.limit("terminal") is None or case.place.terminal_name is None:
        return None
    assigned = _assigned(case)
    if assigned is None:
        case.steps.append(
            Step(Evidence.DESIGN_TERMINAL, f"The design assigns {case.place.terminal_name}, which is not within reach.")
        )
        return None
    terminal, drop_m = assigned
    case.steps.append(
        Step(Evidence.DESIGN_TERMINAL, f"The design assigns {_label(terminal)}.", True, terminal.feature_id, drop_m)
    )
    return replace(_verdict(case, terminal, Evidence.DESIGN_TERMINAL), drop_m=drop_m)


def _by_terminal(case: Case) -> Verdict | None:
    return _by_distance(case, "terminal", Evidence.TERMINAL, case.of("network_points"))


def _by_route(case: Case) -> Verdict | None:
    return _by_distance(case, "route", Evidence.ROUTE, case.of("network_lines"))


def _by_distance(case: Case, target: str, evidence: Evidence, candidates: Iterable[Candidate]) -> Verdict | None:
    rule = case.limit(target)
    if rule is None:
        return None
    near = [(c, d) for c, d in _distances(case, candidates) if d <= rule.limit_m]
    if not near:
        case.steps.append(Step(evidence, f"No {target} lies within {rule.limit_m:.1f} m."))
        return None
    chosen, drop_m = min(near, key=lambda pair: (CLASS_ORDER.index(pair[0].class_), pair[1]))
    answer = f"{_label(chosen)} ({chosen.class_}) lies {drop_m:.1f} m away, within {rule.limit_m:.1f} m."
    case.steps.append(Step(evidence, answer, True, chosen.feature_id, drop_m))
    return replace(_verdict(case, chosen, evidence), rule_id=rule.rule_id, drop_m=drop_m)


def _by_source(case: Case) -> Verdict | None:
    status = case.place.status
    if status is None or case.technology != Technology.FIBER:
        return None
    case.steps.append(Step(Evidence.SOURCE_STATUS, f"The address source itself says {status}.", True))
    return Verdict(case.technology, status, Evidence.SOURCE_STATUS, Confidence.LOW)


def _served(case: Case, verdict: Verdict) -> Verdict:
    """Add the terminal that would serve it: the assigned one, else the nearest that is as far along as the verdict."""
    if verdict.class_ not in (Class.BUILD, Class.PRE_BUILD):
        return verdict
    chosen = _assigned(case)
    if chosen is None:
        terminals = case.of("network_points")
        if verdict.class_ is Class.BUILD:
            terminals = [terminal for terminal in terminals if terminal.class_ is Class.BUILD]
        reached = [(t, d) for t, d in _distances(case, terminals) if d <= case.reach_m]
        chosen = min(reached, key=lambda pair: pair[1], default=None)
    if chosen is None:
        return verdict
    return replace(verdict, terminal_id=chosen[0].feature_id, drop_m=chosen[1])


def _assigned(case: Case) -> tuple[Candidate, float] | None:
    named = [c for c in case.of("network_points") if c.terminal_name and c.terminal_name == case.place.terminal_name]
    reached = [(c, d) for c, d in _distances(case, named[:1]) if d <= case.reach_m]
    return reached[0] if reached else None


def _distances(case: Case, candidates: Iterable[Candidate]) -> Iterator[tuple[Candidate, float]]:
    point = shapely.Point(case.place.lon, case.place.lat)
    for candidate in candidates:
        if candidate.geometry.geom_type.endswith("LineString"):
            _, metres, _, _ = nearest_lines([point.x], [point.y], [candidate.geometry])
            yield candidate, float(metres[0])
        else:
            other = candidate.geometry.centroid
            yield candidate, float(_GEOD.inv(point.x, point.y, other.x, other.y)[2])


def _confidence(case: Case, verdict: Verdict) -> Confidence:
    if verdict.evidence is Evidence.SOURCE_STATUS:
        return Confidence.LOW
    if verdict.evidence in (Evidence.AREA, Evidence.NONE) and _near_edge(case):
        return Confidence.LOW
    rule = next((rule for rule in case.rules if rule.rule_id == verdict.rule_id), None)
    if rule and verdict.drop_m is not None and rule.limit_m - verdict.drop_m <= case.position_error_m:
        return Confidence.LOW
    planned = verdict.class_ in (Class.BUILD, Class.PRE_BUILD)
    if verdict.evidence in (Evidence.TERMINAL, Evidence.ROUTE) or (planned and not case.place.precise):
        return Confidence.MEDIUM
    return Confidence.HIGH


def _near_edge(case: Case) -> bool:
    areas = [candidate.geometry for candidate in case.of("coverage")]
    lon, lat = np.array([case.place.lon], dtype=np.float64), np.array([case.place.lat], dtype=np.float64)
    return bool(EdgeBands(areas, case.position_error_m).near(lon, lat)[0])


def _verdict(case: Case, feature: Candidate, evidence: Evidence) -> Verdict:
    return Verdict(
        technology=case.technology,
        class_=feature.class_,
        evidence=evidence,
        confidence=Confidence.HIGH,
        feature_id=feature.feature_id,
        expected_live_on=feature.expected_live_on,
        expected_precision=feature.expected_precision,
    )


def _label(feature: Candidate) -> str:
    return feature.name or f"feature {feature.feature_id}"
