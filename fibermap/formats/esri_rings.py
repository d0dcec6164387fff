"""Which of a polygon's rings are exteriors, and whose the holes are.

Esri writes a polygon as one flat list of rings: exteriors run clockwise, holes counter-clockwise. Many writers get the
direction wrong, so a ring's role is taken from nesting, as GDAL does, and its direction decides only where nesting
cannot: rings that overlap without one holding the other. Source: ArcGIS REST API, Geometry objects, Polygon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from fibermap.formats.esri_curves import Vertices

MOST_PAIRS = 5_000_000
"""Most pairs of rings whose boxes overlap; more is not a map but an attack."""

_PAIRS_AT_ONCE = 2_000_000


class RingsTooEntangledError(ValueError):
    """More rings lie in one another than can be told apart in bounded time."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """Rings made into a polygon; ``turned`` are those whose direction contradicts their role, ``repeated`` left out."""

    geometry: BaseGeometry
    turned: tuple[int, ...] = ()
    repeated: tuple[int, ...] = ()


def signed_area(ring: Vertices) -> float:
    """Return the area inside a closed ring, positive when it runs counter-clockwise, in square units."""
    x, y = (ring - ring[0]).T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def assemble(rings: Sequence[Vertices]) -> Assembly:
    """Build a Polygon or MultiPolygon.

    Parameters
    ----------
    rings
        At least one; each closed, of shape (n, 2) with n >= 4, of non-zero area.

    Raises
    ------
    RingsTooEntangledError
        More than :data:`MOST_PAIRS` pairs of rings would have to be compared.
    """
    if len(rings) == 1:
        return Assembly(shapely.polygons(rings[0]))
    areas = np.array([signed_area(ring) for ring in rings])
    shapes = np.array([shapely.polygons(ring) for ring in rings], dtype=object)
    order = np.argsort(-np.abs(areas), kind="stable")
    nest = _Nest(rings, areas, shapes, shapely.STRtree(shapes), order)
    for ring in order:
        nest.settle(int(ring))
    return nest.assembly()


class _Nest:
    """Rings that take their places one after another, the largest first."""

    def __init__(
        self,
        rings: Sequence[Vertices],
        areas: NDArray[np.float64],
        shapes: NDArray[np.object_],
        tree: shapely.STRtree,
        order: NDArray[np.int64],
    ) -> None:
        self._rings, self._areas, self._shapes, self._tree = rings, areas, shapes, tree
        self._parents = _parents(shapes, tree, order)
        self._holes: dict[int, list[int]] = {}  # by exterior
        self._owner: dict[int, int] = {}  # exterior, by hole
        self._repeated: dict[int, int] = {}  # the ring it repeats, by ring
        self._compared = 0

    def settle(self, ring: int) -> None:
        parent = int(self._parents[ring])
        if parent in self._repeated:
            parent = self._parents[ring] = self._repeated[parent]
        if parent >= 0 and self._repeats(ring, parent):
            self._repeated[ring] = parent
        elif (owner := self._shell_around(ring, parent)) >= 0:
            self._holes[owner].append(ring)
            self._owner[ring] = owner
        else:
            self._holes[ring] = []

    def _shell_around(self, ring: int, parent: int) -> int:
        """Return the exterior that this ring is cut from, or -1 where it is an exterior itself."""
        runs_as_hole = self._areas[ring] > 0
        if parent >= 0:
            is_island = parent not in self._holes
            if is_island or not (runs_as_hole or shapely.covers(self._shapes[parent], self._shapes[ring])):
                return -1
            return parent
        return self._shell_under(ring) if runs_as_hole else -1

    def _shell_under(self, ring: int) -> int:
        """Return the clockwise exterior that a hole which sticks out of it begins in, or -1."""
        for shell in self._holes:
            overlaps = shapely.intersects(shapely.envelope(self._shapes[shell]), self._shapes[ring])
            if (
                self._areas[shell] < 0
                and overlaps
                and shapely.contains_xy(self._shapes[shell], self._rings[ring]).any()
            ):
                return shell
        return -1

    def _repeats(self, ring: int, parent: int) -> bool:
        same_area = np.isclose(self._areas[ring], self._areas[parent], rtol=1e-9, atol=0)
        return bool(same_area and shapely.equals(self._shapes[ring], self._shapes[parent]))

    def assembly(self) -> Assembly:
        exteriors = sorted(self._holes)
        parts = [shapely.polygons(self._rings[e], [self._rings[h] for h in self._holes[e]] or None) for e in exteriors]
        turned = [ring for ring in range(len(self._rings)) if self._is_turned(ring)]
        if len(turned) + len(self._repeated) == len(self._rings):
            turned = []  # the whole polygon runs the other way round, which says nothing against any one ring
        geometry = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
        return Assembly(geometry, tuple(turned), tuple(sorted(self._repeated)))

    def _is_turned(self, ring: int) -> bool:
        if ring in self._owner:
            return bool(self._areas[ring] < 0)
        return ring in self._holes and bool(self._areas[ring] > 0)


def _parents(shapes: NDArray[np.object_], tree: shapely.STRtree, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each ring the smallest ring that a point inside it lies in, or -1. Largest rings come first in order.

    A point inside stands for the ring, so that holes which touch their shell count as inside it.
    """
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    probes = shapely.point_on_surface(shapes)
    shapely.prepare(shapes)
    parent_rank = np.full(order.size, -1, dtype=np.int64)
    pairs = 0
    step = max(1, _PAIRS_AT_ONCE // order.size)
    for first in range(0, order.size, step):
        inner, outer = tree.query(probes[first : first + step])
        inner += first
        pairs += inner.size
        if pairs > MOST_PAIRS:
            raise RingsTooEntangledError(
                f"more than {MOST_PAIRS:,} pairs of its {order.size:,} rings lie in one another"
            )
        larger = rank[outer] < rank[inner]
        inner, outer = inner[larger], outer[larger]
        inside = shapely.intersects(shapes[outer], probes[inner])
        np.maximum.at(parent_rank, inner[inside], rank[outer[inside]])
    return np.where(parent_rank >= 0, order[parent_rank], -1)


def _refuse_if_entangled(pairs: int, rings: int) -> None:
    if pairs > MOST_PAIRS:
        raise RingsTooEntangledError(f"more than {MOST_PAIRS:,} pairs of its {rings:,} rings lie in one another")
