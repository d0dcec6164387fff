"""What every kind of table hands over: rows column by column, and the rows at fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pyproj import CRS

from fibermap.formats.model import Notice, Outcome
from fibermap.kernel.errors import Code, InputRefused

MOST_COLUMNS = 4_096


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row; ``index`` counts within its :class:`Rows`."""

    index: int
    outcome: Outcome
    reason: Code
    detail: str


@dataclass(slots=True)
class Rows:
    """Some rows of a sheet.

    Attributes
    ----------
    cells
        n rows, each with a cell for every column of the sheet: text, or JSON values where the file has types.
    faults
        Rows at fault, among those n.
    """

    cells: list[Sequence[Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class Sheet(Protocol):
    """One table: a whole CSV or Parquet file, one sheet of a workbook.

    ``geometry`` names a column of well-known binary that the file declares, ``crs`` its system; ``read`` is the
    number of rows, counted independently.
    """

    name: str
    columns: tuple[str, ...]
    read: int
    geometry: str | None
    crs: CRS | None
    notices: list[Notice]

    def rows(self) -> Iterator[Rows]: ...


def column_names(header: Sequence[Any], file: str) -> tuple[str, ...]:
    """Make the names of a header usable: none blank, none twice, not absurdly many.

    Raises
    ------
    InputRefused
        ``limit_exceeded`` beyond :data:`MOST_COLUMNS`.
    """
    if len(header) > MOST_COLUMNS:
        raise InputRefused(
            Code.LIMIT_EXCEEDED,
            f"{file} has {len(header):,} columns, more than the {MOST_COLUMNS:,} allowed.",
            hint="Check that the delimiter is right, or leave out columns.",
            file=file,
        )
    names: list[str] = []
    used: set[str] = set()
    for number, cell in enumerate(header, start=1):
        base = " ".join(str(cell).split())[:200] if cell is not None else ""
        name, again = base or f"column_{number}", 1
        while name in used:
            again += 1
            name = f"{base or f'column_{number}'}_{again}"
        used.add(name)
        names.append(name)
    return tuple(names)
