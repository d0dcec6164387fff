"""Live layers of an ArcGIS FeatureServer or MapServer.

Source: ArcGIS REST API, Layer and Query (Feature Service/Layer). Servers answer far from it, so nothing that they say
is taken on trust: every object that they announce is accounted for, whatever they serve.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import shapely
from pyproj import CRS

from fibermap.formats.esri_elements import RawFeature
from fibermap.formats.esri_features import EsriLayer, FeatureReader
from fibermap.formats.esri_fields import FieldReader
from fibermap.formats.esri_geometry import Precision, read_geometry
from fibermap.formats.http_fetch import AnswerTooHeavy, Pace, RequestRefused, ServiceClient, take_apart
from fibermap.formats.model import LayerInfo, Notice
from fibermap.formats.service_keeper import FolderKeeper, Forgetful, Keeper
from fibermap.formats.service_pages import Pager
from fibermap.formats.service_roster import CountRoster, IdRoster, Roster
from fibermap.kernel.crs import WGS84, crs_name, guess_crs, parse_crs
from fibermap.kernel.errors import Code, FibermapError, InputRefused, ServiceFailed
from fibermap.kernel.settings import Limits

_MOST_LAYERS = 500
_MOST_ROWS_A_PAGE = 2_000
_USUAL_ROWS_A_PAGE = 1_000
_KINDS = frozenset({"Feature Layer", "Table"})


@dataclass(frozen=True, slots=True)
class _Found:
    """A layer of the service: its address, what it says of itself, its name within the source."""

    url: str
    about: Mapping[str, Any]
    name: str


class FeatureServiceSource:
    """An opened service; see :func:`read_feature_service`."""

    format = "ArcGIS service"

    def __init__(self, path: str, readings: list[_Reading], notices: list[Notice]) -> None:
        self.path = path
        self._readings = readings
        self._notices = notices
        self._infos: list[LayerInfo] = []

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield features layer by layer as they arrive; ``row`` is the place of the object id among the layer's.

        Raises
        ------
        ServiceFailed, NotPermitted
            Where the service breaks off; pages kept in the resume folder are used by the next reading.
        InputRefused
            ``crs_missing`` where answers name no coordinate system and none was given.
        """
        for reading in self._readings:
            yield from reading.batches()
            self._notices += reading.notices()
            self._infos.append(reading.info())

    def layers(self) -> tuple[LayerInfo, ...]:
        """Return the layers read so far; ``read`` is what the service announced, ``crs`` empty for a table."""
        return tuple(self._infos)

    def notices(self) -> tuple[Notice, ...]:
        """Return what a planner should know about the service."""
        return tuple(self._notices)


def read_feature_service(
    url: str,
    *,
    limits: Limits,
    token: str | None = None,
    crs: str | None = None,
    resume_folder: Path | None = None,
    client: httpx.Client | None = None,
    pace: Pace | None = None,
) -> FeatureServiceSource:
    """Open a layer of an ArcGIS service, or all layers and tables of the service.

    Parameters
    ----------
    url
        ``.../FeatureServer/3``, ``.../MapServer/3`` or the service above it. Of a query address the ``where`` and the
        ``token`` are kept; the token is never shown again.
    limits
        ``service_features``, ``service_pages``, ``service_bytes`` and those of every feature.
    token
        For services that are not public.
    crs
        The coordinate system of the answers, above whatever they say; coordinates are then asked for as they are
        stored. Without it longitude and latitude are asked for and what comes is transformed if need be.
    resume_folder
        Where pages are kept until a layer is whole, so that a second call goes on after a break; None keeps none.
    client, pace
        The transport and its patience, for tests and special networks.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for what is no address, ``service_not_a_layer``, ``limit_exceeded``, ``crs_unknown``.
    ServiceFailed
        ``service_unreachable``, ``service_error``.
    NotPermitted
        ``service_token_refused``, ``service_host_refused``.
    """
    address = take_apart(url)
    given = None if crs is None else parse_crs(crs)
    asker = ServiceClient(address.url, limits=limits, token=token or address.token, client=client, pace=pace)
    notices: list[Notice] = []
    readings = [
        _Reading(asker, found, address.where or "1=1", limits, given, resume_folder)
        for found in _found(asker, address.url, notices)
    ]
    return FeatureServiceSource(address.url, readings, notices)


