"""Which plan feature is which: the source's own id, else folder, name and overlap. Never the name alone.

What is left after that may have been renamed, or moved to another folder because that is how a plan says that it went
live: it is known by its shape, so that holds and decisions stay on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.ingest.record_rows import unique_ids
from fibermap.kernel.ids import stable_id
from fibermap.store import UnitOfWork

LEAST_OVERLAP = 0.2
"""Share of the joint extent that two shapes of one folder and name must have in common to be one feature."""
MOVED_OVERLAP, RENAMED_OVERLAP = 0.5, 0.9
"""The same for shapes of one name in different folders, and for shapes of different names."""

_Place = tuple[Any, ...]


def identify(
    uow: UnitOfWork, rows: pa.Table, *, source_id: int, source: str, layer_keys: Mapping[str, str]
) -> pa.Table:
    """Fill ``feature_id`` and ``source_id`` of rows in ``PLAN_ROW``, one id a row, the same for every order of rows."""
    layers = pa.array([layer_keys[name] for name in rows["layer"].to_pylist()], type=pa.string())
    own = _own_ids(rows, layers)
    known = _known(uow, source_id) if any(fid is None for fid in own) else {}
    ids: list[int] = [0] * rows.num_rows
    by_place: dict[_Place, list[int]] = defaultdict(list)
    columns = {name: rows[name].to_pylist() for name in ("role", "kind", "folder", "name", "geometry")}
    columns["layer"] = layers.to_pylist()
    for i, fid in enumerate(own):
        place: _Place = tuple(columns[name][i] for name in ("role", "kind", "layer", "folder", "name"))
        if fid is not None:
            ids[i] = stable_id("feature", source, place[2], _kind_part(place), fid)
        else:
            by_place[place].append(i)
    claimed = set(ids)
    left = {
        place: {feature_id: shape for feature_id, shape in features.items() if feature_id not in claimed}
        for place, features in known.items()
    }
    waiting = {
        i: place
        for place, members in by_place.items()
        for i in _match(members, columns["geometry"], left.get(place, {}), ids)
    }
    _match_moved(waiting, columns["geometry"], left, ids)
    used = {*ids, *(feature_id for features in known.values() for feature_id in features)}
    for i, place in waiting.items():
        if ids[i] == 0:
            ids[i] = _new_id(source, place, columns["geometry"][i], used)
            used.add(ids[i])
    table = rows.set_column(rows.schema.get_field_index("feature_id"), "feature_id", pa.array(ids, pa.int64()))
    same = pa.array([source_id] * rows.num_rows, pa.int64())
    return table.set_column(table.schema.get_field_index("source_id"), "source_id", same)


def _own_ids(rows: pa.Table, layers: pa.Array) -> list[str | None]:
    """Return the source's own ids where they are unique in their layer, None elsewhere."""
    fids = rows["source_fid"].to_pylist()
    kinds, roles = rows["kind"].to_pylist(), rows["role"].to_pylist()
    qualified = [
        None if fid is None else f"{layer}\x1f{kind if role == 'boundary' else ''}\x1f{fid}"
        for layer, kind, role, fid in zip(layers.to_pylist(), kinds, roles, fids, strict=True)
    ]
    unique = unique_ids(qualified)
    return [fid if unique[i] is not None else None for i, fid in enumerate(fids)]


def _kind_part(place: _Place) -> str:
    """A boundary that names a ZIP and a city is two features of one row."""
    return place[1] if place[0] == "boundary" else ""


def _known(uow: UnitOfWork, source_id: int) -> dict[_Place, dict[int, bytes]]:
    rows = uow.sql.rows(
        "identity.known",
        """
        WITH keys AS (
            SELECT layer, min(layer_key) AS layer_key FROM source_revision
            WHERE source_id = $source AND to_version IS NULL GROUP BY layer
        )
        SELECT role, kind, coalesce(layer_key, layer), folder, name, feature_id, geometry
        FROM plan_feature LEFT JOIN keys USING (layer)
        WHERE source_id = $source AND to_version IS NULL
        """,
        {"source": source_id},
    )
    known: dict[_Place, dict[int, bytes]] = defaultdict(dict)
    for *place, feature_id, geometry in rows:
        known[tuple(place)][feature_id] = geometry
    return known


