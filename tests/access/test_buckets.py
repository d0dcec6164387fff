"""Token buckets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fibermap.access.buckets import BURST_S, TokenBuckets


def test_a_burst_is_let_through_and_then_the_rate() -> None:
    buckets = TokenBuckets()
    assert [buckets.take("a", 2.0, 0.0) for _ in range(4)] == [0.0] * 4
    assert buckets.take("a", 2.0, 0.0) == 0.5
    assert buckets.take("a", 2.0, 0.5) == 0.0


def test_one_callers_haste_is_not_anothers() -> None:
    buckets = TokenBuckets()
    buckets.take("a", 0.5, 0.0)
    assert buckets.take("a", 0.5, 0.0) > 0
    assert buckets.take("b", 0.5, 0.0) == 0


def test_a_batch_larger_than_the_bucket_passes_once_and_is_owed() -> None:
    buckets = TokenBuckets()
    assert buckets.take("a", 10.0, 0.0, cost=100) == 0
    assert buckets.take("a", 10.0, 0.0) > 8.0


def test_memory_is_bounded_and_the_longest_unheard_is_forgotten() -> None:
    buckets = TokenBuckets(most=10)
    for caller in range(1000):
        buckets.take(str(caller), 1.0, float(caller))
    assert len(buckets) == 10


@given(rate=st.floats(0.1, 1000), gaps_s=st.lists(st.floats(0, 5), min_size=1, max_size=60))
def test_no_more_comes_through_than_the_burst_and_the_rate(rate: float, gaps_s: list[float]) -> None:
    buckets, now_s, passed = TokenBuckets(), 0.0, 0
    for gap_s in gaps_s:
        now_s += gap_s
        passed += buckets.take("a", rate, now_s) == 0
    assert passed <= max(rate * BURST_S, 1) + rate * now_s + 1e-6
