"""What edits of areas would do, counted before anybody does them; exactly what publishing them then does.

Most edits only change the class of the addresses inside: those are judged again under the edited areas, and nothing is
written. An edit that brings in a technology, or that would part or join the records of an address, is carried out in a
transaction that is rolled back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from fibermap.address.corrections import Author
from fibermap.coverage.area_commands import edit_areas, row_of
from fibermap.coverage.area_edits import Edit, apply_edits, touched_ids
from fibermap.coverage.area_json import feature_of
from fibermap.coverage.areas import Area, load_areas
from fibermap.coverage.court import POINT_COLUMNS, Court, point_batches, window_of
from fibermap.coverage.evidence import Points
from fibermap.coverage.features import NEVER_PRIORITY, FeatureSet, Window, feature_rows, from_arrow
from fibermap.coverage.features import planned_technologies as technologies_in
from fibermap.coverage.rule_settings import settings_in
from fibermap.coverage.scope import Scope, rows_near
from fibermap.coverage.settle import keys_of_mixed_class
from fibermap.coverage.surroundings import bare_points
from fibermap.coverage.verdicts import verdict_table
from fibermap.coverage.versions import current_version
from fibermap.kernel.settings import Settings
from fibermap.spatial.classify import AreaCover
from fibermap.store import UnitOfWork

CUSTOMERS = ("drop_installed", "ont_installed", "active", "suspended")
"""How far a unit is connected where a change touches somebody."""


@dataclass(frozen=True, slots=True)
class AreaImpact:
    """What one area has inside after the edits: ``area_id`` is negative for a new one, in order of the edits."""

    area_id: int
    addresses: int
    units: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What edits would do.

    Attributes
    ----------
    plan_version
        The version that they were weighed against.
    flips
        ``{technology: {"from -> to": addresses}}``, as the event of the published version would say it.
    addresses, units
        ``{"from -> to": count}`` by the class of the address, its best technology's; units are homes passed.
    holds, customers
        Of the addresses that change class: those under a hold, and the units that somebody is connected at.
    areas
        What each edited area has inside, by the best class, whatever it was before.
    result
        The edited areas as they would be, None for what would be gone.
    """

    plan_version: int
    flips: dict[str, dict[str, int]]
    addresses: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    holds: int = 0
    customers: int = 0
    areas: tuple[AreaImpact, ...] = ()
    result: dict[int, Area | None] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values; ``result`` as GeoJSON, and ``gone`` the areas that would be no more."""
        shown = [feature_of(area) for area in self.result.values() if area is not None]
        return {
            "plan_version": self.plan_version,
            "flips": self.flips,
            "addresses": self.addresses,
            "units": self.units,
            "holds": self.holds,
            "customers": self.customers,
            "areas": [asdict(area) for area in self.areas],
            "result": {"type": "FeatureCollection", "features": shown},
            "gone": [area_id for area_id, area in self.result.items() if area is None],
        }


def weigh(uow: UnitOfWork, edits: Sequence[Edit], settings: Settings) -> Impact:
    """Return what edits would do, without writing anything that stays: the caller rolls the unit of work back.

    Raises whatever :func:`fibermap.coverage.area_commands.edit_areas` does.
    """
    version = current_version(uow)
    rules = settings_in(uow, version, settings)
    before = load_areas(uow, touched_ids(edits))
    after = apply_edits(before, edits, sliver_m2=rules.sliver_m2)
    if not after:
        return Impact(version, {})
    scope = _scope(before, after, rules)
    inside = _addresses_in(uow, scope)
    ground = _Ground(uow, version, rules, after)
    if ground.reaches_further or ground.moves_records(scope):
        changed, flips = _carried_out(uow, edits, settings)
    else:
        changed, flips = _judged(uow, ground, inside)
    told = _told(uow, changed, scope)
    return Impact(version, flips, areas=_by_area(uow, after, told), result=after, **_counts(told, changed))


def _scope(before: Mapping[int, Area], after: Mapping[int, Area | None], settings: Settings) -> Scope:
    """Return what the edits can touch: the areas as they were and as they would be."""
    shapes = [before[i].geometry for i in after if i in before]
    shapes += [area.geometry for area in after.values() if area is not None]
    return Scope(False, np.array(shapes, dtype=object), settings.position_error_m, np.empty((0, 4)))


def _addresses_in(uow: UnitOfWork, scope: Scope) -> pa.Table:
    near = rows_near(uow, scope, POINT_COLUMNS, "address")
    return near.filter(pa.array(_covered(near, list(scope.areas))))


def _covered(table: pa.Table, shapes: Sequence[Any]) -> npt.NDArray[np.bool_]:
    cover = AreaCover(shapes, np.zeros(len(shapes), dtype=np.int64), engine="tree")
    return cover.classify(table["lon"].to_numpy(), table["lat"].to_numpy()) >= 0


class _Ground:
    """The plan as the edits would leave it."""

    def __init__(self, uow: UnitOfWork, version: int, settings: Settings, after: Mapping[int, Area | None]) -> None:
        self._uow, self._version, self._settings, self._after = uow, version, settings, after

    @property
    def reaches_further(self) -> bool:
        """Whether a technology would enter or leave the plan, which touches every address."""
        elsewhere = self._uow.sql.rows(
            "impact.technologies",
            """
            SELECT DISTINCT coalesce(technology, 'fiber') FROM plan_feature
            WHERE class IS NOT NULL AND to_version IS NULL AND feature_id NOT IN (SELECT unnest($ids::BIGINT[]))
            """,
            {"ids": list(self._after)},
        )
        after = {"fiber", *(row[0] for row in elsewhere)} | {a.technology for a in self._after.values() if a}
        return after != set(technologies_in(self._uow, self._version))

    def court(self, points: Points) -> Court:
        """Return the judges of places under the edited areas."""
        window = window_of(points, self._settings.terminal_reach_m)
        court = Court(self._uow, self._version, self._settings, window)
        return court.with_areas({plan.technology: self._areas(plan.technology, window) for plan in court.plans})

    def _areas(self, technology: str, window: Window) -> FeatureSet:
        rows = feature_rows(self._uow, role="coverage", technology=technology, version=self._version, window=window)
        kept = rows.filter(pa.array(~np.isin(rows["feature_id"].to_numpy(), list(self._after))))
        ours = {i: area for i, area in self._after.items() if area is not None and area.technology == technology}
        return from_arrow(pa.concat_tables([kept, _feature_rows(ours, rows.schema)]))

    def moves_records(self, scope: Scope) -> bool:
        """Whether records that are one address could come apart, or ones that were kept apart could become one."""
        parted = self._uow.sql.arrow("impact.parted", _PARTED)
        if parted.num_rows and scope.covers(parted["lon"].to_numpy(), parted["lat"].to_numpy()).any():
            return True

        def class_code(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.int8]:
            places = bare_points(lon, lat)
            return self.court(places).class_code(places)

        return bool(keys_of_mixed_class(self._uow, scope, class_code))


_PARTED = """
    SELECT r.lon, r.lat FROM duplicate_review d JOIN source_record r ON r.record_id IN (d.record_id, d.other_record_id)
    WHERE d.to_version IS NULL AND r.to_version IS NULL AND d.reason = 'class_differs' AND r.lon IS NOT NULL
