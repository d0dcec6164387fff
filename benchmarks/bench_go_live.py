"""A phase goes live: computed, written and committed with its change log and its event, through the real command.

``python -m benchmarks.bench_go_live [--addresses 10000000 1000000] [--areas 5000]``

Each plan is a database file, built in a temporary folder and opened anew, so that nothing is in memory before the first
phase. What changed is compared with GEOS: every address inside the phase and none outside it. On the smallest plan the
other road, judging every address again, is measured beside it, and replay proves what the phases left.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import shapely

from benchmarks.large_plan import build_in_process
from benchmarks.measure import measure
from benchmarks.promise import Promise, check_disk, report
from fibermap.coverage.commands import Done
from fibermap.plan import Plan

PHASES = 5
ALLOWED_S = {10_000_000: 1.5, 1_000_000: 0.5}
_GB_PER_MILLION = 0.6


@dataclass(frozen=True)
class Live:
    """One phase: the seconds it took, the verdicts that changed, and the addresses that changed in the wrong."""

    seconds: float
    changed: int
    wrong: int


def go_live(plan: Plan, phase: str) -> Live:
    """Set the areas of a phase to build, and check what that did."""
    areas = plan.store.sql.arrow(
        "phase", "SELECT feature_id, geometry FROM plan_feature WHERE phase = ? AND to_version IS NULL", [phase]
    )
    ids = areas["feature_id"].to_pylist()
    gc.collect()
    done = measure(lambda: plan.set_area_class(ids, "build", "built and tested", "benchmark"))
    return Live(done.seconds, done.value.flips.changed, _wrong(plan, done.value, areas["geometry"].to_pylist()))


def _wrong(plan: Plan, done: Done, areas: list[bytes]) -> int:
    """Count changed addresses outside the areas, addresses inside that are not build, and missing events."""
    shapes = shapely.from_wkb(np.array(areas, dtype=object))
    west, south, east, north = shapely.total_bounds(shapes)
    near = plan.store.sql.arrow(
        "near",
        """
        SELECT a.lon, a.lat, v.version = ? AS changed, v.class = 'build' AS live
        FROM address a JOIN verdict v ON v.address_id = a.address_id
        WHERE a.to_version IS NULL AND (v.version = ? OR (a.lon BETWEEN ? AND ? AND a.lat BETWEEN ? AND ?))
        """,
        [done.version, done.version, west, east, south, north],
    )
    tree = shapely.STRtree(shapely.points(near["lon"].to_numpy(), near["lat"].to_numpy()))
    inside = np.zeros(near.num_rows, dtype=np.bool_)
    inside[np.unique(tree.query(shapes, predicate="intersects")[1])] = True
    changed, live = (near[name].to_numpy(zero_copy_only=False) for name in ("changed", "live"))
    events = plan.store.sql.value(
        "events",
        "SELECT count(*) FROM event WHERE type = 'ServiceabilityChanged' AND plan_version = ?",
        [done.version],
    )
    logged = plan.store.sql.value(
        "log", "SELECT count(*) FROM verdict_change WHERE batch_id = ?", [done.flips.batch_id]
    )
    return int((changed & ~inside).sum() + (inside & ~live).sum() + (events != 1) + (logged != done.flips.changed))


def pre_build_phases(plan: Plan) -> list[str]:
    """Return some phases that are not live yet, spread over the plan."""
    rows = plan.store.sql.rows(
        "phases",
        """
        SELECT phase FROM plan_feature WHERE class = 'pre-build' AND to_version IS NULL
        GROUP BY phase ORDER BY hash(phase)
        """,
    )
    return [row[0] for row in rows[:PHASES]]


def bench(path: Path, addresses: int, *, prove: bool) -> tuple[list[Promise], list[str]]:
    """Let phases of one plan go live."""
    with Plan.open(path) as plan:
        lives = [go_live(plan, phase) for phase in pre_build_phases(plan)]
        seconds = sorted(live.seconds for live in lives)
        changed = median(live.changed for live in lives)
        name = f"{addresses:,} addresses: a phase goes live, {changed:,.0f} verdicts"
        promises = [
            Promise(f"{name}, median of {PHASES}", ALLOWED_S.get(addresses, np.inf), median(seconds)),
            Promise("  changed outside, unchanged inside, unlogged, events", 0, sum(live.wrong for live in lives), ""),
        ]
        notes = [
            f"{addresses:,} addresses: first {lives[0].seconds:.2f} s (nothing in memory), slowest {seconds[-1]:.2f} s"
        ]
        if prove:
            everything = measure(plan.classify)
            times = everything.seconds / median(seconds)
            notes.append(
                f"{addresses:,} addresses: all judged again {everything.seconds:.2f} s, {times:.0f} times as long"
            )
            promises.append(Promise("  verdicts that replay derives otherwise", 0, plan.replay().differences, ""))
    return promises, notes


def main() -> int:
    """Build the plans and let phases go live."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--addresses", type=int, nargs="+", default=sorted(ALLOWED_S, reverse=True))
    parser.add_argument("--areas", type=int, default=5_000)
    options = parser.parse_args()
    promises: list[Promise] = []
    notes: list[str] = []
    for addresses in options.addresses:
        with tempfile.TemporaryDirectory() as folder:
            check_disk(Path(folder), 1 + addresses / 1e6 * _GB_PER_MILLION)
            path = Path(folder) / "plan.duckdb"
            build_in_process(path, addresses, options.areas)
            done = bench(path, addresses, prove=addresses == min(options.addresses))
            promises += done[0]
            notes += done[1]
    return report(promises, notes)


if __name__ == "__main__":
    sys.exit(main())
