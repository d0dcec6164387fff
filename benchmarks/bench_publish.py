"""A new version of every area is published while somebody looks at the map: seconds, progress told, questions answered.

``python -m benchmarks.bench_publish [--addresses 1000000] [--areas 5000]``

The dry run is made first, as a planner does, and its time told beside it. While the promote runs, a thread asks again
and again what a tile asks: the addresses of a small box with their classes, straight from the database.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.large_plan import build_in_process
from benchmarks.measure import measure
from benchmarks.promise import Promise, check_disk, report
from fibermap.kernel.ids import stable_id
from fibermap.plan import Plan

ALLOWED_S = 10.0
ALLOWED_LOOK_MS = 500.0
_REST_S = 0.05
_GB_PER_MILLION = 1.5
_LOOK = """
    SELECT a.address_id, a.lon, a.lat, v.class FROM address a JOIN verdict v ON v.address_id = a.address_id AND v.best
    WHERE a.to_version IS NULL AND a.lon BETWEEN ? AND ? AND a.lat BETWEEN ? AND ?
"""


def revised(plan: Plan) -> gpd.GeoDataFrame:
    """Return the areas of the plan with their two statuses swapped, as a design tool would hand them over."""
    areas = plan.store.sql.arrow(
        "areas", "SELECT name, class, phase, geometry FROM plan_feature WHERE to_version IS NULL"
    )
    swapped = np.where(np.array(areas["class"].to_pylist()) == "build", "Under Construction", "In Service")
    return gpd.GeoDataFrame(
        {"NAME": areas["name"].to_pylist(), "BUILD_STATUS": swapped, "PHASE": areas["phase"].to_pylist()},
        geometry=shapely.from_wkb(areas["geometry"].to_numpy(zero_copy_only=False)),
        crs="EPSG:4326",
    )


@contextmanager
def looking(plan: Plan, waits_ms: list[float]) -> Iterator[None]:
    """Ask for a box again and again for as long as the block runs, and keep how long each answer took."""
    row = plan.store.sql.row("somewhere", "SELECT lon, lat FROM address LIMIT 1")
    assert row is not None
    box = [row[0] - 0.005, row[0] + 0.005, row[1] - 0.005, row[1] + 0.005]
    over = threading.Event()

    def ask() -> None:
        while not over.wait(_REST_S):
            started_s = time.perf_counter()
            plan.store.sql.rows("look", _LOOK, box)
            waits_ms.append((time.perf_counter() - started_s) * 1000)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def bench(path: Path, addresses: int, areas: int) -> tuple[list[Promise], list[str]]:
    """Publish every area of one plan anew."""
    with Plan.open(path) as plan:
        # What was written set by set becomes what a source of this name has brought.
        named = {"id": stable_id("source", "plan")}
        plan.store.sql.execute("rename", "UPDATE plan_feature SET source_id = $id", named)
        dry = measure(lambda: plan.ingest(revised(plan), source="plan", dry_run=True))
        told: list[str] = []
        quiet_ms: list[float] = []
        with looking(plan, quiet_ms):
            time.sleep(1.0)
        waits_ms: list[float] = []
        with looking(plan, waits_ms):
            done = measure(lambda: dry.value.promote(yes=True, watch=lambda doing, done, of: told.append(doing)))
        changed = done.value.promoted.flips.changed
    name = f"{areas:,} areas over {addresses:,} addresses: published, {changed:,} verdicts"
    promises = [
        Promise(name, ALLOWED_S, done.seconds),
        Promise(
            "  a look at the map meanwhile, 95 of 100 within", ALLOWED_LOOK_MS, float(np.percentile(waits_ms, 95)), "ms"
        ),
        Promise("  steps of which nothing was told", 0, 0 if len(set(told)) >= 3 else 1, ""),
    ]
    notes = [
        f"the dry run before it took {dry.seconds:.2f} s",
        f"a look without a publish: {np.percentile(quiet_ms, 95):.0f} ms; during it {len(waits_ms)} looks",
        f"told: {', '.join(dict.fromkeys(told))}",
    ]
    return promises, notes


def main() -> int:
    """Build the plan and publish it anew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--addresses", type=int, default=1_000_000)
    parser.add_argument("--areas", type=int, default=5_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        check_disk(Path(folder), 1 + options.addresses / 1e6 * _GB_PER_MILLION)
        path = Path(folder) / "plan.duckdb"
        build_in_process(path, options.addresses, options.areas)
        promises, notes = bench(path, options.addresses, options.areas)
    return report(promises, notes)


if __name__ == "__main__":
    sys.exit(main())
