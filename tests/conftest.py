"""Settings that all tests share."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.longest import turn

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("fibermap", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples on every run of CI: what is landed is what was tested. Everywhere else new ones are searched.
settings.register_profile("ci", settings.get_profile("fibermap"), derandomize=True, max_examples=40)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "fibermap")
# A test's tables fit one thread, and others of a pool would wait for its work at the cost of the tests beside it: a
# third of the suite's time. `make test-all` runs it with more.
os.environ.setdefault("FIBERMAP_DATABASE_THREADS", "1")
# Nothing here computes with matrices, and idle threads of a library that does spin for a while in every process.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
gc.disable()  # until all is imported and collected: that stays, and would be looked through again and again

ROOT = Path(__file__).resolve().parents[1]
_BEGAN_S = float(os.environ.get("SUITE_BEGAN", time.time()))
CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
"""WebGL is drawn by the processor, and the browser asks nobody but the page."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of pages and maps: a process can have no second one beside it."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium at /usr/bin/chromium, and these tests must not be passed over here")
        pytest.skip("no Chromium at /usr/bin/chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(SWITCHES))
        yield opened
        opened.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest. Tests of one file stay together and in their order."""
    items.sort(key=lambda item: turn(item.path))


def pytest_collection_finish() -> None:
    """Look for garbage from now on, and only among what the tests themselves leave."""
    gc.freeze()
    gc.enable()


def pictures_not_made(names: Sequence[str], folder: Path, since_s: float) -> list[str]:
    """Return the pictures that no test has made since then, seconds since 1970."""
    files = {name: folder / f"{name}.png" for name in names}
    return [name for name, file in files.items() if not file.is_file() or file.stat().st_mtime < since_s]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a whole run of CI that did not make every picture of the tour."""
    config = session.config
    is_whole = os.environ.get("CI") == "true" and config.args == config.getini("testpaths")
    if hasattr(config, "workerinput") or config.option.collectonly or not is_whole:
        return
    from tools.docs_hooks import pictures

    named = pictures((ROOT / "docs" / "tour.md").read_text(encoding="utf-8"))
    if missing := pictures_not_made(named, ROOT / "build" / "screens", _BEGAN_S):
        config.get_terminal_writer().line(f"\nThe tour shows pictures that no test made: {', '.join(missing)}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
