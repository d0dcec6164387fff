"""An order as it is kept, what is asked for one, and what comes of asking. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from fibermap.order.ground import Ground
from fibermap.order.order_state import LIVE, OrderKind, OrderState

BY_PERSON = "person"
"""Why an order is held that a person stopped: no change of the plan lets it go."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order.

    Attributes
    ----------
    held_from, held_why
        Of a held order: where it goes back to, and a code for what holds it.
    address_id
        The id that was sold to; the view ``survivor`` leads to the one that it has now.
    price
        JSON: the lines that were agreed, in minor units.
    previous_order_id
        What it changes, moves, transfers or ends.
    deposit_id, payment_method
        What it is paid with; a method is a token of the gateway, never a card.
    price_agreed_at
        Since when the customer has agreed on another price than the one that was promised; None: they had not to.
    release_on
        The wave that it is released in; None: at once.
    """

    order_id: int
    kind: OrderKind
    state: OrderState
    held_from: OrderState | None
    held_why: str | None
    address_id: int
    contact_id: int
    offer_id: int
    technology: str
    price: str
    lead_id: int | None
    commitment_id: int | None
    previous_order_id: int | None
    channel: str
    rep: str | None
    deposit_id: int | None
    payment_method: str | None
    release_on: date | None
    placed_at: datetime
    changed_at: datetime
    price_agreed_at: datetime | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Order:
        """Return what a row of ``customer_order`` says."""
        held_from = None if row["held_from"] is None else OrderState(row["held_from"])
        told = {**row, "kind": OrderKind(row["kind"]), "state": OrderState(row["state"]), "held_from": held_from}
        return cls(**told)

    @property
    def is_live(self) -> bool:
        """Whether it may still come to something."""
        return self.state in LIVE


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a customer asks for.

    Attributes
    ----------
    request
        What tells this request from any other one; the same request again is the same order.
    """

    address_id: int
    contact_id: int
    offer_id: int
    channel: str
    request: str
    kind: OrderKind = OrderKind.NEW
    previous_order_id: int | None = None
    rep: str | None = None
    payment_method: str | None = None
    deposit_id: int | None = None
    lead_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sold:
    """An offer as it is sold at an address, with what goes with it: the technology that it needs there, and the price
    of all of it as JSON.
    """

    technology: str
    price: str


class Shop(Protocol):
    """Says what may be sold. The catalogue does."""

    def sell(self, ground: Ground, offer_id: int, channel: str, on: date) -> Sold:
        """Return an offer as it is sold at an address, or refuse with a code that says why not and what else."""
