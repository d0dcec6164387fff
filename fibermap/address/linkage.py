"""The steps of duplicate resolution on arrays: link what is near, then let records without a position join."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_EQUATOR_M = 6_378_137.0
_ECCENTRICITY_2 = 0.006_694_379_990_14
NONE = -1


class Reason(StrEnum):
    """Why two records with one key are not one address."""

    FAR_APART = "far_apart"
    CLASS_DIFFERS = "class_differs"
    FABRIC_ID_DIFFERS = "fabric_id_differs"
    NO_POSITION = "no_position"
    UNIT_BY_TEXT_ONLY = "unit_by_text_only"
    TOO_MANY_ALIKE = "too_many_alike"


@dataclass(frozen=True, slots=True)
class Blocked:
    """Pairs of rows that are close enough to be one address and must not be, and why."""

    first: IntArray
    second: IntArray
    reason: Reason


@dataclass(frozen=True, slots=True)
class Records:
    """Records as columns, those of one key side by side. Codes are equal where the values are; `NONE`: no value."""

    key: IntArray
    lon: FloatArray
    lat: FloatArray
    placed: BoolArray
    parcel: IntArray
    fabric: IntArray
    label: IntArray
    has_unit: BoolArray

    @classmethod
    def of(cls, table: pa.Table, key: IntArray) -> Records:
        """Encode the columns of a table of records; ``key`` holds the code of each row's canonical key."""
        lon, lat = (pc.cast(table.column(name), pa.float64()) for name in ("lon", "lat"))
        x, y = (pc.fill_null(column, np.nan).to_numpy() for column in (lon, lat))
        placed = (np.abs(x) <= 180) & (np.abs(y) <= 90)
        return cls(
            key=key,
            lon=np.where(placed, x, np.nan),
            lat=np.where(placed, y, np.nan),
            placed=placed,
            parcel=encode(table.column("parcel_id")),
            fabric=encode(table.column("fcc_location_id")),
            label=encode(table.column("class_label"), blank="unknown"),
            has_unit=encode(table.column("unit")) != NONE,
        )

    def take(self, rows: IntArray) -> Records:
        """Return some of the rows."""
        return Records(*(getattr(self, name)[rows] for name in self.__slots__))


def encode(column: pa.ChunkedArray, blank: str = "") -> IntArray:
    """Return codes of a column's values; `NONE` for NULL, the empty text and ``blank``."""
    texts = pc.cast(column, pa.string()).combine_chunks()
    missing = pc.or_(pc.equal(texts, ""), pc.equal(texts, blank))
    encoded = pc.if_else(missing, pa.scalar(None, pa.string()), texts).dictionary_encode()
    codes: IntArray = pc.fill_null(encoded.indices, NONE).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def link_records(records: Records, duplicate_m: float) -> tuple[IntArray, list[Blocked]]:
    """Link records of one key that are near or on one parcel.

    Returns
    -------
    tuple
        The smallest row of each row's cluster (int64), and the pairs that were not linked though close. Records
        without a position are linked only among themselves, by parcel.
    """
    first, second = _pairs(records.key)
    parcel = (records.parcel[first] == records.parcel[second]) & (records.parcel[first] != NONE)
    together = records.placed[first] == records.placed[second]
    alike = together & (parcel | (_ground_m(records, first, second) <= duplicate_m))
    first, second = first[alike], second[alike]
    one_label = records.label[first] == records.label[second]
    a, b = records.fabric[first], records.fabric[second]
    safe = one_label & (a == b)
    loose = one_label & (a != b) & ((a == NONE) | (b == NONE))
    clash = one_label & (a != b) & ~loose
    cluster = _components(len(records.key), first[safe], second[safe])
    cluster, torn = _join_loose(records, cluster, first[loose], second[loose])
    return cluster, [
        Blocked(first[~one_label], second[~one_label], Reason.CLASS_DIFFERS),
        Blocked(first[clash], second[clash], Reason.FABRIC_ID_DIFFERS),
        Blocked(first[loose][torn], second[loose][torn], Reason.FABRIC_ID_DIFFERS),
    ]


def _pairs(key: IntArray) -> tuple[IntArray, IntArray]:
    """Return every pair of rows with one key; equal keys have to be side by side."""
    rows = np.arange(len(key))
    ends = np.searchsorted(np.flatnonzero(np.diff(key)), rows)
    bounds = np.append(np.flatnonzero(np.diff(key)) + 1, len(key))
    partners = bounds[ends] - rows - 1
    first = np.repeat(rows, partners)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(partners) - partners, partners)
    return first, first + 1 + offset


def _ground_m(records: Records, first: IntArray, second: IntArray) -> FloatArray:
    """Return metres on the WGS 84 ellipsoid between rows; exact enough below a kilometre, NaN without a position."""
    mean = np.radians((records.lat[first] + records.lat[second]) / 2)
    bulge = 1 - _ECCENTRICITY_2 * np.sin(mean) ** 2
    east = _EQUATOR_M / np.sqrt(bulge) * np.cos(mean) * np.radians(records.lon[first] - records.lon[second])
    north = _EQUATOR_M * (1 - _ECCENTRICITY_2) / bulge**1.5 * np.radians(records.lat[first] - records.lat[second])
    distance: FloatArray = np.hypot(east, north)
    return distance


