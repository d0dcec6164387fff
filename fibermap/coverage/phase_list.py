"""How far the phases of a plan are: addresses by class, dates with the original ones, parts, openings and slips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import shapely

from fibermap.coverage.phase_members import PhaseFeatures
from fibermap.coverage.phase_store import KeptOpening, openings
from fibermap.coverage.versions import in_force, list_versions
from fibermap.store import UnitOfWork
from fibermap.store.recall import RecallWindow, windows

MOST_PARTS = 2_000


@dataclass(frozen=True, slots=True)
class PhaseState:
    """How far a phase is.

    Attributes
    ----------
    addresses, units, orderable
        By class; units of it that can be ordered today.
    areas, areas_open
        Of the plan; none for a phase of network that stands in no area.
    expected_from, expected_to
        The first and the last day that what is not open is expected on; ``precision`` is that of the last.
    original_to
        What ``expected_to`` was before anybody moved it; None where nobody has.
    slips, waiting
        Moves of a date on record, and openings that wait for their day.
    """

    phase: str
    addresses: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    orderable: int = 0
    areas: int = 0
    areas_open: int = 0
    expected_from: date | None = None
    expected_to: date | None = None
    precision: str | None = None
    original_to: date | None = None
    slips: int = 0
    waiting: int = 0


_COUNTS = """
    SELECT phase, class, count(*) AS addresses, coalesce(sum(units), 0)::BIGINT AS units,
           coalesce(sum(units) FILTER (orderable), 0)::BIGINT AS orderable
    FROM addresses WHERE phase IS NOT NULL GROUP BY ALL
"""
_PLAN = """
    WITH first_slip AS (
        SELECT feature_id, arg_min_null(was_on, from_version) AS was_on FROM date_slip
        WHERE to_version IS NULL GROUP BY ALL
    ),
    slipped AS (
        SELECT phase, count(DISTINCT slip_id) AS slips FROM date_slip WHERE to_version IS NULL GROUP BY ALL
    ),
    waiting AS (
        SELECT phase, count(*) AS waiting FROM phase_opening WHERE to_version IS NULL AND state = 'waiting' GROUP BY ALL
    )
    SELECT f.phase, count(*) FILTER (role = 'coverage') AS areas,
           count(*) FILTER (role = 'coverage' AND class = 'build') AS areas_open,
           min(expected_live_on) FILTER (class = 'pre-build') AS expected_from,
           max(expected_live_on) FILTER (class = 'pre-build') AS expected_to,
           arg_max(expected_precision, expected_live_on) FILTER (class = 'pre-build') AS precision,
           CASE WHEN any_value(slips) > 0
                THEN max(CASE WHEN s.feature_id IS NULL THEN expected_live_on ELSE s.was_on END)
               FILTER (class = 'pre-build') END AS original_to,
           coalesce(any_value(slips), 0) AS slips, coalesce(any_value(waiting), 0) AS waiting
    FROM plan_feature f LEFT JOIN first_slip s USING (feature_id) LEFT JOIN slipped USING (phase)
    LEFT JOIN waiting USING (phase)
    WHERE to_version IS NULL AND f.phase IS NOT NULL AND class IN ('build', 'pre-build')
      AND (role = 'coverage' OR feature_id IN (SELECT unnest($alone::BIGINT[])))
    GROUP BY f.phase
"""


def list_phases(uow: UnitOfWork) -> list[PhaseState]:
    """Return the phases in order of name, numbers by their value."""
    counts: dict[str, dict[str, Any]] = {}
    for row in uow.sql.records("phase.counts", _COUNTS):
        of = counts.setdefault(row["phase"], {"addresses": {}, "units": {}, "orderable": 0})
        of["addresses"][row["class"]] = row["addresses"]
        of["units"][row["class"]] = row["units"]
        of["orderable"] += row["orderable"]
    plan = uow.sql.records("phase.plan", _PLAN, {"alone": _alone(uow)})
    found = [PhaseState(**row, **counts.get(row["phase"], {})) for row in plan]
    found = [state for state in found if state.areas or state.addresses]
    return sorted(found, key=lambda state: _natural(state.phase))


_PHASED = "SELECT geometry FROM plan_feature WHERE to_version IS NULL AND role = 'coverage' AND phase IS NOT NULL"
_OTHERWISE = """
    SELECT feature_id, geometry FROM plan_feature
    WHERE to_version IS NULL AND role IN ('network_points', 'network_lines') AND class IN ('build', 'pre-build')
      AND phase NOT IN (SELECT phase FROM plan_feature
                        WHERE to_version IS NULL AND role = 'coverage' AND phase IS NOT NULL)
