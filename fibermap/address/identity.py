"""Stable ids: an address keeps its id through every re-ingest, and no order of rows changes one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from fibermap.address.normalise import clean
from fibermap.kernel.ids import stable_id

MEMBER_COLUMNS = ("record_id", "cluster_id", "identity_basis", "source_name", "source_fid")


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which address each record belongs to.

    Attributes
    ----------
    addresses
        ``record_id, address_id`` (int64), one row a record in the order given.
    redirects
        Retired address id -> the id that survives, for addresses that were merged.
    """

    addresses: pa.Table
    redirects: dict[int, int]


@dataclass(frozen=True, slots=True)
class _Cluster:
    basis: str
    origin: tuple[str, str, int]
    known: frozenset[int]

    @property
    def natural_id(self) -> int | None:
        return stable_id("address", self.basis) if self.basis else None


def assign_ids(members: pa.Table, existing: Mapping[int, int]) -> Assignment:
    """Give every cluster of records its address id.

    An id that exists survives. Where a cluster holds several, the one its basis hashes to survives, else the
    smallest, and the others redirect to it. Where an id's records fall into several clusters, the cluster whose basis
    hashes to it keeps it, else the one with the smallest origin. A new cluster gets the hash of its basis; where that
    id is taken by another address, the hash of basis and origin.

    Parameters
    ----------
    members
        `MEMBER_COLUMNS`: one row a record, ``cluster_id`` from `resolve_duplicates`; ``identity_basis`` NULL or empty
        where the text identifies nothing; ``source_fid`` NULL where the source has no id of its own.
    existing
        Record id -> address id of earlier ingests, for any of the records.

    Returns
    -------
    Assignment
        The same for every order of rows, and unchanged when assigned again.
    """
    clusters = _clusters(members, existing)
    kept = _claims(clusters)
    taken = set(existing.values())
    address: dict[int, int] = {}
    redirects: dict[int, int] = {}
    for cluster_id, ids in kept.items():
        natural = clusters[cluster_id].natural_id
        survivor = natural if natural in ids else min(ids)
        address[cluster_id] = survivor
        redirects |= {retired: survivor for retired in ids if retired != survivor}
    tried: Counter[tuple[object, ...]] = Counter()
    for cluster_id in _in_order({cluster_id: one for cluster_id, one in clusters.items() if cluster_id not in kept}):
        address[cluster_id] = _new_id(clusters[cluster_id], taken, tried)
        taken.add(address[cluster_id])
    ids = pa.array([address[cluster_id] for cluster_id in members.column("cluster_id").to_pylist()], pa.int64())
    return Assignment(pa.table({"record_id": members.column("record_id"), "address_id": ids}), redirects)


def _clusters(members: pa.Table, existing: Mapping[int, int]) -> dict[int, _Cluster]:
    bases: dict[int, set[str]] = defaultdict(set)
    origins: dict[int, tuple[str, str, int]] = {}
    known: dict[int, set[int]] = defaultdict(set)
    rows = zip(*(members.column(name).to_pylist() for name in MEMBER_COLUMNS), strict=True)
    for record_id, cluster_id, basis, source_name, source_fid in rows:
        bases[cluster_id].add(basis or "")
        origin = (str(source_name or ""), str(source_fid) if source_fid is not None else "", record_id)
        origins[cluster_id] = min(origin, origins.get(cluster_id, origin))
        if record_id in existing:
            known[cluster_id].add(existing[record_id])
    return {
        cluster_id: _Cluster(
            min((basis for basis in said if basis), default=""), origins[cluster_id], frozenset(known[cluster_id])
        )
        for cluster_id, said in bases.items()
    }


def _in_order(clusters: Mapping[int, _Cluster]) -> list[int]:
    """Return the ids of clusters by their origins: sorted where others may use the interpreter meanwhile."""
    source, fid, record_id = (
        zip(*(cluster.origin for cluster in clusters.values()), strict=True) if clusters else ((),) * 3
    )
    table = pa.table(
        {
            "source": pa.array(source, pa.string()),
            "fid": pa.array(fid, pa.string()),
            "record_id": pa.array(record_id, pa.int64()),
            "cluster_id": pa.array(clusters, pa.int64()),
        }
    )
    in_order = table.sort_by([(name, "ascending") for name in table.column_names])
    ids: list[int] = in_order["cluster_id"].to_pylist()
    return ids


def _claims(clusters: dict[int, _Cluster]) -> dict[int, set[int]]:
    """Return, for each cluster that keeps any, the existing ids that it keeps."""
    claimants: dict[int, list[int]] = defaultdict(list)
    for cluster_id, cluster in clusters.items():
        for address_id in cluster.known:
            claimants[address_id].append(cluster_id)
    kept: dict[int, set[int]] = defaultdict(set)
    for address_id, claiming in claimants.items():
        owner = min(claiming, key=lambda one: (clusters[one].natural_id != address_id, clusters[one].origin))
        kept[owner].add(address_id)
    return dict(kept)


def _new_id(cluster: _Cluster, taken: set[int], tried: Counter[tuple[object, ...]]) -> int:
    """Return a free id; ``tried`` counts the attempts that have been made for each origin, so that none is repeated."""
    natural = cluster.natural_id
    if natural is not None and natural not in taken:
        return natural
    source_name, source_fid, record_id = cluster.origin
    origin = ("address", cluster.basis, source_name, source_fid or record_id)
    while (candidate := stable_id(*origin, tried[origin] or None)) in taken:
        tried[origin] += 1
    return candidate


def location_id(source_name: str, structure_id: object, building_basis: str | None, address_id: int) -> int:
    """Return the id of the structure that an address is in.

    Parameters
    ----------
    source_name, structure_id
        The source's own structure or building id goes first; NULL, blank and 0 are none.
    building_basis
        Else the address without its unit (`fibermap.address.keys.building_basis`), so that the units of one building
        share a location.
    address_id
        Else the address is its own location. Equal coordinates never make one.
    """
    structure = clean(structure_id)
    if structure is not None and structure.strip("0.-"):
        return stable_id("structure", source_name, structure)
    if building_basis:
        return stable_id("building", building_basis)
    return stable_id("lone", address_id)
