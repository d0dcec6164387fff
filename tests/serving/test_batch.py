"""Many checks are single checks, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import InputRefused
from fibermap.plan import Plan
from fibermap.serving.batch import check_batch, check_questions
from fibermap.serving.index import Index
from fibermap.serving.overlay import changes_since, lay_over
from fibermap.serving.question import Question
from fibermap.serving.verdict import Standing
from tests.builders import furnished, home, ingest, place, source
from tests.serving.towns import ask, index_of, small_town


@pytest.fixture(scope="module")
def fm() -> Iterator[Plan]:
    with furnished(small_town) as plan:
        yield plan


@pytest.fixture(scope="module", params=["one layer", "changes above it"])
def index(request: pytest.FixtureRequest, fm: Plan) -> Index:
    base = index_of(fm)
    if request.param == "one layer":
        return base
    held = ask(base, q="2 Main St, 59741")["match"]["address_id"]
    fm.hold("do_not_serve", "dog", "ann", address_id=held)
    ingest(fm, source("second", [home(1, 41), home(30, 80), home(31, None)]))
    changes = fm.store.preview(lambda uow: changes_since(uow, base, fm.settings), cause="test")
    assert changes is not None
    return lay_over(base, changes)


TYPED = st.sampled_from(
    ["1 Main St, 59741", "1 mian street 59741", "20 Main St", "20 Main St Apt B", "99 Main St", "5 Elm", "PO Box 3", ""]
)
CANONICAL = st.builds("{} Main St{}, 59741".format, st.integers(1, 32), st.sampled_from(["", "", " #A"]))


@given(st.lists(CANONICAL | TYPED | st.text(max_size=30), max_size=20))
@settings(max_examples=25, phases=[Phase.explicit, Phase.generate], deadline=None)
def test_a_batch_says_what_single_checks_say(index: Index, texts: list[str]) -> None:
    assert check_batch(index, texts, datetime.now(UTC)).to_pylist() == [row_of(index, text) for text in texts]


def row_of(index: Index, text: str) -> dict[str, Any]:
    """Return what a single check says, as a row."""
    said = ask(index, q=text)
    match, verdict = said["match"], said["serviceability"] or {}
    at = None if match["address_id"] is None else index.find(match["address_id"])
    records = Standing(index, at, None, datetime.now(UTC).date()).records() if at is not None else []
    return {
        "q": text,
        **{name: match[name] for name in ("status", "next_action", "grade", "score", "address_id")},
        "source_id": records[0]["source_fid"] if records else None,
        "address": match["address"],
        "class": verdict.get("class"),
        "orderable": verdict.get("orderable"),
        "not_orderable": ",".join(verdict.get("not_orderable", ())) or None,
    }


def test_questions_of_every_kind_are_rows_in_their_order(index: Index) -> None:
    lon, lat = place(40)
    asked = [{"lon": lon, "lat": lat}, {"q": "1 Main St, 59741"}, {"q": "2 Main St, 59741", "at": date(2030, 1, 1)}]
    rows = check_questions(index, [Question(**each) for each in asked], datetime.now(UTC)).to_pylist()
    for row, each in zip(rows, asked, strict=True):
        said = ask(index, **each)
        assert row["q"] == said["input"]["q"]
        assert row["address_id"] == said["match"]["address_id"]
        assert row["class"] == said["serviceability"]["class"]
        assert row["orderable"] == said["serviceability"]["orderable"]
    assert rows[1] == row_of(index, "1 Main St, 59741")


def test_canonical_texts_are_found_at_first_sight(fm: Plan) -> None:
    matcher = index_of(fm).matcher
    assert (matcher.exact([f"{number} Main St, 59741" for number in range(1, 9)]).row >= 0).all()


def test_a_frame_a_table_and_a_list_are_taken(fm: Plan) -> None:
    texts = ["1 Main St, 59741", None, "99 Main St, 59741"]
    for given_as in (texts, pd.DataFrame({"q": texts}), pa.table({"q": texts}), pd.Series(texts)):
        checked = fm.check_many(given_as)
        assert checked.table["status"].to_pylist() == ["matched", "unparsable", "number_not_found"]
        assert checked.table["source_id"].to_pylist()[0] == "1"
        assert checked.table["class"].to_pylist() == ["build", None, None]
    with pytest.raises(InputRefused):
        fm.check_many(pd.DataFrame({"address": texts}))
