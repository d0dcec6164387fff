"""What the page is told before its first line runs: its modules, and lines that its map need not work out."""

from __future__ import annotations

import json
import re

import pytest
import shapely

from fibermap_api.module_graph import modules_of
from fibermap_api.outlines import outlines
from fibermap_api.screens import Screens, web_root

SQUARES = {
    "transform": {"scale": [0.5, 0.5], "translate": [-110, 45]},
    "arcs": [[[2, 0], [0, 2]], [[2, 2], [-2, 0], [0, -2], [2, 0]], [[2, 0], [2, 0], [0, 2], [-2, 0]]],
    "objects": {
        "counties": {
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "properties": {"name": "West"}},
                {"type": "MultiPolygon", "arcs": [[[2, -1]]], "properties": {"name": "East"}},
            ]
        },
        "states": {"geometries": [{"type": "Polygon", "arcs": [[1, 2]], "properties": {"name": "Both"}}]},
    },
}
"""Two counties a degree wide beside one another, and the state around them."""


def test_modules_are_found_however_far_away_and_once():
    texts = {
        "js/main.js": 'import a from "./a.js";\nimport "gl";\nimport {\n  b,\n} from "../lib/b.js";\nimport("./c");',
        "js/a.js": 'export { b } from "../lib/b.js";\nexport const NAME = "./not.js";',
        "lib/b.js": 'import * as main from "../js/main.js";',
        "gl.mjs": 'var e="import x from";export{e as x};',
    }
    assert modules_of("js/main.js", texts.__getitem__, {"gl": "gl.mjs"}) == [
        "js/main.js",
        "js/a.js",
        "gl.mjs",
        "lib/b.js",
    ]


def test_the_page_names_its_modules_behind_its_import_map():
    page = Screens(web_root()).page().asset.body.decode()
    named = re.findall(r'<link rel="modulepreload" href="/assets/\w+/([^"]+)">', page)
    assert named[0] == "js/main.js"
    assert {"js/map/index.js", "vendor/maplibre-gl/maplibre-gl.mjs"} < set(named)
    assert page.index("importmap") < page.index("modulepreload")


@pytest.fixture(scope="module")
def drawn():
    features = json.loads(outlines(json.dumps(SQUARES).encode()))["features"]
    return {
        (feature["properties"]["kind"], feature["properties"].get("name")): shapely.geometry.shape(feature["geometry"])
        for feature in features
    }


def test_a_line_is_drawn_between_counties_and_around_states(drawn):
    assert drawn["county", None].equals(shapely.LineString([(-109, 45), (-109, 46)]))
    assert drawn["state", None].equals(shapely.box(-110, 45, -108, 46).exterior)


def test_a_county_is_named_in_its_middle(drawn):
    assert (drawn["name", "West"].coords[0], drawn["name", "East"].coords[0]) == ((-109.5, 45.5), (-108.5, 45.5))


def test_the_counties_of_the_map_are_all_named():
    features = json.loads(Screens(web_root()).asset("outlines.json").body)["features"]
    names = {feature["properties"].get("name") for feature in features}
    assert {"Gallatin", "Lewis and Clark"} < names
    west, south, east, north = shapely.geometry.shape(features[1]["geometry"]).bounds
    assert (west, north) == (pytest.approx(-179.1, abs=0.1), pytest.approx(71.4, abs=0.1))
    assert (south, east) == (pytest.approx(-14.4, abs=0.1), pytest.approx(179.8, abs=0.1))
