"""`fibermap serve` as a program: the first start, real answers, a replica, and a good end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fibermap.kernel.errors import DatabaseBusy
from fibermap.plan import Plan
from fibermap.serving.check_log import CheckLog, spool_checks
from fibermap.serving.question import Question
from fibermap.store import Store
from fibermap_api.compose import take_spools_in
from fibermap_api.models.checks import (
    AddressAnswer,
    BatchAnswer,
    CheckAnswer,
    ExplainAnswer,
    SuggestAnswer,
    UnitsAnswer,
)
from tests.api.planning import village
from tests.api.program import Running, serve, soon
from tests.cli.commands import fibermap, fibermap_program


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the village's database."""
    return village(tmp_path_factory.mktemp("serve")).parent


@pytest.fixture(scope="module")
def owner(folder: Path) -> Iterator[Running]:
    """The server that owns it, which publishes an index for replicas."""
    with serve("--db", folder / "plan.duckdb", "--publish", folder / "plan.index") as running:
        yield running


@pytest.fixture(scope="module")
def key(owner: Running) -> str:
    assert owner.admin_key is not None
    return owner.admin_key


def test_it_answers_a_check_with_a_verdict(owner: Running, key: str) -> None:
    said = owner.get("/v1/address-check", key, q="1 Elk Ridge Rd 59741").json()
    assert (said["match"]["status"], said["match"]["next_action"]) == ("matched", "accept")
    assert said["serviceability"]["class"] == "build"


def test_a_house_that_is_not_there_is_an_answer_without_a_verdict(owner: Running, key: str) -> None:
    said = owner.get("/v1/address-check", key, q="7 Elk Ridge Rd 59741")
    assert said.status_code == 200
    assert said.json()["match"]["status"] == "number_not_found"
    assert said.json()["serviceability"] is None


def test_every_answer_is_of_the_shape_that_is_described(owner: Running, key: str) -> None:
    for params in (
        {"q": "1 Elk Ridge Rd 59741"}, {"q": "nonsense"}, {"street": "2 Elk Ridge Rd", "zip": "59741"},
        {"lat": 45.85, "lon": -111.3}, {"lat": 10, "lon": 10}, {"q": "1 Elk Ridge Rd", "at": "2027-03-01"},
    ):  # fmt: skip
        said = owner.get("/v1/address-check", key, **params)
        assert said.status_code == 200, said.text
        CheckAnswer.model_validate(said.json())
    found = owner.get("/v1/address-check", key, q="1 Elk Ridge Rd 59741").json()["match"]
    address = f"/v1/addresses/{found['address_id']}"
    SuggestAnswer.model_validate(owner.get("/v1/address-suggest", key, q="1 elk").json())
    AddressAnswer.model_validate(owner.get(address, key).json())
    ExplainAnswer.model_validate(owner.get(f"{address}/explain", key).json())
    UnitsAnswer.model_validate(owner.get(f"/v1/locations/{found['location_id']}/units", key).json())
    assert owner.get(f"{address}/timeline", key).json()["entries"][0]["what"] == "verdict"
    body = {"checks": [{"q": "1 Elk Ridge Rd 59741"}, {"lat": 45.85, "lon": -111.3}]}
    headers = {"Authorization": f"Bearer {key}"}
    many = httpx.post(f"{owner.url}/v1/address-check:batch", json=body, headers=headers, timeout=60)
    BatchAnswer.model_validate(many.json())


def test_whoever_finds_the_database_busy_learns_where_the_server_is(owner: Running, folder: Path) -> None:
    with pytest.raises(DatabaseBusy) as busy:
        Plan.open(folder / "plan.duckdb")
    assert busy.value.where["url"] == owner.url
    second = fibermap_program("--db", folder / "plan.duckdb", "serve", "--port", "0")
    assert second.error["code"] == "database_busy"


def test_a_replica_answers_the_same_with_the_same_keys_and_no_database(owner: Running, key: str, folder: Path) -> None:
    asked = {"q": "1 Elk Ridge Rd 59741"}
    with serve("--replica", folder / "plan.index") as replica:
        assert replica.admin_key is None
        assert replica.get("/readyz", None).json()["replica"] is True
        ours = owner.get("/v1/address-check", key, **asked).json()
        theirs = replica.get("/v1/address-check", key, **asked).json()
        for part in ("data_version", "match", "serviceability"):
            assert theirs[part] == ours[part]
        address = f"/v1/addresses/{ours['match']['address_id']}"
        assert replica.get(f"{address}/explain", key).status_code == 200
        assert replica.get(f"{address}/timeline", key).json()["code"] == "not_on_replica"
        made = httpx.post(
            f"{owner.url}/v1/keys", json={"scopes": ["check"]}, headers={"Authorization": f"Bearer {key}"}, timeout=60
        ).json()["key"]
        assert soon(lambda: replica.get("/v1/address-check", made, **asked).status_code == 200)


def test_checks_of_a_replica_are_taken_in_once(tmp_path: Path) -> None:
    spool = tmp_path / "plan.index.checks"
    with Store.open(":memory:") as store:
        answer = {
            "check_id": "c1", "checked_at": "2026-11-25T08:00:00+00:00", "data_version": "1", "serviceability": None,
            "match": {"status": "unparsable", "next_action": "fix", "score": 0.0, "address_id": None},
        }  # fmt: skip
        log = CheckLog(spool_checks(spool))
        log.keep(Question(q="nonsense"), answer, "key:1")
        log.flush()
        assert [take_spools_in(store, [spool]) for _ in range(3)] == [0, 1, 0]
        assert store.sql.rows("checks", "SELECT q, caller FROM address_check") == [("nonsense", "key:1")]
    assert list(tmp_path.iterdir()) == []


def test_only_the_first_start_prints_a_key_and_each_ends_in_good_order(tmp_path: Path, folder: Path) -> None:
    copy = tmp_path / "plan.duckdb"
    files = folder / "houses.csv", folder / "fiber_plan.geojson"
    assert fibermap("--db", copy, "ingest", *files).code == 0
    with serve("--db", copy) as first:
        assert first.admin_key
        first.get("/v1/address-check", first.admin_key, q="1 Elk Ridge Rd 59741", channel="web")
        assert first.stop() == 0
    assert not copy.with_name("plan.duckdb.lock").exists()
    with Store.open(copy) as store:
        kept = store.sql.rows("checks", "SELECT q, channel, class FROM address_check")
    assert kept == [("1 Elk Ridge Rd 59741", "web", "build")]
    with serve("--db", copy) as second:
        assert second.admin_key is None
        assert second.get("/v1/session", first.admin_key).json()["scopes"]


def test_a_taken_port_and_an_index_that_is_none_are_refused(owner: Running, tmp_path: Path) -> None:
    port = owner.url.rsplit(":", 1)[1]
    taken = fibermap("--db", tmp_path / "none.duckdb", "serve", "--port", port)
    assert taken.error["code"] == "argument_invalid"
    (tmp_path / "junk").write_bytes(b"junk" * 100)
    junk = fibermap("serve", "--replica", tmp_path / "junk", "--port", "0")
    assert (junk.code, "Traceback" in junk.err) == (1, False)
