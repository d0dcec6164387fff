"""Commands on orders: placed, cancelled, held, released, ended, completed, and taken forward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fibermap.coverage.model import NotOrderable
from fibermap.kernel.errors import Code, Conflict
from fibermap.kernel.events import OrderCancelled, OrderPlaced, OrderReady
from fibermap.kernel.ids import stable_id
from fibermap.money.deposits import DepositState, find_deposit
from fibermap.money.refunds import intend_refund
from fibermap.order.account import open_account
from fibermap.order.ground import Ground
from fibermap.order.ground_store import ground_of
from fibermap.order.history import note_change
from fibermap.order.order import BY_PERSON, Order, Shop, Sold, Wanted
from fibermap.order.order_state import RUNNING, OrderKind, OrderState, OrderStep
from fibermap.order.order_store import (
    facts_of,
    find_order,
    hold_by_person,
    insert_order,
    judge_order,
    move_many,
    move_order,
    occupy,
    save_payment_method,
)
from fibermap.order.paying import stop_paying
from fibermap.order.ports import install_port, keep_port, place_in_line, refill, release_port, reserve_or_wait
from fibermap.order.prerequisites import STANDING, Prerequisites
from fibermap.store import UnitOfWork

_ENDINGS = """
    SELECT order_id, state IN ('cancelled', 'failed', 'rejected') FROM customer_order
    WHERE previous_order_id = ? AND kind = 'cancel'
