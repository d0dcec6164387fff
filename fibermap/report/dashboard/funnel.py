"""The funnel of sales: of the leads of a zone, channel, rep or week, how many went how far, and how many were lost."""

from __future__ import annotations

import pyarrow as pa

from fibermap.report.dashboard.ground import Ground

NO_LEADS = "No lead has been captured yet."
_FUNNEL = """
    WITH reached AS (   -- what a lead has ever been, whatever it is now; one that another took in is not counted again
        SELECT l.lead_id, l.channel, l.rep, l.captured_at, z.code AS zone,
               p.lead_id IS NOT NULL AS pre_ordered, coalesce(p.committed, false) AS committed,
               o.lead_id IS NOT NULL AS ordered, coalesce(o.completed, false) AS completed,
               l.state = 'lost' AND o.lead_id IS NULL OR coalesce(o.cancelled, false) AS lost
        FROM lead l
        LEFT JOIN survivor s ON s.address_id = l.address_id
        LEFT JOIN zone_address za ON za.address_id = coalesce(s.survivor_id, l.address_id)
        LEFT JOIN zone z ON z.zone_id = za.zone_id
        LEFT JOIN (
            SELECT c.lead_id,
                   bool_or(c.state IN ('committed', 'waiting', 'converted') OR w.subject_id IS NOT NULL) AS committed
            FROM commitment c LEFT JOIN (
                SELECT DISTINCT subject_id FROM sale_change WHERE subject = 'commitment' AND after = 'committed'
            ) w ON w.subject_id = c.commitment_id
            GROUP BY c.lead_id
        ) p ON p.lead_id = l.lead_id
        LEFT JOIN (
            SELECT lead_id, bool_or(state = 'completed') AS completed,
                   bool_and(state IN ('cancelled', 'failed', 'rejected')) AS cancelled
            FROM customer_order WHERE lead_id IS NOT NULL GROUP BY lead_id
        ) o ON o.lead_id = l.lead_id
        WHERE l.lost_reason IS DISTINCT FROM 'duplicate'
          AND ($everything OR coalesce(s.survivor_id, l.address_id) IN (SELECT address_id FROM chosen))
    ),
    told AS (
        SELECT unnest(['all', 'zone', 'channel', 'rep', 'week']) AS grouped_by,
               unnest(['', zone, channel, rep, strftime(captured_at AT TIME ZONE 'UTC', '%G-W%V')]) AS which,
               * EXCLUDE (zone, channel, rep, captured_at)
        FROM reached
    )
    SELECT grouped_by, which, count(*) AS leads, count(*) FILTER (pre_ordered OR ordered) AS pre_ordered,
           count(*) FILTER (committed OR ordered) AS committed, count(*) FILTER (ordered) AS ordered,
           count(*) FILTER (completed) AS completed, count(*) FILTER (lost) AS lost,
           count(*) FILTER (pre_ordered OR ordered) / count(*) AS pre_ordered_rate,
           count(*) FILTER (committed OR ordered) / count(*) AS committed_rate,
           count(*) FILTER (ordered) / count(*) AS ordered_rate,
           count(*) FILTER (completed) / count(*) AS completed_rate,
           count(*) FILTER (lost) / count(*) AS lost_rate
    FROM told GROUP BY grouped_by, which
    ORDER BY list_position(['all', 'zone', 'channel', 'rep', 'week'], grouped_by), which NULLS LAST
"""


def funnel(ground: Ground) -> pa.Table:
    """Return how far leads have ever gone, of all of them and by zone, channel, rep and week of their capture.

    Returns
    -------
    pyarrow.Table
        ``grouped_by`` and ``which`` (a zone's code, a rep, an ISO week in UTC; NULL: in no zone, of no rep), then how
        many leads there were, how many pre-ordered, committed, ordered, were completed or lost, and each as a share
        of the leads, 0 to 1. Every step counts who went further: an order without a pre-order has been one.
    """
    return ground.look_up(
        "report.funnel", _FUNNEL, {"everything": ground.is_everything}, chosen=ground.chosen("address_id")
    )


def say_none(table: pa.Table) -> list[str]:
    """Return the sentence that there are no leads, where there are none."""
    return [] if table.num_rows else [NO_LEADS]
