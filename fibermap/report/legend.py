"""How many of what: counts by class of what is in view, and the words that there are to filter by."""

from __future__ import annotations

from typing import Any

from fibermap.coverage.model import CLASS_ORDER
from fibermap.report.bbox import Bbox
from fibermap.report.selection import Params, Selection
from fibermap.store import Executor

MOST_WORDS = 500
"""Words of one filter that are offered, those with the most addresses."""

_WORDS = {
    "class": "class::VARCHAR",
    "phase": "phase",
    "technology": "technology",
    "kind": "kind::VARCHAR",
    "connectivity": "connectivity::VARCHAR",
    "flag": "unnest(string_split(flags, ','))",
    "territory": "unnest(list_distinct([zip, city, county]))",
}


def count_by_class(sql: Executor, selection: Selection, bbox: Bbox | None, *, public: bool = False) -> dict[str, Any]:
    """Count the addresses that are selected and in view.

    Parameters
    ----------
    sql
        The tables of a `Screen`.
    bbox
        What is in view; None counts everything, what has no place included.
    public
        Count only what public answers may contain.

    Returns
    -------
    dict
        ``addresses`` and ``units`` (what can be sold to: homes passed, where the class is build), and the same for each
        of ``classes``, all of which are there; ``bounds`` of those that have a place, None where none has: west, south,
        east, north.
    """
    where, params = where_of(selection, bbox)
    found = sql.records(
        "legend.classes",
        f"""
        SELECT class::VARCHAR AS class, count(*) AS addresses, coalesce(sum(units), 0)::BIGINT AS units,
               count(*) FILTER (orderable) AS orderable,
               min(lon) AS west, min(lat) AS south, max(lon) AS east, max(lat) AS north
        FROM addresses WHERE {where}{" AND answerable" if public else ""} GROUP BY class
        """,
        params or None,
    )
    bounds = _around([[row.pop(side) for side in ("west", "south", "east", "north")] for row in found])
    known = {row["class"]: row for row in found}
    nothing = {"addresses": 0, "units": 0, "orderable": 0}
    classes = [known.get(str(class_), {"class": str(class_), **nothing}) for class_ in CLASS_ORDER]
    sums = {name: sum(row[name] for row in classes) for name in ("addresses", "units")}
    return {**sums, "classes": classes, "bounds": bounds}


def words_to_filter_by(sql: Executor) -> dict[str, list[dict[str, Any]]]:
    """Return for each filter of words those that occur, with the addresses that they would leave, the most first."""
    return {
        name: sql.records(
            f"legend.words.{name}",
            f"""
            SELECT word AS value, count(*) AS addresses FROM (SELECT {word} AS word FROM addresses)
            WHERE word IS NOT NULL GROUP BY word ORDER BY addresses DESC, word LIMIT {MOST_WORDS}
            """,
        )
        for name, word in _WORDS.items()
    }


def _around(bounds: list[list[float | None]]) -> list[float] | None:
    known = [[side for side in each if side is not None] for each in bounds if None not in each]
    if not known:
        return None
    west, south, east, north = zip(*known, strict=True)
    return [min(west), min(south), max(east), max(north)]


def where_of(selection: Selection, bbox: Bbox | None) -> tuple[str, Params]:
    """Return the condition of what is selected and in view, and its parameters."""
    condition, params = selection.condition()
    if bbox is None:
        return condition, params
    inside, bounds = bbox.condition()
    return f"{inside} AND {condition}", {**bounds, **params}
