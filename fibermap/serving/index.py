"""The index in memory: immutable books of addresses, newest first, and the plan. Lookups by id, building and place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fibermap.address.match import Gazetteer, Matcher, Place, Segment
from fibermap.kernel.errors import Code, NotFound
from fibermap.serving.build import MATCH
from fibermap.serving.columns import Columns, Group, rows_of
from fibermap.serving.grid import Grid
from fibermap.serving.index_file import Contents, read_index_file
from fibermap.serving.offer import Offers, Shared
from fibermap.serving.planned import Planned

Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_OF_EVERY_CHECK = ("verdicts", "flags", "holds", "records")
_GROUPS = (*_OF_EVERY_CHECK, "corrections", "changes")


IDENTITY = ("address_id", "location_id", "fcc_location_id", "full_address", "lon", "lat")
"""Columns that say which address it is."""
_NAMED = ("address_id", "location_id", "full_address")
_SHARED = tuple(name.rstrip("_") for name in Shared._fields)


class Book:
    """Addresses, sorted by id, and everything that hangs on them.

    Attributes
    ----------
    verdicts, drop_m
        Read a row of the group ``verdicts``, as `Shared` has it, and its drop.
    identity, named, id_at
        Read the columns `IDENTITY` of an address, those that name a candidate, and its id, by its row.
    """

    def __init__(self, tables: Mapping[str, pa.Table], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.addresses = Columns(tables["addresses"])
        self.ids: Ids = self.addresses.numbers("address_id")
        self.groups = {name: Group(tables[name]) for name in _GROUPS}
        self.answerable: Mask = self.addresses.numbers("answerable").astype(bool)
        self.verdicts = self.groups["verdicts"].columns.reader(_SHARED)
        self.drop_m = self.groups["verdicts"].columns.reader_of("drop_m")
        self.identity = self.addresses.reader(IDENTITY)
        self.named = self.addresses.reader(_NAMED)
        self.id_at = self.addresses.reader_of("address_id")
        self._firsts = {name: self.groups[name].firsts_of(self.ids) for name in _OF_EVERY_CHECK}
        self._location_id, self._location_row = arrays["location_id"], arrays["location_row"]
        self.grid = Grid(dict(arrays), arrays["lon"], arrays["lat"])

    def rows_of(self, address_ids: Ids) -> npt.NDArray[np.intp]:
        """Return the rows of addresses, -1 where one is not in the book."""
        return rows_of(self.ids, address_ids)

    def row_of(self, address_id: int) -> int:
        """Return the row of an address, -1 where it is not in the book."""
        row = int(self.ids.searchsorted(address_id))
        return row if row < len(self.ids) and self.ids[row] == address_id else -1

    def hanging(self, name: str, row: int) -> range:
        """Return the rows of a group that hang on the address in a row; of a group that every check asks for."""
        return self.groups[name].rows_from(self._firsts[name][row], self.id_at(row))

    def rows_at(self, location_id: int) -> list[int]:
        """Return the rows of a building."""
        begin = int(self._location_id.searchsorted(location_id))
        end = int(self._location_id.searchsorted(location_id, side="right"))
        rows: list[int] = self._location_row[begin:end].tolist()
        return rows


@dataclass(frozen=True)
class Layer:
    """A book as far as it still holds.

    Attributes
    ----------
    old
        Shape ``(rows,)``: rows about which a newer layer knows better, or that are gone; None: none.
    """

    book: Book
    old: Mask | None = None

    def holds(self, row: int) -> bool:
        """Whether a row still holds."""
        return row >= 0 and (self.old is None or not self.old[row])

    def hold(self, rows: npt.NDArray[np.intp]) -> Mask:
        """Whether each of many rows still holds."""
        found = rows >= 0
        return found if self.old is None else found & ~self.old[rows]


@dataclass(frozen=True)
class Words:
    """Addresses for matching: a gazetteer, the id of each of its rows, and the rows that are gone (None: none)."""

    gazetteer: Gazetteer
    ids: Ids
    answerable: Mask
    gone: Mask | None = None

    def segment(self) -> Segment:
        """Return what a matcher takes: without the addresses whose sources do not permit that a check finds them."""
        hidden = None if self.answerable.all() else ~self.answerable
        if hidden is None or self.gone is None:
            return Segment(self.gazetteer, self.gone if hidden is None else hidden)
        return Segment(self.gazetteer, self.gone | hidden)


class At(NamedTuple):
    """Where an address stands: its book and its row there."""

    book: Book
    row: int


@dataclass(frozen=True)
class Index:
    """One state of everything, never changed; whoever asks keeps to one from question to answer.

    Attributes
    ----------
    data_version
        Names the state; grows with every change.
    layers
        The newest last.
    index_id
        Tells the oldest layer from that of any other index, also of the same state.
    """

    data_version: str
    planned: Planned
    layers: tuple[Layer, ...]
    words: tuple[Words, ...] = field(repr=False)
    index_id: str

    @cached_property
    def offers(self) -> Offers:
        """What may be had where addresses stand alike."""
        return Offers(self.planned)

    @cached_property
    def matcher(self) -> Matcher:
        """Matches against the addresses whose sources permit public answers."""
        return Matcher([words.segment() for words in self.words])

    def id_of(self, place: Place) -> int:
        """Return the address that a match means."""
        return int(self.words[place.segment].ids[place.row])

    def find(self, address_id: int) -> At | None:
        """Return where an address stands, None where there is none of that id."""
        for layer in reversed(self.layers):
            row = layer.book.row_of(address_id)
            if layer.holds(row):
                return At(layer.book, row)
        return None

    def at(self, address_id: int) -> At:
        """Return where an address stands, or the one that it was merged into.

        Raises
        ------
        NotFound
            ``address_not_found``.
        """
        found = self.find(self.planned.survivor(address_id))
        if found is None:
            raise NotFound(
                Code.ADDRESS_NOT_FOUND,
                f"There is no address {address_id}.",
                hint="Look it up with `fibermap check` or in an export.",
            )
        return found

    def building(self, location_id: int) -> list[At]:
        """Return the addresses of a building, by id."""
        found = [
            At(layer.book, row) for layer in self.layers for row in layer.book.rows_at(location_id) if layer.holds(row)
        ]
        return sorted(found, key=lambda at: int(at.book.ids[at.row]))

    def near(self, lon: float, lat: float, reach_m: float) -> list[tuple[float, At]]:
        """Return the addresses within some metres on the ground of a place in EPSG:4326, nearest first."""
        found = [
            (away_m, At(layer.book, row))
            for layer in self.layers
            for away_m, row in layer.book.grid.within(lon, lat, reach_m)
            if layer.holds(row)
        ]
        if len(self.layers) == 1:
            return found  # which is by distance and row, and rows are by id
        return sorted(found, key=lambda pair: (pair[0], int(pair[1].book.ids[pair[1].row])))


def load_index(path: Path) -> Index:
    """Map an index file into memory; raises as `fibermap.serving.index_file.read_index_file`."""
    return open_index(read_index_file(path))


def open_index(contents: Contents) -> Index:
    """Return the index of what was built or read."""
    book = Book(contents.tables, contents.arrays)
    return Index(
        contents.about["data_version"],
        Planned(contents.about, contents.tables),
        (Layer(book),),
        (Words(gazetteer_in(contents), book.ids, book.answerable),),
        contents.about["index_id"],
    )


def gazetteer_in(contents: Contents) -> Gazetteer:
    """Return what matches addresses in contents."""
    arrays = {name.removeprefix(MATCH): array for name, array in contents.arrays.items() if name.startswith(MATCH)}
    return Gazetteer.from_arrays(arrays)
