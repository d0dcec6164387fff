"""A part of the map: what is in view."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

from fibermap.kernel.errors import Code, InputRefused
from fibermap.report.selection import Params


@dataclass(frozen=True, slots=True)
class Bbox:
    """Bounds in degrees of EPSG:4326. Where ``west`` is greater than ``east`` it reaches over the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read ``west,south,east,north``; raises ``InputRefused`` (``argument_invalid``) where it is not that."""
        try:
            west, south, east, north = (float(number) for number in text.split(","))
        except ValueError as error:
            raise _refused() from error
        finite = all(math.isfinite(number) for number in (west, south, east, north))
        if not (finite and -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
            raise _refused()
        return cls(west, south, east, north)

    def condition(self) -> tuple[str, Params]:
        """Return a condition over ``lon`` and ``lat``, and its parameters, whose names begin with ``bbox_``."""
        params = {f"bbox_{name}": getattr(self, name) for name in ("west", "south", "east", "north")}
        either = "OR" if self.west > self.east else "AND"
        return (
            f"(lon >= $bbox_west {either} lon <= $bbox_east) AND lat BETWEEN $bbox_south AND $bbox_north",
            params,
        )


def _refused() -> InputRefused:
    return InputRefused(
        Code.ARGUMENT_INVALID, "The bounds cannot be used.", hint="Write west,south,east,north in degrees.",
        field="bbox",
    )  # fmt: skip
