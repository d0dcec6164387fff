"""A catalogue as a file: JSON with everything, or CSV for a spreadsheet. Read whole or refused with every fault.

JSON is a list of offerings, or an object with ``offerings``. CSV has a row an offering, a column a field: the label's
begin with ``label_``, lists are written with ``;`` between, fees as ``Installation=9900;Dispatch=5000`` in minor units,
regions as JSON.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from io import StringIO
from pathlib import Path
from typing import Any

import orjson

from fibermap.formats.write_csv import FORMULA_STARTS, neutralise
from fibermap.kernel.errors import Code, FibermapError, InputRefused, NotFound
from fibermap.order.label import BroadbandLabel
from fibermap.order.label_sheet import labels_csv
from fibermap.order.offering import Offering, Terms
from fibermap.order.offering_check import Fault, refuse_rows
from fibermap.order.offering_json import read_terms, terms_json

LARGEST_BYTES = 32 << 20
MOST_OFFERINGS = 5_000
_LABEL = "label_"
_LISTS = ("channels", "goes_with", "parts")
_FEES = ("fees", "monthly_fees")
_REGIONS = ("included", "excluded")
_INTRODUCTORY = ("introductory_monthly_cents", "introductory_months")
_WHOLE = ("monthly_cents", "term_months", "early_termination_cents", "price_lock_days", *_INTRODUCTORY)
_NUMBERS = ("down_mbps", "up_mbps")
_LABEL_WHOLE = ("data_included_gb", "more_data_cents", "more_data_gb")
_LABEL_NUMBERS = ("typical_down_mbps", "typical_up_mbps", "typical_latency_ms")
COLUMNS = (
    *(each.name for each in fields(Terms) if each.name not in ("introductory", "label")),
    *_INTRODUCTORY,
    *(_LABEL + each.name for each in fields(BroadbandLabel)),
)
"""Of a CSV file; those that nobody needs can be left out."""


def read_catalogue_file(path: Path) -> list[Terms]:
    """Read the offerings in a file.

    Raises
    ------
    NotFound
        ``file_missing``.
    InputRefused
        ``file_unreadable``, ``file_too_large``, ``format_unknown``; or that of the first fault, with ``faults``: each
        with ``row`` (counted from 1, without the header), ``field`` and ``text``.
    """
    if not path.is_file():
        raise NotFound(Code.FILE_MISSING, f"There is no file {path}.", hint="Check the path.", file=str(path))
    if path.stat().st_size > LARGEST_BYTES:
        raise InputRefused(Code.FILE_TOO_LARGE, "The file is too large for a catalogue.", file=str(path))
    readers: Mapping[str, Callable[[str], list[Any]]] = {".json": _documents, ".csv": _rows}
    if path.suffix.lower() not in readers:
        raise InputRefused(Code.FORMAT_UNKNOWN, "A catalogue is a .json or .csv file.", file=str(path))
    try:
        documents = readers[path.suffix.lower()](path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, orjson.JSONDecodeError, csv.Error) as error:
        raise InputRefused(Code.FILE_UNREADABLE, f"The file cannot be read: {error}", file=str(path)) from error
    return read_documents(documents)


def read_documents(documents: Sequence[Any]) -> list[Terms]:
    """Read what is stated about many offerings, or refuse all of it with every fault; see `read_catalogue_file`."""
    if len(documents) > MOST_OFFERINGS:
        raise InputRefused(Code.LIMIT_EXCEEDED, f"A catalogue has at most {MOST_OFFERINGS:,} offerings.")
    stated: list[Terms] = []
    faults: list[tuple[int, Fault]] = []
    for row, document in enumerate(documents, start=1):
        try:
            stated.append(read_terms(document if isinstance(document, Mapping) else {"offering": document}))
        except FibermapError as error:
            faults.append((row, Fault(error.where.get("field", ""), error.message, error.code)))
    refuse_rows(faults)
    return stated


def file_of(name: str, offerings: Sequence[Offering]) -> bytes:
    """Return offerings as a file of a name: ``*.json``, ``*.csv``, or the broadband labels as ``*.labels.csv``.

    Raises
    ------
    InputRefused
        ``export_format_unknown``.
    """
    match Path(name.lower()).suffixes:
        case [*_, ".labels", ".csv"]:
            return labels_csv(offerings).encode()
        case [*_, ".csv"]:
            return catalogue_csv(offerings)
        case [*_, ".json"]:
            return catalogue_json(offerings)
    raise InputRefused(
        Code.EXPORT_FORMAT_UNKNOWN, f"{name} is no file for a catalogue.", hint="End it in .json, .csv or .labels.csv."
    )


def catalogue_json(offerings: Iterable[Offering]) -> bytes:
    """Return offerings as a JSON file that `read_catalogue_file` reads."""
    document = {"offerings": [terms_json(offering.terms) for offering in offerings]}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def catalogue_csv(offerings: Iterable[Offering]) -> bytes:
    """Return offerings as a CSV file that `read_catalogue_file` reads (RFC 4180, UTF-8)."""
    sheet = StringIO(newline="")
    writer = csv.DictWriter(sheet, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(dict(_cells(terms_json(offering.terms))) for offering in offerings)
    return sheet.getvalue().encode()


def _documents(text: str) -> list[Any]:
    said = orjson.loads(text)
    listed = said.get("offerings") if isinstance(said, dict) else said
    if not isinstance(listed, list):
        raise InputRefused(Code.FILE_UNREADABLE, "The file has no list of offerings.", hint="See the reference.")
    return listed


def _rows(text: str) -> list[Any]:
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    unknown = sorted(set(reader.fieldnames or ()) - set(COLUMNS))
    if unknown:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"There is no column {unknown[0]!r} in a catalogue.",
            hint=f"There are: {', '.join(COLUMNS)}.",
            field=unknown[0],
        )
    return [_document({name: _plain(cell) for name, cell in row.items() if name and cell}) for row in reader]


def _document(row: Mapping[str, str]) -> dict[str, Any]:
    """Return a row as the document that JSON has; what cannot be read stays text, and is refused by its field."""
    said: dict[str, Any] = {}
    label: dict[str, Any] = {}
    for name, cell in row.items():
        if name.startswith(_LABEL):
            label[name.removeprefix(_LABEL)] = _label_value(name.removeprefix(_LABEL), cell)
        else:
            said[name] = _value(name, cell)
    if any(name in said for name in _INTRODUCTORY):
        cents, months = (said.pop(name, None) for name in _INTRODUCTORY)
        said["introductory"] = {"monthly_cents": cents, "months": months}
    return said | ({"label": label} if label else {})


def _value(name: str, cell: str) -> Any:
    if name in _LISTS:
        return [part.strip() for part in cell.split(";") if part.strip()]
    if name in _FEES:
        return [_fee(part) for part in cell.split(";") if part.strip()]
    if name in _REGIONS:
        try:
            return orjson.loads(cell)
        except orjson.JSONDecodeError:
            return cell
    return _number(cell, int if name in _WHOLE else float if name in _NUMBERS else str)


def _label_value(name: str, cell: str) -> Any:
    if name == "data_unlimited":
        return {"true": True, "false": False}.get(cell.lower(), cell)
    return _number(cell, int if name in _LABEL_WHOLE else float if name in _LABEL_NUMBERS else str)


def _number(cell: str, kind: Callable[[str], Any]) -> Any:
    try:
        return kind(cell)
    except ValueError:
        return cell


def _fee(part: str) -> dict[str, Any]:
    name, _, amount = part.rpartition("=")
    return {"name": name.strip(), "amount_cents": _number(amount.strip(), int)}


def _plain(cell: str) -> str:
    """Take off the apostrophe that keeps a spreadsheet from running a cell."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def _cells(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in said.items():
        if name == "label":
            yield from ((_LABEL + field, _cell(inner)) for field, inner in value.items() if inner is not None)
        elif name == "introductory":
            yield from zip(_INTRODUCTORY, map(_cell, (value["monthly_cents"], value["months"])), strict=True)
        elif name in _LISTS:
            yield name, neutralise(";".join(value))
        elif name in _FEES:
            yield name, neutralise(";".join(f"{fee['name']}={fee['amount_cents']}" for fee in value))
        elif name in _REGIONS:
            yield name, orjson.dumps(value).decode()
        else:
            yield name, _cell(value)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return neutralise(str(value))
