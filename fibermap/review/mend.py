"""What can still be made of a thing that an ingest could not use: an area, mended if need be, or an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.address.parse import parse_address
from fibermap.review.model import Item
from fibermap.review.queues import not_found
from fibermap.spatial.repair import repair
from fibermap.store import UnitOfWork

LONGEST_ADDRESS = 200


@dataclass(frozen=True, slots=True)
class Mended:
    """A quarantined thing, and what can be made of it.

    Attributes
    ----------
    said
        Its row: path, layer, row, reason, detail, name, attributes (JSON object) and the rest of ``rejection``.
    geometry
        As the file had it, in EPSG:4326; None where nothing could be read.
    area
        The geometry as a valid polygon; None where there is none.
    change
        The share of its area that mending added or took, 0 to 1.
    place
        Longitude and latitude of a point; both None for anything else.
    text
        The address that one of its fields spells; None where none does.
    name
        What it is called.
    """

    said: Mapping[str, Any]
    geometry: BaseGeometry | None
    area: BaseGeometry | None
    change: float
    place: tuple[float | None, float | None]
    text: str | None
    name: str | None


def mended(uow: UnitOfWork, item: Item) -> Mended:
    """Return what can be made of a quarantined item."""
    rows = uow.sql.records(
        "review.rejection",
        """
        SELECT path, layer, row, part, reason, detail, name, source_fid, geometry, attributes
        FROM rejection WHERE rejection_id = ? AND to_version IS NULL
        """,
        [item.subject_id],
    )
    if not rows:
        raise not_found(item.item_id)
    said = rows[0]
    attributes = orjson.loads(said.pop("attributes"))
    geometry = _read(said.pop("geometry"))
    area, change = _area(geometry)
    text = _address_in(said["name"], attributes)
    return Mended(said | {"attributes": attributes}, geometry, area, change, _place(geometry), text, said["name"])


def _read(wkb: bytes | None) -> BaseGeometry | None:
    geometry = None if wkb is None else shapely.from_wkb(wkb, on_invalid="ignore")
    if geometry is None or geometry.is_empty or not np.isfinite(geometry.bounds).all():
        return None
    return geometry


def _area(geometry: BaseGeometry | None) -> tuple[BaseGeometry | None, float]:
    if geometry is None or shapely.get_dimensions(geometry) != 2:
        return None, 0.0
    if geometry.is_valid:
        return geometry, 0.0
    done = repair(np.array([geometry], dtype=object))
    fixed = done.geometries[0]
    return (None, 0.0) if fixed is None or fixed.is_empty else (fixed, float(done.change[0]))


def _place(geometry: BaseGeometry | None) -> tuple[float | None, float | None]:
    return (geometry.x, geometry.y) if isinstance(geometry, shapely.Point) else (None, None)


def _address_in(name: str | None, attributes: Mapping[str, Any]) -> str | None:
    """Return the first text that has a house number and a street, as it stands."""
    texts = [name, *(value for value in attributes.values() if isinstance(value, str))]
    return next((text for text in texts if text and len(text) <= LONGEST_ADDRESS and _is_address(text)), None)


def _is_address(text: str) -> bool:
    parts = parse_address(text).parts
    return parts.number is not None and bool(parts.street_name)
