"""Flags: what a person should look at. They never change a class by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from fibermap.coverage.court import Court, best_technology, window_of
from fibermap.coverage.evidence import Judged, Points, TechnologyPlan
from fibermap.coverage.features import Window, is_planned
from fibermap.coverage.model import CLASS_ORDER, Flag
from fibermap.coverage.scope import FOOTPRINT_REACH_M
from fibermap.coverage.surroundings import bare_points
from fibermap.formats.model import json_text
from fibermap.kernel.settings import Settings
from fibermap.kernel.units import feet_from_metres
from fibermap.spatial.bands import METRES_PER_DEGREE
from fibermap.spatial.crossing import crossings
from fibermap.store import UnitOfWork
from fibermap.store.temporal import IN_FORCE

_FOOTPRINT_REACH_DEG = FOOTPRINT_REACH_M / METRES_PER_DEGREE
"""Degrees of latitude, generous in longitude."""

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Found:
    """One flag on the address at ``position`` of a batch."""

    position: int
    code: Flag
    detail: str


def replace_on(uow: UnitOfWork, points: Points, verdicts: dict[str, Judged], court: Court, settings: Settings) -> None:
    """Write the flags of these addresses anew; one that was there before keeps the version that it is there since."""
    rows = flag_table(uow, points, verdicts, court, settings)
    seen = pa.table({"address_id": points.address_id})
    before = uow.sql.arrow(
        "flag.before",
        "SELECT address_id, code, since_version FROM flag WHERE address_id IN (SELECT address_id FROM seen)",
        seen=seen,
    )
    uow.sql.execute("flag.clear", "DELETE FROM flag WHERE address_id IN (SELECT address_id FROM seen)", seen=seen)
    uow.sql.execute(
        "flag.write",
        """
        INSERT INTO flag BY NAME
        SELECT r.*, coalesce(b.since_version, $version)::INTEGER AS since_version
        FROM rows r LEFT JOIN before b ON b.address_id = r.address_id AND b.code = r.code
        """,
        {"version": court.version},
        rows=rows,
        before=before,
    )


def flags_then(uow: UnitOfWork, point: Points, version: int, settings: Settings) -> list[dict[str, Any]]:
    """Return the flags of one address as they were in ``version``: ``code`` and ``detail``, sorted by code.

    Only the flags of the latest version are kept; those of an earlier one are found again, under the settings that
    it had (``settings``).
    """
    court = Court(uow, version, settings, window_of(point, settings.terminal_reach_m))
    found = flag_table(uow, point, court.judge(point), court, settings).select(["code", "detail"])
    rows: list[dict[str, Any]] = found.sort_by("code").to_pylist()
    return rows


def flag_table(
    uow: UnitOfWork, points: Points, verdicts: dict[str, Judged], court: Court, settings: Settings
) -> pa.Table:
    """Return the flags of these addresses in the version of ``court``: ``address_id, code, detail`` (JSON)."""
    found: list[_Found] = []
    for plan in court.plans:
        judged = verdicts[plan.technology]
        found += _long_drops(judged, settings)
        found += _crossing_drops(uow, points, judged, plan, court.version)
    found += _footprints(uow, points, verdicts, court)
    flags = {(points.address_id[f.position], f.code): f.detail for f in found}
    return pa.concat_tables(
        [
            _table([key[0] for key in flags], [str(key[1]) for key in flags], list(flags.values())),
            _marked(points, Flag.NEAR_EDGE, [judged.near_edge for judged in verdicts.values()]),
            _marked(points, Flag.CONFLICTING_AREAS, [judged.conflict for judged in verdicts.values()]),
        ]
    )


def _marked(points: Points, code: Flag, marks: list[npt.NDArray[np.bool_]]) -> pa.Table:
    """Return the flags of the addresses that any technology's verdicts mark; a mark has no detail."""
    address_id = points.address_id[np.any(marks, axis=0)]
    n = len(address_id)
    return _table(address_id, pa.repeat(pa.scalar(str(code)), n), pa.repeat(pa.scalar("{}"), n))


def _table(address_id: Any, code: Any, detail: Any) -> pa.Table:
    columns = {"address_id": pa.array(address_id, type=pa.int64())}
    return pa.table(columns | {"code": pa.array(code, type=pa.string()), "detail": pa.array(detail, type=pa.string())})