"""
_AFTER = """
    SELECT min(order_id) FROM customer_order WHERE previous_order_id = ? AND state IN ('completed', 'partial')
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was placed; ``place_in_line`` None: it has its port, or ports are not recorded there."""

    order_id: int
    state: OrderState
    place_in_line: int | None = None


def place_order(uow: UnitOfWork, wanted: Wanted, shop: Shop, prerequisites: Prerequisites = STANDING) -> Placed:
    """Place an order for what is sold at an address now. The same request again is the same order.

    Where ports are recorded and none is free the order is taken all the same, and waits for one in line.

    Raises
    ------
    NotFound
        ``address_not_found``, ``offering_not_found``.
    Conflict
        ``duplicate_active_order``; and what the shop refuses with, ``not_build``, ``on_hold``, ``sales_not_open``,
        ``offer_not_available``, with the alternative.
    InputRefused
        ``address_not_settled``.
    """
    order_id = order_id_of(wanted.request)
    known = placed_before(uow, wanted.request)
    if known is not None:
        return known
    ground = ground_of(uow, wanted.address_id)
    sold = shop.sell(without_ports(ground), wanted.offer_id, wanted.channel, uow.at_utc.date())
    order = _order(uow, order_id, wanted, ground, sold)
    occupy(uow, ground.address_id, order_id)
    open_account(uow, order.contact_id)
    insert_order(uow, order, "placed")
    if order.kind is not OrderKind.CHANGE:
        reserve_or_wait(uow, order_id, ground.terminal_id)
    uow.emit(OrderPlaced(uow.cause, order_id, ground.address_id, str(order.kind)))
    advance(uow, [order_id], prerequisites)
    return Placed(order_id, find_order(uow, order_id).state, place_in_line(uow, order_id))


def order_id_of(request: str) -> int:
    """Return the id of the order that a request leads to."""
    return stable_id("order", "request", request)


def placed_before(uow: UnitOfWork, request: str) -> Placed | None:
    """Return the order of a request that was made before; None for a new one."""
    order_id = order_id_of(request)
    state = uow.sql.value("order.known", "SELECT state FROM customer_order WHERE order_id = ?", [order_id])
    return None if state is None else Placed(order_id, OrderState(state), place_in_line(uow, order_id))


def without_ports(ground: Ground) -> Ground:
    """Return a ground as it would be sold on if no port were ever short: who gets none waits for one."""
    reasons = tuple(reason for reason in ground.not_orderable if reason is not NotOrderable.NO_PORT)
    return replace(ground, ports_free=None, not_orderable=reasons)


def _order(uow: UnitOfWork, order_id: int, wanted: Wanted, ground: Ground, sold: Sold) -> Order:
    return Order(
        order_id=order_id,
        kind=wanted.kind,
        state=OrderState.ACKNOWLEDGED,
        held_from=None,
        held_why=None,
        address_id=ground.address_id,
        contact_id=wanted.contact_id,
        offer_id=wanted.offer_id,
        technology=sold.technology,
        price=sold.price,
        lead_id=wanted.lead_id,
        commitment_id=None,
        previous_order_id=wanted.previous_order_id,
        channel=wanted.channel,
        rep=wanted.rep,
        deposit_id=wanted.deposit_id,
        payment_method=wanted.payment_method,
        release_on=None,
        placed_at=uow.at_utc,
        changed_at=uow.at_utc,
    )


def advance(
    uow: UnitOfWork, order_ids: Sequence[int] | None = None, prerequisites: Prerequisites = STANDING
) -> list[int]:
    """Start every order that has all it needs, and let the others wait; return those that start.

    Parameters
    ----------
    order_ids
        Which are looked at; None: all that are due.
    """
    judged = [(state, facts.order_id, prerequisites.first_open(facts)) for state, facts in facts_of(uow, order_ids)]
    _start, _wait = OrderState.IN_PROGRESS, OrderState.PENDING
    movable = [each for each in judged if each[0] in (OrderState.ACKNOWLEDGED, OrderState.PENDING)]
    started = [(order_id, state, _start, "ready") for state, order_id, lacks in movable if lacks is None]
    waiting = [
        (order_id, state, _wait, lacks)
        for state, order_id, lacks in movable
        if lacks is not None and state is OrderState.ACKNOWLEDGED
    ]
    if started or waiting:
        move_many(uow, [*started, *waiting])
    if started:
        uow.emit(OrderReady(uow.cause, None, len(started)))
    return [order_id for order_id, *_ in started]


def cancel_order(uow: UnitOfWork, order_id: int, reason: str, author: str) -> Order:
    """End an order before its service begins: its port goes to the next in line, its deposit back to the customer.

    Cancelling what is cancelled changes nothing.

    Parameters
    ----------
    reason
        A code, such as ``price`` or ``moved``.

    Raises
    ------
    Conflict
        ``order_state_refused`` for one that has ended otherwise.
    """
    order = find_order(uow, order_id)
    if order.state is OrderState.CANCELLED:
        return order
    cancelled = move_order(uow, order, OrderStep.CANCEL, reason)
    heir = release_port(uow, order_id)
    uow.sql.execute(
        "order.cancel.notice",
        """
        UPDATE notice SET state = 'recalled', changed_at = $now
        WHERE subject = 'order' AND subject_id = $order AND state IN ('waiting', 'queued', 'to_call', 'failed')
        """,
        {"now": uow.at_utc, "order": order_id},
    )
    if order.lead_id is not None:
        _lose_lead(uow, order.lead_id)
    stop_paying(uow, order.deposit_id)
    if order.deposit_id is not None:
        _pay_back(uow, order.deposit_id, reason, author)
    uow.emit(OrderCancelled(uow.cause, order_id, order.address_id, reason))
    if heir is not None:
        advance(uow, [heir])
    return cancelled


def _pay_back(uow: UnitOfWork, deposit_id: int, reason: str, author: str) -> None:
    """Promise a deposit back, held or a credit by now; what never came, was forfeited or is on its way stays so."""
    deposit = find_deposit(uow.sql, deposit_id)
    if deposit is not None and deposit.state in (DepositState.HELD, DepositState.APPLIED):
        intend_refund(uow, deposit_id, reason, author)


def _lose_lead(uow: UnitOfWork, lead_id: int) -> None:
    lost = uow.sql.row(
        "order.lose_lead",
        """
        UPDATE lead SET state = 'lost', lost_reason = 'cancelled', changed_at = $now
        WHERE lead_id = $lead AND state = 'converted' RETURNING address_id
        """,
        {"now": uow.at_utc, "lead": lead_id},
    )
    if lost is not None:
        note_change(uow, "lead", lead_id, lost[0], "converted", "lost", why="cancelled")


def hold_order(uow: UnitOfWork, order_id: int) -> Order:
    """Stop an order until a person releases it. Its port and its deposit stay as they are."""
    order = find_order(uow, order_id)
    return order if order.held_why == BY_PERSON else hold_by_person(uow, order)


def release_order(uow: UnitOfWork, order_id: int, prerequisites: Prerequisites = STANDING) -> Order:
    """Let go what a person has held; where the plan does not carry it either, the plan holds it from now on."""
    order = find_order(uow, order_id)
    if order.state is not OrderState.HELD:
        return order
    if order.held_why != BY_PERSON:
        raise _held_by_plan(order)
    ((_, facts),) = facts_of(uow, [order_id])
    if facts.why_not is not None and order.kind is not OrderKind.CANCEL:
        uow.sql.execute(
            "order.release",
            "UPDATE customer_order SET held_why = ?, changed_at = ? WHERE order_id = ?",
            [facts.why_not, uow.at_utc, order_id],
        )
        note_change(uow, "order", order_id, order.address_id, "held", "held", why=facts.why_not)
        return find_order(uow, order_id)
    move_order(uow, order, OrderStep.RESUME, "released")
    refill(uow)
    advance(uow, [order_id], prerequisites)
    return find_order(uow, order_id)


def _held_by_plan(order: Order) -> Conflict:
    return Conflict(
        Code.PREREQUISITE_OPEN,
        f"The order is held because of what is true at its address ({order.held_why}).",
        hint="It goes on by itself once that has changed.",
        order_id=order.order_id,
        why=order.held_why,
    )


def complete_order(uow: UnitOfWork, order_id: int, prerequisites: Prerequisites = STANDING) -> Order:
    """Note that an order is carried out. Refused with whatever prerequisite is open; twice is once."""
    order = find_order(uow, order_id)
    if order.state is OrderState.COMPLETED:
        return order
    require_prerequisites(uow, order_id, prerequisites)
    done = move_order(uow, order, OrderStep.COMPLETE, "completed")
    if order.kind is OrderKind.CANCEL and order.previous_order_id is not None:
        _leave(uow, order.previous_order_id, prerequisites)
    elif order.kind is OrderKind.CHANGE and order.previous_order_id is not None:
        keep_port(uow, order.previous_order_id, order_id)
    else:
        install_port(uow, order_id)
    if order.kind is OrderKind.MOVE and order.previous_order_id is not None:
        _move_away(uow, order.previous_order_id, order_id, prerequisites)
    return done


def _move_away(uow: UnitOfWork, before_id: int, order_id: int, prerequisites: Prerequisites) -> None:
    """End a service where it was: it runs at another address from now on. One that was ended before stays as it is."""
    before = find_order(uow, before_id)
    state = str(before.state)
    note_change(uow, "order", before_id, before.address_id, state, state, why="moved", detail={"order_id": order_id})
    _leave(uow, before_id, prerequisites)


def _leave(uow: UnitOfWork, order_id: int, prerequisites: Prerequisites) -> None:
    """Give up the port of a service that ends, and let whoever waited for that go on."""
    heir = release_port(uow, order_id)
    advance(uow, None if heir is None else [heir], prerequisites)


def require_prerequisites(uow: UnitOfWork, order_id: int, prerequisites: Prerequisites) -> None:
    """Refuse to take an order forward while anything is open; raises ``Conflict`` (``prerequisite_open``)."""
    lacking = [each for each in judge_order(uow, order_id, prerequisites) if each.is_open]
    if lacking:
        raise Conflict(
            Code.PREREQUISITE_OPEN,
            f"The order cannot go forward: {'; '.join(each.label for each in lacking)}.",
            hint="Look at its prerequisites; each says what to do next.",
            order_id=order_id,
            open=[each.name for each in lacking],
        )


def fail_order(uow: UnitOfWork, order_id: int, reason: str) -> Order:
    """Note that an order came to nothing on site; its port is free again, its deposit waits for a decision."""
    order = find_order(uow, order_id)
    if order.state is OrderState.FAILED:
        return order
    failed = move_order(uow, order, OrderStep.FAIL, reason)
    heir = release_port(uow, order_id)
    if heir is not None:
        advance(uow, [heir])
    return failed


def set_payment_method(
    uow: UnitOfWork, order_id: int, payment_method: str, prerequisites: Prerequisites = STANDING
) -> Order:
    """Keep the gateway's token of what an order is paid with, and take the order forward if it waited for that."""
    order = require_bringing(require_live(find_order(uow, order_id)))
    stop_paying(uow, order.deposit_id)
    save_payment_method(uow, order_id, payment_method)
    note_change(uow, "order", order_id, order.address_id, str(order.state), str(order.state), why="payment_method")
    advance(uow, [order_id], prerequisites)
    return find_order(uow, order_id)


