"""The square that web maps draw the earth on, in whole units: which tile a place is in, and where in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from fibermap.kernel.errors import Code, NotFound

BITS = 32
WORLD = 1 << BITS
"""Units along an edge of the square (EPSG:3857), counted from its north-western corner: about a centimetre each."""
EXTENT = 4096
"""Units along an edge of a tile."""
MOST_ZOOM = 20
"""The zoom at which a tile's units are those of the world."""
HALF_M = math.pi * 6378137.0
"""Half an edge of the square in metres of EPSG:3857."""
SCREEN_PX = 512
"""Pixels that a tile takes on a screen."""

Floats = npt.NDArray[np.float64]
Units = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of the usual scheme: ``x`` eastwards, ``y`` southwards.

    Raises
    ------
    NotFound
        ``tile_not_found``: there is none, or it is nearer than `MOST_ZOOM`.
    """

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        """Refuse what is no tile."""
        if not (0 <= self.z <= MOST_ZOOM and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z):
            hint = f"z is 0 to {MOST_ZOOM}, x and y are below 2 to the power of z."
            raise NotFound(Code.TILE_NOT_FOUND, "There is no such tile.", hint=hint)

    @property
    def shift(self) -> int:
        """The bits by which a unit of the world is shifted to give the tile it is in."""
        return BITS - self.z

    @property
    def units(self) -> dict[str, int]:
        """The world's units that it holds, first and last: ``west, east, north, south``."""
        west, north = self.x << self.shift, self.y << self.shift
        last = (1 << self.shift) - 1
        return {"west": west, "east": west + last, "north": north, "south": north + last}

    @property
    def metres(self) -> dict[str, float]:
        """Its edges in metres of EPSG:3857, northwards: ``west, east, south, north``."""
        edge = 2 * HALF_M / (1 << self.z)
        west, north = self.x * edge - HALF_M, HALF_M - self.y * edge
        return {"west": west, "east": west + edge, "south": north - edge, "north": north}

    @property
    def unit_m(self) -> float:
        """One of its units in metres of EPSG:3857."""
        return 2 * HALF_M / (EXTENT << self.z)


def to_units(lon: Floats, lat: Floats) -> tuple[Units, Units]:
    """Return where places (EPSG:4326) are in the world's units; beyond 85 degrees they are on its edge."""
    return _units((lon + 180.0) / 360.0), _units(0.5 - _mercator(lat) / (2 * math.pi))


def to_metres(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return shapes (EPSG:4326) in metres of EPSG:3857; beyond 85 degrees they are on its edge."""

    def project(positions: Floats) -> Floats:
        x = np.radians(positions[:, 0]) * 6378137.0
        return np.column_stack([x, np.clip(_mercator(positions[:, 1]) * 6378137.0, -HALF_M, HALF_M)])

    return np.asarray(shapely.transform(shapes, project), dtype=object)


def pixel_m(zoom: int) -> float:
    """Return the edge of a screen's pixel in metres of EPSG:3857."""
    return 2 * HALF_M / (SCREEN_PX << zoom)


def _mercator(lat: Floats) -> Floats:
    near_pole = np.clip(lat, -89.9, 89.9)
    return np.asarray(np.arcsinh(np.tan(np.radians(near_pole))))


def _units(share: Floats) -> Units:
    return np.clip(np.floor(share * WORLD), 0, WORLD - 1).astype(np.uint32)
