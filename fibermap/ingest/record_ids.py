"""Which address record is which: the source's own id, else its address and, among equal addresses, its place."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fibermap.kernel.ids import stable_id
from fibermap.spatial.metres import ground_distance_m
from fibermap.store import UnitOfWork

MOST_PAIRS = 1_000_000
"""With more pairs of old and new records under one text it is a placeholder (1 Unknown St): only their order counts."""

Floats = npt.NDArray[np.float64]

Identity = tuple[str, str | None, str]
"""Layer key, own id if the source states one (then it repeats in its layer), and the address as text."""

Known = Mapping[Identity, Sequence[tuple[int, float, float]]]
"""Records of the revision in force without an id of their own: identity -> ``(record_id, lon, lat)``."""


def known_records(uow: UnitOfWork, source_id: int) -> Known:
    """Return the records of a source as its revision in force has them; longitude and latitude NaN for no position."""
    rows = uow.sql.rows(
        "records.known",
        """
        WITH keys AS (
            SELECT layer, min(layer_key) AS layer_key FROM source_revision
            WHERE source_id = $source AND to_version IS NULL GROUP BY layer
        )
        SELECT coalesce(layer_key, layer), source_fid, identity_basis, record_id,
               coalesce(lon, 'nan'::DOUBLE), coalesce(lat, 'nan'::DOUBLE)
        FROM source_record LEFT JOIN keys USING (layer)
        WHERE source_id = $source AND to_version IS NULL ORDER BY record_id
        """,
        {"source": source_id},
    )
    known: dict[Identity, list[tuple[int, float, float]]] = defaultdict(list)
    for layer, fid, basis, record_id, lon, lat in rows:
        known[layer, fid, basis].append((record_id, lon, lat))
    return known


def identify_records(uow: UnitOfWork, rows: pa.Table, source: str, layer_keys: Mapping[str, str]) -> pa.Table:
    """Fill ``record_id`` of all records of a source, the same for every order of rows and files.

    Parameters
    ----------
    rows
        ``RECORD_ROW`` of all files and layers of the source.
    layer_keys
        From :func:`fibermap.ingest.layers.layer_keys`.
    """
    layers = [layer_keys[name] for name in rows["layer"].to_pylist()]
    own, basis = rows["source_fid"].to_pylist(), rows["identity_basis"].to_pylist()
    times: dict[tuple[str, str | None], int] = defaultdict(int)
    for layer_and_id in zip(layers, own, strict=True):
        times[layer_and_id] += 1
    ids: list[int] = [0] * rows.num_rows
    alike: dict[Identity, list[int]] = defaultdict(list)
    for i, (layer, fid, text) in enumerate(zip(layers, own, basis, strict=True)):
        if fid is not None and times[layer, fid] == 1:
            ids[i] = stable_id("record", source, layer, "fid", fid)
        else:
            alike[layer, fid, text].append(i)
    if alike:
        _identify_alike(rows, alike, known_records(uow, stable_id("source", source)), source, ids)
    return rows.set_column(0, rows.schema.field("record_id"), pa.array(ids, type=pa.int64()))


def _identify_alike(
    rows: pa.Table, alike: Mapping[Identity, list[int]], known: Known, source: str, ids: list[int]
) -> None:
    lon, lat = (rows[name].to_numpy(zero_copy_only=False).astype(float) for name in ("lon", "lat"))
    for identity, unordered in alike.items():
        before = known.get(identity, ())
        if len(unordered) * len(before) > MOST_PAIRS:
            before = ()
        members = _from_west_to_east(rows, unordered, lon, lat)
        paired = _pair(members, before, lon, lat) if before else {}
        taken = {record_id for record_id, _, _ in before}
        free = (record_id for record_id in _new_ids(source, identity) if record_id not in taken)
        for i in members:
            ids[i] = paired.get(i) or next(free)


def _from_west_to_east(rows: pa.Table, members: Sequence[int], lon: Floats, lat: Floats) -> Sequence[int]:
    if len(members) == 1:
        return members
    said = rows["attributes"].take(pa.array(members)).to_pylist()
    order = sorted(zip(np.nan_to_num(lon[members]), np.nan_to_num(lat[members]), said, members, strict=True))
    return [member for *_, member in order]


def _pair(
    members: Sequence[int], before: Sequence[tuple[int, float, float]], lon: Floats, lat: Floats
) -> dict[int, int]:
    """Return row -> id of the record that it was, the nearest pairs first; without a position is near nothing."""
    if len(members) == len(before) == 1:
        return {members[0]: before[0][0]}
    found = _unmoved(members, before, lon, lat)
    given = set(found.values())
    moved = [i for i in members if i not in found]
    left = [record for record in before if record[0] not in given]
    return found | _nearest(moved, left, lon, lat) if moved and left else found


def _unmoved(
    members: Sequence[int], before: Sequence[tuple[int, float, float]], lon: Floats, lat: Floats
) -> dict[int, int]:
    """Pair what stands exactly where it stood: nearly everything, and no distance needs to be measured for it."""
    standing: dict[tuple[float, float], deque[int]] = defaultdict(deque)
    for record_id, was_lon, was_lat in before:
        standing[was_lon, was_lat].append(record_id)
    places = zip(lon[members].tolist(), lat[members].tolist(), strict=True)
    return {i: standing[place].popleft() for i, place in zip(members, places, strict=True) if standing.get(place)}


def _nearest(
    members: Sequence[int], before: Sequence[tuple[int, float, float]], lon: Floats, lat: Floats
) -> dict[int, int]:
    record_ids, was_lon, was_lat = (np.array(column) for column in zip(*before, strict=True))
    row, record = (each.ravel() for each in np.indices((len(members), len(before))))
    apart_m = ground_distance_m(lon[members][row], lat[members][row], was_lon[record], was_lat[record])
    order = np.lexsort((record, row, np.nan_to_num(apart_m, nan=np.inf, posinf=np.inf)))
    found: dict[int, int] = {}
    given: set[int] = set()
    for at, which in zip(row[order].tolist(), record[order].tolist(), strict=True):
        if members[at] not in found and which not in given:
            found[members[at]] = int(record_ids[which])
            given.add(which)
    return found


def _new_ids(source: str, identity: Identity) -> Iterator[int]:
    layer, fid, basis = identity
    return (stable_id("record", source, layer, "key", fid, basis, nth or None) for nth in count())
