"""What a table of checks says of many addresses that are settled: their verdicts, set by set instead of one by one.

The same as `fibermap.serving.verdict.Standing` says of each. Most addresses of a batch stand alike (in the same area,
with the same terminal, without holds and flags), so that each way of standing is judged once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fibermap.coverage.explain import is_blocked, offering_of
from fibermap.coverage.model import CLASS_ORDER, Class
from fibermap.coverage.orderable import why_not_orderable
from fibermap.serving.index import Book, Index
from fibermap.serving.verdict import FEATURE, NO_VERDICT

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

_RANK = {str(class_): rank for rank, class_ in enumerate(CLASS_ORDER)}


class Said(NamedTuple):
    """What a row of a batch says of an address: see `fibermap.serving.batch.SCHEMA`."""

    source_id: str | None
    address: str | None
    class_: str
    orderable: bool
    not_orderable: str | None


class _Best(NamedTuple):
    """The verdict that an address takes its class from, as far as it decides whether it may be sold."""

    class_: str
    feature_id: int | None
    terminal_id: int | None


_NOTHING = _Best(str(NO_VERDICT.class_), None, None)


class _Way(NamedTuple):
    """Everything that decides whether an address may be sold."""

    best: _Best
    serviceable: bool
    sellable: bool
    held: bool
    flags: tuple[str, ...]


def say_settled(index: Index, ids: Ints, today: date) -> list[Said | None]:
    """Return what there is to say of addresses, in their order; None where there is none of that id."""
    said: list[Said | None] = [None] * len(ids)
    judged: dict[_Way, tuple[bool, str | None]] = {}
    left: Rows = np.arange(len(ids))
    for layer in reversed(index.layers):
        rows = np.searchsorted(layer.book.ids, ids[left])
        there = rows < len(layer.book.ids)
        there[there] = layer.book.ids[rows[there]] == ids[left[there]]
        if layer.old is not None:
            there[there] = ~layer.old[rows[there]]
        for at, each in zip(left[there].tolist(), _say(index, layer.book, rows[there], today, judged), strict=True):
            said[at] = each
        left = left[~there]
    return said


def _say(
    index: Index, book: Book, rows: Rows, today: date, judged: dict[_Way, tuple[bool, str | None]]
) -> Iterator[Said]:
    addresses = book.addresses.cells("full_address", rows)
    for source_id, address, way in zip(_source_ids(book, rows), addresses, _ways(book, rows), strict=True):
        if way not in judged:
            judged[way] = _judge(index, way, today)
        yield Said(source_id, address, way.best.class_, *judged[way])


def _judge(index: Index, way: _Way, today: date) -> tuple[bool, str | None]:
    """Return whether what stands so may be sold, and what is against it."""
    class_, feature_id, terminal_id = way.best
    best = replace(NO_VERDICT, class_=Class(class_), feature_id=feature_id, terminal_id=terminal_id)
    features = {fid: index.planned.feature(fid, FEATURE) for fid in (feature_id, terminal_id) if fid is not None}
    blocked = is_blocked([{"code": code} for code in way.flags], index.planned.settings)
    address = {"serviceable": way.serviceable, "sellable": way.sellable}
    against = why_not_orderable(offering_of(address, best, features, held=way.held, flagged=blocked), today)
    return not against, ",".join(against) or None


def _ways(book: Book, rows: Rows) -> Iterator[_Way]:
    flags: dict[int, tuple[str, ...]] = {}
    for at, code in _hanging(book, "flags", rows, "code"):
        flags[at] = (*flags.get(at, ()), code)
    held = {at for at, _ in _hanging(book, "holds", rows, "code")}
    cells = (book.addresses.cells(name, rows) for name in ("serviceable", "sellable"))
    for at, (best, serviceable, sellable) in enumerate(zip(_bests(book, rows), *cells, strict=True)):
        yield _Way(best, serviceable, sellable, at in held, flags.get(at, ()))


def _bests(book: Book, rows: Rows) -> list[_Best]:
    """Return of each address the verdict of the best class, the first of equals."""
    found = [_NOTHING] * len(rows)
    for at, *said in _hanging(book, "verdicts", rows, "class", "feature_id", "terminal_id"):
        if found[at] is _NOTHING or _RANK[said[0]] < _RANK[found[at].class_]:
            found[at] = _Best(*said)
    return found


def _source_ids(book: Book, rows: Rows) -> list[str | None]:
    """Return the id that each address has in the source that names it, else in its first source."""
    own = book.addresses.cells("record_id", rows)
    found: list[str | None] = [None] * len(rows)
    seen: set[int] = set()
    for at, record_id, source_fid in _hanging(book, "records", rows, "record_id", "source_fid"):
        if at not in seen or record_id == own[at]:
            found[at] = source_fid
            seen.add(at)
    return found


def _hanging(book: Book, name: str, rows: Rows, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Yield some columns of everything that hangs on addresses, with the position of the address in ``rows``."""
    group = book.groups[name]
    at, hanging = group.pairs(book.ids[rows])
    return zip(at.tolist(), *(group.columns.cells(column, hanging) for column in columns), strict=True)
