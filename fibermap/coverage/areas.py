"""Coverage areas one by one: what each is now, what it was, and who says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.features import Window
from fibermap.coverage.model import Class, Technology
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.store import UnitOfWork

MOST_ON_PAGE = 1_000
LONGEST_TEXT = 200
DATES = ("expected_live_on", "live_on", "network_ready_on", "sales_open_on")
FIELDS = ("class", "name", "phase", "technology", "priority", "expected_precision", *DATES)
"""What a person may say of an area, beside its shape."""


@dataclass(frozen=True, slots=True)
class Area:
    """A coverage area in one version of itself.

    ``version`` is the plan version that it is so since. ``source`` None: drawn by a person. ``edited`` names the
    fields in which a person's word stands over the source's. ``retired``: no longer part of the plan.
    """

    area_id: int
    version: int
    geometry: BaseGeometry
    class_: Class
    source: str | None = None
    name: str | None = None
    phase: str | None = None
    technology: str = str(Technology.FIBER)
    priority: int | None = None
    expected_live_on: date | None = None
    expected_precision: str | None = None
    live_on: date | None = None
    network_ready_on: date | None = None
    sales_open_on: date | None = None
    size_m2: float | None = None
    edited: tuple[str, ...] = ()
    retired: bool = False

    def says(self) -> dict[str, Any]:
        """Return its fields by the names in :data:`FIELDS`."""
        return {name: getattr(self, _attribute(name)) for name in FIELDS}

    def with_fields(self, fields: Mapping[str, Any]) -> Area:
        """Return it with other fields, as :func:`read_fields` gives them."""
        return replace(self, **{_attribute(name): value for name, value in fields.items()})


def _attribute(name: str) -> str:
    return "class_" if name == "class" else name


def read_fields(said: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a person says of an area: texts, numbers and dates as JSON has them, or as Python has them.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for a name that is not in :data:`FIELDS` or a value that it cannot have.
    """
    return {name: _read_field(name, value) for name, value in said.items()}


def _read_field(name: str, value: Any) -> Any:
    match name:
        case "class":
            return _choice(name, value, (Class.BUILD, Class.PRE_BUILD))
        case "technology":
            return str(_choice(name, value, tuple(Technology)))
        case "expected_precision":
            return None if value is None else _choice(name, value, ("day", "month", "quarter", "year"))
        case "priority":
            if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1_000_000):
                return value
            raise _odd(name, "a whole number from 1 on")
        case "name" | "phase":
            return _text(name, value)
        case _ if name in DATES:
            return _day(name, value)
    raise InputRefused(
        Code.ARGUMENT_INVALID, f"An area has no {name!r}.", hint=f"It has: {', '.join(FIELDS)}.", field=name
    )


def _choice(name: str, value: Any, choices: Sequence[Any]) -> Any:
    found = next((choice for choice in choices if value == str(choice)), None)
    if found is None:
        raise _odd(name, f"one of {', '.join(map(str, choices))}")
    return found


def _text(name: str, value: Any) -> str | None:
    if value is None or (isinstance(value, str) and len(value) <= LONGEST_TEXT and value.isprintable()):
        return value.strip() or None if value else None
    raise _odd(name, f"a text of up to {LONGEST_TEXT} characters")


