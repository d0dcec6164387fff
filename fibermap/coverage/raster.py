"""A coarse raster that says of many rectangles at once where none of them is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_NARROWEST_DEG = 1e-9


@dataclass(frozen=True, slots=True)
class Raster:
    """Cells of ``dx`` by ``dy`` degrees around the points of a lattice that begins at ``west``, ``south``.

    A place belongs to the cell of the lattice point that its column and row round to, as casts in SQL do. ``marked``
    has a row and a column per lattice point, the southernmost row first; it is True wherever a rectangle may be.
    """

    west: float
    south: float
    dx: float
    dy: float
    marked: Mask

    @classmethod
    def over(cls, boxes: Floats, cells: int) -> Self:
        """Draw rectangles, shape ``(n, 4)`` with n above 0: west, south, east, north; ``cells`` along each side."""
        west, south = boxes[:, :2].min(axis=0).tolist()
        east, north = boxes[:, 2:].max(axis=0).tolist()
        dx, dy = max((east - west) / cells, _NARROWEST_DEG), max((north - south) / cells, _NARROWEST_DEG)
        left, bottom = np.floor((boxes[:, :2] - (west, south)) / (dx, dy)).astype(np.int64).T
        right, top = np.ceil((boxes[:, 2:] - (west, south)) / (dx, dy)).astype(np.int64).T + 1
        corners = np.zeros((cells + 3, cells + 3), dtype=np.int64)
        for rows, columns, step in ((bottom, left, 1), (bottom, right, -1), (top, left, -1), (top, right, 1)):
            np.add.at(corners, (rows, columns), step)
        return cls(west, south, dx, dy, corners.cumsum(axis=0).cumsum(axis=1)[: cells + 2, : cells + 2] > 0)

    def may_hold(self, lon: Floats, lat: Floats) -> Mask:
        """Return False for places, degrees, that no rectangle holds; shape ``(n,)``, NaN is held by none."""
        rows, columns = self.marked.shape
        with np.errstate(invalid="ignore"):
            column, row = np.rint((lon - self.west) / self.dx), np.rint((lat - self.south) / self.dy)
            on = np.flatnonzero((column >= 0) & (column < columns) & (row >= 0) & (row < rows))
        held = np.zeros(len(lon), dtype=np.bool_)
        held[on] = self.marked[row[on].astype(np.int64), column[on].astype(np.int64)]
        return held
