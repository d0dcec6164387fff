"""What may be sold at an address: a large plan and a catalogue of hundreds of offerings, asked in process.

``python -m benchmarks.bench_offers [--addresses 1000000] [--areas 5000] [--database PLAN]``
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from benchmarks.large_plan import given_plan
from benchmarks.promise import Promise, report
from fibermap.order.label import BroadbandLabel
from fibermap.order.offering import Customers, Introductory, OfferingKind, Service, Terms
from fibermap.order.offers import Offers
from fibermap.order.region import Region
from fibermap.plan import Plan
from fibermap.serving.answers import Answers
from fibermap.serving.ground import ground_at

GB_PER_MILLION = 1.5
OFFERINGS = 500
QUESTIONS = 10_000
IN_A_NOTEBOOK = 500
AT_MOST_MS = 2.0
CHANNELS = ("portal", "door", "csr")
_SEED = 20261126
_PROVIDERS = 5
_DRAWN = 120


def make_catalogue(bounds: tuple[float, float, float, float], phases: Sequence[str]) -> list[Terms]:
    """Return plans of several providers, each in regions of its own, with add-ons and bundles; the same every time."""
    rng = np.random.default_rng(_SEED)
    shapes = [_drawn(rng, bounds) for _ in range(_DRAWN)]
    plans = [_plan(number, shapes, phases, rng) for number in range(OFFERINGS * 3 // 5)]
    add_ons = [_add_on(number) for number in range(OFFERINGS * 3 // 10)]
    bundles = [
        _other(f"BUNDLE-{number}", OfferingKind.BUNDLE, number, parts=(plans[number].code, add_ons[number].code))
        for number in range(OFFERINGS - len(plans) - len(add_ons))
    ]
    return [*plans, *add_ons, *bundles]


def _plan(number: int, shapes: Sequence[str], phases: Sequence[str], rng: np.random.Generator) -> Terms:
    included: list[Region] = []
    match number % 4:
        case 0:
            included = [Region("drawn", shape=shapes[int(n)]) for n in rng.integers(0, _DRAWN, 3)]
        case 1:
            included = [Region("phases", phases=tuple(phases[number % len(phases) :: 7]))]
        case 2:
            included = [Region("zips", zips=tuple(f"{59000 + int(n):05d}" for n in rng.integers(0, 1000, 40)))]
    return Terms(
        code=f"PLAN-{number}",
        name=f"Plan {number}",
        provider=f"Provider {number % _PROVIDERS}",
        kind=OfferingKind.PLAN,
        monthly_cents=4000 + 10 * number,
        valid_from=date(2020, 1, 1),
        technology="fiber",
        down_mbps=100.0 * (1 + number % 20),
        up_mbps=100.0 * (1 + number % 20),
        introductory=Introductory(2000, 12) if number % 3 == 0 else None,
        channels=() if number % 2 else ("portal", "csr"),
        customers=tuple(Customers)[number % 3],
        included=tuple(included),
        excluded=(Region("hole", shape=shapes[number % _DRAWN], phases=tuple(phases[:3])),) if number % 5 == 0 else (),
        label=_label(number),
    )


def _label(number: int) -> BroadbandLabel:
    link = "https://example.com/"
    return BroadbandLabel(
        f"F0000000000PLAN{number:011d}", 100.0, 100.0, 9.0, data_unlimited=True, government_taxes="Included",
        discounts_url=link, network_management_url=link, privacy_url=link, support_phone="+1 406 555 0100",
        support_url=link,
    )  # fmt: skip


def _add_on(number: int) -> Terms:
    goes_with = () if number % 2 else tuple(f"PLAN-{number + step}" for step in range(0, 100, 10))
    return _other(f"ADD-{number}", OfferingKind.ADD_ON, number, service=Service.VOICE, goes_with=goes_with)


def _other(code: str, kind: OfferingKind, number: int, **more: Any) -> Terms:
    return Terms(code, code.title(), f"Provider {number % _PROVIDERS}", kind, 1500, date(2020, 1, 1), **more)


def _drawn(rng: np.random.Generator, bounds: tuple[float, float, float, float]) -> str:
    """Return a polygon of some sixty corners, a few tenths of the county across."""
    west, south, east, north = bounds
    middle = shapely.Point(rng.uniform(west, east), rng.uniform(south, north))
    return str(shapely.to_geojson(middle.buffer(rng.uniform(0.05, 0.3) * (north - south), quad_segs=16)))


def timed_ms(ask: Callable[[int, str], object], addresses: Sequence[int]) -> npt.NDArray[np.float64]:
    """Return how long each question took."""
    took = np.empty(len(addresses))
    for n, (address_id, channel) in enumerate(zip(addresses, cycle(CHANNELS), strict=False)):
        began = time.perf_counter()
        ask(address_id, channel)
        took[n] = 1000 * (time.perf_counter() - began)
    return took


def run(path: Path) -> int:
    """Ask for the offers of random addresses, and say how long that takes."""
    with Plan.open(path) as plan:
        sql = plan.store.sql
        row = sql.rows("bench.bounds", "SELECT min(lon), min(lat), max(lon), max(lat) FROM address")[0]
        phases = [name for (name,) in sql.rows("bench.phases", "SELECT DISTINCT phase FROM plan_feature ORDER BY 1")]
        sample = f"SELECT address_id FROM address USING SAMPLE {QUESTIONS} ROWS (reservoir, 7)"
        addresses = [address_id for (address_id,) in sql.rows("bench.sample", sample)]
        stated = plan.catalogue.load(make_catalogue(row, phases), "measured", "benchmark")
        began = time.perf_counter()
        assert len(plan.live.refresh().planned.catalogue) == OFFERINGS == len(stated.added)
        built_s = time.perf_counter() - began
        index, today = plan.live.index, plan.store.clock.now().date()

        def ask(address_id: int, channel: str) -> Offers:
            return index.planned.catalogue.offers_at(ground_at(index, index.at(address_id), today), channel, today)

        found = ask(addresses[0], "portal")
        first, again = timed_ms(ask, addresses), timed_ms(ask, addresses)
        answers = Answers(lambda: index, plan.store.clock)
        as_json = timed_ms(answers.offers, addresses)
        looked = timed_ms(plan.catalogue.offers_at, addresses[:IN_A_NOTEBOOK])
    promises = [
        Promise("offers_at, p99, addresses asked for the first time", AT_MOST_MS, _p99(first), "ms"),
        Promise("offers_at, p99, addresses asked for again", AT_MOST_MS, _p99(again), "ms"),
    ]
    notes = [
        f"{len(addresses):,} addresses asked about, {OFFERINGS} offerings, {len(found.offers)} offered at the first",
        f"first time: p50 {np.median(first):.3f} ms, p99 {_p99(first):.3f} ms, longest {first.max():.2f} ms",
        f"again: p50 {np.median(again):.3f} ms, p99 {_p99(again):.3f} ms",
        f"as JSON values, as HTTP answers: p50 {np.median(as_json):.3f} ms, p99 {_p99(as_json):.3f} ms",
        f"fm.catalogue, which looks first for changes: p50 {np.median(looked):.3f} ms, p99 {_p99(looked):.3f} ms",
        f"index and catalogue ready in {built_s:.2f} s",
    ]
    return report(promises, notes)


def _p99(took_ms: npt.NDArray[np.float64]) -> float:
    return float(np.quantile(took_ms, 0.99))


if __name__ == "__main__":
    with given_plan(__doc__, GB_PER_MILLION) as plan_path:
        sys.exit(run(plan_path))
