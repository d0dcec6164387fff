"""The files of batch jobs: questions in, answers out, as NDJSON or CSV; a row that is none is answered as such."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import orjson
import pyarrow as pa

from fibermap.formats.write_csv import csv_rows
from fibermap.kernel.errors import Code, InputRefused
from fibermap.serving.batch import SCHEMA
from fibermap.serving.question import Question
from fibermap_api.models.questions import CheckQuestion
from fibermap_api.problems import Invalid, Malformed
from fibermap_api.requests import read_document, read_values
from fibermap_api.service import Json

NDJSON, CSV = "application/x-ndjson", "text/csv"
Format: TypeAlias = Literal["ndjson", "csv"]
FORMATS: dict[str, Format] = {NDJSON: "ndjson", CSV: "csv"}
MEDIA_TYPES: dict[Format, str] = {"ndjson": NDJSON, "csv": CSV}
LONGEST_ROW = 16 << 10
HEADER = (*SCHEMA.names, "error")
"""The columns of `fibermap check-batch`, and why a row was no question."""
Row: TypeAlias = Question | InputRefused
"""A question, or why it is none."""


def count_rows(path: Path, format_: Format, most: int) -> int:
    """Count the questions of a file, and refuse what cannot be answered at all.

    Raises
    ------
    InputRefused
        Not UTF-8, no column that asks anything, no rows, too many, or a row that is too long.
    """
    rows = 0
    for _ in _raw_rows(path, format_):
        rows += 1
        if rows > most:
            raise InputRefused(
                Code.LIMIT_EXCEEDED, f"The file has more than {most:,} questions.", hint="Split it.", limit=most
            )
    if rows == 0:
        raise InputRefused(Code.FILE_EMPTY, "The file has no questions.", hint="Send one question a row.")
    return rows


def read_rows(path: Path, format_: Format) -> Iterator[Row]:
    """Yield each question of a file that `count_rows` has been through."""
    for raw in _raw_rows(path, format_):
        try:
            if isinstance(raw, bytes):
                yield read_document(raw, CheckQuestion).asked()
            else:
                yield read_values(raw, CheckQuestion).asked()
        except Malformed:
            yield InputRefused(Code.JSON_BROKEN, "The line is not JSON.")
        except Invalid as error:
            said = error.errors[0]
            yield InputRefused(Code.ARGUMENT_INVALID, f"{said['field']}: {said['message']}".removeprefix(": "))


def write_header(path: Path, format_: Format) -> None:
    """Begin a file of answers."""
    path.write_text(",".join(HEADER) + "\n" if format_ == "csv" else "", encoding="utf-8")


def append_answers(path: Path, first: int, rows: Sequence[Row], found: Sequence[Json]) -> None:
    """Add whole answers, a line each, those to rows that were no questions included, in the order of the file.

    Parameters
    ----------
    first
        The number of the first of ``rows`` in the file, from 1.
    found
        The answers to those of ``rows`` that are questions.
    """
    answers = iter(found)
    with path.open("ab") as file:
        for number, row in enumerate(rows, first):
            file.write(orjson.dumps({"row": number, **_told(row, answers)}, option=orjson.OPT_APPEND_NEWLINE))


def _told(row: Row, answers: Iterator[Json]) -> Json:
    if isinstance(row, InputRefused):
        return {"error": {"code": str(row.code), "detail": row.message}}
    return next(answers)


def append_table(path: Path, rows: Sequence[Row], found: pa.Table) -> None:
    """Add rows of answers, those to rows that were no questions included, in the order of the file.

    Parameters
    ----------
    found
        The answers to those of ``rows`` that are questions, `fibermap.serving.batch.SCHEMA`.
    """
    errors = [row.message if isinstance(row, InputRefused) else None for row in rows]
    is_question = np.array([error is None for error in errors], dtype=bool)
    at = np.where(is_question, np.cumsum(is_question) - 1, -1)
    table = found.take(pa.array(at, mask=~is_question)).append_column("error", pa.array(errors, pa.string()))
    with path.open("ab") as file:
        file.write(csv_rows(table))


def _raw_rows(path: Path, format_: Format) -> Iterator[bytes | dict[str, str]]:
    return _lines(path) if format_ == "ndjson" else _records(path)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(LONGEST_ROW + 1):
            if len(line) > LONGEST_ROW:
                raise _row_too_long()
            if line.strip():
                yield line


def _records(path: Path) -> Iterator[dict[str, str]]:
    """Yield the cells of each row that hold anything, by the names of columns that ask something."""
    csv.field_size_limit(LONGEST_ROW)
    known = set(CheckQuestion.model_fields)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            names = [name.strip().lower() for name in next(reader, [])]
            if not known.intersection(names):
                raise InputRefused(
                    Code.FIELD_MISSING, "The file has no column that asks anything.", hint="Name a column q.", field="q"
                )
            for cells in reader:
                if cells:
                    pairs = zip(names, cells, strict=False)
                    yield {name: cell for name, cell in pairs if name in known and cell.strip()}
    except UnicodeDecodeError as error:
        raise InputRefused(Code.ENCODING_UNKNOWN, "The file is not UTF-8.", hint="Export it as UTF-8.") from error
    except csv.Error as error:
        raise _row_too_long() from error


def _row_too_long() -> InputRefused:
    return InputRefused(
        Code.LIMIT_EXCEEDED, "A row is too long, or is no text.", hint="A row has up to 16 KB.", limit=LONGEST_ROW
    )
