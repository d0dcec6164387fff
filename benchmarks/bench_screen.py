"""Tiles, counts, rows, search, reports and cards of a large plan, as the screens ask for them, in process.

``python -m benchmarks.bench_screen [--addresses 1000000] [--areas 5000] [--database FILE] [--cpu]``

On a machine that others use too, ``--cpu`` counts the processors' time of all threads instead of the clock's.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from benchmarks.large_plan import build_in_process
from benchmarks.measure import measure
from benchmarks.promise import Promise, check_disk, report
from fibermap.plan import Plan
from fibermap.report.bbox import Bbox
from fibermap.report.card import card
from fibermap.report.dashboard.catalogue import REPORTS, make_report
from fibermap.report.dashboard.ground import Ground, Wish
from fibermap.report.legend import count_by_class
from fibermap.report.rows import Sort, page_of_rows
from fibermap.report.screen import Screen
from fibermap.report.search import search
from fibermap.report.selection import Selection
from fibermap.report.tiles import MOST_BYTES, Layer, draw_tile
from fibermap.report.world import Tile
from fibermap.serving.answers import Answers
from fibermap.store import UnitOfWork

T = TypeVar("T")
_ZOOMS = range(3, 19)
_BUSIEST = 4
"""Tiles of each zoom, those with the most addresses."""
_ASKED = 200
_MEMORY_GB = 4.0


def busiest_tiles(screen: Screen) -> list[Tile]:
    """Return the tiles with the most addresses, of every zoom that a planner works at."""
    tiles = []
    for zoom in _ZOOMS:
        shift = 32 - zoom
        rows = screen.sql.rows(
            "bench.busiest",
            f"SELECT x >> {shift}, y >> {shift} FROM addresses WHERE x IS NOT NULL "
            f"GROUP BY ALL ORDER BY count(*) DESC, 1, 2 LIMIT {_BUSIEST}",
        )
        tiles += [Tile(zoom, x, y) for x, y in rows]
    return tiles


def p95_ms(work: Callable[[T], object], given: Iterable[T], clock: Callable[[], float]) -> float:
    """Return the 95th percentile of how long the work takes, milliseconds; on each thing it is done once before."""
    taken = []
    for each in given:
        work(each)
        started_s = clock()
        work(each)
        taken.append(1000 * (clock() - started_s))
    return statistics.quantiles(taken, n=20, method="inclusive")[-1]


def typed_texts(plan: Plan) -> list[str]:
    """Return what planners type: addresses so far, areas, places."""
    rows = plan.store.sql.rows(
        "bench.sample", f"SELECT full_address, lon, lat FROM address USING SAMPLE {_ASKED} ROWS (reservoir, 7)"
    )
    draw = random.Random(7)
    ways: list[Callable[[str, float, float], str]] = [
        lambda text, _lon, _lat: text.lower()[: draw.randint(3, 16)],
        lambda text, _lon, _lat: text.lower()[: draw.randint(3, 16)],
        lambda _text, lon, lat: f"{lat:.5f}, {lon:.5f}",
        lambda _text, _lon, _lat: f"area {draw.randint(1, 4_000)}",
    ]
    return [ways[at % len(ways)](*row) for at, row in enumerate(rows)]


def main() -> int:
    """Build the plan unless it is there, measure, and say what was promised beside it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--addresses", type=int, default=1_000_000)
    parser.add_argument("--areas", type=int, default=5_000)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--cpu", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-screen-") as folder:
        path = asked.database or Path(folder) / "plan.duckdb"
        if not path.exists():
            check_disk(path.parent, _MEMORY_GB)
            build_in_process(path, asked.addresses, asked.areas)
        with Plan.open(path, create=False) as plan, closing(Screen(plan.store)) as screen:
            return _measure(plan, screen, time.process_time if asked.cpu else time.perf_counter)


def _measure(plan: Plan, screen: Screen, clock: Callable[[], float]) -> int:
    built = measure(screen.refresh)
    sql, everything, built_only = screen.sql, Selection(), Selection.from_query({"class": "build", "text": "row"})
    tiles = busiest_tiles(screen)
    largest = max(len(draw_tile(sql, layer, tile, everything)) for layer in Layer for tile in tiles)
    all_layers = [(layer, tile) for tile in tiles for layer in Layer]
    answers = Answers(lambda: plan.live.index, plan.store.clock)
    texts = typed_texts(plan)
    answers.suggest("a", 1)
    views = [Bbox(-111 - width, 46 - width, -111 + width, 46 + width) for width in (0.01, 0.05, 0.2, 1, 3)]
    ids = [
        row[0] for row in sql.rows("bench.ids", "SELECT address_id FROM addresses USING SAMPLE 40 ROWS (reservoir, 7)")
    ]

    def p95(work: Callable[[T], object], given: Iterable[T]) -> float:
        return p95_ms(work, given, clock)

    def read_card(address_id: int) -> object:
        return plan.store.preview(lambda uow: card(uow, address_id, plan.settings), cause="bench")

    def rows(view: Bbox) -> object:
        return page_of_rows(sql, everything, view, sort=Sort("drop", True), after=None, limit=100)

    def read_report(name: str) -> object:
        def make(uow: UnitOfWork) -> object:
            return make_report(name, Ground(sql, "addresses", uow, plan.store.clock.now().date(), Wish()))

        return plan.store.preview(make, cause="bench")

    kept = [
        Promise("tiles, p95", 50, p95(lambda each: draw_tile(sql, *each, everything), all_layers), "ms"),
        Promise("tiles, largest", MOST_BYTES / 1000, largest / 1000, "KB"),
        Promise(
            "tiles of addresses with a filter of class and text, p95", 150,
            p95(lambda tile: draw_tile(sql, Layer.ADDRESSES, tile, built_only), tiles), "ms",
        ),
        Promise("search, p95", 100, p95(lambda text: search(sql, answers, text, 10), texts), "ms"),
        Promise("legend, p95", 300, p95(lambda view: count_by_class(sql, built_only, view), views), "ms"),
        Promise("a page of the table, p95", 300, p95(rows, views), "ms"),
        Promise("a report, p95", 1_000, p95(read_report, REPORTS), "ms"),
        Promise("a card, p95", 1_000, p95(read_card, ids[:10]), "ms"),
    ]  # fmt: skip
    plan.hold(code="unsafe", reason="benchmark", author="bench", address_id=ids[0])
    patched = measure(screen.refresh)
    kept.append(Promise("an edit on the screens", 5.0, patched.seconds))
    return report(
        kept,
        [f"built in {built.seconds:.1f} s, {built.peak_mb:,.0f} MB; {len(all_layers)} tiles; {len(texts)} searches"],
    )


if __name__ == "__main__":
    raise SystemExit(main())
