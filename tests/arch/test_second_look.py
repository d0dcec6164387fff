"""A second look is for few tests, of screens and servers, and says what it saw."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.second_look import MOST, may_be_a_delay

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "second_look.py"


def look_again(folder: Path, body: str, *failed: str) -> subprocess.CompletedProcess[str]:
    """Look a second time, in a folder with one test of a screen, after a run in which these failed."""
    (folder / "tests" / "ui").mkdir(parents=True)
    (folder / "tests" / "ui" / "test_screen.py").write_text(f"def test_it():\n    {body}\n", encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\ntestpaths = tests\nmarkers = slow\n", encoding="utf-8")
    cache = folder / ".pytest_cache" / "v" / "cache"
    cache.mkdir(parents=True)
    (cache / "lastfailed").write_text(json.dumps(dict.fromkeys(failed, True)), encoding="utf-8")
    return subprocess.run([sys.executable, str(TOOL)], check=False, cwd=folder, capture_output=True, text=True)


def test_what_passes_alone_is_named_as_unsteady(tmp_path: Path) -> None:
    said = look_again(tmp_path, "pass", "tests/ui/test_screen.py::test_it")
    assert said.returncode == 0
    assert said.stdout.split("UNSTEADY")[1].splitlines()[1:] == ["  tests/ui/test_screen.py::test_it"]


def test_what_fails_again_has_failed(tmp_path: Path) -> None:
    said = look_again(tmp_path, "raise AssertionError", "tests/ui/test_screen.py::test_it")
    assert (said.returncode, "UNSTEADY" in said.stdout) == (1, False)


def test_a_run_that_failed_without_a_failed_test_has_failed(tmp_path: Path) -> None:
    assert look_again(tmp_path, "pass").returncode == 1


@pytest.mark.parametrize(
    "failed",
    [
        ["tests/coverage/test_laws.py::test_undo"],
        ["tests/api/test_crash.py::test_killed"],
        ["tests/ui/test_map.py::test_it", "tests/order/test_sales_laws.py::TestSales::runTest"],
        [f"tests/ui/test_map.py::test_{number}" for number in range(MOST + 1)],
    ],
)
def test_laws_kills_and_many_failures_get_no_second_look(failed: list[str]) -> None:
    assert not may_be_a_delay(failed)
