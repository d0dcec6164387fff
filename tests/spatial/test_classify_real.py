"""A real county: every address as GEOS says, on both engines, with boundaries as invalid as they come."""

from __future__ import annotations

import csv
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely
from lxml import etree
from shapely import MultiPolygon, Polygon

from fibermap.spatial import AreaCover, AreaIndex
from tests.reference import reference_data
from tests.spatial.geos_oracle import winner_by_geos


def addresses() -> gpd.GeoDataFrame:
    return gpd.read_file(reference_data("manhattan_mt/addresses.geojson"))


def plan_areas() -> list[shapely.Geometry]:
    with zipfile.ZipFile(reference_data("manhattan_mt/plan/manhattan_mt_ftth_plan.kmz")) as archive:
        document = etree.fromstring(archive.read("doc.kml"))
    areas = (_area(placemark) for placemark in document.iter("{*}Placemark"))
    return [area for area in areas if not area.is_empty]


def _area(placemark: etree._Element) -> MultiPolygon:
    return MultiPolygon(
        [
            Polygon(
                _ring(polygon.find("{*}outerBoundaryIs")), [_ring(hole) for hole in polygon.iter("{*}innerBoundaryIs")]
            )
            for polygon in placemark.iter("{*}Polygon")
        ]
    )


def _ring(boundary: etree._Element) -> list[tuple[float, float]]:
    text = boundary.findtext(".//{*}coordinates")
    return [tuple(float(number) for number in vertex.split(",")[:2]) for vertex in text.split()]


@pytest.mark.parametrize("layer", ["subdivisions", "minor_subdivisions", "county_zoning", "city_boundary", "zipcodes"])
def test_every_address_is_classified_as_by_geos(layer):
    pytest.importorskip("numba")
    areas = list(gpd.read_file(reference_data(f"manhattan_mt/{layer}.geojson")).geometry)
    points = addresses().geometry
    corners = shapely.get_coordinates(areas)[::50]
    x, y = np.append(points.x, corners[:, 0]), np.append(points.y, corners[:, 1])
    rank = [index % 3 for index in range(len(areas))]
    tree = AreaCover(areas, rank, engine="tree").classify(x, y)
    assert np.array_equal(tree, AreaCover(areas, rank, engine="cells").classify(x, y))
    sample = np.flatnonzero(np.arange(len(x)) % 7 == 0)
    assert tree[sample].tolist() == winner_by_geos(x[sample], y[sample], areas, rank)


def test_every_address_lies_in_as_many_plan_areas_as_the_reference_says():
    with reference_data("manhattan_mt/plan/expected_classification.csv").open() as file:
        expected = {int(row["OBJECTID"]): int(row["N_POLYGONS"]) for row in csv.DictReader(file)}
    areas, county = plan_areas(), addresses()
    index = AreaIndex(areas, range(len(areas)))
    counts = [len(index.covering(point.x, point.y)) for point in county.geometry]
    assert len(areas) == 21
    assert dict(zip(county["OBJECTID"], counts, strict=True)) == expected
