"""What the verbs print: lines for a person, one JSON document for a program."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from fibermap.coverage.commands import Done
    from fibermap.coverage.permissions import LeftOut
    from fibermap.results import Answer, Result

MOST_ROWS_SHOWN = 100
WIDEST_CELL = 60


def show(answer: Answer, *, as_json: bool) -> None:
    """Print one answer."""
    say(answer.lines(), answer.as_json(), as_json=as_json)


def show_rows(result: Result, name: str, *, as_json: bool) -> None:
    """Print a table; in JSON its rows stand under ``name``, geometry as GeoJSON in EPSG:4326."""
    if result.left_out is not None:
        tell_left_out(result.left_out)
    if as_json:
        more: dict[str, Any] = {} if result.left_out is None else {"left_out": result.left_out.as_json()}
        if result.remarks:
            more["notes"] = list(result.remarks)
        typer.echo(json_text({"count": len(result), name: rows_of(result), **more}))
        return
    typer.echo(result.title)
    if len(result):
        typer.echo(_as_text(result))
    for remark in result.remarks:
        typer.echo(remark)
    if len(result) > MOST_ROWS_SHOWN:
        typer.echo(f"... {len(result) - MOST_ROWS_SHOWN:,} more; --json prints them all")


def tell_left_out(left_out: LeftOut) -> None:
    """Say on standard error which addresses a list does not show."""
    if left_out:
        typer.echo(f"note: {left_out}", err=True)


def _as_text(result: Result) -> str:
    """Return the first rows as aligned text; ids stay whole numbers where some are missing."""
    import pandas as pd
    import pyarrow as pa

    columns = [name for name in result.table.column_names if name != "geometry"]
    first = result.table.select(columns).slice(0, MOST_ROWS_SHOWN)
    frame = first.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int32Dtype()}.get)
    with pd.option_context("display.max_colwidth", WIDEST_CELL):
        return str(frame.to_string(index=False, na_rep=""))


def say(lines: Sequence[str], value: Any, *, as_json: bool) -> None:
    """Print lines, or the same thing as JSON."""
    typer.echo(json_text(value) if as_json else "\n".join(lines))


def show_done(what: str, done: Done, *, as_json: bool, **more: Any) -> None:
    """Print a decision that was carried out: its plan version, the addresses that changed class, and its notes."""
    say([f"{what} with plan version {done.version}", *consequences(done)], done_json(done) | more, as_json=as_json)


def consequences(done: Done) -> list[str]:
    """Return in words what a decision changes, and its notes."""
    from fibermap.wording import say_flips

    return [*say_flips(done.flips), *done.notes]


def done_json(done: Done) -> dict[str, Any]:
    """Return a decision as JSON."""
    return {
        "plan_version": done.version,
        "ids": list(done.ids),
        "changes": done.flips.counts,
        "notes": list(done.notes),
    }


def rows_of(result: Result) -> list[dict[str, Any]]:
    """Return the rows of a table as JSON values."""
    import shapely

    rows: list[dict[str, Any]] = result.table.to_pylist()
    if "geometry" in result.table.column_names:
        for row in rows:
            shape = shapely.from_wkb(row["geometry"])
            row["geometry"] = None if shape is None else json.loads(shapely.to_geojson(shape))
    return rows


def json_text(value: Any, *, indent: bool = False) -> str:
    """Return a value as JSON text: ASCII only, so that any terminal and any reader takes it; NaN becomes null."""
    return json.dumps(_plain(value), indent=2 if indent else None, allow_nan=False, default=str)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str | int | None) else _other(value)


def _other(value: Any) -> Any:
    """Write dates as ISO 8601, numbers of other libraries as numbers, anything else as its text."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return _plain(value.item()) if hasattr(value, "item") else str(value)
