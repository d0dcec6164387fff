"""The browser's modules against the types in their comments, and the registry against the panels."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "api" / "web"
COMPILER = ROOT / "node_modules" / ".bin" / "tsc"
LONGEST = 440
OURS = sorted(file for folder in ("js", "css") for file in (WEB / folder).rglob("*") if file.is_file())


def test_the_modules_fit_their_types() -> None:
    checked = subprocess.run([str(COMPILER), "-p", str(WEB)], capture_output=True, text=True, check=False)
    assert checked.stdout == ""
    assert checked.returncode == 0


def test_every_panel_is_as_the_registry_says() -> None:
    lines = re.findall(
        r"^  \{ (id: .*), load: \(\) => import\(\"\./(.*)\.js\"\)", (WEB / "js/panels/index.js").read_text(), re.M
    )
    assert lines
    for said, module in lines:
        panel = (WEB / "js" / "panels" / f"{module}.js").read_text(encoding="utf-8")
        for fact in said.split(", "):
            assert f"  {fact}," in panel, f"{module}.js says another {fact.partition(':')[0]}"


@pytest.mark.parametrize("file", OURS, ids=lambda file: str(file.relative_to(WEB)))
def test_a_file_says_what_it_is_and_makes_no_markup_from_text(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith(("/**", "/*")), "a file opens with one sentence that says what it is"
    assert text.count("\n") <= LONGEST, "one idea a file"
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert forbidden not in text
