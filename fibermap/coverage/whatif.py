"""What if we built here: the homes that a proposed area or route would pass, its length, its cost, its payback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.area_shapes import require_area
from fibermap.coverage.payback import Construction, Economics, economics
from fibermap.coverage.scope import widen
from fibermap.coverage.unit_costs import unit_costs
from fibermap.coverage.versions import current_version
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Settings
from fibermap.spatial.metres import from_local, ground_distance_m, length_m, to_local
from fibermap.spatial.routes import nearest_lines
from fibermap.store import UnitOfWork

MOST_BUFFER_M = 2_000.0
MOST_ROUTE_HOMES = 20_000
"""Places from which on the shortest route is estimated over a grid, one place a cell."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that might be built.

    ``shape`` in EPSG:4326 is a polygon, which passes what is inside, or a line, which passes what is within
    ``buffer_m`` metres on the ground. ``route``, for a polygon: the route to be built in it; without one the shortest
    that links the homes is estimated. ``costs`` stand for this question alone in the place of those that are set.
    """

    shape: BaseGeometry
    buffer_m: float = 60.0
    route: BaseGeometry | None = None
    construction: Construction = Construction.BURIED
    costs: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_line(self) -> bool:
        """Whether it is a route."""
        return bool(shapely.get_dimensions(self.shape) == 1)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer, as of a plan version.

    Attributes
    ----------
    addresses, homes
        Address points, and homes passed (units that one sells to), by class now.
    serviceable
        Address points that one sells to.
    held, connected
        Address points under a hold, and units that are connected already.
    route_m, link_m
        New route, and of it what leads to the nearest network there is; None where there is no network.
    route_estimated
        Whether the route inside is the shortest that links the homes, and nobody drew it.
    """

    plan_version: int
    addresses: dict[str, int]
    homes: dict[str, int]
    homes_passed: int
    serviceable: int
    held: int
    connected: int
    route_m: float
    link_m: float | None
    route_estimated: bool
    construction: str
    costs: dict[str, float]
    economics: Economics

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def what_if(uow: UnitOfWork, proposal: Proposal, settings: Settings) -> WhatIf:
    """Return what a proposal would pass and cost. Writes nothing.

    Raises
    ------
    InputRefused
        For a shape that is no area or no line, a buffer that is no distance, costs that there are not.
    """
    _check(proposal, settings)
    costs = unit_costs(uow).changed(proposal.costs)
    inside = _passed(uow, proposal)
    link_m = _link_m(uow, proposal.route or proposal.shape)
    own_m, estimated = _route_m(proposal, inside)
    route_m = own_m + (link_m or 0.0)
    homes = _sums(inside["class"], inside["units"])
    return WhatIf(
        plan_version=current_version(uow),
        addresses=_sums(inside["class"], np.ones(inside.num_rows, dtype=np.int64)),
        homes=homes,
        homes_passed=sum(homes.values()),
        serviceable=int(np.count_nonzero(inside["serviceable"].to_numpy(zero_copy_only=False))),
        held=inside.num_rows - inside["holds"].null_count,
        connected=int(np.isin(inside["connectivity"].to_numpy(zero_copy_only=False), ["active", "suspended"]).sum()),
        route_m=route_m,
        link_m=link_m,
        route_estimated=estimated,
        construction=str(proposal.construction),
        costs=asdict(costs),
        economics=economics(homes, route_m, proposal.construction, costs),
    )


def _check(proposal: Proposal, settings: Settings) -> None:
    if not proposal.is_line:
        require_area(proposal.shape, sliver_m2=settings.sliver_m2)
    elif not 0 < proposal.buffer_m <= MOST_BUFFER_M:
        raise InputRefused(Code.ARGUMENT_INVALID, f"A buffer is up to {MOST_BUFFER_M:,.0f} m.", field="buffer_m")
    for line in (proposal.route, proposal.shape if proposal.is_line else None):
        bounds = shapely.bounds(line)
        if line is not None and not (np.isfinite(bounds).all() and np.ptp(bounds.reshape(2, 2), axis=0).max() < 10):
            raise InputRefused(Code.GEOMETRY_BROKEN, "The route is no line of a few miles.", hint="Draw it again.")


_NEAR = """
    SELECT class, units, serviceable, holds, connectivity, lon, lat FROM addresses
    WHERE lon BETWEEN $west AND $east AND lat BETWEEN $south AND $north
"""


