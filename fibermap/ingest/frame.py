"""A GeoDataFrame as a source, held to the same rules as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from fibermap.formats.known_fields import ID_FIELDS, NAME_FIELDS, field_text, pick_field
from fibermap.formats.model import Feature, LayerInfo, Notice, Outcome, to_batches
from fibermap.kernel.crs import crs_name, parse_crs, to_lonlat
from fibermap.kernel.errors import Code, InputRefused

if TYPE_CHECKING:
    import geopandas as gpd


NAMED_COLUMNS = 3


def frame_name(frame: gpd.GeoDataFrame) -> str:
    """Return a name for a frame that nobody has named: frames of different columns are different sources."""
    columns = [str(column) for column in getattr(frame, "columns", ())]
    return f"frame ({', '.join(columns[:NAMED_COLUMNS])})" if columns else "frame"


class FrameSource:
    """The rows of a GeoDataFrame; its index is not read, its columns become attributes.

    Raises
    ------
    InputRefused
        ``crs_missing`` where the frame declares no coordinate system and none is given, ``argument_invalid`` for
        something that is no frame or has no geometry.
    """

    format = "frame"

    def __init__(self, frame: gpd.GeoDataFrame, name: str, crs: object | None = None) -> None:
        if getattr(frame, "_geometry_column_name", None) not in getattr(frame, "columns", ()):
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                f"A {type(frame).__name__} without geometry cannot be ingested.",
                hint="Give a path, a URL, or a GeoDataFrame with an active geometry column.",
            )
        declared = crs if crs is not None else frame.crs
        if declared is None:
            raise InputRefused(
                Code.CRS_MISSING,
                "The GeoDataFrame does not say in which coordinate system it is.",
                hint="Set it with gdf.set_crs(...), or pass crs=.",
            )
        self.path = name
        self._crs = parse_crs(declared)
        self._frame = frame

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows in order."""
        geometry = to_lonlat(np.asarray(self._frame.geometry.array, dtype=object), self._crs)
        said = self._frame.drop(columns=self._frame.geometry.name)
        said.columns = [str(column) for column in said.columns]
        own, title = pick_field(said.columns, ID_FIELDS), pick_field(said.columns, NAME_FIELDS)
        bounds = shapely.bounds(geometry)
        broken = ~shapely.is_missing(geometry) & ~(np.isfinite(bounds) & (np.abs(bounds) <= (180, 90, 180, 90))).all(1)
        empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
        values = said.to_dict("records") if len(said.columns) else [{} for _ in range(len(said))]
        rows = zip(geometry, empty, broken, values, strict=True)
        yield from to_batches(
            self._feature(row, None if blank else shape, values, own, title, broken=bad and not blank)
            for row, (shape, blank, bad, values) in enumerate(rows, start=1)
        )

    def _feature(
        self, row: int, shape: Any, said: dict[str, Any], own: str | None, title: str | None, *, broken: bool
    ) -> Feature:
        clean = {key: _json_value(value) for key, value in said.items()}
        feature = Feature(
            row=row,
            layer=self.path,
            geometry=shape,
            attributes=clean,
            name=field_text(clean, title),
            source_fid=field_text(clean, own),
        )
        if broken:
            feature.geometry, feature.outcome = None, Outcome.QUARANTINED
            feature.reason = Code.COORDINATE_OUT_OF_RANGE
            feature.detail = "It lies outside the world, or outside what its coordinate system is for."
        return feature

    def layers(self) -> tuple[LayerInfo, ...]:
        """Return the one layer."""
        return (LayerInfo(self.path, len(self._frame), crs_name(self._crs)),)

    def notices(self) -> tuple[Notice, ...]:
        """Return nothing: a frame has already been read by somebody else."""
        return ()


def _json_value(value: Any) -> Any:
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value
