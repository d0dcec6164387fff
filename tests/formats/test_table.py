"""Tables: delimited text, Parquet and Excel."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from fibermap.formats.table import TableSource, read_table
from fibermap.formats.table_profiles import detect_profile
from fibermap.kernel.errors import Code, InputRefused
from tests.formats.rows import LIMITS, outcomes, rows_of, squares, write
from tests.reference import reference_data

FABRIC = """location_id,address_primary,city,state,zip,unit_count,bsl_flag,latitude,longitude
0001234567,"12 MAIN ST, APT 1",MANHATTAN,MT,05974,1,True,45.857,-111.331
0001234567,"12 MAIN ST, APT 2",MANHATTAN,MT,05974,1,True,45.857,-111.331
0001234568,14 MAIN ST,MANHATTAN,MT,05974,1,False,45.858,-111.332
"""


def source(path: Path, text: str | bytes, **options: Any) -> TableSource:
    return read_table(write(path / "table.csv", text), limits=LIMITS, **options)


def read(path: Path, text: str | bytes, **options: Any) -> list[dict[str, Any]]:
    return rows_of(source(path, text, **options))


def attributes(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(row["attributes"])
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_fabric_keeps_leading_zeros_and_every_address_of_a_location(tmp_path: Path, encoding: str) -> None:
    opened = source(tmp_path, FABRIC.encode(encoding))
    rows = rows_of(opened)
    assert opened.profile == "fcc_fabric_active"
    assert [row["source_fid"] for row in rows] == ["0001234567", "0001234567", "0001234568"]
    assert attributes(rows[0])["zip"] == "05974"
    assert attributes(rows[1])["address_primary"] == "12 MAIN ST, APT 2"
    assert (rows[0]["geometry"].x, rows[0]["geometry"].y) == (-111.331, 45.857)


def test_another_encoding_is_read_and_said(tmp_path: Path) -> None:
    opened = source(tmp_path, "id,name,lon,lat\n1,Café,-111,45\n".encode("cp1252"))
    assert rows_of(opened)[0]["name"] == "Café"
    assert [notice.code for notice in opened.notices()] == [Code.ENCODING_UNKNOWN]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = FABRIC.replace('"12 MAIN ST, APT 1"', "12 MAIN").replace('"12 MAIN ST, APT 2"', "12").replace(",", delimiter)
    assert len(attributes(read(tmp_path, text)[0])) == 9


def test_ragged_rows_are_quarantined_with_their_number(tmp_path: Path) -> None:
    rows = read(tmp_path, "id,lon,lat\n1,-111,45\n2,-111\n3,-111,45,9\n4,-111,45,,\n5,-111,45\n\n,,\n")
    assert [(row["row"], row["outcome"]) for row in rows] == [
        (1, "ingested"), (2, "quarantined"), (3, "quarantined"), (4, "ingested"), (5, "ingested"), (6, "set_aside"),
    ]  # fmt: skip
    assert rows[1]["reason"] == "row_unreadable"


def test_an_unclosed_quote_takes_no_other_row_with_it(tmp_path: Path) -> None:
    rows = read(
        tmp_path, 'id,name,lon,lat\n1,"A,-111,45\n2,"B\nb",-111,45\n3,C "the" 5" drop,-111,45\n4,"D"x,-111,45\n'
    )
    assert [row["outcome"] for row in rows] == ["quarantined", "ingested", "ingested", "repaired"]
    assert rows[1]["name"] == "B\nb"
    assert rows[2]["name"] == 'C "the" 5" drop'


def test_nul_characters_are_left_out_and_said(tmp_path: Path) -> None:
    rows = read(tmp_path, b"id,name,lon,lat\n1,A\x00B,-111,45\n2,C,-111,45\n")
    assert rows[0]["name"] == "AB"
    assert [row["outcome"] for row in rows] == ["repaired", "ingested"]


@pytest.mark.parametrize(
    ("lon", "lat", "reason"),
    [
        ("", "", "geometry_missing"),
        ("0", "0.0", "coordinate_invalid"),
        ("n/a", "45", "coordinate_invalid"),
        ("nan", "45", "coordinate_invalid"),
        ("-1e308", "45", "coordinate_out_of_range"),
        ("-111.3", "95", "coordinate_out_of_range"),
    ],
)
def test_a_row_without_a_usable_position_is_still_a_row(tmp_path: Path, lon: str, lat: str, reason: str) -> None:
    rows = read(tmp_path, f"id,lon,lat\n1,-111,45\n2,{lon},{lat}\n3,-112,46\n")
    assert outcomes(rows)[1] == ("ingested", reason)
    assert rows[1]["geometry"] is None
    assert rows[1]["detail"]
    assert rows[0]["geometry"] is not None
    assert rows[2]["geometry"] is not None


@pytest.mark.parametrize("number", ["1e308" + "1" * 400, "1" * 100_000, "1e" + "9" * 30, "0x10", "1_0", "true"])
def test_what_is_no_sensible_number_is_no_coordinate(tmp_path: Path, number: str) -> None:
    rows = rows_of(read_table(write(tmp_path / "a.csv", f"ID,LON,LAT\n1,{number},45\n2,-111,45\n"), limits=LIMITS))
    assert [row["geometry"] is None for row in rows] == [True, False]


def test_a_text_of_endless_brackets_is_quarantined_alone(tmp_path: Path) -> None:
    deep = "GEOMETRYCOLLECTION(" * 100_000 + "POINT(1 2)" + ")" * 100_000
    rows = rows_of(read_table(write(tmp_path / "a.csv", f'ID,WKT\n1,"POINT(1 2)"\n2,"{deep}"\n'), limits=LIMITS))
    assert outcomes(rows) == [("ingested", None), ("quarantined", "geometry_broken")]


def test_decimal_commas_are_numbers(tmp_path: Path) -> None:
    assert read(tmp_path, "id;lon;lat\n1;-111,5;45,25\n")[0]["geometry"].x == -111.5


def test_swapped_columns_are_exchanged(tmp_path: Path) -> None:
    rows = read(tmp_path, "id,lon,lat\n" + "".join(f"{n},45.8,-111.{n}\n" for n in range(1, 9)))
    assert set(outcomes(rows)) == {("repaired", "axes_swapped")}
    assert rows[0]["geometry"].y == 45.8


def test_feet_without_a_system_are_refused_with_a_suggestion(tmp_path: Path) -> None:
    text = "id,X,Y\n1,1500000,550000\n2,1500100,550100\n"
    with pytest.raises(InputRefused) as refusal:
        read(tmp_path, text)
    assert refusal.value.code is Code.CRS_MISSING
    assert "EPSG:" in refusal.value.hint
    assert read(tmp_path, text, crs="EPSG:2256")[0]["geometry"].y == pytest.approx(45.8, abs=0.5)


def test_position_columns_can_be_named(tmp_path: Path) -> None:
    text = "id,a,b,lon,lat\n1,-111,45,-1,1\n"
    assert read(tmp_path, text, columns={"x": "a", "y": "b"})[0]["geometry"].x == -111
    with pytest.raises(InputRefused, match="no column 'c'"):
        read(tmp_path, text, columns={"x": "a", "y": "c"})


def test_geometry_columns_in_three_spellings(tmp_path: Path) -> None:
    polygon = shapely.box(-111, 45, -110, 46)
    texts = [polygon.wkt, f"SRID=4326;{polygon.wkt}", polygon.wkb_hex, json.dumps(shapely.geometry.mapping(polygon))]
    table = pd.DataFrame({"id": range(6), "the_geom": [*texts, "POLYGON ((1 2, 3", ""]})
    rows = read(tmp_path, table.to_csv(index=False))
    assert all(row["geometry"].equals(polygon) for row in rows[:4])
    assert outcomes(rows)[4:] == [("quarantined", "geometry_broken"), ("ingested", "geometry_missing")]


def test_a_table_without_coordinates_is_read_and_said(tmp_path: Path) -> None:
    opened = source(tmp_path, "id,address\n1,12 Main St\n")
    assert outcomes(rows_of(opened)) == [("ingested", "geometry_missing")]
    assert [notice.code for notice in opened.notices()] == [Code.FIELD_MISSING]


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ("LON,LAT,NUMBER,STREET,UNIT,CITY,DISTRICT,REGION,POSTCODE,ID,HASH", "openaddresses"),
        ("OID_,Add_Number,St_Name,UUID,Longitude,Latitude,NatGrid", "nad"),
        ("Add_Number,St_Name,Site_NGUID,Long,Lat", "nena"),
        ("OBJECTID,ADDPTKEY,FULLADDR,ADDRNUM,ROADNAME,POINT_X,POINT_Y", "esri_local_government"),
        ("location_id,address_primary,city,address_id", "fcc_fabric_supplemental"),
    ],
)
def test_published_tables_are_known_by_their_columns(columns: str, name: str) -> None:
    profile = detect_profile(columns.split(","))
    assert profile is not None
    assert profile.name == name


def test_a_million_columns_and_endless_fields_are_bounded(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as refusal:
        read(tmp_path, "a," * 1_000_000 + "\n1\n")
    assert refusal.value.code in (Code.LIMIT_EXCEEDED, Code.FILE_UNREADABLE)
    rows = read(tmp_path, f'id,lon,lat\n1,-111,45\n2,{"x" * 5_000_000},45\n3,"{"y" * 2_000_000}",45\n4,-111,45\n')
    assert [row["outcome"] for row in rows] == ["ingested", "quarantined", "quarantined", "ingested"]


@pytest.mark.parametrize("content", [b"\x00\x01\x02\x03" * 500, b"\n\n\n"])
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputRefused):
        read(tmp_path, content)


def test_parquet_keeps_types_and_reads_every_row() -> None:
    path = reference_data("address/reference.parquet")
    rows = rows_of(read_table(path, limits=LIMITS))
    truth = pq.read_table(path)
    assert len(rows) == truth.num_rows == 117_444
    assert sum(row["geometry"] is None for row in rows) == truth.column("lon").null_count


def test_geoparquet_declares_its_own_system(tmp_path: Path) -> None:
    frame = squares(3, "EPSG:2256")
    frame.to_parquet(tmp_path / "a.parquet")
    rows = rows_of(read_table(tmp_path / "a.parquet", limits=LIMITS))
    assert rows[0]["geometry"].centroid.x == pytest.approx(-111.2975, abs=1e-6)
    assert attributes(rows[0]) == {"name": "FDA 0"}


def test_broken_parquet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as refusal:
        read_table(write(tmp_path / "a.parquet", b"PAR1" + b"x" * 100), limits=LIMITS)
    assert refusal.value.code is Code.FILE_UNREADABLE


def test_excel_sheets_are_layers_and_formulas_are_not_evaluated(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    first.title = "Homes"
    for row in [["id", "lon", "lat", "sum"], ["007", -111.5, 45, "=1+1"], [None] * 4, [8, -111, 45.5, None]]:
        first.append(row)
    second = book.create_sheet("Empty")
    assert second is not None
    book.save(tmp_path / "a.xlsx")
    rows = rows_of(read_table(tmp_path / "a.xlsx", limits=LIMITS))
    assert [row["source_fid"] for row in rows] == ["007", "8"]
    assert attributes(rows[0]) == {"id": "007", "lon": "-111.5", "lat": "45", "sum": ""}
    assert rows[0]["layer"] == "Homes"


def test_a_broken_workbook_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    content = (tmp_path / "a.xlsx").read_bytes()
    with pytest.raises(InputRefused):
        read_table(write(tmp_path / "b.xlsx", content[: len(content) // 2]), limits=LIMITS)


def test_a_workbook_that_could_declare_entities_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as sound, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as armed:
        for name in sound.namelist():
            text = sound.read(name).decode().removeprefix("<?xml version='1.0' encoding='UTF-8'?>")
            armed.writestr(name, f"<!DOCTYPE x>{text}".encode("utf-16" if "sheet" in name else "utf-8"))
    with pytest.raises(InputRefused) as refusal:
        read_table(tmp_path / "b.xlsx", limits=LIMITS)
    assert refusal.value.code == Code.XML_ENTITY_REFUSED


cells = st.text(alphabet='ab",;\n\r é\x00=0', max_size=6)


@given(table=st.lists(st.lists(cells, min_size=3, max_size=3), max_size=8), ends=st.sampled_from(["\n", "\r\n"]))
def test_what_a_csv_writer_writes_comes_back(tmp_path_factory: Any, table: list[list[str]], ends: str) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator=ends, quoting=csv.QUOTE_ALL).writerows([["id", "b", "c"], *table])
    path = tmp_path_factory.mktemp("csv")
    rows = read(path, file.getvalue())
    expected = [{k: v.replace("\x00", "") for k, v in zip(["id", "b", "c"], row, strict=True)} for row in table]
    assert [attributes(row) for row in rows] == expected


@given(body=st.text(alphabet='aé",\n\r ', max_size=80))
def test_every_record_is_counted_whatever_the_quotes(tmp_path_factory: Any, body: str) -> None:
    read(tmp_path_factory.mktemp("csv"), "id,lon,lat\n" + body)  # rows_of compares with the independent count


def test_three_hundred_thousand_rows_stay_in_bounded_batches(tmp_path: Path) -> None:
    text = "id,lon,lat\n" + "".join(f"{n},-111.{n:06d},45\n" for n in range(25_000))
    sizes = [len(batch) for batch in source(tmp_path, text).batches()]
    assert sizes == [10_000, 10_000, 5_000]


def test_unusual_parquet_columns_become_json(tmp_path: Path) -> None:
    table = pa.table({"when": pa.array([0], pa.timestamp("ms")), "raw": [b"\xff"], "list": [[1, 2]], "id": ["a"]})
    pq.write_table(table, tmp_path / "a.parquet")
    row = rows_of(read_table(tmp_path / "a.parquet", limits=LIMITS))[0]
    assert attributes(row) == {"when": "1970-01-01T00:00:00", "raw": "/w==", "list": [1, 2], "id": "a"}
