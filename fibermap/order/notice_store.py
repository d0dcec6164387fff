"""The table of notices: what waits to be told, what is on its way, and what a person has to see to."""

from __future__ import annotations

from typing import Any

import orjson

from fibermap.kernel.errors import Code, NotFound
from fibermap.messages.simulated_messenger import simulated_message
from fibermap.order.lead_json import contact_json
from fibermap.order.notice_facts import text_of
from fibermap.order.notice_state import message_key
from fibermap.store import UnitOfWork

MOST_LISTED = 1_000
_ROWS = """
    SELECT n.notice_id, n.kind, n.subject, n.subject_id, a.address_id, a.full_address, n.state, n.attempts, n.due_at,
           n.failure, n.told_by, n.told_by = 'simulated' AND n.state = 'sent' AS simulated, n.queued_at, n.changed_at
    FROM notice n
    LEFT JOIN customer_order o ON n.subject = 'order' AND o.order_id = n.subject_id
    LEFT JOIN commitment c ON n.subject = 'commitment' AND c.commitment_id = n.subject_id
    LEFT JOIN survivor s ON s.address_id = coalesce(o.address_id, c.address_id)
    LEFT JOIN address a ON a.to_version IS NULL
         AND a.address_id = coalesce(s.survivor_id, o.address_id, c.address_id)
"""
_LIST = f"""
    {_ROWS} LEFT JOIN notice b ON b.notice_id = $after
    WHERE ($state::VARCHAR IS NULL OR n.state = $state)
      AND ($after = 0 OR (n.queued_at, n.notice_id) < (b.queued_at, b.notice_id))
    ORDER BY n.queued_at DESC, n.notice_id DESC LIMIT $limit
"""
_FIND = """
    SELECT n.notice_id, n.contact_id, n.kind, n.subject, n.subject_id, n.facts, n.state, n.attempts, n.decided_from,
           n.changed_at, c.name, c.phone, c.email
    FROM notice n LEFT JOIN contact c USING (contact_id) WHERE n.notice_id = ?
"""


def find_notice(uow: UnitOfWork, notice_id: int) -> dict[str, Any]:
    """Return a notice with whom it is to; raises ``NotFound`` (``notice_not_found``)."""
    found = uow.sql.records("notice.find", _FIND, [notice_id])
    if not found:
        raise NotFound(Code.NOTICE_NOT_FOUND, f"There is no notice {notice_id}.", hint="fibermap notices list")
    return found[0]


def list_notices(
    uow: UnitOfWork, state: str | None = None, *, after: int = 0, limit: int = 100
) -> list[dict[str, Any]]:
    """Return notices, the latest first, from behind the one of the id ``after`` on, without whom they are to."""
    asked = {"state": state, "after": after, "limit": min(limit, MOST_LISTED)}
    return uow.sql.records("notice.list", _LIST, asked)


def notice_json(uow: UnitOfWork, notice_id: int) -> dict[str, Any]:
    """Return a notice with its contact, what it says now, and what the simulated messenger kept of it."""
    notice = find_notice(uow, notice_id)
    (row,) = uow.sql.records("notice.row", f"{_ROWS} WHERE n.notice_id = ?", [notice_id])
    subject, body = text_of(uow, notice, None)
    return row | {
        "facts": orjson.loads(notice["facts"]),
        "contact": contact_json(uow, notice["contact_id"]),
        "text": {"subject": subject, "body": body},
        "would_have_sent": simulated_message(uow, message_key(notice_id)),
    }
