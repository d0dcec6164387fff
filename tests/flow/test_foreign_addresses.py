"""Address sources of every origin under one small plan: what they are is recognised, and each gets its true class."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import fibermap
from fibermap.ingest.groups import Role
from fibermap.ingest.roles import RoleOverride, Selector
from fibermap.plan import Plan
from tests.flow.town import (
    BUILD,
    HOMES,
    PRE_BUILD,
    UNKNOWN,
    Home,
    block,
    by_areas,
    classes,
    document,
    folder,
    geojson,
    placemark,
    street_block,
    write_csv,
)

ALDER, CEDAR = street_block(0, 0), street_block(2, 2, homes=(0, 5))
TRUTH = by_areas([(ALDER, BUILD), (CEDAR, PRE_BUILD)])


def write_plan(folder_path: Path) -> Path:
    built = folder("Phase 1 - Live", placemark(ALDER, "FDA-1"))
    planned = folder("Phase 2 - Construction", placemark(CEDAR, "FDA-2"))
    path = folder_path / "Elk Ridge FTTH.kml"
    path.write_text(document("Elk Ridge FTTH", built, planned))
    return path


def ingest(*files: Path) -> Plan:
    fm = fibermap.open(":memory:")
    report = fm.ingest(*files, progress=False)
    assert all(count.conserved for count in report.files)
    assert fm.doctor() == []
    return fm


def street_parts(home: Home) -> tuple[str, str]:
    name, _, type_ = home.street.partition(" ")
    return name, type_


def national(path: Path) -> Path:
    """National Address Database: one comma-separated text."""
    rows = [
        {
            "OBJECTID": n,
            "State": "MT",
            "County": "Elk",
            "Inc_Muni": "Elk Ridge",
            "Zip_Code": "59999",
            "Plus_4": "",
            "St_PreDir": "",
            "St_Name": street_parts(home)[0],
            "St_PosTyp": street_parts(home)[1],
            "Add_Number": home.number,
            "AddNo_Full": str(home.number),
            "Unit": "",
            "Longitude": home.lon,
            "Latitude": home.lat,
            "NAD_Source": "MT",
            "UUID": home.id,
            "Addr_Type": "Residential",
            "Placement": "Structure - Rooftop",
        }
        for n, home in enumerate(HOMES, 1)
    ]
    return write_csv(path / "NAD_r18.txt", rows, encoding="utf-8-sig")


def open_addresses(path: Path) -> Path:
    rows = [
        {
            "LON": home.lon,
            "LAT": home.lat,
            "NUMBER": home.number,
            "STREET": home.street,
            "UNIT": "",
            "CITY": "",
            "DISTRICT": "",
            "REGION": "",
            "POSTCODE": "",
            "ID": home.id,
            "HASH": f"{n:016x}",
        }
        for n, home in enumerate(HOMES)
    ]
    return write_csv(path / "elk-addresses-county.csv", rows)


def workbook(path: Path) -> Path:
    """A customer list kept in Excel: whole addresses, ZIP as a number."""
    rows = [
        {
            "Site ID": home.id,
            "Address": home.line,
            "City": "Elk Ridge",
            "Zip": 59999,
            "Latitude": home.lat,
            "Longitude": home.lon,
        }
        for home in HOMES
    ]
    pd.DataFrame(rows).to_excel(path / "customers.xlsx", index=False)
    return path / "customers.xlsx"


def nena(path: Path) -> Path:
    rows = [
        (
            home.point,
            {
                "Site_NGUID": home.id,
                "Add_Number": home.number,
                "St_Name": street_parts(home)[0],
                "St_PosTyp": street_parts(home)[1],
                "Inc_Muni": "Elk Ridge",
                "Post_Code": "59999",
                "Place_Type": "residence",
            },
        )
        for home in HOMES
    ]
    return geojson(path / "SiteStructureAddressPoint.geojson", rows)


def semicolons(path: Path) -> Path:
    """A European export: semicolons, decimal commas, Windows encoding."""
    lines = ["ID;Straße;HOUSENUMBER;STREET;LATITUDE;LONGITUDE"]
    for home in HOMES:
        lat, lon = (f"{value:.7f}".replace(".", ",") for value in (home.lat, home.lon))
        lines.append(f"{home.id};é;{home.number};{home.street};{lat};{lon}")
    (path / "adressen.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    return path / "adressen.csv"


@pytest.mark.parametrize("write", [national, open_addresses, workbook, nena, semicolons])
def test_every_kind_of_address_table_is_classified_row_by_row(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    fm = ingest(write(tmp_path), write_plan(tmp_path))
    assert classes(fm) == TRUTH
    assert len(fm.addresses()) == len(HOMES)


def fabric(path: Path, homes: tuple[Home, ...]) -> Path:
    rows = [
        {
            "location_id": 1000000000 + n,
            "address_primary": home.line.upper().replace("STREET", "ST").replace("AVENUE", "AVE"),
            "city": "ELK RIDGE",
            "state": "MT",
            "zip": "05999",
            "zip_suffix": "",
            "unit_count": 1,
            "bsl_flag": "True",
            "building_type_code": "R",
            "latitude": home.lat + 0.00001,
            "longitude": home.lon,
        }
        for n, home in enumerate(homes)
    ]
    return write_csv(path / "FCC_Active_BSL_30_v6.csv", rows, encoding="utf-8-sig")


def county(path: Path, homes: tuple[Home, ...]) -> Path:
    rows = [
        {
            "SITEID": home.id,
            "ADDRNUM": home.number,
            "STNAME": street_parts(home)[0],
            "STTYPE": street_parts(home)[1],
            "CITY": "",
            "LAT": home.lat,
            "LON": home.lon,
        }
        for home in homes
    ]
    return write_csv(path / "county_addresses.csv", rows)


def test_fabric_and_county_spell_differently_and_are_one_address_each(tmp_path: Path) -> None:
    fm = ingest(county(tmp_path, HOMES[:30]), fabric(tmp_path, HOMES[20:]), write_plan(tmp_path))
    assert classes(fm, "county_addresses.csv") == {home.id: TRUTH[home.id] for home in HOMES[:30]}
    assert fm.sql("SELECT count(*) AS n FROM addresses").df.n[0] == len(HOMES)
    assert len(fm.addresses("records = 2")) == 10
    from_fabric = fm.source_records.df.query("source == 'FCC_Active_BSL_30_v6.csv'")
    assert from_fabric.source_id.tolist()[0].startswith("1000000"), "an id is text"


def test_addresses_known_from_the_fabric_alone_are_classified_and_neither_listed_nor_sold_to(tmp_path: Path) -> None:
    fm = ingest(fabric(tmp_path, HOMES[:10]), write_plan(tmp_path))
    found = fm.sql("SELECT DISTINCT class, not_orderable, listed, answerable FROM addresses").table.to_pylist()
    assert [tuple(row.values()) for row in found] == [(BUILD, "source_not_permitted", False, False)]
    with pytest.warns(UserWarning, match="10 addresses are left out"):
        assert len(fm.addresses()) == 0


def test_addresses_without_coordinates_are_taken_in_and_unknown(tmp_path: Path) -> None:
    rows = [{"ID": h.id, "ADDRNUM": h.number, "STREET": h.street, "CITY": "Elk Ridge"} for h in HOMES]
    fm = ingest(write_csv(tmp_path / "billing.csv", rows), write_plan(tmp_path))
    assert classes(fm) == dict.fromkeys(TRUTH, UNKNOWN)


def test_an_address_that_cannot_be_placed_leaves_the_others_alone(tmp_path: Path) -> None:
    rows = [{"ID": h.id, "ADDRESS": h.line, "LAT": str(h.lat), "LON": str(h.lon)} for h in HOMES]
    for row, (lat, lon) in zip(
        rows, [("0", "0"), ("", ""), ("NaN", "-109"), ("1e308", "1e308"), ("91", "-109.9")], strict=False
    ):
        row["LAT"], row["LON"] = lat, lon
    fm = ingest(write_csv(tmp_path / "addresses.csv", rows), write_plan(tmp_path))
    lost = dict.fromkeys([home.id for home in HOMES[:5]], UNKNOWN)
    assert classes(fm) == TRUTH | lost


def test_parcels_stand_for_addresses_when_somebody_says_so(tmp_path: Path) -> None:
    shapes = [block(h.x_m - 15, h.y_m - 15, h.x_m + 15, h.y_m + 15) for h in HOMES]
    said = [{"PARCELID": h.id, "SITUS_ADDR": h.line} for h in HOMES]
    parcels = geojson(tmp_path / "parcels.geojson", zip(shapes, said, strict=True))
    plan = write_plan(tmp_path)
    with fibermap.open(":memory:") as fm:
        report = fm.ingest(parcels, plan, dry_run=True, progress=False)
        hint = next(finding.message for finding in report.findings if finding.code == "no_addresses")
        assert "parcels" in hint
        fm.ingest(parcels, plan, roles=[RoleOverride(Role.ADDRESSES, Selector("parcels"))], progress=False)
        assert classes(fm) == TRUTH