def _day(name: str, value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _odd(name, "a date such as 2027-03-01") from None


def _odd(name: str, wanted: str) -> InputRefused:
    return InputRefused(Code.ARGUMENT_INVALID, f"{name} has to be {wanted}.", field=name)


COLUMNS = """
    f.feature_id AS area_id, f.from_version AS version, s.name AS source, f.name,
    coalesce(f.class, f.override_class, f.source_class) AS class, f.phase,
    coalesce(f.technology, 'fiber') AS technology, f.priority, f.expected_live_on, f.expected_precision,
    coalesce(f.override_live_on, f.live_on) AS live_on, f.network_ready_on, f.sales_open_on, f.size_m AS size_m2,
    f.geometry, o.fields AS overridden, f.override_class, f.role = 'retired' AS retired, f.source_class
"""
_FROM = "FROM plan_feature f LEFT JOIN source s USING (source_id)"
_NOW = f"""
    SELECT {COLUMNS} {_FROM} LEFT JOIN area_override o ON o.feature_id = f.feature_id AND o.to_version IS NULL
    WHERE f.to_version IS NULL AND f.role = 'coverage' AND f.class IS NOT NULL
"""


def area_of(row: Mapping[str, Any]) -> Area:
    """Build an area from a row of :data:`COLUMNS`."""
    values = {name: row[name] for name in Area.__slots__ if name in row}
    edited = [name for name in orjson.loads(row["overridden"] or "{}") if name != "role"]
    if row["override_class"] is not None and row["source"] is not None:
        edited.append("class")
    return Area(
        **values
        | {
            "class_": Class(row["class"]),
            "geometry": shapely.from_wkb(row["geometry"]),
            "edited": tuple(sorted(edited)),
        }
    )


def load_areas(uow: UnitOfWork, area_ids: Sequence[int]) -> dict[int, Area]:
    """Return the areas in force with these ids, by id.

    Raises
    ------
    NotFound
        ``area_not_found``, naming those that are not there.
    """
    rows = uow.sql.records(
        "area.load", f"{_NOW} AND f.feature_id IN (SELECT unnest($ids::BIGINT[]))", {"ids": list(area_ids)}
    )
    found = {row["area_id"]: area_of(row) for row in rows}
    if missing := sorted(set(area_ids) - set(found)):
        raise NotFound(
            Code.AREA_NOT_FOUND,
            f"No coverage area in force has the id {', '.join(map(str, missing))}.",
            hint="It may have been retired, merged or undone; the list has those in force.",
            area_id=missing[0],
        )
    return found


@dataclass(frozen=True, slots=True)
class AreaPage:
    """Some areas in order of id; ``after`` continues where they end, None where there are no more."""

    areas: tuple[Area, ...]
    total: int
    after: int | None


@dataclass(frozen=True, slots=True)
class AreaFilter:
    """Which areas: in a window, of a class or phase, with a text in name or phase, drawn by a person."""

    window: Window | None = None
    class_: str | None = None
    phase: str | None = None
    text: str | None = None
    drawn: bool | None = None


def page_of_areas(uow: UnitOfWork, wanted: AreaFilter, *, after: int = 0, limit: int = 100) -> AreaPage:
    """Return a page of the areas in force, in order of id."""
    where, values = _conditions(wanted)
    total = uow.sql.value("area.count", f"SELECT count(*) FROM ({_NOW}{where}) listed", values)
    rows = uow.sql.records(
        "area.page",
        f"{_NOW}{where} AND f.feature_id > $after ORDER BY f.feature_id LIMIT $limit",
        values | {"after": after, "limit": min(limit, MOST_ON_PAGE) + 1},
    )
    shown = rows[: min(limit, MOST_ON_PAGE)]
    more = len(rows) > len(shown)
    return AreaPage(tuple(map(area_of, shown)), int(total), shown[-1]["area_id"] if more else None)


def _conditions(wanted: AreaFilter) -> tuple[str, dict[str, Any]]:
    said, values = "", dict[str, Any]()
    if wanted.window is not None:
        box = wanted.window
        said += " AND f.west <= $east AND f.east >= $west AND f.south <= $north AND f.north >= $south"
        values |= {"west": box.west, "south": box.south, "east": box.east, "north": box.north}
    if wanted.class_ is not None:
        said, values = f"{said} AND f.class = $class", values | {"class": wanted.class_}
    if wanted.phase is not None:
        said, values = f"{said} AND f.phase = $phase", values | {"phase": wanted.phase}
    if wanted.drawn is not None:
        said, values = f"{said} AND (f.source_id IS NULL) = $drawn", values | {"drawn": wanted.drawn}
    if wanted.text:
        said += " AND contains(lower(concat_ws(' ', f.name, f.phase, f.feature_id::VARCHAR)), $text)"
        values |= {"text": wanted.text.lower()}
    return said, values


def area_versions(uow: UnitOfWork, area_id: int) -> list[dict[str, Any]]:
    """Return every version of an area, newest first: its fields, who made it so, when, and what that changed.

    Raises
    ------
    NotFound
        ``area_not_found``: there never was such an area.
    """
    rows = uow.sql.records(
        "area.versions",
        f"""
        SELECT {COLUMNS}, f.to_version AS ended, v.author, v.label, v.kind, v.created_at
        {_FROM} LEFT JOIN area_override o ON o.feature_id = f.feature_id AND o.from_version <= f.from_version
             AND (o.to_version IS NULL OR o.to_version > f.from_version)
        JOIN plan_version v ON v.version = f.from_version
        WHERE f.feature_id = $id AND f.role IN ('coverage', 'retired')
        ORDER BY f.from_version
        """,
        {"id": area_id},
    )
    if not rows:
        raise NotFound(Code.AREA_NOT_FOUND, f"There never was an area {area_id}.")
    told, before = [], None
    for row in rows:
        area = area_of(row)
        told.append(
            {name: row[name] for name in ("version", "author", "label", "kind", "created_at", "ended")}
            | {"area": area, "changed": changed_fields(before, area)}
        )
        before = area
    return told[::-1]


def changed_fields(before: Area | None, after: Area) -> list[str]:
    """Name what an area says otherwise than before; everything that it says where there was none."""
    if before is None:
        return ["geometry", *(name for name, value in after.says().items() if value is not None)]
    then, now = before.says(), after.says()
    changed = [name for name in FIELDS if then[name] != now[name]]
    shape = [] if shapely.equals_exact(before.geometry, after.geometry) else ["geometry"]
    return [*shape, *changed, *(["retired"] if before.retired != after.retired else [])]
