"""Many addresses changed over HTTP: what was confirmed is what is done, as one version that one undo takes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.planning import Desk, planning, village

EVERYWHERE = "-180,-80,179,-80,179,80,-180,80"


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with planning(village(tmp_path_factory.mktemp("bulk"))) as site:
        yield Desk(site)


def table(desk: Desk) -> dict[int, tuple[Any, ...]]:
    desk.site.service.screen._shown.screen.refresh()
    rows = desk.ask("GET", "/v1/table")["rows"]
    named = ("kind", "serviceable", "phase", "flags", "holds")
    return {row["address_id"]: tuple(row[name] for name in named) for row in rows}


@pytest.mark.parametrize("selection", [{"class": "build"}, {"polygon": EVERYWHERE, "class": ["build"]}])
def test_what_was_confirmed_is_done_and_undone_at_once(desk: Desk, selection: dict[str, Any]) -> None:
    before = table(desk)
    wish = {"selection": selection, "kind": "business", "serviceable": False, "phase": "9", "flag": True}
    wish["hold"] = "no_mdu_agreement"
    would = desk.ask("POST", "/v1/bulk:preview", json=wish)
    assert (would["selected"], would["changed"], would["classes"]) == (3, 3, {"build": 3})
    done = desk.ask("POST", "/v1/bulk", json={**wish, "reason": "plat", "document": "DMS 7", "seen": would["seen"]})
    assert done["changes"] == would["changes"]
    after = table(desk)
    changed = [row for address_id, row in after.items() if row != before[address_id]]
    assert changed == [("business", False, "9", ["marked"], ["no_mdu_agreement"])] * 3
    (hold,) = desk.ask("GET", "/v1/holds")["features"]
    assert (hold["id"], hold["properties"]["addresses"], hold["properties"]["scope"]) == (done["hold_id"], 3, "list")
    (version, *_) = desk.ask("GET", "/v1/plan-versions")["versions"]
    assert (version["kind"], version["author"]) == ("bulk", "pat")
    desk.ask("POST", f"/v1/plan-versions/{done['plan_version']}:undo", json={})
    assert table(desk) == before


def test_a_selection_that_moved_since_is_refused_with_who_moved_it(desk: Desk) -> None:
    wish = {"selection": {"class": "build"}, "flag": True}
    would = desk.ask("POST", "/v1/bulk:preview", json=wish)
    first = next(iter(table(desk)))
    other = {"selection": {"ids": [first]}, "flag": True, "reason": "looked"}
    desk.ask("POST", "/v1/bulk", json=other)
    said = desk.ask("POST", "/v1/bulk", 412, json={**wish, "reason": "all", "seen": would["seen"]})
    assert said["code"] == "selection_changed"
    assert said["changes"][0]["label"].endswith("looked")
    assert desk.ask("POST", "/v1/bulk", 422, json={**other})["code"] == "argument_invalid"
    desk.ask("POST", "/v1/bulk", 422, json={**wish, "reason": "x", "seen": "yesterday"})
    desk.ask("POST", "/v1/bulk:preview", 422, json={"selection": {}})
    desk.ask("POST", "/v1/bulk:preview", 422, json={"selection": {"colour": "red"}, "flag": True})


def test_a_pasted_list_says_which_rows_it_could_not_read(desk: Desk) -> None:
    text = 'address,note\n"2 Elk Ridge Rd, 59741",a\n"4 Elk Ridge Rd, 59741",b\n'
    matched = desk.ask("POST", "/v1/bulk:match", json={"text": text})
    assert (len(matched["ids"]), matched["rows"], matched["unmatched"]) == (1, 2, 1)
    assert matched["problems"] == [{"row": 3, "text": "4 Elk Ridge Rd, 59741", "why": "Number not found."}]
    desk.ask("POST", "/v1/bulk:match", 422, json={"text": "\n"})
