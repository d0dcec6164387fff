"""What has changed since an index was built, as a small layer above it: the big one stays as it is.

Answers are those of an index that is built anew, but for one thing until the two are merged: a street or ZIP whose last
address has gone is still known, so that a question about it ends in another way of not being found.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Settings
from fibermap.serving.build import MATCH, about_plan, book_arrays, build_gazetteer, read_book, read_plan, read_versions
from fibermap.serving.index import Book, Ids, Index, Layer, Mask, Words, gazetteer_in
from fibermap.serving.index_file import Contents
from fibermap.serving.planned import Planned
from fibermap.store import UnitOfWork

MOST_CHANGED = 200_000
"""Addresses in a layer; beyond them it is faster to build everything anew."""

_SINCE = "(from_version > $version OR to_version > $version)"
_RESPELLED = f"""
    SELECT address_id FROM address WHERE {_SINCE}
    UNION SELECT address_id FROM record_address WHERE {_SINCE}
    UNION SELECT address_id FROM record_address
        WHERE record_id IN (SELECT record_id FROM source_record WHERE {_SINCE})
"""
_CHANGED = f"""
    WITH respelled AS ({_RESPELLED}),
    licensed AS (
        SELECT source_id FROM source_terms WHERE {_SINCE} UNION SELECT source_id FROM permission_override WHERE {_SINCE}
    ),
    flagged AS (SELECT address_id, code, detail FROM address_flag),
    held AS (SELECT address_id, hold_id FROM address_hold)
    SELECT address_id FROM respelled
    UNION SELECT address_id FROM address WHERE to_version IS NULL AND location_id IN (
        SELECT location_id FROM address WHERE {_SINCE})   -- what a building's units count for depends on one another
    UNION SELECT address_id FROM verdict WHERE version > $version
    UNION SELECT address_id FROM verdict_change WHERE version > $version
    UNION SELECT coalesce(l.survivor_id, c.address_id)
        FROM correction c LEFT JOIN survivor l ON l.address_id = c.address_id
        WHERE c.from_version > $version OR c.to_version > $version
    UNION SELECT address_id FROM record_address WHERE to_version IS NULL AND record_id IN (
        SELECT record_id FROM source_record JOIN licensed USING (source_id) WHERE to_version IS NULL)
    UNION SELECT coalesce(l.survivor_id, e.address_id)
        FROM event e LEFT JOIN survivor l ON l.address_id = e.address_id
        WHERE e.event_id > $event AND e.type = 'ConnectivityChanged'
    UNION SELECT address_id FROM (   -- flags and holds that only one of the two states has
        SELECT *, true AS is_now FROM flagged UNION ALL SELECT *, false FROM old_flags)
        GROUP BY address_id, code, detail HAVING bool_and(is_now) = bool_or(is_now)
    UNION SELECT address_id FROM (SELECT *, true AS is_now FROM held UNION ALL SELECT *, false FROM old_holds)
        GROUP BY address_id, hold_id HAVING bool_and(is_now) = bool_or(is_now)
    UNION SELECT address_id FROM address_hold WHERE hold_id IN (SELECT hold_id FROM hold WHERE {_SINCE})
"""
_PLAN_CHANGED = f"""
    SELECT EXISTS (FROM plan_feature WHERE {_SINCE}) OR EXISTS (FROM distance_rule WHERE {_SINCE})
