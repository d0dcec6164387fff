"""Review over HTTP: what waits, decisions with who made them, and the second of two who decide at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args

import pytest

from fibermap.access.model import Scope
from fibermap.review.model import Choice, Queue
from fibermap_api.models.reviews import ChoiceName, QueueName
from tests.api.planning import Desk, planning, village


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with planning(village(tmp_path_factory.mktemp("reviews"))) as site:
        yield Desk(site)


@pytest.fixture(scope="module")
def crew(desk: Desk) -> dict[str, str]:
    """The headers of somebody who may report what is missing."""
    return desk.site.key(Scope.REPORT, name="crew")


@pytest.fixture
def item(desk: Desk, crew: dict[str, str]) -> dict[str, Any]:
    """An address that somebody misses; once it is decided it is reported with another note, so that it waits again."""
    if waiting := desk.ask("GET", "/v1/reviews?queue=missing")["items"]:
        return dict(waiting[0])
    count = len(desk.ask("GET", "/v1/review-decisions")["decisions"])
    body = {"q": "4 Elk Ridge Rd, 59741", "note": f"new house {count}", "lat": 45.85, "lon": -111.2975}
    said = desk.site.client.request("POST", "/v1/addresses:report-missing", headers=crew, json=body)
    assert said.status_code < 300, said.text
    found: dict[str, Any] = desk.ask("GET", "/v1/reviews?queue=missing")["items"][0]
    return found


def decide(desk: Desk, item: dict[str, Any], choice: str, status: int = 200, **more: Any) -> Any:
    seen = [{"item_id": item["item_id"], "facts": item["facts"]}]
    return desk.ask("POST", "/v1/reviews:decide", status, json={"items": seen, "choice": choice, **more})


def test_the_words_are_those_of_the_room() -> None:
    assert get_args(QueueName) == tuple(Queue)
    assert get_args(ChoiceName) == tuple(Choice)


def test_a_missing_address_is_looked_at_added_listed_and_taken_back(desk: Desk, item: dict[str, Any]) -> None:
    shown = desk.ask("GET", f"/v1/reviews/{item['item_id']}")
    assert shown["parsed"]["parts"]["number"] == 4
    assert shown["near"][0]["full_address"].startswith("3 Elk Ridge Rd")
    done = decide(desk, item, "accept", reason="Driven past")
    assert done["changes"] == {"fiber": {"none -> build": 1}}
    counted = {each["queue"]: each["open"] for each in desk.ask("GET", "/v1/reviews")["queues"]}
    assert counted["missing"] == 0
    said = desk.ask("GET", "/v1/review-decisions?queue=missing")["decisions"][0]
    assert (said["author"], said["reason"], said["choice"]) == ("pat", "Driven past", "accept")
    assert len(said["ids"]) == 1
    desk.ask("POST", f"/v1/review-decisions/{done['decision_ids'][0]}:undo", json={})
    assert desk.ask("GET", "/v1/reviews?queue=missing")["items"][0]["item_id"] == item["item_id"]


def test_of_two_who_decide_at_once_the_second_is_told(desk: Desk, item: dict[str, Any]) -> None:
    seen = [{"item_id": item["item_id"], "facts": item["facts"]}]

    def one(choice: str) -> Any:
        asked = {"items": seen, "choice": choice}
        return desk.site.client.request("POST", "/v1/reviews:decide", headers=desk.headers, json=asked)

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(one, ("accept", "discard")))
    assert sorted(each.status_code for each in said) == [200, 409]
    told = next(each.json() for each in said if each.status_code == 409)
    assert (told["code"], told["decision"]["author"]) == ("review_decided", "pat")


def test_who_saw_something_else_is_told(desk: Desk, item: dict[str, Any]) -> None:
    assert decide(desk, item | {"facts": "old"}, "discard", 409)["code"] == "review_changed"


def test_somebody_looks_after_it(desk: Desk, item: dict[str, Any]) -> None:
    asked = {"item_ids": [item["item_id"]], "assignee": "ann"}
    assert desk.ask("POST", "/v1/reviews:assign", json=asked) == {"count": 1}
    assert desk.ask("GET", "/v1/reviews?assignee=ann")["total"] == 1
    assert desk.ask("GET", "/v1/reviews?assignee=&queue=missing")["total"] == 0
    assert desk.ask("GET", "/v1/reviews?days=1")["total"] == 0


@pytest.mark.parametrize(
    ("choice", "more", "status", "code"),
    [
        ("split", {}, 422, "choice_not_fitting"),
        ("merge", {}, 422, "argument_invalid"),
        ("merge", {"address_id": 7}, 404, "address_not_found"),
        ("accept", {"lat": 45.85}, 422, "argument_invalid"),
        ("hold", {"hold_code": "exclusion"}, 422, "argument_invalid"),
        ("burn", {}, 422, "argument_invalid"),
        ("discard", {"reason": " "}, 422, "argument_invalid"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    desk: Desk, item: dict[str, Any], choice: str, more: dict[str, Any], status: int, code: str
) -> None:
    assert decide(desk, item, choice, status, **more)["code"] == code
    assert desk.ask("GET", "/v1/reviews?queue=missing")["total"] == 1


def test_what_is_not_there_is_said_so(desk: Desk) -> None:
    assert desk.ask("GET", "/v1/reviews/7", 404)["code"] == "review_item_not_found"
    assert desk.ask("POST", "/v1/review-decisions/7:undo", 404, json={})["code"] == "decision_not_found"
