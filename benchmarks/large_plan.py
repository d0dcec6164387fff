"""A plan database of millions of addresses, written set by set as the product leaves it after a promote.

Reading and standardising ten million rows is measured elsewhere; here only what a county of that size looks like in the
database matters: addresses along the Hilbert curve, a record behind each and a second one behind some, the areas of the
plan in phases, and the verdicts, flags and changes that the product itself derives from them.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from benchmarks.promise import check_disk
from benchmarks.service_areas import make_areas, make_points
from fibermap.coverage.reclassify import reclassify_all
from fibermap.coverage.versions import open_version
from fibermap.kernel.ids import stable_id
from fibermap.plan import Plan
from fibermap.store import Store, UnitOfWork

_SEED = 20261123
_AREAS_PER_PHASE = 120
_SECOND_RECORD_EVERY = 50
_MEMORY = "4GB"

_WORLD = "{'min_x': -180, 'min_y': -90, 'max_x': 180, 'max_y': 90}::BOX_2D"

_PLACES = f"""
    CREATE TEMP TABLE place AS
    SELECT (row_number() OVER ())::BIGINT AS n, lon, lat
    FROM (SELECT lon, lat FROM points ORDER BY ST_Hilbert(lon, lat, {_WORLD}))
"""
# Ids have no order in space, as the product's have none.
_HOMES = """
    CREATE TEMP TABLE home AS
    SELECT (hash(n) >> 11)::BIGINT AS address_id, n, lon, lat,
           (100 + 2 * (n % 100))::INTEGER AS number, 'TOWN ' || n // 40000 AS city,
           (n // 100 % 400) || ' ROW' AS street, lpad((59000 + n // 40000 % 1000)::VARCHAR, 5, '0') AS zip
    FROM place
"""
_KEYS = "INSERT INTO address_key SELECT address_id FROM home"
_ADDRESSES = """
    INSERT INTO address BY NAME
    SELECT address_id, address_id AS location_id, number, street AS street_name, 'ST' AS post_type,
           city, 'MT' AS state, zip, number || ' ' || street || ' ST' AS delivery_line,
           number || ' ' || street || ' ST, ' || city || ' MT ' || zip AS full_address,
           street || '|ST' AS street_key, number || '|' || street || '|ST|' || zip AS canonical_key,
           lon, lat, 'rooftop' AS placement, 'residential' AS kind, true AS serviceable, 'DWELLING' AS type_raw,
           false AS provisional, address_id AS record_id,
           CASE WHEN n % $every = 0 THEN 2 ELSE 1 END AS records,
           true AS listed, true AS answerable, true AS sellable,
           hash(address_id)::UHUGEINT AS content, 1 AS from_version
    FROM home ORDER BY n
"""
_RECORDS = """
    INSERT INTO source_record BY NAME
    SELECT address_id + $shift AS record_id, 1 + $shift AS source_id, 'addresses' AS layer, n AS row,
           n::VARCHAR AS source_fid, '{"ID":' || n || ',"TYPE":"DWELLING"}' AS attributes,
           number, street AS street_name, 'ST' AS post_type, city, 'MT' AS state, zip,
           number || ' ' || street || ' ST' AS delivery_line, street || '|ST' AS street_key,
           number || '|' || street || '|ST|' AS place_key, number || '|' || street || '|ST|' || zip AS identity_basis,
           lon, lat, 'rooftop' AS placement, 'DWELLING' AS type_raw, 'residential' AS kind,
           true AS serviceable, hash(address_id)::UHUGEINT AS content, 1 AS from_version
    FROM home WHERE $shift = 0 OR n % $every = 0 ORDER BY n
"""
_LINKS = """
    INSERT INTO record_address BY NAME
    SELECT address_id + $shift AS record_id, address_id, number || '|' || street || '|ST|' || zip AS canonical_key,
           hash(address_id)::UHUGEINT AS content, 1 AS from_version
    FROM home WHERE $shift = 0 OR n % $every = 0 ORDER BY n
"""


def build_large_plan(path: Path, addresses: int, areas: int) -> None:
    """Write a new database at ``path``; the same for the same sizes."""
    rng = np.random.default_rng(_SEED)
    shapes = make_areas(areas, rng)
    lon, lat = make_points(addresses, shapes, rng)
    with Plan(Store.open(path, memory_limit=_MEMORY)) as plan:
        plan.store.run(lambda uow: _write_sources(uow, shapes), cause="benchmark")
        plan.store.run(lambda uow: _write_addresses(uow, lon, lat), cause="benchmark")
        plan.store.run(lambda uow: reclassify_all(uow, 1, plan.settings, cause="benchmark"), cause="benchmark")


def build_in_process(path: Path, addresses: int, areas: int) -> None:
    """Build in a process of its own, so that none of its memory is left when the measuring begins."""
    command = [sys.executable, "-m", "benchmarks.large_plan", str(path), str(addresses), str(areas)]
    subprocess.run(command, check=True)


@contextmanager
def given_plan(about: str | None, gb_per_million: float) -> Iterator[Path]:
    """Read the command line of a benchmark, and give a plan of that size, or a copy of the one named, for the block."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0] if about else None)
    parser.add_argument("--addresses", type=int, default=1_000_000)
    parser.add_argument("--areas", type=int, default=5_000)
    parser.add_argument("--database", type=Path, help="A plan to copy in the place of building one.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        check_disk(Path(folder), 1 + options.addresses / 1e6 * gb_per_million)
        path = Path(folder) / "plan.duckdb"
        if options.database:
            shutil.copy(options.database, path)
        else:
            build_in_process(path, options.addresses, options.areas)
        yield path


def _write_sources(uow: UnitOfWork, shapes: npt.NDArray[np.object_]) -> None:
    open_version(uow, kind="promote", label="large plan", author="benchmark")
    for source_id, name in enumerate(("county", "second", "plan"), start=1):
        uow.sql.execute(
            "source",
            "INSERT INTO source VALUES (?, ?, ?)",
            [source_id, name, uow.at_utc],
        )
        uow.sql.execute(
            "terms",
            "INSERT INTO source_terms VALUES (?, 'not_stated', ?, NULL, ?, 1, NULL)",
            [source_id, "lists,planning,public_answers,sales", source_id],
        )
    uow.sql.execute(
        "plan", "INSERT INTO plan_feature BY NAME SELECT *, 1 AS from_version FROM areas", areas=_area_rows(shapes)
    )


def _area_rows(shapes: npt.NDArray[np.object_]) -> pa.Table:
    """Return the areas as coverage in phases of neighbours; every other phase is live."""
    centre = shapely.get_coordinates(shapely.centroid(shapes))
    order = np.lexsort((centre[:, 1], np.round(centre[:, 0], 1)))
    phase = np.empty(len(shapes), dtype=np.int64)
    phase[order] = np.arange(len(shapes)) // _AREAS_PER_PHASE
    word = np.where(phase % 2 == 0, "pre-build", "build")
    bounds = shapely.bounds(shapes)
    n = len(shapes)
    return pa.table(
        {
            "feature_id": pa.array([stable_id("benchmark area", i) for i in range(n)], pa.int64()),
            "source_id": pa.array(np.full(n, 3)),
            "role": pa.array(["coverage"] * n),
            "layer": pa.array(["areas"] * n),
            "row": pa.array(np.arange(1, n + 1)),
            "folder": pa.array([f"Phase {p}" for p in phase]),
            "name": pa.array([f"Area {i}" for i in range(n)]),
            "source_class": pa.array(word),
            "class": pa.array(word),
            "phase": pa.array([f"Phase {p}" for p in phase]),
            "geometry": pa.array(shapely.to_wkb(shapes), pa.binary()),
            **{side: bounds[:, i] for i, side in enumerate(("west", "south", "east", "north"))},
            "size_m": pa.array(np.full(n, 1e6)),
            "attributes": pa.array(["{}"] * n),
            "content": pa.array(np.arange(n)),
        }
    )


def _write_addresses(uow: UnitOfWork, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> None:
    uow.sql.execute("places", _PLACES, points=pa.table({"lon": lon, "lat": lat}))
    uow.sql.execute("homes", _HOMES)
    uow.sql.execute("keys", _KEYS)
    every = {"every": _SECOND_RECORD_EVERY}
    uow.sql.execute("addresses", _ADDRESSES, every)
    for shift in (0, 1):
        uow.sql.execute("records", _RECORDS, {**every, "shift": shift})
        uow.sql.execute("links", _LINKS, {**every, "shift": shift})
    uow.sql.execute("home.drop", "DROP TABLE home")
    uow.sql.execute("place.drop", "DROP TABLE place")


if __name__ == "__main__":
    build_large_plan(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
