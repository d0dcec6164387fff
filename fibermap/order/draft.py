"""An order or pre-order that was begun and can be gone on with: what was chosen, and of a person what they agreed to.

Nothing is promised by one: what is sold at the address, and for how much, is judged anew when it is finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

import orjson

from fibermap.kernel.errors import Code, Conflict, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.order.catalogue_store import read_catalogue
from fibermap.order.contact import Contact, find_contact
from fibermap.order.household import home_at
from fibermap.order.lead import CLOSED, Lead, LeadState
from fibermap.order.lead_commands import Capture, capture_lead, step_lead
from fibermap.order.lead_store import find_lead
from fibermap.order.order_commands import without_ports
from fibermap.order.texts import LONGEST_NAME, channel_of, plain_text
from fibermap.store import UnitOfWork

KEPT_FOR = timedelta(days=30)
"""How long one can be gone on with. Afterwards it counts in the funnel, and leads to nobody."""
Became = Literal["commitment", "order"]


class DraftState(StrEnum):
    """How far a draft is."""

    OPEN = "open"
    FINISHED = "finished"
    GIVEN_UP = "given_up"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Begun:
    """What somebody has begun to order.

    Attributes
    ----------
    lead_id
        Whose it is, where they are on record; None: nobody's.
    """

    address_id: int
    offer_id: int
    channel: str
    add_on_ids: Sequence[int] = ()
    rep: str | None = None
    lead_id: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it is kept; ``sale`` is what it would have been when it was begun."""

    draft_id: int
    address_id: int
    offer_id: int
    add_on_ids: tuple[int, ...]
    sale: str
    channel: str
    rep: str | None
    lead_id: int | None
    state: DraftState
    became: Became | None
    became_id: int | None
    begun_at: datetime
    expires_at: datetime


_COLUMNS = ", ".join(Draft.__dataclass_fields__)


def begin_draft(uow: UnitOfWork, begun: Begun, request: str) -> Draft:
    """Keep that somebody has begun to order what is sold at an address now; the same request again is the same draft.

    Raises
    ------
    NotFound
        ``address_not_found``, ``offering_not_found``, ``lead_not_found``.
    Conflict
        What the catalogue refuses with where the offer is not sold there; ``lead_state_refused`` for another address's.
    InputRefused
        ``address_not_settled``, ``argument_invalid``.
    """
    draft_id = stable_id("draft", request)
    known = _find(uow, draft_id)
    if known is not None:
        return known
    channel = channel_of(begun.channel)
    rep = None if begun.rep is None else plain_text("rep", begun.rep, LONGEST_NAME)
    home = home_at(uow, begun.address_id)
    catalogue, on = read_catalogue(uow), uow.at_utc.date()
    offer = catalogue.require_sold(without_ports(home), begun.offer_id, channel, on)
    for add_on_id in begun.add_on_ids:
        catalogue.require_sold(home, add_on_id, channel, on)
    if begun.lead_id is not None:
        _require_lead_at(find_lead(uow, begun.lead_id), home.address_id)
    draft = Draft(
        draft_id, home.address_id, begun.offer_id, tuple(begun.add_on_ids), str(offer.sale), channel, rep,
        begun.lead_id, DraftState.OPEN, None, None, uow.at_utc, uow.at_utc + KEPT_FOR,
    )  # fmt: skip
    row = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    row |= {"state": str(draft.state), "add_on_ids": orjson.dumps(draft.add_on_ids).decode()}
    named = ", ".join(f"${name}" for name in row)
    uow.sql.execute("draft.insert", f"INSERT INTO sale_draft ({_COLUMNS}, changed_at) VALUES ({named}, $begun_at)", row)
    return draft


def _require_lead_at(lead: Lead, address_id: int) -> None:
    if lead.state in CLOSED or lead.address_id != address_id:
        raise Conflict(
            Code.LEAD_STATE_REFUSED, "The lead is closed, or of another address.", hint="Take an open lead there."
        )


