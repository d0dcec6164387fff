"""The witness: looks at every unit of work just before it commits, and writes down who changed what, in it.

It is fed by the tables that were written to, not by what commands say of themselves: so there is no change without
its entry, none is written for what was rolled back, and both are there or neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

import orjson

from fibermap.access.acting import acting
from fibermap.access.told import PASSED_OVER, TOLD, Kept, Told, Versioned
from fibermap.store import Executor, Store, UnitOfWork
from fibermap.store.copying import table_names
from fibermap.store.database import Database

MOST_ROWS = 50
"""Of one table in one entry; how many more there were is told."""
LONGEST_VALUE = 300
LONGEST_JSON = 16_384
NAMED, LONGEST_SUBJECT = 3, 200
CHANGED = "changed"

_INSERT = """
    INSERT INTO audit_entry VALUES (nextval('audit_id_sequence'), ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_FIRST_ROWS = f"""
    SELECT *, (SELECT count(DISTINCT key_) FROM sides) AS total_
    FROM sides ORDER BY key_, is_after LIMIT {2 * MOST_ROWS + 2}
"""
_VERSION = "SELECT coalesce(max(version), 0) FROM plan_version"


@dataclass(frozen=True, slots=True)
class Change:
    """One row before and after; None where there was, or is, none."""

    what: str
    which: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def witnessed(store: Store) -> Store:
    """Have every change of a store written down from now on."""
    store.witness = witness
    return store


def witness(uow: UnitOfWork, database: Database) -> None:
    """Write down what a unit of work changed; nothing where it changed nothing that is told."""
    written = {table: rows for table, rows in uow.sql.written.items() if table not in PASSED_OVER}
    if not written:
        return
    changes: list[Change] = []
    more: dict[str, int] = {}
    listed = [told for table, told in TOLD.items() if table in written]
    is_new = "plan_version" in written
    asked = is_new or any(isinstance(told, Versioned) for told in listed)
    version = uow.sql.value("audit.version", _VERSION) if asked else None
    with closing(database.new_cursor()) as cursor:
        committed = Executor(cursor)
        for told in listed:
            found, total = _changes(uow, committed, told, version)
            changes += found
            more |= {told.what: total - len(found)} if total > len(found) else {}
    for table in sorted(written.keys() - TOLD.keys()):
        if table in table_names(uow.sql):
            changes.append(Change(table, "", None, {"rows": written[table]}))
    if changes:
        _write(uow, changes, more, version if is_new else None)


def note(uow: UnitOfWork, what: str, which: str, after: Mapping[str, Any]) -> None:
    """Write down something that changes no table, such as a backup that was made."""
    _write(uow, [Change(what, which, None, after)], {}, None)


def _write(uow: UnitOfWork, changes: list[Change], more: Mapping[str, int], version: int | None) -> None:
    actor = acting()
    row = [
        uow.at_utc,
        actor.id,
        actor.name[:LONGEST_VALUE],
        str(actor.way),
        uow.command[:LONGEST_VALUE],
        _subject(changes, sum(more.values())),
        _json(_side(changes, "before"), more),
        _json(_side(changes, "after"), more),
        version,
    ]
    uow.sql.execute("audit.write", _INSERT, row)


def _side(changes: Iterable[Change], side: str) -> Iterator[dict[str, Any]]:
    for change in changes:
        values = getattr(change, side)
        if values is not None:
            yield {"what": change.what, "which": change.which, "values": values}


def _subject(changes: list[Change], more: int) -> str:
    named = ", ".join(f"{change.what} {change.which}".strip() for change in islice(changes, NAMED))
    rest = len(changes) - NAMED + more
    return (named if rest <= 0 else f"{named[:LONGEST_SUBJECT]} and {rest:,} more")[: LONGEST_SUBJECT + 20]


def _json(entries: Iterable[Mapping[str, Any]], more: Mapping[str, int]) -> str:
    """Return entries as JSON of a bounded length; how many did not fit is its last entry."""
    kept: list[bytes] = []
    length, left_out = 2, sum(more.values())
    for entry in entries:
        text = orjson.dumps(entry, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS)
        if length + len(text) > LONGEST_JSON:
            left_out += 1
            continue
        kept.append(text)
        length += len(text) + 1
    if left_out:
        kept.append(orjson.dumps({"more": left_out}))
    return f"[{b','.join(kept).decode()}]"


# -- before and after -----------------------------------------------------------------------------------------------


def _changes(uow: UnitOfWork, committed: Executor, told: Told, version: int | None) -> tuple[list[Change], int]:
    """Return the first rows that changed, in order of their keys, and how many there are in all."""
    rows = _kept(uow, committed, told) if isinstance(told, Kept) else _versioned(uow, told, version)
    sides: dict[str, dict[bool, dict[str, Any]]] = {}
    for row in rows:
        sides.setdefault(row["key_"], {})[row["is_after"]] = row
    total = int(rows[0]["total_"]) if rows else 0
    found = [change for side in islice(sides.values(), MOST_ROWS) if (change := _change(told, side)) is not None]
    return found, total if len(sides) > MOST_ROWS else len(found)


def _change(told: Told, side: Mapping[bool, Mapping[str, Any]]) -> Change | None:
    before, after = side.get(False), side.get(True)
    which = str((after or before or {})["subject_"])[:LONGEST_VALUE]
    if before is None or after is None:
        values = [None if row is None else _values(row, told.columns) for row in (before, after)]
        return Change(told.what, which, *values)
    differ = [name for name in told.columns if before[name] != after[name]]
    secret = {name: CHANGED for name in told.silent if before[name] != after[name]}
    if not differ and not secret:
        return None
    return Change(told.what, which, _values(before, differ), {**_values(after, differ), **secret})


def _values(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: _plain(row[name]) for name in names if row[name] is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _selected(told: Told) -> str:
    silent = "".join(f", hash({value}) AS {name}" for name, value in told.silent.items())
    columns = "".join(f", {name}" for name in told.columns)
    return f"SELECT ({told.key})::VARCHAR AS key_, {told.subject} AS subject_{columns}{silent} FROM {told.relation}"


def _versioned(uow: UnitOfWork, told: Told, version: int | None) -> list[dict[str, Any]]:
    statement = f"""
        WITH sides AS MATERIALIZED (
            SELECT *, false AS is_after FROM ({_selected(told)} WHERE to_version = $version)
            UNION ALL SELECT *, true FROM ({_selected(told)} WHERE from_version = $version)
        )
        {_FIRST_ROWS}
    """
    return uow.sql.records("audit.versioned", statement, {"version": version})


def _kept(uow: UnitOfWork, committed: Executor, told: Kept) -> list[dict[str, Any]]:
    if told.moment is None:
        before = committed.arrow("audit.before", _selected(told))
        after = uow.sql.arrow("audit.after", _selected(told))
    else:
        after = uow.sql.arrow("audit.after", f"{_selected(told)} WHERE {told.moment} = ?", [uow.at_utc])
        if after.num_rows == 0:
            return []
        keys = after["key_"].to_pylist()
        chosen = f"{_selected(told)} WHERE ({told.key})::VARCHAR IN (SELECT unnest(?::VARCHAR[]))"
        before = committed.arrow("audit.before", chosen, [keys])
    if before.equals(after):  # the most frequent case, and to compare two tables in SQL takes longest
        return []
    statement = f"""
        WITH sides AS MATERIALIZED (
            SELECT * EXCLUDE (side_), bool_or(side_) AS is_after
            FROM (SELECT *, false AS side_ FROM was UNION ALL SELECT *, true FROM is_now)
            GROUP BY ALL HAVING bool_or(side_) = bool_and(side_)
        )
        {_FIRST_ROWS}
    """
    return uow.sql.records("audit.kept", statement, was=before, is_now=after)
