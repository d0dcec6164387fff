"""Rows of one layer column by column: the fast way from a table to a batch, beside :class:`~.model.Feature`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import orjson
import pyarrow as pa
import shapely
from numpy.typing import ArrayLike, NDArray

from fibermap.formats.model import FEATURE_SCHEMA, Outcome, json_text
from fibermap.kernel.errors import Code

_KEPT_TEXT = 1_000


@dataclass(slots=True)
class Chunk:
    """Some rows of one layer on their way to a batch.

    Attributes
    ----------
    layer
        Name of the layer.
    row
        Shape (n,), int64, 1-based ordinals in the layer.
    geometry
        Shape (n,), shapely geometries or None, in whatever coordinates the file has until they are placed.
    attributes
        n JSON objects as text.
    source_fid, name
        n texts or None.
    outcome, reason, detail, part
        Shape (n,), as in :data:`~.model.FEATURE_SCHEMA`.
    """

    layer: str
    row: NDArray[np.int64]
    geometry: NDArray[np.object_]
    attributes: list[str]
    source_fid: list[str | None]
    name: list[str | None]
    outcome: NDArray[np.object_]
    reason: NDArray[np.object_]
    detail: NDArray[np.object_]
    part: NDArray[np.object_]

    @classmethod
    def of(
        cls,
        layer: str,
        first_row: int,
        geometry: Sequence[Any] | NDArray[np.object_],
        attributes: list[str],
        *,
        source_fid: list[str | None] | None = None,
        name: list[str | None] | None = None,
    ) -> Self:
        """Gather consecutive rows, all ingested so far."""
        count = len(attributes)
        return cls(
            layer=layer,
            row=np.arange(first_row, first_row + count, dtype=np.int64),
            geometry=object_array(geometry),
            attributes=attributes,
            source_fid=source_fid or [None] * count,
            name=name or [None] * count,
            outcome=np.full(count, str(Outcome.INGESTED), dtype=object),
            reason=np.full(count, None, dtype=object),
            detail=np.full(count, None, dtype=object),
            part=np.full(count, None, dtype=object),
        )

    def __len__(self) -> int:
        return len(self.attributes)

    def mark(self, where: ArrayLike, outcome: Outcome, reason: Code, detail: str) -> None:
        """Record what happened to some rows; one that is quarantined or set aside keeps its first reason.

        ``where`` is a mask or an array of indices.
        """
        mask = np.zeros(len(self), dtype=bool)
        mask[np.asarray(where)] = True
        mask &= ~self._is_final()
        self.outcome[mask], self.reason[mask], self.detail[mask] = str(outcome), str(reason), detail

    def _is_final(self) -> NDArray[np.bool_]:
        return np.asarray((self.outcome == str(Outcome.QUARANTINED)) | (self.outcome == str(Outcome.SET_ASIDE)))

    def drop_position(self, where: ArrayLike, reason: Code, detail: str) -> None:
        """Take away a position that cannot be used: a row with a point stays a row, a row with a shape cannot."""
        index = np.flatnonzero(np.asarray(where))
        is_point = shapely.get_type_id(self.geometry[index]) == shapely.GeometryType.POINT
        self.geometry[index] = None
        self.mark(index[is_point], Outcome.INGESTED, reason, detail)
        self.mark(index[~is_point], Outcome.QUARANTINED, reason, detail)

    def bound_attributes(self, limit_bytes: int) -> None:
        """Quarantine rows whose attributes are longer than allowed, and keep only their length."""
        for index in np.flatnonzero([len(text) > limit_bytes for text in self.attributes]):
            length = len(self.attributes[index])
            self.attributes[index] = "{}"
            self.mark(
                [index],
                Outcome.QUARANTINED,
                Code.LIMIT_EXCEEDED,
                f"its attributes take {length:,} characters, more than the {limit_bytes:,} allowed",
            )

    def to_batch(self) -> pa.RecordBatch:
        """Turn the rows into a batch of :data:`~.model.FEATURE_SCHEMA`."""
        count = len(self)
        self.geometry[self._is_final()] = None
        columns = {
            "row": self.row,
            "layer": pa.repeat(self.layer, count),
            "folder": pa.array([[]] * count, pa.list_(pa.string())),
            "source_fid": self.source_fid,
            "name": self.name,
            "geometry": pa.array(shapely.to_wkb(self.geometry, output_dimension=2), pa.binary()),
            "attributes": self.attributes,
            "style": pa.nulls(count, pa.string()),
            "outcome": self.outcome,
            "reason": self.reason,
            "detail": self.detail,
            "part": self.part,
        }
        arrays = [pa.array(columns[field.name], field.type) for field in FEATURE_SCHEMA]
        return pa.RecordBatch.from_arrays(arrays, schema=FEATURE_SCHEMA)


def object_array(values: Sequence[Any] | NDArray[np.object_]) -> NDArray[np.object_]:
    """Put values into a one-dimensional array of objects, without numpy looking inside them."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def index_array(indices: Sequence[int]) -> NDArray[np.int64]:
    """Put indices into an array that stays one of integers when it is empty."""
    return np.array(indices, dtype=np.int64)


def attribute_texts(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """Write each row as a JSON object with these names, deterministically.

    What JSON lacks becomes its text; lone surrogates (from broken encodings) become question marks.
    """
    dumps, option = orjson.dumps, orjson.OPT_SORT_KEYS
    texts = []
    for row in rows:
        record = dict(zip(names, row, strict=False))
        try:
            texts.append(dumps(record, default=str, option=option).decode())
        except TypeError:
            texts.append(attribute_text(record))
    return texts


def attribute_text(record: Mapping[str, Any]) -> str:
    """Write one row as a JSON object; values that no JSON can hold (too deep, too large) become their text."""
    try:
        return json_text(record)
    except (TypeError, RecursionError):
        return json_text({_printable(key): _printable(value) for key, value in record.items()})


def _printable(value: Any) -> str | float | None:
    if value is None or isinstance(value, bool | float):
        return value
    return str(value)[:_KEPT_TEXT].encode("utf-8", "replace").decode()
