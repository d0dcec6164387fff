"""What the READMEs say of the house is so: the map of the repository, and who owns which table."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from fibermap.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "access",
    "address",
    "money",
    "messages",
    "coverage",
    "ingest",
    "store",
    "formats",
    "spatial",
    "serving",
    "screens",
    "report",
    "review",
    "order",
    "flows",
)
KEPT_BY_THE_MIGRATOR = {"migration"}
"""Made in code before the first migration can run."""


def test_every_place_on_the_map_of_the_repository_is_there() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    places = [place for row in rows for place in re.findall(r"`([^`]+)`", row)]

    assert len(places) > 10
    assert not [place for place in places if not (ROOT / place).exists()]


def test_every_verb_in_the_readme_is_one() -> None:
    verbs = {verb.name for verb in (*app.registered_commands, *app.registered_groups)}
    said = re.findall(r"\bfibermap ([a-z]+)\b", "\n".join(_console_blocks()))

    assert len(said) > 5
    assert set(said) <= verbs


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_is_in_about_ten_lines(room: str) -> None:
    text = (ROOT / "fibermap" / room / "README.md").read_text(encoding="utf-8")

    assert text.startswith(f"# {room}\n")
    assert text.count("\n") <= 16
    for word in ("**Tables owned**", "**Events"):
        assert word in text


def test_every_table_has_one_owner() -> None:
    migrations = (ROOT / "fibermap" / "store" / "migrations").glob("*.sql")
    made = re.findall(r"^CREATE TABLE (\w+)", "\n".join(path.read_text() for path in migrations), re.MULTILINE)
    owned = Counter(table for room in ROOMS for table in _owned(room))

    assert owned == Counter({*made, *KEPT_BY_THE_MIGRATOR})


def _owned(room: str) -> list[str]:
    text = (ROOT / "fibermap" / room / "README.md").read_text(encoding="utf-8")
    listed = text.split("**Tables owned**:", 1)[1].split("\n- ", 1)[0]
    return re.findall(r"`(\w+)`", listed)


def _console_blocks() -> list[str]:
    return re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
