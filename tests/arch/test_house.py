"""The shape of the house: the direction of imports, the size of files, and what no file may carry."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fibermap.kernel.errors import Code
from tests.longest import LONGEST

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (ROOT / "fibermap", ROOT / "api" / "fibermap_api")
MODULES = sorted(module for package in PACKAGES for module in package.rglob("*.py"))
LONGEST_MODULE = 420
LARGEST_FILE = 2_000_000


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout
    files = [ROOT / name for name in listed.decode().split("\0") if name]
    if not files:
        pytest.skip("not a git checkout, so there is no list of tracked files")
    return [path for path in files if path.is_file()]


def test_the_files_of_tests_that_take_longest_are_there() -> None:
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []


def test_imports_go_down_the_house() -> None:
    found = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_and_is_short_enough_to_read(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(source)), "a module opens with one sentence that says what it is"
    assert source.count("\n") <= LONGEST_MODULE, "one idea a file"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_public_is_documented(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent


def test_no_tracked_file_names_a_registry_or_a_path_of_one_machine() -> None:
    hosts = "|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs", "deb" + r"\.debian"))
    forbidden = re.compile(rf"{hosts}|--(?:extra-)?index-url|/{'work'}/(?:main|shared)|/{'root'}/".encode())
    found = {
        str(path.relative_to(ROOT)): match.group().decode()
        for path in tracked_files()
        if path.suffix not in {".kmz", ".png"} and (match := forbidden.search(path.read_bytes()))
    }
    assert not found


def test_no_tracked_file_is_large() -> None:
    assert not [path for path in tracked_files() if path.stat().st_size > LARGEST_FILE]


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, fibermap; print([m for m in ('duckdb', 'pandas', 'geopandas', 'numba') if m in sys.modules])"
    heavy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert heavy.stdout.strip() == "[]"


def test_every_code_is_raised_or_given_as_a_reason_somewhere() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in MODULES if path.name != "errors.py")
    assert not [code.name for code in Code if f"Code.{code.name}" not in source]
