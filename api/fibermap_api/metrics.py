"""What is measured, for Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import accumulate

from prometheus_client import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.parser import text_string_to_metric_families

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_BUCKETS = (*map(str, _SECONDS), "+Inf")


class Metrics:
    """Counters of one server. Labels are routes, never paths, so that nobody outside can make new ones.

    Each request is counted in plain numbers, by the thread of the loop alone; they become Prometheus' when it asks.

    Attributes
    ----------
    jobs_waiting
        Batch jobs that are not done yet.
    """

    def __init__(self) -> None:
        self.jobs_waiting = 0
        self._requests: Counter[tuple[str, ...]] = Counter()
        self._checks: Counter[tuple[str, ...]] = Counter()
        self._times: defaultdict[str, _Times] = defaultdict(_Times)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests[method if method in _METHODS else "other", route, str(status)] += 1
        times = self._times[route]
        times.counts[bisect_left(_SECONDS, seconds)] += 1
        times.seconds += seconds

    def count_check(self, status: str) -> None:
        """Count one address checked."""
        self._checks[(status,)] += 1

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self)

    def collect(self) -> Iterable[Metric]:
        """Yield everything as Prometheus takes it."""
        yield _counter("fibermap_requests", "Requests answered.", ("method", "route", "status"), self._requests)
        timed = HistogramMetricFamily("fibermap_request_seconds", "Time to answer.", labels=["route"])
        for route, times in sorted(self._times.items()):
            timed.add_metric(
                [route], list(zip(_BUCKETS, map(float, accumulate(times.counts)), strict=True)), times.seconds
            )
        yield timed
        yield _counter("fibermap_checks", "Addresses checked, by how they matched.", ("status",), self._checks)
        yield GaugeMetricFamily("fibermap_jobs_waiting", "Batch jobs not done yet.", self.jobs_waiting)


class _Times:
    """How many requests took how long: one count a bucket of `_SECONDS`, and one beyond; and the seconds of all."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * len(_BUCKETS)
        self.seconds = 0.0


def _counter(name: str, says: str, labels: Iterable[str], counts: Mapping[tuple[str, ...], int]) -> Metric:
    family = CounterMetricFamily(name, says, labels=list(labels))
    for values, count in sorted(counts.items()):
        family.add_metric(list(values), count)
    return family


def together(front: bytes, owner: bytes | None) -> bytes:
    """Return the measurements of both processes of a server, told apart by the label ``process``.

    Parameters
    ----------
    owner
        None where nobody answers.
    """
    texts = {"front": front} | ({} if owner is None else {"owner": owner})
    return generate_latest(_Together(texts))


class _Together:
    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self._texts = texts

    def collect(self) -> Iterable[Metric]:
        families: dict[str, Metric] = {}
        for process, text in self._texts.items():
            for found in text_string_to_metric_families(text.decode()):
                family = families.setdefault(found.name, Metric(found.name, found.documentation, found.type))
                for sample in found.samples:
                    family.add_sample(sample.name, {**sample.labels, "process": process}, sample.value)
        is_up = float("owner" in self._texts)
        return [*families.values(), GaugeMetricFamily("fibermap_owner_up", "Whether the owner answers.", is_up)]
