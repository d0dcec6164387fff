"""Units by pattern."""

from __future__ import annotations

import pytest

from fibermap.address.units import MOST_UNITS, generate_units
from fibermap.kernel.errors import Code, InputRefused


@pytest.mark.parametrize(
    ("pattern", "units"),
    [
        ("1-4", ["1", "2", "3", "4"]),
        ("A-D", ["A", "B", "C", "D"]),
        ("a - c", ["A", "B", "C"]),
        ("101-102,201-202", ["101", "102", "201", "202"]),
        ("1A-1C", ["1A", "1B", "1C"]),
        ("B1-B3", ["B1", "B2", "B3"]),
        ("1B-3B", ["1B", "2B", "3B"]),
        ("01-03", ["01", "02", "03"]),
        ("1-2 x A-B", ["1A", "1B", "2A", "2B"]),
        ("A-B x 1-2", ["A1", "A2", "B1", "B2"]),
        ("5", ["5"]),
        ("REAR, 1-2", ["REAR", "1", "2"]),
    ],
)
def test_patterns(pattern: str, units: list[str]) -> None:
    assert generate_units(pattern) == units


@pytest.mark.parametrize(
    "pattern", ["", ",", "1-", "4-1", "D-A", "1-C", "1A-2B", "1-2-3", "1--3", "A-12", "1-2,2", "½"]
)
def test_what_cannot_be_read_is_refused_with_an_example(pattern: str) -> None:
    with pytest.raises(InputRefused) as caught:
        generate_units(pattern)
    assert caught.value.code is Code.ARGUMENT_INVALID
    assert "1-24" in caught.value.hint


@pytest.mark.parametrize("pattern", ["1-2001", "1-999999999999999", "1-100 x 1-100", "1-1500,2001-3500"])
def test_too_many_units_are_refused_at_once(pattern: str) -> None:
    with pytest.raises(InputRefused) as caught:
        generate_units(pattern)
    assert caught.value.code is Code.LIMIT_EXCEEDED


def test_the_most_units_are_allowed() -> None:
    assert len(generate_units(f"1-{MOST_UNITS}")) == MOST_UNITS
