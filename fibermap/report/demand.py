"""The table of demand: what was asked for in vain, by address and by area, and how much interest there is beside it.

What counts is a check that settled on an address where nothing could be ordered at that time. Checks that settled on
none are counted apart: nobody knows which address they were about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from fibermap.coverage.gaps import metres_to_network
from fibermap.coverage.model import Class
from fibermap.report.bbox import Bbox
from fibermap.report.dashboard.ground import Ground
from fibermap.report.legend import where_of
from fibermap.report.paging import Order, read_sort

MOST_DEMAND = 1_000
"""Rows of a page."""


class By(StrEnum):
    """What a row is about."""

    ADDRESS = "address"
    AREA = "area"


_SORTS: dict[str, type] = {"checks": int, "days": int, "weeks": int, "leads": int, "last": date}
SORTS: tuple[str, ...] = tuple(_SORTS)
"""What rows can be sorted by."""

_FIGURES = "checks, days, weeks, first_on, last_on, leads, wanted"
COLUMNS: dict[By, tuple[str, ...]] = {
    By.ADDRESS: (
        "address_id", "full_address", "city", "zip", "county", "kind", "units", "class", "technology",
        "expected_live_on", "expected_precision", "orderable", "area_id", "area_name", "phase", *_FIGURES.split(", "),
        "lon", "lat", "network_m",
    ),
    By.AREA: (
        "area_id", "area_name", "phase", "city", "zip", "class", "expected_live_on", "addresses", "units",
        *_FIGURES.split(", "), "lon", "lat",
    ),
}  # fmt: skip
"""What a row says; beside the figures the columns are those of the view ``addresses``, as they are now.

``checks`` in vain, on so many different ``days`` and in so many ``weeks`` (UTC); ``first_on`` and ``last_on``, of
checks and leads; open ``leads`` that have neither pre-ordered nor ordered, and the technologies ``wanted`` by them;
``network_m`` metres to the nearest area or network, where the address is beyond coverage.
"""

_SAID = """
    said AS (
        SELECT address_id, coalesce(sum(asked) FILTER (source = 'check'), 0)::BIGINT AS checks,
               coalesce(list(DISTINCT day) FILTER (source = 'check'), []) AS asked_on, min(day) AS first_on,
               max(day) AS last_on, coalesce(sum(asked) FILTER (source = 'lead'), 0)::BIGINT AS leads,
               coalesce(list(DISTINCT technology) FILTER (technology IS NOT NULL), []) AS wanted
        FROM demand WHERE address_id IS NOT NULL GROUP BY address_id
    ),
    about AS (
        SELECT * REPLACE (class::VARCHAR AS class, kind::VARCHAR AS kind) FROM chosen JOIN said USING (address_id)
    )
"""
_DAYS = """
    len({0})::BIGINT AS days, len(list_distinct(list_transform({0}, lambda d: date_trunc('week', d))))::BIGINT AS weeks
"""
_TOLD = {
    By.ADDRESS: f"""
        SELECT * REPLACE (list_sort(wanted) AS wanted), {_DAYS.format("asked_on")}, NULL::DOUBLE AS network_m,
               address_id AS row_key
        FROM about
    """,
    # What no area decides stands by its city and ZIP code.
    By.AREA: f"""
        SELECT area_id, area_name, phase, city, zip, class, min(expected_live_on) AS expected_live_on,
               count(*) AS addresses, sum(units)::BIGINT AS units, sum(checks)::BIGINT AS checks,
               {_DAYS.format("list_distinct(flatten(list(asked_on)))")}, min(first_on) AS first_on,
               max(last_on) AS last_on, sum(leads)::BIGINT AS leads,
               list_sort(list_distinct(flatten(list(wanted)))) AS wanted, avg(lon) AS lon, avg(lat) AS lat,
               concat_ws(chr(31), coalesce(area_id::VARCHAR, ''), coalesce(phase, ''), coalesce(city, ''),
                         coalesce(zip, ''), class) AS row_key
        FROM (SELECT * REPLACE (CASE WHEN area_id IS NULL THEN city END AS city,
                                CASE WHEN area_id IS NULL THEN zip END AS zip) FROM about)
        GROUP BY area_id, area_name, phase, city, zip, class
    """,
}


@dataclass(frozen=True, slots=True)
class DemandSort:
    """An order of rows: by a figure, the greatest first unless it is turned round."""

    name: str = "checks"
    ascending: bool = False

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read ``-name``, or ``name`` for ascending; raises ``InputRefused`` for any but :data:`SORTS`."""
        name, turned = read_sort(text, SORTS)
        return cls(name, not turned)

    def order(self, by: By) -> Order:
        """Return the order of rows of a kind."""
        expression = "last_on" if self.name == "last" else self.name
        name = f"{by}:{'' if self.ascending else '-'}{self.name}"
        kind = int if by is By.ADDRESS else str
        return Order(name, expression, _SORTS[self.name], not self.ascending, "row_key", kind)


def page_of_demand(
    ground: Ground, by: By, bbox: Bbox | None, *, sort: DemandSort, after: str | None, limit: int
) -> dict[str, Any]:
    """Return a page of the demand at the addresses that are chosen and in view.

    Parameters
    ----------
    ground
        Where the addresses are, with the view ``demand`` beside them: a screen's tables, or the database.
    after
        The ``next`` of the page before; None for the first.
    limit
        Most rows, up to `MOST_DEMAND`.

    Returns
    -------
    dict
        ``rows`` with :data:`COLUMNS`, ``total``, and ``next``, None on the last page.

    Raises
    ------
    NotFound
        ``page_not_found``: ``after`` is of no page in this order.
    """
    where, params = where_of(ground.wish.selection, bbox)
    told = f"WITH chosen AS (SELECT * FROM {ground.relation} WHERE {where}), {_SAID}, told AS ({_TOLD[by]})"
    order, most = sort.order(by), min(limit, MOST_DEMAND)
    further, values = order.further(after)
    total = ground.addresses.value("demand.total", f"{told} SELECT count(*) FROM told", params or None)
    found = ground.addresses.records(
        f"demand.{by}",
        f"""
        {told} SELECT *, {order.expression} AS sorted_by FROM told WHERE {further}
        ORDER BY {order.by} LIMIT {most + 1}
        """,
        {**params, **values} or None,
    )
    rows, following = order.page(found, most)
    if by is By.ADDRESS:
        rows = _with_metres(ground, rows)
    return {"rows": [{name: row[name] for name in COLUMNS[by]} for row in rows], "total": total, "next": following}


def demand_elsewhere(ground: Ground) -> dict[str, int]:
    """Return what is about no address: ``unsettled`` checks, and waiting ``reports`` of missing ones; unfiltered."""
    found = ground.addresses.rows(
        "demand.elsewhere", "SELECT source, sum(asked)::BIGINT FROM demand WHERE address_id IS NULL GROUP BY source"
    )
    counted: dict[str, int] = dict(found)
    return {"unsettled": counted.get("unsettled", 0), "reports": counted.get("report", 0)}


def _with_metres(ground: Ground, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say how far those beyond coverage are from the network."""
    beyond = [row for row in rows if row["class"] == Class.OUT and row["lon"] is not None]
    lon, lat = _degrees(beyond, "lon"), _degrees(beyond, "lat")
    for row, metres in zip(beyond, metres_to_network(ground.plan, lon, lat), strict=True):
        row["network_m"] = None if np.isinf(metres) else round(float(metres), 1)
    return rows


def _degrees(rows: list[dict[str, Any]], name: str) -> npt.NDArray[np.float64]:
    return np.array([row[name] for row in rows], dtype=np.float64)
