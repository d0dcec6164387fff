"""The tour: every picture that it shows is one that a test of the screens takes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import pictures_not_made
from tests.docs.pages import DOCS, ROOT
from tools.docs_hooks import on_page_markdown, pictures

TOUR = DOCS / "tour.md"


def taken() -> Iterator[re.Pattern[str]]:
    """Yield the name of each picture that a test takes; what it fills in while it runs may be anything."""
    for file in sorted((ROOT / "tests" / "ui").glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "picture":
                yield re.compile(_pattern(node.args[1]))


def _pattern(name: ast.expr) -> str:
    if isinstance(name, ast.Constant):
        return re.escape(str(name.value))
    assert isinstance(name, ast.JoinedStr)
    return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w-]+" for part in name.values)


@pytest.mark.parametrize("name", pictures(TOUR.read_text(encoding="utf-8")))
def test_a_picture_is_one_that_a_test_takes(name: str) -> None:
    assert any(pattern.fullmatch(name) for pattern in taken())


def test_a_picture_that_is_not_made_is_said_to_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.docs_hooks._SCREENS", tmp_path)
    (tmp_path / "made.png").touch()
    page = on_page_markdown("![One](tour/made.png)\n\n![Other](tour/never-made.png){ width=280 }")
    assert page == "![One](tour/made.png)\n\n*Other: `make tour`.*"


def test_a_whole_run_fails_for_a_picture_that_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "made.png").touch()
    assert pictures_not_made(["made", "never-made"], tmp_path, since_s=0) == ["never-made"]
    assert pictures_not_made(["made"], tmp_path, since_s=4e9) == ["made"]
