"""What has changed since an index was built, as a small layer above it: the big one stays as it is.

Answers are those of an index that is built anew, but for one thing until the two are merged: a street or ZIP whose last
address has gone is still known, so that a question about it ends in another way of not being found.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fibermap.kernel.settings import Settings
from fibermap.serving.build import about_plan, book_arrays, build_gazetteer, read_book, read_plan
from fibermap.serving.index import Book, Ids, Index, Layer, Mask, Words
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
    flagged AS (SELECT address_id, code, detail FROM flag),
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
    UNION SELECT address_id FROM (
        (FROM flagged EXCEPT FROM old_flags) UNION ALL (FROM old_flags EXCEPT FROM flagged))
    UNION SELECT address_id FROM ((FROM held EXCEPT FROM old_holds) UNION ALL (FROM old_holds EXCEPT FROM held))
    UNION SELECT address_id FROM address_hold WHERE hold_id IN (SELECT hold_id FROM hold WHERE {_SINCE})
"""


def patch_index(uow: UnitOfWork, base: Index, settings: Settings) -> Index | None:
    """Return what the database holds now as ``base`` and a layer above it; None where that is not worth it.

    Parameters
    ----------
    base
        An index of an earlier state of this database, without such a layer.
    """
    changed, respelled = _changed(uow, base)
    if len(changed) > MOST_CHANGED:
        return None
    tables = read_book(uow, changed)
    book = Book(tables, book_arrays(tables["addresses"]))
    below, words = base.layers[0].book, base.words[0]
    about = about_plan(uow, settings)
    return Index(
        about["data_version"],
        Planned(about, read_plan(uow)),
        (Layer(below, _rows(below.ids, changed)), Layer(book)),
        (
            Words(words.gazetteer, words.ids, words.answerable, _rows(words.ids, respelled)),
            _words(uow, book, respelled),
        ),
    )


def _changed(uow: UnitOfWork, base: Index) -> tuple[Ids, Ids]:
    """Return the ids of all addresses about which anything has changed, and of those that may be spelled otherwise."""
    version, event = (int(part) for part in base.data_version.split("."))
    groups = base.layers[0].book.groups
    old: dict[str, Any] = {
        "old_flags": _texts(groups["flags"].columns.table.select(["address_id", "code", "detail"])),
        "old_holds": groups["holds"].columns.table.select(["address_id", "hold_id"]),
    }
    since = {"version": version, "event": event}
    changed = uow.sql.arrow("overlay.changed", _CHANGED, since, **old)
    respelled = uow.sql.arrow("overlay.respelled", _RESPELLED, {"version": version})
    return _ids(changed), _ids(respelled)


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


def _words(uow: UnitOfWork, book: Book, respelled: Ids) -> Words:
    """Return those addresses of a layer for matching that may be spelled otherwise than below."""
    rows = np.flatnonzero(_rows(book.ids, respelled))
    addresses = book.addresses.table.take(pa.array(rows))
    return Words(build_gazetteer(uow, addresses), book.ids[rows], book.answerable[rows])
