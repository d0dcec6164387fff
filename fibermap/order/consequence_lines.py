"""What the history of sales says of itself, in sentences for whoever is about to write it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import orjson

from fibermap.money.amount import Money
from fibermap.order.order import BY_PERSON
from fibermap.order.order_state import OrderKind, OrderState
from fibermap.order.preorder_store import list_preorders
from fibermap.order.prerequisites import STANDING
from fibermap.order.quote import add_on_names
from fibermap.store import UnitOfWork

_LABELS = {each.name: each.label for each in STANDING}


@dataclass(frozen=True, slots=True)
class Consequence:
    """Something that an action leads to: a code for programs, and a sentence."""

    code: str
    text: str


Known = Mapping[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of the history, with the orders and pre-orders that they are about by id.

    ``touched`` are the ids of those orders, and of the services that they change, move or end.
    """

    rows: Sequence[Mapping[str, Any]]
    orders: Known
    preorders: Known
    touched: Sequence[int]
    main_id: int | None

    @classmethod
    def of(
        cls,
        rows: Sequence[Mapping[str, Any]],
        orders: Callable[[Iterable[int]], Known],
        preorders: Callable[[Iterable[int]], Known],
    ) -> Self:
        """Put lines together with what they are about."""
        ids: dict[str, list[int]] = {"order": [], "commitment": [], "lead": []}
        for row in rows:
            ids[row["subject"]].append(row["subject_id"])
        own = list(dict.fromkeys(ids["order"]))
        found = orders(own)
        before = [each["previous_order_id"] for each in found.values() if each["previous_order_id"] is not None]
        every = list(dict.fromkeys([*own, *before]))
        return cls(rows, orders(every), preorders(ids["commitment"]), every, own[0] if own else None)

    def who(self, order_id: int, *, begins: bool = True) -> str:
        """Return how an order is called: that which the action is about, or another one by its number and place."""
        article = "The" if begins else "the"
        if order_id == self.main_id:
            return f"{article} order"
        if order_id == self.orders.get(self.main_id or 0, {}).get("previous_order_id"):
            return f"{article} service that runs"
        return f"Order {order_id} ({self.orders[order_id]['full_address']})"


def tell_lines(uow: UnitOfWork, lines: Lines) -> Iterator[Consequence]:
    """Tell each line that says something to a person."""
    for row in lines.rows:
        match row["subject"]:
            case "order":
                yield from _order(lines, row)
            case "commitment":
                yield from _preorder(uow, lines, row)
            case _:
                yield from _lead(row)


def _order(lines: Lines, row: Mapping[str, Any]) -> Iterator[Consequence]:
    order, who = lines.orders[row["subject_id"]], lines.who(row["subject_id"])
    if row["before"] is None:
        yield Consequence("order_placed", _placed(order))
        yield from _left_out(lines.orders.get(order["previous_order_id"], order), order)
    elif row["before"] == row["after"]:
        yield from _same_state(who, order, row)
    else:
        yield _moved(who, order, row)


def _placed(order: Mapping[str, Any]) -> str:
    offer = _offer(order)
    match order["kind"]:
        case OrderKind.CHANGE:
            return f"A change of the service to {offer} is ordered."
        case OrderKind.MOVE:
            return (
                f"A move is ordered, to {order['full_address']} with {offer}; what runs now ends once it is completed."
            )
        case OrderKind.TRANSFER:
            return f"A transfer to another customer is ordered, with {offer}."
        case OrderKind.CANCEL:
            return "The end of the service is ordered; it runs until that is completed."
        case _:
            return f"An order for {offer} is placed."


def _offer(sold: Mapping[str, Any]) -> str:
    """Return an offer with what goes with it and the price that was agreed, as far as it is known."""
    price = orjson.loads(sold["price"])
    name = " and ".join([sold["offer"] or "the offer", *add_on_names(price)])
    if "monthly_cents" not in price:
        return name
    return f"{name} at {Money(price['monthly_cents'], price['currency'])} a month"