def _found(asker: ServiceClient, url: str, notices: list[Notice]) -> list[_Found]:
    about = asker.ask(url, {})
    if about.get("type") in _KINDS or isinstance(about.get("fields"), list):
        return [_Found(url, about, str(about.get("name") or url.rsplit("/", 1)[-1]))]
    entries = [entry for key in ("layers", "tables") for entry in about.get(key) or [] if isinstance(entry, dict)]
    numbers = [entry["id"] for entry in entries if isinstance(entry.get("id"), int) and not entry.get("subLayerIds")]
    if not numbers:
        raise InputRefused(
            Code.SERVICE_NOT_A_LAYER,
            "The address is neither a layer with features nor a service with such layers.",
            hint="Give an address that ends in FeatureServer/0 or the like.",
            url=url,
        )
    if len(numbers) > _MOST_LAYERS:
        raise InputRefused(
            Code.LIMIT_EXCEEDED, f"The service has more than {_MOST_LAYERS} layers.", hint="Name one of them.", url=url
        )
    layers: list[_Found] = []
    for number in numbers:
        layer = asker.ask(f"{url}/{number}", {})
        name = str(layer.get("name") or number)
        if layer.get("type", "Feature Layer") in _KINDS:
            is_new = all(name != other.name for other in layers)
            layers.append(_Found(f"{url}/{number}", layer, name if is_new else f"{name} ({number})"))
        else:
            message = f"The layer {name} is a {layer.get('type')} without features and was passed over."
            notices.append(Notice(Code.SERVICE_NOT_A_LAYER, message, name))
    return layers


