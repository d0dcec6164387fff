"""Ids survive, and no order changes them."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from fibermap.address.identity import assign_ids, location_id
from fibermap.kernel.ids import stable_id

SCHEMA = pa.schema(
    [
        ("record_id", pa.int64()),
        ("cluster_id", pa.int64()),
        ("identity_basis", pa.string()),
        ("source_name", pa.string()),
        ("source_fid", pa.string()),
    ]
)
ELM = "12|ELM ST||59714"
ELM_ID = stable_id("address", ELM)


def member(record_id: int, cluster_id: int, basis: str | None = ELM, source: str = "county") -> dict[str, Any]:
    return {
        "record_id": record_id,
        "cluster_id": cluster_id,
        "identity_basis": basis,
        "source_name": source,
        "source_fid": str(record_id),
    }


def assigned(members: list[dict[str, Any]], existing: dict[int, int]) -> tuple[dict[int, int], dict[int, int]]:
    result = assign_ids(pa.Table.from_pylist(members, SCHEMA), existing)
    ids = result.addresses.to_pylist()
    return {row["record_id"]: row["address_id"] for row in ids}, result.redirects


def test_a_new_address_is_named_by_its_basis() -> None:
    assert assigned([member(1, 1), member(2, 1)], {}) == ({1: ELM_ID, 2: ELM_ID}, {})


def test_two_new_addresses_with_one_basis_get_two_ids() -> None:
    ids, _ = assigned([member(1, 1), member(2, 2)], {})
    assert ids[1] == ELM_ID
    assert ids[2] not in {ELM_ID, ids[1]}


def test_an_address_without_basis_is_named_by_where_it_comes_from() -> None:
    ids, _ = assigned([member(1, 1, None), member(2, 2, "")], {})
    assert len(set(ids.values())) == 2


def test_an_existing_id_survives_a_new_spelling_and_a_new_record() -> None:
    assert assigned([member(1, 1, "14|ELM ST||59714"), member(2, 1)], {1: 77}) == ({1: 77, 2: 77}, {})


def test_merged_addresses_keep_the_id_of_the_basis() -> None:
    assert assigned([member(1, 1), member(2, 1)], {1: 5, 2: ELM_ID}) == ({1: ELM_ID, 2: ELM_ID}, {5: ELM_ID})


def test_merged_addresses_else_keep_the_smallest_id() -> None:
    assert assigned([member(1, 1), member(2, 1)], {1: 9, 2: 5}) == ({1: 5, 2: 5}, {9: 5})


def test_a_split_address_leaves_its_id_with_one_part() -> None:
    ids, redirects = assigned([member(1, 1), member(2, 2)], {1: 77, 2: 77})
    assert ids[1] == 77
    assert ids[2] != 77
    assert redirects == {}


def test_a_new_address_never_takes_an_id_in_use() -> None:
    ids, _ = assigned([member(1, 1, "elsewhere"), member(2, 2)], {1: ELM_ID})
    assert ids[1] == ELM_ID
    assert ids[2] != ELM_ID


MEMBERS = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(["a", "b", None]), st.sampled_from(["county", "fabric"])), max_size=12
).map(lambda rows: [member(number, *row) for number, row in enumerate(rows)])
EXISTING = st.dictionaries(st.integers(0, 11), st.integers(100, 105), max_size=8)


@given(MEMBERS, EXISTING, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    members: list[dict[str, Any]], existing: dict[int, int], chance: random.Random
) -> None:
    shuffled = list(members)
    chance.shuffle(shuffled)
    assert assigned(shuffled, existing) == assigned(members, existing)


@given(MEMBERS, EXISTING)
def test_assigning_again_changes_nothing(members: list[dict[str, Any]], existing: dict[int, int]) -> None:
    ids, _ = assigned(members, existing)
    assert assigned(members, ids) == (ids, {})


@given(MEMBERS, EXISTING)
def test_one_cluster_is_one_id_and_one_id_is_one_cluster(
    members: list[dict[str, Any]], existing: dict[int, int]
) -> None:
    ids, redirects = assigned(members, existing)
    pairs = {(row["cluster_id"], ids[row["record_id"]]) for row in members}
    assert len(pairs) == len({cluster for cluster, _ in pairs}) == len({address for _, address in pairs})
    assert not set(redirects) & set(ids.values())
    assert set(redirects.values()) <= set(ids.values())


def test_units_of_one_building_share_a_location_and_a_structure_id_goes_first() -> None:
    assert location_id("county", None, ELM, 1) == location_id("fabric", "0", ELM, 2)
    assert location_id("county", "470", ELM, 1) == location_id("county", 470, "other", 2)
    assert location_id("county", "470", ELM, 1) != location_id("fabric", "470", ELM, 1)
    assert location_id("county", None, None, 1) != location_id("county", None, None, 2)
