"""The operator's plan: districts in phases, terminals with ports, routes, cabinets, a wireless tower, an exclusion."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.demo.county import COUNTY_LINE, RIVERSIDE
from fibermap.demo.ground import Spot
from fibermap.demo.model import (
    CAPITAL,
    ESRI_TOWN,
    HTML_TOWN,
    STATE_PLANE_TOWN,
    TOWNS,
    WIRELESS_TOWN,
    Area,
    Block,
    County,
    Network,
    Phase,
    Route,
    Terminal,
)

BUILD, PRE_BUILD = "build", "pre-build"
FIBER, FIXED_WIRELESS = "fiber", "fixed_wireless"

LIVE = Phase(1, "In Service", "In Service", BUILD, "2025-06-30", date(2025, 6, 30))
BUILDING = Phase(2, "Under Construction", "Under Construction", PRE_BUILD, "2029-03-31", date(2029, 3, 31))
DESIGN = Phase(3, "Design", "Design", PRE_BUILD, "Q4 2029", date(2029, 12, 31))
PROPOSED = Phase(4, "Proposed", "Proposed", PRE_BUILD, "2031-06-30", date(2031, 6, 30))
PHASES = (LIVE, BUILDING, DESIGN, PROPOSED)

WIRELESS_AREA = "Hob Siding Tower - Fixed Wireless"
EXCLUSION = "Refused easement - Hob Ditch Company"

STREET_HALF_M = 3.0
"""Districts end this far from the middle of the street, so that neighbours do not touch."""

_TOWER_REACH_M = 5000.0
_LIVE_SHARE = {CAPITAL: (0.45, 0.8), STATE_PLANE_TOWN: (0.5, 1.0)}
"""Town -> shares of its districts, nearest first, up to which they are live, and under construction."""

_ONLY_PHASE = {HTML_TOWN: DESIGN, ESRI_TOWN: PROPOSED}


def build_network(county: County) -> Network:
    """Plan a network for a county; the same county gets the same plan."""
    dice = np.random.default_rng([county.seed, 1])
    blocks = _by_district(county.blocks)
    households = _households(county)
    phases = _phases(blocks)
    areas, terminals, routes, cabinets = [], [], [], []
    for number, (district, phase) in enumerate(phases.items(), start=1):
        area = _area(number, district, phase, blocks[district], households)
        areas.append(area)
        stands = [spot for block in blocks[district] for spot in block.terminals]
        if phase is PROPOSED:
            continue
        terminals += _terminals(dice, area, phase, stands, in_esri=blocks[district][0].town == STATE_PLANE_TOWN)
        cabinet = _corner(area.outline)
        cabinets.append((f"{area.name}-CAB", phase, cabinet))
        routes += _routes(area, phase, cabinet, stands)
    tower = (TOWNS[WIRELESS_TOWN].x_m, TOWNS[WIRELESS_TOWN].y_m)
    return Network(
        areas=(*areas, _wireless(tower)),
        terminals=tuple(terminals),
        routes=tuple(routes),
        cabinets=tuple(cabinets),
        exclusions=((EXCLUSION, _refused(blocks, phases)),),
        tower=tower,
    )


def clear_of_edges(county: County, network: Network, margin_m: float) -> County:
    """Leave out the buildings within ``margin_m`` of an edge, so that no record's scatter moves it across."""
    outlines = [area.outline for area in network.areas] + [shape for _, shape in network.exclusions]
    edges = shapely.boundary(np.array(outlines, dtype=object))
    places = shapely.points([(s.x_m, s.y_m) for s in county.structures])
    near = set(shapely.STRtree(places).query(edges, predicate="dwithin", distance=margin_m)[1].tolist())
    return replace(county, structures=tuple(s for i, s in enumerate(county.structures) if i not in near))


def _by_district(blocks: Iterable[Block]) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        if block.district:
            found[block.district].append(block)
    return dict(found)