"""


def _feature_rows(areas: Mapping[int, Area], schema: pa.Schema) -> pa.Table:
    # A new area gets an id that nobody can know yet; its place among equals is behind those that have one.
    rows = [row_of(i if i > 0 else 2**53 - i, area) for i, area in areas.items()]
    for row in rows:
        row["priority"] = NEVER_PRIORITY if row["priority"] is None else row["priority"]
    return pa.Table.from_pylist(rows, schema=schema)


@dataclass(frozen=True, slots=True)
class _Changed:
    """Addresses that change class, by the best of their technologies; None: not there before, or after."""

    address_id: list[int]
    before: list[str | None]
    after: list[str | None]


def _judged(uow: UnitOfWork, ground: _Ground, inside: pa.Table) -> tuple[_Changed, dict[str, dict[str, int]]]:
    flips: dict[str, dict[str, int]] = {}
    changed = _Changed([], [], [])
    for points in point_batches(inside):
        table = verdict_table(points.address_id, ground.court(points).judge(points))
        for technology, flip, count in uow.sql.rows("impact.flips", _FLIPS, judged=table):
            of = flips.setdefault(technology, {})
            of[flip] = of.get(flip, 0) + count
        best = uow.sql.arrow("impact.best", _BEST, judged=table)
        changed.address_id.extend(best["address_id"].to_pylist())
        changed.before.extend(best["before"].to_pylist())
        changed.after.extend(best["after"].to_pylist())
    return changed, flips


_FLIPS = """
    SELECT j.technology, coalesce(v.class, 'none') || ' -> ' || j.class AS flip, count(*)
    FROM judged j LEFT JOIN verdict v ON v.address_id = j.address_id AND v.technology = j.technology
    WHERE v.class IS DISTINCT FROM j.class GROUP BY ALL ORDER BY ALL
