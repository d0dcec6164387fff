"""What may follow what in the life of an order."""

from __future__ import annotations

import pytest

from fibermap.kernel.errors import Code, Conflict
from fibermap.order.order_state import LIVE, STEPS, OrderState, OrderStep, next_state, resumes_as

ENDED = [state for state in OrderState if state not in LIVE]


def test_an_order_goes_from_its_acknowledgement_by_way_of_a_port_to_its_end() -> None:
    waits = next_state(OrderState.ACKNOWLEDGED, OrderStep.WAIT)
    starts = next_state(waits, OrderStep.START)
    assert (waits, starts) == ("pending", "inProgress")
    assert next_state(starts, OrderStep.COMPLETE) == "completed"


@pytest.mark.parametrize(
    ("held_from", "resumed"), [("acknowledged", "acknowledged"), ("pending", "pending"), ("inProgress", "acknowledged")]
)
def test_a_held_order_never_resumes_past_its_prerequisites(held_from: str, resumed: str) -> None:
    assert next_state(OrderState.HELD, OrderStep.RESUME, OrderState(held_from)) == resumed
    assert resumes_as(None) is OrderState.ACKNOWLEDGED


@pytest.mark.parametrize("ended", ENDED)
@pytest.mark.parametrize("step", list(OrderStep))
def test_nothing_happens_to_an_order_that_has_ended(ended: OrderState, step: OrderStep) -> None:
    with pytest.raises(Conflict) as refused:
        next_state(ended, step)
    assert refused.value.code is Code.ORDER_STATE_REFUSED


def test_whatever_is_live_can_be_cancelled_and_no_step_leads_from_live_to_itself() -> None:
    assert set(STEPS[OrderStep.CANCEL]) == LIVE
    assert not [step for step, table in STEPS.items() if any(before is after for before, after in table.items())]