def _left_out(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Consequence]:
    """Tell which add-ons of a service are no part of what follows it."""
    had, has = (add_on_names(orjson.loads(each["price"])) for each in (before, after))
    yield from _without(had, [*has, *(after["inside"] or ())])


def _without(had: Sequence[str], has: Sequence[str]) -> Iterator[Consequence]:
    gone = [name for name in had if name not in has]
    if gone:
        are = "is" if len(gone) == 1 else "are"
        yield Consequence("add_ons_end", f"{' and '.join(gone)} {are} no part of it any more.")


def _same_state(who: str, order: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[Consequence]:
    match row["why"]:
        case "offer_changed":
            yield Consequence("offer_changed", f"{who} is from now on for {_offer(order)}, the price of today.")
            told = orjson.loads(row["detail"])
            yield from _without(told["from_add_ons"], [*told["to_add_ons"], *(order["inside"] or ())])
        case "price_agreed":
            yield Consequence("price_agreed", f"The price is agreed anew: {_offer(order)}, the price of today.")
        case "payment_method":
            yield Consequence("payment_noted", f"{who} is paid with what was given.")
        case "moved":
            yield Consequence("service_ended", f"{who} ends where it was: it has moved.")
        case why if row["after"] == OrderState.HELD:
            yield Consequence("order_held", _held(who, why))


_REACHED: Mapping[str, tuple[str, str]] = {
    OrderState.IN_PROGRESS: ("order_ready", "{who} has all that it needs and may be scheduled."),
    OrderState.CANCELLED: ("order_cancelled", "{who} is cancelled."),
    OrderState.COMPLETED: ("order_completed", "{who} is carried out: its service runs."),
    OrderState.FAILED: ("order_failed", "{who} came to nothing on site; its deposit waits for a decision."),
}


def _moved(who: str, order: Mapping[str, Any], row: Mapping[str, Any]) -> Consequence:
    state = row["after"]
    if state == OrderState.HELD:
        return Consequence("order_held", _held(who, row["why"]))
    if state == OrderState.COMPLETED and order["kind"] == OrderKind.CANCEL:
        return Consequence("service_ended", "The service ends.")
    if state in _REACHED:
        code, text = _REACHED[state]
        return Consequence(code, text.format(who=who))
    if row["before"] == OrderState.HELD:
        return Consequence("order_resumed", f"{who} is held no longer.")
    return Consequence("order_waits", f"{who} waits until this is so: {_LABELS.get(row['why'], row['why'])}.")


def _held(who: str, why: str) -> str:
    if why == BY_PERSON:
        return f"{who} stops until somebody releases it."
    return f"{who} is held by what is true at its address ({why}), and goes on by itself once that has changed."


def _preorder(uow: UnitOfWork, lines: Lines, row: Mapping[str, Any]) -> Iterator[Consequence]:
    own_id = row["subject_id"]
    if row["before"] is None:
        said = f"A pre-order for {_offer(lines.preorders[own_id])} is signed; that price is locked."
        yield Consequence("preorder_signed", said)
    elif row["after"] == "committed":
        (now,) = list_preorders(uow, after=own_id - 1, limit=1)
        yield Consequence("preorder_committed", f"The pre-order takes place {now['place']} in the queue.")
    elif row["after"] == "withdrawn":
        yield Consequence("preorder_withdrawn", "The pre-order is withdrawn, and its place in the queue given up.")


def _lead(row: Mapping[str, Any]) -> Iterator[Consequence]:
    if row["before"] is None:
        yield Consequence("lead_captured", "A lead is kept for the household.")
    elif row["why"] == "same_household":
        yield Consequence("lead_merged", "The household has an open lead already, which takes this in.")
    elif row["why"] == "another_contact_signs":
        yield Consequence("lead_signed_by", "The lead is from now on of whoever signs.")
    else:
        yield Consequence("lead_moved", f"The lead of the household is {row['after']} from now on.")
