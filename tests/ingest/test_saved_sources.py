"""Saved sources: pulled again, published where that is harmless, put before a planner where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import fibermap
from fibermap.ingest import obstacles, saved_sources
from fibermap.ingest.groups import Role
from fibermap.ingest.obstacles import Watched, watch
from fibermap.ingest.roles import RoleOverride
from fibermap.ingest.schedule import DailyAt, Every, read_schedule, retry_at
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.plan import Plan
from tests.formats.arcgis_server import ArcGisServer, Reply, error, running

ADDRESSES = (RoleOverride(Role.ADDRESSES),)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def county() -> Iterator[ArcGisServer]:
    with running(ArcGisServer(count=25)) as server:
        yield server


@pytest.fixture
def fm(county: ArcGisServer) -> Iterator[Plan]:
    """A plan whose addresses are those of a live layer, taken in by a planner once."""
    with fibermap.open(":memory:") as plan:
        plan.add_source("county", county.layer_url, role="addresses", schedule="every 6 hours", author="pat")
        first = plan.pull_source("county")
        assert (first.state, [reason.code for reason in first.reasons]) == ("waiting", ["share_over_limit"])
        plan.ingest(county.layer_url, source="county", roles=ADDRESSES, yes=True)
        yield plan


def source(fm: Plan, name: str = "county") -> dict[str, Any]:
    (found,) = [row for row in fm.sources.table.to_pylist() if row["name"] == name]
    return found


def test_a_pull_without_news_changes_nothing(fm: Plan) -> None:
    assert fm.pull_source("county").state == "unchanged"
    assert source(fm)["last_state"] == "unchanged"
    assert source(fm)["due_at"] > datetime.now(UTC) + timedelta(hours=5)


def test_a_small_change_publishes_itself(fm: Plan, county: ArcGisServer) -> None:
    county.count = 26
    pulled = fm.pull_source("county")
    assert (pulled.state, pulled.plan_version) == ("published", 2)
    assert fm.versions.table.to_pylist()[0]["author"] == "saved source county"


def test_a_large_change_waits_with_the_reason(fm: Plan, county: ArcGisServer) -> None:
    county.count = 40
    pulled = fm.pull_source("county")
    assert (pulled.state, [reason.code for reason in pulled.reasons]) == ("waiting", ["share_over_limit"])
    assert len(fm.addresses()) == 25


def test_an_address_with_a_customer_or_a_hold_is_not_touched_by_a_program(fm: Plan, county: ArcGisServer) -> None:
    last = int(fm.addresses().sort_values("lon")["address_id"].iloc[0])
    fm.change_connectivity(last, "network_passed", "test")
    fm.change_connectivity(last, "drop_built", "test")
    fm.hold("unsafe", "dog", "pat", address_id=last)
    county.count = 24
    codes = {reason.code for reason in fm.pull_source("county").reasons}
    assert {"customer", "hold"} <= codes


def test_other_slices_have_their_addresses_watched_too(
    fm: Plan, county: ArcGisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(obstacles, "_WATCHED", dict(obstacles._WATCHED))
    watch(Watched("order", "an order", "SELECT address_id FROM address WHERE to_version IS NULL"))
    county.count = 24
    assert "order" in {reason.code for reason in fm.pull_source("county").reasons}


def test_who_wants_another_pull_while_one_is_under_way_gets_it(fm: Plan, county: ArcGisServer) -> None:
    def again(*_: object) -> None:
        county.interrupt = lambda asked, number: None
        fm.store.run(lambda uow: saved_sources.make_due(uow, "county"), cause="pull_source")

    county.interrupt = again
    assert fm.pull_source("county").state == "unchanged"
    assert [each.name for each in fm.store.preview(saved_sources.due_sources, cause="read")] == ["county"]
    assert fm.pull_source("county").state == "unchanged"
    assert fm.store.preview(saved_sources.due_sources, cause="read") == []


def test_a_failure_is_kept_tried_again_soon_and_then_later(fm: Plan, county: ArcGisServer) -> None:
    county.interrupt = lambda asked, number: error(498, "Invalid token")
    pulled = fm.pull_source("county")
    assert (pulled.state, pulled.reasons[0].code) == ("failed", "service_token_refused")
    soon = source(fm)["due_at"]
    assert soon < datetime.now(UTC) + timedelta(minutes=6)
    fm.pull_source("county")
    assert source(fm)["failures"] == 2
    assert source(fm)["due_at"] > soon + timedelta(minutes=3)
    county.interrupt = lambda asked, number: None
    assert fm.pull_source("county").state == "unchanged"
    assert source(fm)["failures"] == 0


def test_a_layer_that_leads_elsewhere_is_not_followed(fm: Plan, county: ArcGisServer) -> None:
    county.interrupt = lambda asked, number: Reply(302, headers={"location": "http://localhost:9/other"})
    assert fm.pull_source("county").reasons[0].code == "service_host_refused"


def test_what_is_due_is_known(fm: Plan, county: ArcGisServer) -> None:
    def due() -> list[str]:
        found = fm.store.preview(saved_sources.due_sources, cause="read")
        return [each.name for each in found]

    assert due() == []
    fm.store.run(lambda uow: saved_sources.make_due(uow, "county"), cause="test")
    assert due() == ["county"]
    fm.remove_source("county")
    assert due() == []
    with pytest.raises(NotFound):
        fm.pull_source("county")


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("../etc", {"url": "https://a.example/0"}), ("<b>", {"url": "https://a.example/0"}),
        ("a", {"url": "file:///etc/passwd"}), ("a", {"url": "https://a.example/0?token=secret"}),
        ("a", {"url": "https://a.example/0", "schedule": "sometimes"}), ("a", {"schedule": "every 6 hours"}),
        ("a", {"url": "https://a.example/0", "most_changed": 2.0}), ("a", {"role": "boss"}),
    ],
)  # fmt: skip
def test_a_source_that_could_not_be_pulled_is_not_saved(tmp_path: Path, name: str, how: dict[str, Any]) -> None:
    with fibermap.open(":memory:") as fm, pytest.raises(InputRefused) as refused:
        fm.add_source(name, **how)
    assert refused.value.code is Code.ARGUMENT_INVALID


def test_schedules_are_read_as_they_are_written() -> None:
    assert read_schedule("Every 6  hours") == Every(6)
    assert str(read_schedule("every hour")) == "every hour"
    assert str(read_schedule("daily at 3:05")) == "daily at 03:05"
    assert read_schedule("daily at 12:00").after(NOON) == NOON + timedelta(days=1)
    assert read_schedule("daily at 12:01").after(NOON) == NOON + timedelta(minutes=1)
    assert isinstance(read_schedule("daily at 23:59"), DailyAt)
    for text in ("every 0 hours", "daily at 24:00", "hourly", "every 99999 hours"):
        with pytest.raises(InputRefused):
            read_schedule(text)


def test_failures_are_tried_again_later_and_later_but_not_for_ever_later() -> None:
    waits = [retry_at(Every(48), failures, NOON) - NOON for failures in range(1, 20)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=5)
    assert waits[-1] == timedelta(hours=24)
