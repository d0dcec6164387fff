"""Saved sources in a server: pulled when due, published or put before a planner, and never silent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import fibermap_api.app
from fibermap_api.ingest_record import IngestRecord
from tests.api.planning import Desk, planning, village
from tests.formats.arcgis_server import ArcGisServer, error, running


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(fibermap_api.app, "PULL_EVERY_S", 0.1)
    with planning(village(tmp_path)) as site:
        yield Desk(site)


def once(desk: Desk, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the one source as soon as something is so of it."""
    for _ in range(1_200):
        (source,) = desk.ask("GET", "/v1/sources")["sources"]
        if is_so(source):
            return dict(source)
        time.sleep(0.05)
    raise AssertionError(source)


def test_a_source_is_pulled_waits_is_published_by_a_planner_and_is_pulled_again(desk: Desk) -> None:
    later = datetime.now(UTC) + timedelta(hours=12)  # never while the test runs
    with running(ArcGisServer(count=25)) as server:
        asked = {"name": "county", "url": server.layer_url, "role": "addresses", "schedule": f"daily at {later:%H:%M}"}
        saved = desk.ask("POST", "/v1/sources", 201, json=asked)
        assert (saved["author"], saved["due_at"] is not None) == ("pat", True)
        waiting = once(desk, lambda source: source["waiting"] is not None)
        codes = [reason["code"] for reason in waiting["pulls"][0]["reasons"]]
        assert codes == ["nothing_overlaps", "share_over_limit"]
        told = desk.ask("GET", f"/v1/ingests/{waiting['waiting']}")
        assert (told["saved_source"], told["state"]) == ("county", "waiting")
        yes = [finding["number"] for finding in told["report"]["findings"] if finding["needs_yes"]]
        assert desk.decide(told["id"], "promote", yes=yes)["state"] == "done"
        published = once(desk, lambda source: source["pulls"][0]["state"] == "published")
        assert (published["pulls"][0]["author"], published["waiting"]) == ("pat", None)
        desk.ask("POST", "/v1/sources/county:pull", 202)
        again = once(desk, lambda source: len(source["pulls"]) > 2)
        assert (again["pulls"][0]["state"], again["waiting"]) == ("unchanged", None)


def test_what_waits_is_never_told_without_the_pull_that_brought_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ingests = desk.site.service.ingests
    look, mine = ingests.waiting_pulls, threading.current_thread()

    def look_late() -> list[IngestRecord]:
        for _ in range(600 if threading.current_thread() is mine else 0):
            if look():
                break
            time.sleep(0.05)
        return look()

    with running(ArcGisServer(count=25)) as server:
        asked = {"name": "county", "url": server.layer_url, "role": "addresses", "schedule": "every hour"}
        desk.ask("POST", "/v1/sources", 201, json=asked)
        monkeypatch.setattr(ingests, "waiting_pulls", look_late)
        (told,) = desk.site.service.sources.told()
        assert (told["pulls"][0]["state"], told["waiting"]) == ("waiting", look()[0].ingest_id)


def test_a_failure_is_shown_with_what_was_wrong(desk: Desk) -> None:
    with running(ArcGisServer(count=25)) as server:
        server.interrupt = lambda asked, number: error(499, "Token required")
        desk.ask("POST", "/v1/sources", 201, json={"name": "county", "url": server.layer_url, "schedule": "every hour"})
        failed = once(desk, lambda source: source["failures"] > 0)
        assert failed["pulls"][0]["reasons"][0]["code"] == "service_token_refused"


def test_a_source_without_an_address_is_not_pulled_and_one_that_is_forgotten_is_gone(desk: Desk) -> None:
    desk.ask("POST", "/v1/sources", 201, json={"name": "design office", "role": "coverage"})
    assert desk.ask("POST", "/v1/sources/design office:pull", 422)["code"] == "argument_invalid"
    assert desk.site.client.delete("/v1/sources/design office", headers=desk.headers).status_code == 204
    assert desk.ask("POST", "/v1/sources/design office:pull", 404)["code"] == "source_not_found"
