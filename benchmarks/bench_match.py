"""How typed addresses are answered: the query set by kind, the country by style, and the time of a match in a million.

Run: ``python -m benchmarks.bench_match``. Needs the reference data (``FIBERMAP_REFERENCE_DATA``); ends with 1 if a
number is missed.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.measure import measure
from benchmarks.promise import Promise, report
from fibermap.address.keys import display
from fibermap.address.match import Gazetteer, Matcher, Segment
from fibermap.address.model import AddressParts
from tests.address.match.country import country
from tests.address.match.gazetteers import table_of
from tests.address.match.query_set import Query, read_parts, read_queries, score
from tests.reference import FOLDER

ADDRESSES, BATCH, MIXED = 1_000_000, 60_000, 20
COUNTRY_SEED, ASKED_A_STYLE = 7, 200
PROCESSES = 2
FRESH = 3
"""How often the query set is answered by processes that are new to it; the median is told."""
SLIPS = ("12 Oka Steet, Springfeild", "1 Elmm Dr", "3368-201 N Mian St", "44 Higway 20")
"""What makes a process ready for texts that are not as they are on record."""


def main() -> int:
    folder = FOLDER / "address"
    if not folder.exists():
        print(f"no reference data in {folder}: set FIBERMAP_REFERENCE_DATA")
        return 1
    parts, row = read_parts(folder)
    queries = read_queries(folder, row)
    promises = [*quality(parts, queries), *quality_of_country()]
    with tempfile.TemporaryDirectory() as scratch:
        canonical = write_large(parts, Path(scratch))
        found, notes = speed(Path(scratch), canonical, [query.text for query in queries])
    return report([*promises, *found], notes)


def quality(parts: list[AddressParts], queries: list[Query]) -> list[Promise]:
    """Answer the query set among the reference addresses, and print the answers by kind."""
    matcher = Matcher([Segment(Gazetteer.build(table_of(parts)))])
    found = score(queries, matcher.match_many([query.text for query in queries]))
    print("\n".join(found.lines()))
    return [
        Promise("silent false matches of the query set", 0, len(found.false), "queries"),
        Promise("best candidate wrong, of 10,000", 50, 10_000 * (1 - found.share(found.right)), "queries"),
        Promise("right and not accepted, of 10,000", 500, 10_000 * (1 - found.share(found.accepted)), "queries"),
    ]


def quality_of_country() -> list[Promise]:
    """Answer questions in the styles of the whole country, and print the answers by style and by way of asking."""
    made = country(COUNTRY_SEED, ASKED_A_STYLE)
    matcher = made.matcher()
    answers = matcher.match_many([query.text for query in made.queries])
    found = score(made.queries, answers)
    by_way = score([query._replace(kind=query.how) for query in made.queries], answers)
    print("\n".join(["", *found.lines(), "", *by_way.lines()]))
    asked = Counter(query.expect for query in made.queries)
    shares = (f"{asked[expect] / asked.total():.1%} {expect}" for expect in ("absent", "ambiguous"))
    print(f"\nthe country: {asked.total():,} questions about {len(made.houses):,} addresses, {', '.join(shares)}")
    return [
        Promise("silent false matches of the country", 0, len(found.false), "queries"),
        Promise("country: best candidate wrong, of 10,000", 50, 10_000 * (1 - found.share(found.right)), "queries"),
        Promise("country: not accepted, of 10,000", 800, 10_000 * (1 - found.share(found.accepted)), "queries"),
    ]


def write_large(parts: list[AddressParts], folder: Path) -> list[str]:
    """Write the gazetteer of a million addresses, the reference again and again under other names, as arrays."""
    many = [_varied(each, copy) for copy in range(1 + ADDRESSES // len(parts)) for each in parts][:ADDRESSES]
    for name, array in Gazetteer.build(table_of(many)).arrays().items():
        np.save(folder / f"{name}.npy", array)
    chosen = np.random.default_rng(5).choice(len(many), BATCH, replace=False)
    return [display(many[index]) for index in chosen]


def _varied(parts: AddressParts, copy: int) -> AddressParts:
    name = parts.street_name or ""
    ending = ("", "A", "ER", "ING", "TON", "LEY", "DALE", "OW", "BY")[copy]
    return replace(
        parts,
        number=(parts.number or 0) + 17 * copy,
        street_name=name if name[-1:].isdigit() else name + ending,
        zip=f"{int(parts.zip or 0) + 1000 * copy:05}",
    )


def speed(folder: Path, canonical: list[str], queries: list[str]) -> tuple[list[Promise], list[str]]:
    """Measure in a process of its own, so that its memory is that of the gazetteer alone."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        load_s, memory_mb, lone, hard, typed = pool.apply(measure_one, (folder, canonical[:10_000], queries))
    hard_rate = float(np.median([rate_on(folder, canonical, queries) for _ in range(FRESH)]))
    mixed = list(canonical)
    mixed[::MIXED] = (queries * BATCH)[: len(mixed[::MIXED])]
    mixed_rate = rate_on(folder, canonical, mixed)
    promises = [
        Promise(f"loading {ADDRESSES:,} addresses", 2, load_s),
        Promise("memory when loaded and asked", 500, memory_mb, "MB"),
        Promise("a match, canonical, p99", 2000, lone, "us"),
        Promise("a match, query set, p99", 2000, hard, "us"),
        Promise("a suggestion, p99", 5000, typed, "us"),
    ]
    notes = [
        f"95 % canonical, one by one: {mixed_rate:,.0f}/s on {PROCESSES} processes; as a batch see bench_batch",
        f"query set, every text once: {hard_rate:,.0f}/s on {PROCESSES} processes (aim 20,000)",
    ]
    return promises, notes


