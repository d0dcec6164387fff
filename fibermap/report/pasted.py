"""A list of addresses as somebody pastes or drops it: ids or addresses, one a line or in a CSV column, row by row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from fibermap.kernel.errors import Code, InputRefused
from fibermap.report.selection import LONGEST_ID, MOST_IDS
from fibermap.store import UnitOfWork

LONGEST_TEXT = 8_000_000
LONGEST_ROW = 500
MOST_TOLD = 1_000
_ID = re.compile(rf"\d{{1,{LONGEST_ID}}}", re.ASCII)
_ID_COLUMNS = ("address_id", "addressid", "id")
_TEXT_COLUMNS = ("full_address", "fulladdr", "address", "street_address", "fulladdress", "q")

Check = Callable[[Sequence[str | None]], pa.Table]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list: its number, 1 for the first line, and what stands there."""

    number: int
    text: str


def read_rows(text: str) -> list[Row]:
    """Read a list: one id or address a line, or a CSV with a column of either that its first line names.

    Raises
    ------
    InputRefused
        ``limit_exceeded`` for more than 100,000 rows, ``argument_invalid`` for none, or a CSV that cannot be read.
    """
    if len(text) > LONGEST_TEXT:
        raise _too_long()
    lines = text.lstrip("\ufeff").splitlines()
    first = next((line for line in lines if line.strip()), "")
    heads = [head.strip().lower().replace(" ", "_") for head in next(csv.reader([first]), [])]
    column = next((heads.index(name) for name in (*_ID_COLUMNS, *_TEXT_COLUMNS) if name in heads), None)
    if column is not None:
        rows = _column(text.lstrip("\ufeff"), column)
    else:
        rows = [Row(number, line.strip()) for number, line in enumerate(lines, start=1) if line.strip()]
    if len(rows) > MOST_IDS:
        raise _too_long()
    if not rows:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "The list is empty.",
            hint="One id or address a line, or a CSV with address_id or address.",
        )
    return rows


def _column(text: str, column: int) -> list[Row]:
    reader = csv.reader(io.StringIO(text, newline=""))
    found: list[Row] = []
    begun = False
    try:
        for cells in reader:
            if begun and len(cells) > column and cells[column].strip():
                found.append(Row(reader.line_num, cells[column].strip()))
            begun = begun or bool(cells)
            if len(found) > MOST_IDS:
                raise _too_long()
    except csv.Error as error:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"The CSV cannot be read: {error}.",
            hint="Save it as CSV again.",
            row=reader.line_num,
        ) from error
    return found


def match_rows(uow: UnitOfWork, rows: Sequence[Row], check: Check) -> dict[str, Any]:
    """Return the addresses that a list names, and the rows that name none.

    Parameters
    ----------
    check
        Checks addresses as typed: one row each of `fibermap.serving.batch.SCHEMA`.

    Returns
    -------
    dict
        ``ids`` in the order of the list, each once; ``rows`` how many there were, ``twice`` how many named an address
        again, ``unmatched`` how many none; ``problems``, the first 1,000 of these: ``row``, ``text``, ``why``.
    """
    numbers = [row for row in rows if _ID.fullmatch(row.text)]
    texts = [row for row in rows if not _ID.fullmatch(row.text)]
    found = _known(uow, [int(row.text) for row in numbers])
    meant: dict[int, int | str] = {
        row.number: found.get(int(row.text), "There is no such address now.") for row in numbers
    }
    answers = check([row.text[:LONGEST_ROW] for row in texts]).to_pylist() if texts else []
    meant |= {row.number: _settled(answer) for row, answer in zip(texts, answers, strict=True)}
    matched = [meant[row.number] for row in rows if not isinstance(meant[row.number], str)]
    ids = list(dict.fromkeys(matched))
    problems = [
        {"row": row.number, "text": row.text[:200], "why": meant[row.number]}
        for row in rows
        if isinstance(meant[row.number], str)
    ]
    return {
        "ids": ids,
        "rows": len(rows),
        "twice": len(matched) - len(ids),
        "unmatched": len(problems),
        "problems": problems[:MOST_TOLD],
    }


def _known(uow: UnitOfWork, ids: Iterable[int]) -> dict[int, int]:
    """Return the current address of each id, that of its survivor where it was merged."""
    wanted = pa.table({"address_id": pa.array(sorted(set(ids)), type=pa.int64())})
    rows = uow.sql.rows(
        "pasted.ids",
        """
        SELECT w.address_id, a.address_id FROM wanted w
        LEFT JOIN survivor s ON s.address_id = w.address_id
        JOIN address a ON a.address_id = coalesce(s.survivor_id, w.address_id) AND a.to_version IS NULL
        """,
        wanted=wanted,
    )
    return dict(rows)


def _settled(answer: dict[str, Any]) -> int | str:
    if answer["next_action"] == "accept" and answer["address_id"] is not None:
        return int(answer["address_id"])
    return str(answer["status"]).replace("_", " ").capitalize() + "."


def _too_long() -> InputRefused:
    return InputRefused(
        Code.LIMIT_EXCEEDED, f"More than {MOST_IDS:,} rows.", hint="Select by a polygon or filters.", limit=MOST_IDS
    )
