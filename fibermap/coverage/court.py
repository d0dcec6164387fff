"""The plan of every technology as it stands in a version, and the judges that apply it to batches of addresses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fibermap.coverage.evidence import Judge, Judged, Points, Rule, TechnologyPlan
from fibermap.coverage.features import FeatureSet, Window, load_features, planned_technologies
from fibermap.kernel.settings import Settings
from fibermap.spatial.bands import METRES_PER_DEGREE
from fibermap.store import UnitOfWork
from fibermap.store.temporal import IN_FORCE

BATCH_ADDRESSES = 1_000_000


class Court:
    """The judges of all technologies for one version, and the best of their verdicts."""

    def __init__(self, uow: UnitOfWork, version: int, settings: Settings, window: Window | None = None) -> None:
        self.version = version
        self._sit([_plan(uow, name, version, settings, window) for name in planned_technologies(uow, version)])

    def _sit(self, plans: Sequence[TechnologyPlan]) -> None:
        self.plans = list(plans)
        self._judges = [Judge(plan) for plan in plans]

    def with_areas(self, areas: Mapping[str, FeatureSet]) -> Court:
        """Return a court for the same plan with other areas, by technology."""
        other = copy(self)
        other._sit([replace(plan, areas=areas[plan.technology]) for plan in self.plans])
        return other

    def judge(self, points: Points) -> dict[str, Judged]:
        """Return the verdicts of each technology on ``points``."""
        return {judge.plan.technology: judge(points) for judge in self._judges}

    def class_code(self, points: Points) -> npt.NDArray[np.int8]:
        """Return the best class of each of ``points`` as a position in ``CLASS_ORDER``."""
        return np.asarray(np.min([judge.class_code(points) for judge in self._judges], axis=0), dtype=np.int8)


def best_technology(verdicts: dict[str, Judged]) -> npt.NDArray[np.intp]:
    """Return, for each address, the position of the technology that gives its class; ties go to the first by name."""
    codes = np.stack([judged.class_code for judged in verdicts.values()])
    return np.asarray(codes.argmin(axis=0), dtype=np.intp)


def _plan(uow: UnitOfWork, technology: str, version: int, settings: Settings, window: Window | None) -> TechnologyPlan:
    return TechnologyPlan(
        technology=technology,
        areas=load_features(uow, role="coverage", technology=technology, version=version, window=window),
        terminals=load_features(
            uow, role="network_points", technology=technology, version=version, window=window, kinds=("terminal",)
        ),
        routes=load_features(uow, role="network_lines", technology=technology, version=version, window=window),
        rules=load_rules(uow, technology, version),
        position_error_m=settings.position_error_m,
        reach_m=settings.terminal_reach_m,
    )


def load_rules(uow: UnitOfWork, technology: str, version: int) -> tuple[Rule, ...]:
    """Return the distance rules in force for a technology."""
    rows = uow.sql.rows(
        "rules.load",
        f"SELECT rule_id, target, limit_m FROM distance_rule WHERE technology = $technology AND {IN_FORCE} ORDER BY 1",
        {"technology": technology, "version": version},
    )
    return tuple(Rule(*row) for row in rows)


def window_of(points: Points, reach_m: float) -> Window:
    """Return the rectangle in which a feature within ``reach_m`` metres of any of ``points`` lies."""
    lon, lat = points.lon[np.isfinite(points.lon)], points.lat[np.isfinite(points.lat)]
    if not len(lon):
        return Window(0.0, 0.0, 0.0, 0.0)
    dy = reach_m / METRES_PER_DEGREE
    dx = dy / np.cos(np.radians(min(np.abs(lat).max() + dy, 89.0)))
    return Window(float(lon.min() - dx), float(lat.min() - dy), float(lon.max() + dx), float(lat.max() + dy))


POINT_COLUMNS = """
    address_id, lon, lat,
    CASE status WHEN 'build' THEN 0 WHEN 'pre-build' THEN 1 WHEN 'out-of-coverage' THEN 2 ELSE -1 END::TINYINT
        AS status_code,
    terminal_name,
    coalesce(placement NOT IN ('street', 'parcel', 'zip', 'city'), true) AS precise
"""
"""What is selected from ``address`` to judge it."""


def all_points(uow: UnitOfWork) -> pa.Table:
    """Return ``POINT_COLUMNS`` of all current addresses."""
    return uow.sql.arrow("points.all", f"SELECT {POINT_COLUMNS} FROM address WHERE to_version IS NULL")


def points_of_ids(uow: UnitOfWork, ids: npt.NDArray[np.int64]) -> pa.Table:
    """Return ``POINT_COLUMNS`` of the current addresses with these ids."""
    return uow.sql.arrow(
        "points.some",
        f"""
        SELECT {POINT_COLUMNS} FROM address
        WHERE to_version IS NULL AND address_id IN (SELECT address_id FROM wanted)
        """,
        wanted=pa.table({"address_id": ids}),
    )


def point_then(uow: UnitOfWork, address_id: int, version: int) -> Points:
    """Return one address as it was in ``version``, to judge it."""
    table = uow.sql.arrow(
        "points.then",
        f"SELECT {POINT_COLUMNS} FROM address WHERE address_id = $id AND {IN_FORCE}",
        {"id": address_id, "version": version},
    )
    return _points(table)


def point_batches(table: pa.Table) -> Iterator[Points]:
    """Yield the rows of a table with ``POINT_COLUMNS`` in batches."""
    for start in range(0, table.num_rows, BATCH_ADDRESSES):
        yield _points(table.slice(start, BATCH_ADDRESSES))


def _points(table: pa.Table) -> Points:
    return Points(
        address_id=table["address_id"].to_numpy().astype(np.int64),
        lon=_floats(table["lon"]),
        lat=_floats(table["lat"]),
        status_code=table["status_code"].to_numpy().astype(np.int8),
        terminal_name=_texts(table["terminal_name"]),
        precise=table["precise"].to_numpy().astype(bool),
    )


def _floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def _texts(column: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    if column.null_count == len(column):
        return np.full(len(column), None, dtype=object)
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=object)
