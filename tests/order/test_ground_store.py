"""What is true at an address, read for a few of them, is what the view says of all of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from fibermap.kernel.errors import Code, NotFound
from fibermap.order.ground import Ground
from fibermap.order.ground_store import ground_of, grounds_of
from fibermap.order.standing import standing_at
from fibermap.plan import Plan
from tests.builders import home, ids, ingest, new_plan, rows, source
from tests.coverage.histories import COUNTIES, PLANS, Step, act, steps

_SAME = ("location_id", "full_address", "serviceable", "units", "kind", "city", "state", "zip", "lon", "lat", "phase",
         "sales_open_on", "network_ready_on", "terminal_id", "ports_free")  # fmt: skip


def read(fm: Plan, wanted: list[int]) -> dict[int, Ground]:
    return fm.store.preview(lambda uow: grounds_of(uow, wanted), cause="read")


def as_the_view_has_it(ground: Ground) -> dict[str, Any]:
    said = {name: getattr(ground, name) for name in _SAME}
    joined = {name: ",".join(getattr(ground, name)) or None for name in ("holds", "not_orderable")}
    return said | joined | {"orderable": not ground.not_orderable}


@settings(max_examples=6)
@given(steps)
def test_a_ground_is_what_the_view_and_the_verdicts_say_after_any_history(history: list[Step]) -> None:
    with new_plan() as fm:
        ingest(fm, source("county", COUNTIES[0]), source("plan", PLANS[0]))
        for step in history:
            act(fm, step)
        known = {row["address_id"]: row for row in rows(fm, "SELECT * FROM addresses")}
        short = rows(fm, f"SELECT * FROM {standing_at('SELECT address_id FROM address')} a")
        assert {row["address_id"]: row for row in short} == {
            id_: {name: row[name] for name in ("address_id", "full_address", "class", "phase")}
            for id_, row in known.items()
        }
        grounds = read(fm, list(known))
        assert {id_: as_the_view_has_it(ground) for id_, ground in grounds.items()} == {
            id_: {name: row[name] for name in (*_SAME, "holds", "not_orderable", "orderable")}
            for id_, row in known.items()
        }
        verdicts = {(row["address_id"], row["technology"]): row for row in rows(fm, "SELECT * FROM verdict")}
        assert {(id_, technology) for id_, ground in grounds.items() for technology in ground.coverage} == set(verdicts)
        for (id_, technology), row in verdicts.items():
            told = grounds[id_].coverage[technology]
            assert (told.class_, told.expected_live_on) == (row["class"], row["expected_live_on"])
            assert told.area_id == (row["feature_id"] if row["evidence"] == "area" else None)


def test_an_id_that_was_merged_leads_to_the_address_that_it_has_become() -> None:
    with new_plan() as fm:
        ingest(fm, source("county", [home(1, 40), home(2, 80)]), source("plan", PLANS[0]))
        one, two = ids(fm)["1 Main St"], ids(fm)["2 Main St"]
        fm.merge_addresses(one, two, "one house", "ann")
        grounds = read(fm, [one, two])
        assert grounds[one] == grounds[two]
        assert grounds[one].address_id in (one, two)


def test_an_id_that_never_was_is_not_found() -> None:
    with new_plan() as fm, pytest.raises(NotFound) as refused:
        fm.store.preview(lambda uow: ground_of(uow, 404), cause="read")
    assert refused.value.code is Code.ADDRESS_NOT_FOUND
