"""What a planner should know of the coverage areas: overlaps, strips, slivers, and areas without addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from fibermap.ingest.findings import MOST_SAMPLES, Finding, counted, warning
from fibermap.kernel.settings import Settings
from fibermap.spatial.overlaps import overlaps
from fibermap.spatial.strips import gaps
from fibermap.store import UnitOfWork

_CHANGED = "SELECT count(*) FROM plan_feature WHERE role = 'coverage' AND (from_version = $v OR to_version = $v)"
_AREAS = """
    SELECT f.feature_id, coalesce(f.name, f.feature_id::VARCHAR) AS name, f.class, f.size_m, f.geometry,
           coalesce(f.technology, 'fiber') AS technology, count(v.address_id) AS addresses
    FROM plan_feature f LEFT JOIN verdict v ON v.feature_id = f.feature_id
    WHERE f.to_version IS NULL AND f.role = 'coverage' AND f.class IS NOT NULL
    GROUP BY ALL ORDER BY f.feature_id
"""


@dataclass(frozen=True, slots=True)
class _Areas:
    """The areas of one technology, side by side."""

    name: npt.NDArray[np.object_]
    class_: npt.NDArray[np.object_]
    shape: npt.NDArray[np.object_]


def survey_areas(uow: UnitOfWork, version: int, settings: Settings) -> Iterator[Finding]:
    """Return what shows of the areas in force, if ``version`` changed any."""
    if not uow.sql.value("survey.areas_changed", _CHANGED, {"v": version}):
        return
    table = uow.sql.arrow("survey.areas", _AREAS)
    if not table.num_rows:
        return
    names, classes, technology, wkb = (
        np.array(table[column].to_pylist(), dtype=object) for column in ("name", "class", "technology", "geometry")
    )
    shapes = shapely.from_wkb(wkb)
    each = [technology == one for one in np.unique(technology)]
    areas = [_Areas(names[at], classes[at], shapes[at]) for at in each]
    yield from _overlaps(areas, settings)
    yield from _strips(areas, settings)
    thin = np.flatnonzero(table["size_m"].to_numpy() < settings.sliver_m2)
    if len(thin):
        message = f"{counted(len(thin), 'coverage area')} smaller than {settings.sliver_m2:g} m2: slivers."
        yield warning("area_sliver", message, count=len(thin), samples=_named(names[thin]), places=_wkb(shapes[thin]))
    empty = np.flatnonzero(table["addresses"].to_numpy() == 0)
    if len(empty) and uow.sql.value("survey.any", "SELECT count(*) FROM verdict"):
        message = f"No address is decided by {counted(len(empty), 'coverage area')}."
        some = empty[:MOST_SAMPLES]
        yield Finding(
            "area_without_address", message, count=len(empty), samples=_named(names[some]), places=_wkb(shapes[some])
        )


def _overlaps(areas: list[_Areas], settings: Settings) -> Iterator[Finding]:
    found = [
        (overlap.area_m2, each.name[overlap.first], each.name[overlap.second], each, overlap)
        for each in areas
        for overlap in overlaps(each.shape, each.class_)
        if overlap.area_m2 >= settings.sliver_m2
    ]
    if found:
        largest = _largest(found)[:MOST_SAMPLES]
        samples = tuple(
            {"area": first, "other": second, "area_m2": round(area_m2)} for area_m2, first, second, *_ in largest
        )
        shared = [shapely.intersection(each.shape[o.first], each.shape[o.second]) for *_, each, o in largest]
        message = (
            f"{counted(len(found), 'pair')} of areas with different status overlap; build counts before pre-build."
        )
        yield warning("areas_overlap", message, count=len(found), samples=samples, places=_wkb(shared))


def _strips(areas: list[_Areas], settings: Settings) -> Iterator[Finding]:
    """Find the strips between neighbouring areas that nobody meant to leave out, as narrow as a point is uncertain."""
    found = [
        (gap.area_m2, ", ".join(each.name[list(gap.areas)]), gap.polygon)
        for each in areas
        for gap in gaps(each.shape, 2 * settings.position_error_m)
        if gap.area_m2 >= settings.sliver_m2
    ]
    if found:
        largest = _largest(found)[:MOST_SAMPLES]
        samples = tuple({"areas": between, "area_m2": round(area_m2)} for area_m2, between, _ in largest)
        message = (
            f"{counted(len(found), 'narrow strip')} between neighbouring areas: an address there is out of coverage."
        )
        yield warning(
            "areas_gap", message, count=len(found), samples=samples, places=_wkb([gap for *_, gap in largest])
        )


def _largest(found: list[Any]) -> list[Any]:
    return sorted(found, key=lambda item: (-item[0], item[1]))


def _named(names: npt.NDArray[np.object_]) -> tuple[dict[str, Any], ...]:
    return tuple({"area": name} for name in names)


def _wkb(shapes: Any) -> tuple[bytes | None, ...]:
    places: tuple[bytes | None, ...] = tuple(shapely.to_wkb(np.asarray(shapes, dtype=object)).tolist())
    return places
