"""The synthetic county: the same for a seed, about as large as asked for, and honest about what it is."""

from __future__ import annotations

import csv
import hashlib
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
import shapely
from pyproj import Geod, Transformer

from fibermap.demo.county import COUNTY_LINE, build_county
from fibermap.demo.files import CountyFiles, write_county
from fibermap.demo.ground import lonlat, web_mercator
from fibermap.demo.network import build_network
from fibermap.kernel.units import metres_from_feet

ADDRESSES = 1_500


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> CountyFiles:
    return write_county(tmp_path_factory.mktemp("county"), addresses=ADDRESSES)


def _hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_seed_writes_the_same_bytes(files: CountyFiles, tmp_path: Path) -> None:
    write_county(tmp_path, addresses=ADDRESSES)

    assert _hashes(tmp_path) == _hashes(files.folder)


def test_another_seed_writes_another_county(files: CountyFiles, tmp_path: Path) -> None:
    other = write_county(tmp_path, seed=8, addresses=ADDRESSES)

    assert other.addresses[0].read_bytes() != files.addresses[0].read_bytes()


@pytest.mark.parametrize("addresses", [240, 1_500, 5_000])
def test_the_county_is_about_as_large_as_asked_for(addresses: int) -> None:
    county = build_county(seed=7, addresses=addresses)

    assert sum(s.addresses for s in county.structures) == pytest.approx(addresses, rel=0.03)


def test_a_county_without_room_for_its_faults_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 240"):
        write_county(tmp_path, addresses=100)


def test_every_file_says_that_it_is_synthetic(files: CountyFiles) -> None:
    for path in files.inputs:
        assert "synthetic" in path.name
    assert "does not exist" in files.readme.read_text()
    assert orjson.loads(files.manifest.read_bytes())["synthetic"] is True


def test_every_address_row_has_its_truth(files: CountyFiles) -> None:
    rows = [len(orjson.loads(path.read_bytes())["features"]) for path in files.addresses[:2]]
    rows += [len(list(csv.reader(path.open(encoding="utf-8-sig")))) - 1 for path in files.addresses[2:]]
    truth = list(csv.DictReader(files.truth.open()))

    assert len(truth) == sum(rows)
    assert {row["class"] for row in truth} == {"build", "pre-build", "out-of-coverage", "unknown"}
    assert {row["technology"] for row in truth} == {"fiber", "fixed_wireless"}


def test_the_fabric_has_a_byte_order_mark_and_ids_with_leading_zeros(files: CountyFiles) -> None:
    active = files.addresses[2]
    rows = list(csv.DictReader(active.open(encoding="utf-8-sig", newline="")))

    assert active.read_bytes().startswith(b"\xef\xbb\xbf")
    assert all(len(row["location_id"]) == 10 and row["location_id"].startswith("000") for row in rows)


def test_a_fabric_location_with_units_has_several_addresses(files: CountyFiles) -> None:
    rows = list(csv.DictReader(files.addresses[3].open(encoding="utf-8-sig", newline="")))

    assert len({row["location_id"] for row in rows}) < len(rows) == len({row["address_id"] for row in rows})


def test_the_design_states_its_status_only_in_html(files: CountyFiles) -> None:
    text = zipfile.ZipFile(files.plan[0]).read("doc.kml").decode()
    design = text[text.index("Phase 3 - Design") : text.index("<Folder><name>Fixed Wireless")]

    assert "<td>BUILD_STATUS</td><td>Design</td>" in design
    assert "SchemaData" not in design
    assert "SchemaData" in text


def test_esri_statuses_are_codes_of_a_domain_and_dates_are_epoch_milliseconds(files: CountyFiles) -> None:
    areas = orjson.loads(files.plan[2].read_bytes())
    status = next(field for field in areas["fields"] if field["name"] == "BUILD_STATUS")
    said = areas["features"][0]["attributes"]

    assert {"name": "Proposed", "code": said["BUILD_STATUS"]} in status["domain"]["codedValues"]
    assert said["READY_DATE"] == datetime(2031, 6, 30, tzinfo=UTC).timestamp() * 1000
    assert areas["spatialReference"]["wkid"] == 102100


def test_metres_of_the_county_are_metres_on_the_ground() -> None:
    geod = Geod(ellps="WGS84")
    _, _, east_m = geod.inv(*lonlat(0.0, 0.0), *lonlat(1000.0, 0.0))
    _, _, north_m = geod.inv(*lonlat(0.0, 0.0), *lonlat(0.0, 1000.0))

    assert east_m == pytest.approx(1000.0, abs=0.02)
    assert north_m == pytest.approx(1000.0, abs=0.02)


def test_web_mercator_is_that_of_proj() -> None:
    proj = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)

    assert web_mercator(-109.5, 47.0) == pytest.approx(proj.transform(-109.5, 47.0), abs=0.001)


def test_farms_behind_the_county_line_are_farther_than_a_drop_from_every_terminal() -> None:
    county = build_county(seed=7, addresses=ADDRESSES)
    terminals = [lonlat(t.x_m, t.y_m) for t in build_network(county).terminals if t.area == COUNTY_LINE]
    farms = [lonlat(s.x_m, s.y_m) for s in county.structures if s.street.name == "County Line" and abs(s.x_m) > 180.0]
    geod = Geod(ellps="WGS84")

    assert len(farms) == 8
    for farm in farms:
        assert min(geod.inv(*farm, *terminal)[2] for terminal in terminals) > metres_from_feet(500)


def test_no_building_stands_in_the_river_or_on_vacant_land() -> None:
    county = build_county(seed=7, addresses=ADDRESSES)
    places = shapely.points([(s.x_m, s.y_m) for s in county.structures])
    in_town = [i for i, s in enumerate(county.structures) if county.blocks[s.block_id].district]

    assert not shapely.intersects(county.barriers.river, places[in_town]).any()
    assert not shapely.intersects(county.vacant, places).any()


@pytest.mark.slow
def test_a_county_of_25_000_addresses_is_written_in_15_seconds(tmp_path: Path) -> None:
    started = time.perf_counter()
    write_county(tmp_path)

    assert time.perf_counter() - started < 15.0
