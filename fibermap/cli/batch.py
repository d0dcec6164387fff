"""Many checks from a CSV file to a CSV file, some at a time, so that any number fits in memory."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from fibermap.kernel.errors import Code, InputRefused, NotFound

if TYPE_CHECKING:
    from fibermap.plan import Plan

AT_ONCE = 10_000
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
    """
    counts: Counter[str] = Counter()
    with NamedTemporaryFile("w", dir=target.parent, newline="", encoding="utf-8", delete=False) as file:
        try:
            writer = csv.writer(file)
            for number, texts in enumerate(_batches(source)):
                table = plan.check_many(texts).table
                if number == 0:
                    writer.writerow(table.column_names)
                writer.writerows(zip(*(_cells(column.to_pylist()) for column in table.columns), strict=True))
                counts.update(table["status"].to_pylist())
            file.flush()
            Path(file.name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise
    return dict(counts.most_common())


def _cells(values: list[object]) -> list[object]:
    return [("true" if value else "false") if isinstance(value, bool) else value for value in values]


def _batches(source: Path) -> Iterator[list[str]]:
    """Yield the texts in batches; one, which may be empty, at least."""
    csv.field_size_limit(_LONGEST_CELL)
    texts: list[str] = []
    sent = False
    for text in _texts(source):
        texts.append(text)
        if len(texts) == AT_ONCE:
            yield texts
            texts, sent = [], True
    if texts or not sent:
        yield texts


def _texts(source: Path) -> Iterator[str]:
    try:
        with source.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            if "q" not in (rows.fieldnames or ()):
                raise InputRefused(
                    Code.FIELD_MISSING,
                    "The file has no column 'q'.",
                    hint="Name the column of addresses q in the first row.",
                    file=str(source),
                )
            yield from ((row["q"] or "") for row in rows)
    except FileNotFoundError:
        raise NotFound(Code.FILE_MISSING, "There is no such file.", file=str(source)) from None
    except UnicodeDecodeError as error:
        raise InputRefused(
            Code.ENCODING_UNKNOWN, "The file is not UTF-8.", hint="Save it as CSV UTF-8.", file=str(source)
        ) from error
    except (OSError, csv.Error) as error:
        raise InputRefused(Code.FILE_UNREADABLE, f"The file cannot be read: {error}", file=str(source)) from error
