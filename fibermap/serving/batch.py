"""Many checks as a table: one row a question, in its order, each as a single check would say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from fibermap.kernel.errors import Code, InputRefused
from fibermap.serving.answer import Answerer
from fibermap.serving.index import Index
from fibermap.serving.question import Question
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
    answerer = Answerer(index, public=False)
    questions = [Question(q=text or "") for text in texts]
    matches = answerer.match_many(questions)
    rows = []
    for question, match in zip(questions, matches, strict=True):
        answer = answerer.answer(question, now, match)
        said, verdict = answer["match"], answer["serviceability"]
        row = {name: said[name] for name in ("status", "next_action", "grade", "score", "address_id", "address")}
        row |= {"q": question.q, "source_id": _source_id(index, said["address_id"], now)}
        if verdict is not None:
            row |= {"class": verdict["class"], "orderable": verdict["orderable"]}
            row["not_orderable"] = ",".join(verdict["not_orderable"]) or None
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _source_id(index: Index, address_id: int | None, now: datetime) -> str | None:
    """Return the id that the source which names an address gives it."""
    where = None if address_id is None else index.find(address_id)
    records = [] if where is None else Standing(index, where, None, now.date()).records()
    return records[0]["source_fid"] if records else None
