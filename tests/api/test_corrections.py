"""Addresses corrected over HTTP: by whoever saw the latest version, looked at before, undone like any version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.planning import Desk, planning, village
from tests.cli.village import write_addresses

REASON = {"reason": "seen on site"}
ROAD = {"type": "LineString", "coordinates": [[-111.3, 45.8508], [-111.297, 45.8508]]}
LOTS = {"shape": ROAD, "name": "Lot {n}, Elk Ridge", "first": 14, "count": 3, "side": "left", "setback_m": 12}


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with planning(village(tmp_path_factory.mktemp("corrections"))) as site:
        yield Desk(site)


def house(desk: Desk) -> dict[str, Any]:
    """The card of the first address that may be sold today."""
    (row, *_) = desk.ask("GET", "/v1/table?orderable=true")["rows"]
    return dict(desk.ask("GET", f"/v1/addresses/{row['address_id']}/card")["address"])


def seen(desk: Desk, version: int | str) -> dict[str, str]:
    return {**desk.headers, "If-Match": f'"{version}"'}


def send(desk: Desk, method: str, path: str, status: int, version: int, **body: Any) -> Any:
    said = desk.site.client.request(method, path, headers=seen(desk, version), json=body)
    assert said.status_code == status, said.text
    return said.json()


def test_an_address_is_moved_by_who_saw_it_and_the_next_is_told_who_was_faster(desk: Desk) -> None:
    address = house(desk)
    path, version = f"/v1/addresses/{address['address_id']}", address["version"]
    moved = send(desk, "PATCH", path, 200, version, lon=-111.2, lat=45.9, **REASON)
    assert moved["flips"] == {"fiber": {"build -> out-of-coverage": 1}}
    late = send(desk, "PATCH", path, 412, version, kind="business", serviceable=False, **REASON)
    assert (late["code"], late["changes"][0]["author"]) == ("address_changed", "pat")
    assert send(desk, "POST", f"{path}:retire", 412, version, **REASON)["code"] == "address_changed"
    send(desk, "PATCH", path, 200, moved["plan_version"], kind="business", serviceable=False, **REASON)
    desk.ask("PATCH", path, 428, json={"kind": "other", "serviceable": True, **REASON})
    desk.ask("PATCH", path, 422, json={"kind": "other", **REASON})


def test_lots_and_units_are_looked_at_then_made_and_wait_for_a_confirmation(desk: Desk) -> None:
    told = desk.ask("POST", "/v1/addresses:preview-lots", json=LOTS)
    assert [lot["name"] for lot in told["lots"]] == [f"Lot {n}, Elk Ridge" for n in (14, 15, 16)]
    assert {lot["class"] for lot in told["lots"]} == {"build"}
    assert desk.ask("GET", "/v1/addresses:provisional")["total"] == 0
    made = desk.ask("POST", "/v1/addresses:add-lots", 201, json=LOTS | REASON)
    waiting = desk.ask("GET", "/v1/addresses:provisional")
    assert (waiting["total"], waiting["addresses"][0]["author"]) == (3, "pat")
    desk.ask("POST", f"/v1/addresses/{made['address_ids'][0]}:confirm", json=REASON)
    assert desk.ask("GET", "/v1/addresses:provisional")["total"] == 2
    assert desk.ask("POST", "/v1/addresses:add-lots", 422, json=LOTS | REASON)["code"] == "conflict"
    building = house(desk)["address_id"]
    units = desk.ask("POST", f"/v1/addresses/{building}:preview-units", json={"pattern": "1-12 x A-F"})["units"]
    assert (len(units), units[-1]["unit"]) == (72, "12F")
    split = desk.ask("POST", f"/v1/addresses/{building}:split", 201, json={"pattern": "1-12 x A-F", **REASON})
    assert split["address_ids"] == [unit["address_id"] for unit in units]


def test_an_address_is_added_at_a_place_and_retired_again(desk: Desk) -> None:
    made = desk.ask("POST", "/v1/addresses", 201, json={"text": "Lot 7", "lon": -111.2985, "lat": 45.8505, **REASON})
    (address_id,) = made["address_ids"]
    gone = send(desk, "POST", f"/v1/addresses/{address_id}:retire", 200, made["plan_version"], **REASON)
    assert gone["flips"] == {"fiber": {"build -> none": 1}}
    assert send(desk, "POST", "/v1/addresses/5:retire", 404, 1, **REASON)["code"] == "address_not_found"


def test_a_disagreement_is_settled_as_it_was_seen(desk: Desk, tmp_path: Path) -> None:
    address = house(desk)
    path = f"/v1/addresses/{address['address_id']}"
    send(desk, "PATCH", path, 200, address["version"], lon=-111.2, lat=45.9, **REASON)
    assert desk.ask("GET", "/v1/addresses:disagreements")["disagreements"] == []
    first, found = (revised(desk, tmp_path, lon) for lon in (-111.2996, -111.2994))
    settle = f"/v1/corrections/{found['correction_id']}"
    stale = desk.ask("POST", f"{settle}:keep", 412, json={"seen": first["seen"], **REASON})
    assert stale["changes"] == [{"says_now": found["says_now"]}]
    desk.ask("POST", f"{settle}:withdraw", json={"seen": found["seen"], **REASON})
    assert desk.ask("GET", "/v1/addresses:disagreements")["disagreements"] == []
    assert desk.ask("POST", f"{settle}:keep", 404, json=REASON)["code"] == "correction_not_found"


def revised(desk: Desk, folder: Path, lon: float) -> dict[str, Any]:
    """Let the county place the first house elsewhere, and return what then is disagreed about."""
    file = write_addresses(folder / "houses.csv")
    text = file.read_text(encoding="utf-8").replace("1 Elk Ridge Rd,-111.3,", f"1 Elk Ridge Rd,{lon},", 1)
    file.write_text(text, encoding="utf-8")
    desk.decide(desk.dry_run(file)["id"], "promote")
    (found,) = desk.ask("GET", "/v1/addresses:disagreements")["disagreements"]
    return dict(found)
