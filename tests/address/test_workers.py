"""Standardising in worker processes gives what standardising here gives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from fibermap.address import workers
from fibermap.address.table import normalise_table
from fibermap.kernel.errors import InputRefused


@pytest.fixture(autouse=True)
def _small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WORTH_ROWS", 100)
    monkeypatch.setattr(workers, "_ROWS_AT_ONCE", 70)
    monkeypatch.setattr(workers, "processors", lambda: 2)


def _table(rows: int = 500) -> pa.Table:
    return pa.table(
        {
            "number": [str(i) for i in range(rows)],
            "street_name": ["North Main Street" if i % 2 else "sw 3rd ave" for i in range(rows)],
            "unit": [f"apt {i}" if i % 7 == 0 else None for i in range(rows)],
        }
    )


def test_workers_answer_as_one_process_does_and_in_order() -> None:
    assert workers.normalise_large_table(_table()).equals(normalise_table(_table()))


def test_a_small_table_needs_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_by_workers", lambda *_: pytest.fail("a worker was started"))

    assert workers.normalise_large_table(_table(99)).num_rows == 99


@pytest.mark.parametrize("python", ["/no/such/python", "/bin/false"])
def test_without_workers_the_table_is_standardised_here(python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", python)

    assert workers.normalise_large_table(_table()).equals(normalise_table(_table()))


def test_a_table_without_an_address_field_is_refused_as_ever() -> None:
    with pytest.raises(InputRefused):
        workers.normalise_large_table(pa.table({"colour": ["red"] * 500}))


def test_a_script_without_a_main_guard_is_not_run_again(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import pyarrow as pa\nfrom fibermap.address import workers\n"
        "print('started')\nworkers.WORTH_ROWS = 1\nworkers._processors = lambda: 2\n"
        "print(workers.normalise_large_table(pa.table({'number': ['1'], 'street_name': ['Main']})).num_rows)\n"
    )

    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, cwd=Path.cwd())

    assert done.stdout.split() == ["started", "1"]
