"""Pre-orders for tests: a counter that promises fiber wherever it is planned, and the house that takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from fibermap.coverage.model import Class
from fibermap.kernel.errors import Code, Conflict
from fibermap.kernel.settings import Settings
from fibermap.money.settle import open_desk
from fibermap.order.ground import Ground
from fibermap.order.lead_store import find_lead
from fibermap.order.preorder import PreOrder, Promised
from fibermap.order.preorder_commands import House, Word, take_preorder
from fibermap.plan import Plan
from tests.order.lead_town import PLANNED, capture

OFFER = 7
SIGNED = datetime(2026, 1, 6, 10, tzinfo=UTC)


@dataclass(frozen=True)
class PlannedFiber:
    """A counter that promises one offer wherever fiber is planned, and refuses it elsewhere as the catalogue does."""

    def promise(self, ground: Ground, offer_id: int, add_on_ids: Sequence[int], channel: str, on: date) -> Promised:
        if ground.class_of("fiber") is not Class.PRE_BUILD:
            code = Code.OFFER_NOT_AVAILABLE if ground.class_of("fiber") is Class.BUILD else Code.NOT_BUILD
            raise Conflict(code, "It cannot be pre-ordered here.")
        until = on + timedelta(days=30)
        return Promised("fiber", f'{{"lines":[],"lock_until":"{until}"}}', until)


def house(fm: Plan, **settings: Any) -> House:
    """Return what pre-orders are taken under."""
    return House(Settings(**settings), PlannedFiber(), open_desk(fm.store))


def commit(fm: Plan, where: str = PLANNED, **said: Any) -> PreOrder:
    """Capture a lead at a house and take its word, with a deposit of so many cents where one is asked for."""
    cents, token = said.pop("cents", 0), said.pop("token", None)
    lead_id = said.pop("lead_id", None) or capture(fm, where, **said)["lead_id"]
    word = Word(OFFER, SIGNED, "door", (), token, f"pay-{lead_id}")
    under = house(fm, preorder_deposit_cents=cents)
    return fm.store.run(lambda uow: take_preorder(uow, find_lead(uow, lead_id), word, under).preorder, cause="test")
