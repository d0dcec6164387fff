"""What a table of checks says of many addresses that are settled: their verdicts, set by set instead of one by one.

The same as `fibermap.serving.verdict.Standing` says of each. Most addresses of a batch stand alike (of the same class,
in areas and with terminals that say the same about selling, without holds and flags), so that each way of standing is
judged once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fibermap.coverage.model import CLASS_ORDER
from fibermap.coverage.orderable import Offering, why_not_orderable
from fibermap.serving.columns import Group
from fibermap.serving.index import Book, Index
from fibermap.serving.planned import Selling
from fibermap.serving.verdict import NO_VERDICT

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

SAID = pa.schema(
    [
        ("address_id", pa.int64()),
        ("source_id", pa.string()),
        ("address", pa.string()),
        ("class", pa.string()),
        ("orderable", pa.bool_()),
        ("not_orderable", pa.string()),
    ]
)
"""What a row of a batch says of an address: see `fibermap.serving.batch.SCHEMA`."""

_NOTHING = -1
_CLASSES = pa.array([str(class_) for class_ in CLASS_ORDER])
_ADDRESS = ("serviceable", "sellable")
_WITHOUT_VERDICT = CLASS_ORDER.index(NO_VERDICT.class_)


class Settled(NamedTuple):
    """What there is to say of addresses: ``said`` has the columns of `SAID`, and ``at`` which of them each row is."""

    at: Rows
    said: pa.Table


class _Best(NamedTuple):
    """The verdicts that addresses take their classes from: shape ``(n,)``, ids `_NOTHING` where there are none."""

    class_code: Ints
    feature_id: Ints
    terminal_id: Ints


def say_settled(index: Index, ids: Ints, today: date) -> Settled:
    """Say of addresses what there is to say; an id of which there is no address is left out."""
    left: Rows = np.arange(len(ids))
    places, tables = [], [SAID.empty_table()]
    for layer in reversed(index.layers):
        rows = layer.book.rows_of(ids[left])
        there = layer.hold(rows)
        places.append(left[there])
        tables.append(_say(index, layer.book, rows[there], today))
        left = left[~there]
    return Settled(np.concatenate(places), pa.concat_tables(tables))


def _say(index: Index, book: Book, rows: Rows, today: date) -> pa.Table:
    best = _best(book, rows)
    orderable, not_orderable = _judge(index, book, rows, best, today)
    columns = [
        pa.array(book.ids[rows]),
        book.groups["records"].columns.taken("source_fid", _naming(book, rows)),
        book.addresses.taken("full_address", rows),
        _CLASSES.take(pa.array(best.class_code)),
        orderable,
        not_orderable,
    ]
    return pa.Table.from_arrays(
        [column.cast(field.type) for column, field in zip(columns, SAID, strict=True)], schema=SAID
    )


def _best(book: Book, rows: Rows) -> _Best:
    """Return of each address the verdict of the best class, the first of equals."""
    group = book.groups["verdicts"]
    at, hanging = group.pairs(book.ids[rows])
    rank = pc.index_in(group.columns.taken("class", hanging), value_set=_CLASSES).to_numpy()
    order = np.lexsort((rank, at))
    best = _first(len(rows), at[order], hanging[order])
    code = np.full(len(rows), _WITHOUT_VERDICT, dtype=np.int64)
    code[at[order][::-1]] = rank[order][::-1]
    return _Best(code, _ids(group, "feature_id", best), _ids(group, "terminal_id", best))


def _naming(book: Book, rows: Rows) -> Rows:
    """Return of each address the record in the source that names it, else its first one."""
    group = book.groups["records"]
    at, hanging = group.pairs(book.ids[rows])
    own = pc.fill_null(book.addresses.taken("record_id", rows), _NOTHING).to_numpy()
    is_own = group.columns.numbers("record_id")[hanging] == own[at]
    first, naming = _first(len(rows), at, hanging), _first(len(rows), at[is_own], hanging[is_own])
    return np.where(naming == _NOTHING, first, naming)


def _judge(index: Index, book: Book, rows: Rows, best: _Best, today: date) -> tuple[pa.Array, pa.Array]:
    """Return whether each address may be sold, and what is against it."""
    selling = index.planned.selling
    facts = (
        best.class_code,
        selling.of(best.feature_id),
        selling.of(best.terminal_id),
        *(book.addresses.taken(name, rows).to_numpy(zero_copy_only=False).astype(np.int64) for name in _ADDRESS),
        _carries(book, rows, "holds"),
        _carries(book, rows, "flags", index.planned.settings.blocking_flags),
    )
    sizes = (len(CLASS_ORDER), len(selling.terms), len(selling.terms), 2, 2, 2, 2)
    ways, way = np.unique(np.ravel_multi_index(facts, sizes), return_inverse=True)
    against = [_against(selling, each, today) for each in zip(*np.unravel_index(ways, sizes), strict=True)]
    orderable = pa.array([text is None for text in against], pa.bool_())
    return orderable.take(pa.array(way)), pa.array(against, pa.string()).take(pa.array(way))


def _against(selling: Selling, way: Sequence[int], today: date) -> str | None:
    """Return what is against selling what stands so, None for nothing."""
    class_code, area, terminal, serviceable, sellable, held, flagged = way
    offering = Offering(
        class_=CLASS_ORDER[class_code],
        serviceable=bool(serviceable),
        held=bool(held),
        permitted=bool(sellable),
        flagged=bool(flagged),
        ports_free=selling.terms[terminal].ports_free,
        network_ready_on=selling.terms[area].network_ready_on,
        sales_open_on=selling.terms[area].sales_open_on,
    )
    return ",".join(why_not_orderable(offering, today)) or None


def _carries(book: Book, rows: Rows, name: str, codes: Sequence[str] | None = None) -> Ints:
    """Return 1 for each address on which a hold hangs, or a flag with one of the codes, else 0."""
    group = book.groups[name]
    at, hanging = group.pairs(book.ids[rows])
    if codes is not None:
        at = at[
            pc.is_in(group.columns.taken("code", hanging), value_set=pa.array(codes, pa.string())).to_numpy(
                zero_copy_only=False
            )
        ]
    carries = np.zeros(len(rows), dtype=np.int64)
    carries[at] = 1
    return carries


def _first(count: int, at: Rows, hanging: Rows) -> Rows:
    """Return of each position the first row that hangs on it, `_NOTHING` where none does."""
    found = np.full(count, _NOTHING, dtype=np.intp)
    found[at[::-1]] = hanging[::-1]  # the last that is written stays
    return found


def _ids(group: Group, name: str, rows: Rows) -> Ints:
    return np.asarray(pc.fill_null(group.columns.taken(name, rows), _NOTHING).to_numpy())
