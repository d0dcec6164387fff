"""A table of raw address fields in, a table of standardised parts and keys out. Runs in worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pyarrow as pa

from fibermap.address.keys import building_basis, canonical_key, display, street_key
from fibermap.address.model import PART_NAMES
from fibermap.address.parse import read_fields
from fibermap.kernel.errors import Code, InputRefused

RAW_FIELDS: tuple[str, ...] = (*PART_NAMES, "full_address")
"""The columns that are read; a mapping of a source's fields ends in these."""

NORMALISED_SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.int64() if name == "number" else pa.string()) for name in PART_NAMES),
        pa.field("street_key", pa.string()),
        pa.field("canonical_key", pa.string()),
        pa.field("identity_basis", pa.string()),
        pa.field("building_basis", pa.string()),
        pa.field("full_address", pa.string()),
        pa.field("unparsed", pa.string()),
        pa.field("notes", pa.list_(pa.string())),
    ]
)
"""What `normalise_table` returns. NULL: the source does not say, or (keys) the address cannot be told from another."""

_ROWS_AT_ONCE = 20_000
_part_values = attrgetter(*PART_NAMES)


def normalise_table(table: pa.Table) -> pa.Table:
    """Standardise the addresses of a table.

    Parameters
    ----------
    table
        One row an address, columns named as in `RAW_FIELDS`, any of them, of any scalar type; other columns are
        ignored.

    Returns
    -------
    pyarrow.Table
        As many rows in the same order, in `NORMALISED_SCHEMA`. ``full_address`` is the display text, ``notes`` the
        `fibermap.address.model.Note` values.

    Raises
    ------
    InputRefused
        `Code.FIELD_MISSING`, where the table has none of the columns.
    """
    names = [name for name in RAW_FIELDS if name in table.column_names]
    if not names:
        raise InputRefused(
            Code.FIELD_MISSING,
            "The table has no address field.",
            hint=f"Map at least one field to one of: {', '.join(RAW_FIELDS)}.",
        )
    batches = [_normalise_batch(batch, names) for batch in _batches(table.select(names))]
    return pa.Table.from_batches(batches, NORMALISED_SCHEMA)


def _batches(table: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, table.num_rows, _ROWS_AT_ONCE):
        yield table.slice(start, _ROWS_AT_ONCE)


def _normalise_batch(table: pa.Table, names: list[str]) -> pa.RecordBatch:
    columns = [table.column(name).to_pylist() for name in names]
    rows = [_normalise_row(dict(zip(names, values, strict=True))) for values in zip(*columns, strict=True)]
    arrays = [
        pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), NORMALISED_SCHEMA, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=NORMALISED_SCHEMA)


def _normalise_row(fields: dict[str, Any]) -> tuple[Any, ...]:
    parsed = read_fields(fields)
    parts = parsed.parts
    key = canonical_key(parts)
    return (
        *_part_values(parts),
        street_key(parts) or None,
        key,
        key,
        building_basis(parts),
        display(parts) or None,
        parsed.unparsed or None,
        parsed.notes,
    )
