"""Bringing files in over HTTP: dry run, decisions, publishing, and everything that can go wrong on the way."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from fibermap.access.model import Scope
from fibermap.ingest.report import IngestReport
from fibermap_api.routes import ingests as routes
from tests.api.planning import Desk, planning, village
from tests.cli.village import write_plan
from tests.formats.arcgis_server import ArcGisServer, Reply, running


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return village(tmp_path)


@pytest.fixture
def desk(db: Path) -> Iterator[Desk]:
    with planning(db) as site:
        yield Desk(site)


def swapped(folder: Path) -> Path:
    """Write the plan with its two statuses swapped: three houses lose, two gain."""
    return write_plan(folder / "fiber_plan.geojson", west="Under Construction", east="In Service")


def kept(db: Path) -> list[str]:
    """Return the files of uploads that are still there."""
    return sorted(path.name for path in db.with_name(db.name + ".uploads").rglob("*") if path.is_file())


def test_a_file_becomes_a_dry_run_and_a_planners_yes_a_version(desk: Desk, tmp_path: Path, db: Path) -> None:
    told = desk.dry_run(swapped(tmp_path))
    report = told["report"]
    assert (told["state"], told["author"], told["inputs"]) == ("waiting", "pat", ["fiber_plan.geojson"])
    (file,) = report["files"]
    assert file["read"] == file["ingested"] + file["repaired"] + file["quarantined"] + file["set_aside"] == 2
    assert report["difference"]["addresses"] == {"gained": 2, "lost": 3, "changed": 0}
    assert [obstacle["code"] for obstacle in report["consequences"]["obstacles"]] == ["leaves_build"]
    assert report["roles"][0]["role"] == "coverage"
    done = desk.decide(told["id"], "promote")
    assert (done["state"], done["plan_version"], done["report"]) == ("done", 2, None)
    assert desk.ask("GET", "/v1/plan-versions")["versions"][0]["author"] == "pat"
    assert kept(db) == []


def test_what_a_dry_run_would_change_is_listed_and_drawn(desk: Desk, tmp_path: Path) -> None:
    at = f"/v1/ingests/{desk.dry_run(swapped(tmp_path))['id']}"
    page = desk.ask("GET", f"{at}/diff", params={"change": "lost", "limit": 2})
    assert (page["total"], len(page["rows"]), page["rows"][0]["from_area"]) == (3, 2, "Elk Ridge")
    areas = desk.ask("GET", f"{at}/diff", params={"what": "areas"})
    assert [row["name"] for row in areas["rows"]] == ["Elk Ridge", "Larch"]
    box = desk.ask("GET", f"{at}/diff.geojson", params={"bbox": "-111.29,45.8,-111.2,45.9"})
    assert (box["of"], box["total"]) == ("addresses", 2)
    assert box["features"][0]["geometry"]["type"] == "Point"
    drawn = desk.ask("GET", f"{at}/diff.geojson", params={"what": "areas"})
    assert {feature["geometry"]["type"] for feature in drawn["features"]} == {"Polygon"}


def test_a_word_is_answered_once_and_the_dry_run_made_again(desk: Desk, tmp_path: Path) -> None:
    told = desk.dry_run(write_plan(tmp_path / "fiber_plan.geojson", east="Splicing"))
    assert told["report"]["words"] == [
        {"kind": "status", "word": "Splicing", "where": "fiber_plan.geojson, attribute BUILD_STATUS", "count": 1}
    ]
    number = next(f["number"] for f in told["report"]["findings"] if f["needs_yes"])
    refused = desk.decide(told["id"], "promote", 409)
    assert (refused["code"], str(number) in json.dumps(refused)) == ("needs_yes", True)
    answered = desk.decide(told["id"], "answer", statuses={"Splicing": "build"})
    assert answered["report"]["words"] == []
    assert answered["report"]["difference"]["addresses"]["gained"] == 2
    assert desk.decide(told["id"], "promote")["state"] == "done"


def test_a_finding_is_agreed_to_by_its_number(desk: Desk, tmp_path: Path) -> None:
    told = desk.dry_run(write_plan(tmp_path / "fiber_plan.geojson", east="Splicing"))
    yes = [finding["number"] for finding in told["report"]["findings"] if finding["needs_yes"]]
    assert desk.decide(told["id"], "promote", yes=yes)["state"] == "done"


def test_a_finding_shows_its_features(desk: Desk, tmp_path: Path) -> None:
    told = desk.dry_run(write_plan(tmp_path / "fiber_plan.geojson", east="Splicing"))
    number = next(f["number"] for f in told["report"]["findings"] if f["code"] == "quarantined_status_unknown")
    found = desk.ask("GET", f"/v1/ingests/{told['id']}/findings/{number}")
    assert found["places"]["features"][0]["geometry"]["type"] == "Polygon"
    assert found["places"]["features"][0]["properties"]["row"] == 2
    assert desk.ask("GET", f"/v1/ingests/{told['id']}/findings/999", 404)["code"] == "ingest_not_found"


def test_a_mapping_is_changed_and_one_that_is_wrong_leaves_the_dry_run_as_it_was(desk: Desk, tmp_path: Path) -> None:
    told = desk.dry_run(tmp_path / "houses.csv", source="again")
    layer = told["report"]["mappings"][0]
    wrong = {"layer": layer["layer"], "role": "addresses", "fields": {"full_address": {"column": "FULADR"}}}
    refused = desk.decide(told["id"], "answer", mappings=[wrong])
    assert (refused["state"], refused["error"]["code"]) == ("waiting", "mapping_invalid")
    assert "FULLADDR" in refused["error"]["hint"]
    unknown = {**wrong, "fields": {"longitude": "LONGITUDE"}}
    assert desk.decide(told["id"], "answer", 422, mappings=[unknown])["field"] == "longitude"
    again = desk.decide(told["id"], "answer", mappings=[{**wrong, "fields": {"full_address": "FULLADDR"}}])
    assert [field["target"] for field in again["report"]["mappings"][0]["fields"]] == ["full_address"]
    as_context = desk.decide(told["id"], "answer", roles=[{"role": "context", "layer": layer["layer"]}])
    assert as_context["report"]["roles"][0]["role"] == "context"


def test_what_is_discarded_leaves_nothing_behind_also_while_somebody_reads_it(
    desk: Desk, tmp_path: Path, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = desk.dry_run(swapped(tmp_path))
    ingests, write_out = desk.site.service.ingests, routes._report

    def discarded_first(report: IngestReport) -> dict[str, Any]:
        ingests.discard(ingests.waiting(told["id"]))
        return write_out(report)

    monkeypatch.setattr(routes, "_report", discarded_first)
    read = desk.ask("GET", f"/v1/ingests/{told['id']}")
    assert (read["state"], read["report"]) == ("waiting", told["report"])
    assert desk.ask("GET", f"/v1/ingests/{told['id']}")["state"] == "discarded"
    assert kept(db) == []
    assert desk.decide(told["id"], "promote", 409)["code"] == "ingest_not_waiting"
    assert desk.ask("GET", "/v1/plan-versions")["plan_version"] == 1


def test_a_dry_run_that_was_overtaken_is_made_again_before_it_is_published(desk: Desk, tmp_path: Path) -> None:
    first = desk.dry_run(swapped(tmp_path))
    second = desk.dry_run(write_plan(tmp_path / "fiber_plan.geojson", east="In Service"))
    assert desk.decide(second["id"], "promote")["plan_version"] == 2
    stale = desk.decide(first["id"], "promote")
    assert (stale["state"], stale["error"]["code"]) == ("waiting", "report_stale")
    assert desk.decide(first["id"], "answer")["error"] is None
    assert desk.decide(first["id"], "promote")["plan_version"] == 3


def test_the_same_file_again_changes_nothing_and_says_so(desk: Desk, tmp_path: Path) -> None:
    told = desk.dry_run(tmp_path / "fiber_plan.geojson")
    assert told["report"]["unchanged"]
    done = desk.decide(told["id"], "promote")
    assert (done["state"], done["plan_version"], done["unchanged"]) == ("done", None, True)


def test_the_companions_of_a_shapefile_are_read_with_it_and_a_geodatabase_as_one(desk: Desk, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"STATUS": ["In Service"]}, geometry=[shapely.box(-111.21, 45.89, -111.19, 45.91)], crs=4326
    )
    frame.to_file(tmp_path / "zones.shp")
    told = desk.dry_run(*sorted(tmp_path.glob("zones.*")))
    assert (told["inputs"], told["report"]["difference"]["addresses"]["gained"]) == (["zones.shp"], 1)


def test_a_live_layer_is_read_from_the_host_that_was_named_and_from_no_other(desk: Desk) -> None:
    with running(ArcGisServer(count=25)) as server:
        asked = {"url": server.layer_url, "role": "addresses", "source": "county"}
        told = desk.settled(desk.ask("POST", "/v1/ingests", 202, json=asked)["id"])
        assert (told["state"], told["report"]["files"][0]["read"]) == ("waiting", 25)
        there = {"location": server.layer_url.replace("127.0.0.1", "localhost")}
        server.interrupt = lambda asked, number: Reply(302, headers=there)
        failed = desk.settled(desk.ask("POST", "/v1/ingests", 202, json={"url": server.layer_url})["id"])
        assert (failed["state"], failed["error"]["code"]) == ("failed", "service_host_refused")


FORM_B = "multipart/form-data; boundary=b"


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", b"<kml>" + b" " * (60 << 20) + b"</kml>")
    return path


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "format_unknown"),
        ("empty.kmz", b"", "file_empty"),
        ("broken.geojson", b'{"type": "FeatureCollection", "features": [', "json_broken"),
        ("=cmd|' /C calc'!A0.png", b"\x89PNG\r\n\x1a\n", "format_unknown"),
        ("<img src=x onerror=alert(1)>.png", b"\x89PNG\r\n\x1a\n", "format_unknown"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_its_name_and_leaves_nothing(
    desk: Desk, tmp_path: Path, db: Path, name: str, content: bytes, code: str
) -> None:
    said = desk.ask("POST", "/v1/ingests", 202, files=[("file", (name, content))])
    told = desk.settled(said["id"])
    assert (told["state"], told["error"]["code"]) == ("failed", code)
    assert str(db.parent) not in json.dumps(told)
    assert kept(db) == []


def test_a_bomb_is_refused(desk: Desk, tmp_path: Path) -> None:
    told = desk.settled(desk.send(bomb(tmp_path / "bomb.kmz"))["id"])
    assert (told["state"], told["error"]["code"]) == ("failed", "archive_bomb")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b.kmz", "..", "a" * 300 + ".kmz"])
def test_a_name_that_leads_out_is_refused(desk: Desk, db: Path, name: str) -> None:
    refused = desk.ask("POST", "/v1/ingests", 422, files=[("file", (name, b"x"))])
    assert refused["code"] == "argument_invalid"
    assert kept(db) == []
    assert desk.ask("GET", "/v1/ingests")["ingests"][0]["state"] == "failed"


def test_a_windows_path_is_its_last_part(desk: Desk) -> None:
    said = desk.ask("POST", "/v1/ingests", 202, files=[("file", (r"C:\fakepath\plan.png", b"\x89PNG"))])
    assert desk.settled(said["id"])["inputs"] == ["plan.png"]


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"data": {"source": "x"}, "files": [("other", ("a.csv", b"x"))]}, 422, "file_missing"),
        ({"files": [("file", ("a.csv", b"x"))] * 2}, 422, "argument_invalid"),
        ({"files": [("file", ("a.csv", b"x"))], "data": {"role": "boss"}}, 422, "argument_invalid"),
        ({"files": [("file", ("a.csv", b"x"))], "data": {"sauce": "x"}}, 422, "argument_invalid"),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415, "media_type_refused"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "request_unreadable"),
        (
            {"content": b"--b\r\n", "headers": {"content-type": FORM_B}},
            400,
            "request_unreadable",
        ),
        ({"json": {"url": "file:///etc/passwd"}}, 422, "argument_invalid"),
        ({"json": {"url": "https://a.example", "host": "b"}}, 422, "argument_invalid"),
    ],
)
def test_a_form_that_cannot_be_used_is_refused(
    desk: Desk, db: Path, more: dict[str, Any], status: int, code: str
) -> None:
    headers = {**desk.headers, **more.pop("headers", {})}
    said = desk.site.client.post("/v1/ingests", headers=headers, **more)
    assert (said.status_code, said.json()["code"]) == (status, code), said.text
    assert kept(db) == []


def test_an_upload_that_breaks_off_leaves_nothing_and_is_said(desk: Desk, db: Path) -> None:
    half = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nID,ADDR\r\n1,1 El'
    headers = {**desk.headers, "content-type": FORM_B}
    said = desk.site.client.post("/v1/ingests", headers=headers, content=half)
    assert (said.status_code, said.json()["code"]) == (400, "request_unreadable")
    (record,) = desk.ask("GET", "/v1/ingests")["ingests"]
    assert (record["state"], record["error"]["hint"]) == ("failed", "Send the files again.")
    assert kept(db) == []


def test_a_file_over_the_limit_is_refused(db: Path, tmp_path: Path) -> None:
    with planning(db, plan_upload_bytes=100) as site:
        assert Desk(site).send(tmp_path / "houses.csv", status=413)["code"] == "request_too_large"
    assert kept(db) == []


def test_a_server_that_restarts_says_what_it_broke_off(db: Path, tmp_path: Path) -> None:
    with planning(db) as site:
        told = Desk(site).dry_run(swapped(tmp_path))
    with planning(db) as site:
        again = Desk(site).ask("GET", f"/v1/ingests/{told['id']}")
        assert (again["state"], again["error"]["code"]) == ("failed", "interrupted")
        assert again["error"]["hint"] == "Bring the files in again."
    assert kept(db) == []


def test_a_dry_run_that_nobody_came_back_for_has_expired(db: Path, tmp_path: Path) -> None:
    with planning(db, plan_kept_min=0.0) as site:
        told = Desk(site).dry_run(swapped(tmp_path))
        assert (told["state"], told["error"]["code"]) == ("failed", "ingest_expired")


def test_who_may_only_look_may_not_bring_in(desk: Desk, tmp_path: Path) -> None:
    reader = desk.site.key(Scope.READ)
    told = desk.dry_run(swapped(tmp_path))
    client = desk.site.client
    assert client.get(f"/v1/ingests/{told['id']}", headers=reader).status_code == 200
    assert client.post(f"/v1/ingests/{told['id']}:promote", headers=reader, json={}).status_code == 403
    assert client.post("/v1/ingests", headers=reader, json={"url": "https://a.example/x"}).status_code == 403
