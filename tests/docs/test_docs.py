"""The documentation builds without a warning, and says nothing that the program does not do."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer
from mkdocs.commands.build import build
from mkdocs.config import load_config

from fibermap.access.model import Role, Scope
from fibermap.cli.app import app
from fibermap.client.remote_plan import RemotePlan
from fibermap.coverage.model import Flag, HoldCode, NotOrderable
from fibermap.ingest.profiles import Use
from fibermap.kernel.errors import Code
from fibermap.plan import Plan
from tests.docs.pages import DOCS, PAGES, ROOT, blocks, commands

FINDING = re.compile(r"\b(?:question|warning|Finding)\(\s*\"([a-z_]+)\"")


def names() -> list[str]:
    return [page.relative_to(DOCS).as_posix() for page in PAGES]


@cache
def verbs() -> dict[str, Any]:
    """Return every verb by its name, of one word or two."""
    found: dict[str, Any] = {}
    group: Any = typer.main.get_command(app)
    for name, verb in group.commands.items():
        inner = getattr(verb, "commands", None)
        found |= {name: verb} if inner is None else {f"{name} {second}": inner[second] for second in inner}
    return found


def first_cells(page: str) -> set[str]:
    return set(re.findall(r"^\| `([\w.]+)` \|", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE))


def test_every_code_is_explained() -> None:
    assert first_cells("reference/codes.md") == set(map(str, Code))


def test_every_finding_is_explained() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "fibermap" / "ingest").glob("*.py"))
    raised = set(FINDING.findall(source))
    assert len(raised) > 10
    assert raised <= first_cells("how-to/read-the-findings.md")


def test_every_flag_hold_use_and_reason_is_explained() -> None:
    said = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "how-to").glob("*.md"))
    words = [*Flag, *HoldCode, *NotOrderable, *Use]
    assert [word for word in words if f"`{word}`" not in said] == []


def test_every_scope_and_role_is_explained() -> None:
    said = (DOCS / "how-to" / "serve.md").read_text(encoding="utf-8")
    assert [word for word in (*Scope, *Role) if f"`{word}`" not in said] == []


@pytest.mark.parametrize("page", PAGES, ids=names())
def test_its_commands_exist_with_their_options(page: Path) -> None:
    for command in commands(page):
        if command[0] != "fibermap":
            continue
        verb = verbs().get(command[1]) or verbs()[" ".join(command[1:3])]
        known = {option for parameter in verb.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert [word for word in command[2:] if word.startswith("--") and word not in known] == []


@pytest.mark.parametrize("page", PAGES, ids=names())
def test_its_python_calls_exist(page: Path) -> None:
    code = "\n".join(text for language, text in blocks(page) if language == "python")
    called = re.findall(r"\bfm\.(\w+)", code)
    known = {*dir(Plan), *get_type_hints(RemotePlan)}
    assert [name for name in called if name not in known] == []


@pytest.mark.parametrize("page", PAGES, ids=names())
def test_its_python_can_be_compiled(page: Path) -> None:
    for language, text in blocks(page):
        if language == "python":
            compile(text, page.name, "exec")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
    return folder


@pytest.mark.slow
def test_it_builds_strictly(site: Path) -> None:
    assert (site / "index.html").exists()


@pytest.mark.slow
def test_the_generated_reference_is_there(site: Path) -> None:
    cli = (site / "reference" / "cli.html").read_text(encoding="utf-8")
    schema = (site / "reference" / "schema.html").read_text(encoding="utf-8")
    assert [verb for verb in verbs() if f"fibermap {verb}" not in cli] == []
    assert "not_orderable" in schema


@pytest.mark.slow
def test_its_pages_fetch_nothing_from_elsewhere(site: Path) -> None:
    fetching = re.compile(r"""<(?:script|link|img)[^>]+(?:src|href)=["']?https?://(?!squidfunk)[^>]+>""")
    found = [page.name for page in site.rglob("*.html") if fetching.search(page.read_text(encoding="utf-8"))]
    assert found == []
