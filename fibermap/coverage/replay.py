"""Replay: every verdict derived again from the features in force, by another road than the one that wrote it.

The bulk judge covers the areas with cells and reclassifies only what a change can touch. Replay asks an STRtree of GEOS
about every address at once, so that neither the cells nor the bookkeeping of changes can hide a wrong verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from fibermap.coverage import verdicts
from fibermap.coverage.court import Court, all_points, point_batches
from fibermap.coverage.evidence import Judge
from fibermap.coverage.versions import current_version
from fibermap.kernel.settings import Settings
from fibermap.spatial.areas import AreaIndex
from fibermap.store import UnitOfWork

MOST_SAMPLES = 20
_DROP_TOLERANCE_M = 0.001


@dataclass(frozen=True, slots=True)
class Replay:
    """How many verdicts were derived again, how many came out otherwise, and up to twenty of those."""

    verdicts: int
    differences: int
    samples: list[dict[str, Any]]

    @property
    def proven(self) -> bool:
        """Whether every stored verdict is the derived one, and no verdict is missing or left over."""
        return self.differences == 0


def replay(uow: UnitOfWork, settings: Settings) -> Replay:
    """Derive all current verdicts again and compare them with the stored ones. Leaves nothing behind."""
    court = Court(uow, current_version(uow), settings)
    uow.sql.execute(
        "replay.start", "CREATE OR REPLACE TEMP TABLE derived AS SELECT * EXCLUDE (version) FROM verdict LIMIT 0"
    )
    judges = [_TreeJudge(plan) for plan in court.plans]
    derived = 0
    for points in point_batches(all_points(uow)):
        found = {judge.plan.technology: judge(points) for judge in judges}
        table = verdicts.verdict_table(points.address_id, found)
        derived += table.num_rows
        uow.sql.execute("replay.derived", "INSERT INTO derived BY NAME SELECT * FROM rederived", rederived=table)
    differences = int(uow.sql.value("replay.count", f"SELECT count(*) {_DIFFERENCES}"))
    samples = uow.sql.records("replay.samples", f"SELECT {_SAMPLE} {_DIFFERENCES} ORDER BY 1, 2 LIMIT {MOST_SAMPLES}")
    uow.sql.execute("replay.end", "DROP TABLE derived")
    return Replay(derived, differences, samples)


_START = "CREATE OR REPLACE TEMP TABLE derived AS SELECT * EXCLUDE (version) FROM verdict LIMIT 0"
_SAMPLE = """
    coalesce(v.address_id, d.address_id) AS address_id, coalesce(v.technology, d.technology) AS technology,
    v.class AS stored_class, d.class AS derived_class, v.evidence AS stored_evidence, d.evidence AS derived_evidence,
    v.feature_id AS stored_feature_id, d.feature_id AS derived_feature_id,
    v.drop_m AS stored_drop_m, d.drop_m AS derived_drop_m
"""
_DIFFERENCES = f"""
    FROM verdict v FULL JOIN derived d ON d.address_id = v.address_id AND d.technology = v.technology
    WHERE v.address_id IS NULL OR d.address_id IS NULL
       OR (v.class, v.evidence, v.confidence, v.best) <> (d.class, d.evidence, d.confidence, d.best)
       OR v.feature_id IS DISTINCT FROM d.feature_id OR v.rule_id IS DISTINCT FROM d.rule_id
       OR v.terminal_id IS DISTINCT FROM d.terminal_id
       OR abs(coalesce(v.drop_m, -1) - coalesce(d.drop_m, -1)) > {_DROP_TOLERANCE_M}
       OR v.expected_live_on IS DISTINCT FROM d.expected_live_on
       OR v.expected_precision IS DISTINCT FROM d.expected_precision
"""


class _TreeCover:
    """Answers as ``AreaCover`` does, by asking GEOS about every pair of point and area whose boxes meet."""

    def __init__(self, areas: list[Any], rank: npt.NDArray[np.int64]) -> None:
        self._tree = shapely.STRtree(areas)
        self._rank = np.asarray(rank, dtype=np.int64)

    def classify(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
        placed = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        at, area = self._tree.query(shapely.points(x[placed], y[placed]), predicate="intersects")
        order = np.lexsort((area, self._rank[area]))[::-1]
        winner = np.full(len(x), -1, dtype=np.int32)
        winner[placed[at[order]]] = area[order]
        return winner


class _MeasuredBands:
    """Answers as ``EdgeBands`` does, by measuring every point."""

    def __init__(self, areas: npt.NDArray[np.object_], width_m: float) -> None:
        self._index = AreaIndex(list(areas), np.zeros(len(areas), dtype=np.int64))
        self._width_m = width_m

    def near(self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        return np.isfinite(self._index.edge_distance_m(lon, lat, within_m=self._width_m))


class _TreeJudge(Judge):
    """The bulk judge with its cells and pictures taken away."""

    cover = _TreeCover
    bands = _MeasuredBands
