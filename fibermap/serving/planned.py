"""The plan in memory: the class of any place, and everything there is to say about a feature."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from fibermap.coverage.court import window_of
from fibermap.coverage.decide import Candidate
from fibermap.coverage.evidence import Judge, Rule, TechnologyPlan
from fibermap.coverage.explain import candidate_of
from fibermap.coverage.features import NEVER_PRIORITY, FeatureSet, from_arrow
from fibermap.coverage.model import Class
from fibermap.coverage.surroundings import bare_points
from fibermap.kernel.settings import Settings
from fibermap.order.catalogue import Catalogue
from fibermap.order.catalogue_store import catalogue_of
from fibermap.serving.columns import Columns, rows_of
from fibermap.serving.grid import CELL_DEG

_CANDIDATE = (
    "feature_id", "role", "class", "geometry", "name", "phase", "priority", "terminal_name",
    "expected_live_on", "expected_precision", "live_on",
)  # fmt: skip
_NOT_SHOWN = frozenset({"priority", "terminal_name", "live_on", "technology", "geometry"})
"""Columns of a feature that an explanation does not show."""


class Terms(NamedTuple):
    """What a feature says about selling what it serves, None for nothing."""

    ports_free: int | None = None
    network_ready_on: date | None = None
    sales_open_on: date | None = None


class Selling(NamedTuple):
    """What all features say about selling: few different things.

    Attributes
    ----------
    ids
        The features, sorted.
    number
        Which of ``terms`` each has, and last that of no feature.
    """

    ids: npt.NDArray[np.int64]
    number: npt.NDArray[np.int64]
    terms: Sequence[Terms]

    def of(self, feature_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return which of ``terms`` each of many features has; an unknown id is no feature."""
        return self.number[rows_of(self.ids, feature_ids)]


