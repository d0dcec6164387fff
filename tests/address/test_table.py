"""Addresses by the table."""

from __future__ import annotations

import pyarrow as pa
import pytest

from fibermap.address.table import NORMALISED_SCHEMA, normalise_table
from fibermap.kernel.errors import Code, InputRefused


def test_rows_keep_their_order_and_get_parts_and_keys() -> None:
    raw = pa.table({"number": [755, 12], "street_name": ["W Dry Creek Rd", "ELM"], "post_type": [None, "ST"]})
    table = normalise_table(raw)
    assert table.schema == NORMALISED_SCHEMA
    assert table.column("full_address").to_pylist() == ["755 W Dry Creek Rd", "12 Elm St"]
    assert table.column("canonical_key").to_pylist() == ["755|W DRY CRK RD||", "12|ELM ST||"]


def test_what_is_not_said_is_null() -> None:
    (row,) = normalise_table(pa.table({"number": ["<Null>"], "unit": [" "]})).to_pylist()
    assert row.pop("notes") == ["street_missing"]
    assert set(row.values()) == {None}


def test_dictionary_columns_and_other_columns_are_taken_as_they_come() -> None:
    raw = pa.table({"full_address": pa.array(["12 Elm St"] * 2).dictionary_encode(), "colour": ["red", "blue"]})
    assert normalise_table(raw).column("number").to_pylist() == [12, 12]


def test_an_empty_table_stays_empty() -> None:
    assert normalise_table(pa.table({"number": pa.array([], pa.string())})).num_rows == 0


def test_a_table_without_any_address_field_is_refused() -> None:
    with pytest.raises(InputRefused) as caught:
        normalise_table(pa.table({"colour": ["red"]}))
    assert caught.value.code is Code.FIELD_MISSING
