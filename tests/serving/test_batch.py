"""Many checks are single checks, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import InputRefused
from fibermap.plan import Plan
from fibermap.serving.batch import check_batch
from fibermap.serving.index import Index
from tests.builders import new_plan
from tests.serving.towns import ask, index_of, small_town


@pytest.fixture(scope="module")
def fm() -> Iterator[Plan]:
    with new_plan() as plan:
        small_town(plan)
        yield plan


@pytest.fixture(scope="module")
def index(fm: Plan) -> Index:
    return index_of(fm)


TYPED = st.sampled_from(
    ["1 Main St, 59741", "1 mian street 59741", "20 Main St", "20 Main St Apt B", "99 Main St", "5 Elm", "PO Box 3", ""]
)


@given(st.lists(TYPED | st.text(max_size=30), max_size=12))
@settings(max_examples=15, phases=[Phase.explicit, Phase.generate])
def test_a_batch_says_what_single_checks_say(index: Index, texts: list[str]) -> None:
    table = check_batch(index, texts, datetime.now(UTC)).to_pylist()
    assert [row["q"] for row in table] == texts
    for row, text in zip(table, texts, strict=True):
        said = ask(index, q=text)
        assert {name: row[name] for name in ("status", "next_action", "score", "address_id")} == {
            name: said["match"][name] for name in ("status", "next_action", "score", "address_id")
        }
        assert row["class"] == (said["serviceability"] and said["serviceability"]["class"])


def test_a_frame_a_table_and_a_list_are_taken(fm: Plan) -> None:
    texts = ["1 Main St, 59741", None, "99 Main St, 59741"]
    for given_as in (texts, pd.DataFrame({"q": texts}), pa.table({"q": texts}), pd.Series(texts)):
        checked = fm.check_many(given_as)
        assert checked.table["status"].to_pylist() == ["matched", "unparsable", "number_not_found"]
        assert checked.table["source_id"].to_pylist()[0] == "1"
        assert checked.table["class"].to_pylist() == ["build", None, None]
    with pytest.raises(InputRefused):
        fm.check_many(pd.DataFrame({"address": texts}))
