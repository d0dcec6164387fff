"""A person's word on the partition of records: pure, told by small tables."""

from __future__ import annotations

import pyarrow as pa
import pytest

from fibermap.address.resolve import REVIEW_SCHEMA, Resolution
from fibermap.address.rulings import Ruling, lay_over


def resolution(clusters: dict[int, int], *reviews: tuple[int, int]) -> Resolution:
    """Build a partition: record -> cluster, and the pairs to review."""
    listed = [dict(zip(REVIEW_SCHEMA.names, (*pair, "key", "far_apart"), strict=True)) for pair in reviews]
    table = pa.table(
        {"record_id": pa.array(clusters, pa.int64()), "cluster_id": pa.array(clusters.values(), pa.int64())}
    )
    return Resolution(table, pa.Table.from_pylist(listed, REVIEW_SCHEMA))


def laid(given: Resolution, *rulings: Ruling) -> tuple[dict[int, int], list[tuple[int, int]]]:
    """Return the partition and the pairs to review after some rulings."""
    done = lay_over(given, rulings)
    reviews = [(row["record_id"], row["other_record_id"]) for row in done.reviews.to_pylist()]
    return dict(zip(*done.clusters.to_pydict().values(), strict=True)), reviews


@pytest.mark.parametrize(
    ("before", "rulings", "after"),
    [
        ({1: 1, 2: 2, 3: 2}, [(1, 3, True)], {1: 1, 2: 1, 3: 1}),
        ({1: 1, 2: 1, 3: 1}, [(1, 3, False)], {1: 1, 2: 1, 3: 3}),
        ({1: 1, 2: 1, 3: 1}, [(1, 2, False), (2, 3, True)], {1: 1, 2: 1, 3: 1}),
        ({1: 1, 2: 2}, [(1, 2, False)], {1: 1, 2: 2}),
        ({1: 1, 2: 1}, [(2, 1, False)], {1: 1, 2: 2}),
        ({4: 4, 5: 5, 6: 6}, [(5, 6, True), (4, 6, True)], {4: 4, 5: 4, 6: 4}),
    ],
)
def test_the_latest_word_counts_and_a_cluster_is_named_after_its_smallest_record(
    before: dict[int, int], rulings: list[tuple[int, int, bool]], after: dict[int, int]
) -> None:
    assert laid(resolution(before), *(Ruling(*each) for each in rulings))[0] == after


def test_a_pair_that_is_one_by_now_is_no_longer_to_be_reviewed_and_others_stay() -> None:
    given = resolution({1: 1, 2: 2, 7: 7, 8: 8}, (1, 2), (7, 8))
    assert laid(given, Ruling(1, 2, one=True))[1] == [(7, 8)]


def test_without_a_ruling_nothing_is_touched() -> None:
    given = resolution({1: 1, 2: 2})
    assert lay_over(given, []) is given