def _match(members: list[int], geometry: list[bytes], left: dict[int, bytes], ids: list[int]) -> list[int]:
    """Give the members of one place the ids of the known features that they are; return those that are none.

    ``left`` loses the features that were found.
    """
    waiting = []
    by_shape: dict[bytes, list[int]] = defaultdict(list)
    for feature_id, shape in sorted(left.items(), reverse=True):
        by_shape[shape].append(feature_id)
    for i in sorted(members, key=lambda i: geometry[i]):
        if by_shape[geometry[i]]:
            ids[i] = by_shape[geometry[i]].pop()
            left.pop(ids[i])
        else:
            waiting.append(i)
    for _, i, feature_id in _overlapping(waiting, geometry, left):
        if ids[i] == 0 and feature_id in left:
            ids[i] = feature_id
            left.pop(feature_id)
    return [i for i in waiting if ids[i] == 0]


def _match_moved(
    waiting: Mapping[int, _Place], geometry: list[bytes], left: Mapping[_Place, dict[int, bytes]], ids: list[int]
) -> None:
    """Give what was renamed or moved to another folder the ids of the features that it was."""
    members: dict[_Place, list[int]] = defaultdict(list)
    taken: set[int] = set()
    for i, place in waiting.items():
        members[place[:3]].append(i)
    for group, rows in members.items():
        known = {
            fid: (place, shape) for place, found in left.items() if place[:3] == group for fid, shape in found.items()
        }
        pairs = _overlapping(rows, geometry, {feature_id: shape for feature_id, (_, shape) in known.items()})
        for overlap, i, feature_id in pairs:
            is_named_so = waiting[i][4] == known[feature_id][0][4]
            enough = MOVED_OVERLAP if is_named_so else RENAMED_OVERLAP
            if ids[i] == 0 and feature_id not in taken and -overlap >= enough:
                ids[i] = feature_id
                taken.add(feature_id)


def _new_id(source: str, place: _Place, shape: bytes, used: set[int]) -> int:
    candidates = (stable_id("feature", source, *place, shape.hex(), nth or None) for nth in count())
    return next(candidate for candidate in candidates if candidate not in used)


def _overlapping(members: list[int], geometry: list[bytes], known: dict[int, bytes]) -> list[tuple[float, int, int]]:
    """Return ``(-overlap, member, feature_id)`` for every pair that overlaps enough, most overlap first."""
    if not members or not known:
        return []
    ids, shapes = list(known), shapely.from_wkb(np.array(list(known.values()), dtype=object))
    ours = shapely.from_wkb(np.array([geometry[i] for i in members], dtype=object))
    found = []
    for mine, theirs in shapely.STRtree(shapes).query(ours, predicate="intersects").T:
        overlap = _overlap(ours[mine], shapes[theirs])
        if overlap >= LEAST_OVERLAP:
            found.append((-overlap, members[mine], ids[theirs]))
    return sorted(found, key=lambda pair: (pair[0], geometry[pair[1]], pair[2]))


def _overlap(one: BaseGeometry, other: BaseGeometry) -> float:
    """Return the common share of two shapes: of area for areas, of length for lines, all or nothing for points."""
    if shapely.get_dimensions(one) != shapely.get_dimensions(other):
        return 0.0
    common, joint = shapely.intersection(one, other), shapely.union(one, other)
    if shapely.get_dimensions(one) == 0:
        return float(one.equals(other))
    measure = "area" if shapely.get_dimensions(one) == 2 else "length"
    size = getattr(joint, measure)
    return float(getattr(common, measure) / size) if size else 0.0