def _components(count: int, first: IntArray, second: IntArray) -> IntArray:
    """Return the smallest row of each row's connected component."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(first), dtype=np.int8), (first, second)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    _, smallest = np.unique(label, return_index=True)
    roots: IntArray = smallest[label].astype(np.int64)
    return roots


def _join_loose(records: Records, cluster: IntArray, first: IntArray, second: IntArray) -> tuple[IntArray, BoolArray]:
    """Let a cluster without Fabric id join the Fabric id beside it; beside two ids it stays, and is torn."""
    plain = np.where(records.fabric[first] == NONE, first, second)
    named = np.where(records.fabric[first] == NONE, second, first)
    beside = np.unique(np.column_stack([cluster[plain], records.fabric[named]]), axis=0)
    roots, ids = np.unique(beside[:, 0], return_counts=True)
    torn: BoolArray = np.isin(cluster[plain], roots[ids > 1])
    linked_first = np.concatenate([np.arange(len(cluster)), plain[~torn]])
    linked_second = np.concatenate([cluster, named[~torn]])
    return _components(len(cluster), linked_first, linked_second), torn


def join_floating(records: Records, cluster: IntArray) -> tuple[IntArray, dict[int, Reason]]:
    """Let clusters without a position join the one cluster of their key that has one.

    Returns
    -------
    tuple
        The smallest row of each row's cluster, and the reason for each cluster (by that row) that stays apart.
    """
    roots = np.unique(cluster)
    floating = roots[~records.placed[roots]]
    if not len(floating):
        return cluster, {}
    members: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero(np.isin(records.key, records.key[floating])).tolist():
        members[int(cluster[row])].append(row)
    by_key: dict[int, list[int]] = defaultdict(list)
    for root in members:
        by_key[int(records.key[root])].append(root)
    why: dict[int, Reason] = {}
    target = {root: root for root in members}
    for same_key in by_key.values():
        joined, reasons = _join_key(records, {root: members[root] for root in same_key})
        target |= joined
        why |= reasons
    joins = [(root, goal) for root, goal in target.items() if root != goal]
    edges = np.array(joins, dtype=np.int64).reshape(-1, 2)
    first = np.concatenate([np.arange(len(cluster)), edges[:, 0]])
    second = np.concatenate([cluster, edges[:, 1]])
    return _components(len(cluster), first, second), why


def _join_key(records: Records, members: dict[int, list[int]]) -> tuple[dict[int, int], dict[int, Reason]]:
    """Choose for each cluster of one key without a position the cluster it joins, or the reason why it does not."""
    placed = [root for root in members if records.placed[root]]
    floating = [root for root in members if not records.placed[root]]
    joined: dict[int, int] = {}
    why: dict[int, Reason] = {}
    if not placed and len(floating) == 1:
        return joined, why
    for root in floating:
        goal, reason = _goal(records, members, root, placed)
        if goal is None:
            why[root] = reason
        else:
            joined[root] = goal
    for goal in set(joined.values()):
        named = {root: _fabric(records, members[root]) for root, at in joined.items() if at == goal}
        ids = {fabric for fabric in named.values() if fabric != NONE}
        if len(ids) > 1:
            torn = [root for root, fabric in named.items() if fabric != NONE]
            why |= dict.fromkeys(torn, Reason.FABRIC_ID_DIFFERS)
            joined = {root: at for root, at in joined.items() if root not in torn}
    return joined, why


def _goal(records: Records, members: dict[int, list[int]], root: int, placed: list[int]) -> tuple[int | None, Reason]:
    """Return the cluster with a position that one without belongs to, or None and the reason."""
    parcels = set(records.parcel[members[root]].tolist()) - {NONE}
    goals = [goal for goal in placed if parcels & set(records.parcel[members[goal]].tolist())]
    if not goals:
        if len(placed) == 1 and records.has_unit[root]:
            return None, Reason.UNIT_BY_TEXT_ONLY
        goals = placed
    if len(goals) != 1:
        return None, Reason.NO_POSITION
    label, goal_label = records.label[root], records.label[goals[0]]
    if label not in {NONE, goal_label}:
        return None, Reason.CLASS_DIFFERS
    fabric, goal_fabric = _fabric(records, members[root]), _fabric(records, members[goals[0]])
    if NONE not in {fabric, goal_fabric} and fabric != goal_fabric:
        return None, Reason.FABRIC_ID_DIFFERS
    return goals[0], Reason.NO_POSITION


def _fabric(records: Records, rows: list[int]) -> int:
    """Return the one Fabric id of a cluster, or `NONE`."""
    return int(records.fabric[rows].max())
