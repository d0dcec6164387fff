"""``kill -9`` at any moment leaves one whole plan version, the old or the new, and every event exactly once."""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fibermap.plan import Plan
from tests.flow import killable

State = dict[str, Any]


@dataclass(frozen=True)
class Undisturbed:
    """A life without a kill: the state after each version, at 0 the empty database, and how long a step takes."""

    states: list[State]
    step_s: float


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    killable.write_sources(folder)
    return folder


@pytest.fixture(scope="module")
def undisturbed(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    with Plan.open(tmp_path_factory.mktemp("undisturbed") / "plan.duckdb") as fm:
        states = [killable.state_of(fm)]
        started = time.perf_counter()
        while killable.next_step(fm, sources):
            states.append(killable.state_of(fm))
        return Undisturbed(states, (time.perf_counter() - started) / len(killable.STEPS))


@pytest.mark.parametrize("kills", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_killed_at_any_moment_the_plan_is_whole_and_every_event_counts_once(
    kills: int, sources: Path, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    moments = random.Random(kills)
    versions = []
    for kill in range(kills):
        if not versions or versions[-1] == len(killable.STEPS):
            database = tmp_path / f"plan{kill}.duckdb"
        moment_s = moments.uniform(0, 3 * undisturbed.step_s)
        promised = _run_and_kill(database, sources, steps=kill % 2, after_s=moment_s)
        versions.append(_check(database, undisturbed.states))
        assert versions[-1] >= promised, "a version that was said to be written is lost"
    assert len(set(versions)) > 1


def _run_and_kill(database: Path, sources: Path, *, steps: int, after_s: float) -> int:
    """Kill a life some time after so many steps, and return the last version that it said it had written."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_imported())
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=killable.live_on, args=(database, sources, there))
    process.start()
    there.close()
    promised = int(here.recv())
    with suppress(EOFError):  # it has come to its end
        for _ in range(steps):
            promised = int(here.recv())
    time.sleep(after_s)
    process.kill()
    process.join()
    with suppress(EOFError):
        while True:
            promised = int(here.recv())
    return promised


def _imported() -> list[str]:
    """Return what the undisturbed life had to import, so that the others begin where there is something to kill."""
    packages = ("fibermap", "geopandas", "pandas", "pyarrow", "pyproj", "shapely", "openpyxl", "duckdb")
    return ["tests.flow.killable", *sorted(name for name in sys.modules if name.split(".")[0] in packages)]


def _check(database: Path, states: list[State]) -> int:
    """Open what was left and return its version."""
    with Plan.open(database) as fm:
        version = killable.version_of(fm)
        assert killable.state_of(fm) == states[version]
        assert fm.doctor() == []
        assert fm.replay().differences == 0
        killable.deliver(fm)
        noted = fm.store.sql.rows("test.noted", "SELECT event_id FROM noted ORDER BY event_id")
        assert noted == fm.store.sql.rows("test.events", "SELECT event_id FROM event ORDER BY event_id")
    return version
