"""Where everything comes from: what each source holds, how old it is, and what was brought in when."""

from __future__ import annotations

import pyarrow as pa

from fibermap.report.dashboard.ground import Ground

MOST_INGESTS = 1_000

_SOURCES = """
    WITH revision AS (
        SELECT r.source_id, count(*) AS layers, sum(r.read)::BIGINT AS read, sum(r.ingested)::BIGINT AS ingested,
               sum(r.repaired)::BIGINT AS repaired, sum(r.quarantined)::BIGINT AS quarantined,
               sum(r.set_aside)::BIGINT AS set_aside, max(p.created_at) AS changed_at
        FROM source_revision r JOIN plan_version p ON p.version = r.from_version
        WHERE r.to_version IS NULL GROUP BY r.source_id
    ),
    named AS (   -- an address counts for the source whose record names and places it
        SELECT r.source_id, count(*) AS addresses
        FROM chosen c JOIN address a ON a.address_id = c.address_id AND a.to_version IS NULL
        JOIN source_record r ON r.record_id = a.record_id AND r.to_version IS NULL
        GROUP BY r.source_id
    ),
    pulled AS (
        SELECT name, max(ended_at) AS looked_at FROM source_pull WHERE state IN ('published', 'unchanged') GROUP BY name
    )
    SELECT s.name AS source, t.licence, t.permitted_uses, v.layers, v.read, v.ingested, v.repaired, v.quarantined,
           v.set_aside, coalesce(n.addresses, 0) AS addresses,
           n.addresses / nullif((SELECT count(*) FROM chosen), 0) AS share,
           v.changed_at, greatest(v.changed_at, p.looked_at) AS looked_at,
           date_diff('day', (greatest(v.changed_at, p.looked_at) AT TIME ZONE 'UTC')::DATE, $today::DATE)::INTEGER
               AS age_days
    FROM source s
    JOIN revision v ON v.source_id = s.source_id
    LEFT JOIN source_terms t ON t.source_id = s.source_id AND t.to_version IS NULL
    LEFT JOIN named n ON n.source_id = s.source_id
    LEFT JOIN pulled p ON p.name = s.name
    ORDER BY addresses DESC, source
"""
_INGESTS = """
    WITH read AS (
        SELECT r.from_version AS version, string_agg(DISTINCT s.name, ', ' ORDER BY s.name) AS sources,
               count(*) AS layers, sum(r.read)::BIGINT AS read, sum(r.ingested)::BIGINT AS ingested,
               sum(r.repaired)::BIGINT AS repaired, sum(r.quarantined)::BIGINT AS quarantined,
               sum(r.set_aside)::BIGINT AS set_aside
        FROM source_revision r JOIN source s ON s.source_id = r.source_id GROUP BY r.from_version
    ),
    taken_back AS (
        SELECT undoes AS version, max(version) AS by_version FROM plan_version WHERE undoes IS NOT NULL GROUP BY 1
    )
    SELECT * FROM (
        SELECT p.created_at AS happened_at, p.kind AS what,
               CASE WHEN b.version IS NULL THEN 'in force' ELSE 'taken back' END AS state,
               p.version, p.author, p.label, r.sources, r.layers, r.read, r.ingested, r.repaired, r.quarantined,
               r.set_aside, p.undoes, b.by_version AS undone_by
        FROM plan_version p LEFT JOIN read r USING (version) LEFT JOIN taken_back b USING (version)
        WHERE p.kind = 'promote' OR p.undoes IN (SELECT version FROM plan_version WHERE kind = 'promote')
        UNION ALL BY NAME
        SELECT ended_at AS happened_at, 'pull' AS what, state, plan_version AS version, author, name AS label,
               name AS sources
        FROM source_pull WHERE state <> 'published'
    )
    ORDER BY happened_at DESC, version DESC LIMIT $most
"""


def sources(ground: Ground) -> pa.Table:
    """Return each source in force: licence, what was read of it, its share of the chosen addresses, and its age.

    Returns
    -------
    pyarrow.Table
        ``read`` is the sum of ``ingested``, ``repaired``, ``quarantined`` and ``set_aside``; ``changed_at`` is when it
        last said something new, ``looked_at`` when it was last read, pulls that changed nothing included.
    """
    today = {"today": ground.today}
    return ground.look_up("report.sources", _SOURCES, today, chosen=ground.chosen("address_id"))


def ingests(ground: Ground) -> pa.Table:
    """Return what was brought in and taken back, newest first, and the pulls that published nothing.

    Returns
    -------
    pyarrow.Table
        ``what`` is ``promote``, ``undo`` or ``pull``; ``state`` ``in force`` or ``taken back``, of a pull how it ended;
        ``undone_by`` the version that took it back.
    """
    return ground.look_up("report.ingests", _INGESTS, {"most": MOST_INGESTS})
