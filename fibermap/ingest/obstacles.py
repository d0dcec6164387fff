"""Whom a change touches that must not be touched unseen: customers, holds, and what else slices ask to be watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from fibermap.coverage.difference import Difference
from fibermap.ingest.findings import counted
from fibermap.store import UnitOfWork

MOST_IDS = 100
"""Addresses that an obstacle names."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Addresses that no change may touch without a planner.

    Attributes
    ----------
    code
        Stable, for programs: ``customer``.
    has
        What each of them has, for a person: ``a customer``.
    sql
        A query of one column ``address_id``; it is asked before the change.
    """

    code: str
    has: str
    sql: str


_WATCHED: dict[str, Watched] = {}


def watch(watched: Watched) -> None:
    """Have more addresses watched; a slice calls this once, when it is put together."""
    _WATCHED[watched.code] = watched


watch(
    Watched(
        "customer",
        "a customer",
        """
        SELECT address_id FROM unit_connectivity WHERE state NOT IN ('none', 'passed')
        UNION SELECT address_id FROM connectivity WHERE state NOT IN ('none', 'passed')
        """,
    )
)
watch(Watched("hold", "a hold", "SELECT DISTINCT address_id FROM address_hold"))


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a change waits for a planner; ``address_ids`` are the first :data:`MOST_IDS`."""

    code: str
    message: str
    count: int
    address_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Consequences:
    """Whom a change touches.

    Attributes
    ----------
    touched
        Addresses whose verdict, place or name changes, or that come or go.
    of
        Addresses that there were before.
    obstacles
        Why a program must not make the change by itself; a person may.
    """

    touched: int
    of: int
    obstacles: tuple[Obstacle, ...] = ()

    @property
    def share(self) -> float:
        """The share of addresses that are touched, 0 to 1; all of them where there were none."""
        return min(1.0, self.touched / self.of) if self.of else float(self.touched > 0)


@dataclass(frozen=True, slots=True)
class Before:
    """What is watched, as it stood before the change."""

    addresses: int
    watched: Mapping[str, pa.Table]
    held: pa.Table


def look_before(uow: UnitOfWork) -> Before:
    """Look at what is watched before anything is written."""
    return Before(
        int(uow.sql.value("obstacles.addresses", "SELECT count(*) FROM address WHERE to_version IS NULL")),
        {code: uow.sql.arrow(f"obstacles.{code}", each.sql) for code, each in _WATCHED.items()},
        uow.sql.arrow("obstacles.held", _HELD),
    )


def look_after(uow: UnitOfWork, before: Before, difference: Difference, version: int) -> Consequences:
    """Say whom the change to ``version`` touches, inside its transaction."""
    changed = difference.addresses.select(["address_id"])
    touched = uow.sql.arrow("obstacles.touched", _TOUCHED, {"version": version}, changed=changed)
    found = [_leaving(difference)]
    for code, watched in before.watched.items():
        ids = _ids(uow.sql.arrow(f"obstacles.touched.{code}", _BOTH, touched=touched, watched=watched))
        found.append(_obstacle(code, ids, f"with {_WATCHED[code].has} {{change}}"))
    held = _ids(uow.sql.arrow("obstacles.hold_changes", _HELD_DIFFERS, before=before.held))
    found.append(_obstacle("hold_changes", held, "{get} or lose a hold"))
    return Consequences(touched.num_rows, before.addresses, tuple(each for each in found if each is not None))


_HELD = "SELECT address_id, hold_id FROM address_hold"
_TOUCHED = """
    SELECT address_id FROM changed
    UNION SELECT address_id FROM address WHERE from_version = $version OR to_version = $version
"""
_BOTH = "SELECT address_id FROM touched SEMI JOIN watched USING (address_id) ORDER BY address_id"
_HELD_DIFFERS = f"""
    SELECT DISTINCT address_id FROM (
        (FROM before EXCEPT {_HELD}) UNION ALL ({_HELD} EXCEPT FROM before)
    ) ORDER BY address_id
"""


def _leaving(difference: Difference) -> Obstacle | None:
    rows: list[dict[str, Any]] = difference.addresses.select(["address_id", "from_class", "change"]).to_pylist()
    ids = sorted({row["address_id"] for row in rows if row["from_class"] == "build" and row["change"] == "lost"})
    return _obstacle("leaves_build", ids, "{leave} build")


def _obstacle(code: str, ids: list[int], says: str) -> Obstacle | None:
    if not ids:
        return None
    one = len(ids) == 1
    verbs = {name: f"{name}s" if one else name for name in ("leave", "change", "get")}
    message = f"{counted(len(ids), 'address', 'addresses')} {says.format(**verbs)}"
    return Obstacle(code, f"{message}.", len(ids), tuple(ids[:MOST_IDS]))


def _ids(table: pa.Table) -> list[int]:
    ids: list[int] = table["address_id"].to_pylist()
    return ids
