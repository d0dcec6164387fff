"""What is measured, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Counters of one server. Labels are routes, never paths, so that nobody outside can make new ones."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "fibermap_requests", "Requests answered.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "fibermap_request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self._checks = Counter(
            "fibermap_checks", "Addresses checked, by how they matched.", ("status",), registry=self._registry
        )
        self.jobs_waiting = Gauge("fibermap_jobs_waiting", "Batch jobs not done yet.", registry=self._registry)
        self._counter = cache(self._requests.labels)
        self._timer = cache(self._seconds.labels)
        self._check = cache(self._checks.labels)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._counter(method if method in _METHODS else "other", route, str(status)).inc()
        self._timer(route).observe(seconds)

    def count_check(self, status: str) -> None:
        """Count one address checked."""
        self._check(status).inc()

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)


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
