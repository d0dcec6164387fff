"""Areas and edits of areas as GeoJSON and JSON: what travels, and what drafts are kept as."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import shapely

from fibermap.coverage.area_edits import MOST_EDITS, Change, Cut, Draw, Edit, Merge, Retire, Split
from fibermap.coverage.area_shapes import read_shape
from fibermap.coverage.areas import Area
from fibermap.kernel.errors import Code, InputRefused


def feature_of(area: Area) -> dict[str, Any]:
    """Return an area as a GeoJSON feature."""
    return {
        "type": "Feature",
        "id": area.area_id,
        "geometry": shapely.geometry.mapping(area.geometry),
        "bbox": list(area.geometry.bounds),
        "properties": properties_of(area),
    }


def properties_of(area: Area) -> dict[str, Any]:
    """Return what an area says, beside its shape, as JSON values."""
    said = {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in area.says().items()}
    return {
        "area_id": area.area_id,
        "version": area.version,
        "source": area.source,
        **said,
        "size_m2": area.size_m2,
        "edited": list(area.edited),
    }


def read_edits(said: Sequence[Mapping[str, Any]]) -> list[Edit]:
    """Read edits, each ``{"op": "draw" | "change" | "split" | "merge" | "cut" | "retire", ...}``.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for what is no edit, and what :func:`read_shape` refuses.
    """
    if len(said) > MOST_EDITS:
        raise InputRefused(Code.LIMIT_EXCEEDED, f"{MOST_EDITS} edits go into one version.", limit=MOST_EDITS)
    return [_read_edit(edit, row) for row, edit in enumerate(said, start=1)]


def _read_edit(said: Mapping[str, Any], row: int) -> Edit:
    build = _OPS.get(said.get("op", ""))
    if build is None:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"Edit {row} is none.", hint=f"There are: {', '.join(_OPS)}.", row=row
        )
    try:
        return build(said)
    except KeyError as missing:
        raise InputRefused(Code.ARGUMENT_INVALID, f"Edit {row} lacks {missing.args[0]}.", row=row) from None
    except (TypeError, ValueError):
        raise InputRefused(Code.ARGUMENT_INVALID, f"Edit {row} cannot be read.", row=row) from None


def _needed(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a part of an edit; null is none."""
    if not isinstance(said.get(name), Mapping):
        raise KeyError(name)
    part: Mapping[str, Any] = said[name]
    return part


def _fields(said: Mapping[str, Any]) -> dict[str, Any]:
    return dict(said.get("properties") or {})


_OPS: Mapping[str, Callable[[Mapping[str, Any]], Edit]] = {
    "draw": lambda said: Draw(read_shape(_needed(said, "geometry")), _fields(said)),
    "change": lambda said: Change(
        int(said["area_id"]), _fields(said), read_shape(said["geometry"]) if said.get("geometry") else None
    ),
    "split": lambda said: Split(
        int(said["area_id"]), read_shape(_needed(said, "line"), ("LineString", "MultiLineString"))
    ),
    "merge": lambda said: Merge(tuple(map(int, said["area_ids"]))),
    "cut": lambda said: Cut(int(said["area_id"]), read_shape(_needed(said, "hole"))),
    "retire": lambda said: Retire(int(said["area_id"])),
}
OPS = tuple(_OPS)
