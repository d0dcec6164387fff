"""What planners wait for while they draw: the effect of edits, and what a build would do.

``python -m benchmarks.bench_areas [--addresses 1000000] [--areas 5000] [--database FILE]``

Every effect that is weighed is compared with what publishing the same edits then does. Processor seconds stand beside
those of the clock, because other work on the machine counts in the latter.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import shapely

from benchmarks.large_plan import given_plan
from benchmarks.measure import measure
from benchmarks.promise import Promise, report
from fibermap.plan import Plan

TURNS = 5
ALLOWED_S = 1.0
_SIDE_DEG = 0.05
_GB_PER_MILLION = 1.2


def places(plan: Plan) -> list[tuple[float, float, int, int]]:
    """Return the middles of some areas spread over the plan, with their ids and versions."""
    return plan.store.sql.rows(
        "places",
        """
        SELECT (west + east) / 2, (south + north) / 2, feature_id, from_version FROM plan_feature
        WHERE to_version IS NULL AND role = 'coverage' ORDER BY hash(feature_id) LIMIT ?
        """,
        [TURNS],
    )


def edits_at(lon: float, lat: float, area_id: int) -> list[dict[str, Any]]:
    """Return what a planner does in one place: a large area drawn, and the area that is there retired."""
    square = shapely.box(lon - _SIDE_DEG, lat - _SIDE_DEG, lon + _SIDE_DEG, lat + _SIDE_DEG)
    drawn = {"op": "draw", "geometry": shapely.geometry.mapping(square), "properties": {"class": "pre-build"}}
    return [drawn, {"op": "retire", "area_id": area_id}]


def timed(work: Any) -> tuple[Any, float, float]:
    """Return what work returns, with its seconds by the clock and of the processor."""
    began = process_time()
    done = measure(work)
    return done.value, done.seconds, process_time() - began


def bench(path: Path) -> tuple[list[Promise], list[str]]:
    """Weigh, ask and publish in some places."""
    with Plan.open(path) as plan:
        spots = places(plan)
        plan.area_impact(edits_at(*spots[0][:3]))  # what is only read once
        weighed = [timed(lambda at=at: plan.area_impact(edits_at(*at[:3]))) for at in spots]
        asked = []
        for lon, lat, _, _ in spots:
            square = shapely.box(lon - _SIDE_DEG, lat - _SIDE_DEG, lon + _SIDE_DEG, lat + _SIDE_DEG)
            road = shapely.LineString([(lon - _SIDE_DEG, lat), (lon + _SIDE_DEG, lat + _SIDE_DEG / 3)])
            asked += [timed(lambda shape=shape: plan.what_if(shape, buffer_m=150)) for shape in (square, road)]
        wrong = 0
        for at in spots:  # each is weighed again: those before have been published
            told = plan.area_impact(edits_at(*at[:3]))
            wrong += told["flips"] != plan.edit_areas(edits_at(*at[:3]), "benchmark", "benchmark").flips.counts
    homes = median(told["homes_passed"] for told, _, _ in asked)
    changed = median(sum(told["addresses"].values()) for told, _, _ in weighed)
    promises = [
        Promise(f"weigh edits that change {changed:,.0f} addresses, median of {TURNS}", ALLOWED_S, _mid(weighed, 1)),
        Promise("  effects that publishing did not have", 0, wrong, ""),
        Promise(f"what if, {homes:,.0f} homes, median of {2 * TURNS}", ALLOWED_S, _mid(asked, 1)),
    ]
    notes = [f"processor: weighing {_mid(weighed, 2):.2f} s, what if {_mid(asked, 2):.2f} s"]
    return promises, notes


def _mid(runs: list[tuple[Any, float, float]], column: int) -> float:
    return median(float(run[column]) for run in runs)


def main() -> int:
    """Build a plan, or copy one that is there, and measure on it."""
    with given_plan(__doc__, _GB_PER_MILLION) as path:
        return report(*bench(path))


if __name__ == "__main__":
    sys.exit(main())
