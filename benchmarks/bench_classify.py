"""Bulk classification against SedonaDB, geopandas and DuckDB spatial: same inputs, answers compared with GEOS.

``python -m benchmarks.bench_classify --points 10000000 --areas 5000``

Every contender runs in a process of its own and must return the winning area of every point. Inputs are ready in the
form that the contender likes best (arrays, GeoDataFrames, registered tables) before its clock starts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from benchmarks.measure import Measured, measure
from benchmarks.service_areas import make_areas, make_points

Answer = npt.NDArray[np.int32]
_SEED = 20261123
_DUCKDB_POINTS = 200_000
_SLOW_SJOIN_POINTS = 500_000


@dataclass(frozen=True)
class Inputs:
    """What every contender gets; ``place`` is each area's place in the order of precedence."""

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    areas: npt.NDArray[np.object_]
    rank: npt.NDArray[np.int64]

    @classmethod
    def load(cls, folder: Path, points: int | None = None) -> Inputs:
        arrays = [np.load(folder / f"{name}.npy") for name in ("x", "y", "rank")]
        areas = shapely.from_wkb(np.load(folder / "areas.npy", allow_pickle=True))
        return cls(arrays[0][:points], arrays[1][:points], areas, arrays[2])

    def winners(self, point: npt.NDArray[Any], area: npt.NDArray[Any]) -> Answer:
        """Reduce matching pairs to the best area of each point."""
        by_place = np.argsort(self.rank, kind="stable")
        place = np.empty(len(by_place), dtype=np.int32)
        place[by_place] = np.arange(len(by_place))
        best = np.full(len(self.x), len(by_place), dtype=np.int32)
        np.minimum.at(best, point, place[area])
        return np.append(by_place, -1).astype(np.int32)[best]


def geos(data: Inputs) -> list[Measured[Answer]]:
    """Answer by prepared GEOS predicates after an R-tree of areas: the oracle."""
    shapely.prepare(data.areas)
    tree = shapely.STRtree(data.areas)

    def work() -> Answer:
        pairs = []
        for start in range(0, len(data.x), 500_000):
            x, y = data.x[start : start + 500_000], data.y[start : start + 500_000]
            point, area = tree.query(shapely.points(x, y))
            hit = shapely.intersects_xy(data.areas[area], x[point], y[point])
            pairs.append((point[hit] + start, area[hit]))
        return data.winners(*(np.concatenate(column) for column in zip(*pairs, strict=True)))

    return [measure(work)]


def cells(data: Inputs) -> list[Measured[Answer]]:
    """Answer by the cell cover: cold in a new process, cold with the machine code loaded, warm."""
    from fibermap.spatial import AreaCover

    def work() -> Answer:
        return AreaCover(data.areas, data.rank, engine="cells").classify(data.x, data.y)

    first, loaded = measure(work), measure(work)
    cover = AreaCover(data.areas, data.rank, engine="cells")
    cover.classify(data.x[:1], data.y[:1])
    return [first, loaded, min((measure(lambda: cover.classify(data.x, data.y)) for _ in range(3)), key=_seconds)]


def tree(data: Inputs) -> list[Measured[Answer]]:
    """Answer by fibermap's fallback without numba."""
    from fibermap.spatial import AreaCover

    return [measure(lambda: AreaCover(data.areas, data.rank, engine="tree").classify(data.x, data.y))]


def sedona(data: Inputs) -> list[Measured[Answer]]:
    """Answer by SedonaDB's spatial join."""
    import geopandas as gpd
    import pyarrow as pa
    import sedonadb

    db = sedonadb.connect()
    areas = gpd.GeoDataFrame({"area": np.arange(len(data.areas), dtype=np.int32)}, geometry=data.areas)
    points = pa.table({"id": np.arange(len(data.x), dtype=np.int32), "x": data.x, "y": data.y})
    db.create_data_frame(areas).to_view("areas", True)
    db.create_data_frame(points).to_view("points", True)
    query = "SELECT p.id, a.area FROM points p JOIN areas a ON ST_Intersects(a.geometry, ST_Point(p.x, p.y))"

    def work() -> Answer:
        pairs = db.sql(query).to_arrow_table()
        return data.winners(pairs["id"].to_numpy(), pairs["area"].to_numpy())

    return [measure(work)]


def sjoin(data: Inputs, *, areas_left: bool = True) -> list[Measured[Answer]]:
    """Answer by geopandas.sjoin."""
    import geopandas as gpd

    areas = gpd.GeoDataFrame({"area": np.arange(len(data.areas))}, geometry=data.areas)
    points = gpd.GeoDataFrame({"id": np.arange(len(data.x))}, geometry=gpd.points_from_xy(data.x, data.y))

    def work() -> Answer:
        left, right = (areas, points) if areas_left else (points, areas)
        pairs = gpd.sjoin(left, right, predicate="intersects")
        return data.winners(pairs["id"].to_numpy(), pairs["area"].to_numpy())

    return [measure(work)]


def sjoin_points_left(data: Inputs) -> list[Measured[Answer]]:
    """Answer by geopandas.sjoin the other way round."""
    return sjoin(data, areas_left=False)


