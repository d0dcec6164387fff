"""The documentation as the tests read it: its pages, its commands, what it says they print."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the language and the text of each fenced block."""
    for found in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield found[1], found[2]


def commands(page: Path) -> Iterator[list[str]]:
    """Yield each command line that the page tells the reader to type, in words."""
    for language, text in blocks(page):
        lines = text.splitlines()
        if language == "console":
            yield from (shlex.split(line.removeprefix("$ ")) for line in lines if line.startswith("$ "))
        elif language == "text":
            yield from (shlex.split(line) for line in lines if line.startswith("fibermap "))


def printed(page: Path) -> Iterator[str]:
    """Yield each whole line that the page shows as output."""
    for language, text in blocks(page):
        if language == "text":
            yield from (line.strip() for line in text.splitlines() if line.strip() and "..." not in line)