def _long_drops(judged: Judged, settings: Settings) -> Iterator[_Found]:
    too_long = is_planned(judged.class_code) & (judged.drop_m > settings.drop_limit_m)
    for position in np.flatnonzero(too_long):
        drop_m = float(judged.drop_m[position])
        detail = {
            "drop_m": round(drop_m, 1),
            "drop_ft": round(feet_from_metres(drop_m)),
            "limit_ft": round(feet_from_metres(settings.drop_limit_m)),
            "terminal_id": int(judged.terminal_id[position]),
        }
        yield _Found(int(position), Flag.DROP_OVER_LIMIT, json_text(detail))


def _crossing_drops(
    uow: UnitOfWork, points: Points, judged: Judged, plan: TechnologyPlan, version: int
) -> Iterator[_Found]:
    at = np.flatnonzero(judged.terminal_id != 0)
    if not len(at):
        return
    barriers = _load(uow, ("barrier",), version, window_of(points.take(at), plan.reach_m))
    if not len(barriers.feature_id):
        return
    order = np.argsort(plan.terminals.feature_id)
    terminal = order[np.searchsorted(plan.terminals.feature_id, judged.terminal_id[at], sorter=order)]
    ends = shapely.get_coordinates(shapely.centroid(plan.terminals.geometry[terminal]))
    crossed = crossings(points.lon[at], points.lat[at], ends[:, 0], ends[:, 1], barriers.geometry)
    for position, barrier in zip(at[crossed >= 0], crossed[crossed >= 0], strict=True):
        detail = {
            "barrier_id": int(barriers.feature_id[barrier]),
            "kind": barriers.kind[barrier],
            "name": barriers.name[barrier],
        }
        yield _Found(int(position), Flag.DROP_CROSSES, json_text(detail))


def _footprints(uow: UnitOfWork, points: Points, verdicts: dict[str, Judged], court: Court) -> Iterator[_Found]:
    """Compare each point with the building or parcel that it stands in, or stands next to if placed on the street."""
    placed = np.flatnonzero(np.isfinite(points.lon) & np.isfinite(points.lat))
    if not len(placed):
        return
    shapes = _load(uow, ("building", "parcel"), court.version, window_of(points.take(placed), 50.0))
    if not len(shapes.feature_id):
        return
    where = shapely.points(points.lon[placed], points.lat[placed])
    tree = shapely.STRtree(shapes.geometry)
    inside = tree.query(where, predicate="intersects")
    loose = np.setdiff1d(np.flatnonzero(~points.precise[placed]), inside[0])
    beside = tree.query_nearest(where[loose], max_distance=_FOOTPRINT_REACH_DEG, all_matches=False)
    at = placed[np.concatenate([inside[0], loose[beside[0]]])]
    shape = np.concatenate([inside[1], beside[1]])
    theirs = court.judge(_middles(shapes.geometry[shape]))
    own, other = _best_class(verdicts)[at], _best_class(theirs)
    for i in np.flatnonzero(own != other):
        detail = {"footprint_id": int(shapes.feature_id[shape[i]]), "class": str(CLASS_ORDER[other[i]])}
        yield _Found(int(at[i]), Flag.FOOTPRINT_CLASS_DIFFERS, json_text(detail))


def _middles(geometry: npt.NDArray[np.object_]) -> Points:
    where = shapely.get_coordinates(shapely.point_on_surface(geometry))
    return bare_points(where[:, 0], where[:, 1])


def _best_class(verdicts: dict[str, Judged]) -> npt.NDArray[np.int8]:
    best = best_technology(verdicts)
    return np.asarray(np.stack([judged.class_code for judged in verdicts.values()])[best, np.arange(len(best))])


@dataclass(frozen=True, slots=True)
class _Shapes:
    feature_id: Ids
    kind: npt.NDArray[np.object_]
    name: npt.NDArray[np.object_]
    geometry: npt.NDArray[np.object_]


def _load(uow: UnitOfWork, roles: tuple[str, ...], version: int, window: Window) -> _Shapes:
    table = uow.sql.arrow(
        "flag.shapes",
        f"""
        SELECT feature_id, kind, name, geometry FROM plan_feature
        WHERE role IN (SELECT unnest($roles::VARCHAR[])) AND {IN_FORCE}
          AND west <= $east AND east >= $west AND south <= $north AND north >= $south
        ORDER BY feature_id
        """,
        {
            "roles": list(roles),
            "version": version,
            "west": window.west,
            "east": window.east,
            "south": window.south,
            "north": window.north,
        },
    )
    texts = {name: np.array(table[name].to_pylist(), dtype=object) for name in ("kind", "name", "geometry")}
    return _Shapes(
        feature_id=table["feature_id"].to_numpy().astype(np.int64),
        kind=texts["kind"],
        name=texts["name"],
        geometry=shapely.from_wkb(texts["geometry"]),
    )
