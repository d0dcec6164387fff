"""Browser libraries come from npm by a lock file that names no registry, and a step that copies only what is used."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_the_lock_file_says_of_no_library_where_it_is_fetched() -> None:
    packages = json.loads(LOCK)["packages"].values()
    assert not any("resolved" in package for package in packages)
    assert "://" not in json.dumps([{**package, "funding": None} for package in packages])
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text(encoding="utf-8")


def test_every_library_is_pinned_with_its_digest() -> None:
    packages = {name: entry for name, entry in json.loads(LOCK)["packages"].items() if name}
    assert packages
    assert all(entry["version"] and entry["integrity"].startswith("sha512-") for entry in packages.values())


def test_every_copied_library_is_a_dependency_with_its_licence() -> None:
    taken = runpy.run_path(str(ROOT / "tools" / "vendor.py"))["FILES"].values()
    dependencies = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert {library for files in taken for library in files} == set(dependencies)
    for files in taken:
        for library, copied in files.items():
            assert any(name in copied for name in ("LICENSE", "LICENSE.txt", "package.json")), library
