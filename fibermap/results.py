"""What the notebook facade returns: values that print well, show well, and turn into frames."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from enum import Enum
from html import escape
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from fibermap.coverage.permissions import LeftOut

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Result:
    """A named table, with a headline for people.

    Attributes
    ----------
    title
        One line that says what it is.
    table
        The rows; a column ``geometry`` is WKB in EPSG:4326.
    left_out
        The addresses that are not in it because of their licence; None where nothing of the kind can be.
    remarks
        What else is to be said of it, in sentences.
    """

    title: str
    table: pa.Table
    left_out: LeftOut | None = None
    remarks: tuple[str, ...] = ()

    @property
    def df(self) -> pd.DataFrame:
        """The rows as a pandas frame, without geometry."""
        columns = [name for name in self.table.column_names if name != "geometry"]
        return to_frame(self.table.select(columns))

    @property
    def gdf(self) -> gpd.GeoDataFrame:
        """The rows as a GeoDataFrame in EPSG:4326, from ``geometry`` or from ``lon`` and ``lat``."""
        return to_geo(self.table)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __repr__(self) -> str:
        return "\n".join([self.title, self.df.head(20).to_string(index=False), *self._notes()])

    def _repr_html_(self) -> str:
        rows = self.df.head(50).to_html(index=False, border=0)
        notes = "".join(f"<p>{escape(note)}</p>" for note in self._notes())
        return f"<p><b>{escape(self.title)}</b></p>{rows}{notes}"

    def _notes(self) -> list[str]:
        return [*self.remarks, *(self.left_out.notes if self.left_out else [])]


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return an Arrow table as a pandas frame in which ids stay whole numbers, also where some are missing."""
    import pandas as pd

    frame: pd.DataFrame = table.to_pandas(integer_object_nulls=True)
    gaps = [f.name for f in table.schema if pa.types.is_integer(f.type) and table[f.name].null_count]
    return frame.astype(dict.fromkeys(gaps, pd.Int64Dtype()))


def to_geo(table: pa.Table) -> gpd.GeoDataFrame:
    """Return an Arrow table as a GeoDataFrame in EPSG:4326; rows without a position have no geometry."""
    import geopandas as gpd
    import numpy as np
    import shapely

    columns = [name for name in table.column_names if name != "geometry"]
    frame = to_frame(table.select(columns))
    if "geometry" in table.column_names:
        shapes = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
    else:
        placed = np.isfinite(frame["lon"].to_numpy(dtype=float))
        shapes = np.full(len(frame), None, dtype=object)
        shapes[placed] = shapely.points(frame.loc[placed, "lon"], frame.loc[placed, "lat"])
    return gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")


def to_list(table: pa.Table, left_out: LeftOut) -> gpd.GeoDataFrame:
    """Return a list of addresses as a GeoDataFrame; ``attrs`` and a warning, two calls up, say what it lacks."""
    frame = to_geo(table)
    frame.attrs["left_out"] = left_out.as_json()
    if left_out:
        warnings.warn(str(left_out), stacklevel=3)
    return frame


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing rather than many: a check, an explanation, a status. ``lines`` writes it out for a person."""

    value: Any
    writer: Callable[[Any], Sequence[str]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.value, name)

    def __getitem__(self, name: str) -> Any:
        return self.value[name]

    def lines(self) -> list[str]:
        """Return it as plain text."""
        return list(self.writer(self.value))

    def as_json(self) -> Any:
        """Return it as JSON values."""
        own = getattr(self.value, "as_json", None)
        return own() if own else to_json(self.value)

    @property
    def df(self) -> pd.DataFrame:
        """Its top level as a frame of one row."""
        import pandas as pd

        return pd.json_normalize(self.as_json(), max_level=1)

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        head, *rest = self.lines() or [""]
        items = "".join(f"<li>{escape(line.strip())}</li>" for line in rest)
        return f"<p><b>{escape(head)}</b></p><ul>{items}</ul>"


def to_json(value: Any) -> Any:
    """Return any result as JSON values: dataclasses as objects, dates as ISO 8601, ids as numbers."""
    if is_dataclass(value) and not isinstance(value, type):
        return to_json(asdict(value))
    if isinstance(value, dict):
        return {str(key).rstrip("_"): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value
