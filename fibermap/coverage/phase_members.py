"""What belongs to a phase, and to a part of it: areas, pieces of areas, and the network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.areas import Area, load_areas
from fibermap.coverage.model import Class
from fibermap.coverage.phase_cuts import Seeds, inside, share_of
from fibermap.coverage.phase_model import Part
from fibermap.kernel.errors import Code, NotFound
from fibermap.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the network. ``owner``: what it belongs to, by the way in which parts are named."""

    feature_id: int
    role: str
    class_: str
    owner: dict[str, str | None]
    at: BaseGeometry

    @property
    def is_terminal(self) -> bool:
        """Whether it can serve an address."""
        return self.role == "network_points" and self.owner["terminal"] is not None


@dataclass(frozen=True, slots=True)
class Members:
    """What a part of a phase opens: the ``share`` of each area, all or some of it, and pieces of the network."""

    areas: dict[int, Area]
    shares: dict[int, BaseGeometry] = field(default_factory=dict)
    network: tuple[int, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether it opens nothing."""
        return not self.shares and not self.network


_AREAS = """
    SELECT feature_id, class, cabinet, splitter, geometry, west, south, east, north FROM plan_feature
    WHERE to_version IS NULL AND role = 'coverage' AND phase = $phase AND class IN ('build', 'pre-build')
    ORDER BY feature_id
"""
_NETWORK = """
    SELECT feature_id, role, class, kind, cabinet, splitter, coalesce(terminal_name, name) AS name, phase, geometry
    FROM plan_feature
    WHERE to_version IS NULL AND role IN ('network_points', 'network_lines') AND class IN ('build', 'pre-build')
      AND (phase = $phase
           OR (west <= $east AND east >= $west AND south <= $north AND north >= $south
               AND (phase IS NULL OR phase NOT IN (
                   SELECT phase FROM plan_feature
                   WHERE to_version IS NULL AND role = 'coverage' AND phase IS NOT NULL))))
    ORDER BY feature_id
"""
_SERVED = """
    SELECT a.lon, a.lat, v.terminal_id
    FROM address a JOIN verdict v ON v.address_id = a.address_id AND v.technology = $technology
    WHERE a.to_version IS NULL AND a.lon BETWEEN $west AND $east AND a.lat BETWEEN $south AND $north
      AND v.terminal_id IS NOT NULL
    ORDER BY a.address_id
"""
_SIDES = ("west", "south", "east", "north")


class PhaseFeatures:
    """The areas and the network of one phase as they are now.

    Network that states no phase, or one that no area knows, as where its folder is called *Phase 2 - Design* and the
    areas say *Phase 2*, belongs to the phase in whose areas it stands.
    """

    def __init__(self, uow: UnitOfWork, phase: str) -> None:
        self._uow, self.phase = uow, phase
        self._areas = uow.sql.records("phase.areas", _AREAS, {"phase": phase})
        rows = uow.sql.records("phase.network", _NETWORK, {"phase": phase, **self._bounds})
        self.network = tuple(self._ours(rows))
        if not self._areas and not self.network:
            raise NotFound(
                Code.PHASE_NOT_FOUND,
                f"There is no phase {phase!r} in the plan.",
                hint="`fibermap phase list` has them.",
            )

    @cached_property
    def _bounds(self) -> dict[str, float]:
        sides = [[row[side] for side in _SIDES] for row in self._areas] or [[0.0, 0.0, -1.0, -1.0]]
        box = np.array(sides)
        return dict(zip(_SIDES, [*box[:, :2].min(axis=0).tolist(), *box[:, 2:].max(axis=0).tolist()], strict=True))

    def _ours(self, rows: Iterable[Mapping[str, Any]]) -> Iterable[Piece]:
        tree = shapely.STRtree([shapely.from_wkb(row["geometry"]) for row in self._areas])
        for row in rows:
            at = shapely.point_on_surface(shapely.from_wkb(row["geometry"]))
            if row["phase"] != self.phase and not len(tree.query(at, predicate="intersects")):
                continue
            is_cabinet = row["kind"] == "cabinet"
            is_terminal = row["role"] == "network_points" and row["kind"] in (None, "terminal")
            owner = {
                "cabinet": row["cabinet"] or (row["name"] if is_cabinet else None),
                "splitter": row["splitter"] or (row["name"] if row["kind"] == "splitter" else None),
                "terminal": row["name"] if is_terminal else None,
            }
            yield Piece(row["feature_id"], row["role"], row["class"], owner, at)

    @property
    def waiting_areas(self) -> list[int]:
        """The areas that are not open, by id."""
        return [row["feature_id"] for row in self._areas if row["class"] == Class.PRE_BUILD]

    @property
    def waiting_network(self) -> list[Piece]:
        """The pieces of network that are not open."""
        return [piece for piece in self.network if piece.class_ == Class.PRE_BUILD]

    def members(self, part: Part) -> Members:
        """Return what a part opens of what is not open yet."""
        areas = load_areas(self._uow, self.waiting_areas)
        if part.is_whole:
            shares = {area_id: area.geometry for area_id, area in areas.items()}
            return Members(areas, shares, tuple(piece.feature_id for piece in self.waiting_network))
        if part.shape is not None:
            shape = part.shape
            found = {area_id: inside(area.geometry, shape) for area_id, area in areas.items()}
            network = [piece for piece in self.waiting_network if shape.covers(piece.at)]
        else:
            found = {area_id: self._share(area, part) for area_id, area in areas.items()}
            network = [piece for piece in self.waiting_network if piece.owner[part.by or ""] in part.names]
        shares = {area_id: share for area_id, share in found.items() if share is not None}
        return self._completed(Members(areas, shares, tuple(piece.feature_id for piece in network)))

    def _completed(self, members: Members) -> Members:
        """Open what is left of the network too, where nothing else of the phase stays behind."""
        stays = [i for i, area in members.areas.items() if members.shares.get(i) is not area.geometry]
        left = [piece for piece in self.waiting_network if piece.feature_id not in members.network]
        waits = any(piece.is_terminal for piece in left) if not self._areas else bool(stays)
        if members.nothing or waits:
            return members
        return Members(members.areas, members.shares, tuple(piece.feature_id for piece in self.waiting_network))

    def _share(self, area: Area, part: Part) -> BaseGeometry | None:
        stated = self._stated[area.area_id].get(part.by or "")
        if stated is not None:
            return area.geometry if stated in part.names else None
        seeds = self._seeds(area.technology, part)
        if not len(seeds.within(area.geometry)):
            seeds = self._standing(part)
        return share_of(area.geometry, seeds)

    @cached_property
    def _stated(self) -> dict[int, dict[str, str | None]]:
        """What the areas themselves say that they belong to."""
        return {row["feature_id"]: {"cabinet": row["cabinet"], "splitter": row["splitter"]} for row in self._areas}

    def stated_owners(self) -> list[tuple[str, str]]:
        """Return what areas of the phase say that they belong to, such as ``("cabinet", "C1")``."""
        return [(by, name) for said in self._stated.values() for by, name in said.items() if name is not None]

    def _seeds(self, technology: str, part: Part) -> Seeds:
        """Return the addresses that terminals of the phase serve."""
        served = self._served(technology)
        owners = {p.feature_id: p.owner[part.by or ""] for p in self.network if p.is_terminal}
        owner = np.array([owners.get(each) for each in served["terminal_id"].to_pylist()], dtype=object)
        at = np.flatnonzero(owner.astype(np.bool_))
        wanted = np.isin(owner[at].astype(str), sorted(part.names))
        lon, lat, terminal_id = (served[name].to_numpy()[at] for name in ("lon", "lat", "terminal_id"))
        return Seeds(lon, lat, terminal_id, wanted)

    def _standing(self, part: Part) -> Seeds:
        """Return the terminals themselves: ground without an address goes with the nearest one."""
        mine = [p for p in self.network if p.is_terminal and p.owner[part.by or ""] is not None]
        xy = shapely.get_coordinates([piece.at for piece in mine]).reshape(-1, 2)
        wanted = np.array([piece.owner[part.by or ""] in part.names for piece in mine], dtype=np.bool_)
        return Seeds(xy[:, 0], xy[:, 1], np.array([piece.feature_id for piece in mine], dtype=np.int64), wanted)

    def _served(self, technology: str) -> pa.Table:
        if technology not in self._served_by:
            asked = {"technology": technology, **self._bounds}
            self._served_by[technology] = self._uow.sql.arrow("phase.served", _SERVED, asked)
        return self._served_by[technology]

    @cached_property
    def _served_by(self) -> dict[str, pa.Table]:
        return {}
