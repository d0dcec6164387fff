"""The strip of ground on both sides of an area's edge, for points whose own error could put them on either side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

METRES_PER_DEGREE = 111_320.0
"""Of latitude, for windows and bands; distances that decide are measured by :mod:`fibermap.spatial.distance`."""


def edge_bands(areas: Sequence[BaseGeometry] | npt.NDArray[np.object_], width_m: float) -> npt.NDArray[np.object_]:
    """Return, for each area, the polygon of everything within ``width_m`` of its boundary.

    Parameters
    ----------
    areas
        Shape ``(n,)``, polygons in EPSG:4326, longitude first.
    width_m
        Metres on the ground. The band is right to about one part in a hundred away from the poles, which is far
        below the position errors that it stands for.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``, polygons in EPSG:4326.
    """
    boundary = shapely.boundary(np.asarray(areas, dtype=object))
    squeeze = np.cos(np.radians(np.clip(np.nan_to_num(_middle_latitude(boundary)), -89.0, 89.0)))
    squeezed = _scale_x(boundary, squeeze)
    return _scale_x(shapely.buffer(squeezed, width_m / METRES_PER_DEGREE, quad_segs=2), 1 / squeeze)


def _middle_latitude(geometry: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    bounds = shapely.bounds(geometry)
    return np.asarray((bounds[:, 1] + bounds[:, 3]) / 2)


def _scale_x(geometry: npt.NDArray[np.object_], factor: npt.NDArray[np.float64]) -> npt.NDArray[np.object_]:
    coordinates, owner = shapely.get_coordinates(geometry, return_index=True)
    coordinates[:, 0] *= factor[owner]
    return np.asarray(shapely.set_coordinates(geometry.copy(), coordinates))
