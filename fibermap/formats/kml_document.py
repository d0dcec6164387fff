"""The features of one document, each with its folders, schemas and shared styles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from fibermap.formats.kml_bytes import Utf8Text
from fibermap.formats.kml_check import too_deep
from fibermap.formats.kml_data import Schemas, schema_fields
from fibermap.formats.kml_feature import Context, build_feature
from fibermap.formats.kml_fragment import parse_fragment, salvaged
from fibermap.formats.kml_lexer import Kind, Piece, pieces
from fibermap.formats.kml_names import local_name
from fibermap.formats.kml_style import SharedStyles
from fibermap.formats.model import Feature
from fibermap.kernel.settings import Limits


class Folders:
    """The Folders and Documents that are open at one place of a document."""

    def __init__(self, *, has_title: bool) -> None:
        self._has_title = has_title
        self._open: list[tuple[str, str | None]] = []  # element name, folder name
        self._path: tuple[str, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """Names, outermost first; a folder without a name does not show."""
        return self._path

    @property
    def depth(self) -> int:
        """How many are open."""
        return len(self._open)

    def open(self, element: str) -> None:
        """Enter a container."""
        self._open.append((element, None))

    def name(self, name: str) -> None:
        """Name the innermost container, once."""
        if self._open and self._open[-1][1] is None:
            self._open[-1] = (self._open[-1][0], name)
            self._update()

    def close(self, element: str) -> None:
        """Leave the innermost container of this kind, and any left open inside it."""
        for index in reversed(range(len(self._open))):
            if self._open[index][0] == element:
                del self._open[index:]
                self._update()
                return

    def _update(self) -> None:
        is_titled = bool(self._open) and self._open[0][0] == "Document" and not self._has_title
        levels = self._open[1:] if is_titled else self._open
        self._path = tuple(name for _, name in levels if name)


def read_features(
    text: Utf8Text, layer: str, file: str, fields: dict[str, str], *, has_title: bool, limits: Limits
) -> Iterator[Feature]:
    """Read the features of one document in order.

    Parameters
    ----------
    text
        The document.
    layer
        Name of its layer.
    file
        What messages call it.
    fields
        Filled with field -> type of its schemas on the way.
    has_title
        Whether the name of its root is one of the folders.

    Raises
    ------
    InputRefused
        ``XML_TOO_DEEP`` for folders nested beyond the limit.
    """
    shared = _Shared(text, limits, frozenset({PurePosixPath(file).name, layer, f"{layer}.kml"}), fields)
    context = Context(layer, limits, shared.styles, shared.schemas)
    folders = Folders(has_title=has_title)
    row = 0
    for piece in pieces(text.chunks(), limits=limits):
        if piece.kind is Kind.THING:
            row += 1
            yield build_feature(piece, row, folders.path, context)
        elif piece.kind is Kind.SHARED:
            shared.add(piece)
        else:
            _follow(piece, folders)
            if folders.depth > limits.xml_depth:
                raise too_deep(file, limits)


class _Shared:
    """The styles and schemas of a document, which should stand before their first use but do not always."""

    def __init__(self, text: Utf8Text, limits: Limits, aliases: frozenset[str], fields: dict[str, str]) -> None:
        self._text, self._limits, self._fields = text, limits, fields
        self._has_read_on = False
        self.styles = SharedStyles(self.read_on, aliases)
        self.schemas = Schemas(self.read_on)

    def add(self, piece: Piece) -> None:
        """Remember a style or schema."""
        for element in parse_fragment(piece.content).root:
            if piece.name == "Schema":
                self.schemas.add(element)
                self._fields.update(schema_fields(element))
            else:
                self.styles.add(element)

    def read_on(self) -> None:
        """Read the document once more, for what it shares only."""
        if self._has_read_on:
            return
        self._has_read_on = True
        for piece in pieces(self._text.chunks(), limits=self._limits):
            if piece.kind is Kind.SHARED:
                self.add(piece)


def _follow(piece: Piece, folders: Folders) -> None:
    if piece.kind is Kind.OPEN:
        folders.open(piece.name)
    elif piece.kind is Kind.CLOSE:
        folders.close(piece.name)
    else:
        elements = salvaged(piece.content)
        name = next((e.text for e in elements if local_name(e.tag) == "name"), None)
        if name:
            folders.name(" ".join(name.split()))