def _households(county: County) -> dict[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for structure in county.structures:
        if structure.use.is_served:
            counts[structure.block_id] += max(structure.addresses, structure.unit_count or 0)
    return counts


def _phases(blocks: dict[str, list[Block]]) -> dict[str, Phase]:
    """Return the phase of each district that is planned at all, in order of phase, then as they were built."""
    by_town: dict[int, list[str]] = defaultdict(list)
    for district, members in blocks.items():
        by_town[members[0].town].append(district)
    found: dict[str, Phase] = {}
    for town, districts in by_town.items():
        ordered = sorted(districts, key=lambda name: _from_middle(town, blocks[name]))
        if town in _ONLY_PHASE:
            found |= dict.fromkeys(ordered, _ONLY_PHASE[town])
        elif town in _LIVE_SHARE:
            live, building = (math.ceil(share * len(ordered)) for share in _LIVE_SHARE[town])
            found |= dict.fromkeys(ordered[:live], LIVE)
            found |= dict.fromkeys(ordered[live:building], BUILDING)
            found |= dict.fromkeys(ordered[building:], DESIGN)
    found |= dict.fromkeys((RIVERSIDE, COUNTY_LINE), LIVE)
    return dict(sorted(found.items(), key=lambda item: item[1].number))


def _from_middle(town: int, blocks: list[Block]) -> float:
    middle = shapely.union_all([block.cell for block in blocks]).centroid
    return round(math.hypot(middle.x - TOWNS[town].x_m, middle.y - TOWNS[town].y_m), 3)


def _area(number: int, district: str, phase: Phase, blocks: list[Block], households: dict[int, int]) -> Area:
    # Widened before they are joined, because turned blocks meet only to a rounding error.
    land = shapely.union_all([block.cell.buffer(0.5, join_style="mitre") for block in blocks])
    outline = land.buffer(-STREET_HALF_M - 0.5, join_style="mitre").simplify(0.01).normalize()
    special = district in (RIVERSIDE, COUNTY_LINE)
    return Area(
        name=district if special else f"{TOWNS[blocks[0].town].initials}-FDA-{number:02d}",
        phase=phase,
        status=phase.status,
        class_=phase.class_,
        outline=outline,
        households=sum(households.get(block.block_id, 0) for block in blocks),
        in_esri=phase is PROPOSED,
    )


def _terminals(
    dice: np.random.Generator, area: Area, phase: Phase, stands: list[Spot], *, in_esri: bool
) -> list[Terminal]:
    found = []
    for nth, (x, y) in enumerate(stands, start=1):
        total = int(dice.choice([8, 12]))
        fate = dice.random()
        free = None if fate < 0.03 else 0 if fate < 0.06 else int(dice.integers(1, total + 1))
        found.append(Terminal(f"{area.name}-T{nth:03d}", area.name, phase, x, y, total, free, in_esri))
    return found


def _corner(outline: BaseGeometry) -> Spot:
    west, south, _, _ = outline.bounds
    nearest = shapely.shortest_line(outline, shapely.Point(west, south)).coords[0]
    return float(nearest[0]), float(nearest[1])


def _routes(area: Area, phase: Phase, cabinet: Spot, stands: list[Spot]) -> list[Route]:
    """Return one cable for every twelve terminals, each from the cabinet along its terminals from south to north."""
    ordered = sorted(stands, key=lambda spot: (round(spot[1], 3), round(spot[0], 3)))
    cables = [ordered[at : at + 12] for at in range(0, len(ordered), 12)]
    return [
        Route(f"{area.name}-F{nth}", phase, shapely.LineString([cabinet, *cable]), 144 if nth == 1 else 48)
        for nth, cable in enumerate(cables, start=1)
    ]


def _wireless(tower: Spot) -> Area:
    circle = shapely.Point(tower).buffer(_TOWER_REACH_M, quad_segs=32)
    return Area(WIRELESS_AREA, LIVE, LIVE.status, BUILD, circle, technology="Fixed Wireless")


def _refused(blocks: dict[str, list[Block]], phases: dict[str, Phase]) -> BaseGeometry:
    """Return the land behind a refused easement: the second block of the first live district."""
    live = next(name for name, phase in phases.items() if phase is LIVE and len(blocks[name]) > 1)
    return blocks[live][1].cell.buffer(-STREET_HALF_M, join_style="mitre")
