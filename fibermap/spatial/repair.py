"""Make areas valid, and say by how much the ground they cover changed.

The area before is what the rings go round, by winding: a ring drawn in the wrong order (a bow tie) goes round little
or nothing, and its repair is a large change that a person should look at. Valid geometries are not touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry

from fibermap.spatial.metres import Floats, area_m2, polygon_parts

MOST_CROSSINGS = 50_000
SAMPLED_SEGMENTS = 20_000
SEGMENTS_AT_ONCE = 250
FEWEST_SAMPLED_CROSSINGS = 5


@dataclass(frozen=True, slots=True)
class RepairResult:
    """What became of each geometry; all arrays have shape (n,).

    Attributes
    ----------
    geometries
        Valid geometries in the order given: untouched (the same objects) where they were valid, repaired polygons
        elsewhere. None where there was none or where nothing can be repaired; ``note`` says which.
    repaired
        True where the geometry is not as the source drew it.
    area_before_m2, area_after_m2
        Square metres on the ground: what the rings go round by winding, and what is left.
    change
        The difference as a share of the larger of the two, 0 to 1.
    note
        A clause for the report, ``""`` where the geometry was valid.
    """

    geometries: NDArray[np.object_]
    repaired: NDArray[np.bool_]
    area_before_m2: Floats
    area_after_m2: Floats
    change: Floats
    note: NDArray[np.object_]


def repair(geometries: Any) -> RepairResult:
    """Make invalid areas valid.

    Parameters
    ----------
    geometries
        Shape (n,), geometries in EPSG:4326 or None. Points and lines come back as they are, with area 0.

    Returns
    -------
    RepairResult
        Rings are mended first, then holes are cut out of shells (the *structure* method of GEOS); spikes, points and
        lines that are left over are dropped. A polygon that crosses itself so often that mending would take minutes
        and gigabytes is given up.
    """
    given = np.atleast_1d(np.asarray(geometries, dtype=object))
    mended = given.copy()
    note = np.full(given.shape, "", dtype=object)
    with np.errstate(all="ignore"):
        before_m2 = np.maximum(np.nan_to_num(area_m2(given), nan=0.0, posinf=0.0, neginf=0.0), 0)
        after_m2 = before_m2.copy()
        for row in np.flatnonzero(~shapely.is_valid(given) & ~shapely.is_missing(given)):
            mended[row], note[row] = _mend(given[row])
            after_m2[row] = area_m2(mended[row])[0]
    larger_m2 = np.maximum(before_m2, after_m2)
    change = np.divide(np.abs(after_m2 - before_m2), larger_m2, out=np.zeros_like(larger_m2), where=larger_m2 > 0)
    repaired = (note != "") & ~shapely.is_missing(mended)
    return RepairResult(mended, repaired, before_m2, after_m2, change, note)


def _mend(geometry: BaseGeometry) -> tuple[BaseGeometry | None, str]:
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        return None, "a coordinate is missing or infinite"
    fault = _fault(geometry)
    if crosses_too_often(geometry):
        return None, f"{fault}; it crosses itself too often to be repaired"
    try:
        made = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
        if shapely.get_type_id(made) not in {3, 6}:
            made = shapely.union_all(polygon_parts(made))
    except GEOSException:
        return None, f"{fault}; it cannot be repaired"
    if made.is_empty or not made.is_valid:
        return None, f"{fault}; no area is left of it"
    return made, fault


def _fault(geometry: BaseGeometry) -> str:
    """Write GEOS's ``Self-intersection[-111.3 45.8]`` as a clause."""
    reason = str(shapely.is_valid_reason(geometry))
    place = re.fullmatch(r"(.*)\[(\S+) (\S+).*\]", reason)
    return f"{place[1].lower()} at {place[2]}, {place[3]}" if place else reason.lower()


def crosses_too_often(geometry: BaseGeometry) -> bool:
    """Estimate from a fixed sample of segments whether a polygon's rings cross in more than 50,000 places.

    Up to 20,000 segments the count is exact. Above, a sample of that many is counted and scaled, and the verdict
    wants a handful of crossings in the sample, so that one unlucky hit gives nothing up.
    """
    segments = _segments(geometry)
    whole = len(segments)
    if whole > SAMPLED_SEGMENTS:
        segments = np.random.default_rng(0).choice(segments, SAMPLED_SEGMENTS, replace=False, shuffle=False)
    boxes = shapely.linestrings(segments)
    tree = shapely.STRtree(boxes)
    most = max(MOST_CROSSINGS * (len(boxes) / max(whole, 1)) ** 2, FEWEST_SAMPLED_CROSSINGS)
    crossings = 0.0
    for start in range(0, len(boxes), SEGMENTS_AT_ONCE):
        one, other = tree.query(boxes[start : start + SEGMENTS_AT_ONCE])
        crossings += _count_crossing(segments[start + one], segments[other]) / 2  # each pair is met from both sides
        if crossings > most:
            return True
    return False


def _count_crossing(one: Floats, other: Floats) -> int:
    """Count the pairs of segments that cross properly: the ends of each on either side of the other."""
    return int(np.count_nonzero(_straddles(one, other) & _straddles(other, one)))


def _straddles(one: Floats, other: Floats) -> NDArray[np.bool_]:
    along = one[:, 1] - one[:, 0]
    start, end = other[:, 0] - one[:, 0], other[:, 1] - one[:, 0]
    start_side = along[:, 0] * start[:, 1] - along[:, 1] * start[:, 0]
    end_side = along[:, 0] * end[:, 1] - along[:, 1] * end[:, 0]
    return np.asarray(start_side * end_side < 0)


def _segments(geometry: BaseGeometry) -> Floats:
    """Return the segments of all rings, shape (s, 2, 2)."""
    xy, ring = shapely.get_coordinates(shapely.get_rings(polygon_parts(geometry)), return_index=True)
    joined = ring[:-1] == ring[1:]
    return np.stack([xy[:-1][joined], xy[1:][joined]], axis=1)
