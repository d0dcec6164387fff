"""The tutorial, typed: every command succeeds, and prints what the page shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fibermap.cli.run import run
from tests.docs.pages import DOCS, ROOT, commands, printed

TUTORIAL = DOCS / "tutorial.md"


def expanded(words: list[str]) -> Iterator[str]:
    """Yield the words with file patterns replaced by the files that they match, as a shell does."""
    for word in words:
        found = sorted(map(str, Path().glob(word))) if "*" in word else []
        yield from found or [word]


def test_the_tutorial_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    for words in commands(TUTORIAL):
        if words[0] == "export":
            monkeypatch.setenv(*words[1].split("=", 1))
        else:
            assert run(list(expanded(words[1:]))) == 0, words
    said = {line.strip() for line in capsys.readouterr().out.splitlines()}
    assert [line for line in printed(TUTORIAL) if line not in said] == []
    assert (tmp_path / "larkspur.html").stat().st_size < 3_000_000
