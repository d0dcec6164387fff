"""Lengths as people write them."""

from __future__ import annotations

import pytest

from fibermap.kernel.units import read_length


@pytest.mark.parametrize(
    ("text", "length_m"),
    [("600ft", 182.88), (" 1,000 FT ", 304.8), ("180m", 180.0), ("91.44 m", 91.44), ("0ft", 0.0)],
)
def test_a_length_with_its_unit_is_read_in_metres(text: str, length_m: float) -> None:
    assert read_length(text) == pytest.approx(length_m)


@pytest.mark.parametrize("text", ["600", "", "ft", "-5m", "1e3m", "six ft", "5 miles", "nanm", "٣m"])
def test_a_length_without_one_is_none(text: str) -> None:
    assert read_length(text) is None
