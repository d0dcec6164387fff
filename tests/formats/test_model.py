"""The Arrow batches that every reader yields."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from fibermap.formats.model import FEATURE_SCHEMA, Feature, json_text, to_batches

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_any_value_becomes_json_text(value: object) -> None:
    orjson.loads(json_text(value))


def test_an_integer_beyond_64_bits_keeps_its_digits() -> None:
    assert orjson.loads(json_text({"serial": 2**70})) == {"serial": str(2**70)}


def test_batches_hold_every_feature_in_order() -> None:
    features = [Feature(row=i, layer="a", attributes={"n": i}) for i in range(1, 26)]
    batches = list(to_batches(iter(features), rows=10))
    assert [batch.num_rows for batch in batches] == [10, 10, 5]
    assert all(batch.schema == FEATURE_SCHEMA for batch in batches)
    assert [row for batch in batches for row in batch["row"].to_pylist()] == list(range(1, 26))
