"""Laws that hold after any history: verdicts replay, undo restores, classify finds nothing to change."""

from __future__ import annotations

from hypothesis import given, settings

from fibermap.plan import Plan
from tests.builders import differences, new_plan, rows, sound, state
from tests.coverage.histories import Step, act, steps


def version(fm: Plan) -> int:
    return int(rows(fm, "SELECT coalesce(max(version), 0) AS v FROM plan_version")[0]["v"])


@given(history=steps)
@settings(max_examples=12)
def test_undo_takes_back_every_step_of_any_history_exactly(history: list[Step]) -> None:
    with new_plan() as fm:
        before = []
        for step in [("county", 0), ("plan", 0), *history]:
            held, at = state(fm), version(fm)
            act(fm, step)
            if version(fm) > at:
                before.append((step, held))
            else:
                assert differences(held, state(fm)) == {}, step
        sound(fm)
        for step, held in reversed(before):
            fm.undo()
            assert differences(held, state(fm)) == {}, step
        sound(fm)
