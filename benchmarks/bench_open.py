"""Open a database of a million addresses in a new process, and prove a million verdicts by replay.

``python -m benchmarks.bench_open [--addresses 1000000] [--areas 5000]``
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.large_plan import build_in_process
from benchmarks.measure import measure
from benchmarks.promise import Promise, check_disk, report
from fibermap.plan import Plan

ALLOWED_S = 3.0
_OPEN = """
import sys, time
started = time.perf_counter()
import fibermap
plan = fibermap.open(sys.argv[1], create=False)
print(time.perf_counter() - started)
"""


def open_in_new_process(path: Path) -> tuple[float, float]:
    """Return the seconds of import and opening, and those of the whole process, Python's own start included."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", _OPEN, str(path)], capture_output=True, text=True, check=True)
    return float(done.stdout), time.perf_counter() - started


def main() -> int:
    """Build the plan, open it three times, replay it once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--addresses", type=int, default=1_000_000)
    parser.add_argument("--areas", type=int, default=5_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        check_disk(Path(folder), 1 + options.addresses / 1e6)
        path = Path(folder) / "plan.duckdb"
        build_in_process(path, options.addresses, options.areas)
        opened = [open_in_new_process(path) for _ in range(3)]
        with Plan.open(path) as plan:
            proof = measure(plan.replay)
    promises = [
        Promise(
            f"open() on {options.addresses:,} addresses, imports included, slowest of 3", ALLOWED_S, max(opened)[0]
        ),
        Promise("verdicts that replay derives otherwise", 0, proof.value.differences, ""),
    ]
    notes = [
        f"the whole process of opening and closing: {max(seconds for _, seconds in opened):.2f} s",
        f"replay of {proof.value.verdicts:,} verdicts: {proof.seconds:.1f} s, {proof.peak_mb:,.0f} MB above",
    ]
    return report(promises, notes)


if __name__ == "__main__":
    sys.exit(main())
