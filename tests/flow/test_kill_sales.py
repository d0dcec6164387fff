"""``kill -9`` at any statement of a conversion leaves nothing half-sold: afterwards all is as it would have been."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from fibermap.plan import Plan
from tests.flow import killable, killable_sales


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], int]:
    """The state at the end of a life without a kill, and how many statements could be killed at."""
    database = tmp_path_factory.mktemp("undisturbed") / "plan.duckdb"
    statements = _live(database, at=0)
    assert statements is not None
    with Plan.open(database) as fm:
        assert fm.doctor() == []
        return killable.state_of(fm), statements


@pytest.mark.parametrize("kills", [3, pytest.param(24, marks=pytest.mark.slow)])
def test_killed_at_any_statement_every_order_is_there_once(
    kills: int, undisturbed: tuple[dict[str, Any], int], tmp_path: Path
) -> None:
    expected, statements = undisturbed
    assert statements > 40
    for kill in range(kills):
        at = 1 + statements * kill // kills
        database = tmp_path / f"{at}.duckdb"
        assert _live(database, at=at) is None, "it was to be killed"
        assert _live(database, at=0) is not None
        with Plan.open(database) as fm:
            found = killable.state_of(fm)
            assert {table for table in expected if found[table] != expected[table]} == set(), (
                f"killed at statement {at}"
            )
            assert fm.doctor() == []


def _live(database: Path, *, at: int) -> int | None:
    """Live in a process of its own; return how many statements it saw, None where it was killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.flow.killable_sales", "geopandas", "pyproj"])
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=killable_sales.live_until_killed, args=(database, at, there))
    process.start()
    there.close()
    try:
        return int(here.recv())
    except EOFError:
        return None
    finally:
        process.join()
