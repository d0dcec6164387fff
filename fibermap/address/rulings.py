"""Rulings: a person's word on which records are one address and which are two. It goes before every rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import pyarrow as pa

from fibermap.address.corrections import Author
from fibermap.address.resolve import Resolution
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class Ruling:
    """Two records, and whether they are ``one`` address."""

    record_id: int
    other_record_id: int
    one: bool


@dataclass(frozen=True, slots=True)
class _Side:
    address_id: int
    record_id: int
    place_key: str


def join(uow: UnitOfWork, address_id: int, other_id: int, by: Author, version: int) -> int:
    """Say that two addresses are one; settling makes them so, and the retired id leads to the other.

    Raises
    ------
    NotFound
        ``address_not_found``.
    InputRefused
        ``argument_invalid`` where they are one already, or where only a person knows one of them.
    """
    return _rule(uow, _sides(uow, address_id, other_id), by, version, one=True)


def keep_apart(uow: UnitOfWork, address_id: int, other_id: int, by: Author, version: int) -> int:
    """Say that two addresses are two, whatever a rule makes of them later; raises what `join` raises."""
    return _rule(uow, _sides(uow, address_id, other_id), by, version, one=False)


def _sides(uow: UnitOfWork, address_id: int, other_id: int) -> tuple[_Side, _Side]:
    first, second = _side(uow, address_id), _side(uow, other_id)
    if first.address_id == second.address_id:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"Addresses {address_id} and {other_id} are one already.", address_id=address_id
        )
    return first, second


def _side(uow: UnitOfWork, address_id: int) -> _Side:
    rows = uow.sql.rows(
        "ruling.address",
        """
        SELECT a.address_id, a.full_address, r.record_id, r.place_key
        FROM address a LEFT JOIN source_record r ON r.record_id = a.record_id AND r.to_version IS NULL
        WHERE a.to_version IS NULL
          AND a.address_id = coalesce((SELECT survivor_id FROM survivor WHERE address_id = $id), $id)
        """,
        {"id": address_id},
    )
    if not rows:
        raise NotFound(
            Code.ADDRESS_NOT_FOUND,
            f"There is no address {address_id}.",
            hint="Look it up with `fibermap check` or in an export.",
        )
    current_id, full_address, record_id, place_key = rows[0]
    if record_id is None:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"No source has {full_address} yet: a person added it.",
            hint=f"Retire address {current_id} if it is there twice.",
            address_id=current_id,
        )
    return _Side(int(current_id), int(record_id), str(place_key))


def _rule(uow: UnitOfWork, sides: tuple[_Side, _Side], by: Author, version: int, *, one: bool) -> int:
    """Write a ruling; an earlier one on the same two records gives way to it."""
    first, second = sorted(sides, key=lambda side: side.record_id)
    pair = {"record_id": first.record_id, "other": second.record_id}
    uow.sql.execute(
        "ruling.supersede",
        """
        UPDATE record_ruling SET to_version = $version
        WHERE to_version IS NULL AND record_id = $record_id AND other_record_id = $other
        """,
        pair | {"version": version},
    )
    ruling_id = stable_id("ruling", version, *pair.values())
    row = [
        ruling_id, *pair.values(), first.place_key, second.place_key, one, by.name, by.reason, uow.at_utc, version,
    ]  # fmt: skip
    uow.sql.execute("ruling.insert", "INSERT INTO record_ruling VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", row)
    return ruling_id


def with_partners(uow: UnitOfWork, dirty: pa.Table) -> pa.Table:
    """Return the place keys to settle (``place_key``) with those that rulings tie to them, however indirectly."""
    tied = uow.sql.arrow(
        "ruling.partners",
        """
        WITH RECURSIVE tie AS (
            SELECT place_key, other_place_key FROM record_ruling WHERE to_version IS NULL AND one
            UNION SELECT other_place_key, place_key FROM record_ruling WHERE to_version IS NULL AND one
        ),
        reached AS (
            SELECT other_place_key AS place_key FROM tie WHERE place_key IN (SELECT place_key FROM dirty)
            UNION SELECT tie.other_place_key FROM reached JOIN tie ON tie.place_key = reached.place_key
        )
        SELECT place_key FROM reached WHERE place_key NOT IN (SELECT place_key FROM dirty)
        """,
        dirty=dirty,
    )
    return pa.concat_tables([dirty, tied]) if tied.num_rows else dirty


def rulings_on(uow: UnitOfWork, records: pa.Table) -> list[Ruling]:
    """Return the rulings in force between ``records`` (``record_id, place_key``) that still say what they said."""
    rows = uow.sql.rows(
        "ruling.in_force",
        """
        SELECT l.record_id, l.other_record_id, l.one
        FROM record_ruling l
        JOIN records a ON a.record_id = l.record_id AND a.place_key = l.place_key
        JOIN records b ON b.record_id = l.other_record_id AND b.place_key = l.other_place_key
        WHERE l.to_version IS NULL ORDER BY l.made_at, l.from_version, l.ruling_id
        """,
        records=records.select(["record_id", "place_key"]),
    )
    return [Ruling(*row) for row in rows]


def lay_over(resolution: Resolution, rulings: Iterable[Ruling]) -> Resolution:
    """Return a partition of records with the rulings on it, the latest last.

    Records that are one address bring their whole clusters together. Where records that are two share a cluster, the
    second leaves it alone. Pairs that are one address by now are no longer to be reviewed.
    """
    said = list(rulings)
    if not said:
        return resolution
    record_id = resolution.clusters["record_id"].to_numpy()
    cluster_id = resolution.clusters["cluster_id"].to_numpy().copy()
    ruled = {*chain.from_iterable((one.record_id, one.other_record_id) for one in said)}
    touched = np.flatnonzero(np.isin(cluster_id, cluster_id[np.isin(record_id, list(ruled))]))
    cluster_id[touched] = _parted(record_id[touched].tolist(), cluster_id[touched].tolist(), said)
    clusters = resolution.clusters.set_column(1, "cluster_id", pa.array(cluster_id, pa.int64()))
    of = dict(zip(record_id[touched].tolist(), cluster_id[touched].tolist(), strict=True))
    pairs = zip(*(resolution.reviews[name].to_pylist() for name in ("record_id", "other_record_id")), strict=True)
    apart = [of.get(first, first) != of.get(second, second) for first, second in pairs]
    return replace(resolution, clusters=clusters, reviews=resolution.reviews.filter(pa.array(apart, pa.bool_())))


def _parted(record_id: list[int], cluster_id: list[int], rulings: list[Ruling]) -> list[int]:
    """Return the cluster of each record after the rulings: the smallest record in it."""
    group_of = dict(zip(record_id, cluster_id, strict=True))
    members: dict[int, set[int]] = defaultdict(set)
    for record, group in group_of.items():
        members[group].add(record)
    for ruling in rulings:
        first, second = group_of[ruling.record_id], group_of[ruling.other_record_id]
        if ruling.one and first != second:
            group_of |= dict.fromkeys(members[second], first)
            members[first] |= members.pop(second)
        elif not ruling.one and first == second:
            alone = -ruling.other_record_id  # a label that no cluster has
            members[first].discard(ruling.other_record_id)
            members[alone], group_of[ruling.other_record_id] = {ruling.other_record_id}, alone
    return [min(members[group_of[record]]) for record in record_id]
