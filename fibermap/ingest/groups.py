"""Groups: the features of one layer, one folder and one kind of geometry, which share a role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

MOST_GROUPS = 2_000
"""With more folders than this the paths are cut, innermost folder first, until there are fewer groups."""


class Role(StrEnum):
    """What a group of features is to the plan."""

    ADDRESSES = "addresses"
    COVERAGE = "coverage"
    EXCLUSION = "exclusion"
    NETWORK_LINES = "network_lines"
    NETWORK_POINTS = "network_points"
    BARRIER = "barrier"
    BOUNDARY = "boundary"
    BUILDING = "building"
    PARCEL = "parcel"
    CONTEXT = "context"


class GeometryKind(StrEnum):
    """The dimension of a geometry; a collection counts as its largest part, ``NONE`` is no geometry at all."""

    POINT = "point"
    LINE = "line"
    AREA = "area"
    NONE = "none"


_KIND_OF_DIMENSION = (GeometryKind.NONE, GeometryKind.POINT, GeometryKind.LINE, GeometryKind.AREA)


class Mark(StrEnum):
    """Features that say of themselves that they are not like the rest of their folder."""

    NONE = ""
    EXCLUSION = "exclusion"
    HIGHWAY = "highway"


@dataclass(frozen=True, slots=True, order=True)
class Selector:
    """Which features are meant.

    Attributes
    ----------
    layer
        The layer's name; ``None`` is any layer.
    folder
        Path of folders, outermost first, that the feature's own path begins with.
    geometry
        The kind of geometry; ``None`` is any.
    mark
        The mark of the features; ``None`` is any.
    """

    layer: str | None = None
    folder: tuple[str, ...] = ()
    geometry: GeometryKind | None = None
    mark: Mark | None = None

    def covers(self, other: Selector) -> bool:
        """Tell whether everything that ``other`` selects is selected here too."""
        return (
            self.layer in (None, other.layer)
            and self.folder == other.folder[: len(self.folder)]
            and self.geometry in (None, other.geometry)
            and self.mark in (None, other.mark)
        )

    def __str__(self) -> str:
        place = " / ".join((self.layer or "every layer", *self.folder))
        kind = f", {self.geometry} features" if self.geometry else ""
        return f"{place}{kind}{f' marked {self.mark}' if self.mark else ''}"


EVERYTHING = Selector()
"""Covers every feature."""


@dataclass(frozen=True, slots=True)
class Group:
    """A selector and the positions of its rows in the table, ascending."""

    selector: Selector
    rows: npt.NDArray[np.int64]


def split_into_groups(table: pa.Table) -> list[Group]:
    """Split a feature table so that every row is in exactly one group, groups in order of their first row.

    Parameters
    ----------
    table
        Columns of ``FEATURE_SCHEMA``; geometry is WKB, longitude first.
    """
    if table.num_rows == 0:
        return []
    kinds = geometry_kinds(table)
    marks = _marks(table, kinds)
    layers, layer_code = _encode(table.column("layer"))
    folders, folder_code = _folder_codes(table, others=len(layers) * 4)
    code = ((folder_code * len(layers) + layer_code) * 4 + kinds) * len(Mark) + marks
    order = np.argsort(code, kind="stable")
    bounds = np.flatnonzero(np.diff(code[order], prepend=-1))
    groups = []
    for rows in np.split(order, bounds[1:]):
        first = rows[0]
        selector = Selector(
            layers[layer_code[first]],
            folders[folder_code[first]],
            _KIND_OF_DIMENSION[kinds[first]],
            tuple(Mark)[marks[first]],
        )
        groups.append(Group(selector, rows))
    return sorted(groups, key=lambda group: group.rows[0])


def geometry_kinds(table: pa.Table) -> npt.NDArray[np.int64]:
    """Return for each row 0 for no geometry, 1 point, 2 line, 3 area. Unreadable geometry is none."""
    geometry = shapely.from_wkb(table.column("geometry").to_numpy(zero_copy_only=False), on_invalid="ignore")
    return np.asarray(shapely.get_dimensions(geometry) + 1, dtype=np.int64)


def rows_by_selector(table: pa.Table, selectors: Sequence[Selector]) -> npt.NDArray[np.int64]:
    """Return for each row the index of the narrowest selector that covers it, or -1.

    Narrowest is the longest folder path, then the first listed.
    """
    by_width = sorted(range(len(selectors)), key=lambda index: -len(selectors[index].folder))
    found = np.full(table.num_rows, -1, dtype=np.int64)
    for group in split_into_groups(table):
        found[group.rows] = next((i for i in by_width if selectors[i].covers(group.selector)), -1)
    return found


def _encode(column: pa.ChunkedArray) -> tuple[list[Any], npt.NDArray[np.int64]]:
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _folder_codes(table: pa.Table, others: int) -> tuple[list[tuple[str, ...]], npt.NDArray[np.int64]]:
    """Return the distinct folder paths, cut where there are too many, and the position of each row's path."""
    joined = pc.binary_join(table.column("folder").combine_chunks(), "\x1f")
    texts, codes = _encode(pa.chunked_array([joined]))
    paths = [tuple(text.split("\x1f")) if text else () for text in texts]
    limit = max(1, MOST_GROUPS // others)
    for cut in _shorter(paths):
        if len(set(cut)) <= limit:
            break
    distinct: Mapping[tuple[str, ...], int] = {path: code for code, path in enumerate(dict.fromkeys(cut))}
    return list(distinct), np.array([distinct[path] for path in cut], dtype=np.int64)[codes]


def _shorter(paths: list[tuple[str, ...]]) -> Iterator[list[tuple[str, ...]]]:
    deepest = max((len(path) for path in paths), default=0)
    for depth in range(deepest, -1, -1):
        yield [path[:depth] for path in paths]


_EXCLUSION = (
    r"(?:exclusion|exclude|excluded|do not serve|do not build|no[ -]build|no service|refused easement|easement refused)"
)
_EXCLUSION_NAME = rf"(?i)^\W*{_EXCLUSION}\b"
_EXCLUSION_FIELD = rf'(?i)"(?:type|category|class|kind|area_?type|zone_?type)":"\s*{_EXCLUSION}\b'
_HIGHWAY_FIELD = (
    r'(?i)"[^"]*(?:class|type|highway|funct|fcode)[^"]*":"\s*(?:interstate|freeway|motorway|expressway|us highway)\b'
)


def _marks(table: pa.Table, kinds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the position in :class:`Mark` for each row: from its name, or from a field that tells types apart."""
    excluded = pc.or_(
        pc.fill_null(pc.match_substring_regex(table.column("name"), _EXCLUSION_NAME), False),
        pc.match_substring_regex(table.column("attributes"), _EXCLUSION_FIELD),
    ).to_numpy()
    highway = pc.match_substring_regex(table.column("attributes"), _HIGHWAY_FIELD).to_numpy()
    marks = np.zeros(table.num_rows, dtype=np.int64)
    marks[excluded & (kinds == 3)] = 1
    marks[highway & (kinds == 2)] = 2
    return marks
