"""How full terminals are, where their ports are recorded, and how many units each would serve where they are not."""

from __future__ import annotations

import pyarrow as pa

from fibermap.report.dashboard.ground import Ground

MOST_TERMINALS = 2_000
"""Terminals that are listed, the fullest first."""

NOT_RECORDED = (
    "No terminal says how many ports it has, so how full they are is not known. "
    "Bring terminals in with a column for all ports and one for the free ones."
)

_TERMINAL = """
    WITH served AS (
        SELECT terminal_id AS feature_id, count(*) AS addresses, sum(units)::BIGINT AS units,
               count(*) FILTER (connectivity = 'active') AS active
        FROM chosen WHERE terminal_id IS NOT NULL GROUP BY terminal_id
    ),
    terminal AS (
        SELECT f.feature_id, coalesce(f.name, f.terminal_name) AS name, f.class, f.phase, f.cabinet,
               f.ports_total, f.ports_free,
               f.ports_total - f.ports_free AS ports_used,
               (f.ports_total - f.ports_free) / nullif(f.ports_total, 0) AS utilisation,
               coalesce(s.addresses, 0) AS addresses, coalesce(s.units, 0) AS units, coalesce(s.active, 0) AS active,
               (f.west + f.east) / 2 AS lon, (f.south + f.north) / 2 AS lat
        FROM plan_feature f LEFT JOIN served s USING (feature_id)
        WHERE f.to_version IS NULL AND f.role = 'network_points' AND f.kind = 'terminal'
          AND ($everything OR s.feature_id IS NOT NULL)
    )
"""
_EACH = f"""
    {_TERMINAL} SELECT * FROM terminal
    ORDER BY utilisation DESC NULLS LAST, units DESC, name, feature_id LIMIT $most
"""
_BY_PHASE = f"""
    {_TERMINAL}
    SELECT phase, class, count(*) AS terminals, count(utilisation) AS recorded,
           sum(ports_total) FILTER (utilisation IS NOT NULL)::BIGINT AS ports_total,
           sum(ports_used)::BIGINT AS ports_used,
           sum(ports_used) / nullif(sum(ports_total) FILTER (utilisation IS NOT NULL), 0) AS utilisation,
           count(*) FILTER (ports_free <= 0) AS full, sum(units)::BIGINT AS units
    FROM terminal GROUP BY ALL ORDER BY phase NULLS LAST, class NULLS LAST
"""


def terminals(ground: Ground) -> pa.Table:
    """Return the terminals, the fullest first, then those with the most units; with filters those of their addresses.

    Returns
    -------
    pyarrow.Table
        ``ports_used`` and ``utilisation`` (0..1) are NULL where the terminal says nothing of its ports; ``addresses``,
        ``units`` and ``active`` are of the chosen addresses that it would serve.
    """
    return ground.look_up("report.terminals", _EACH, {**_said(ground), "most": MOST_TERMINALS}, chosen=_chosen(ground))


def ports(ground: Ground) -> pa.Table:
    """Return by phase and class: terminals, those with ``recorded`` ports, ports, used ones, and full terminals."""
    return ground.look_up("report.ports", _BY_PHASE, _said(ground), chosen=_chosen(ground))


def say_whether_recorded(table: pa.Table) -> list[str]:
    """Return the sentence that no terminal records its ports, where none does."""
    return [] if table["utilisation"].null_count < table.num_rows else [NOT_RECORDED]


def _said(ground: Ground) -> dict[str, bool]:
    return {"everything": ground.is_everything}


def _chosen(ground: Ground) -> pa.Table:
    return ground.chosen("terminal_id", "units", "connectivity::VARCHAR AS connectivity")
