"""Faults planted in the plan: broken polygons, words nobody knows, areas that contradict one another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.demo.county import vacant_lot
from fibermap.demo.ground import Spot
from fibermap.demo.model import Area, County, Fault, Network, Phase, Terminal
from fibermap.demo.network import BUILD, BUILDING, DESIGN, LIVE, PRE_BUILD, STREET_HALF_M

UNKNOWN_STATUS = "Splicing"
SLIVER = "JF-FDA-96 remnant"
_ANY = ("Polygon", "MultiPolygon")
LINK, OVERLAY, NOWHERE = "As-builts on the file server", "Scanned 1987 plat", "JF-FDA-97 to be drawn"


@dataclass(slots=True)
class _Desk:
    """The plan while faults are planted in it."""

    county: County
    file: str
    areas: list[Area]
    terminals: list[Terminal]
    faults: list[Fault] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def change(self, phase: Phase, alter: Callable[[Area], Area], shapes: tuple[str, ...] = ("Polygon",)) -> Area:
        """Alter the next untouched district of a phase that has one of these shapes, and return it."""
        at = next(i for i, area in enumerate(self.areas) if self._is_free(area, phase, shapes))
        self.areas[at] = alter(self.areas[at])
        self.used.add(self.areas[at].name)
        return self.areas[at]

    def _is_free(self, area: Area, phase: Phase, shapes: tuple[str, ...]) -> bool:
        untouched = area.name not in self.used and "-FDA-" in area.name
        return area.phase is phase and untouched and area.outline.geom_type in shapes

    def add(
        self, name: str, phase: Phase, outline: BaseGeometry, rings: tuple[tuple[Spot, ...], ...] | None = None
    ) -> None:
        self.areas.append(Area(name, phase, phase.status, phase.class_, outline, rings=rings))

    def say(self, code: str, shown_as: str, says: str, *names: str) -> None:
        self.faults.append(Fault(code, shown_as, self.file, says, names))


def plant_in_plan(county: County, network: Network, file: str) -> tuple[Network, list[Fault]]:
    """Return the plan with its faults, and what they are. ``file`` is the operator's file."""
    desk = _Desk(county, file, list(network.areas), list(network.terminals))
    for plant in (_rings, _crossings, _statuses, _overlap, _leftovers, _ports, _not_areas):
        plant(desk)
    return replace(network, areas=tuple(desk.areas), terminals=tuple(desk.terminals)), desk.faults


def _ring(shape: BaseGeometry) -> list[Spot]:
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(shapely.get_exterior_ring(shape))]


def _rings(desk: _Desk) -> None:
    unclosed = desk.change(LIVE, lambda area: replace(area, rings=(tuple(_ring(area.outline)[:-1]),)))
    desk.say("ring_closed", "rejection", "Its ring does not end where it begins; it is closed.", unclosed.name)
    line = _ring(vacant_lot(desk.county, 0))[:2]
    desk.add("JF-FDA-92 stub", DESIGN, shapely.Polygon(), (tuple(line),))
    desk.say("ring_too_short", "rejection", "A polygon of two points encloses nothing.", "JF-FDA-92 stub")


def _crossings(desk: _Desk) -> None:
    def tail(area: Area) -> Area:
        return replace(area, rings=(tuple(_fish_tail(_ring(area.outline))),))

    slight = desk.change(LIVE, tail)
    desk.say("area_self_intersects", "rejection", "A corner overshoots; the repair changes little.", slight.name)
    west, south, east, north = vacant_lot(desk.county, 1).bounds
    bow = ((west, south), (east, north), (east, south), (west, north), (west, south))
    desk.add("JF-FDA-93 fairground", DESIGN, shapely.make_valid(shapely.Polygon(bow)), (bow,))
    says = "A bow tie: the repair changes the area so much that somebody has to look."
    desk.say("area_self_intersects", "rejection", says, "JF-FDA-93 fairground")
    desk.say("repair_large", "finding", says, "JF-FDA-93 fairground")


def _fish_tail(ring: list[Spot]) -> list[Spot]:
    """Overshoot the second corner of a ring by three metres, and come back to it from the other side."""
    before, corner, after = (np.array(ring[i]) for i in (0, 1, 2))
    onward = (corner - before) / np.hypot(*(corner - before))
    leaving = (after - corner) / np.hypot(*(after - corner))
    loop = [corner + 3.0 * onward, corner - 3.0 * leaving]
    return [ring[0], *((float(x), float(y)) for x, y in loop), *ring[2:]]


def _statuses(desk: _Desk) -> None:
    unknown = desk.change(BUILDING, lambda area: replace(area, status=UNKNOWN_STATUS, class_=PRE_BUILD), _ANY)
    says = f"Nobody has said what {UNKNOWN_STATUS!r} means; it is asked about and the area stays out until answered."
    desk.say("status_unknown", "finding", says, unknown.name)
    clashing = desk.change(BUILDING, lambda area: replace(area, status=LIVE.status, class_=BUILD), _ANY)
    says = "Its folder says Under Construction and its attribute In Service; the attribute counts, and it is reported."
    desk.say("status_contradicts", "finding", says, clashing.name)


def _overlap(desk: _Desk) -> None:
    """Redraw one block of a live district as under construction."""
    below = next(area for area in desk.areas if area.phase is LIVE and area.name not in desk.used)
    block = next(b for b in desk.county.blocks if b.district and below.outline.contains(b.cell.centroid))
    desk.add("JF-FDA-94 redrawn", BUILDING, block.cell.buffer(-STREET_HALF_M - 1.0, join_style="mitre"))
    says = f"It lies over {below.name}, which is live; the live one counts."
    desk.say("areas_overlap", "finding", says, "JF-FDA-94 redrawn", below.name)
    desk.say("conflicting_areas", "flag", says, "JF-FDA-94 redrawn")


def _leftovers(desk: _Desk) -> None:
    west, south, _, _ = vacant_lot(desk.county, 2).bounds
    desk.add(SLIVER, DESIGN, shapely.box(west, south, west + 8.0, south + 2.0))
    desk.say("area_sliver", "finding", "Sixteen square metres: left over from an edit.", SLIVER)
    desk.add("JF-FDA-95 gravel pit", BUILDING, vacant_lot(desk.county, 3))
    desk.say("area_without_address", "finding", "Nobody lives there.", "JF-FDA-95 gravel pit")


def _ports(desk: _Desk) -> None:
    """Exhaust the first terminal of a live district, whose homes are nearest to it."""
    at = next(i for i, t in enumerate(desk.terminals) if t.phase is LIVE and not t.in_esri and "-FDA-" in t.name)
    desk.terminals[at] = replace(desk.terminals[at], ports_free=0)
    says = "All its ports are taken: nobody at it is orderable."
    desk.say("no_port", "terminal", says, desk.terminals[at].name)


def _not_areas(desk: _Desk) -> None:
    desk.say("network_link_not_followed", "rejection", "It leads to another file, which is not fetched.", LINK)
    desk.say("overlay_set_aside", "rejection", "A picture on the ground is no feature.", OVERLAY)
    desk.say("geometry_missing", "rejection", "A placemark without a geometry.", NOWHERE)