def rate_on(folder: Path, canonical: list[str], texts: list[str]) -> float:
    """Return how many texts a second are answered by fresh processes, which have seen none of them before."""
    pieces = [texts[begin : begin + 500] for begin in range(0, len(texts), 500)]
    with multiprocessing.get_context("spawn").Pool(PROCESSES, initializer=_open, initargs=(folder,)) as pool:
        pool.map(_match, [[*canonical[:100], *SLIPS]] * PROCESSES, chunksize=1)
        started = time.perf_counter()
        pool.map(_match, pieces, chunksize=1)
        return len(texts) / (time.perf_counter() - started)


def measure_one(folder: Path, canonical: list[str], queries: list[str]) -> tuple[float, float, float, float, float]:
    """Return seconds to load, MB, and the 99th percentile in microseconds of canonical, typed, and begun texts."""

    def opened() -> Matcher:
        matcher = open_matcher(folder)
        matcher.match(queries[0])
        return matcher

    loaded = measure(opened)
    asked = measure(lambda: [_p99_us(loaded.value.match, texts) for texts in (canonical, queries)])
    typed = _p99_us(loaded.value.suggest, [text[:length] for text in canonical[:2000] for length in (4, 7, 10)])
    return loaded.seconds, loaded.peak_mb + asked.peak_mb, asked.value[0], asked.value[1], typed


def open_matcher(folder: Path) -> Matcher:
    """Map the arrays of a gazetteer."""
    arrays = {path.stem: np.load(path, mmap_mode="r") for path in folder.glob("*.npy")}
    return Matcher([Segment(Gazetteer.from_arrays(arrays))])


def _p99_us(ask: Callable[[str], object], texts: Sequence[str]) -> float:
    took = []
    for text in texts:
        started = time.perf_counter()
        ask(text)
        took.append(time.perf_counter() - started)
    return float(np.percentile(took, 99) * 1e6)


_matchers: list[Matcher] = []


def _open(folder: Path) -> None:
    _matchers.append(open_matcher(folder))


def _match(texts: list[str]) -> list[str]:
    return [str(match.status) for match in _matchers[0].match_many(texts)]


if __name__ == "__main__":
    sys.exit(main())
