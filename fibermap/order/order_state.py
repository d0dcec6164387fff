"""The states of an order, in the words of TMF622, and what may follow what: a table, and nothing but it."""

from __future__ import annotations

from enum import StrEnum

from fibermap.kernel.errors import Code, Conflict


class OrderKind(StrEnum):
    """What an order is for."""

    NEW = "new"
    CHANGE = "change"
    """Another offer at the same address."""
    MOVE = "move"
    """The same customer at another address."""
    TRANSFER = "transfer"
    """Another customer at the same address."""
    CANCEL = "cancel"
    """The end of a service that runs."""


class OrderState(StrEnum):
    """Where an order stands; the words of TMF622."""

    ACKNOWLEDGED = "acknowledged"
    """It is on record, and what it needs is not looked at yet."""
    PENDING = "pending"
    """Something that is nobody's fault has to come first: a port, its wave, a payment."""
    IN_PROGRESS = "inProgress"
    """It has all that it needs and may be scheduled."""
    HELD = "held"
    """What it rests on is no longer so, or a person stopped it."""
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"
    PARTIAL = "partial"
    """Some of it is done, and the rest is not going to be."""
    REJECTED = "rejected"


class OrderStep(StrEnum):
    """What happens to an order."""

    WAIT = "wait"
    START = "start"
    HOLD = "hold"
    RESUME = "resume"
    COMPLETE = "complete"
    CANCEL = "cancel"
    FAIL = "fail"
    SETTLE = "settle"
    """It ends with a part of it done."""
    REJECT = "reject"


_A, _P, _I, _H = OrderState.ACKNOWLEDGED, OrderState.PENDING, OrderState.IN_PROGRESS, OrderState.HELD

STEPS: dict[OrderStep, dict[OrderState, OrderState | None]] = {
    OrderStep.WAIT: {_A: _P},
    OrderStep.START: {_A: _I, _P: _I},
    OrderStep.HOLD: {_A: _H, _P: _H, _I: _H},
    OrderStep.RESUME: {_H: None},
    OrderStep.COMPLETE: {_I: OrderState.COMPLETED},
    OrderStep.CANCEL: dict.fromkeys((_A, _P, _I, _H), OrderState.CANCELLED),
    OrderStep.FAIL: {_I: OrderState.FAILED},
    OrderStep.SETTLE: {_I: OrderState.PARTIAL},
    OrderStep.REJECT: {_A: OrderState.REJECTED},
}
"""What each step makes of each state that it is possible in; None: what the order was held from."""

LIVE = frozenset({_A, _P, _I, _H})
"""The states in which an order stands in the way of another one at its address."""

RUNNING = frozenset({OrderState.COMPLETED, OrderState.PARTIAL})
"""The states in which a service runs, until another order takes its place or ends it."""


def next_state(state: OrderState, step: OrderStep, held_from: OrderState | None = None) -> OrderState:
    """Return what a step makes of a state.

    Parameters
    ----------
    held_from
        Where a held order goes back to. What was in progress looks at its prerequisites anew, so it is never the
        answer: such an order resumes as ``acknowledged``.

    Raises
    ------
    Conflict
        ``order_state_refused``: nothing of the kind happens in that state.
    """
    if state not in STEPS[step]:
        raise Conflict(
            Code.ORDER_STATE_REFUSED,
            f"An order that is {state} cannot {step}.",
            hint="Look at the order again; somebody may have changed it.",
            state=str(state),
        )
    reached = STEPS[step][state]
    return resumes_as(held_from) if reached is None else reached


def resumes_as(held_from: OrderState | None) -> OrderState:
    """Return the state in which an order goes on that was held: it waits again, or is looked at again."""
    return _P if held_from is _P else _A
