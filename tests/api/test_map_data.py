"""Tiles, their description, the legend and the table over HTTP: what travels, and who may see it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest

from fibermap.access.model import Role, Scope
from fibermap.plan import Plan
from fibermap_api.routes import cards
from fibermap_api.routes.map_data import MVT
from fibermap_api.service import Answers
from tests.api.answering import Site, site
from tests.report.towns import decoded, first_id, tiles_with, town


@pytest.fixture(scope="module")
def plan() -> Iterator[Plan]:
    with town() as fm:
        yield fm


@pytest.fixture(scope="module")
def here(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("api"), plan=plan) as started:
        yield started


@pytest.fixture(scope="module")
def open_to_all(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose public map is switched on."""
    with site(tmp_path_factory.mktemp("api"), plan=plan) as started:
        started.service.gate.visitors = True
        yield started


def screen_of(here: Site) -> Any:
    return here.service.screen._shown.screen


def tile_url(here: Site, zoom: int = 14) -> str:
    tile = tiles_with(screen_of(here), zoom)[0]
    return f"/v1/tiles/addresses/{tile.z}/{tile.x}/{tile.y}.mvt"


def get(here: Site, url: str, *scopes: Scope, **more: Any) -> httpx.Response:
    headers = {**here.key(*(scopes or (Scope.READ,))), **more.pop("headers", {})}
    return here.client.get(url, headers=headers, **more)


def test_a_tile_has_the_addresses_of_the_plan(here: Site) -> None:
    said = get(here, tile_url(here))
    assert (said.status_code, said.headers["content-type"]) == (200, MVT)
    assert len(decoded(said.content, "addresses")) == 13


def test_filters_in_the_query_string_apply(here: Site, plan: Plan) -> None:
    said = get(here, tile_url(here), params={"held": "true"})
    found = decoded(said.content, "addresses")
    assert [feature["properties"]["id"] for feature in found] == [first_id(plan)]


def test_where_there_is_nothing_the_tile_is_empty(here: Site) -> None:
    said = get(here, "/v1/tiles/addresses/14/0/0.mvt")
    assert (said.status_code, said.content) == (200, b"")


