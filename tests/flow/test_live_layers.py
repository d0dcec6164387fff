"""A live layer through the whole ingest: it arrives, goes on after a break, and keeps its token to itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

import fibermap
from fibermap.formats import service_keeper
from fibermap.ingest.groups import Role
from fibermap.ingest.roles import RoleOverride
from fibermap.kernel.errors import Code, FibermapError, NotPermitted
from tests.formats.arcgis_server import ArcGisServer, Asked, Reply, error, running

TOKEN = "s3cr3t-T0ken-4711"
ADDRESSES = (RoleOverride(Role.ADDRESSES),)


def expires_after(pages: int) -> Callable[[Asked, int], Reply | None]:
    """Refuse the token once that many pages of features have been served."""
    served = 0

    def interrupt(asked: Asked, _: int) -> Reply | None:
        nonlocal served
        served += "resultOffset" in asked.parameters
        return error(498, "Token expired.") if served > pages else None

    return interrupt


def offsets(server: ArcGisServer) -> list[str]:
    return [asked.parameters["resultOffset"] for asked in server.feature_queries()]


def test_a_live_layer_becomes_a_source_named_for_its_address() -> None:
    with running(ArcGisServer()) as server, fibermap.open(":memory:") as fm:
        report = fm.ingest(server.layer_url, roles=ADDRESSES, yes=True)
        assert [(count.path, count.layer, count.read) for count in report.files] == [
            ("127.0.0.1/rest/services/Plan/FeatureServer/0", "Addresses", 25)
        ]
        assert len(fm.source_records) == 25


def test_reading_the_same_layer_again_changes_nothing() -> None:
    with running(ArcGisServer()) as server, fibermap.open(":memory:") as fm:
        fm.ingest(server.layer_url, roles=ADDRESSES, yes=True)
        assert not fm.ingest(server.layer_url, roles=ADDRESSES, yes=True).promoted.changed


@pytest.mark.parametrize("place", ["file", "memory"])
def test_an_ingest_that_broke_off_goes_on_where_it_stopped(tmp_path: Path, place: str) -> None:
    database = tmp_path / "plan.duckdb" if place == "file" else ":memory:"
    with running(ArcGisServer(count=45)) as server, fibermap.open(database) as fm:
        server.interrupt = expires_after(2)
        with pytest.raises(NotPermitted, match="read the layer again to go on") as failure:
            fm.ingest(server.layer_url, roles=ADDRESSES, yes=True)
        assert failure.value.code is Code.SERVICE_TOKEN_REFUSED
        assert fm.versions.table.num_rows == 0
        server.interrupt = lambda asked, number: None
        server.asked.clear()
        report = fm.ingest(server.layer_url, roles=ADDRESSES, yes=True)
        assert (report.files[0].read, report.files[0].ingested) == (45, 45)
        assert offsets(server) == ["20", "30", "40"]
        assert fm.doctor() == []
    assert [path.name for path in tmp_path.iterdir() if "resume" in path.name] == []


def test_pages_are_kept_beside_the_database_and_for_its_owner_only(tmp_path: Path) -> None:
    with running(ArcGisServer(count=45)) as server, fibermap.open(tmp_path / "plan.duckdb") as fm:
        server.interrupt = expires_after(2)
        with pytest.raises(NotPermitted):
            fm.ingest(server.layer_url, roles=ADDRESSES)
    kept = tmp_path / "plan.duckdb.resume"
    assert len(list(kept.glob("*/*.json"))) == 2
    assert kept.stat().st_mode & 0o077 == 0


def test_pages_that_nobody_goes_on_with_are_thrown_away_by_a_later_ingest(tmp_path: Path) -> None:
    with running(ArcGisServer(count=45)) as server, fibermap.open(tmp_path / "plan.duckdb") as fm:
        server.interrupt = expires_after(2)
        with pytest.raises(NotPermitted):
            fm.ingest(server.layer_url, roles=ADDRESSES)
        server.interrupt, server.edited_at = (lambda asked, number: None), 2
        with patch.object(service_keeper, "LONGEST_KEPT_S", 0):
            fm.ingest(server.layer_url, roles=ADDRESSES, yes=True)
    assert not (tmp_path / "plan.duckdb.resume").exists()


def test_a_layer_that_was_edited_meanwhile_is_read_from_its_beginning() -> None:
    with running(ArcGisServer(count=45)) as server, fibermap.open(":memory:") as fm:
        server.interrupt = expires_after(2)
        with pytest.raises(NotPermitted):
            fm.ingest(server.layer_url, roles=ADDRESSES)
        server.interrupt, server.edited_at = (lambda asked, number: None), 2
        server.asked.clear()
        fm.ingest(server.layer_url, roles=ADDRESSES, yes=True)
        assert offsets(server)[0] == "0"


@pytest.mark.parametrize("given", ["argument", "address"])
def test_the_token_is_sent_and_stands_nowhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, given: str
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    with running(ArcGisServer(count=45, token=TOKEN)) as server, fibermap.open(tmp_path / "plan.duckdb") as fm:
        url = server.layer_url if given == "argument" else f"{server.layer_url}?token={TOKEN}"
        token = TOKEN if given == "argument" else None
        server.interrupt = expires_after(2)
        with pytest.raises(FibermapError) as failure:
            fm.ingest(url, token=token, roles=ADDRESSES, yes=True)
        said += [str(failure.value), repr(failure.value.as_json())]
        server.interrupt = lambda asked, number: None
        with pytest.raises(NotPermitted) as failure:
            fm.ingest(f"{server.layer_url}?token=wrong-{TOKEN}", roles=ADDRESSES, yes=True)
        said += [str(failure.value), repr(failure.value.as_json())]
        report = fm.ingest(url, token=token, roles=ADDRESSES, yes=True)
        said += [repr(report), report._repr_html_(), repr(report.as_json()), repr(fm), repr(fm.versions)]
        fm.export("source-records", tmp_path / "records.csv")
        assert all(TOKEN not in asked.target for asked in server.asked)
    said += [*capfd.readouterr(), caplog.text]
    assert not [text for text in said if TOKEN in text]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]


def test_a_redirect_to_a_host_that_nobody_named_is_not_followed() -> None:
    with running(ArcGisServer()) as elsewhere, running(ArcGisServer()) as server, fibermap.open(":memory:") as fm:
        there = {"location": elsewhere.layer_url.replace("127.0.0.1", "localhost")}
        server.interrupt = lambda asked, number: Reply(302, headers=there)
        with pytest.raises(NotPermitted) as failure:
            fm.ingest(server.layer_url)
        assert failure.value.code is Code.SERVICE_HOST_REFUSED
        assert elsewhere.asked == []


def test_a_layer_that_repeats_itself_for_ever_ends_with_a_question() -> None:
    def first_page(asked: Asked, _: int) -> Reply | None:
        is_for_features = "outFields" in asked.parameters
        return server.answer(replace(asked, parameters={"outSR": "4326"})) if is_for_features else None

    with running(ArcGisServer(count=45)) as server, fibermap.open(":memory:") as fm:
        server.interrupt = first_page
        report = fm.ingest(server.layer_url, roles=ADDRESSES, dry_run=True)
    assert (report.files[0].read, report.files[0].ingested, report.files[0].quarantined) == (45, 10, 35)
    assert any(finding.code == "service_endless" and finding.needs_yes for finding in report.findings)
