"""What was asked for in vain, as reports: the addresses and the areas with the most checks first."""

from __future__ import annotations

import pyarrow as pa

from fibermap.report.dashboard.ground import Ground
from fibermap.report.demand import MOST_DEMAND, By, DemandSort, page_of_demand

COUNTED = (
    "A check counts where it settled on an address at which nothing could be ordered then. "
    "One that settled on no address is in no row."
)
_FIGURES: dict[str, pa.DataType] = {
    "checks": pa.int64(), "days": pa.int64(), "weeks": pa.int64(), "first_on": pa.date32(), "last_on": pa.date32(),
    "leads": pa.int64(), "wanted": pa.list_(pa.string()), "lon": pa.float64(), "lat": pa.float64(),
}  # fmt: skip
_BY_ADDRESS = pa.schema({
    "address_id": pa.int64(), "full_address": pa.string(), "city": pa.string(), "zip": pa.string(),
    "county": pa.string(), "kind": pa.string(), "units": pa.int64(), "class": pa.string(), "technology": pa.string(),
    "expected_live_on": pa.date32(), "expected_precision": pa.string(), "orderable": pa.bool_(),
    "area_id": pa.int64(), "area_name": pa.string(), "phase": pa.string(), **_FIGURES, "network_m": pa.float64(),
})  # fmt: skip
_BY_AREA = pa.schema({
    "area_id": pa.int64(), "area_name": pa.string(), "phase": pa.string(), "city": pa.string(), "zip": pa.string(),
    "class": pa.string(), "expected_live_on": pa.date32(), "addresses": pa.int64(), "units": pa.int64(), **_FIGURES,
})  # fmt: skip


def demand(ground: Ground) -> pa.Table:
    """Return the addresses that were asked about in vain; its columns: `fibermap.report.demand.COLUMNS`."""
    return pa.Table.from_pylist(_first(ground, By.ADDRESS), schema=_BY_ADDRESS)


def demand_by_area(ground: Ground) -> pa.Table:
    """Return the same by the area that decides the class, or else by city and ZIP code."""
    return pa.Table.from_pylist(_first(ground, By.AREA), schema=_BY_AREA)


def say_what_counts(table: pa.Table) -> list[str]:
    """Return what counts as demand, and whether there is more of it than the table has."""
    more = [f"These are the first {MOST_DEMAND:,}."] if table.num_rows == MOST_DEMAND else []
    return [COUNTED, *more]


def _first(ground: Ground, by: By) -> list[dict[str, object]]:
    page = page_of_demand(ground, by, None, sort=DemandSort(), after=None, limit=MOST_DEMAND)
    return list(page["rows"])
