"""The reference county through the command line: every row as the independent answer has it, from either plan file."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from tests.cli.commands import fibermap, fibermap_program
from tests.reference import reference_data

PROMISED = [
    *("source", "layer", "source_id", "address_id", "full_address", "lat", "lon"),
    *("class", "area_id", "area_name", "phase", "serviceable", "orderable"),
]
PLANS = {"manhattan_mt_ftth_plan.kmz": 23, "manhattan_mt_ftth_plan.esri.json": 21}
"""The plan's files, and how many features each has."""


@pytest.mark.parametrize("plan", PLANS)
def test_every_row_of_the_county_is_classified_as_expected(plan: str, tmp_path: Path) -> None:
    db, out = tmp_path / "plan.duckdb", tmp_path / "records.csv"
    files = [reference_data("manhattan_mt/addresses.geojson"), reference_data(f"manhattan_mt/plan/{plan}")]
    expected = _read(reference_data("manhattan_mt/plan/expected_classification.csv"))

    begun = time.perf_counter()
    ran = fibermap_program("--db", db, "--json", "ingest", *files)
    print(f"{plan}: {time.perf_counter() - begun:.1f} s from nothing to classified")  # noqa: T201

    assert ran.code == 0, ran.err
    assert [count["read"] for count in ran.json["files"]] == [3713, PLANS[plan]]
    assert fibermap("--db", db, "export", "source-records", out).code == 0
    records = [row for row in _read(out) if row["source"] == "addresses.geojson"]
    assert len(records) == len(expected) == 3713
    assert {row["source_id"]: row["class"] for row in records} == {row["OBJECTID"]: row["CLASS"] for row in expected}
    assert list(records[0])[: len(PROMISED)] == PROMISED
    assert {row["serviceable"] for row in records} <= {"true", "false"}


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
