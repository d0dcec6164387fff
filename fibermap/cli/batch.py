"""Many checks from a CSV file to a CSV file, some at a time, so that any number fits in memory."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from fibermap.formats.write_csv import csv_rows
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.serving.batch import SCHEMA
from fibermap.serving.batch_workers import AT_ONCE

if TYPE_CHECKING:
    from fibermap.plan import Plan

_LONGEST_CELL = 1 << 20


def run_batch(plan: Plan, source: Path, target: Path) -> dict[str, int]:
    """Check the column ``q`` of a CSV file, write the answers to another, and return how often each status came.

    The target is there whole or, where something fails, as it was.

    Raises
    ------
    NotFound
        ``file_missing``.
    InputRefused
        ``field_missing``, ``encoding_unknown`` or ``file_unreadable``.
    WorkerLost
        A process that helped was killed.
    """
    counts: Counter[str] = Counter()
    with NamedTemporaryFile("wb", dir=target.parent, delete=False) as file:
        try:
            file.write(f"{','.join(SCHEMA.names)}\n".encode())
            for table in plan.check_slices(_slices(source)):
                file.write(csv_rows(table))
                counts.update(table["status"].to_pylist())
            file.flush()
            Path(file.name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise
    return dict(counts.most_common())


def _slices(source: Path) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    texts = _texts(source)
    while some := list(islice(texts, AT_ONCE)):
        yield some


def _texts(source: Path) -> Iterator[str]:
    try:
        with source.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            names = next(rows, [])
            if "q" not in names:
                raise InputRefused(
                    Code.FIELD_MISSING,
                    "The file has no column 'q'.",
                    hint="Name the column of addresses q in the first row.",
                    file=str(source),
                )
            at = names.index("q")
            for row in rows:
                if row:
                    yield row[at] if at < len(row) else ""
    except FileNotFoundError:
        raise NotFound(Code.FILE_MISSING, "There is no such file.", file=str(source)) from None
    except UnicodeDecodeError as error:
        raise InputRefused(
            Code.ENCODING_UNKNOWN, "The file is not UTF-8.", hint="Save it as CSV UTF-8.", file=str(source)
        ) from error
    except (OSError, csv.Error) as error:
        raise InputRefused(Code.FILE_UNREADABLE, f"The file cannot be read: {error}", file=str(source)) from error