"""
_BEST = """
    SELECT j.address_id, v.class AS before, j.class AS after
    FROM (SELECT address_id, class FROM judged WHERE best) j
    LEFT JOIN verdict v ON v.address_id = j.address_id AND v.best
    WHERE v.class IS DISTINCT FROM j.class ORDER BY j.address_id
"""


def _carried_out(
    uow: UnitOfWork, edits: Sequence[Edit], settings: Settings
) -> tuple[_Changed, dict[str, dict[str, int]]]:
    uow.sql.execute(
        "impact.remember", "CREATE OR REPLACE TEMP TABLE verdict_before AS SELECT * FROM verdict WHERE best"
    )
    done = edit_areas(uow, edits, Author("preview", "preview"), settings)
    best = uow.sql.arrow(
        "impact.carried_out",
        """
        SELECT address_id, b.class AS before, v.class AS after
        FROM verdict_before b FULL JOIN (SELECT * FROM verdict WHERE best) v USING (address_id)
        WHERE b.class IS DISTINCT FROM v.class ORDER BY address_id
        """,
    )
    uow.sql.execute("impact.forget", "DROP TABLE verdict_before")
    columns = (best[name].to_pylist() for name in ("address_id", "before", "after"))
    return _Changed(*columns), done.flips.counts


_TOLD = """
    SELECT address_id, units, holds, connectivity, lon, lat, class FROM addresses
    WHERE lon BETWEEN $west AND $east AND lat BETWEEN $south AND $north
"""


def _told(uow: UnitOfWork, changed: _Changed, scope: Scope) -> pa.Table:
    """Return what the view ``addresses`` says of everything in and around the edited areas."""
    west, south, east, north = shapely.total_bounds(scope.areas).tolist()
    return uow.sql.arrow("impact.told", _TOLD, {"west": west, "south": south, "east": east, "north": north})


def _counts(told: pa.Table, changed: _Changed) -> dict[str, Any]:
    rows = {row["address_id"]: row for row in told.select(["address_id", "units", "holds", "connectivity"]).to_pylist()}
    addresses: dict[str, int] = {}
    units: dict[str, int] = {}
    holds = customers = 0
    for address_id, before, after in zip(changed.address_id, changed.before, changed.after, strict=True):
        flip = f"{before or 'none'} -> {after or 'none'}"
        row = rows.get(address_id, {})
        addresses[flip] = addresses.get(flip, 0) + 1
        units[flip] = units.get(flip, 0) + int(row.get("units") or 0)
        holds += row.get("holds") is not None
        customers += row.get("connectivity") in CUSTOMERS
    return {"addresses": addresses, "units": units, "holds": holds, "customers": customers}


def _by_area(uow: UnitOfWork, after: Mapping[int, Area | None], told: pa.Table) -> tuple[AreaImpact, ...]:
    units = told["units"].to_numpy()
    found = []
    for area_id, area in after.items():
        if area is not None:
            inside = _covered(told, [area.geometry])
            found.append(AreaImpact(area_id, int(inside.sum()), int(units[inside].sum())))
    return tuple(found)