"""


def _alone(uow: UnitOfWork) -> list[int]:
    """Return the network of phases that no area knows, where it stands in no area of a phase."""
    rows = uow.sql.rows("phase.otherwise", _OTHERWISE)
    areas = [shapely.from_wkb(row[0]) for row in uow.sql.rows("phase.phased", _PHASED)]
    at = shapely.point_on_surface(shapely.from_wkb([row[1] for row in rows]))
    covered = set(shapely.STRtree(areas).query(at, predicate="intersects")[0].tolist())
    return [row[0] for place, row in enumerate(rows) if place not in covered]


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    import re

    parts = re.findall(r"\d{1,12}|\D+", name.casefold())
    return tuple((0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part) for part in parts)


@dataclass(frozen=True, slots=True)
class PhaseDetails:
    """One phase: the parts that it can be opened by, its openings, and the history of its dates."""

    phase: str
    parts: tuple[dict[str, Any], ...]
    openings: tuple[dict[str, Any], ...]
    slips: tuple[dict[str, Any], ...]


_SLIPS = """
    SELECT slip_id, min(was_on) AS was_from, max(was_on) AS was_to, arg_max(was_precision, was_on) AS was_precision,
           any_value(now_on) AS now_on, any_value(now_precision) AS now_precision, count(*) AS features,
           any_value(author) AS author, any_value(reason) AS reason, any_value(made_at) AS made_at,
           min(from_version) AS version
    FROM date_slip WHERE to_version IS NULL AND phase = $phase GROUP BY slip_id ORDER BY made_at DESC, slip_id
"""


def describe_phase(uow: UnitOfWork, phase: str) -> PhaseDetails:
    """Return the parts, openings and slips of a phase; raises ``NotFound`` (``phase_not_found``)."""
    features = PhaseFeatures(uow, phase)
    slips = uow.sql.records("phase.slips", _SLIPS, {"phase": phase})
    return PhaseDetails(phase, tuple(_parts(features)), tuple(map(_opening_json, openings(uow, phase))), tuple(slips))


def _parts(features: PhaseFeatures) -> list[dict[str, Any]]:
    """Return the cabinets, splitters and terminals by name, each with its terminals and how many of them are open."""
    found: dict[tuple[str, str], list[int]] = {}
    for piece in features.network:
        for by, name in piece.owner.items():
            if name is not None and piece.is_terminal:
                count = found.setdefault((by, name), [0, 0])
                count[0] += 1
                count[1] += piece.class_ == "build"
    for by, name in features.stated_owners():
        found.setdefault((by, name), [0, 0])
    listed = sorted(found.items(), key=lambda item: (item[0][0], _natural(item[0][1])))
    return [{"by": by, "name": name, "terminals": n, "open": n_open} for (by, name), (n, n_open) in listed[:MOST_PARTS]]


def _opening_json(kept: KeptOpening) -> dict[str, Any]:
    return {
        "opening_id": kept.opening_id,
        "part": kept.opening.part.in_words() or "the whole phase",
        "network_ready_on": kept.opening.network_ready_on,
        "sales_open_on": kept.opening.sales_open_on,
        "state": kept.state,
        "areas": len(kept.areas),
        "network": len(kept.network),
        "author": kept.by.name,
        "reason": kept.by.reason,
        "made_at": kept.made_at,
        "version": kept.version,
    }


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A plan version that can still be called off; ``can_undo``: it is the latest in force, which undo takes back."""

    version: int
    kind: str
    label: str
    author: str
    ends_at: datetime
    can_undo: bool


def open_windows(uow: UnitOfWork) -> list[OpenWindow]:
    """Return the versions in whose recall window it still is, newest first."""
    known: dict[int, RecallWindow] = windows(uow.sql)
    standing = in_force(list_versions(uow))
    return [
        OpenWindow(
            each.version, each.kind, each.label, each.author, known[each.version].ends_at_utc, each is standing[0]
        )
        for each in standing
        if each.version in known and known[each.version].is_open(uow.at_utc)
    ]


def as_rows(states: Sequence[PhaseState]) -> list[dict[str, Any]]:
    """Return phases as rows of a table: classes as columns."""
    classes = ("build", "pre-build")
    return [
        {
            "phase": s.phase,
            **{f"units_{name.replace('-', '_')}": s.units.get(name, 0) for name in classes},
            **{f"addresses_{name.replace('-', '_')}": s.addresses.get(name, 0) for name in classes},
            "units_orderable": s.orderable,
            "areas": s.areas,
            "areas_open": s.areas_open,
            "expected_from": s.expected_from,
            "expected_to": s.expected_to,
            "precision": s.precision,
            "original_to": s.original_to,
            "slips": s.slips,
            "waiting": s.waiting,
        }
        for s in states
    ]