def find_draft(uow: UnitOfWork, draft_id: int) -> Draft:
    """Return a draft by id; raises ``NotFound`` (``link_invalid``): nobody comes to one but by its link."""
    found = _find(uow, draft_id)
    if found is None:
        raise NotFound(Code.LINK_INVALID, "This link does not lead to anything.", hint="Ask for a new one.")
    return found


def _find(uow: UnitOfWork, draft_id: int) -> Draft | None:
    row = uow.sql.row("draft.find", f"SELECT {_COLUMNS} FROM sale_draft WHERE draft_id = ?", [draft_id])
    return None if row is None else _read(row, uow.at_utc)


def _read(row: Sequence[Any], now: datetime) -> Draft:
    draft = Draft(*row)
    over = draft.state == DraftState.OPEN and draft.expires_at <= now
    state = DraftState.EXPIRED if over else DraftState(draft.state)
    lead_id = draft.lead_id if state is DraftState.OPEN else None
    return replace(draft, state=state, lead_id=lead_id, add_on_ids=tuple(orjson.loads(row[3])))


def open_draft(uow: UnitOfWork, draft_id: int) -> Draft:
    """Return a draft that can be gone on with.

    Raises
    ------
    Conflict
        ``draft_closed``: it was finished or given up, or its time is over.
    NotFound
        ``link_invalid``.
    """
    draft = find_draft(uow, draft_id)
    if draft.state is not DraftState.OPEN:
        raise Conflict(
            Code.DRAFT_CLOSED, f"What was begun is {draft.state.replace('_', ' ')}.", hint="Begin anew at the address.",
            state=str(draft.state),
        )  # fmt: skip
    return draft


def draft_at(uow: UnitOfWork, draft_id: int, address_id: int) -> Draft:
    """Return a draft that can be gone on with at an address; raises as `open_draft`, also where it is of another one.

    Who a draft knows is nobody's to order for elsewhere.
    """
    draft = open_draft(uow, draft_id)
    if home_at(uow, draft.address_id).address_id != home_at(uow, address_id).address_id:
        raise Conflict(Code.DRAFT_CLOSED, "What was begun is of another address.", hint="Begin anew at the address.")
    return draft


def remember(uow: UnitOfWork, draft_id: int, capture: Capture, settings: Settings) -> bool:
    """Keep who has begun it, as they agreed to: as interest at its address, with their consent.

    Returns
    -------
    bool
        Whether the draft knows them from now on. Where somebody else of the household was there before it does not, so
        that a draft leads to nobody but who wrote it.
    """
    draft = open_draft(uow, draft_id)
    captured = capture_lead(uow, replace(capture, address_id=draft.address_id, rep=draft.rep), settings)
    if captured.contact_id != captured.lead.contact_id:
        return False
    uow.sql.execute(
        "draft.remember",
        "UPDATE sale_draft SET lead_id = ?, changed_at = ? WHERE draft_id = ?",
        [captured.lead.lead_id, uow.at_utc, draft_id],
    )
    return True


def known_of(uow: UnitOfWork, draft: Draft) -> Contact | None:
    """Return who has begun a draft, where it knows; None where not, or where they are forgotten."""
    if draft.lead_id is None:
        return None
    contact = find_contact(uow, find_lead(uow, draft.lead_id).contact_id)
    return contact if contact.name else None


def finish_draft(uow: UnitOfWork, draft: Draft, became: Became, became_id: int) -> None:
    """Note what an open draft became; its link leads there from now on. Interest that it has is then an order's."""
    if became == "order" and draft.lead_id is not None:
        lead = find_lead(uow, draft.lead_id)
        if lead.state in (LeadState.NEW, LeadState.QUALIFIED):
            step_lead(uow, lead, LeadState.CONVERTED, why="ordered")
            uow.sql.execute(
                "draft.ordered", "UPDATE customer_order SET lead_id = ? WHERE order_id = ?", [lead.lead_id, became_id]
            )
    uow.sql.execute(
        "draft.finish",
        """
        UPDATE sale_draft SET state = 'finished', became = $became, became_id = $id, lead_id = NULL, changed_at = $now
        WHERE draft_id = $draft
        """,
        {"became": became, "id": became_id, "now": uow.at_utc, "draft": draft.draft_id},
    )


