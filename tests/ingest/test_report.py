"""The dry-run report: agreed to once, and only while it is true."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

import fibermap
from fibermap.ingest.promote import label_of
from fibermap.kernel.errors import Code, Conflict


def homes(*numbers: int) -> gpd.GeoDataFrame:
    """Return address points on one street, a hundredth of a degree apart."""
    return gpd.GeoDataFrame(
        {"OBJECTID": numbers, "ADDRNUM": [str(n) for n in numbers], "ROADNAME": "Elm St"},
        geometry=[shapely.Point(-111 + n / 1e4, 45.8) for n in numbers],
        crs="EPSG:4326",
    )


def test_a_report_promotes_what_it_showed() -> None:
    with fibermap.open(":memory:") as fm:
        report = fm.ingest(homes(1, 2, 3), source="homes", dry_run=True)
        assert fm.addresses().empty
        done = report.promote()
        assert done.plan_version == 1
        assert len(fm.addresses()) == 3


def test_a_report_is_promoted_once() -> None:
    with fibermap.open(":memory:") as fm:
        report = fm.ingest(homes(1), source="homes", dry_run=True)
        report.promote()
        with pytest.raises(Conflict) as refused:
            report.promote()
        assert refused.value.code is Code.REPORT_ALREADY_PROMOTED


def test_a_report_that_was_overtaken_is_refused_and_changes_nothing() -> None:
    with fibermap.open(":memory:") as fm:
        report = fm.ingest(homes(1, 2), source="homes", dry_run=True)
        fm.ingest(homes(7), source="others")
        with pytest.raises(Conflict) as refused:
            report.promote()
        assert refused.value.code is Code.REPORT_STALE
        assert len(fm.addresses()) == 1


@pytest.mark.parametrize(
    ("sources", "label"),
    [
        (["a.kmz"], "a.kmz"),
        (["a.kmz", "a.kmz"], "a.kmz"),
        (["a.kmz", "b.csv"], "a.kmz and b.csv"),
        (["a", "b", "c"], "a and 2 more"),
    ],
)
def test_the_list_of_versions_stays_readable(sources: list[str], label: str) -> None:
    assert label_of(sources) == label


def test_a_dry_run_can_be_looked_at_before_it_is_agreed_to() -> None:
    with fibermap.open(":memory:") as fm:
        report = fm.ingest(homes(1, 2, 3), source="homes", dry_run=True)
        assert report.tables()["addresses"].num_rows == 3
        assert "Dry run" in fm.map_of(report).get_root().render()
        assert fm.addresses().empty
        report.promote()
        with pytest.raises(Conflict):
            report.tables()
