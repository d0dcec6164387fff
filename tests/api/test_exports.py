"""Exports over HTTP: wished for, watched, fetched, and nobody else's business."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from fibermap.access.model import Scope
from fibermap.plan import Plan
from fibermap_api.app import create_app
from fibermap_api.made_exports import MadeExports
from tests.api.answering import Client, Site, site
from tests.builders import area, box, home, ingest, new_plan, source


@pytest.fixture
def plan() -> Iterator[Plan]:
    with new_plan() as fm:
        homes = [home(1, 0, CITY="Elk Ridge"), home(2, 900, CITY="Elk Ridge")]
        ingest(fm, source("plan", [area("West", "Build", box(-50, -50, 100, 50))]), source("county", homes))
        yield fm


@pytest.fixture
def here(plan: Plan, tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path, started=False, exports_per_caller=2) as started:
        service = replace(started.service, own_exports=MadeExports(plan, tmp_path / "exports", started.settings))
        app: FastAPI = create_app(service, started.settings)
        portal = started.client.portal
        with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
            yield Site(started.registry, Client(app, portal), service, started.settings)


def wish(here: Site, key: dict[str, str], **asked: Any) -> dict[str, Any]:
    said = here.client.post("/v1/exports", json=asked, headers=key)
    assert said.status_code == 202, said.text
    return wait(here, key, said.json()["id"])


def wait(here: Site, key: dict[str, str], export_id: str) -> dict[str, Any]:
    for _ in range(1_200):
        made: dict[str, Any] = here.client.get(f"/v1/exports/{export_id}", headers=key).json()
        if made["state"] in ("done", "failed"):
            return made
        time.sleep(0.05)
    raise AssertionError(made)


def test_an_export_is_made_of_what_is_selected_and_its_file_fetched(here: Site) -> None:
    key = here.key(Scope.READ)
    made = wish(here, key, what="addresses", format=".csv", selection={"class": "build"})
    assert (made["state"], made["rows"], made["left_out"]) == ("done", 1, {})
    file = here.client.get(made["file"], headers=key)
    assert file.headers["content-disposition"].startswith('attachment; filename="addresses-')
    assert len(file.content) == made["bytes"]
    assert "1 Main St" in file.text
    assert "2 Main St" not in file.text


def test_what_can_be_had_is_listed_with_its_options(here: Site) -> None:
    said = here.client.get("/v1/exports", headers=here.key(Scope.READ)).json()
    kinds = {kind["what"]: kind for kind in said["kinds"]}
    assert kinds["contractor-pack"]["formats"] == [".zip"]
    assert set(kinds["fcc-availability"]["options"]["required"]) == {"provider_id", "brand_name", "offers"}
    assert said["exports"] == []


def test_what_goes_wrong_is_told_as_a_problem_with_what_to_do(here: Site) -> None:
    made = wish(here, here.key(Scope.READ), what="contractor-pack", options={"phase": "9"})
    assert (made["state"], made["file"]) == ("failed", None)
    assert made["error"]["code"] == "scope_is_empty"
    assert made["error"]["hint"]


@pytest.mark.parametrize(
    "asked",
    [{"what": "everything"}, {"what": "addresses", "format": "../../etc"}, {"what": "map", "format": ".csv"}, {}],
)
def test_a_wish_that_cannot_be_met_is_refused_at_once(here: Site, asked: dict[str, Any]) -> None:
    said = here.client.post("/v1/exports", json=asked, headers=here.key(Scope.READ))
    assert said.status_code in (400, 422)


def test_an_export_is_its_askers_alone_and_the_oldest_makes_way(here: Site) -> None:
    key, other = here.key(Scope.READ), here.key(Scope.READ)
    first = wish(here, key, what="areas")
    assert here.client.get(f"/v1/exports/{first['id']}", headers=other).status_code == 404
    assert here.client.delete(f"/v1/exports/{first['id']}", headers=other).status_code == 404
    wish(here, key, what="areas")
    wish(here, key, what="areas")
    assert here.client.get(f"/v1/exports/{first['id']}", headers=key).json()["code"] == "export_not_found"
    assert len(here.client.get("/v1/exports", headers=key).json()["exports"]) == 2


def test_a_forgotten_export_leaves_no_file(here: Site, tmp_path: Path) -> None:
    key = here.key(Scope.READ)
    made = wish(here, key, what="areas")
    assert here.client.delete(f"/v1/exports/{made['id']}", headers=key).status_code == 204
    assert list((tmp_path / "exports").iterdir()) == []


def test_a_replica_has_no_exports(tmp_path: Path) -> None:
    with site(tmp_path, replica=True) as replica:
        assert replica.client.get("/v1/exports", headers=replica.key(Scope.READ)).status_code == 503
