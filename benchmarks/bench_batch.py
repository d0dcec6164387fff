"""A file of addresses checked as a batch, from CSV to CSV: 95 % spelled canonically, the rest as people type.

``python -m benchmarks.bench_batch [--addresses 1000000] [--areas 5000] [--rows 200000]``
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.large_plan import build_in_process
from benchmarks.measure import measure
from benchmarks.promise import Promise, check_disk, report
from fibermap.cli.batch import run_batch
from fibermap.plan import Plan

TYPED_EVERY = 20


def typed(text: str, number: int) -> str:
    """Return an address as somebody may type it: without commas, in small letters, or with a slip of the finger."""
    spelled = (text.replace(",", ""), text.lower().replace(" st", " street"), text.replace("ROW", "RWO"))
    return spelled[number % len(spelled)]


def write_questions(plan: Plan, path: Path, rows: int) -> None:
    """Write addresses of a plan as a file of questions."""
    sample = f"SELECT full_address FROM address USING SAMPLE {rows} ROWS (reservoir, 7)"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["q"])
        for number, (text,) in enumerate(plan.store.sql.rows("bench.sample", sample)):
            writer.writerow([text if number % TYPED_EVERY else typed(text, number // TYPED_EVERY)])


def main() -> int:
    """Build a plan, and check a file against it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--addresses", type=int, default=1_000_000)
    parser.add_argument("--areas", type=int, default=5_000)
    parser.add_argument("--rows", type=int, default=200_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        check_disk(Path(folder), 1 + options.addresses / 1e6)
        path, questions = Path(folder) / "plan.duckdb", Path(folder) / "in.csv"
        build_in_process(path, options.addresses, options.areas)
        with Plan.open(path) as plan:
            write_questions(plan, questions, options.rows)
            plan.check_many(["1 Main St"])  # builds the index
            before_s = time.process_time()
            checked = measure(lambda: run_batch(plan, questions, Path(folder) / "out.csv"))
            cpu_us = 1e6 * (time.process_time() - before_s) / options.rows
    promise = Promise("microseconds an address (50,000/s)", 20, 1e6 * checked.seconds / options.rows, "us")
    notes = [f"{cpu_us:.1f} us of processor time an address in this process, which shares the slices; {checked.value}"]
    return report([promise], notes)


if __name__ == "__main__":
    sys.exit(main())