def test_a_tile_that_the_browser_has_is_not_sent_again(here: Site, plan: Plan) -> None:
    url = tile_url(here)
    etag = get(here, url).headers["etag"]
    again = get(here, url, headers={"if-none-match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    done = plan.hold(code="unsafe", reason="bees", author="pat", address_id=first_id(plan))
    screen_of(here).refresh()
    after = get(here, url, headers={"if-none-match": etag})
    assert after.status_code == 200
    assert after.headers["etag"] != etag
    assert done is not None


def test_a_tile_is_compressed_for_those_who_can_read_it(here: Site) -> None:
    url = tile_url(here)
    plain = get(here, url, headers={"accept-encoding": "identity"})
    packed = get(here, url, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content  # the client unpacks it
    assert len(gzip.compress(plain.content)) < len(plain.content)


@pytest.mark.parametrize("path", ["addresses/3/8/0", "addresses/3/0/8", "areas/0/1/0"])
def test_there_is_no_tile_outside_the_world(here: Site, path: str) -> None:
    said = get(here, f"/v1/tiles/{path}.mvt")
    assert (said.status_code, said.json()["code"]) == (404, "tile_not_found")


@pytest.mark.parametrize("path", ["roads/3/0/0", "addresses/21/0/0", "addresses/x/0/0", "addresses/3/-1/0"])
def test_what_is_no_tile_is_refused(here: Site, path: str) -> None:
    said = get(here, f"/v1/tiles/{path}.mvt")
    assert (said.status_code, said.json()["code"]) == (422, "argument_invalid")


@pytest.mark.parametrize(
    "query",
    [
        "class=gold",
        "colour=red",
        "polygon=0,0,1",
        "ids=x",
        "held=maybe",
        "expected_from=soon",
        "class=build&class=build",
    ],
)
def test_filters_that_are_none_are_refused(here: Site, query: str) -> None:
    assert get(here, f"{tile_url(here)}?{query}").status_code in (400, 422)


def test_the_description_of_a_layer_leads_to_its_tiles_with_the_same_filters(here: Site) -> None:
    said = get(here, "/v1/tiles/addresses.json", params={"class": "build"}).json()
    assert said["tilejson"] == "3.0.0"
    west, south, east, north = said["bounds"]
    assert west < east
    assert south < north
    zoom, x, y = tile_url(here).removesuffix(".mvt").split("/")[-3:]
    url = said["tiles"][0].format(z=zoom, x=x, y=y)
    found = decoded(get(here, url).content, "addresses")
    assert {feature["properties"]["class"] for feature in found} == {"build"}
    assert said["vector_layers"][0]["fields"].keys() >= {"id", "class", "count"}


def test_the_style_draws_layers_that_there_are(here: Site) -> None:
    said = get(here, "/v1/style.json").json()
    assert said["version"] == 8
    assert set(said["sources"]) == {"addresses", "areas", "network", "demand"}
    for source in said["sources"].values():
        assert get(here, source["url"]).status_code == 200
    assert {layer.get("source") for layer in said["layers"]} == {None, *said["sources"]}


def test_the_legend_says_what_it_counts_and_which_version_it_is_of(here: Site, plan: Plan) -> None:
    said = get(here, "/v1/legend", params={"bbox": "-112,45,-111,46"}).json()
    assert said["addresses"] == sum(row["addresses"] for row in said["classes"]) == 13
    assert said["left_out"] == 3
    assert said["plan_version"] == plan.store.sql.value("test", "SELECT max(version) FROM plan_version")


def test_what_can_be_filtered_by_is_listed(here: Site) -> None:
    said = get(here, "/v1/filters").json()["filters"]
    assert {"value": "Phase 1, west", "addresses": 4} in said["phase"]


def test_the_table_goes_on_where_a_page_ends(here: Site) -> None:
    first = get(here, "/v1/table", params={"sort": "-address", "limit": 10}).json()
    second = get(here, "/v1/table", params={"sort": "-address", "limit": 10, "after": first["next"]}).json()
    rows = first["rows"] + second["rows"]
    assert (len(rows), first["total"], second["next"]) == (14, 14, None)
    names = [row["full_address"] for row in rows]
    assert names == sorted(names, reverse=True)


def test_the_public_sees_nothing_while_the_public_map_is_off(here: Site) -> None:
    for url in (tile_url(here), "/v1/tiles/addresses.json", "/v1/legend", "/v1/style.json"):
        said = get(here, url, Scope.PUBLIC)
        assert (said.status_code, said.json()["code"]) == (403, "public_map_off")


def test_the_public_map_shows_classes_and_nothing_internal(open_to_all: Site) -> None:
    found = decoded(get(open_to_all, tile_url(open_to_all), Scope.PUBLIC).content, "addresses")
    assert {name for feature in found for name in feature["properties"]} == {"id", "class", "count"}
    legend = get(open_to_all, "/v1/legend", Scope.PUBLIC).json()
    assert {row["orderable"] for row in legend["classes"]} == {None}
    style = get(open_to_all, "/v1/style.json", Scope.PUBLIC).json()
    assert set(style["sources"]) == {"addresses", "areas"}


@pytest.mark.parametrize("layer", ["network", "demand"])
def test_the_public_sees_no_network_and_no_demand(open_to_all: Site, layer: str) -> None:
    said = get(open_to_all, f"/v1/tiles/{layer}/0/0/0.mvt", Scope.PUBLIC)
    assert (said.status_code, said.json()["code"]) == (403, "scope_missing")


@pytest.mark.parametrize("query", ["held=true", "flag=near_edge", "text=main", "phase=Phase+2", "area=5", "ids=5"])
def test_the_public_cannot_ask_for_what_is_internal_by_filtering(open_to_all: Site, query: str) -> None:
    said = get(open_to_all, f"{tile_url(open_to_all)}?{query}", Scope.PUBLIC)
    assert (said.status_code, said.json()["code"]) == (403, "scope_missing")
    assert get(open_to_all, f"{tile_url(open_to_all)}?class=build", Scope.PUBLIC).status_code == 200


def test_the_public_and_staff_never_share_a_kept_tile(open_to_all: Site) -> None:
    url = tile_url(open_to_all)
    assert get(open_to_all, url).headers["etag"] != get(open_to_all, url, Scope.PUBLIC).headers["etag"]


@pytest.mark.parametrize("role", [Role.PLANNER, Role.SALES, Role.CSR, Role.TECHNICIAN, Role.FINANCE, Role.DISPATCHER])
def test_everybody_at_the_operator_sees_the_map(here: Site, role: Role) -> None:
    here.log_in(role, name=f"sees-{role}")
    assert here.client.get(tile_url(here)).status_code == 200
    here.client.forget()


def test_one_box_finds_addresses_and_areas(here: Site) -> None:
    assert get(here, "/v1/search", params={"q": "5 mai"}).json()["results"][0]["kind"] == "address"
    assert get(here, "/v1/search", params={"q": "north"}).json()["results"][0]["kind"] == "area"


def test_a_card_travels_with_its_reasons_and_what_is_there_now(here: Site) -> None:
    found = get(here, "/v1/search", params={"q": "5 mai"}).json()["results"][0]
    url = f"/v1/addresses/{found['id']}/card"
    said = get(here, url).json()
    assert said["reasons"] == [{"code": "not_build", "label": said["reasons"][0]["label"]}]
    assert (said["now"]["units"], said["now"]["connectivity"]) == (1, "none")
    assert get(here, url, params={"as_of": "1"}).json()["plan_version"] == 1
    assert get(here, url, params={"as_of": "1999-01-01"}).status_code == 404
    assert get(here, url, params={"as_of": "2027-02-30"}).status_code == 404
    assert get(here, url, params={"as_of": "yesterday"}).status_code == 422
    assert get(here, "/v1/addresses/5/card").status_code == 404


class Behind:
    """Answers from memory that know a change a little later than the database."""

    def __init__(self, *versions: str) -> None:
        self.left = list(versions)

    def data_version(self) -> str:
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


def test_a_card_waits_a_moment_for_what_is_answered_from_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    coming = Behind("9.31", "9.32", "10.33", "11.34")
    cards.catch_up(cast(Answers, coming), 10)
    assert coming.left == ["11.34"]
    monkeypatch.setattr(cards, "CATCH_UP_S", 0.0)
    cards.catch_up(cast(Answers, Behind("9.31")), 10)
