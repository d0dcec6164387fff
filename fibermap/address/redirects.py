"""Redirects: merged ids lead to their survivor, so that whatever hangs on an id is never lost with it."""

from __future__ import annotations

from fibermap.store import UnitOfWork
from fibermap.store.temporal import IN_FORCE

SURVIVORS = f"""
    link AS (SELECT address_id, survivor_id FROM redirect WHERE {IN_FORCE}),
    chain AS (
        SELECT address_id, survivor_id, 1 AS hops FROM link
        UNION ALL
        SELECT chain.address_id, link.survivor_id, hops + 1
        FROM chain JOIN link ON link.address_id = chain.survivor_id WHERE hops < 50
    ),
    leads_to AS (SELECT address_id, arg_max(survivor_id, hops) AS survivor_id FROM chain GROUP BY address_id)
"""
"""Common table expressions for ``WITH RECURSIVE``: ``leads_to(address_id, survivor_id)`` as of ``$version``.

The view ``survivor`` is the same for the version in force.
"""


def follow_redirects(uow: UnitOfWork, address_id: int, version: int) -> int:
    """Return the address that an id leads to in a version: itself, or the survivor of its merges."""
    survivor = uow.sql.value(
        "redirect.follow",
        f"WITH RECURSIVE {SURVIVORS} SELECT survivor_id FROM leads_to WHERE address_id = $id",
        {"id": address_id, "version": version},
    )
    return address_id if survivor is None else int(survivor)
