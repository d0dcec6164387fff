"""The county that the screens are tested on: made once, kept while what makes it stays the same."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from pathlib import Path

from fibermap.access.model import Role
from fibermap.access.registry import Registry
from fibermap.demo.run import DATABASE, run_demo
from fibermap.store import Store

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "county"
ADDRESSES = 1_200
PASSWORD = "juniper-ford-{role}"
"""Of the one person in each role, who is called as the role."""
_MADE_BY = ("demo", "store", "address", "coverage", "ingest", "formats", "spatial", "access")


def county() -> Path:
    """Return the folder of the county: its files, its database with a person in every role. Leave it as it is."""
    KEPT.mkdir(parents=True, exist_ok=True)
    made = KEPT / _mark()
    with (KEPT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one of several test workers makes it, the others wait
        if not made.is_dir():
            for old in KEPT.glob("county-*"):
                shutil.rmtree(old)
            being_made = KEPT / "being-made"
            shutil.rmtree(being_made, ignore_errors=True)
            _make(being_made)
            being_made.rename(made)
    return made


def _make(folder: Path) -> None:
    run_demo(folder, None, seed=7, addresses=ADDRESSES, say=lambda _: None)
    with Store.open(folder / DATABASE) as store:
        registry = Registry(store)
        for role in Role:
            registry.add_user(role.value, [role], PASSWORD.format(role=role.value))


def _mark() -> str:
    """Tell one state of the code that makes the county from another."""
    told = hashlib.sha256(str(ADDRESSES).encode())
    for room in _MADE_BY:
        for file in sorted((ROOT / "fibermap" / room).rglob("*")):
            if file.suffix in {".py", ".sql"}:
                told.update(file.read_bytes())
    told.update(Path(__file__).read_bytes())
    return f"county-{told.hexdigest()[:16]}"