def give_up_draft(uow: UnitOfWork, draft_id: int) -> None:
    """Note that a draft comes to nothing; raises as `open_draft`. A lead that it has stays."""
    open_draft(uow, draft_id)
    uow.sql.execute(
        "draft.give_up",
        "UPDATE sale_draft SET state = 'given_up', lead_id = NULL, changed_at = ? WHERE draft_id = ?",
        [uow.at_utc, draft_id],
    )


def drop_draft(uow: UnitOfWork, draft_id: int) -> dict[str, Any]:
    """Note at the desk that a draft comes to nothing; return ``draft_id`` and ``state``.

    Raises
    ------
    NotFound
        ``draft_not_found``.
    Conflict
        ``draft_closed``.
    """
    _require_known(uow, draft_id)
    give_up_draft(uow, draft_id)
    return {"draft_id": draft_id, "state": str(DraftState.GIVEN_UP)}


def take_up(uow: UnitOfWork, draft_id: int | None, address_id: int, became: Became, became_id: int) -> None:
    """Note what was begun has become at an address, see `finish_draft`; None: nothing was begun. Twice is once.

    Raises
    ------
    NotFound
        ``draft_not_found``.
    Conflict
        ``draft_closed``: see `draft_at`.
    """
    if draft_id is None:
        return
    draft = _require_known(uow, draft_id)
    if (draft.became, draft.became_id) != (became, became_id):
        finish_draft(uow, draft_at(uow, draft_id, address_id), became, became_id)


def _require_known(uow: UnitOfWork, draft_id: int) -> Draft:
    draft = _find(uow, draft_id)
    if draft is None:
        raise NotFound(Code.DRAFT_NOT_FOUND, f"There is no begun order {draft_id}.", hint="See `fibermap drafts list`.")
    return draft


def expire_drafts(uow: UnitOfWork) -> int:
    """Let go of drafts whose time is over, and return how many; they go on counting in the funnel."""
    return uow.sql.execute(
        "draft.expire",
        """
        UPDATE sale_draft SET state = 'expired', lead_id = NULL, changed_at = $now
        WHERE state = 'open' AND expires_at <= $now
        """,
        {"now": uow.at_utc},
    )


def list_drafts(uow: UnitOfWork, address_id: int | None = None, *, after: int = 0, limit: int) -> list[dict[str, Any]]:
    """Return the drafts that can be gone on with, by id, without who they are of; ``address_id``: only there."""
    rows = uow.sql.records(
        "draft.list",
        """
        SELECT d.draft_id, d.address_id, a.full_address, d.offer_id, f.name AS offer, d.add_on_ids, d.sale, d.channel,
               d.rep, d.lead_id, d.begun_at, d.expires_at
        FROM sale_draft d LEFT JOIN offering f USING (offer_id)
        LEFT JOIN survivor s ON s.address_id = d.address_id
        LEFT JOIN address a ON a.address_id = coalesce(s.survivor_id, d.address_id) AND a.to_version IS NULL
        WHERE d.state = 'open' AND d.expires_at > $now AND d.draft_id > $after
          AND ($address::BIGINT IS NULL OR $address IN (d.address_id, s.survivor_id))
        ORDER BY d.draft_id LIMIT $most
        """,
        {"now": uow.at_utc, "after": after, "most": limit, "address": address_id},
    )
    return [row | {"add_on_ids": orjson.loads(row["add_on_ids"])} for row in rows]
