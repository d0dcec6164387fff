"""What travels: every verb of the plan, or a reason why not; and back as it was."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_type_hints

import geopandas as gpd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

import fibermap
from fibermap.address.model import Kind
from fibermap.client.uploads import parts_of
from fibermap.client.verbs import NOT_REMOTE, ROOMS, VERBS
from fibermap.client.wire import dumps, frame_bytes, read_frame
from fibermap.ingest.profiles import BUILT_IN
from fibermap.ingest.report import IngestReport
from fibermap.kernel.errors import Code, FibermapError, InputRefused
from fibermap.plan import Plan
from fibermap_api.plan_arguments import bind


def test_every_public_verb_of_the_plan_travels_or_says_why_not() -> None:
    there = {name for name in dir(Plan) if not name.startswith("_")} | {"store", "live", "bringing", "rounds"}
    for room in ROOMS:
        there |= {f"{room}.{name}" for name in dir(owner_of(room)) if not name.startswith("_")}
    assert there - ROOMS == {verb.name for verb in VERBS.values() if not verb.on_report} | set(NOT_REMOTE)


def owner_of(room: str) -> Any:
    """Return the class of a property of the plan that has verbs of its own."""
    return get_type_hints(getattr(Plan, room).fget)["return"] if room else Plan


def test_the_table_knows_what_is_read_and_what_is_called() -> None:
    for verb in VERBS.values():
        owner = IngestReport if verb.on_report else owner_of(verb.room)
        if verb.name != "forget":
            assert verb.attribute == isinstance(inspect.getattr_static(owner, verb.own_name), property), verb.name


@pytest.fixture(scope="module")
def plan(village: Path) -> Iterator[Plan]:
    with fibermap.open(village / "village.duckdb") as opened:
        yield opened


def test_a_frame_arrives_as_it_was_sent() -> None:
    shapes = [shapely.Point(1, 2), None, shapely.box(0, 0, 1, 1)]
    frame = gpd.GeoDataFrame({"place": shapes, "n": [1, 2, 3], "s": ["a", None, "c"]}, geometry="place", crs=2818)
    assert_geodataframe_equal(read_frame(frame_bytes(frame)), frame)


def test_a_frame_of_mixed_cells_is_refused_before_it_is_sent() -> None:
    frame = gpd.GeoDataFrame({"mixed": [1, "a"], "geometry": [shapely.Point(0, 0)] * 2}, crs=4326)
    with pytest.raises(InputRefused) as refused:
        frame_bytes(frame)
    assert refused.value.code is Code.ARGUMENT_INVALID


def test_arguments_are_read_as_the_method_declares_them() -> None:
    on = {"address_id": 5, "review_on": "2027-03-01"}
    bound = bind(Plan, "hold", ["unsafe", "seen", "pat"], on)
    assert bound.named == {"address_id": 5, "review_on": date(2027, 3, 1)}
    assert bind(Plan, "retype_address", [5, "business", "r", "a"], {"serviceable": True}).arguments[1] is Kind.BUSINESS
    mapping = dumps({"mapping": BUILT_IN[0]})
    assert b'"profile"' in mapping


@pytest.mark.parametrize(
    ("verb", "arguments", "named"),
    [
        ("undo", ["1"], {}), ("undo", [1, 2], {}), ("undo", [], {"versoin": 1}), ("explain", [], {}),
        ("explain", [True], {}), ("explain", [5], {"at": "soon"}), ("hold", ["whatever", "r", "a"], {}),
        ("hold", ["unsafe", "r", "a"], {"area": "POLYGON (("}), ("hold", ["unsafe", "r", "a"], {"area": 5}),
        ("sql", [["SELECT 1"]], {}), ("addresses", [], {"limit": "all"}), ("save_mapping", ["n", {"pickle": "x"}], {}),
        ("check_many", [[1, 2]], {}), ("set_area_class", [["a"], "build", "r", "a"], {}),
        ("retype_address", [5, "palace", "r", "a"], {"serviceable": True}), ("compare", [1.5, 2], {}),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_refused(verb: str, arguments: list[object], named: dict[str, object]) -> None:
    with pytest.raises(FibermapError) as refused:
        bind(Plan, verb, arguments, named)
    assert refused.value.code in (Code.ARGUMENT_INVALID, Code.MAPPING_INVALID)


def test_what_belongs_to_a_shapefile_and_to_a_folder_goes_with_it(tmp_path: Path) -> None:
    for name in (
        "roads.shp",
        "roads.dbf",
        "roads.prj",
        "roads.xlsx",
        "other.shp",
        "plan.gdb/a00.gdbtable",
        "plan.gdb/gdb",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [name for name, _ in parts_of(tmp_path / "roads.shp")] == ["roads.dbf", "roads.prj", "roads.shp"]
    assert [name for name, _ in parts_of(tmp_path / "plan.gdb")] == ["plan.gdb/a00.gdbtable", "plan.gdb/gdb"]