def duckdb(data: Inputs) -> list[Measured[Answer]]:
    """Answer by DuckDB's spatial join."""
    import duckdb as engine
    import duckdb_extension_spatial
    import pyarrow as pa

    folder = Path(duckdb_extension_spatial.__file__).parent
    db = engine.connect()
    db.execute(f"LOAD '{next(folder.rglob('spatial.duckdb_extension'))}'")
    db.register("wkb", pa.table({"area": np.arange(len(data.areas)), "wkb": shapely.to_wkb(data.areas)}))
    db.register("xy", pa.table({"id": np.arange(len(data.x)), "x": data.x, "y": data.y}))
    db.execute("CREATE TABLE areas AS SELECT area, ST_GeomFromWKB(wkb) AS geometry FROM wkb")
    db.execute("CREATE TABLE points AS SELECT id, ST_Point(x, y) AS geometry FROM xy")
    query = "SELECT p.id, a.area FROM points p JOIN areas a ON ST_Intersects(a.geometry, p.geometry)"

    def work() -> Answer:
        pairs = db.execute(query).fetchnumpy()
        return data.winners(pairs["id"], pairs["area"])

    return [measure(work)]


@dataclass(frozen=True)
class Contender:
    """A way to classify: the names of its measurements, and how many points it is given at most."""

    run: Callable[[Inputs], list[Measured[Answer]]]
    labels: tuple[str, ...]
    most_points: int | None = None
    fresh_cache: bool = False


CONTENDERS = {
    "geos": Contender(geos, ("GEOS, prepared, after STRtree (oracle)",)),
    "cells-first": Contender(cells, ("fibermap, first run ever (compiles)",), 1_000_000, fresh_cache=True),
    "cells": Contender(cells, ("fibermap cold, new process", "fibermap cold", "fibermap warm")),
    "sedona": Contender(sedona, ("SedonaDB",)),
    "sjoin": Contender(sjoin, ("geopandas.sjoin, areas left",)),
    "sjoin-points-left": Contender(sjoin_points_left, ("geopandas.sjoin, points left",), _SLOW_SJOIN_POINTS),
    "tree": Contender(tree, ("fibermap without numba",), 1_000_000),
    "duckdb": Contender(duckdb, ("DuckDB ST_Intersects",), _DUCKDB_POINTS),
}


def _seconds(measured: Measured[Answer]) -> float:
    return measured.seconds


def run_one(name: str, folder: Path) -> None:
    """Run one contender in this process; print its measurements as JSON, leave its answer in the folder."""
    data = Inputs.load(folder, CONTENDERS[name].most_points)
    results = CONTENDERS[name].run(data)
    np.save(folder / f"{name}.answer.npy", results[-1].value)
    rows = [
        {
            "points": len(data.x),
            "seconds": result.seconds,
            "peak_mb": result.peak_mb,
            "hits": int((result.value >= 0).sum()),
        }
        for result in results
    ]
    print(json.dumps(rows))


def run_in_process(name: str, folder: Path) -> list[dict[str, Any]]:
    """Run one contender in a process of its own and count its differences from the oracle."""
    environment = dict(os.environ)
    if CONTENDERS[name].fresh_cache:
        environment["NUMBA_CACHE_DIR"] = str(folder / "numba")
    command = [sys.executable, "-m", "benchmarks.bench_classify", "--contender", name, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        print(f"{name} failed: {done.stderr.strip().splitlines()[-1:]}")
        return []
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    answer = np.load(folder / f"{name}.answer.npy")
    oracle = np.load(folder / "geos.answer.npy")[: len(answer)]
    differences = int((answer != oracle).sum())
    return [
        {**row, "label": label, "differences": differences}
        for label, row in zip(CONTENDERS[name].labels, rows, strict=False)
    ]


def print_table(rows: list[dict[str, Any]]) -> None:
    """Print all measurements, and how many times longer each takes per point than fibermap cold and warm."""
    pace = {row["label"]: row["seconds"] / row["points"] for row in rows}
    print(f"{'':40}{'points':>12}{'seconds':>10}{'ns/point':>10}{'x cold':>8}{'x warm':>8}{'peak MB':>9}{'differ':>8}")
    for row in rows:
        each = pace[row["label"]]
        ratios = [each / pace.get(f"fibermap {state}", float("nan")) for state in ("cold", "warm")]
        print(
            f"{row['label']:40}{row['points']:12,}{row['seconds']:10.3f}{each * 1e9:10.1f}"
            f"{ratios[0]:8.1f}{ratios[1]:8.1f}{row['peak_mb']:9.0f}{row['differences']:8}"
        )


def main() -> None:
    """Make the inputs and let every contender run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--areas", type=int, default=5_000)
    parser.add_argument("--only", nargs="*", choices=CONTENDERS, help="contenders to run; the oracle always does")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        run_one(options.contender, options.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rng = np.random.default_rng(_SEED)
        areas = make_areas(options.areas, rng)
        x, y = make_points(options.points, areas, rng)
        np.save(folder / "x.npy", x)
        np.save(folder / "y.npy", y)
        np.save(folder / "rank.npy", rng.integers(0, 2, len(areas)))
        np.save(folder / "areas.npy", shapely.to_wkb(areas), allow_pickle=True)
        print(f"{len(x):,} points, {len(areas):,} areas, {shapely.get_num_coordinates(areas).sum():,} vertices")
        chosen = [name for name in CONTENDERS if name == "geos" or not options.only or name in options.only]
        print_table([row for name in chosen for row in run_in_process(name, folder)])


if __name__ == "__main__":
    main()
