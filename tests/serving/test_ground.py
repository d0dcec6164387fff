"""The index says of the ground of an address what the database says."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from fibermap.order.ground import Ground
from fibermap.order.ground_store import grounds_of
from fibermap.plan import Plan
from tests.builders import ingest, new_plan, rows, source
from tests.coverage.histories import COUNTIES, PLANS, Step, act, steps


def of_index(fm: Plan, ids: list[int]) -> dict[int, Ground]:
    return {address_id: fm.catalogue.ground(address_id) for address_id in ids}


def of_database(fm: Plan, ids: list[int]) -> dict[int, Ground]:
    return fm.store.preview(lambda uow: grounds_of(uow, ids), cause="read")


@settings(max_examples=6)
@given(steps)
def test_both_readings_of_a_ground_are_one_after_any_history(history: list[Step]) -> None:
    with new_plan() as fm:
        ingest(fm, source("county", COUNTIES[0]), source("plan", PLANS[0]))
        for step in history:
            act(fm, step)
            ids = [row["address_id"] for row in rows(fm, "SELECT address_id FROM addresses")]
            assert of_index(fm, ids) == of_database(fm, ids)


def test_a_phase_and_a_flag_of_a_persons_word_are_read_too() -> None:
    with new_plan() as fm:
        ingest(fm, source("county", COUNTIES[0]), source("plan", PLANS[0]))
        ids = [row["address_id"] for row in rows(fm, "SELECT address_id FROM addresses ORDER BY 1")]
        changes: list[dict[str, Any]] = [{"phase": "Own"}, {"phase": ""}, {"phase": "Mine"}, {"flag": True}]
        for change in changes:
            fm.bulk_change({"ids": ids[:2]}, "because", "pat", **change)
            assert of_index(fm, ids) == of_database(fm, ids)
        fm.configure("flags bar", "pat", blocking_flags=("marked",))
        assert of_index(fm, ids) == of_database(fm, ids)
        assert "flagged" in of_index(fm, ids)[ids[0]].not_orderable


def test_an_id_that_was_merged_has_the_ground_of_the_survivor() -> None:
    with new_plan() as fm:
        ingest(fm, source("county", COUNTIES[0]), source("plan", PLANS[0]))
        one, two = [row["address_id"] for row in rows(fm, "SELECT address_id FROM addresses ORDER BY 1")][:2]
        fm.bulk_change({"ids": [two]}, "because", "pat", phase="Own")
        fm.merge_addresses(one, two, "one house", "pat")
        assert of_index(fm, [one, two]) == of_database(fm, [one, two])