def running_order(uow: UnitOfWork, order_id: int) -> Order:
    """Return an order whose service runs; raises ``Conflict`` (``order_state_refused``) for any other."""
    order = find_order(uow, order_id)
    if order.state not in RUNNING:
        raise Conflict(
            Code.ORDER_STATE_REFUSED,
            f"The service of an order that is {order.state} does not run.",
            hint="Change or cancel the order itself.",
            state=str(order.state),
        )
    after = uow.sql.value("order.after", _AFTER, [order_id])
    if order.kind is OrderKind.CANCEL or after is not None:
        raise Conflict(
            Code.ORDER_STATE_REFUSED,
            "The service of this order does not run any more: it has ended, or another order has taken its place.",
            hint="Look at what else was ordered there.",
            order_id=after or order.previous_order_id,
        )
    return order


def end_service(uow: UnitOfWork, order_id: int, reason: str) -> Order:
    """Order the end of a service that runs; the same service is ended once. Completing it frees the port."""
    endings = uow.sql.rows("order.endings", _ENDINGS, [order_id])
    end_id = next((own_id for own_id, came_to_nothing in endings if not came_to_nothing), None)
    if end_id is None:
        running = running_order(uow, order_id)
        end_id = stable_id("order", "end", order_id, len(endings))
        ending = replace(
            running, order_id=end_id, kind=OrderKind.CANCEL, state=OrderState.IN_PROGRESS, previous_order_id=order_id,
            lead_id=None, deposit_id=None, payment_method=None, placed_at=uow.at_utc, changed_at=uow.at_utc,
        )  # fmt: skip
        insert_order(uow, ending, reason)
        uow.emit(OrderPlaced(uow.cause, end_id, running.address_id, str(OrderKind.CANCEL)))
    return find_order(uow, end_id)


def require_live(order: Order) -> Order:
    """Return an order that may still come to something; raises ``Conflict`` (``order_state_refused``) for any other."""
    if order.is_live:
        return order
    raise Conflict(
        Code.ORDER_STATE_REFUSED,
        f"The order is {order.state}: nothing of it can be changed any more.",
        hint="Place another order.",
        state=str(order.state),
    )


def require_bringing(order: Order) -> Order:
    """Return an order that brings a service; raises ``Conflict`` (``order_state_refused``) for an end of one."""
    if order.kind is not OrderKind.CANCEL:
        return order
    raise Conflict(
        Code.ORDER_STATE_REFUSED,
        "The order ends a service: there is no offer to change and nothing to pay.",
        hint="Cancel it to let the service run on.",
        state=str(order.state),
    )
