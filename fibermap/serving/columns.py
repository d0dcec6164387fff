"""Arrow tables read cell by cell, fast, and never changed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_EPOCH = date(1970, 1, 1).toordinal()
_PLAIN = pa.types.is_integer, pa.types.is_floating


class Columns:
    """The cells of a table by name and row; NULL is None.

    Parameters
    ----------
    table
        May be mapped from a file; nothing of it is copied but the texts that its dictionaries hold.
    """

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._cell = {name: _reader(_array(table[name])) for name in table.column_names}

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def cell(self, name: str, row: int) -> Any:
        """Return one cell."""
        return self._cell[name](row)

    def reader_of(self, name: str) -> Callable[[int], Any]:
        """Return what reads a column, for who reads it again and again."""
        return self._cell[name]

    def reader(self, names: Iterable[str]) -> Callable[[int], tuple[Any, ...]]:
        """Return what reads some columns of a row at once."""
        cells = [self._cell[name] for name in names]
        return lambda row: tuple([cell(row) for cell in cells])

    def taken(self, name: str, rows: npt.NDArray[np.intp]) -> pa.Array:
        """Return a column of many rows as plain values; a row of -1 is NULL."""
        found = _array(self.table[name]).take(pa.array(rows, mask=rows < 0))
        return found.dictionary_decode() if pa.types.is_dictionary(found.type) else found

    def row(self, row: int) -> dict[str, Any]:
        """Return a row by column."""
        return {name: cell(row) for name, cell in self._cell.items()}

    def some(self, row: int, names: Iterable[str]) -> dict[str, Any]:
        """Return some columns of a row."""
        return {name: self._cell[name](row) for name in names}

    def numbers(self, name: str) -> npt.NDArray[Any]:
        """Return a column of numbers without NULL as an array, not copied."""
        return np.asarray(_array(self.table[name]).to_numpy(zero_copy_only=False))


class Group:
    """Rows that hang on addresses: a table sorted by ``address_id``."""

    def __init__(self, table: pa.Table) -> None:
        self.columns = Columns(table)
        self._ids = self.columns.numbers("address_id")
        self._listed = self._ids.data

    def rows_of(self, address_id: int) -> range:
        """Return the rows of an address."""
        return self.rows_from(bisect_left(self._listed, address_id), address_id)

    def firsts_of(self, address_ids: npt.NDArray[np.int64]) -> memoryview:
        """Return for each address where `rows_from` finds its rows: once for all, what `rows_of` searches for."""
        return self._ids.searchsorted(address_ids).astype(np.int32).data

    def rows_from(self, first: int, address_id: int) -> range:
        """Return the rows of an address, the first of which is known, if there are any."""
        begin = end = first
        while end < len(self._listed) and self._listed[end] == address_id:  # a few
            end += 1
        return range(begin, end)

    def pairs(self, ids: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return every pair of a position in ``ids`` and a row of that address, in the order of both."""
        first = self._ids.searchsorted(ids)
        count = self._ids.searchsorted(ids, side="right") - first
        at = np.repeat(np.arange(len(ids)), count)
        return at, np.arange(len(at)) - np.repeat(np.cumsum(count) - count - first, count)

    def some(self, address_id: int, names: Sequence[str]) -> list[dict[str, Any]]:
        """Return some columns of the rows of an address."""
        return [self.columns.some(row, names) for row in self.rows_of(address_id)]

    def of(self, address_id: int) -> list[dict[str, Any]]:
        """Return the rows of an address by column, without its id."""
        rows = [self.columns.row(row) for row in self.rows_of(address_id)]
        for row in rows:
            del row["address_id"]
        return rows


def rows_of(ids: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    """Return where each wanted id is among sorted ids, -1 where it is not there."""
    rows: npt.NDArray[np.intp] = ids.searchsorted(wanted)
    there = rows < len(ids)
    there[there] = ids[rows[there]] == wanted[there]
    return np.where(there, rows, -1)


def _array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    whole = column.combine_chunks()
    return whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole


def _reader(array: pa.Array) -> Callable[[int], Any]:
    if array.null_count == len(array):
        return lambda row: None
    read = _value_reader(array)
    if not array.null_count:
        return read
    valid, offset = memoryview(array.buffers()[0]), array.offset  # a bit each, not copied
    if not offset:
        return lambda row: read(row) if valid[row >> 3] >> (row & 7) & 1 else None
    return lambda row: read(row) if valid[(row + offset) >> 3] >> ((row + offset) & 7) & 1 else None


def _value_reader(array: pa.Array) -> Callable[[int], Any]:
    """Return what reads a cell that is not NULL; a view into the memory is what Python reads fastest."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        texts, codes = array.dictionary.to_pylist(), _plain(array.indices).data
        return lambda row: texts[codes[row]]
    if any(is_type(kind) for is_type in _PLAIN):
        return _plain(array).data.__getitem__
    if pa.types.is_string(kind):
        return _text_reader(array)
    if pa.types.is_date32(kind):
        days = np.frombuffer(array.buffers()[1], dtype=np.int32)[array.offset :].data
        return lambda row: date.fromordinal(days[row] + _EPOCH)
    if pa.types.is_boolean(kind):
        bits, offset = memoryview(array.buffers()[1]), array.offset
        return lambda row: bool(bits[(row + offset) >> 3] >> ((row + offset) & 7) & 1)
    return lambda row: array[row].as_py()


def _text_reader(array: pa.Array) -> Callable[[int], str]:
    _, ends, texts = array.buffers()
    start, text = memoryview(ends).cast("i")[array.offset :], memoryview(texts or b"")
    return lambda row: str(text[start[row] : start[row + 1]], "utf-8")


def _plain(array: pa.Array) -> npt.NDArray[Any]:
    """Return numbers as an array, not copied; what stands where there is NULL means nothing."""
    values = np.frombuffer(array.buffers()[1], dtype=array.type.to_pandas_dtype())
    return values[array.offset : array.offset + len(array)]