def _passed(uow: UnitOfWork, proposal: Proposal) -> pa.Table:
    """Return the addresses that a proposal passes; the edge of an area is inside, the limit of a route too."""
    box = np.array([proposal.shape.bounds])
    if proposal.is_line:
        box = widen(box, proposal.buffer_m)
    near = uow.sql.arrow(
        "whatif.near", _NEAR, dict(zip(("west", "south", "east", "north"), box[0].tolist(), strict=True))
    )
    lon, lat = near["lon"].to_numpy(), near["lat"].to_numpy()
    if proposal.is_line:
        lines = shapely.get_parts(np.array([proposal.shape], dtype=object))
        passed = np.isfinite(nearest_lines(lon, lat, lines, proposal.buffer_m).distance_m)
    else:
        shapely.prepare(proposal.shape)
        passed = shapely.intersects_xy(proposal.shape, lon, lat)
    return near.filter(pa.array(passed))


def _window(box: Floats) -> dict[str, float]:
    return dict(zip(("west", "south", "east", "north"), box[0].tolist(), strict=True))


def _sums(of: pa.ChunkedArray, values: Any) -> dict[str, int]:
    table = pa.table({"class": of, "n": pa.chunked_array([values]) if isinstance(values, np.ndarray) else values})
    counted = table.group_by("class").aggregate([("n", "sum")]).sort_by("class")
    return {str(row["class"]): int(row["n_sum"] or 0) for row in counted.to_pylist()}


def _route_m(proposal: Proposal, inside: pa.Table) -> tuple[float, bool]:
    if proposal.is_line:
        return float(length_m(proposal.shape)[0]), False
    if proposal.route is not None:
        return float(length_m(proposal.route)[0]), False
    is_new = inside["class"].to_numpy(zero_copy_only=False) != "build"
    homes = is_new & (inside["units"].to_numpy() > 0)
    return linking_m(inside["lon"].to_numpy()[homes], inside["lat"].to_numpy()[homes]), True


def linking_m(lon: Floats, lat: Floats) -> float:
    """Return the length of the shortest tree of straight lines that links places, metres on the ground.

    It is the minimum spanning tree, found among the edges of the Delaunay triangulation. Beyond 20,000 places those of
    one cell of a grid count as one, which makes it a little shorter.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    places = np.unique(np.column_stack([lon, lat]), axis=0)
    if len(places) > MOST_ROUTE_HOMES:
        side = np.ptp(places, axis=0).max() / np.sqrt(MOST_ROUTE_HOMES)
        _, first = np.unique(np.floor(places / side), axis=0, return_index=True)
        places = places[first]
    if len(places) < 2:
        return 0.0
    one, other = _edges(places)
    apart_m = ground_distance_m(places[one, 0], places[one, 1], places[other, 0], places[other, 1])
    tree = minimum_spanning_tree(coo_array((apart_m, (one, other)), shape=(len(places), len(places))).tocsr())
    return float(tree.sum())


def _edges(places: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    from scipy.spatial import Delaunay, QhullError

    flat = shapely.get_coordinates(to_local(shapely.points(places), tuple(places[0])))
    try:
        triangles = Delaunay(flat)
    except QhullError:  # fewer than three places, or all on one line: neighbours along it
        order = np.lexsort((flat[:, 1], flat[:, 0]))
        return order[:-1], order[1:]
    corners, beside = triangles.simplices, triangles.coplanar[:, [0, 2]]  # the latter stand all but on a corner
    pairs = np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]], beside]), axis=1)
    pairs = np.unique(pairs, axis=0)
    return pairs[:, 0], pairs[:, 1]


_NETWORK = """
    SELECT geometry FROM plan_feature
    WHERE to_version IS NULL AND class IS NOT NULL AND role = $role
      AND west <= $east AND east >= $west AND south <= $north AND north >= $south
"""
_REACHES_M = (300.0, 3_000.0, 30_000.0)


def _link_m(uow: UnitOfWork, shape: BaseGeometry) -> float | None:
    """Return metres on the ground from a proposal to the nearest network, None within 30 km of none.

    Cables, conduits and terminals come first; a plan that has none of them near is reached at the edge of its areas.
    """
    for roles in (("network_lines", "network_points"), ("coverage",)):
        for reach_m in _REACHES_M:
            window = _window(widen(np.array([shape.bounds]), reach_m))
            rows = [row for role in roles for row in uow.sql.rows("whatif.network", _NETWORK, {**window, "role": role})]
            found = _apart_m(shape, shapely.from_wkb(np.array([row[0] for row in rows], dtype=object)))
            if found is not None and found <= reach_m:
                return found
    return None


def _apart_m(shape: BaseGeometry, network: npt.NDArray[np.object_]) -> float | None:
    """Return the least distance on the ground between a shape and any of some others; 0 where they meet."""
    if not len(network):
        return None
    origin = (float(shape.centroid.x), float(shape.centroid.y))
    near, there = to_local(shape, origin), to_local(network, origin)
    nearest = shapely.shortest_line(near, there[shapely.distance(near, there).argmin()])
    metres = shapely.length(nearest)
    if metres == 0:
        return 0.0
    ends = shapely.get_coordinates(from_local(nearest, origin))
    return float(ground_distance_m(*ends[0][:, None], *ends[1][:, None])[0])
