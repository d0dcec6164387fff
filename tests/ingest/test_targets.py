"""What tells which column is which looks at a bounded part of every value."""

from __future__ import annotations

import time

import pytest

from fibermap.ingest.targets import LONGEST_VALUE, TARGETS, Target

SHAPED = {
    f"{role}.{field}": target for role, fields in TARGETS.items() for field, target in fields.items() if target.shape
}
WORST = ("1", " ", "1 ", "1 1x ", "a", "a1", "1,", "-", "fib ", "\u00e9", "1\n", "1 _")
"""Texts that, over and over, give a careless expression the most ways to fail."""


def cost_s(target: Target, length: int) -> float:
    values = [(text * length)[:length] for text in WORST]
    began_s = time.process_time()
    target.fits(values)
    return time.process_time() - began_s


@pytest.mark.parametrize("field", SHAPED)
def test_a_long_value_costs_no_more_than_the_longest_that_is_looked_at(field: str) -> None:
    assert cost_s(SHAPED[field], 200 * LONGEST_VALUE) < 0.02 + 3 * cost_s(SHAPED[field], LONGEST_VALUE)


@pytest.mark.parametrize("field", SHAPED)
def test_no_value_takes_long_to_be_told(field: str) -> None:
    assert min(cost_s(SHAPED[field], LONGEST_VALUE) for _ in range(3)) < 0.02 * len(WORST)
