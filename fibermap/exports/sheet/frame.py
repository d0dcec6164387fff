"""From degrees to millimetres on paper: one scale in all directions, true at the middle of the sheet."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.kernel.units import METRES_PER_FOOT, METRES_PER_MILE
from fibermap.spatial.metres import metres_per_degree

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
"""West, south, east, north; degrees, EPSG:4326."""

SMALLEST_M = 60.0
"""What is smaller is shown with its surroundings: a single house still has a street."""
_MARGIN = 1.06
_SCALE_BAR_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Frame:
    """A window of the world on paper.

    Attributes
    ----------
    lon, lat
        Its middle.
    wide_mm, high_mm
        On paper.
    metres_per_mm
        The scale: 10 is 1 to 10,000.
    """

    lon: float
    lat: float
    wide_mm: float
    high_mm: float
    metres_per_mm: float

    @classmethod
    def around(cls, box: Box, wide_mm: float, high_mm: float) -> Frame:
        """Return the frame that shows a box whole, with a margin; a scale that a person can use is a round number."""
        west, south, east, north = box
        lon, lat = (west + east) / 2, (south + north) / 2
        lon_m, lat_m = (float(metres) for metres in metres_per_degree(lat))
        across_m = max((east - west) * lon_m, SMALLEST_M) * _MARGIN
        along_m = max((north - south) * lat_m, SMALLEST_M) * _MARGIN
        return cls(lon, lat, wide_mm, high_mm, _rounded_up(max(across_m / wide_mm, along_m / high_mm)))

    def place(self, degrees: Floats) -> Floats:
        """Return millimetres from the upper left corner, for an array (n, 2) of longitude and latitude."""
        lon_m, lat_m = (float(metres) for metres in metres_per_degree(self.lat))
        x_mm = (degrees[:, 0] - self.lon) * lon_m / self.metres_per_mm + self.wide_mm / 2
        y_mm = (self.lat - degrees[:, 1]) * lat_m / self.metres_per_mm + self.high_mm / 2
        return np.column_stack([x_mm, y_mm])

    def on_paper(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a shape in millimetres, as fine as ink is, and no farther out than a little beyond the edge."""
        placed = shapely.simplify(shapely.transform(shape, self.place), 0.05)
        return shapely.clip_by_rect(placed, -5, -5, self.wide_mm + 5, self.high_mm + 5)

    @property
    def ratio(self) -> int:
        """How many times smaller than the world: 10,000 for 1 to 10,000."""
        return round(self.metres_per_mm * 1000)

    def scale_bar(self, units: str) -> tuple[float, str]:
        """Return the length of a scale bar in millimetres, and what it stands for, in round feet, miles or metres."""
        longest_m = self.wide_mm * _SCALE_BAR_SHARE * self.metres_per_mm
        if units != "us":
            return (
                self._bar(_rounded_down(longest_m), 1.0, "m")
                if longest_m < 1000
                else self._bar(_rounded_down(longest_m / 1000), 1000.0, "km")
            )
        if longest_m < METRES_PER_MILE:
            return self._bar(_rounded_down(longest_m / METRES_PER_FOOT), METRES_PER_FOOT, "ft")
        return self._bar(_rounded_down(longest_m / METRES_PER_MILE), METRES_PER_MILE, "mi")

    def _bar(self, length: float, metres: float, unit: str) -> tuple[float, str]:
        return length * metres / self.metres_per_mm, f"{length:,.10g} {unit}"


def _rounded_up(value: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= value * 0.999999)


def _rounded_down(value: float) -> float:
    power: float = 10.0 ** math.floor(math.log10(value))
    return max(step * power for step in (1, 2, 5) if step * power <= value)
