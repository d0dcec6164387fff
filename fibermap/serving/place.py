"""What is at a place on the map: the plan's class there, and the address that it is, if it is one beyond doubt."""

from __future__ import annotations

from typing import NamedTuple

import shapely

from fibermap.serving.index import At, Index

NEAR_M = 200.0
"""Addresses within this distance of a place are candidates."""
UNIQUE_M = 15.0
"""The only address within this distance of a place is the one that is meant."""


class Here(NamedTuple):
    """What there is around a place.

    Attributes
    ----------
    class_codes
        Technology -> position of the class in ``CLASS_ORDER``.
    features
        Technology -> the feature that decides, None for none.
    near
        The addresses around with their distances in metres, nearest first.
    meant
        The addresses that the place is: none, one, or all of one building.
    """

    class_codes: dict[str, int]
    features: dict[str, int | None]
    near: list[tuple[float, At]]
    meant: list[At]


def look_at(index: Index, lon: float, lat: float) -> Here:
    """Look at a place in EPSG:4326, and at the addresses whose sources permit public answers."""
    class_codes, features = {}, {}
    for technology, judge in index.planned.judges.items():
        class_codes[technology], features[technology] = judge(lon, lat)
    near = [pair for pair in index.near(lon, lat, NEAR_M) if is_answerable(pair[1])]
    return Here(class_codes, features, near, _meant(index, lon, lat, near))


def is_answerable(at: At) -> bool:
    """Whether the sources of an address permit that a check finds it."""
    return bool(at.book.answerable[at.row])


def _meant(index: Index, lon: float, lat: float, near: list[tuple[float, At]]) -> list[At]:
    """Return the addresses of the smallest building or parcel there that has any, else the only one within reach."""
    for shape in index.planned.shapes_around(lon, lat):
        shapely.prepare(shape)
        inside = [at for _, at in near if shape.intersects(_point(at))]
        if inside:
            return _if_one_building(inside)
    return _if_one_building([at for away_m, at in near if away_m <= UNIQUE_M])


def _if_one_building(found: list[At]) -> list[At]:
    if len(found) < 2:
        return found
    locations = {at.book.addresses.cell("location_id", at.row) for at in found}
    return found if len(locations) == 1 else []


def _point(at: At) -> shapely.Point:
    return shapely.Point(at.book.addresses.cell("lon", at.row), at.book.addresses.cell("lat", at.row))