class _Reading:
    """One layer being read."""

    def __init__(
        self,
        asker: ServiceClient,
        found: _Found,
        where: str,
        limits: Limits,
        given: CRS | None,
        resume_folder: Path | None,
    ) -> None:
        self._asker, self._found, self._where, self._limits = asker, found, where, limits
        self._given, self._resume_folder = given, resume_folder
        self._fields = FieldReader.of_layer(found.about)
        self._crs = given
        self._roster: Roster | None = None
        self._pager: Pager | None = None
        self._reader: FeatureReader | None = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        id_field, self._roster = self._announced()
        if id_field and not self._fields.object_id:
            self._fields = FieldReader.of_layer(self._found.about, {"objectIdFieldName": id_field})
        keeper = self._keeper()
        self._pager = self._new_pager(id_field, keeper)
        is_table = not self._found.about.get("geometryType")
        usual = self._given or (None if is_table else WGS84)
        layer = EsriLayer(self._found.name, self._fields, usual, self._limits, is_crs_forced=self._given is not None)
        self._reader = FeatureReader(layer)
        try:
            yield from self._reader.batches(map(self._checked, self._pager.features()))
        except FibermapError as failure:
            failure.where.setdefault("layer", self._found.name)
            if self._resume_folder is not None:
                failure.hint += " What came so far is kept: read the layer again to go on from there."
            raise
        keeper.forget()

    def info(self) -> LayerInfo:
        assert self._roster is not None
        crs = crs_name(self._crs) if self._crs else ""
        return LayerInfo(self._found.name, self._roster.read, crs, self._fields.fields)

    def notices(self) -> list[Notice]:
        assert self._roster is not None
        assert self._pager is not None
        assert self._reader is not None
        notices = [*self._pager.notices, *self._reader.notices]
        if self._roster.repeated:
            message = f"The service gave {self._roster.repeated:,} objects more than once; each is read once."
            notices.append(Notice(Code.DUPLICATE_OBJECT_ID, message, self._found.name))
        if self._roster.unlisted:
            message = (
                f"{self._roster.unlisted:,} objects came that were not announced, as when a layer is edited meanwhile; "
                "they are left out. Read the layer again to take them."
            )
            notices.append(Notice(Code.SERVICE_ERROR, message, self._found.name, needs_yes=True))
        return notices

    def _announced(self) -> tuple[str | None, Roster]:
        """Ask how many objects there are, by id where the server can tell, before any feature is asked for."""
        try:
            answer = self._query({"returnIdsOnly": "true"})
            id_field = answer.get("objectIdFieldName") or self._fields.object_id
            ids = self._all_ids(answer, id_field)
        except (RequestRefused, AnswerTooHeavy):
            id_field, ids = self._fields.object_id, None
        if ids is not None and isinstance(id_field, str):
            self._refuse_beyond_limit(len(ids))
            return id_field, IdRoster(ids, id_field)
        count = self._query({"returnCountOnly": "true"}).get("count")
        if not isinstance(count, int) or count < 0:
            raise ServiceFailed(
                Code.SERVICE_ERROR,
                "The service tells neither the ids nor the number of its objects.",
                hint="Download the layer as a file and read that.",
                layer=self._found.name,
            )
        self._refuse_beyond_limit(count)
        return id_field if isinstance(id_field, str) else None, CountRoster(count)

    def _all_ids(self, answer: Mapping[str, Any], id_field: object) -> list[int] | None:
        """Gather the ids, in several answers where the server cuts them short; None where they are no numbers."""
        ids: list[int] = []
        while True:
            batch = answer.get("objectIds")
            if not isinstance(batch, list) or not all(type(value) is int and abs(value) < 2**63 for value in batch):
                return None
            ids += batch
            self._refuse_beyond_limit(len(ids))
            if not answer.get("exceededTransferLimit") or not batch:
                return ids
            last = max(ids)
            answer = self._query({"returnIdsOnly": "true", "where": f"({self._where}) AND {id_field} > {last}"})
            if min(answer.get("objectIds") or [last + 1], default=last) <= last:
                return ids

    def _query(self, parameters: Mapping[str, str]) -> dict[str, Any]:
        return self._asker.ask(f"{self._found.url}/query", {"where": self._where, **parameters})

    def _refuse_beyond_limit(self, count: int) -> None:
        if count > self._limits.service_features:
            raise InputRefused(
                Code.LIMIT_EXCEEDED,
                f"The layer announces more than {self._limits.service_features:,} objects.",
                hint="Ask for part of it with a where clause, or raise FIBERMAP_LIMIT_SERVICE_FEATURES.",
                layer=self._found.name,
            )

    def _keeper(self) -> Keeper:
        assert self._roster is not None
        if self._resume_folder is None:
            return Forgetful()
        editing = self._found.about.get("editingInfo")
        edited = editing.get("lastEditDate") if isinstance(editing, dict) else None
        system = crs_name(self._given) if self._given else ""
        identity = (self._found.url, self._where, edited, system, self._roster.digest)
        try:
            return FolderKeeper(self._resume_folder, *identity)
        except OSError as failure:
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                f"Pages cannot be kept in {self._resume_folder} ({failure.strerror}).",
                hint="Name a folder that can be written to, or none.",
            ) from failure

    def _new_pager(self, id_field: str | None, keeper: Keeper) -> Pager:
        assert self._roster is not None
        about = self._found.about
        abilities = about.get("advancedQueryCapabilities")
        has_paging = bool(isinstance(abilities, dict) and abilities.get("supportsPagination")) or bool(
            about.get("supportsPagination")
        )
        most = about.get("maxRecordCount")
        rows = most if isinstance(most, int) and most > 0 else _USUAL_ROWS_A_PAGE
        system = {} if self._given else {"outSR": "4326"}
        query = {"where": self._where, "outFields": "*", "returnGeometry": "true", **system}
        return Pager(
            client=self._asker,
            url=self._found.url,
            query=query,
            roster=self._roster,
            keeper=keeper,
            id_field=id_field,
            has_paging=has_paging or isinstance(self._roster, CountRoster),
            page_rows=min(rows, _MOST_ROWS_A_PAGE),
            pages_left=self._limits.service_pages,
        )

    def _checked(self, raw: RawFeature) -> RawFeature:
        """Note which coordinate system the answers are really in, and refuse coordinates without one."""
        geometry = raw.value.get("geometry") if raw.value else None
        if self._crs is None and isinstance(geometry, dict) and geometry:
            if not geometry.get("spatialReference"):
                raise self._missing_crs(geometry)
            self._crs = parse_crs(geometry["spatialReference"])
        return raw

    def _missing_crs(self, geometry: dict[str, Any]) -> InputRefused:
        shape = read_geometry(geometry, Precision(1.0, 1.0, self._limits.vertices)).geometry
        hint = "Name the coordinate system with --crs."
        if shape is not None:
            west, south, east, north = (float(value) for value in shapely.bounds(shape))
            hint = guess_crs((west, south, east, north), hint=self._found.name)
        return InputRefused(
            Code.CRS_MISSING,
            "The service's answers do not say which coordinate system they are in.",
            hint=hint,
            layer=self._found.name,
        )
