"""When a phase slips: for every pre-order in it the price is locked as much longer, and a notice offers the deposit
back.

One set-based step for each slip, however many pre-orders it touches. A slip that is delivered again finds what it did
and does nothing. The notice waits for the end of the recall window like every other; the longer lock stays, whatever
becomes of the slip: nobody is promised a price for shorter than they were told.
"""

from __future__ import annotations

import pyarrow as pa

from fibermap.kernel.ids import stable_id
from fibermap.store import UnitOfWork

KIND = "phase_slipped"
_TOUCHED = """
    WITH moved AS (
        SELECT slip_id, phase, feature_id, now_on, now_precision, was_on,
               greatest(date_diff('day', was_on, now_on), 0) AS days
        FROM date_slip WHERE from_version = $version
    ),
    touched AS (
        SELECT p.commitment_id, p.lead_id, m.slip_id, arg_max(m, m.days) AS by
        FROM preorder p JOIN verdict v ON v.address_id = p.now_id AND v.technology = p.technology
        JOIN moved m ON m.feature_id = v.feature_id
        WHERE p.state IN ('pre-ordered', 'committed') GROUP BY ALL
    )
    SELECT t.commitment_id, t.slip_id, l.contact_id, t.by.phase AS phase, t.by.was_on AS was_on, t.by.now_on AS now_on,
           t.by.now_precision AS precision, coalesce(t.by.days, 0)::INTEGER AS days,
           (c.phone IS NOT NULL OR c.email IS NOT NULL) AND NOT coalesce((
               SELECT bool_and(w.withdrawn_at IS NOT NULL) FROM consent w WHERE w.contact_id = l.contact_id
           ), false) AS reachable
    FROM touched t JOIN lead l USING (lead_id) JOIN contact c USING (contact_id)
    WHERE NOT EXISTS (SELECT 1 FROM commitment_slip d WHERE d.slip_id = t.slip_id AND d.commitment_id = t.commitment_id)
    ORDER BY t.commitment_id
"""
_EXTEND = """
    UPDATE commitment
    SET price_locked_until = price_locked_until + touched.days,
        price = json_merge_patch(price, json_object('lock_until', (price_locked_until + touched.days)::VARCHAR)),
        changed_at = $now
    FROM touched WHERE commitment.commitment_id = touched.commitment_id AND touched.days > 0
"""
_NOTICES = """
    INSERT INTO notice
        (notice_id, contact_id, kind, subject, subject_id, facts, state, plan_version, queued_at, changed_at)
    SELECT notice_id, contact_id, $kind, 'commitment', commitment_id,
           json_object('phase', phase, 'was_on', was_on, 'now_on', now_on, 'precision', precision, 'days', days,
                       'choices', ['keep', 'refund']),
           CASE WHEN reachable THEN 'waiting' ELSE 'undeliverable' END, $version, $now, $now
    FROM touched
"""


def slip_preorders(uow: UnitOfWork, plan_version: int) -> int:
    """Carry out for pre-orders what the slips of a plan version mean; return how many they touched.

    A first date moves nothing: there is none that it could have slipped from.
    """
    touched = uow.sql.arrow("slip.touched", _TOUCHED, {"version": plan_version})
    if not touched.num_rows:
        return 0
    ids = [stable_id("notice", KIND, *pair) for pair in zip(*(touched[n].to_pylist() for n in _KEY), strict=True)]
    touched = touched.append_column("notice_id", pa.array(ids, pa.int64()))
    now = {"now": uow.at_utc}
    uow.sql.execute("slip.extend", _EXTEND, now, touched=touched)
    uow.sql.execute("slip.notices", _NOTICES, now | {"kind": KIND, "version": plan_version}, touched=touched)
    uow.sql.execute(
        "slip.done",
        "INSERT INTO commitment_slip SELECT slip_id, commitment_id, days, $now FROM touched",
        now,
        touched=touched,
    )
    return int(touched.num_rows)


_KEY = ("slip_id", "commitment_id")


def recall_undone(uow: UnitOfWork, plan_version: int) -> int:
    """Call off what was still to be said of the plan version that this one takes back; return how much that was."""
    return uow.sql.execute(
        "slip.recall",
        """
        UPDATE notice SET state = 'recalled', changed_at = $now
        WHERE kind = $kind AND state = 'waiting'
          AND plan_version = (SELECT undoes FROM plan_version WHERE version = $version)
        """,
        {"now": uow.at_utc, "version": plan_version, "kind": KIND},
    )
