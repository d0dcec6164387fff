"""Which plan feature is which: the source's own id, else folder, name and overlap. Never the name alone.

What is left after that may have been renamed, or moved to another folder because that is how a plan says that it went
live: it is known by its shape, so that holds and decisions stay on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from fibermap.coverage.area_overrides import source_words
from fibermap.ingest.record_rows import unique_ids
from fibermap.kernel.ids import stable_id
from fibermap.store import UnitOfWork

LEAST_OVERLAP = 0.2
"""Share of the joint extent that two shapes of one folder and name must have in common to be one feature."""
MOST_PAIRS, SHAPES_AT_ONCE = 100_000, 500
"""Where more pairs than that meet, in one folder under one name or in one layer, only equal shapes are known again."""
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
    free: dict[tuple[_Place, bytes], Iterator[int]] = {}
    for i, place in waiting.items():
        if ids[i] == 0:
            shape = columns["geometry"][i]
            candidates = free.setdefault((place, shape), _new_ids(source, place, shape))
            ids[i] = next(candidate for candidate in candidates if candidate not in used)
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
    edited = source_words(uow)
    known: dict[_Place, dict[int, bytes]] = defaultdict(dict)
    for role, kind, layer, folder, name, feature_id, geometry in rows:
        said = {"role": role, "name": name, "geometry": geometry} | edited.get(feature_id, {})
        known[(said["role"], kind, layer, folder, said["name"])][feature_id] = said["geometry"]
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


def _new_ids(source: str, place: _Place, shape: bytes) -> Iterator[int]:
    return (stable_id("feature", source, *place, shape.hex(), nth or None) for nth in count())


def _overlapping(members: list[int], geometry: list[bytes], known: dict[int, bytes]) -> list[tuple[float, int, int]]:
    """Return ``(-overlap, member, feature_id)`` for every pair that overlaps enough, most overlap first."""
    if not members or not known:
        return []
    ids, theirs = list(known), shapely.from_wkb(np.array(list(known.values()), dtype=object))
    ours = shapely.from_wkb(np.array([geometry[i] for i in members], dtype=object))
    mine, other = _meeting(ours, theirs)
    overlap = _overlap(ours[mine], theirs[other])
    found = [
        (-float(overlap[pair]), members[mine[pair]], ids[other[pair]])
        for pair in np.flatnonzero(overlap >= LEAST_OVERLAP)
    ]
    return sorted(found, key=lambda pair: (pair[0], geometry[pair[1]], pair[2]))


def _meeting(
    ours: npt.NDArray[np.object_], theirs: npt.NDArray[np.object_]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the pairs that intersect; none at all where there are too many, so that all orders fare alike."""
    tree = shapely.STRtree(theirs)
    pairs = [np.empty((2, 0), dtype=np.intp)]
    for start in range(0, len(ours), SHAPES_AT_ONCE):
        found = tree.query(ours[start : start + SHAPES_AT_ONCE], predicate="intersects")
        pairs.append(found + np.array([[start], [0]]))
        if sum(each.shape[1] for each in pairs) > MOST_PAIRS:
            return pairs[0][0], pairs[0][1]
    mine, other = np.concatenate(pairs, axis=1)
    return mine, other


def _overlap(ours: npt.NDArray[np.object_], theirs: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    """Return the common share of pairs of shapes: of area for areas, of length for lines, all or nothing for points."""
    dimension = shapely.get_dimensions(ours)
    common = shapely.intersection(ours, theirs)
    share = np.where(dimension == 0, shapely.equals(ours, theirs), 0.0)
    for measure, of in ((shapely.area, 2), (shapely.length, 1)):
        joint = measure(ours) + measure(theirs) - measure(common)
        np.divide(measure(common), joint, out=share, where=(dimension == of) & (joint > 0))
    return np.where(dimension == shapely.get_dimensions(theirs), share, 0.0)
