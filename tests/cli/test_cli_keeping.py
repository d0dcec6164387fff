"""Exports, copies, maps and holds by the command line."""

from __future__ import annotations

import csv
from pathlib import Path

import pyogrio
import pytest

from tests.cli.commands import fibermap


@pytest.mark.parametrize("what", ["addresses", "source-records", "areas"])
@pytest.mark.parametrize("suffix", [".csv", ".geojson", ".kmz", ".gpkg", ".parquet"])
def test_every_export_is_written_in_every_format(db: Path, tmp_path: Path, what: str, suffix: str) -> None:
    out = tmp_path / f"out{suffix}"

    ran = fibermap("export", what, out, "--db", db, "--json")

    assert ran.code == 0, ran.err
    told = {name: value for name, value in ran.json.items() if name != "left_out"}
    assert told == {"export": what, "path": str(out), "rows": 2 if what == "areas" else 6}
    assert out.stat().st_size > 0


def test_source_records_have_the_columns_that_others_rely_on(db: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    fibermap("export", "source-records", out, "--db", db)

    with out.open(encoding="utf-8-sig", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["source_id"] == "B1")

    assert (row["source"], row["layer"], row["full_address"]) == ("houses.csv", "houses", "10 Larch Ln, 59741")
    assert (float(row["lat"]), float(row["lon"])) == (45.85, -111.28)
    assert (row["class"], row["area_name"], row["serviceable"], row["orderable"]) == (
        "pre-build",
        "Larch",
        "true",
        "false",
    )
    assert int(row["address_id"]) > 0
    assert int(row["area_id"]) > 0


def test_an_exported_geopackage_opens_in_other_programs(db: Path, tmp_path: Path) -> None:
    out = tmp_path / "areas.gpkg"
    fibermap("export", "areas", out, "--db", db)

    assert set(pyogrio.read_dataframe(out)["name"]) == {"Elk Ridge", "Larch"}


@pytest.mark.parametrize(
    ("what", "out", "code"),
    [
        ("roads", "out.csv", "argument_invalid"),
        ("areas", "out.doc", "export_format_unknown"),
        ("areas", "nowhere/out.csv", "export_target_refused"),
    ],
)
def test_an_export_that_cannot_be_written_is_refused(db: Path, tmp_path: Path, what: str, out: str, code: str) -> None:
    ran = fibermap("export", what, tmp_path / out, "--db", db)

    assert ran.code == 1
    assert ran.error["code"] == code


def test_a_backup_is_put_back_as_it_was(db: Path, tmp_path: Path) -> None:
    restored = tmp_path / "restored.duckdb"

    assert fibermap("backup", tmp_path / "backup", "--db", db).code == 0
    assert fibermap("restore", tmp_path / "backup", restored).code == 0

    one, other = fibermap("status", "--db", db, "--json").json, fibermap("status", "--db", restored, "--json").json
    assert one | {"path": ""} == other | {"path": ""}


def test_a_backup_replaces_nothing(db: Path, tmp_path: Path) -> None:
    fibermap("backup", tmp_path / "backup", "--db", db)

    assert fibermap("backup", tmp_path / "backup", "--db", db).error["code"] == "database_exists"
    assert fibermap("restore", tmp_path / "backup", "--db", db).error["code"] == "database_exists"


def test_a_snapshot_can_be_asked_while_the_database_is_in_use(db: Path) -> None:
    import fibermap as package

    snapshot = fibermap("snapshot", "--db", db, "--json").json["path"]

    with package.open(db):
        assert fibermap("status", "--db", snapshot, "--json").json["plan_version"] == 1


def test_a_map_is_written_that_asks_the_network_for_nothing(db: Path, tmp_path: Path) -> None:
    out = tmp_path / "map.html"

    ran = fibermap("map", out, "--where", "class <> 'unknown'", "--db", db)

    if ran.code and ran.error["code"] == "browser_library_missing":
        pytest.skip("the browser libraries are not there: make setup")
    assert ran.code == 0, ran.err
    assert 'src="http' not in out.read_text(encoding="utf-8")


def test_a_map_of_a_condition_that_is_no_condition_is_refused(db: Path, tmp_path: Path) -> None:
    ran = fibermap("map", tmp_path / "map.html", "--where", "; DROP TABLE address", "--db", db)

    assert ran.error["code"] == "query_refused"


def test_a_hold_forbids_sales_until_it_is_released(db: Path) -> None:
    address = _row(db, "full_address LIKE '2 Elk Ridge Rd%'")["address_id"]
    told = ("--reason", "the owner said no", "--author", "Ann", "--db", db)

    placed = fibermap("hold", "owner_refusal", "--address", address, *told, "--json").json
    held = _row(db, f"address_id = {address}")
    released = fibermap("release", placed["hold_id"], *told)
    free = _row(db, f"address_id = {address}")

    assert (held["class"], held["orderable"], held["holds"]) == ("build", False, "owner_refusal")
    assert released.code == 0
    assert (free["orderable"], free["holds"]) == (True, None)


def test_a_hold_on_an_area_holds_what_lies_in_it(db: Path) -> None:
    area = fibermap("sql", "SELECT area_id FROM areas WHERE name = 'Elk Ridge'", "--db", db, "--json").json["rows"][0]
    told = ("--reason", "no easement", "--author", "Ann", "--db", db)

    assert fibermap("hold", "easement_refused", "--area", area["area_id"], *told).code == 0
    square = "POLYGON ((-111.2815 45.849, -111.2795 45.849, -111.2795 45.851, -111.2815 45.851, -111.2815 45.849))"
    assert fibermap("hold", "unsafe", "--area", square, *told).code == 0

    rows = fibermap("sql", "SELECT count(*) AS n FROM addresses WHERE holds IS NOT NULL", "--db", db, "--json")
    assert rows.json["rows"] == [{"n": 4}]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("bogus", "--address", "1"), "argument_invalid"),
        (("unsafe",), "argument_invalid"),
        (("unsafe", "--address", "1"), "address_not_found"),
        (("unsafe", "--area", "1"), "area_not_found"),
        (("unsafe", "--area", "POLYGON ((0 0"), "argument_invalid"),
        (("unsafe", "--address", "1", "--review-on", "soon"), "argument_invalid"),
    ],
)
def test_a_hold_that_cannot_be_placed_is_refused(db: Path, arguments: tuple[str, ...], code: str) -> None:
    ran = fibermap("hold", *arguments, "--reason", "r", "--author", "a", "--db", db)

    assert ran.code == 1
    assert ran.error["code"] == code


def _row(db: Path, where: str) -> dict[str, object]:
    row: dict[str, object] = fibermap("sql", f"FROM addresses WHERE {where}", "--db", db, "--json").json["rows"][0]
    return row
