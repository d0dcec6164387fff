"""What a conversion writes, set by set."""

from __future__ import annotations

import pyarrow as pa

from fibermap.order.account import open_accounts
from fibermap.store import UnitOfWork
from fibermap.store.racing import first_come

_ANY = """
    SELECT EXISTS (SELECT 1 FROM commitment WHERE state IN ('pre-ordered', 'committed', 'waiting'))
        OR EXISTS (SELECT 1 FROM active_order) OR EXISTS (SELECT 1 FROM customer_order WHERE state = 'held')
"""

# -- merged addresses -------------------------------------------------------------------------------------------------

_MOVED = """
    SELECT a.address_id, a.order_id, g.address_id AS now_id
    FROM active_order a JOIN sale_ground g ON g.subject = 'order' AND g.id = a.order_id
    WHERE g.address_id <> a.address_id
"""
_FORGET_MOVED = "DELETE FROM active_order WHERE order_id IN (SELECT order_id FROM moved)"
_PLACE_MOVED = """
    INSERT INTO active_order
    SELECT m.now_id, arg_min(m.order_id, (o.placed_at, m.order_id))
    FROM moved m JOIN customer_order o USING (order_id)
    WHERE m.now_id NOT IN (SELECT address_id FROM active_order) GROUP BY m.now_id
"""

# -- held and resumed -------------------------------------------------------------------------------------------------

_TO_HOLD = """
    SELECT o.order_id, o.address_id, o.state AS before, 'held' AS after,
           coalesce(g.why_not, 'duplicate_active_order') AS why
    FROM sale_ground g JOIN customer_order o ON o.order_id = g.id
    WHERE g.subject = 'order' AND o.state IN ('acknowledged', 'pending', 'inProgress') AND o.kind <> 'cancel'
      AND (g.why_not IS NOT NULL OR o.order_id NOT IN (SELECT order_id FROM active_order))
"""
_HOLD = """
    UPDATE customer_order SET held_from = state, held_why = m.why, state = 'held', changed_at = $now
    FROM moves m WHERE customer_order.order_id = m.order_id
"""
# One that was put aside for another order at its address goes on once that one has ended; the earliest of several.
_TO_RESUME = """
    WITH free AS (
        SELECT o.order_id, o.address_id, o.held_from, g.address_id AS now_id, a.order_id AS active_id,
               row_number() OVER (PARTITION BY g.address_id ORDER BY o.placed_at, o.order_id) AS turn
        FROM sale_ground g JOIN customer_order o ON o.order_id = g.id
        LEFT JOIN active_order a ON a.address_id = g.address_id
        WHERE g.subject = 'order' AND o.state = 'held' AND g.why_not IS NULL AND o.held_why <> 'person'
          AND (a.order_id IS NULL OR a.order_id = o.order_id)
    )
    SELECT order_id, address_id, now_id, active_id, 'held' AS before,
           CASE WHEN held_from = 'pending' THEN 'pending' ELSE 'acknowledged' END AS after, 'resumed' AS why
    FROM free WHERE turn = 1
"""
_RESUME = """
    UPDATE customer_order SET state = m.after, held_from = NULL, held_why = NULL, changed_at = $now
    FROM moves m WHERE customer_order.order_id = m.order_id
"""
_REOCCUPY = "INSERT INTO active_order SELECT now_id, order_id FROM moves WHERE active_id IS NULL"
_NOTE_MOVES = """
    INSERT INTO sale_change
    SELECT 'order', order_id, address_id, before, after, why, NULL, $now, $cause FROM moves ORDER BY order_id
"""
_NOTICES = """
    UPDATE notice SET state = $after, plan_version = $version, changed_at = $now
    WHERE subject = 'order' AND kind = 'order_placed' AND state = $before
      AND subject_id IN (SELECT order_id FROM moves)
"""

# -- new orders -------------------------------------------------------------------------------------------------------

