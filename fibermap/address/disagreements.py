"""Where a source says something new of what a person has corrected: listed, and settled one way or the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from fibermap.kernel.errors import Code, Conflict, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.spatial.metres import ground_distance_m
from fibermap.store import UnitOfWork


class AddressChanged(Conflict):
    """An address, or what its source says of it, is no longer what somebody looked at; ``changes`` says how."""


def disagreements(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return the corrections whose sources say something new since: neither what they said then nor the correction.

    ``corrected``, ``said_then`` (None where no source knew the address) and ``says_now`` are the fields in question.
    ``seen`` tells this disagreement from one that the source's next word makes of it; who settles it names it.
    """
    rows = uow.sql.records("correction.disagreements", _DISAGREEING)
    return [row for row in map(_with_fields, rows) if _says_otherwise(row)]


def keep(uow: UnitOfWork, correction_id: int, seen: int | None, version: int) -> int:
    """Let a correction stand against what its source says now, and return its address.

    Raises
    ------
    AddressChanged
        ``address_changed``: the source has said something else since ``seen``.
    NotFound
        ``correction_not_found``: no source disagrees with such a correction.
    """
    found = _find(uow, correction_id, seen)
    _close(uow, correction_id, version)
    uow.sql.execute(
        "correction.keep",
        """
        INSERT INTO correction
        SELECT * REPLACE ($now AS source_fields, $version::INTEGER AS from_version, NULL::INTEGER AS to_version)
        FROM correction WHERE correction_id = $id AND to_version = $version
        """,
        {"id": correction_id, "now": orjson.dumps(found["says_now"]).decode(), "version": version},
    )
    return int(found["address_id"])


def withdraw(uow: UnitOfWork, correction_id: int, seen: int | None, version: int) -> int:
    """End a correction, so that its source's word counts, and return its address; raises what :func:`keep` does."""
    found = _find(uow, correction_id, seen)
    _close(uow, correction_id, version)
    return int(found["address_id"])


def _find(uow: UnitOfWork, correction_id: int, seen: int | None) -> dict[str, Any]:
    found = next((row for row in disagreements(uow) if row["correction_id"] == correction_id), None)
    if found is None:
        raise NotFound(
            Code.CORRECTION_NOT_FOUND,
            f"No source disagrees with a correction {correction_id}.",
            hint="Look at the disagreements again: somebody may have settled it, or the source have come round.",
        )
    if seen is not None and seen != found["seen"]:
        raise AddressChanged(
            Code.ADDRESS_CHANGED,
            f"The source of {found['full_address']} has said something else since you looked.",
            hint="Look at what it says now, and decide again.",
            address_id=found["address_id"],
            changes=[{"says_now": found["says_now"]}],
        )
    return found


def _close(uow: UnitOfWork, correction_id: int, version: int) -> None:
    uow.sql.execute(
        "correction.close",
        "UPDATE correction SET to_version = ? WHERE correction_id = ? AND to_version IS NULL",
        [version, correction_id],
    )


_DISAGREEING = """
    SELECT c.correction_id, c.kind, a.address_id, a.full_address, s.name AS source, c.author, c.reason, c.made_at,
           c.fields AS corrected, c.source_fields AS said_then,
           {'lon': r.lon, 'lat': r.lat, 'kind': r.kind, 'serviceable': r.serviceable} AS says_now
    FROM correction c
    LEFT JOIN survivor l ON l.address_id = c.address_id
    JOIN address a ON a.address_id = coalesce(l.survivor_id, c.address_id) AND a.to_version IS NULL
    JOIN source_record r ON r.record_id = a.record_id AND r.to_version IS NULL
    JOIN source s ON s.source_id = r.source_id
    WHERE c.to_version IS NULL AND c.kind IN ('move', 'retype') ORDER BY c.made_at, c.correction_id
"""


def _with_fields(row: dict[str, Any]) -> dict[str, Any]:
    corrected, then = orjson.loads(row["corrected"]), orjson.loads(row["said_then"] or "null")
    now = {name: row["says_now"][name] for name in corrected}
    seen = stable_id("disagreement", row["correction_id"], orjson.dumps(now).decode())
    return row | {"corrected": corrected, "said_then": then, "says_now": now, "seen": seen}


def _says_otherwise(row: dict[str, Any]) -> bool:
    now, then = row["says_now"], row["said_then"]
    return not _same(now, row["corrected"]) and (then is None or not _same(now, then))


def _same(now: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Tell whether a source says the same; positions within a metre of one another are one."""
    if "lon" not in said:
        return all(now[field] == value for field, value in said.items())
    if now["lon"] is None or said["lon"] is None:
        return now["lon"] is said["lon"]
    apart_m = ground_distance_m([now["lon"]], [now["lat"]], [said["lon"]], [said["lat"]])
    return bool(apart_m[0] <= 1.0)
