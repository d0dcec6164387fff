"""What has to be so before an order goes forward: one registry, to which each slice contributes.

What nothing here manages yet (equipment, provisioning) is shown as such and blocks nothing; the slice that manages it
puts its own check in that place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from fibermap.order.order_state import OrderKind


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an order, as far as its prerequisites are concerned.

    Attributes
    ----------
    why_not
        What stands against it at the address today, a code of the view ``sale_ground``; None: nothing.
    opens_on
        The day from which it is sold and ready there; None: no such day is recorded.
    ports_recorded, has_port
        Whether the source of its terminal says how many ports are free, and whether one is reserved for it.
    running_order_id
        The order whose service runs at the address; None: none runs.
    price_locked_until
        The last day of the price that a pre-order was promised; None: it has no such day, or another one is agreed.
    on
        Today.
    """

    order_id: int
    kind: OrderKind
    address_id: int
    technology: str
    why_not: str | None
    opens_on: date | None
    ports_recorded: bool
    has_port: bool
    running_order_id: int | None
    previous_order_id: int | None
    deposit_id: int | None
    has_payment_method: bool
    price_locked_until: date | None
    placed_on: date
    release_on: date | None
    on: date


@dataclass(frozen=True, slots=True)
class Met:
    """It is so."""


@dataclass(frozen=True, slots=True)
class Open:
    """It is not so yet: why, in a sentence, and what to do next."""

    why: str
    next_step: str


@dataclass(frozen=True, slots=True)
class NotManaged:
    """Nothing here knows; it blocks nothing."""


Outcome: TypeAlias = Met | Open | NotManaged


BRINGS_SERVICE = frozenset(OrderKind) - {OrderKind.CANCEL}
"""The kinds of order after which a service runs."""


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """Something that has to be so: its name for programs, its label for people, the check, and of which orders."""

    name: str
    label: str
    check: Callable[[Facts], Outcome]
    asked_of: Set[OrderKind] = BRINGS_SERVICE


@dataclass(frozen=True, slots=True)
class Judged:
    """A prerequisite with what came of its check."""

    name: str
    label: str
    outcome: Outcome

    @property
    def is_open(self) -> bool:
        """Whether it stands in the way."""
        return isinstance(self.outcome, Open)

    def as_json(self) -> dict[str, str | None]:
        """Return it with its state: ``met``, ``open`` or ``not_managed``."""
        if isinstance(self.outcome, Open):
            return {
                "name": self.name, "label": self.label, "state": "open",
                "why": self.outcome.why, "next_step": self.outcome.next_step,
            }  # fmt: skip
        state = "met" if isinstance(self.outcome, Met) else "not_managed"
        return {"name": self.name, "label": self.label, "state": state, "why": None, "next_step": None}


class Prerequisites:
    """An ordered registry of prerequisites, one by each name. Immutable."""

    def __init__(self, prerequisites: Iterable[Prerequisite]) -> None:
        self._by_name = {each.name: each for each in prerequisites}

    def __iter__(self) -> Iterator[Prerequisite]:
        return iter(self._by_name.values())

    def joined(self, *contributed: Prerequisite) -> Prerequisites:
        """Return them with those of a slice; one of a name that is there takes its place."""
        return Prerequisites((self._by_name | {each.name: each for each in contributed}).values())

    def judge(self, facts: Facts) -> tuple[Judged, ...]:
        """Return every prerequisite of an order with what is so."""
        return tuple(Judged(each.name, each.label, each.check(facts)) for each in self._asked_of(facts.kind))

    def first_open(self, facts: Facts) -> str | None:
        """Return the name of the first that stands in the way; None where nothing does."""
        return next((each.name for each in self._asked_of(facts.kind) if isinstance(each.check(facts), Open)), None)

    def _asked_of(self, kind: OrderKind) -> Iterator[Prerequisite]:
        return (each for each in self if kind in each.asked_of)


PRICE_AGREED = "price_agreed"

_GROUND = {
    "address_gone": ("The address is not there any more.", "Settle with the customer which address is meant."),
    "not_build": (
        "The technology is not built at the address.",
        "Wait until it is; the order goes on by itself.",
    ),
    "not_serviceable": ("The address is not a place that is sold to.", "Have the address looked at, or cancel."),
    "flagged": ("A flag at the address has to be looked at first.", "Decide the flag in review."),
    "source_not_permitted": ("The source of the address does not permit sales.", "Have its use permitted, on record."),
}


def _built(facts: Facts) -> Outcome:
    return Open(*_GROUND[facts.why_not]) if facts.why_not in _GROUND else Met()


def _no_hold(facts: Facts) -> Outcome:
    if facts.why_not != "on_hold":
        return Met()
    return Open("A hold forbids sales at the address.", "Have the hold released; the order goes on by itself.")


def _sales_open(facts: Facts) -> Outcome:
    if facts.opens_on is None or facts.opens_on <= facts.on:
        return Met()
    return Open(f"Sales open there on {facts.opens_on}.", "Wait for that day; the order goes on by itself.")


def _wave(facts: Facts) -> Outcome:
    if facts.release_on is None or facts.release_on <= facts.on:
        return Met()
    return Open(f"It is released on {facts.release_on}.", "Wait for that day, or raise the weekly capacity.")


def _port(facts: Facts) -> Outcome:
    if not facts.ports_recorded or facts.has_port or facts.kind is OrderKind.CHANGE:
        return Met()
    return Open("It waits for a port of its terminal.", "Have ports added; the first in line gets the next one.")


def _previous_service(facts: Facts) -> Outcome:
    running = facts.running_order_id
    if running is None or (facts.kind is OrderKind.CHANGE and running == facts.previous_order_id):
        return Met()
    return Open(f"The service of order {running} still runs there.", "End that service first.")


def _payment(facts: Facts) -> Outcome:
    if facts.deposit_id is not None or facts.has_payment_method:
        return Met()
    return Open("There is neither a deposit nor a payment method.", "Send the customer the payment link.")


def _price(facts: Facts) -> Outcome:
    if facts.price_locked_until is None or facts.price_locked_until >= facts.placed_on:
        return Met()
    return Open(
        f"The price was promised until {facts.price_locked_until}.", "Agree on an offer of today with the customer."
    )


def _not_managed(_: Facts) -> Outcome:
    return NotManaged()


STANDING = Prerequisites(
    (
        Prerequisite("technology_is_build", "The technology is built at the address", _built),
        Prerequisite("no_hold", "No hold is in force", _no_hold),
        Prerequisite("sales_open", "Sales are open", _sales_open),
        Prerequisite("wave", "Its wave has come", _wave),
        Prerequisite("port_reserved", "A port is reserved, where ports are recorded", _port),
        Prerequisite("previous_service_ended", "No other service runs there", _previous_service),
        Prerequisite(PRICE_AGREED, "The price is agreed", _price),
        Prerequisite("payment", "There is a payment method or a deposit", _payment),
        Prerequisite("equipment", "Equipment is available", _not_managed),
        Prerequisite("provisioning_data", "Provisioning data is present", _not_managed),
    )
)
"""What this room asks of every order that brings a service, in the order in which it is shown. An end needs nothing."""
