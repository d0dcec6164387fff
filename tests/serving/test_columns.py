"""Cells come out of a table as they went in, NULL included."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.serving.columns import Columns, Group

_VALUES: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "integer": (pa.int64(), st.integers(-(2**53), 2**53)),
    "small integer": (pa.int16(), st.integers(-9, 9)),
    "number": (pa.float64(), st.floats(allow_nan=False)),
    "text": (pa.string(), st.text(max_size=5)),
    "shared text": (pa.dictionary(pa.int32(), pa.string()), st.sampled_from(["a", "b", ""])),
    "yes or no": (pa.bool_(), st.booleans()),
    "day": (pa.date32(), st.dates(date(1900, 1, 1), date(2100, 1, 1))),
}


@pytest.mark.parametrize("kind", _VALUES)
@given(data=st.data())
def test_a_cell_is_what_was_put_in(kind: str, data: st.DataObject) -> None:
    type_, values = _VALUES[kind]
    put_in = data.draw(st.lists(st.none() | values, max_size=20))
    skipped = data.draw(st.integers(0, 20))
    columns = Columns(pa.table({"c": pa.array(put_in, type_)}).slice(skipped))
    rows = np.arange(len(columns))
    assert [columns.cell("c", row) for row in rows.tolist()] == put_in[skipped:]
    assert columns.taken("c", np.append(rows[::-1], -1)).to_pylist() == [*put_in[skipped:][::-1], None]


@given(st.lists(st.integers(1, 9)), st.lists(st.integers(0, 10)))
def test_what_hangs_on_many_is_what_hangs_on_each(hanging: list[int], ids: list[int]) -> None:
    group = Group(pa.table({"address_id": pa.array(sorted(hanging), pa.int64()), "n": pa.array(range(len(hanging)))}))
    at, rows = group.pairs(np.array(ids, dtype=np.int64))
    assert list(zip(at.tolist(), rows.tolist(), strict=True)) == [
        (position, row) for position, each in enumerate(ids) for row in group.rows_of(each)
    ]
    firsts = group.firsts_of(np.array(ids, dtype=np.int64))
    assert [group.rows_from(*each) for each in zip(firsts, ids, strict=True)] == [group.rows_of(each) for each in ids]
