"""Wall time and peak memory of one piece of work, in the process that does it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

_STATUS = Path("/proc/self/status")
_RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class Measured(Generic[T]):
    """What a piece of work returned, how long it took, and how far memory rose above where it stood before."""

    value: T
    seconds: float
    peak_mb: float


def measure(work: Callable[[], T]) -> Measured[T]:
    """Run once. The kernel keeps the peak (Linux), so that memory of libraries counts and no moment is missed."""
    Path("/proc/self/clear_refs").write_text(_RESET_PEAK)
    before_kb = _status_kb("VmRSS")
    started = time.perf_counter()
    value = work()
    seconds = time.perf_counter() - started
    return Measured(value, seconds, (_status_kb("VmHWM") - before_kb) / 1024)


def _status_kb(name: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])