"""
_OLD, _GONE, _SPELLED = "old", "gone", "spelled"
"""Rows of the index below about which the layer knows better; whose spelling it knows better; rows that are spelled."""


def changes_since(uow: UnitOfWork, base: Index, settings: Settings) -> Contents | None:
    """Return what `lay_over` makes a layer of above ``base``; None where there is too much for one.

    Parameters
    ----------
    base
        An index of an earlier state of this database, without a layer.
    """
    changed, respelled = _changed(uow, base)
    if len(changed) > MOST_CHANGED:
        return None
    book = read_book(uow, changed)
    addresses = book["addresses"]
    spelled = np.flatnonzero(_rows(addresses["address_id"].to_numpy(), respelled))
    match = build_gazetteer(uow, addresses.take(pa.array(spelled))).arrays()
    arrays = book_arrays(addresses) | {MATCH + name: array for name, array in match.items()}
    arrays |= {
        _OLD: np.flatnonzero(_rows(base.layers[0].book.ids, changed)),
        _GONE: np.flatnonzero(_rows(base.words[0].ids, respelled)),
        _SPELLED: spelled,
    }
    about = about_plan(uow, settings)
    return Contents(about | {"index_id": base.index_id}, arrays, book | _plan_since(uow, base, about))


def lay_over(base: Index, layer: Contents) -> Index:
    """Return ``base`` and a layer of `changes_since` above it.

    Raises
    ------
    InputRefused
        ``index_broken``: the layer is of another base.
    """
    if layer.about["index_id"] != base.index_id:
        raise InputRefused(Code.INDEX_BROKEN, "The changes belong to another index.", hint="Copy both again.")
    book, below, words = Book(layer.tables, layer.arrays), base.layers[0].book, base.words[0]
    spelled = layer.arrays[_SPELLED]
    return Index(
        layer.about["data_version"],
        Planned(layer.about, layer.tables)
        if "features" in layer.tables
        else base.planned.renewed(layer.about, layer.tables),
        (Layer(below, _mask(len(below.ids), layer.arrays[_OLD])), Layer(book)),
        (
            Words(words.gazetteer, words.ids, words.answerable, _mask(len(words.ids), layer.arrays[_GONE])),
            Words(gazetteer_in(layer), book.ids[spelled], book.answerable[spelled]),
        ),
        base.index_id,
    )


def _plan_since(uow: UnitOfWork, base: Index, about: dict[str, Any]) -> dict[str, pa.Table]:
    """Return the tables of the plan, without its features and rules where they are those of ``base``."""
    version = int(base.data_version.partition(".")[0])
    changed = uow.sql.value("overlay.plan_changed", _PLAN_CHANGED, {"version": version})
    return read_plan(uow) if changed or not base.planned.goes_by(about) else read_versions(uow)


def changed_since(uow: UnitOfWork, data_version: str, *, flags: pa.Table, holds: pa.Table) -> Ids:
    """Return the ids of all addresses about which anything has changed since a state of this database, sorted.

    Parameters
    ----------
    data_version
        The name of that state, see `fibermap.serving.build.data_version`.
    flags, holds
        The tables ``flag`` (``address_id, code, detail``) and ``address_hold`` as they were then.
    """
    version, event = (int(part) for part in data_version.split("."))
    since = {"version": version, "event": event}
    return _ids(uow.sql.arrow("overlay.changed", _CHANGED, since, old_flags=_texts(flags), old_holds=holds))


def _changed(uow: UnitOfWork, base: Index) -> tuple[Ids, Ids]:
    """Return the ids of all addresses about which anything has changed, and of those that may be spelled otherwise."""
    groups = base.layers[0].book.groups
    changed = changed_since(
        uow,
        base.data_version,
        flags=groups["flags"].columns.table.select(["address_id", "code", "detail"]),
        holds=groups["holds"].columns.table.select(["address_id", "hold_id"]),
    )
    version = int(base.data_version.partition(".")[0])
    return changed, _ids(uow.sql.arrow("overlay.respelled", _RESPELLED, {"version": version}))


def _texts(table: pa.Table) -> pa.Table:
    """Return a table with plain texts, which compare with those of the database."""
    return table.cast(pa.schema([("address_id", pa.int64()), ("code", pa.string()), ("detail", pa.string())]))


def _ids(table: pa.Table) -> Ids:
    return np.sort(np.asarray(table["address_id"].to_numpy(), dtype=np.int64))


def _rows(ids: Ids, wanted: Ids) -> Mask:
    """Return where sorted ``ids`` are among the ``wanted`` ones."""
    mask = np.zeros(len(ids), dtype=np.bool_)
    rows: npt.NDArray[np.intp] = np.searchsorted(ids, wanted)
    there = rows < len(ids)
    there[there] = ids[rows[there]] == wanted[there]
    mask[rows[there]] = True
    return mask


def _mask(length: int, rows: npt.NDArray[np.intp]) -> Mask:
    mask = np.zeros(length, dtype=np.bool_)
    mask[rows] = True
    return mask
