"""Everything that ever happened to an address: verdicts, corrections, connectivity, holds and merges, in one list."""

from __future__ import annotations

from typing import Any

import orjson

from fibermap.address.redirects import follow_redirects
from fibermap.coverage.versions import current_version
from fibermap.kernel.errors import Code, NotFound
from fibermap.store import UnitOfWork

MOST_ENTRIES = 1_000

_TIMELINE = """
    WITH me AS (   -- the address, and every id that was merged into it
        SELECT $id::BIGINT AS address_id UNION SELECT address_id FROM survivor WHERE survivor_id = $id
    ),
    held AS (
        SELECT hold_id, code, reason, author, placed_at, min(from_version) AS from_version,
               CASE WHEN count(*) = count(to_version) THEN max(to_version) END AS to_version
        FROM hold
        WHERE address_id IN (SELECT address_id FROM me)
           OR location_id IN (SELECT location_id FROM address JOIN me USING (address_id))
           OR hold_id IN (SELECT hold_id FROM hold_member JOIN me USING (address_id))
           OR hold_id IN (SELECT hold_id FROM address_hold JOIN me USING (address_id))
        GROUP BY hold_id, code, reason, author, placed_at
    ),
    told AS (
        SELECT p.created_at AS happened_at, 'verdict' AS what, p.kind || ': ' || p.label AS cause,
               c.version AS plan_version,
               json_object('technology', c.technology, 'from', c.from_class, 'to', c.to_class) AS detail
        FROM verdict_change c JOIN me USING (address_id) JOIN plan_version p USING (version)
        UNION ALL
        SELECT c.made_at, 'correction', c.author, min(c.from_version),
               json_object('kind', c.kind, 'reason', c.reason)
        FROM correction c JOIN me USING (address_id) GROUP BY c.correction_id, c.made_at, c.author, c.kind, c.reason
        UNION ALL
        SELECT c.changed_at, 'connectivity', c.cause, NULL, json_object('from', c.before, 'to', c.after)
        FROM connectivity_change c JOIN me USING (address_id)
        UNION ALL
        SELECT placed_at, 'hold_placed', author, from_version,
               json_object('hold_id', hold_id, 'code', code, 'reason', reason)
        FROM held
        UNION ALL
        SELECT p.created_at, 'hold_released', p.author, p.version, json_object('hold_id', hold_id, 'code', code)
        FROM held JOIN plan_version p ON p.version = held.to_version
        UNION ALL
        SELECT p.created_at, 'merged', p.kind || ': ' || p.label, p.version, json_object('address_id', r.address_id)
        FROM redirect r JOIN plan_version p ON p.version = r.from_version WHERE r.survivor_id = $id
    )
    SELECT happened_at, what, cause, plan_version, detail::VARCHAR AS detail FROM told
    ORDER BY happened_at DESC, plan_version DESC NULLS FIRST, what, detail LIMIT $most
"""


def timeline(uow: UnitOfWork, address_id: int) -> list[dict[str, Any]]:
    """Return what happened to an address, newest first, up to 1,000 entries.

    Of holds on areas only those that are in force are told.

    Parameters
    ----------
    address_id
        An address, also one that is no longer current, or an id that was merged into one.

    Returns
    -------
    list of dict
        ``happened_at`` (aware UTC datetime), ``what`` (verdict, correction, connectivity, hold_placed,
        hold_released, merged), ``cause`` (the plan version's label, or who), ``plan_version`` (None where it opened
        none) and ``detail``.

    Raises
    ------
    NotFound
        ``address_not_found``: there never was such an address.
    """
    found = follow_redirects(uow, address_id, current_version(uow))
    if uow.sql.value("timeline.known", "SELECT 1 FROM address WHERE address_id = ? LIMIT 1", [found]) is None:
        raise NotFound(
            Code.ADDRESS_NOT_FOUND,
            f"There never was an address {address_id}.",
            hint="Look it up with a check.",
            address_id=address_id,
        )
    rows = uow.sql.records("timeline", _TIMELINE, {"id": found, "most": MOST_ENTRIES})
    return [{**row, "detail": orjson.loads(row["detail"])} for row in rows]
