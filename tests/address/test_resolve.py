"""Which records are one address, told by small tables."""

from __future__ import annotations

import math
import random
import time
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from fibermap.address.resolve import MOST_ALIKE, resolve_duplicates

LON, LAT = -111.33, 45.86
METRES_PER_LAT = 111_140.0
WGS84 = Geod(ellps="WGS84")


def record(record_id: int, north_m: float | None = 0.0, **said: Any) -> dict[str, Any]:
    """Build a record ``north_m`` metres north of a fixed place (None: no position)."""
    return {
        "record_id": record_id,
        "canonical_key": "12|ELM ST||59714",
        "unit": None,
        "lon": None if north_m is None else LON,
        "lat": None if north_m is None else LAT + north_m / METRES_PER_LAT,
        "fcc_location_id": None,
        "parcel_id": None,
        "class_label": None if north_m is None else "build",
        **said,
    }


SCHEMA = pa.schema(
    [
        ("record_id", pa.int64()),
        ("canonical_key", pa.string()),
        ("unit", pa.string()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("fcc_location_id", pa.string()),
        ("parcel_id", pa.string()),
        ("class_label", pa.string()),
    ]
)


def resolved(*records: dict[str, Any]) -> tuple[list[list[int]], list[tuple[int, int, str]]]:
    """Return the clusters, and the reviews as (record, other, reason)."""
    resolution = resolve_duplicates(pa.Table.from_pylist(list(records), SCHEMA), 30.0)
    clusters: dict[int, list[int]] = {}
    for row in resolution.clusters.to_pylist():
        clusters.setdefault(row["cluster_id"], []).append(row["record_id"])
    reviews = [(row["record_id"], row["other_record_id"], row["reason"]) for row in resolution.reviews.to_pylist()]
    return sorted(sorted(cluster) for cluster in clusters.values()), reviews


def test_same_key_within_thirty_metres_is_one_address() -> None:
    assert resolved(record(1), record(2, 29.0)) == ([[1, 2]], [])


def test_a_chain_of_near_records_is_one_address() -> None:
    assert resolved(record(1), record(2, 25.0), record(3, 50.0)) == ([[1, 2, 3]], [])


def test_further_apart_stays_two_and_is_reviewed() -> None:
    assert resolved(record(1), record(2, 31.0)) == ([[1], [2]], [(1, 2, "far_apart")])


def test_the_limit_is_the_geodesic_distance_east_and_north() -> None:
    for azimuth in range(0, 360, 15):
        for reach_m, together in ((29.999, True), (30.001, False)):
            lon, lat, _ = WGS84.fwd(LON, LAT, azimuth, reach_m)
            clusters, _ = resolved(record(1), record(2, 0.0, lon=lon, lat=lat))
            assert (clusters == [[1, 2]]) is together


def test_one_parcel_is_one_address_however_far() -> None:
    assert resolved(record(1, parcel_id="P"), record(2, 400.0, parcel_id="P")) == ([[1, 2]], [])


def test_equal_places_with_different_keys_are_different_addresses() -> None:
    assert resolved(record(1), record(2, canonical_key="14|ELM ST||59714")) == ([[1], [2]], [])


def test_a_record_without_key_matches_nothing() -> None:
    assert resolved(record(1, canonical_key=None), record(2, canonical_key=None)) == ([[1], [2]], [])


def test_classes_are_never_merged() -> None:
    clusters, reviews = resolved(record(1), record(2, 5.0, class_label="pre-build"))
    assert (clusters, reviews) == ([[1], [2]], [(1, 2, "class_differs")])


def test_fabric_ids_are_never_merged() -> None:
    clusters, reviews = resolved(record(1, fcc_location_id="A"), record(2, 5.0, fcc_location_id="B"))
    assert (clusters, reviews) == ([[1], [2]], [(1, 2, "fabric_id_differs")])


def test_a_record_without_fabric_id_joins_the_one_beside_it() -> None:
    assert resolved(record(1, fcc_location_id="A"), record(2, 5.0)) == ([[1, 2]], [])


def test_a_record_between_two_fabric_ids_joins_neither() -> None:
    clusters, reviews = resolved(record(1, fcc_location_id="A"), record(2, 20.0), record(3, 40.0, fcc_location_id="B"))
    assert clusters == [[1], [2], [3]]
    assert reviews == [(1, 2, "fabric_id_differs"), (2, 3, "fabric_id_differs")]


def test_without_position_it_joins_the_one_cluster_of_its_key() -> None:
    assert resolved(record(1), record(2, 5.0), record(3, None)) == ([[1, 2, 3]], [])


def test_without_position_it_does_not_choose_between_two_clusters() -> None:
    clusters, reviews = resolved(record(1), record(2, 500.0), record(3, None))
    assert clusters == [[1], [2], [3]]
    assert reviews == [(1, 2, "far_apart"), (1, 3, "no_position")]


def test_without_position_its_parcel_may_choose() -> None:
    clusters, _ = resolved(record(1), record(2, 500.0, parcel_id="P"), record(3, None, parcel_id="P"))
    assert clusters == [[1], [2, 3]]


def test_two_without_position_stay_two() -> None:
    assert resolved(record(1, None), record(2, None)) == ([[1], [2]], [(1, 2, "no_position")])


def test_a_unit_is_not_merged_by_its_text_alone() -> None:
    clusters, reviews = resolved(record(1, unit="5"), record(2, None, unit="5"))
    assert (clusters, reviews) == ([[1], [2]], [(1, 2, "unit_by_text_only")])


def test_without_position_fabric_and_class_still_count() -> None:
    assert resolved(record(1, fcc_location_id="A"), record(2, None, fcc_location_id="B"))[1] == [
        (1, 2, "fabric_id_differs")
    ]
    assert resolved(record(1), record(2, None, class_label="pre-build"))[1] == [(1, 2, "class_differs")]


def test_two_fabric_ids_without_position_do_not_meet_in_a_third_cluster() -> None:
    clusters, _ = resolved(record(1), record(2, None, fcc_location_id="A"), record(3, None, fcc_location_id="B"))
    assert clusters == [[1], [2], [3]]


@pytest.mark.parametrize("lat", [math.nan, math.inf, 91.0, 1e308])
def test_a_position_off_the_earth_is_none(lat: float) -> None:
    assert resolved(record(1), record(2, lat=lat, class_label=None)) == ([[1, 2]], [])


def test_a_placeholder_key_is_left_apart() -> None:
    clusters, reviews = resolved(*(record(number) for number in range(MOST_ALIKE + 1)))
    assert len(clusters) == MOST_ALIKE + 1
    assert {reason for _, _, reason in reviews} == {"too_many_alike"}


def test_no_records_are_no_clusters() -> None:
    assert resolved() == ([], [])


RECORDS = st.lists(
    st.builds(
        lambda key, north, label, fabric, parcel, unit: record(
            0,
            north,
            canonical_key=key,
            class_label=None if north is None else label,
            fcc_location_id=fabric,
            parcel_id=parcel,
            unit=unit,
        ),
        st.sampled_from(["a", "b", None]),
        st.sampled_from([0.0, 10.0, 35.0, 60.0, 500.0, None]),
        st.sampled_from(["build", "pre-build"]),
        st.sampled_from([None, None, "A", "B"]),
        st.sampled_from([None, None, "P", "Q"]),
        st.sampled_from([None, None, "5"]),
    ),
    max_size=12,
).map(lambda rows: [{**row, "record_id": number} for number, row in enumerate(rows)])


@given(RECORDS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(records: list[dict[str, Any]], chance: random.Random) -> None:
    shuffled = list(records)
    chance.shuffle(shuffled)
    assert resolved(*shuffled) == resolved(*records)


@given(RECORDS)
def test_no_cluster_breaks_a_rule_and_nothing_alike_is_silently_apart(records: list[dict[str, Any]]) -> None:
    clusters, reviews = resolved(*records)
    by_id = {row["record_id"]: row for row in records}
    assert sorted(number for cluster in clusters for number in cluster) == sorted(by_id)
    for cluster in clusters:
        rows = [by_id[number] for number in cluster]
        assert len({row["canonical_key"] for row in rows}) == 1
        assert len({row["fcc_location_id"] for row in rows} - {None}) <= 1
        assert len({row["class_label"] for row in rows} - {None}) <= 1
    told = {number for review in reviews for number in review[:2]}
    firsts = {min(cluster): by_id[cluster[0]]["canonical_key"] for cluster in clusters}
    keys = [key for key in firsts.values() if key is not None]
    assert {number for number, key in firsts.items() if keys.count(key) > 1} == told & set(firsts)


@given(RECORDS)
def test_placed_records_without_fabric_ids_cluster_as_a_plain_search_finds(records: list[dict[str, Any]]) -> None:
    plain = [{**row, "fcc_location_id": None} for row in records if row["lat"] is not None]
    clusters, _ = resolved(*plain)
    assert clusters == _by_search(plain)


def _by_search(records: list[dict[str, Any]]) -> list[list[int]]:
    left = {row["record_id"]: row for row in records}
    found = []
    while left:
        _, row = left.popitem()
        cluster, queue = [], [row]
        while queue:
            at = queue.pop()
            cluster.append(at["record_id"])
            near = [number for number, other in left.items() if _alike(at, other)]
            queue += [left.pop(number) for number in near]
        found.append(sorted(cluster))
    return sorted(found)


def _alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if one["canonical_key"] is None or one["canonical_key"] != other["canonical_key"]:
        return False
    if one["class_label"] != other["class_label"]:
        return False
    if one["parcel_id"] is not None and one["parcel_id"] == other["parcel_id"]:
        return True
    return bool(WGS84.inv(one["lon"], one["lat"], other["lon"], other["lat"])[2] <= 30.0)


def test_three_hundred_thousand_records_take_seconds() -> None:
    chance = np.random.default_rng(7)
    count = 300_000
    table = pa.table(
        {
            "record_id": np.arange(count),
            "canonical_key": [f"{number}|ELM ST||59714" for number in chance.integers(0, 200_000, count)],
            "unit": pa.nulls(count, pa.string()),
            "lon": LON + chance.normal(0, 0.001, count),
            "lat": pa.array(LAT + chance.normal(0, 0.001, count), mask=chance.random(count) < 0.25),
            "fcc_location_id": pa.nulls(count, pa.string()),
            "parcel_id": pa.nulls(count, pa.string()),
            "class_label": pa.nulls(count, pa.string()),
        }
    )
    started = time.process_time()
    resolve_duplicates(table, 30.0)
    assert time.process_time() - started < 15
