"""Decoded Esri feature objects into features: geometry, attributes, coordinates as longitude and latitude.

Shared by the readers of files and of live services.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import shapely
from pyproj import CRS

from fibermap.formats.esri_elements import RawFeature
from fibermap.formats.esri_fields import FieldReader
from fibermap.formats.esri_geometry import GeometryReading, read_geometry
from fibermap.formats.esri_place import Placer, Systems, tell
from fibermap.formats.model import BATCH_ROWS, Feature, Notice, Outcome, to_batches
from fibermap.kernel.errors import Code
from fibermap.kernel.settings import Limits

_BATCH_VERTICES = 500_000
"""A batch ends at so many vertices, so that memory is bounded whatever the size of the features."""


@dataclass(frozen=True, slots=True)
class EsriLayer:
    """What is needed to read the features of one layer.

    Attributes
    ----------
    crs
        Of all coordinates that do not name their own, None in a table.
    is_crs_forced
        Whether ``crs`` was given by a person and outweighs what features say of themselves.
    """

    name: str
    fields: FieldReader
    crs: CRS | None
    limits: Limits
    is_crs_forced: bool = False


class FeatureReader:
    """Turns the decoded elements of one layer into batches of features, one row each, in order."""

    def __init__(self, layer: EsriLayer) -> None:
        self._layer = layer
        self._systems = Systems(layer.crs, is_forced=layer.is_crs_forced, vertices=layer.limits.vertices)
        self._placer = Placer(layer.name)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What was found about the layer as a whole so far."""
        return tuple(self._placer.notices)

    def batches(self, rows: Iterable[RawFeature]) -> Iterator[pa.RecordBatch]:
        """Yield batches of at most 10,000 features or, by and large, half a million vertices."""
        drafts: list[_Draft] = []
        vertices = 0
        for raw in rows:
            drafts.append(_Draft(raw, self._layer, self._systems))
            vertices += shapely.get_num_coordinates(drafts[-1].feature.geometry)
            if len(drafts) == BATCH_ROWS or vertices > _BATCH_VERTICES:
                yield from self._placed(drafts)
                drafts, vertices = [], 0
        yield from self._placed(drafts)

    def _placed(self, drafts: list[_Draft]) -> Iterator[pa.RecordBatch]:
        """Transform geometries, all of one coordinate system at once."""
        for crs in {id(draft.crs): draft.crs for draft in drafts if draft.crs is not None}.values():
            members = [draft.feature for draft in drafts if draft.crs is crs and draft.feature.geometry is not None]
            self._placer.place(members, crs)
        yield from to_batches(draft.feature for draft in drafts)


class _Draft:
    """One feature whose geometry still has the coordinates of the source."""

    def __init__(self, raw: RawFeature, layer: EsriLayer, systems: Systems) -> None:
        self.feature = Feature(raw.row, layer.name, outcome=raw.outcome, reason=raw.reason, detail=raw.detail)
        self.crs: CRS | None = None
        if raw.value is None:
            return
        self._read_attributes(raw.value.get("attributes"), layer)
        if self.feature.outcome is not Outcome.QUARANTINED:
            self._read_geometry(raw.value.get("geometry"), systems)

    def _read_attributes(self, raw: Any, layer: EsriLayer) -> None:
        values = {} if raw is None else raw
        if not isinstance(values, Mapping):
            self._fail(Code.ROW_UNREADABLE, "The attributes are not a JSON object.")
            return
        self.feature.source_fid = layer.fields.source_fid(values)
        size, most = len(orjson.dumps(values)), layer.limits.attribute_bytes
        if size > most:
            self._fail(Code.LIMIT_EXCEEDED, f"The attributes have {size:,} bytes, more than the {most:,} allowed.")
            return
        attributes = layer.fields.read(values)
        self.feature.attributes = attributes.values
        self.feature.name = layer.fields.name(attributes)
        tell(self.feature, *attributes.remarks)

    def _read_geometry(self, raw: Any, systems: Systems) -> None:
        system = systems.of(raw)
        if system is None:
            if raw:
                self._fail(Code.CRS_UNKNOWN, "The coordinate system of the geometry is unknown.")
            return
        self.crs = system.crs
        reading = read_geometry(raw, system.precision)
        self.feature.geometry = reading.geometry
        if reading.reason is not None:
            self._judge(reading)

    def _judge(self, reading: GeometryReading) -> None:
        """Let the geometry's verdict replace an earlier one unless that was the graver."""
        tell(self.feature, reading.detail)
        if self.feature.reason is None or reading.outcome is Outcome.QUARANTINED:
            self.feature.outcome, self.feature.reason = reading.outcome, reading.reason
            self.feature.part = reading.part

    def _fail(self, reason: Code, detail: str) -> None:
        self.feature.outcome, self.feature.reason = Outcome.QUARANTINED, reason
        tell(self.feature, detail)
