"""The table beside the map: the same addresses, page by page, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from fibermap.report.bbox import Bbox
from fibermap.report.legend import where_of
from fibermap.report.paging import Order, read_sort
from fibermap.report.selection import Selection
from fibermap.store import Executor

MOST_ROWS = 1_000
COLUMNS: tuple[str, ...] = (
    "address_id", "location_id", "full_address", "unit", "city", "state", "zip", "county", "class", "technology",
    "evidence", "confidence", "expected_live_on", "expected_precision", "area_id", "area_name", "phase",
    "terminal_id", "terminal", "drop_m", "serviceable", "kind", "units", "orderable", "not_orderable", "holds",
    "flags", "connectivity", "lon", "lat", "version",
)  # fmt: skip
"""What a row says, named as in the view ``addresses``."""

_SORTS: dict[str, tuple[str, type]] = {
    "address": ("full_address", str),
    "class": ("enum_code(class)::INTEGER", int),
    "phase": ("phase", str),
    "area": ("area_name", str),
    "city": ("city", str),
    "zip": ("zip", str),
    "expected": ("expected_live_on", date),
    "drop": ("drop_m", float),
    "units": ("units", int),
    "kind": ("kind::VARCHAR", str),
    "connectivity": ("connectivity::VARCHAR", str),
    "holds": ("holds", str),
    "flags": ("flags", str),
    "orderable": ("orderable::INTEGER", int),
    "id": ("address_id", int),
}
SORTS: tuple[str, ...] = tuple(_SORTS)
"""What rows can be sorted by."""


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of rows: by a column, then by id; what has no value comes last."""

    name: str = "address"
    descending: bool = False

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read ``name``, or ``-name`` for descending; raises ``InputRefused`` for any but :data:`SORTS`."""
        return cls(*read_sort(text, SORTS))

    def __str__(self) -> str:
        return f"-{self.name}" if self.descending else self.name

    @property
    def order(self) -> Order:
        """The order in SQL."""
        expression, kind = _SORTS[self.name]
        return Order(str(self), expression, kind, self.descending, "address_id", int)


def page_of_rows(
    sql: Executor, selection: Selection, bbox: Bbox | None, *, sort: Sort, after: str | None, limit: int
) -> dict[str, Any]:
    """Return a page of the addresses that are selected and in view.

    Parameters
    ----------
    sql
        The tables of a `Screen`.
    after
        The ``next`` of the page before; None for the first. A row that changes in between is told once at most twice:
        where it stood and where it stands.
    limit
        Most rows, up to `MOST_ROWS`.

    Returns
    -------
    dict
        ``rows`` with :data:`COLUMNS`, ``total``, and ``next``, None on the last page.

    Raises
    ------
    NotFound
        ``page_not_found``: ``after`` is of no page in this order.
    """
    where, params = where_of(selection, bbox)
    order = sort.order
    total = sql.value("table.total", f"SELECT count(*) FROM addresses WHERE {where}", params or None)
    further, values = order.further(after)
    most = min(limit, MOST_ROWS)
    found = sql.records(
        "table.rows",
        f"""
        SELECT {", ".join(COLUMNS)}, {order.expression} AS sorted_by FROM addresses WHERE {where} AND {further}
        ORDER BY {order.by} LIMIT {most + 1}
        """,
        {**params, **values} or None,
    )
    rows, following = order.page(found, most)
    return {"rows": [_row(row) for row in rows], "total": total, "next": following}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    lists = {name: row[name].split(",") if row[name] else [] for name in ("holds", "flags", "not_orderable")}
    return {name: lists.get(name, row[name]) for name in COLUMNS}
