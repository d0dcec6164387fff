"""The funnel of sales: of the leads of a zone, channel, rep or week, how many went how far, and how many were lost.

Before it stand the orders that were begun, most of them by people whom nobody knows, and how many came to nothing.
"""

from __future__ import annotations

import pyarrow as pa

from fibermap.report.dashboard.ground import Ground

NO_LEADS = "No lead has been captured yet, and no order begun."
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
    begun AS (   -- finished, or followed by a sale at the same address
        SELECT d.channel, d.rep, d.begun_at, z.code AS zone,
               d.state <> 'finished'
               AND NOT EXISTS (
                   SELECT 1 FROM customer_order o WHERE o.address_id = d.address_id AND o.placed_at >= d.begun_at
               ) AND NOT EXISTS (
                   SELECT 1 FROM commitment c WHERE c.address_id = d.address_id AND c.committed_at >= d.begun_at
               ) AS unfinished
        FROM sale_draft d
        LEFT JOIN survivor s ON s.address_id = d.address_id
        LEFT JOIN zone_address za ON za.address_id = coalesce(s.survivor_id, d.address_id)
        LEFT JOIN zone z ON z.zone_id = za.zone_id
        WHERE $everything OR coalesce(s.survivor_id, d.address_id) IN (SELECT address_id FROM chosen)
    ),
    told_begun AS (
        SELECT unnest(['all', 'zone', 'channel', 'rep', 'week']) AS grouped_by,
               unnest(['', zone, channel, rep, strftime(begun_at AT TIME ZONE 'UTC', '%G-W%V')]) AS which, unfinished
        FROM begun
    ),
    counted_begun AS (
        SELECT grouped_by, which, count(*) AS begun, count(*) FILTER (unfinished) AS unfinished
        FROM told_begun GROUP BY grouped_by, which
    ),
    told AS (
        SELECT unnest(['all', 'zone', 'channel', 'rep', 'week']) AS grouped_by,
               unnest(['', zone, channel, rep, strftime(captured_at AT TIME ZONE 'UTC', '%G-W%V')]) AS which,
               * EXCLUDE (zone, channel, rep, captured_at)
        FROM reached
    ),
    counted AS (
        SELECT grouped_by, which, count(*) AS leads, count(*) FILTER (pre_ordered OR ordered) AS pre_ordered,
               count(*) FILTER (committed OR ordered) AS committed, count(*) FILTER (ordered) AS ordered,
               count(*) FILTER (completed) AS completed, count(*) FILTER (lost) AS lost
        FROM told GROUP BY grouped_by, which
    ),
    every AS (SELECT grouped_by, which FROM counted UNION SELECT grouped_by, which FROM counted_begun)
    SELECT e.grouped_by, e.which, coalesce(b.begun, 0) AS begun, coalesce(b.unfinished, 0) AS unfinished,
           coalesce(c.leads, 0) AS leads, coalesce(c.pre_ordered, 0) AS pre_ordered,
           coalesce(c.committed, 0) AS committed, coalesce(c.ordered, 0) AS ordered,
           coalesce(c.completed, 0) AS completed, coalesce(c.lost, 0) AS lost,
           c.pre_ordered / c.leads AS pre_ordered_rate, c.committed / c.leads AS committed_rate,
           c.ordered / c.leads AS ordered_rate, c.completed / c.leads AS completed_rate, c.lost / c.leads AS lost_rate
    FROM every e
    LEFT JOIN counted c ON c.grouped_by = e.grouped_by AND c.which IS NOT DISTINCT FROM e.which
    LEFT JOIN counted_begun b ON b.grouped_by = e.grouped_by AND b.which IS NOT DISTINCT FROM e.which
    ORDER BY list_position(['all', 'zone', 'channel', 'rep', 'week'], e.grouped_by), e.which NULLS LAST
"""


def funnel(ground: Ground) -> pa.Table:
    """Return how far leads have ever gone, of all of them and by zone, channel, rep and week of their capture.

    Returns
    -------
    pyarrow.Table
        ``grouped_by`` and ``which`` (a zone's code, a rep, an ISO week in UTC; NULL: in no zone, of no rep); how many
        orders were ``begun`` there and are ``unfinished``, neither finished nor followed by a sale at their address;
        then how many leads there were, how many pre-ordered, committed, ordered, were completed or lost, and each as a
        share of the leads, 0 to 1. Every step counts who went further: an order without a pre-order has been one.
    """
    return ground.look_up(
        "report.funnel", _FUNNEL, {"everything": ground.is_everything}, chosen=ground.chosen("address_id")
    )


def say_none(table: pa.Table) -> list[str]:
    """Return the sentence that there are no leads, where there are none."""
    return [] if table.num_rows else [NO_LEADS]
