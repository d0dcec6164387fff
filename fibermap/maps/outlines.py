"""Areas, gaps and network as compact outlines, simplified as far as the size of the file asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

MOST_VERTICES = 60_000
"""Vertices of all outlines together; about 10 bytes each in the file."""
_FIRST_TOLERANCE_DEG = 1e-5
_STEPS_PER_DEGREE = 1e6


def fit_to_budget(shapes: Sequence[BaseGeometry | None], most: int = MOST_VERTICES) -> tuple[list[BaseGeometry], float]:
    """Simplify shapes until they hold at most ``most`` vertices together, or as few as they can.

    Returns
    -------
    shapes
        As many as given, in order, topology preserved; a missing one is empty.
    tolerance_deg
        How far an outline may have moved, degrees; 0 where nothing was simplified.
    """
    whole = np.array([shape or shapely.Point() for shape in shapes], dtype=object)
    simpler, tolerance_deg = whole, 0.0
    while _vertices(simpler) > most and tolerance_deg < 1:
        tolerance_deg = max(tolerance_deg * 2, _FIRST_TOLERANCE_DEG)
        simpler = shapely.simplify(whole, tolerance_deg, preserve_topology=True)
    return list(simpler), tolerance_deg


def _vertices(shapes: npt.NDArray[np.object_]) -> int:
    return int(shapely.get_num_coordinates(shapes).sum())


def encode(shape: BaseGeometry) -> list[Any]:
    """Return a shape for the page.

    A polygon or multipolygon is a list of parts, each a list of rings; a line or multiline a list of paths. A ring or
    path is a flat list ``[x0, y0, dx1, dy1, ...]`` in 1e-6 degrees, longitude first, each pair relative to the last.
    """
    parts = shapely.get_parts(shape)
    if shape.geom_type.endswith("Polygon"):
        return [[_path(ring) for ring in (part.exterior, *part.interiors)] for part in parts]
    return [_path(part) for part in parts if part.geom_type in ("LineString", "LinearRing")]


def _path(line: BaseGeometry) -> list[int]:
    steps = np.rint(shapely.get_coordinates(line) * _STEPS_PER_DEGREE).astype(np.int64)
    return [int(step) for step in np.diff(steps, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel()]
