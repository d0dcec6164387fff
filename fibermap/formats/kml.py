"""KML and KMZ as a feature source: one layer a document, one row a placemark, overlay or network link.

``folder`` holds the names of the Folders and Documents around a feature, outermost first. The name of a document's
root is left out where the file holds one document: it is the title of the file. Of several documents in one archive it
says which part of the plan each is, and stays.

Refused as a whole are only: what is no KML, entity declarations, nesting beyond the limit, archive bombs. Everything
else costs at most the feature it is in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyproj

from fibermap.formats.archive import Archive, Member, check_file, is_archive, open_archive
from fibermap.formats.kml_bytes import Utf8Text
from fibermap.formats.kml_check import XmlCheck
from fibermap.formats.kml_count import count_things
from fibermap.formats.kml_document import read_features
from fibermap.formats.kml_names import CONTAINERS, ROOT, SHARED, THINGS
from fibermap.formats.model import Feature, FieldInfo, LayerInfo, Notice, Outcome, to_batches
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Limits

_ROOTS = THINGS | CONTAINERS | SHARED | {ROOT, "NetworkLinkControl"}
_SNIFF_BYTES = 4096


@dataclass(slots=True)
class _Document:
    """One KML document, counted and checked, before its features are read."""

    layer: str
    file: str
    text: Utf8Text
    read: int = 0
    fault: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    swapped: int = 0


@dataclass(slots=True)
class KmlSource:
    """An opened KML or KMZ file; see :class:`~fibermap.formats.model.FeatureSource`."""

    path: str
    format: str
    _documents: list[_Document]
    _notices: list[Notice]
    _limits: Limits

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the features of all documents, in order. As many rows a layer as ``layers()`` says were read."""
        for document in self._documents:
            yield from to_batches(self._features(document))

    def layers(self) -> tuple[LayerInfo, ...]:
        """Return one layer a document; fields are those of its schemas."""
        return tuple(
            LayerInfo(d.layer, d.read, fields=tuple(FieldInfo(name, kind) for name, kind in d.fields.items()))
            for d in self._documents
        )

    def notices(self) -> tuple[Notice, ...]:
        """Return what was wrong with the file or a document as a whole."""
        own = [notice for document in self._documents for notice in _document_notices(document)]
        return (*self._notices, *own)

    def _features(self, document: _Document) -> Iterator[Feature]:
        has_title = len(self._documents) > 1
        rows = 0
        for feature in read_features(
            document.text, document.layer, document.file, document.fields, has_title=has_title, limits=self._limits
        ):
            rows += 1
            document.swapped += feature.reason == Code.AXES_SWAPPED
            yield feature
        for row in range(rows + 1, document.read + 1):
            yield Feature(row, document.layer, outcome=Outcome.QUARANTINED, reason=Code.XML_BROKEN,
                          detail="It was counted but lies where the document cannot be read.")  # fmt: skip


def read_kml(path: Path, *, limits: Limits, crs: str | None = None) -> KmlSource:
    """Open a KML or KMZ file, told apart by content, count what it holds and check it.

    Parameters
    ----------
    path
        The file, whatever it is called.
    limits
        Bounds of archive, XML and features.
    crs
        Only EPSG:4326 or nothing: KML knows no other coordinate system (OGC 07-147r2 section 6.2).

    Raises
    ------
    InputRefused
        As :func:`~fibermap.formats.archive.open_archive`; ``FORMAT_UNKNOWN`` for what is no KML, ``ARCHIVE_EMPTY`` for
        an archive without KML, ``XML_ENTITY_REFUSED``, ``XML_TOO_DEEP``, ``ARGUMENT_INVALID`` for another ``crs``.
    """
    check_file(path, limits=limits)
    _check_crs(path, crs)
    if not is_archive(path):
        document = _Document(path.stem, str(path), Utf8Text(lambda: path.open("rb")))
        _survey(document, limits)
        return KmlSource(str(path), "kml", [document], [], limits)
    with open_archive(path, limits=limits) as archive:
        documents, notices = _archived(archive, limits)
        return KmlSource(str(path), "kmz", documents, notices, limits)


