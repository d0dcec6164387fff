"""Coverage gaps: clusters of serviceable addresses beyond coverage, with their size and distance to the network."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.spatial.clusters import cluster, outline
from fibermap.spatial.routes import nearest_lines
from fibermap.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap.

    ``geometry`` is in EPSG:4326; ``distance_m`` is metres on the ground to the nearest area or network, None where
    there is neither; ``addresses`` counts serviceable units, ``points`` address points, ``demand``
    how often somebody asked about one of them.
    """

    gap_id: int
    addresses: int
    points: int
    distance_m: float | None
    geometry: BaseGeometry
    demand: int = 0


UNSERVED = "class = 'out-of-coverage' AND serviceable AND lon IS NOT NULL"
"""SQL for the addresses that gaps are made of, of those that may be listed."""

_UNSERVED = f"SELECT address_id, lon, lat, units FROM listed_addresses WHERE {UNSERVED} AND %s ORDER BY address_id"
_NETWORK = """
    SELECT geometry FROM plan_feature
    WHERE to_version IS NULL AND class IS NOT NULL AND role IN ('coverage', 'network_points', 'network_lines')
"""


def find_gaps(
    uow: UnitOfWork, settings: Settings, condition: str = "true", params: Mapping[str, Any] | None = None
) -> list[Gap]:
    """Return the gaps, most addresses first; addresses within ``settings.gap_link_m`` of one another are one gap.

    Of the addresses that a condition over the columns of the view ``addresses`` leaves; it comes from code and its
    values as parameters.
    """
    unserved = uow.sql.arrow("gaps.unserved", _UNSERVED % condition, params or None)
    lon, lat = unserved["lon"].to_numpy(), unserved["lat"].to_numpy()
    if not len(lon):
        return []
    labels = cluster(lon, lat, settings.gap_link_m, settings.gap_minimum)
    away = _distances(lon, lat, labels, _edges(uow))
    asked = _demand(uow, unserved["address_id"])
    units, ids = unserved["units"].to_numpy(), unserved["address_id"].to_numpy()
    gaps = []
    for label, at in enumerate(_members(labels)):
        gaps.append(
            Gap(
                gap_id=stable_id("gap", *ids[at].tolist()),
                addresses=int(units[at].sum()),
                points=len(at),
                distance_m=None if np.isinf(away[label]) else float(away[label]),
                geometry=outline(lon[at], lat[at], settings.gap_link_m / 4),
                demand=int(asked[at].sum()),
            )
        )
    return sorted(gaps, key=lambda gap: (-gap.addresses, gap.gap_id))


RANKS: Mapping[str, Callable[[Gap], float]] = {
    "addresses": lambda gap: -gap.addresses,
    "distance": lambda gap: np.inf if gap.distance_m is None else gap.distance_m,
    "demand": lambda gap: -gap.demand,
}


def ranked(gaps: Sequence[Gap], by: str) -> list[Gap]:
    """Return gaps in order of ``addresses`` (most first), ``distance`` (nearest first) or ``demand`` (most first)."""
    return sorted(gaps, key=lambda gap: (RANKS[by](gap), -gap.addresses, gap.gap_id))


def _members(labels: npt.NDArray[np.int32]) -> list[npt.NDArray[np.intp]]:
    """Return the positions of each group, in the order that they stand in."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(labels.max() + 2))
    return [order[first:last] for first, last in itertools.pairwise(starts)]


def _demand(uow: UnitOfWork, address_id: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Return how often each address was asked about; shape ``(n,)``."""
    asked = uow.sql.arrow(
        "gaps.demand",
        """
        SELECT count(c.check_id) AS n FROM places p LEFT JOIN address_check c ON c.address_id = p.address_id
        GROUP BY p.place ORDER BY p.place
        """,
        places=pa.table({"address_id": address_id, "place": np.arange(len(address_id))}),
    )
    return np.asarray(asked["n"].to_numpy(), dtype=np.int64)


def _edges(uow: UnitOfWork) -> npt.NDArray[np.object_]:
    """Return what a gap can be connected to, as lines: edges of areas, routes, and terminals as lines of no length."""
    table = uow.sql.arrow("gaps.network", _NETWORK)
    shapes = shapely.from_wkb(np.array(table["geometry"].to_pylist(), dtype=object))
    dimension = shapely.get_dimensions(shapes)
    points = shapely.get_coordinates(shapely.centroid(shapes[dimension == 0]))
    stubs = (
        shapely.linestrings(np.repeat(points[:, None, :], 2, axis=1)) if len(points) else points[:, 0].astype(object)
    )
    return np.concatenate([shapely.boundary(shapes[dimension == 2]), shapes[dimension == 1], stubs])


def metres_to_network(
    uow: UnitOfWork, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return for each place the metres on the ground to the nearest area or network; infinite where there is none."""
    return _distances(lon, lat, np.arange(len(lon), dtype=np.int32), _edges(uow)) if len(lon) else np.empty(0)


def _distances(
    lon: npt.NDArray[np.float64],
    lat: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int32],
    network: npt.NDArray[np.object_],
) -> npt.NDArray[np.float64]:
    """Return, for each group, the metres from its nearest member to the network; infinite where there is none."""
    nearest = np.full(labels.max() + 1, np.inf)
    at = np.flatnonzero(labels >= 0)
    if len(network) and len(at):
        _, distance_m, _, _ = nearest_lines(lon[at], lat[at], network)
        np.fmin.at(nearest, labels[at], distance_m)
    return nearest


def as_table(gaps: list[Gap]) -> pa.Table:
    """Return gaps as an Arrow table; ``geometry`` is WKB in EPSG:4326."""
    return pa.table(
        {
            "gap_id": pa.array([gap.gap_id for gap in gaps], type=pa.int64()),
            "addresses": pa.array([gap.addresses for gap in gaps], type=pa.int64()),
            "points": pa.array([gap.points for gap in gaps], type=pa.int64()),
            "distance_m": pa.array([gap.distance_m for gap in gaps], type=pa.float64()),
            "demand": pa.array([gap.demand for gap in gaps], type=pa.int64()),
            "geometry": pa.array([shapely.to_wkb(gap.geometry) for gap in gaps], type=pa.binary()),
        }
    )
