"""Which area does each address belong to? The bulk kernel: arrays in, arrays out, no database.

Two engines give the same answers. ``"tree"`` is GEOS behind an R-tree and needs nothing else; ``"cells"`` is machine
code over a grid (see :mod:`fibermap.spatial.cover`). It needs numba, takes the longer to start the more corners the
areas have, and much longer the first time on a machine, when it is compiled, so that it is chosen only for many points.
``FIBERMAP_PURE=1`` in the environment keeps to the tree.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from threading import Lock
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.kernel.errors import Code, InputRefused
from fibermap.spatial.polygons import Polygons, as_numbers, polygons_by_precedence
from fibermap.spatial.tree_match import TreeMatcher

Engine = Literal["tree", "cells"]

CELLS_FROM_POINTS = 200_000
"""Points from which on the machine code is worth its start."""

CELLS_FROM_POINTS_A_CORNER = 1.5
"""The same for areas with many corners, which take longer to sort into cells than the tree takes for few points."""

_PURE = "FIBERMAP_PURE"


class _Matcher(Protocol):
    def areas(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]: ...


def classify_points(
    x: npt.ArrayLike, y: npt.ArrayLike, areas: Sequence[BaseGeometry | None], rank: npt.ArrayLike
) -> npt.NDArray[np.int32]:
    """Find the winning area of every point.

    A point belongs to an area that it intersects: the boundary counts as inside, and every answer is that of GEOS
    (``shapely.intersects(area, point)``), for invalid areas too. Of several areas the best rank wins.

    Parameters
    ----------
    x, y
        Shape ``(n,)``, float64: longitude and latitude (EPSG:4326). NaN or infinite: no area.
    areas
        Polygons, multipolygons, or collections (which count by their polygons). ``None``, empty, other types, and
        polygons with a NaN or infinite coordinate cover nothing.
    rank
        Precedence of each area: 0 wins; among equals the lower index wins.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``, int32: index into ``areas``, or -1.

    Raises
    ------
    InputRefused
        ``argument_invalid``: lengths that do not fit, or things that are not numbers or geometries.
    """
    return AreaCover(areas, rank).classify(x, y)


class AreaCover:
    """Areas prepared once for many points. Safe to share between threads, and to send to other processes.

    What an engine needs is built when it is first used.

    Parameters
    ----------
    areas, rank
        As in :func:`classify_points`.
    engine
        ``"tree"`` or ``"cells"``; by default the tree until :data:`CELLS_FROM_POINTS` points, and
        :data:`CELLS_FROM_POINTS_A_CORNER` for each corner, have been asked for in all, and cells from then on.

    Raises
    ------
    InputRefused
        ``argument_invalid``: as in :func:`classify_points`, or ``"cells"`` without numba.
    """

    def __init__(
        self, areas: Sequence[BaseGeometry | None], rank: npt.ArrayLike, *, engine: Engine | None = None
    ) -> None:
        self._begin(polygons_by_precedence(areas, rank), engine)

    def _begin(self, polygons: Polygons, engine: Engine | None) -> None:
        if engine == "cells" and not _has_numba():
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                "The cells engine needs numba, which is not installed.",
                hint="Install fibermap[fast], or leave the choice of engine to fibermap.",
            )
        self._polygons = polygons
        self._engine = engine
        self._points_seen = 0
        self._corners = int(shapely.get_num_coordinates(polygons.parts).sum())
        self._built: dict[Engine, _Matcher] = {}
        self._lock = Lock()

    def classify(self, x: npt.ArrayLike, y: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """Find the winning area of every point, as :func:`classify_points` does."""
        longitude, latitude = _coordinates(x, y)
        return self._matcher_for(len(longitude)).areas(longitude, latitude)

    def _matcher_for(self, points: int) -> _Matcher:
        with self._lock:
            self._points_seen += points
            engine = self._engine or best_engine(self._points_seen, self._corners)
            if engine not in self._built:
                self._built[engine] = _build(engine, self._polygons)
            return self._built[engine]

    def __getstate__(self) -> dict[str, Any]:
        parts, order, area = self._polygons
        return {"parts": shapely.to_wkb(parts), "order": order, "area": area, "engine": self._engine}

    def __setstate__(self, state: dict[str, Any]) -> None:
        polygons = Polygons(shapely.from_wkb(state["parts"]), state["order"], state["area"])
        self._begin(polygons, state["engine"])


def classify_table(table: pa.Table, cover: AreaCover) -> pa.Table:
    """Find the winning area of every row: Arrow in, Arrow out.

    Parameters
    ----------
    table
        Columns ``id`` (any type), ``lon`` and ``lat`` (numbers, EPSG:4326; NULL: no usable position).
    cover
        The areas.

    Returns
    -------
    pyarrow.Table
        Columns ``id`` as given and ``area`` (int32: index into the cover's areas, -1 where there is none), same order.

    Raises
    ------
    InputRefused
        ``field_missing``: a column is missing.
    """
    missing = [name for name in ("id", "lon", "lat") if name not in table.column_names]
    if missing:
        raise InputRefused(
            Code.FIELD_MISSING,
            f"The table has no column {missing[0]!r}.",
            hint="Name its columns id, lon and lat.",
            field=missing[0],
        )
    area = cover.classify(_as_floats(table["lon"]), _as_floats(table["lat"]))
    return pa.table([table["id"], pa.array(area)], schema=pa.schema([table.schema.field("id"), ("area", pa.int32())]))


def _as_floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    values: npt.NDArray[np.float64] = column.cast(pa.float64()).to_numpy()
    return values


def _coordinates(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    longitude, latitude = as_numbers(x, "Longitudes"), as_numbers(y, "Latitudes")
    if longitude.ndim != 1 or longitude.shape != latitude.shape:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"Longitudes of shape {longitude.shape} and latitudes of shape {latitude.shape} are not points.",
            hint="Pass two arrays of one dimension and equal length.",
        )
    return longitude, latitude


def _has_numba() -> bool:
    return find_spec("numba") is not None


def best_engine(points: int, corners: int = 0) -> Engine:
    """Return the engine that answers so many points among areas of so many corners soonest, of those that there are."""
    wanted = points >= max(CELLS_FROM_POINTS, CELLS_FROM_POINTS_A_CORNER * corners) and os.environ.get(_PURE, "") in (
        "",
        "0",
    )
    return "cells" if wanted and _has_numba() else "tree"


def _build(engine: Engine, polygons: Polygons) -> _Matcher:
    if engine == "tree":
        return TreeMatcher(polygons)
    from fibermap.spatial.cover import CellCover

    return CellCover(polygons)
