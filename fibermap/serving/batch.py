"""Many checks as a table: one row a question, in its order, each as a single check would say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fibermap.address.match import Grade, Match, NextAction, Status
from fibermap.kernel.errors import Code, InputRefused
from fibermap.serving.answer import Answerer
from fibermap.serving.index import Index
from fibermap.serving.question import LONGEST_TEXT, Question
from fibermap.serving.settled import say_settled

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

_ROW = pa.schema(list(SCHEMA)[1:])
"""What is answered to a ``q``."""
_AT_FIRST_SIGHT = (str(Status.MATCHED), str(NextAction.ACCEPT), str(Grade.A), 1.0)
_NO_ID = -1
_VERDICT = ("class", "orderable", "not_orderable")

Rows = npt.NDArray[np.intp]


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
    plain, found = _at_first_sight(index, asked, now)
    careful = np.setdiff1d(np.arange(len(asked)), plain, assume_unique=True)
    matches = [index.matcher.match(asked[at]) for at in careful.tolist()]
    rows = pa.concat_tables([found, _carefully(index, matches, now)])
    order = np.argsort(np.concatenate((plain, careful)))
    given = pa.array([text or "" for text in texts], pa.string())
    return rows.take(pa.array(order)).add_column(0, SCHEMA.field("q"), given)


def check_questions(index: Index, questions: Sequence[Question], now: datetime) -> pa.Table:
    """Answer questions of any kind as `check_batch` does: texts set by set, the others one by one.

    Raises
    ------
    NotFound
        ``address_not_found``, for an unknown ``address_id`` only.
    """
    is_plain = np.array([question.q is not None and question.at is None for question in questions], dtype=bool)
    texts = [question.q for question in questions if question.q is not None and question.at is None]
    others = [questions[at] for at in np.flatnonzero(~is_plain).tolist()]
    rows = pa.concat_tables([check_batch(index, texts, now), _one_by_one(index, others, now)])
    return rows.take(pa.array(np.argsort(np.concatenate((np.flatnonzero(is_plain), np.flatnonzero(~is_plain))))))


def _one_by_one(index: Index, questions: Sequence[Question], now: datetime) -> pa.Table:
    """Return the rows of questions that are no plain texts."""
    answerer = Answerer(index, public=False)
    rows: list[dict[str, Any]] = []
    for question in questions:
        answer = answerer.answer(question, now)
        match, verdict = answer["match"], answer["serviceability"] or {}
        own = {name: match[name] for name in ("status", "next_action", "grade", "score", "address_id", "address")}
        against = ",".join(verdict.get("not_orderable", ())) or None
        said = {"class": verdict.get("class"), "orderable": verdict.get("orderable"), "not_orderable": against}
        rows.append({"q": question.as_text()} | own | said)
    ids = np.array([row["address_id"] or _NO_ID for row in rows], dtype=np.int64)
    at, known = say_settled(index, ids, now.date())
    for each, source_id in zip(at.tolist(), known["source_id"].to_pylist(), strict=True):
        rows[each]["source_id"] = source_id
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _at_first_sight(index: Index, texts: Sequence[str], now: datetime) -> tuple[Rows, pa.Table]:
    """Return which texts are so plain that they are looked up together, and the rows of those."""
    segments, found = index.matcher.exact(texts)
    plain = np.flatnonzero(found >= 0)
    ids = np.full(len(plain), _NO_ID, dtype=np.int64)
    for segment, words in enumerate(index.words):
        here = segments[plain] == segment
        ids[here] = words.ids[found[plain[here]]]
    at, said = say_settled(index, ids, now.date())
    same = [pa.repeat(value, len(at)) for value in _AT_FIRST_SIGHT]
    return plain[at], pa.Table.from_arrays([*same, *said.columns], schema=_ROW)


def _carefully(index: Index, matches: Sequence[Match], now: datetime) -> pa.Table:
    """Return the rows of texts that were matched one by one."""
    answerer = Answerer(index, public=False)
    ids = [_best_id(answerer, match) for match in matches]
    at, said = say_settled(index, np.array(ids, dtype=np.int64), now.date())
    best = np.full(len(matches), _NO_ID, dtype=np.intp)
    best[at] = np.arange(len(at))
    verdict = np.where([match.settled for match in matches], best, _NO_ID).astype(np.intp)
    agreed, of_units = _agreed(answerer, matches, now)
    verdict[list(agreed)] = [said.num_rows + row for row in agreed.values()]
    verdicts = pa.concat_tables([said, of_units]).select(_VERDICT)
    own = [[getattr(match, name) for match in matches] for name in ("status", "next_action", "grade", "score")]
    columns = [
        *(pa.array(values, field.type) for values, field in zip(own, _ROW, strict=False)),
        *_taken(said.drop_columns(_VERDICT), best),
        *_taken(verdicts, verdict),
    ]
    return pa.Table.from_arrays(columns, schema=_ROW)


def _best_id(answerer: Answerer, match: Match) -> int:
    """Return the id of the best candidate, whatever the status; `_NO_ID` for none."""
    if match.settled and match.row is not None:
        return answerer.index.id_of(match.row)
    best = answerer.best(match)
    return _NO_ID if best is None else int(best.book.ids[best.row])


def _agreed(answerer: Answerer, matches: Sequence[Match], now: datetime) -> tuple[dict[int, int], pa.Table]:
    """Return what there is to say of the units of whole buildings, and for which match which row of that stands.

    None stands for a building whose units differ.
    """
    units = [
        (number, int(unit.book.ids[unit.row]))
        for number, match in enumerate(matches)
        if match.status is Status.NEEDS_UNIT
        for unit in answerer.units_of(match)
    ]
    at, said = say_settled(answerer.index, np.array([unit for _, unit in units], dtype=np.int64), now.date())
    owner = np.array([number for number, _ in units], dtype=np.intp)[at].tolist()
    ways: dict[int, dict[tuple[str, str | None], int]] = {}
    said_of = zip(owner, said["class"].to_pylist(), said["not_orderable"].to_pylist(), strict=True)
    for row, (number, class_, against) in enumerate(said_of):
        ways.setdefault(number, {})[class_, against] = row
    return {number: row for number, rows in ways.items() if len(rows) == 1 for row in rows.values()}, said


def _taken(table: pa.Table, rows: Rows) -> list[pa.ChunkedArray]:
    """Return the columns of some rows; a row of -1 is NULL."""
    return list(table.take(pa.array(rows, mask=rows < 0)).columns)
