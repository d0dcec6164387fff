"""What a planner does to areas, one edit after the other: areas in, areas out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.area_shapes import require_area
from fibermap.coverage.areas import Area, read_fields
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.spatial.metres import area_m2, polygon_parts

MOST_EDITS = 500
_SNAP_DEG = 1e-9
"""Parts of a split thinner than this, some tenth of a millimetre, are rounding."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A new area; ``fields`` as in :data:`fibermap.coverage.areas.FIELDS`, ``class`` among them."""

    geometry: BaseGeometry
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """Another shape for an area, or other fields, or both."""

    area_id: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    geometry: BaseGeometry | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """An area cut along a line. The largest part stays the area; the others are new ones that say the same."""

    area_id: int
    line: BaseGeometry


@dataclass(frozen=True, slots=True)
class Merge:
    """Several areas as one: the first takes in the others and keeps what it says."""

    area_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A hole in an area."""

    area_id: int
    hole: BaseGeometry


@dataclass(frozen=True, slots=True)
class Retire:
    """An area that is no longer part of the plan."""

    area_id: int


Edit: TypeAlias = Draw | Change | Split | Merge | Cut | Retire


def touched_ids(edits: Iterable[Edit]) -> list[int]:
    """Return the areas in force that edits are about, each once, in order."""
    named = [i for edit in edits for i in _named(edit) if i > 0]
    return list(dict.fromkeys(named))


def _named(edit: Edit) -> Sequence[int]:
    match edit:
        case Draw():
            return ()
        case Merge():
            return edit.area_ids
        case _:
            return (edit.area_id,)


@dataclass(slots=True)
class _Table:
    """The areas as they are while one edit follows another."""

    now: dict[int, Area | None]
    sliver_m2: float
    drawn: int = 0

    def area(self, area_id: int) -> Area:
        area = self.now.get(area_id)
        if area is None:
            raise NotFound(
                Code.AREA_NOT_FOUND, f"Area {area_id} is not there to be edited.", hint="Look at the edits before."
            )
        return area

    def put(self, area: Area) -> None:
        require_area(area.geometry, sliver_m2=self.sliver_m2)
        self.now[area.area_id] = replace(area, size_m2=float(area_m2(area.geometry)[0]))

    def add(self, area: Area) -> None:
        self.drawn += 1
        self.put(replace(area, area_id=-self.drawn, source=None, edited=(), version=0))


def apply_edits(areas: Mapping[int, Area], edits: Sequence[Edit], *, sliver_m2: float) -> dict[int, Area | None]:
    """Return what edits make of areas: the new state of each that one of them touches, None for what is gone.

    New areas have the ids -1, -2 and so on, in the order in which they come about; later edits may name them so.

    Raises
    ------
    InputRefused
        A shape that is no area, a line that does not cut, too many edits.
    NotFound
        ``area_not_found``: an edit is about an area that is not there, or not any more.
    """
    if len(edits) > MOST_EDITS:
        raise InputRefused(Code.LIMIT_EXCEEDED, f"{MOST_EDITS} edits go into one version.", limit=MOST_EDITS)
    table = _Table(dict(areas), sliver_m2)
    for edit in edits:
        _STEPS[type(edit)](table, edit)
    return {i: area for i, area in table.now.items() if area != areas.get(i)}


def _draw(table: _Table, edit: Draw) -> None:
    fields = read_fields(edit.fields)
    if "class" not in fields:
        raise InputRefused(
            Code.FIELD_MISSING, "A new area needs a class.", hint="Say build or pre-build.", field="class"
        )
    class_ = fields.pop("class")
    table.add(Area(0, 0, edit.geometry, class_).with_fields(_precise(fields)))


def _change(table: _Table, edit: Change) -> None:
    area = table.area(edit.area_id).with_fields(_precise(read_fields(edit.fields)))
    table.put(area if edit.geometry is None else replace(area, geometry=edit.geometry))


def _precise(fields: dict[str, Any]) -> dict[str, Any]:
    """A date that a person gives without saying how precise it is, is meant to the day."""
    if fields.get("expected_live_on") is None:
        return fields if "expected_live_on" not in fields else {**fields, "expected_precision": None}
    return {"expected_precision": "day", **fields}


def _split(table: _Table, edit: Split) -> None:
    area = table.area(edit.area_id)
    parts = split_shape(area.geometry, edit.line)
    if len(parts) < 2:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "The line does not cut the area in two.",
            hint="Draw it from outside the area, across it, to outside.",
            area_id=edit.area_id,
        )
    table.put(replace(area, geometry=parts[0]))
    for part in parts[1:]:
        table.add(replace(area, geometry=part))


def split_shape(shape: BaseGeometry, line: BaseGeometry) -> list[BaseGeometry]:
    """Return the parts into which a line cuts a polygon, the largest first, with it whatever the line leaves alone."""
    pieces: list[BaseGeometry] = []
    whole: list[BaseGeometry] = []
    for polygon in polygon_parts(shape):
        cut = [piece for piece in _cut(polygon, line) if piece.buffer(-_SNAP_DEG).area > 0]
        if len(cut) > 1:
            pieces += cut
        else:
            whole.append(polygon)
    if not pieces:
        return [shape]
    pieces.sort(key=lambda piece: (-piece.area, piece.wkb))
    if whole:
        pieces[0] = shapely.multipolygons([*polygon_parts(pieces[0]), *whole])
    return pieces


def _cut(polygon: BaseGeometry, line: BaseGeometry) -> list[BaseGeometry]:
    noded = shapely.union_all([polygon.boundary, line])
    faces = shapely.get_parts(shapely.polygonize([noded]))
    return [face for face in faces if polygon.covers(face.representative_point())]


def _merge(table: _Table, edit: Merge) -> None:
    ids = list(dict.fromkeys(edit.area_ids))
    if len(ids) < 2:
        raise InputRefused(Code.ARGUMENT_INVALID, "Two areas at least are merged.", hint="Choose another.")
    areas = [table.area(area_id) for area_id in ids]
    for area in areas[1:]:
        table.now[area.area_id] = None
    table.put(replace(areas[0], geometry=shapely.union_all([area.geometry for area in areas])))


def _cut_hole(table: _Table, edit: Cut) -> None:
    area = table.area(edit.area_id)
    require_area(edit.hole, sliver_m2=table.sliver_m2)
    left = shapely.difference(area.geometry, edit.hole)
    if left.is_empty or left.equals(area.geometry):
        said = "The hole leaves nothing of the area." if left.is_empty else "The hole lies outside the area."
        raise InputRefused(Code.ARGUMENT_INVALID, said, hint="Draw it inside.", area_id=edit.area_id)
    kept = polygon_parts(left)
    table.put(replace(area, geometry=kept[0] if len(kept) == 1 else shapely.multipolygons(kept)))


def _retire(table: _Table, edit: Retire) -> None:
    table.area(edit.area_id)
    table.now[edit.area_id] = None


_STEPS: Mapping[type, Callable[[_Table, Any], None]] = {
    Draw: _draw,
    Change: _change,
    Split: _split,
    Merge: _merge,
    Cut: _cut_hole,
    Retire: _retire,
}
