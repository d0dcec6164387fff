"""The index explains as the database does."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from fibermap.coverage.explain import Explanation
from fibermap.kernel.errors import NotFound
from fibermap.serving.explain import explain
from tests.builders import ingest, new_plan, rows, source
from tests.coverage.histories import COUNTIES, PLANS, Step, act, steps
from tests.serving.towns import index_of


def said(explanation: Explanation) -> dict[str, Any]:
    return {each.name: getattr(explanation, each.name) for each in fields(explanation)}


@given(steps)
@settings(max_examples=4, phases=[Phase.generate])
def test_after_any_history_the_index_explains_as_the_database_does(history: list[Step]) -> None:
    with new_plan() as fm:
        for step in [("county", 0), ("plan", 0), *history]:
            act(fm, step)
        index, today = index_of(fm), datetime.now(UTC).date()
        merged = [row["address_id"] for row in rows(fm, "SELECT address_id FROM survivor")]
        for address_id in [*index.layers[0].book.ids.tolist(), *merged]:
            for at in (None, date(2027, 7, 1)):
                assert said(explain(index, address_id, at=at, today=today)) == said(fm.explain(address_id, at=at).value)


def test_an_unknown_address_is_not_found() -> None:
    with new_plan() as fm:
        ingest(fm, source("county", COUNTIES[0]), source("plan", PLANS[0]))
        with pytest.raises(NotFound):
            explain(index_of(fm), 12, at=None, today=date(2027, 1, 1))
        assert asdict(explain(index_of(fm), rows(fm, "FROM address")[0]["address_id"], at=None, today=date(2027, 1, 1)))
