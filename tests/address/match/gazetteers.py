"""Small gazetteers for tests, from lines of text."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from fibermap.address.keys import display
from fibermap.address.match import Gazetteer, Matcher, Segment
from fibermap.address.model import AddressParts
from fibermap.address.parse import parse_address

FIELDS = (
    *("number_prefix", "number", "number_suffix", "pre_modifier", "pre_directional", "pre_type", "street_name"),
    *(
        "post_type",
        "post_directional",
        "post_modifier",
        "building",
        "floor",
        "unit_type",
        "unit",
        "city",
        "state",
        "zip",
    ),
)


def table_of(parts: Iterable[AddressParts], unit_counts: dict[int, int] | None = None) -> pa.Table:
    """Return the table that `Gazetteer.build` takes; the row is the id."""
    rows = list(parts)
    counts = unit_counts or {}
    columns = {
        name: pa.array([getattr(row, name) for row in rows], pa.int32() if name == "number" else pa.string())
        for name in FIELDS
    }
    return pa.table(
        {
            "address_id": pa.array(range(len(rows)), pa.int64()),
            "location_id": pa.array(range(len(rows)), pa.int64()),
            **columns,
            "unit_count": pa.array([counts.get(index) for index in range(len(rows))], pa.int64()),
            "full_address": [display(row) for row in rows],
            "lon": pa.nulls(len(rows), pa.float64()),
            "lat": pa.nulls(len(rows), pa.float64()),
        }
    )


def gazetteer_of(*lines: str, unit_counts: dict[int, int] | None = None) -> Gazetteer:
    """Return a gazetteer of addresses as one writes them."""
    return Gazetteer.build(table_of((parse_address(line).parts for line in lines), unit_counts))


def matcher_of(*lines: str, unit_counts: dict[int, int] | None = None) -> Matcher:
    """Return a matcher over addresses as one writes them."""
    return Matcher([Segment(gazetteer_of(*lines, unit_counts=unit_counts))])
