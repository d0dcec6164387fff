"""The nearest terminal of a million addresses: seconds, ratio to geopandas, and the largest error against the geodesic.

Run: ``python -m benchmarks.bench_nearest``. Prints one line per fact and ends with 1 if a number is missed.
"""

from __future__ import annotations

import sys

import geopandas
import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from benchmarks.measure import measure
from fibermap.spatial.distance import nearest_points
from fibermap.spatial.routes import nearest_lines

ADDRESSES, TERMINALS, COMPARED = 1_000_000, 50_000, 100_000
ALLOWED_S, ALLOWED_ERROR_M, DROP_M = 3.0, 1e-3, 500.0
WEST, SOUTH, SIDE_DEG = -111.8, 45.2, 1.5
PROJECTED = "EPSG:6514"

Place = tuple[NDArray[np.float64], NDArray[np.float64]]


def main() -> int:
    random = np.random.default_rng(20)
    addresses, terminals = scattered(random, ADDRESSES), scattered(random, TERMINALS)

    nearest = measure(lambda: nearest_points(*addresses, *terminals))
    print(f"nearest of {TERMINALS:,} terminals for {ADDRESSES:,} addresses: {nearest.seconds:.2f} s", end=", ")
    print(f"peak {nearest.peak_mb:,.0f} MB")

    error_m = largest_error_m(addresses, terminals, *nearest.value)
    print(f"largest error at drop length against the geodesic: {error_m:.1e} m")

    few = (addresses[0][:COMPARED], addresses[1][:COMPARED])
    ours = measure(lambda: nearest_points(*few, *terminals))
    theirs, differing = by_geopandas(few, terminals, ours.value.target)
    print(
        f"{COMPARED:,} addresses: {ours.seconds:.2f} s, geopandas.sjoin_nearest in {PROJECTED} {theirs:.2f} s", end=", "
    )
    print(f"{theirs / ours.seconds:.1f} times as long; {differing:,} answers differ")

    routes = geopandas.GeoSeries.from_wkt(
        [f"LINESTRING ({x} {y}, {x + 0.004} {y + 0.001})" for x, y in zip(*terminals, strict=True)]
    )
    lines = measure(lambda: nearest_lines(*addresses, routes.to_numpy(), limit_m=DROP_M))
    print(f"nearest of {TERMINALS:,} routes within {DROP_M:.0f} m for {ADDRESSES:,} addresses: {lines.seconds:.2f} s")

    return int(nearest.seconds > ALLOWED_S or error_m > ALLOWED_ERROR_M)


def scattered(random: np.random.Generator, count: int) -> Place:
    return WEST + SIDE_DEG * random.random(count), SOUTH + SIDE_DEG * random.random(count)


def largest_error_m(
    addresses: Place, terminals: Place, target: NDArray[np.int32], distance_m: NDArray[np.float64]
) -> float:
    """Compare every distance up to drop length with Karney's geodesic."""
    near = np.flatnonzero(distance_m <= DROP_M)
    lon, lat = (values[near] for values in addresses)
    there_lon, there_lat = (values[target[near]] for values in terminals)
    geodesic_m = Geod(ellps="WGS84").inv(lon, lat, there_lon, there_lat)[2]
    return float(np.abs(distance_m[near] - geodesic_m).max())


def by_geopandas(addresses: Place, terminals: Place, target: NDArray[np.int32]) -> tuple[float, int]:
    """Return the seconds of the join alone, without projecting, and how many addresses get another terminal."""
    points, ends = (
        geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(*place, crs=4326)).to_crs(PROJECTED)
        for place in (addresses, terminals)
    )
    joined = measure(lambda: geopandas.sjoin_nearest(points, ends, distance_col="distance_m"))
    index = joined.value[~joined.value.index.duplicated()]["index_right"].to_numpy()
    return joined.seconds, int((index != target).sum())


if __name__ == "__main__":
    sys.exit(main())
