"""Browser libraries come from npm by a lock file that names no registry, and a step that copies only what is used."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "package-lock.json").read_text(encoding="utf-8")


def test_the_lock_file_names_no_host() -> None:
    assert "://" not in LOCK
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text(encoding="utf-8")


def test_every_library_is_pinned_with_its_digest() -> None:
    packages = {name: entry for name, entry in json.loads(LOCK)["packages"].items() if name}
    assert packages
    assert all(entry["version"] and entry["integrity"].startswith("sha512-") for entry in packages.values())


def test_every_copied_library_is_a_dependency_with_its_licence() -> None:
    files = runpy.run_path(str(ROOT / "tools" / "vendor.py"))["FILES"]
    assert set(files) == set(json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"])
    assert all("LICENSE" in copied for copied in files.values())
