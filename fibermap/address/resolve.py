"""Which records are one address: pure, independent of the order of rows.

Records merge when they have the same canonical key and lie within ``duplicate_m`` of one another (single linkage) or
on the same parcel. They never merge across class labels or across different Fabric ids, and nothing is inferred from
equal coordinates. What looks alike and is not merged goes to a review list with the reason.

A record without a position joins the one cluster of its key that has a position. It stays apart where there is none,
or more than one; where it is a unit, since units are never merged by text alone; and where joining it would bring two
Fabric ids or two classes together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fibermap.address.linkage import NONE, Blocked, Reason, Records, encode, join_floating, link_records

IntArray = npt.NDArray[np.int64]

MOST_ALIKE = 1_000
"""A key with more records than this is a placeholder (1 Unknown St), not an address: its records stay apart."""

RECORD_COLUMNS = ("record_id", "canonical_key", "unit", "lon", "lat", "fcc_location_id", "parcel_id", "class_label")

_PAIRS_AT_ONCE = 2_000_000

REVIEW_SCHEMA = pa.schema(
    [
        ("record_id", pa.int64()),
        ("other_record_id", pa.int64()),
        ("canonical_key", pa.string()),
        ("reason", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Resolution:
    """The partition of the records, and what a person should look at.

    Attributes
    ----------
    clusters
        ``record_id, cluster_id`` (int64), one row a record in the order given; a cluster's id is its smallest
        record id.
    reviews
        `REVIEW_SCHEMA`, sorted: two clusters of one key, by their smallest record ids, and the reason.
    """

    clusters: pa.Table
    reviews: pa.Table


def resolve_duplicates(records: pa.Table, duplicate_m: float) -> Resolution:
    """Partition address records into addresses.

    Parameters
    ----------
    records
        `RECORD_COLUMNS`: ``record_id`` int64 and unique; ``lon``, ``lat`` degrees WGS 84, NULL, NaN or out of range
        for no position; the rest text or NULL. A NULL key matches nothing. ``class_label`` NULL or ``unknown``: none.
        Other columns are ignored.
    duplicate_m
        Largest distance between two records of one address, metres on the ground.

    Returns
    -------
    Resolution
        The same partition and reviews for every order of rows.
    """
    table = records.select(RECORD_COLUMNS)
    by_id = np.argsort(table.column("record_id").to_numpy(), kind="stable")
    table = table.take(by_id)
    record_id = table.column("record_id").to_numpy()
    rows_of_keys = Records.of(table, encode(table.column("canonical_key")))
    cluster = np.arange(len(by_id))
    reviews: list[_Review] = []
    for rows in _rows_to_compare(rows_of_keys.key):
        if len(rows) > MOST_ALIKE and rows_of_keys.key[rows[0]] == rows_of_keys.key[rows[-1]]:
            reviews += [(int(rows[0]), int(row), Reason.TOO_MANY_ALIKE) for row in rows[1:]]
            continue
        group = rows_of_keys.take(rows)
        linked, blocked = link_records(group, duplicate_m)
        local, why = join_floating(group, linked)
        cluster[rows] = rows[local]
        reviews += [(int(rows[a]), int(rows[b]), reason) for a, b, reason in _reviews(group, local, blocked, why)]
    in_given_order = np.empty_like(cluster)
    in_given_order[by_id] = record_id[cluster]
    clusters = pa.table({"record_id": records.column("record_id"), "cluster_id": in_given_order})
    return Resolution(clusters, _review_table(reviews, record_id, table.column("canonical_key")))


def _rows_to_compare(key: IntArray) -> Iterator[IntArray]:
    """Yield the rows of keys with several records: many small keys at once, a key that is too large alone."""
    by_key = np.argsort(key, kind="stable")
    by_key = by_key[key[by_key] != NONE]
    starts = np.flatnonzero(np.diff(key[by_key], prepend=NONE))
    sizes = np.diff(np.append(starts, len(by_key)))
    pending: list[IntArray] = []
    pairs = 0
    for start, size in zip(starts[sizes > 1].tolist(), sizes[sizes > 1].tolist(), strict=True):
        rows = by_key[start : start + size]
        if size > MOST_ALIKE:
            yield rows
            continue
        pending.append(rows)
        pairs += size * (size - 1) // 2
        if pairs > _PAIRS_AT_ONCE:
            yield np.concatenate(pending)
            pending, pairs = [], 0
    if pending:
        yield np.concatenate(pending)


_Review = tuple[int, int, Reason]


def _reviews(group: Records, local: IntArray, blocked: list[Blocked], why: dict[int, Reason]) -> list[_Review]:
    """Name a reason for every cluster that shares its key with another."""
    found: dict[tuple[int, int], Reason] = {}
    for pairs in blocked:
        roots = np.unique(np.sort(np.column_stack([local[pairs.first], local[pairs.second]]), axis=1), axis=0)
        for first, second in roots[roots[:, 0] != roots[:, 1]].tolist():
            found.setdefault((first, second), pairs.reason)
    told = {row for pair in found for row in pair}
    anchors: dict[int, int] = {}
    roots = np.unique(local)
    for root in roots[np.argsort(~group.placed[roots], kind="stable")].tolist():
        anchor = anchors.setdefault(int(group.key[root]), root)
        if root != anchor and (root not in told or anchor not in told or root in why):
            pair = (min(anchor, root), max(anchor, root))
            found.setdefault(pair, why.get(root, why.get(anchor, Reason.FAR_APART)))
            told |= {anchor, root}
    return [(first, second, reason) for (first, second), reason in found.items()]


def _review_table(reviews: list[_Review], record_id: IntArray, keys: pa.ChunkedArray) -> pa.Table:
    first, second = (np.array([row[side] for row in reviews], dtype=np.int64) for side in (0, 1))
    columns = {
        "record_id": record_id[first],
        "other_record_id": record_id[second],
        "canonical_key": keys.take(pa.array(first)),
        "reason": pa.array([str(row[2]) for row in reviews], pa.string()),
    }
    table = pa.table(columns, schema=REVIEW_SCHEMA)
    return table.sort_by([("record_id", "ascending"), ("other_record_id", "ascending")])
