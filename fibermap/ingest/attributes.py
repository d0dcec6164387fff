"""The attributes of many features, parsed once, as clean text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

CHUNK_ROWS = 20_000
SAMPLE_ROWS = 400
CODE_SUFFIX = ".code"
"""Readers keep the code of a coded value under ``<field>.code``, beside its label."""

NULL_WORDS = (
    "",
    "null",
    "<null>",
    "(null)",
    "none",
    "<none>",
    "nan",
    "n/a",
    "#n/a",
    "na/na",
    "nil",
    "-",
    "--",
)
"""Lower-case texts that mean that nothing is stated."""

_NULL_SET = pa.array(NULL_WORDS)
_SPACE = " \t\r\n\f\v\u00a0\ufeff\u200b"


def parse_chunks(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    """Parse the attributes of a feature table, :data:`CHUNK_ROWS` rows at a time, in order."""
    loads = orjson.loads
    column = table.column("attributes")
    for start in range(0, len(column), CHUNK_ROWS):
        parsed = [loads(text) for text in column.slice(start, CHUNK_ROWS).to_pylist()]
        yield [row if isinstance(row, dict) else {} for row in parsed]


def text_of(value: Any) -> str | None:
    """Write one attribute value as text: whole floats lose their ``.0``, nested values become JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return orjson.dumps(value).decode()


def clean(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Trim texts and make those that say nothing (:data:`NULL_WORDS`, any case) NULL."""
    trimmed = pc.utf8_trim(texts, characters=_SPACE)
    blank = pc.is_in(pc.utf8_lower(trimmed), value_set=_NULL_SET)
    return pc.if_else(blank, pa.scalar(None, pa.string()), trimmed)


def clean_text(value: Any) -> str | None:
    """Do for one value what :func:`clean` does for many."""
    text = text_of(value)
    if text is None:
        return None
    trimmed = text.strip(_SPACE)
    return None if trimmed.lower() in NULL_WORDS else trimmed


def clean_columns(table: pa.Table, names: Sequence[str]) -> dict[str, pa.ChunkedArray]:
    """Return the named attributes as columns of clean text, NULL where a feature lacks the attribute."""
    chunks: dict[str, list[pa.Array]] = {name: [] for name in names}
    for rows in parse_chunks(table) if names else ():
        for name in names:
            chunks[name].append(clean(_texts([row.get(name) for row in rows])))
    return {name: pa.chunked_array(parts, pa.string()) for name, parts in chunks.items()}


def _texts(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.string())  # most often all are texts
    except pa.ArrowTypeError:
        return pa.array([text_of(value) for value in values], pa.string())


def sample_rows(table: pa.Table, rows: int = SAMPLE_ROWS) -> list[dict[str, str | None]]:
    """Return the clean attributes of at most ``rows`` features, spread evenly over the table."""
    step = max(1, -(-table.num_rows // rows))
    picked = table.select(["attributes"]).take(pa.array(range(0, table.num_rows, step), pa.int64()))
    return [{key: clean_text(value) for key, value in row.items()} for chunk in parse_chunks(picked) for row in chunk]


def column_values(table: pa.Table, listed: Collection[str] = ()) -> dict[str, list[str]]:
    """Return every column that any feature has, with stated values from a sample.

    Where the sample misses a ``listed`` column, or nothing is listed, all rows are read, so that a rare attribute
    (a unit, an exception) is not overlooked; for such a column the first values found are the sample.
    """
    columns = columns_of(sample_rows(table))
    if table.num_rows <= SAMPLE_ROWS or (listed and set(listed) <= columns.keys()):
        return columns
    missed: dict[str, list[str]] = {}
    for rows in parse_chunks(table):
        for row in rows:
            for key in row.keys() - columns.keys():
                values = missed.setdefault(key, [])
                if len(values) < SAMPLE_ROWS and (value := clean_text(row[key])) is not None:
                    values.append(value)
    return columns | {key: missed[key] for key in sorted(missed) if not key.endswith(CODE_SUFFIX)}


def columns_of(rows: Sequence[dict[str, str | None]]) -> dict[str, list[str]]:
    """Turn sampled rows into columns of the values that are stated, in order of first appearance.

    Columns of codes are left out: the label stands in the column itself.
    """
    columns: dict[str, list[str]] = {}
    for row in rows:
        for key, value in row.items():
            if not key.endswith(CODE_SUFFIX):
                column = columns.setdefault(key, [])
                if value is not None:
                    column.append(value)
    return columns


def most_common(values: Sequence[str], count: int = 3) -> tuple[str, ...]:
    """Return the commonest distinct values, ties in order of appearance."""
    return tuple(value for value, _ in Counter(values).most_common(count))
