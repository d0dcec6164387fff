"""Look a second time, alone, at the few tests of screens and servers that failed in a run of several workers.

Why, and what gets no second look: `docs/decisions/second-look.md`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

MOST = 3
"""More failures than this are no delay."""

WAITS_FOR_ITS_TURN = ("tests/api/", "tests/client/", "tests/notebook/", "tests/ui/")
NEVER = ("tests/api/test_crash.py", "tests/api/test_hostile.py", "tests/api/test_permissions.py")

CACHE = Path(".pytest_cache/v/cache/lastfailed")


def may_be_a_delay(failed: list[str]) -> bool:
    """Return whether all that failed, as pytest names tests, are few and wait for a browser or a server."""
    of_that_kind = [name for name in failed if name.startswith(WAITS_FOR_ITS_TURN) and not name.startswith(NEVER)]
    return 0 < len(failed) <= MOST and of_that_kind == failed


def main() -> int:
    """Run what failed once more if it may be a delay; return pytest's exit code, 1 where nothing is looked at."""
    failed = sorted(json.loads(CACHE.read_text(encoding="utf-8"))) if CACHE.is_file() else []
    if not may_be_a_delay(failed):
        return 1
    _say(f"\nLooking a second time, alone, at {len(failed)} of the tests of screens and servers:")
    code = int(pytest.main(["--last-failed", "-m", "not slow", "-rA"]))
    if code == 0:
        _say("\nUNSTEADY: these failed among others and passed alone. Mend them, or what they show:", *failed)
    return code


def _say(*lines: str) -> None:
    sys.stdout.write("\n  ".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
