"""``kill -9`` between any two steps of taking a deposit and paying it back: the same ledger, nobody charged twice."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from fibermap.money.books import money_checks
from fibermap.store import Store, run_checks
from tests.money.points import CHARGES, recover
from tests.money.test_recovery import final_hash, undisturbed
from tests.store.build import start_python

_LIFE = """
    import os, signal, sys
    from fibermap.store import Store
    from tests.money.points import Points, live, stepping

    with Store.open(sys.argv[1]) as store:
        live(stepping(store, Points(int(sys.argv[2]), lambda: os.kill(os.getpid(), signal.SIGKILL))))
"""


_NIGHTLY = (1, 3, 5, 7, 9, 11, 17, 22, 27, 35, 44, 60, 66, 70, 74, 78, 82, 86, 94, 104, 114, 122)


@pytest.mark.parametrize("at", [4, 30, 76, *(pytest.param(at, marks=pytest.mark.slow) for at in _NIGHTLY)])
def test_killed_between_two_steps_the_ledger_becomes_that_of_an_undisturbed_run(at: int, tmp_path: Path) -> None:
    wanted, _ = undisturbed()
    process = start_python(_LIFE, tmp_path / "plan.duckdb", at)
    process.wait()
    assert process.returncode == -signal.SIGKILL, f"step {at} of {os.getpid()} was never reached"
    with Store.open(tmp_path / "plan.duckdb") as store:
        recover(store)
        assert final_hash(store) == wanted
        assert run_checks(store, money_checks()) == []
        assert store.sql.value("test.charges", "SELECT count(*) FROM simulated_charge") == CHARGES