def _check_crs(path: Path, crs: str | None) -> None:
    if crs is None:
        return
    try:
        is_wgs84 = pyproj.CRS.from_user_input(crs).equals("EPSG:4326", ignore_axis_order=True)
    except pyproj.exceptions.CRSError:
        is_wgs84 = False
    if not is_wgs84:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"{path.name} is KML, whose coordinates are always EPSG:4326, not {crs}",
            hint="Leave the coordinate system out.",
            file=str(path),
        )


def _archived(archive: Archive, limits: Limits) -> tuple[list[_Document], list[Notice]]:
    """Survey the documents of an archive; one that is no KML is told and left out while another is there."""
    notices = [*archive.notices, *_member_notices(archive)]
    documents: list[_Document] = []
    refusals: list[InputRefused] = []
    for layer, member in _layers(_kml_members(archive), archive.path.stem):
        file = f"{archive.path}/{member.name}"
        document = _Document(layer, file, Utf8Text(lambda member=member: archive.open(member)))  # type: ignore[misc]
        try:
            _survey(document, limits)
            documents.append(document)
        except InputRefused as refusal:
            if refusal.code not in (Code.FORMAT_UNKNOWN, Code.FILE_UNREADABLE, Code.ARCHIVE_BROKEN):
                raise
            refusals.append(refusal)
            notices.append(Notice(refusal.code, refusal.message, layer))
    if not documents:
        raise (
            refusals[0]
            if refusals
            else InputRefused(
                Code.ARCHIVE_EMPTY,
                f"{archive.path} holds no KML document",
                hint="Export the KMZ again, or ingest the files inside it.",
            )
        )
    return documents, notices


def _kml_members(archive: Archive) -> list[Member]:
    """Return the documents: members called ``.kml``, or, without any, those that start like one."""
    files = [m for m in archive.members if not (m.is_folder or m.is_symlink)]
    named = [m for m in files if m.name.lower().endswith(".kml")]
    return named or [m for m in files if not m.is_encrypted and _looks_like_kml(archive, m)]


def _looks_like_kml(archive: Archive, member: Member) -> bool:
    try:
        with archive.open(member) as stream:
            return b"<kml" in (stream.read(_SNIFF_BYTES) or b"")
    except InputRefused:
        return False


def _member_notices(archive: Archive) -> Iterator[Notice]:
    for member in archive.members:
        suffix = PurePosixPath(member.name).suffix.lower()
        if member.is_symlink:
            yield Notice(Code.ARCHIVE_MEMBER_UNSAFE, f"{member.name!r} is a link and was not followed.")
        elif suffix == ".kmz":
            yield Notice(
                Code.FORMAT_UNKNOWN, f"{member.name!r} is an archive of its own and was not read; ingest it too."
            )


def _layers(members: list[Member], title: str) -> Iterator[tuple[str, Member]]:
    """Name layers after members, without repeating a name; a single one after the archive."""
    if len(members) == 1:
        yield title, members[0]
        return
    taken: set[str] = set()
    for member in members:
        stem = member.name[:-4] if member.name.lower().endswith(".kml") else member.name
        layer, number = stem, 1
        while layer in taken:
            number += 1
            layer = f"{stem} ({number})"
        taken.add(layer)
        yield layer, member


def _survey(document: _Document, limits: Limits) -> None:
    """Count the things of a document and check its XML in one reading."""
    check = XmlCheck(document.file, limits=limits)
    document.read = count_things(check.passing(document.text.chunks()))
    document.fault = check.fault
    is_kml = check.root in _ROOTS or (document.read > 0 and (check.root or "").lower() != "html")
    if not is_kml:
        found = f"its outermost element is <{check.root}>" if check.root else "it does not start like XML"
        raise InputRefused(
            Code.FORMAT_UNKNOWN,
            f"{document.file} is no KML: {found}",
            hint="If it came from a web page, download the file itself.",
            file=document.file,
        )


def _document_notices(document: _Document) -> Iterator[Notice]:
    for code, sentence in document.text.findings.items():
        yield Notice(code, f"{document.file}: {sentence}", document.layer)
    if document.fault:
        message = f"{document.file} is not well-formed XML: {document.fault}. What could be read was read."
        yield Notice(Code.XML_BROKEN, message, document.layer)
    if document.swapped:
        message = f"{document.swapped:,} features of {document.layer} seem to have latitude and longitude swapped."
        yield Notice(Code.AXES_SWAPPED, message, document.layer)
