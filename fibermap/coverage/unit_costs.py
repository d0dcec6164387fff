"""What building costs and earns per unit: editable, each change on record with who, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from fibermap.address.corrections import Author
from fibermap.kernel.errors import Code, InputRefused
from fibermap.store import UnitOfWork

LARGEST_USD = 1e9


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """Costs and earnings per unit, US dollars; what nobody has set has these values, which are only a beginning.

    ``aerial_usd_per_m`` and ``buried_usd_per_m`` are per metre of route on the ground; ``passing_usd`` per home passed;
    ``drop_usd`` per home connected; ``take_rate`` is the share of homes passed that connect, 0 to 1; ``arpu_usd`` what
    a connected home pays a month, and ``opex_usd`` what it costs a month.
    """

    aerial_usd_per_m: float = 26.0
    buried_usd_per_m: float = 59.0
    passing_usd: float = 150.0
    drop_usd: float = 700.0
    take_rate: float = 0.4
    arpu_usd: float = 70.0
    opex_usd: float = 20.0

    def changed(self, changes: Mapping[str, Any]) -> UnitCosts:
        """Return them with some others.

        Raises
        ------
        InputRefused
            ``argument_invalid`` for a name that there is not, or a value that it cannot have.
        """
        for name, value in changes.items():
            if name not in NAMES:
                raise InputRefused(
                    Code.ARGUMENT_INVALID, f"There is no unit cost {name!r}.", hint=", ".join(NAMES), field=name
                )
            most = 1.0 if name == "take_rate" else LARGEST_USD
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
                raise InputRefused(Code.ARGUMENT_INVALID, f"{name} has to be from 0 to {most:,.0f}.", field=name)
        return UnitCosts(**{**asdict(self), **changes})


NAMES = tuple(field.name for field in fields(UnitCosts))


def unit_costs(uow: UnitOfWork) -> UnitCosts:
    """Return the unit costs that count now."""
    rows = uow.sql.rows("costs.load", "SELECT name, arg_max(value, set_at) FROM unit_cost GROUP BY name")
    return UnitCosts(**{name: value for name, value in rows if name in NAMES})


def set_unit_costs(uow: UnitOfWork, changes: Mapping[str, Any], by: Author) -> UnitCosts:
    """Set unit costs from now on, on record; those before stay in the history."""
    costs = unit_costs(uow).changed(changes)
    for name, value in changes.items():
        row = [name, float(value), by.name, by.reason, uow.at_utc]
        uow.sql.execute("costs.set", "INSERT INTO unit_cost VALUES (?, ?, ?, ?, ?)", row)
    return costs


def cost_history(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return every unit cost that anybody has set, newest first."""
    return uow.sql.records(
        "costs.history",
        "SELECT name, value, author, reason, set_at FROM unit_cost ORDER BY set_at DESC, name LIMIT 1000",
    )
