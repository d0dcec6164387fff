"""Areas over HTTP: GeoJSON out, edits in by whoever saw the latest version, drafts that are their author's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely

from fibermap.access.model import Role, Scope
from fibermap.plan import Plan
from fibermap.store import Store
from tests.api.answering import Client, Site, site
from tests.builders import area, box, home, ingest, source


def geojson(*corners: float) -> dict[str, Any]:
    ring: dict[str, Any] = shapely.geometry.mapping(box(*corners))
    return ring


NORTH = area("North", "Build", box(20, -30, 130, 30))
SOUTH = area("South", "Pre-build", box(130, -30, 260, 30))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Site]:
    with Plan(Store.open(":memory:", threads=1)) as plan:
        ingest(
            plan,
            source("county", [home(n, 40 * n) for n in range(1, 7)]),
            source(
                "plan",
                [area("North", "Build", box(20, -30, 130, 30)), area("South", "Pre-build", box(130, -30, 260, 30))],
            ),
        )
        with site(tmp_path, plan=plan) as started:
            yield started


class Planner:
    """Somebody who asks with a key of their own, and is called by its name."""

    def __init__(self, at: Site, name: str) -> None:
        self._client: Client = at.client
        self._headers = at.key(Scope.PLAN, Scope.READ, name=name)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.request(method, path, json=body, headers={**self._headers, **named})


@pytest.fixture
def ann(here: Site) -> Planner:
    return Planner(here, "ann")


@pytest.fixture
def bob(here: Site) -> Planner:
    return Planner(here, "bob")


def named(ann: Planner, name: str) -> Any:
    return ann("GET", f"/v1/areas?text={name}").json()["features"][0]


def test_areas_are_listed_as_geojson_page_by_page(ann: Planner) -> None:
    first = ann("GET", "/v1/areas?limit=1").json()
    assert (first["type"], first["total"], len(first["features"])) == ("FeatureCollection", 2, 1)
    second = ann("GET", f"/v1/areas?limit=1&after={first['after']}").json()
    assert second["after"] is None
    names = {each["features"][0]["properties"]["name"] for each in (first, second)}
    assert names == {"North", "South"}
    west, south, _, north = named(ann, "north")["bbox"]
    near = ann("GET", f"/v1/areas?bbox={west - 0.001:.6f},{south:.6f},{west + 0.0001:.6f},{north:.6f}").json()
    assert [each["properties"]["name"] for each in near["features"]] == ["North"]
    assert ann("GET", "/v1/areas?class=build").json()["total"] == 1
    assert ann("GET", "/v1/areas?bbox=1,2,3").status_code == 422


def test_a_change_needs_the_version_that_it_was_made_on(ann: Planner, bob: Planner) -> None:
    north = named(ann, "north")
    path = f"/v1/areas/{north['id']}"
    etag = ann("GET", path).headers["etag"]
    body = {"properties": {"phase": "2"}, "reason": "moved"}
    assert ann("PATCH", path, body).status_code == 428
    assert bob("PATCH", path, body, if_match=etag).status_code == 200
    late = ann("PATCH", path, body | {"properties": {"phase": "3"}}, if_match=etag)
    assert late.status_code == 412
    (told,) = late.json()["changes"]
    assert (told["author"], told["changed"]) == ("bob", ["phase"])
    versions = ann("GET", f"{path}/versions").json()["versions"]
    assert [(each["version"], each["author"]) for each in versions] == [(2, "bob"), (1, "planner")]
    assert ann("DELETE", f"{path}?reason=never", if_match='"2"').json()["plan_version"] == 3
    assert ann("GET", path).status_code == 404


def test_areas_are_drawn_split_and_merged(ann: Planner) -> None:
    drawn = ann(
        "POST", "/v1/areas", {"geometry": geojson(230, -30, 250, 30), "properties": {"class": "build"}, "reason": "r"}
    )
    assert drawn.status_code == 201
    assert drawn.json()["flips"] == {"fiber": {"pre-build -> build": 1}}
    (new,) = drawn.json()["area_ids"]
    line = shapely.geometry.mapping(shapely.LineString(box(240, -50, 240.001, 50).exterior.coords[:3]))
    path = f"/v1/areas/{new}"
    parts = ann("POST", f"{path}:split", {"line": line, "reason": "r"}, if_match=drawn.headers["etag"]).json()[
        "area_ids"
    ]
    assert len(parts) == 2
    merged = ann("POST", "/v1/areas:merge", {"area_ids": parts, "reason": "r"})
    assert merged.status_code == 200
    assert ann("GET", "/v1/areas?drawn=true").json()["total"] == 1


def test_a_drawing_is_looked_at_before_it_is_anything(ann: Planner) -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    told = ann("POST", "/v1/areas:validate", {"geometry": bow}).json()
    assert (told["valid"], told["faults"][0]["code"]) == (False, "area_self_intersects")
    assert told["faults"][0]["places"] == [[0.5, 0.5]]
    told = ann("POST", "/v1/areas:validate", {"geometry": geojson(120, -30, 130.5, 30)}).json()
    assert [(each["name"], each["sliver"]) for each in told["overlaps"]] == [("North", False), ("South", True)]
    refused = ann("POST", "/v1/areas", {"geometry": bow, "properties": {"class": "build"}, "reason": "r"})
    assert (refused.status_code, refused.json()["code"]) == (422, "area_self_intersects")
    assert refused.json()["faults"][0]["places"] == [[0.5, 0.5]]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0]]]},
        {"type": "Polygon", "coordinates": [[["a", "b"], [1, 1], [1, 0], ["a", "b"]]]},
        {"type": "Polygon", "coordinates": [[[[[[[0]]]]]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, None], [1, 0], [0, 0]]]},
        {"type": "MultiPolygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 0]]]},
        {"type": "MultiPolygon", "coordinates": [{}, {}, [[None], [[], [], [None]]], None]},
        {"type": "Polygon", "coordinates": {}},
        {"type": "Polygon", "coordinates": [[[0, 0], [1e308, 1e308], [1, 0], [0, 0]]]},
    ],
)
def test_odd_geometry_is_refused_and_never_fails(ann: Planner, geometry: Any) -> None:
    told = ann("POST", "/v1/areas", {"geometry": geometry, "properties": {"class": "build"}, "reason": "r"})
    assert told.status_code == 422, told.text


@pytest.mark.parametrize(
    "edit", [{"op": "cut", "area_id": 5}, {"op": "cut", "area_id": 5, "hole": None}, {"op": "draw"}]
)
def test_an_edit_that_lacks_something_is_refused_and_never_fails(ann: Planner, edit: Any) -> None:
    assert ann("POST", "/v1/areas:impact", {"edits": [edit]}).status_code == 422


def test_what_edits_would_do_is_said_before_they_are_published(ann: Planner) -> None:
    north = named(ann, "north")
    edits = [
        {"op": "draw", "geometry": geojson(230, -30, 290, 30), "properties": {"class": "build"}},
        {"op": "retire", "area_id": north["id"]},
    ]
    told = ann("POST", "/v1/areas:impact", {"edits": edits}).json()
    assert told["addresses"] == {"build -> out-of-coverage": 3, "pre-build -> build": 1}
    assert told["gone"] == [north["id"]]
    bases = {str(north["id"]): north["properties"]["version"]}
    done = ann("POST", "/v1/areas:publish", {"edits": edits, "bases": bases, "reason": "r"}).json()
    assert done["flips"] == told["flips"]


def test_a_draft_is_kept_told_to_others_and_published(ann: Planner, bob: Planner) -> None:
    north = named(ann, "north")
    bases = {str(north["id"]): 1}
    unfinished = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}
    body = {"title": "Elk Ridge", "edits": [{"op": "draw", "geometry": unfinished}], "bases": bases}
    draft = ann("POST", "/v1/area-drafts", body).json()
    path = f"/v1/area-drafts/{draft['draft_id']}"
    edits = [{"op": "change", "area_id": north["id"], "properties": {"phase": "9"}}]
    saved = ann("PUT", path, {**body, "edits": edits, "revision": 1}).json()
    assert (saved["revision"], saved["edits"]) == (2, edits)
    assert ann("PUT", path, {**body, "revision": 1}).status_code == 409, "another window saved since"
    (other,) = bob("GET", "/v1/area-drafts").json()["others"]
    assert (other["author"], other["area_ids"]) == ("ann", [north["id"]])
    assert bob("GET", path).status_code == 404, "it is hers"
    bob("PATCH", f"/v1/areas/{north['id']}", {"properties": {"phase": "5"}, "reason": "r"}, if_match='"1"')
    (stale,) = ann("GET", path).json()["stale"]
    assert (stale["base"], stale["now"], stale["changes"][0]["author"]) == (1, 2, "bob")
    assert ann("POST", f"{path}:publish", {"reason": "r"}).status_code == 412
    ann("PUT", path, {**body, "edits": edits, "bases": {str(north["id"]): 2}})
    assert ann("POST", f"{path}:publish", {"reason": "r"}).json()["plan_version"] == 3
    assert ann("GET", "/v1/area-drafts").json()["drafts"] == []


def test_a_draft_can_be_thrown_away(ann: Planner) -> None:
    draft = ann("POST", "/v1/area-drafts", {"edits": []}).json()
    path = f"/v1/area-drafts/{draft['draft_id']}"
    assert ann("DELETE", path).status_code == 204
    assert ann("DELETE", path).status_code == 404


def test_only_a_planner_changes_areas(here: Site) -> None:
    here.client.forget()
    headers = here.log_in(Role.SALES, name="sam")
    body = {"geometry": geojson(0, 0, 9, 9), "properties": {"class": "build"}, "reason": "r"}
    assert here.client.post("/v1/areas", json=body, headers=headers).status_code == 403
    assert here.client.get("/v1/areas").status_code == 200


def test_a_what_if_is_answered_kept_and_compared(ann: Planner, bob: Planner) -> None:
    asked = {"geometry": geojson(180, -30, 260, 30), "construction": "aerial"}
    told = ann("POST", "/v1/whatif", asked).json()
    assert told["homes"] == {"pre-build": 2}
    kept = ann("POST", "/v1/whatif/scenarios", {**asked, "title": "Elk Ridge"})
    assert (kept.status_code, kept.json()["answer"]) == (201, told)
    assert (
        ann("PUT", "/v1/whatif/costs", {"costs": {"take_rate": 1.0}, "reason": "bids"}).json()["costs"]["take_rate"]
        == 1
    )
    assert bob("GET", "/v1/whatif/costs").json()["history"][0]["author"] == "ann"
    assert ann("POST", "/v1/whatif", asked).json()["economics"]["connections"] == 2
    (listed,) = bob("GET", "/v1/whatif/scenarios").json()["scenarios"]
    assert (listed["title"], listed["author"], listed["answer"]) == ("Elk Ridge", "ann", told)
    path = f"/v1/whatif/scenarios/{listed['scenario_id']}"
    assert [bob("DELETE", path).status_code, bob("DELETE", path).status_code] == [204, 404]


def test_gaps_are_ranked(ann: Planner) -> None:
    for rank in ("addresses", "distance", "demand"):
        told = ann("GET", f"/v1/gaps?rank={rank}").json()
        assert (told["type"], told["total"], told["features"]) == ("FeatureCollection", 0, [])
    assert ann("GET", "/v1/gaps?rank=luck").status_code == 422
    assert ann("GET", "/v1/gaps?kind=business").json()["features"] == []