_ORDERS = """
    INSERT INTO customer_order BY NAME
    SELECT order_id, 'new' AS kind,
           CASE WHEN waits OR release_on > $today THEN 'pending' ELSE 'acknowledged' END AS state,
           address_id, contact_id, offer_id, technology, price, lead_id, commitment_id, channel, rep, deposit_id,
           release_on, $now AS placed_at, $now AS changed_at
    FROM due
"""
_ACTIVE = "INSERT INTO active_order SELECT now_id, order_id FROM due"
_WAITING = "INSERT INTO waiting_list SELECT order_id, terminal_id, committed_at FROM due WHERE waits"
_COMMITMENTS = """
    UPDATE commitment SET state = 'converted', order_id = due.order_id, changed_at = $now
    FROM due WHERE commitment.commitment_id = due.commitment_id
"""
_LEADS = """
    UPDATE lead SET state = 'converted', changed_at = $now FROM due
    WHERE lead.lead_id = due.lead_id AND lead.state NOT IN ('converted', 'lost')
"""
_HOUSEHOLDS = "DELETE FROM household WHERE lead_id IN (SELECT lead_id FROM due)"
_CHANGES = """
    INSERT INTO sale_change
    SELECT subject, subject_id, address_id, before, after, 'converted', NULL, $now, $cause FROM (
        SELECT 'lead' AS subject, lead_id AS subject_id, address_id, lead_was AS before, 'converted' AS after,
               commitment_id
        FROM due WHERE lead_was NOT IN ('converted', 'lost')
        UNION ALL
        SELECT 'commitment', commitment_id, address_id, was, 'converted', commitment_id FROM due
        UNION ALL
        SELECT 'order', order_id, address_id, NULL,
               CASE WHEN waits OR release_on > $today THEN 'pending' ELSE 'acknowledged' END, commitment_id FROM due
    ) ORDER BY commitment_id, subject
"""
_TOLD = """
    INSERT INTO notice
        (notice_id, contact_id, kind, subject, subject_id, facts, state, plan_version, queued_at, changed_at)
    SELECT notice_id, contact_id, 'order_placed', 'order', order_id,
           json_object('address_id', address_id, 'offer_id', offer_id, 'release_on', release_on,
                       'waits_for_port', waits),
           CASE WHEN reachable THEN 'waiting' ELSE 'undeliverable' END, $version, $now, $now
    FROM due
"""


def any_sale(uow: UnitOfWork) -> bool:
    """Tell whether anything was sold that a change of the plan may reach."""
    return bool(uow.sql.value("conversion.any", _ANY))


def follow_merges(uow: UnitOfWork) -> None:
    """Let live orders follow their addresses; where two come together the earlier one is that of the address."""
    moved = uow.sql.arrow("conversion.moved", _MOVED)
    if moved.num_rows:
        uow.sql.execute("conversion.forget_moved", _FORGET_MOVED, moved=moved)
        uow.sql.execute("conversion.place_moved", _PLACE_MOVED, moved=moved)


def hold_orders(uow: UnitOfWork, plan_version: int, cause: str) -> dict[str, int]:
    """Hold every order that what is true now does not carry any more; return how many, by reason."""
    moves = uow.sql.arrow("conversion.to_hold", _TO_HOLD)
    if not moves.num_rows:
        return {}
    uow.sql.execute("conversion.hold", _HOLD, {"now": uow.at_utc}, moves=moves)
    _note(uow, moves, cause)
    _turn_notices(uow, moves, "waiting", "recalled", plan_version)
    counted = moves["why"].value_counts().to_pylist()
    return {str(each["values"]): int(each["counts"]) for each in sorted(counted, key=lambda each: str(each["values"]))}


def resume_orders(uow: UnitOfWork, plan_version: int, cause: str) -> int:
    """Let every order go on that nothing holds any more but those that a person holds; return how many."""
    moves = uow.sql.arrow("conversion.to_resume", _TO_RESUME)
    if not moves.num_rows:
        return 0
    uow.sql.execute("conversion.resume", _RESUME, {"now": uow.at_utc}, moves=moves)
    with first_come():
        uow.sql.execute("conversion.reoccupy", _REOCCUPY, moves=moves)
    _note(uow, moves, cause)
    _turn_notices(uow, moves, "recalled", "waiting", plan_version)
    return int(moves.num_rows)


def write_orders(uow: UnitOfWork, due: pa.Table, plan_version: int, cause: str) -> None:
    """Write the orders of commitments that are due, and what becomes of the commitments and their leads."""
    now = {"now": uow.at_utc}
    today = {"today": uow.at_utc.date()}
    with first_come():
        uow.sql.execute("conversion.orders", _ORDERS, now | today, due=due)
        uow.sql.execute("conversion.active", _ACTIVE, due=due)
    open_accounts(uow, due.select(["contact_id"]))
    uow.sql.execute("conversion.waiting", _WAITING, due=due)
    uow.sql.execute("conversion.commitments", _COMMITMENTS, now, due=due)
    uow.sql.execute("conversion.leads", _LEADS, now, due=due)
    uow.sql.execute("conversion.households", _HOUSEHOLDS, due=due)
    uow.sql.execute("conversion.changes", _CHANGES, now | today | {"cause": cause}, due=due)
    uow.sql.execute("conversion.notices", _TOLD, now | {"version": plan_version}, due=due)


def _note(uow: UnitOfWork, moves: pa.Table, cause: str) -> None:
    uow.sql.execute("conversion.note", _NOTE_MOVES, {"now": uow.at_utc, "cause": cause}, moves=moves)


def _turn_notices(uow: UnitOfWork, moves: pa.Table, before: str, after: str, plan_version: int) -> None:
    """Let what was not sent yet of orders that are held not be sent, and of those that go on be sent after all."""
    said = {"before": before, "after": after, "version": plan_version, "now": uow.at_utc}
    uow.sql.execute("conversion.turn_notices", _NOTICES, said, moves=moves)
