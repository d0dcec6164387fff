"""Many checks as a table: one row a question, in its order, each as a single check would say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from fibermap.address.match import Grade, NextAction, Status
from fibermap.kernel.errors import Code, InputRefused
from fibermap.serving.answer import Answerer
from fibermap.serving.index import Index
from fibermap.serving.question import LONGEST_TEXT, Question
from fibermap.serving.settled import say_settled
from fibermap.serving.verdict import Standing

SCHEMA = pa.schema(
    [
        ("q", pa.string()),
        ("status", pa.string()),
        ("next_action", pa.string()),
        ("grade", pa.string()),
        ("score", pa.float64()),
        ("address_id", pa.int64()),
        ("source_id", pa.string()),
        ("address", pa.string()),
        ("class", pa.string()),
        ("orderable", pa.bool_()),
        ("not_orderable", pa.string()),
    ]
)
"""``address_id``, ``source_id`` (the id in its source) and ``address`` are the best candidate's whatever the status;
``class`` and what follows are NULL unless the identity is settled."""

_Row = tuple[Any, ...]
"""A row of `SCHEMA` without its ``q``."""
_AT_FIRST_SIGHT = (str(Status.MATCHED), str(NextAction.ACCEPT), str(Grade.A), 1.0)
_NO_ID = -1


def batch_texts(addresses: Any) -> list[str | None]:
    """Return the texts of a list, a column, or the column ``q`` of a frame or Arrow table.

    Raises
    ------
    InputRefused
        ``field_missing``: a table without a column ``q``.
    """
    names = getattr(addresses, "column_names", None) or getattr(addresses, "columns", None)
    if names is not None:
        if "q" not in list(names):
            raise InputRefused(
                Code.FIELD_MISSING, "The table has no column 'q'.", hint="Name the column of addresses q.", field="q"
            )
        addresses = addresses["q"]
    column = addresses.to_pylist() if hasattr(addresses, "to_pylist") else list(addresses)
    return [text if isinstance(text, str) else None for text in column]


def check_batch(index: Index, texts: Sequence[str | None], now: datetime) -> pa.Table:
    """Check many addresses as typed.

    Parameters
    ----------
    texts
        None and blank are unparsable.

    Returns
    -------
    pyarrow.Table
        `SCHEMA`, row by row as ``texts``.
    """
    if not texts:
        return SCHEMA.empty_table()
    asked = [(text or "")[:LONGEST_TEXT] for text in texts]
    segments, found = index.matcher.exact(asked)
    plain = np.flatnonzero(found >= 0)
    ids = np.zeros(len(asked), dtype=np.int64)
    for segment, words in enumerate(index.words):
        here = plain[segments[plain] == segment]
        ids[here] = words.ids[found[here]]
    rows: list[_Row | None] = [None] * len(asked)
    said = say_settled(index, ids[plain], now.date())
    for at, address_id, settled in zip(plain.tolist(), ids[plain].tolist(), said, strict=True):
        if settled is not None:
            rows[at] = (*_AT_FIRST_SIGHT, address_id, *settled)
    careful = [at for at, row in enumerate(rows) if row is None]
    for at, row in zip(careful, _carefully(index, [asked[at] for at in careful], now), strict=True):
        rows[at] = row
    columns = zip(*(row for row in rows if row is not None), strict=True)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, list(SCHEMA)[1:], strict=True)]
    given = pa.array([text or "" for text in texts], pa.string())
    return pa.Table.from_arrays([given, *arrays], schema=SCHEMA)


def _carefully(index: Index, texts: Sequence[str], now: datetime) -> Iterator[_Row]:
    """Yield the rows of texts that are matched one by one."""
    answerer = Answerer(index, public=False)
    matches = [index.matcher.match(text) for text in texts]
    ids = [index.id_of(match.row) if match.settled and match.row is not None else _NO_ID for match in matches]
    said = say_settled(index, np.array(ids, dtype=np.int64), now.date())
    for text, match, address_id, settled in zip(texts, matches, ids, said, strict=True):
        if settled is not None:
            yield str(match.status), str(match.next_action), str(match.grade), match.score, address_id, *settled
        else:
            yield _answered(index, answerer.answer(Question(q=text), now, match), now)


def _answered(index: Index, answer: Mapping[str, Any], now: datetime) -> _Row:
    """Return the row of a whole response."""
    match, verdict = answer["match"], answer["serviceability"] or {}
    said = (match[name] for name in ("status", "next_action", "grade", "score", "address_id"))
    against = ",".join(verdict.get("not_orderable", ())) or None
    source_id = _source_id(index, match["address_id"], now)
    return *said, source_id, match["address"], verdict.get("class"), verdict.get("orderable"), against


def _source_id(index: Index, address_id: int | None, now: datetime) -> str | None:
    """Return the id that the source which names an address gives it."""
    where = None if address_id is None else index.find(address_id)
    records = [] if where is None else Standing(index, where, None, now.date()).records()
    return records[0]["source_fid"] if records else None
