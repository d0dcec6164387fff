"""Every notebook runs from top to bottom, and its two halves, script and notebook, are the same."""

from __future__ import annotations

from pathlib import Path

import jupytext
import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
SCRIPTS = sorted(FOLDER.glob("[0-9]*.py"))


def names() -> list[str]:
    return [script.stem for script in SCRIPTS]


def test_there_are_notebooks() -> None:
    assert names() == [
        "01_first_map",
        "02_ingest_a_plan",
        "03_why_and_when",
        "04_gaps",
        "05_check_addresses",
        "06_demand_and_preorders",
    ]


@pytest.mark.parametrize("script", SCRIPTS, ids=names())
def test_it_runs(script: Path, tmp_path: Path) -> None:
    notebook = jupytext.read(script)
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    assert any(cell.get("outputs") for cell in notebook.cells)


@pytest.mark.parametrize("script", SCRIPTS, ids=names())
def test_script_and_notebook_say_the_same(script: Path) -> None:
    from_script, paired = jupytext.read(script), nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    assert [(cell.cell_type, cell.source) for cell in paired.cells] == [
        (cell.cell_type, cell.source) for cell in from_script.cells
    ]


@pytest.mark.parametrize("script", SCRIPTS, ids=names())
def test_the_notebook_keeps_no_outputs(script: Path) -> None:
    cells = nbformat.read(script.with_suffix(".ipynb"), as_version=4).cells
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
