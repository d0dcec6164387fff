"""A table as an Excel workbook: texts stay texts, whatever they look like."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

_WIDEST = 48
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001  a workbook's times have no zone, and equal tables give equal files


def write_workbook(path: Path, table: pa.Table, *, title: str) -> None:
    """Write a table with a heading that stays in view, and no formula in it. Ids keep all their digits as text."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    book.properties.creator, book.properties.title = "fibermap", title
    book.properties.created = book.properties.modified = _MADE
    sheet = book.create_sheet("addresses")
    sheet.freeze_panes = "B2"
    columns = [column.to_pylist() for column in table.columns]
    for number, (name, values) in enumerate(zip(table.column_names, columns, strict=True), start=1):
        longest = max((len(str(value)) for value in values[:1000] if value is not None), default=0)
        sheet.column_dimensions[get_column_letter(number)].width = min(max(longest, len(name)) + 2, _WIDEST)
    heading = [WriteOnlyCell(sheet, name.replace("_", " ")) for name in table.column_names]
    for cell in heading:
        cell.font = Font(bold=True)
    sheet.append(heading)
    for row in zip(*columns, strict=True):
        sheet.append([_cell(sheet, value) for value in row])
    book.save(path)


def _cell(sheet: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    if isinstance(value, str):
        try:
            cell = WriteOnlyCell(sheet, value)
        except IllegalCharacterError:
            cell = WriteOnlyCell(sheet, "".join(sign for sign in value if sign.isprintable()))
        cell.data_type = "s"
        return cell
    return str(value) if isinstance(value, int) and abs(value) >= 10**10 else value
