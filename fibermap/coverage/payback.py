"""What a proposed build costs, and when it has paid for itself. Pure: the formulas, and nothing else.

================  ====================================================================================
new homes         homes passed that are not build yet: pre-build and out-of-coverage units
connections       new homes x take rate
route cost        metres of new route x cost of a metre, aerial or buried
cost              route cost + new homes x cost of a passing + connections x cost of a drop
monthly margin    connections x (ARPU - monthly cost of a connected home)
payback, months   cost / monthly margin; none where that is not above 0
================  ====================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fibermap.coverage.unit_costs import UnitCosts


class Construction(StrEnum):
    """How a route is built."""

    AERIAL = "aerial"
    BURIED = "buried"


@dataclass(frozen=True, slots=True)
class Economics:
    """Costs, US dollars, and what they bring."""

    new_homes: int
    connections: float
    route_usd: float
    passings_usd: float
    drops_usd: float
    cost_usd: float
    cost_per_passing_usd: float | None
    monthly_margin_usd: float
    payback_months: float | None


def economics(
    homes_by_class: Mapping[str, int], route_m: float, construction: Construction, costs: UnitCosts
) -> Economics:
    """Return the economics of a build.

    Parameters
    ----------
    homes_by_class
        Homes passed (units) by their class now.
    route_m
        New route, metres on the ground.
    """
    new_homes = sum(homes for class_, homes in homes_by_class.items() if class_ != "build")
    connections = new_homes * costs.take_rate
    per_m = costs.aerial_usd_per_m if construction is Construction.AERIAL else costs.buried_usd_per_m
    route, passings, drops = route_m * per_m, new_homes * costs.passing_usd, connections * costs.drop_usd
    cost = route + passings + drops
    margin = connections * (costs.arpu_usd - costs.opex_usd)
    return Economics(
        new_homes=new_homes,
        connections=connections,
        route_usd=route,
        passings_usd=passings,
        drops_usd=drops,
        cost_usd=cost,
        cost_per_passing_usd=cost / new_homes if new_homes else None,
        monthly_margin_usd=margin,
        payback_months=cost / margin if margin > 0 else None,
    )
