"""What was promised beside what was measured."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Promise:
    """One number: ``result`` is at most ``target`` where the promise is kept; ``unit`` follows both."""

    what: str
    target: float
    result: float
    unit: str = "s"

    @property
    def kept(self) -> bool:
        """Whether the number is as good as promised."""
        return self.result <= self.target


def report(promises: list[Promise], notes: list[str]) -> int:
    """Print the promises and what else there is to say; return the exit code of the benchmark."""
    print(f"\n{'':64}{'at most':>14}{'measured':>14}")
    for promise in promises:
        said = "" if promise.kept else "   MISSED"
        print(f"{promise.what:64}{_number(promise.target, promise):>14}{_number(promise.result, promise):>14}{said}")
    for note in notes:
        print(f"  {note}")
    return int(not all(promise.kept for promise in promises))


def _number(value: float, promise: Promise) -> str:
    return f"{value:,.2f} {promise.unit}" if promise.unit == "s" else f"{value:,.0f} {promise.unit}"


def check_disk(folder: Path, needed_gb: float) -> None:
    """End the benchmark where the disk has no room for it."""
    free_gb = shutil.disk_usage(folder).free / 1e9
    if free_gb < needed_gb:
        sys.exit(f"{folder} has {free_gb:.1f} GB free; this needs {needed_gb:.1f} GB. Set TMPDIR to a larger disk.")
