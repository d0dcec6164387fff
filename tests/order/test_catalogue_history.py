"""Whatever is revised and retired: what was stated stays, and each day has the price that was last said for it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import Conflict
from fibermap.plan import Plan
from tests.builders import new_plan, rows
from tests.order.selling import plan_terms

DAYS = 8
CODE = "FIBER-500"


@dataclass(frozen=True)
class Step:
    """One change: another price from a day on, or, without a price, the end."""

    day: int
    cents: int | None
    by_file: bool = False


steps = st.lists(
    st.builds(Step, st.integers(0, DAYS - 1), st.none() | st.integers(1, 9), st.booleans()), min_size=1, max_size=6
)


def act(fm: Plan, step: Step) -> bool:
    """Carry a step out, from so many days after today on; False where a file said what stood already."""
    begins = fm.store.clock.now().date() + timedelta(days=step.day)
    latest = fm.catalogue.revisions(CODE)[-1]
    if step.cents is None:
        with suppress(Conflict):  # it has ended already
            fm.catalogue.retire(latest.offer_id, "r", "pat", from_on=begins)
        return True
    terms = plan_terms(CODE, monthly_cents=step.cents)
    if step.by_file:
        return not fm.catalogue.load([terms], "r", "pat", from_on=begins).unchanged
    fm.catalogue.revise(latest.offer_id, terms, "r", "pat", from_on=begins)
    return True


def prices(fm: Plan) -> list[int | None]:
    """Return the price of each day, as the catalogue sells on it."""
    catalogue = fm.live.refresh().planned.catalogue
    today = fm.store.clock.now().date()
    days = [today + timedelta(days=day) for day in range(DAYS)]
    sold = [[each.terms.monthly_cents for each in catalogue.sold_on(day)] for day in days]
    assert all(len(each) <= 1 for each in sold)
    return [each[0] if each else None for each in sold]


@settings(max_examples=20)
@given(steps)
def test_each_day_has_the_price_that_was_last_said_for_it(history: list[Step]) -> None:
    with new_plan() as fm:
        fm.catalogue.add(plan_terms(CODE, monthly_cents=10), "r", "pat")
        expected: list[int | None] = [10] * DAYS
        seen: dict[int, str] = {}
        for step in history:
            if act(fm, step):
                expected[step.day :] = [step.cents] * (DAYS - step.day)
            assert prices(fm) == expected
            stated = {row["offer_id"]: row["terms"] for row in rows(fm, "SELECT offer_id, terms FROM offering")}
            assert seen.items() <= stated.items()
            seen = stated
