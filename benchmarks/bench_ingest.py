"""A county's address table to clean, deduplicated entities, and a plan of many folders, through ``Plan.ingest``.

``python -m benchmarks.bench_ingest [--rows 300000]``

A tenth of the rows are addresses seen before, in other words and a few metres away. Each ingest runs in a process of
its own; its memory counts all of the process and its workers, from their start.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.county_files import write_addresses, write_areas, write_plan_kml
from benchmarks.promise import Promise, check_disk, report
from fibermap.plan import Plan

ALLOWED_S, ALLOWED_MB = 60.0, 2_048
KML_ALLOWED_S, KML_PLACEMARKS, KML_FOLDERS = 5.0, 2_500, 196
PLAN_AREAS = 200
_TWO_PLACES_SHARE = 0.002
"""Duplicates with an edge of coverage between them stay two addresses, because no merge crosses classes."""


class Memory:
    """Watches the resident memory of this process and its children."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._over.wait(0.05):
            self.peak_mb = max(self.peak_mb, sum(map(_resident_mb, [me, *me.children(recursive=True)])))


def _resident_mb(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / (1 << 20)
    except psutil.NoSuchProcess:
        return 0.0


def ingest(database: Path, files: list[Path]) -> dict[str, Any]:
    """Ingest files into a new database and say how that went."""
    with Plan.open(database) as plan, Memory() as memory:
        started = time.perf_counter()
        report = plan.ingest(*files, yes=True, progress=False)
        seconds = time.perf_counter() - started
        count = "SELECT count(*) FROM {} WHERE to_version IS NULL"
        return {
            "seconds": seconds,
            "peak_mb": memory.peak_mb,
            "conserved": all(file.conserved for file in report.files),
            "addresses": plan.store.sql.value("addresses", count.format("address")),
            "records": plan.store.sql.value("records", count.format("source_record")),
            "features": plan.store.sql.value("features", count.format("plan_feature")),
        }


def in_new_process(database: Path, *files: Path) -> dict[str, Any]:
    """Run :func:`ingest` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench_ingest", "--into", str(database), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"ingest of {', '.join(file.name for file in files)} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Write the files, ingest them, and look at what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("files", type=Path, nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.into:
        print(json.dumps(ingest(options.into, options.files)))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check_disk(folder, 3)
        there_are = write_addresses(folder / "county.csv", options.rows)
        write_areas(folder / "plan.geojson", PLAN_AREAS)
        write_plan_kml(folder / "plan.kml", KML_PLACEMARKS, KML_FOLDERS)
        county = in_new_process(folder / "county.duckdb", folder / "county.csv", folder / "plan.geojson")
        kml = in_new_process(folder / "plan.duckdb", folder / "plan.kml")
    lost = options.rows - county["records"] + KML_PLACEMARKS - kml["features"]
    lost += (not county["conserved"]) + (not kml["conserved"])
    promises = [
        Promise(f"{options.rows:,} address rows with a plan of {PLAN_AREAS} areas", ALLOWED_S, county["seconds"]),
        Promise("  memory of the process and its workers", ALLOWED_MB, county["peak_mb"], "MB"),
        Promise(
            f"  addresses made of {there_are:,}, difference",
            there_are * _TWO_PLACES_SHARE,
            abs(county["addresses"] - there_are),
            "",
        ),
        Promise(f"KML of {KML_PLACEMARKS:,} placemarks in {KML_FOLDERS} folders", KML_ALLOWED_S, kml["seconds"]),
        Promise("  rows and placemarks lost", 0, lost, ""),
    ]
    return report(promises, [])


if __name__ == "__main__":
    sys.exit(main())