class Planned:
    """The features in force. Immutable; may serve many threads.

    Parameters
    ----------
    about, tables
        Those of an index, see `fibermap.serving.build`.
    """

    def __init__(self, about: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> None:
        self.technologies: tuple[str, ...] = tuple(about["technologies"])
        self.settings = Settings().model_copy(update=dict(about["settings"]))
        self._judged_by = _judged_by(about)
        self._features = Columns(tables["features"])
        self._ids = self._features.numbers("feature_id")
        self._shown = [name for name in tables["features"].column_names if name not in _NOT_SHOWN]
        self._footprints = tables["footprints"]
        self._rules = tables["rules"].to_pylist()
        self.judges = {name: _PlaceJudge(self._plan(name)) for name in self.technologies}
        self._date(about, tables)

    def _date(self, about: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> None:
        self.version: int = about["plan_version"]
        self.versions = {row["version"]: row for row in tables["versions"].to_pylist()}
        self._redirects = {row["address_id"]: row["survivor_id"] for row in tables["redirects"].to_pylist()}
        self._offerings = tables["offerings"]

    @cached_property
    def catalogue(self) -> Catalogue:
        """What is sold."""
        return catalogue_of(self._offerings)

    def renewed(self, about: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> Planned:
        """Return the same features in force at a later version: without building anything again."""
        later = copy(self)
        later._date(about, tables)
        if not later._offerings.equals(self._offerings):
            later.__dict__.pop("catalogue", None)
        return later

    def goes_by(self, about: Mapping[str, Any]) -> bool:
        """Whether these are the technologies and the settings that are judged by here."""
        return self._judged_by == _judged_by(about)

    def survivor(self, address_id: int) -> int:
        """Return the address that an id leads to: itself, or the survivor of its merges."""
        return int(self._redirects.get(address_id, address_id))

    def rules(self, technology: str) -> tuple[Rule, ...]:
        """Return the distance rules of a technology."""
        return tuple(
            Rule(row["rule_id"], row["target"], row["limit_m"])
            for row in self._rules
            if row["technology"] == technology
        )

    def features(self, feature_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return what an explanation shows of features, by id."""
        found = {feature_id: self._row_of(feature_id) for feature_id in feature_ids}
        return {fid: self._features.some(row, self._shown) for fid, row in found.items() if row is not None}

    def feature(self, feature_id: int | None, names: Sequence[str]) -> dict[str, Any]:
        """Return some columns of a feature; empty for none."""
        row = None if feature_id is None else self._row_of(feature_id)
        return {} if row is None else self._features.some(row, names)

    def _row_of(self, feature_id: int) -> int | None:
        row = int(self._ids.searchsorted(feature_id))
        return row if row < len(self._ids) and self._ids[row] == feature_id else None

    @cached_property
    def selling(self) -> Selling:
        """What the features say about selling."""
        known: dict[Terms, int] = {}
        said = self._features.table.select(Terms._fields).to_pydict().values()
        number = [known.setdefault(Terms(*each), len(known)) for each in (*zip(*said, strict=True), Terms())]
        return Selling(self._ids, np.array(number, dtype=np.int64), list(known))

    def candidates(self, lon: float, lat: float, technology: str) -> list[Candidate]:
        """Return the planned features that may decide about a place in EPSG:4326."""
        near = window_of(bare_points(np.array([lon]), np.array([lat])), self.settings.terminal_reach_m)
        tree, rows = self._near[technology]
        found = tree.query(shapely.box(near.west, near.south, near.east, near.north))
        return [candidate_of(self._features.some(int(rows[i]), _CANDIDATE)) for i in sorted(found.tolist())]

    def shapes_around(self, lon: float, lat: float) -> list[shapely.Geometry]:
        """Return the buildings and parcels that cover a place, the smallest first."""
        tree, shapes = self._shapes
        if not len(shapes):
            return []
        covering = tree.query(shapely.points(lon, lat), predicate="intersects")
        return [shapes[i] for i in sorted(covering.tolist())]

    @cached_property
    def _shapes(self) -> tuple[shapely.STRtree, npt.NDArray[np.object_]]:
        shapes = shapely.from_wkb(np.array(self._footprints["geometry"].to_pylist(), dtype=object))
        return shapely.STRtree(shapes), shapes

    @cached_property
    def _near(self) -> dict[str, tuple[shapely.STRtree, npt.NDArray[np.intp]]]:
        found = {}
        for technology in self.technologies:
            rows = np.flatnonzero(self._deciding(technology).to_numpy(zero_copy_only=False))
            wkb = self._features.table["geometry"].take(pa.array(rows)).to_pylist()
            found[technology] = (shapely.STRtree(shapely.from_wkb(np.array(wkb, dtype=object))), rows)
        return found

    def _deciding(self, technology: str) -> pa.ChunkedArray:
        table = self._features.table
        planned = pc.is_in(table["class"], value_set=pa.array(["build", "pre-build"]))
        ours = pc.and_(planned, pc.equal(table["technology"], technology))
        is_point = pc.equal(table["role"], "network_points")
        is_terminal = pc.fill_null(pc.equal(table["kind"], "terminal"), fill_value=False)
        return pc.and_(pc.fill_null(ours, fill_value=False), pc.or_(pc.invert(is_point), is_terminal))

    def _plan(self, technology: str) -> TechnologyPlan:
        table = self._features.table.filter(self._deciding(technology))
        priority = pc.fill_null(table["priority"].cast(pa.int64()), NEVER_PRIORITY)
        table = table.set_column(table.schema.get_field_index("priority"), "priority", priority)

        def of(role: str) -> FeatureSet:
            return from_arrow(table.filter(pc.equal(table["role"], role)))

        return TechnologyPlan(
            technology=technology,
            areas=of("coverage"),
            terminals=of("network_points"),
            routes=of("network_lines"),
            rules=self.rules(technology),
            position_error_m=self.settings.position_error_m,
            reach_m=self.settings.terminal_reach_m,
        )


_MOST_CELLS = 1 << 16
_EDGE_DEG = 1e-9
"""More than the rounding of a cell's corner takes off."""
_WIDTH_DEG = CELL_DEG + _EDGE_DEG


class _Around(NamedTuple):
    """What the areas say in one cell, as far as they matter there.

    Attributes
    ----------
    partly, areas
        Class and feature of the areas that may cover a place in it, in order of precedence; and their shapes.
    wholly
        Class and feature of the first area that covers all of the cell; none after that matters. None where none does.
    """

    partly: list[tuple[int, int]]
    areas: npt.NDArray[np.object_]
    wholly: tuple[int, int] | None


class _PlaceJudge:
    """One technology's verdict on a place: the areas by an R-tree, whatever they leave open by the bulk judge."""

    def __init__(self, plan: TechnologyPlan) -> None:
        self._plan = plan
        self._areas = plan.areas.geometry
        shapely.prepare(self._areas)
        self._tree = shapely.STRtree(self._areas)
        self._around: dict[tuple[int, int], _Around] = {}

    def __call__(self, lon: float, lat: float) -> tuple[int, int | None]:
        """Return the class's position in ``CLASS_ORDER``, and the feature that decides, None for none."""
        cell = math.floor(lon / CELL_DEG), math.floor(lat / CELL_DEG)
        around = self._around.get(cell) or self._look_around(cell)
        if around.partly:
            covers: list[bool] = shapely.intersects_xy(around.areas, lon, lat).tolist()
            if True in covers:
                return around.partly[covers.index(True)]
        if around.wholly is not None:
            return around.wholly
        if not self._plan.rules:
            return _OUT, None
        judged = self._judge(bare_points(np.array([lon]), np.array([lat])))
        return int(judged.class_code[0]), int(judged.feature_id[0]) or None

    def _look_around(self, cell: tuple[int, int]) -> _Around:
        """Return the areas of a cell, which questions ask for again and again."""
        west, south = cell[0] * CELL_DEG, cell[1] * CELL_DEG
        whole = shapely.box(west - _EDGE_DEG, south - _EDGE_DEG, west + _WIDTH_DEG, south + _WIDTH_DEG)
        found = np.sort(self._tree.query(whole))  # areas stand in order of precedence
        class_code, feature_id = self._plan.areas.class_code[found], self._plan.areas.feature_id[found]
        says: list[tuple[int, int]] = list(zip(class_code.tolist(), feature_id.tolist(), strict=True))
        covering = np.flatnonzero(shapely.covers(self._areas[found], whole)).tolist()
        first = covering[0] if covering else len(found)
        if len(self._around) >= _MOST_CELLS:
            self._around.clear()
        wholly = says[first] if covering else None
        around = self._around[cell] = _Around(says[:first], self._areas[found[:first]], wholly)
        return around

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self._plan)


def _judged_by(about: Mapping[str, Any]) -> bytes:
    return orjson.dumps([about["technologies"], about["settings"]], option=orjson.OPT_SORT_KEYS)


_OUT = list(Class).index(Class.OUT)


def read_json(text: str | None) -> Any:
    """Return what a JSON column holds."""
    return orjson.loads(text or "null")
