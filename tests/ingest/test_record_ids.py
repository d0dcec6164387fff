"""Which of several records under one address is which when a source comes again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import fibermap
from fibermap.plan import Plan
from tests.flow.town import place, write_csv

Spot = tuple[float, float] | None


def ingest(fm: Plan, folder: Path, spots: Sequence[Spot]) -> dict[Spot, list[int]]:
    """Read rows of one address that stand so many metres east and north, and return the record ids at each spot."""
    rows = []
    for spot in spots:
        lon, lat = ("", "") if spot is None else place(*spot)
        rows.append({"ADDRESS": "1 Unknown St", "LAT": lat, "LON": lon})
    fm.ingest(write_csv(folder / "addresses.csv", rows), yes=True, progress=False)
    known = fm.store.sql.rows(
        "test.records", "SELECT record_id, lon, lat FROM source_record WHERE to_version IS NULL ORDER BY record_id"
    )
    by_place = {None if spot is None else place(*spot): spot for spot in spots}
    found: dict[Spot, list[int]] = {}
    for record_id, lon, lat in known:
        found.setdefault(by_place[None if lon is None else (lon, lat)], []).append(record_id)
    return found


def test_what_stands_where_it_stood_keeps_its_id_whoever_comes_near(tmp_path: Path) -> None:
    with fibermap.open(":memory:") as fm:
        before = ingest(fm, tmp_path, [(0, 0), (100, 0), (200, 0)])
        after = ingest(fm, tmp_path, [(0, 0), (1, 0), (200, 0)])
    assert after[0, 0] == before[0, 0]
    assert after[200, 0] == before[200, 0]
    assert after[1, 0] == before[100, 0]


def test_what_has_moved_is_the_nearest_that_is_left(tmp_path: Path) -> None:
    with fibermap.open(":memory:") as fm:
        before = ingest(fm, tmp_path, [(0, 0), (100, 0), (200, 0)])
        after = ingest(fm, tmp_path, [(190, 0), (10, 0), (110, 0)])
    assert [after[x, 0] for x in (10, 110, 190)] == [before[x, 0] for x in (0, 100, 200)]


def test_rows_at_one_spot_and_without_any_keep_their_ids(tmp_path: Path) -> None:
    spots: list[Spot] = [(0, 0), (0, 0), None, None, (50, 0)]
    with fibermap.open(":memory:") as fm:
        before = ingest(fm, tmp_path, spots)
        assert ingest(fm, tmp_path, spots[::-1]) == before
