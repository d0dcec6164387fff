"""How many threads share work in which the interpreter is let go: machine code and GEOS."""

from __future__ import annotations

import os

_MOST = 16


def threads() -> int:
    """Return as many as there are processors to run on, within reason."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(processors, _MOST)
