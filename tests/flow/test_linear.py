"""Thousands of equal things cost what thousands of things cost: four times as many, about four times as much."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

import fibermap
from tests.flow.town import HOMES, geojson, street_block, write_csv

MOST_TIMES = 8.0
"""Between the four that a linear cost takes and the sixteen that a quadratic one takes, wide of both."""


def equal_rows(path: Path, count: int) -> Path:
    """Write one address over and over, with one id."""
    row = {"ID": "7", "ADDRESS": HOMES[0].line, "LAT": HOMES[0].lat, "LON": HOMES[0].lon}
    return write_csv(path / f"addresses{count}.csv", [row] * count)


def equal_areas(path: Path, count: int) -> Path:
    """Write one area over and over, without an id."""
    return geojson(path / f"fiber{count}.geojson", [(street_block(0, 0), {"FDA": "1", "STATUS": "Live"})] * count)


def cost_s(file: Path) -> float:
    """Return the processor time that a file takes from its bytes to a plan version, and once more as a new revision."""
    with fibermap.open(":memory:") as fm:
        began_s = time.process_time()
        fm.ingest(file, yes=True, progress=False)
        fm.ingest(file, yes=True, progress=False)
        return time.process_time() - began_s


@pytest.mark.parametrize(("write", "few"), [(equal_rows, 250), (equal_rows, 1_000), (equal_areas, 400)])
def test_equal_things_cost_no_more_than_their_number(
    write: Callable[[Path, int], Path], few: int, tmp_path: Path
) -> None:
    cost_s(write(tmp_path, 2))  # imports and compilation
    assert cost_s(write(tmp_path, 4 * few)) < MOST_TIMES * cost_s(write(tmp_path, few))
