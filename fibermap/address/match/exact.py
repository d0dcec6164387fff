"""Many canonical addresses at once: what the careful way would answer `matched` at first sight, found set by set.

A text that begins with a plain house number is that number and what stands around it. The surroundings of many texts
are alike, so each is read and judged once: its ZIP and city are known, its street is there as typed, and so may be
streets of which it is a shorter spelling. Then the house numbers of all texts are looked up together. Only one that a
single building has, in the typed ZIP and city, and with the typed unit, is taken; everything else is left to the
careful way.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fibermap.address.match.area import Area
from fibermap.address.match.gazetteer import Gazetteer
from fibermap.address.match.question import Question, question_of
from fibermap.address.match.reading import Reader, part_number
from fibermap.address.match.search import Segment
from fibermap.address.model import Note

NOT_FOUND = -1
_UNKNOWN = -1

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Settled(NamedTuple):
    """Where each of many texts leads: shape ``(n,)``, segment and row, `NOT_FOUND` where the careful way is needed."""

    segment: Ints
    row: Ints


class _Around(NamedTuple):
    """What stands around a house number, as one segment numbers it; 0: not typed, -1: not there.

    ``alike`` are the streets that may be meant as well, where there are any; None: the street as typed and no other.
    """

    street: int
    zip: int
    city: int
    state: int
    unit: int
    alike: tuple[int, ...] | None


class ExactPass:
    """Settles the plainest of many texts.

    Parameters
    ----------
    segments, area, read
        Those of the matcher whose answers these are.
    """

    def __init__(self, segments: Sequence[Segment], area: Area, read: Reader) -> None:
        self._segments = tuple(segments)
        self._area, self._read = area, read
        self._sites = [_Sites(segment) for segment in segments]
        self._around = lru_cache(maxsize=1 << 17)(self._read_around)

    def __call__(self, texts: Sequence[str]) -> Settled:
        """Return where the texts lead that are found at first sight."""
        rests: dict[str, int] = {"": 0}
        numbers, at = [], []
        for text in texts:
            number, rest = part_number(text)
            numbers.append(number)
            at.append(rests.setdefault(rest, len(rests)))
        around = [self._around(rest) for rest in rests]
        return self._find(np.array(numbers, dtype=np.int64), around, np.array(at, dtype=np.intp))

    def _find(self, numbers: Ints, around: Sequence[tuple[_Around, ...]], at: npt.NDArray[np.intp]) -> Settled:
        """Look numbers up; ``at`` tells which of ``around`` stands around each."""
        count = np.zeros(len(numbers), dtype=np.int64)
        segment, row = (np.full(len(numbers), NOT_FOUND, dtype=np.int64) for _ in range(2))
        for index, sites in enumerate(self._sites):
            here = [each[index] for each in around]
            ids = np.array([each[:5] for each in here], dtype=np.int64)[at]
            has_others = np.array([each.alike is not None for each in here])[at]
            text, site = sites.numbered(ids[:, 0], numbers)
            may_be, fits = sites.compare(site, ids[text])
            may_be &= sites.is_plain[site] | has_others[text]
            count += np.bincount(text[may_be], minlength=len(numbers))
            count += self._others(sites, here, numbers, at, ids)
            text, found = text[fits], sites.row_of(site[fits], ids[text[fits], 4])
            segment[text], row[text] = index, found
        sure = (count == 1) & (row != NOT_FOUND)
        return Settled(np.where(sure, segment, NOT_FOUND), np.where(sure, row, NOT_FOUND))

    @staticmethod
    def _others(
        sites: _Sites, around: Sequence[_Around], numbers: Ints, at: npt.NDArray[np.intp], ids: Ints
    ) -> npt.NDArray[np.intp]:
        """Return of each text how many sites it may mean on streets that are not the typed one."""
        alike = [each.alike or () for each in around]
        many = np.array([len(each) for each in alike], dtype=np.intp)
        streets = np.array([street for each in alike for street in each], dtype=np.int64)
        text, nth = _expanded((np.cumsum(many) - many)[at], many[at])
        pair, site = sites.numbered(streets[nth], numbers[text])
        may_be, _ = sites.compare(site, ids[text[pair]])
        return np.bincount(text[pair[may_be]], minlength=len(numbers))

    def _read_around(self, rest: str) -> tuple[_Around, ...]:
        """Read what stands around a house number, once for all that stand in it."""
        parsed = self._read.around(rest)
        if parsed is None or Note.NOT_A_SERVICE_ADDRESS in parsed.notes:
            return (_HOPELESS,) * len(self._segments)
        asked = question_of(parsed.parts)
        if not self._is_plain(asked):
            return (_HOPELESS,) * len(self._segments)
        has_others = not all(_is_only_reading(segment.gazetteer, asked) for segment in self._segments)
        return tuple(_around_in(segment.gazetteer, asked, has_others=has_others) for segment in self._segments)

    def _is_plain(self, asked: Question) -> bool:
        """Whether nothing but a house number is left to look up."""
        if not asked.key or not asked.zip or asked.shape.route or self._area.is_outside(asked):
            return False
        return not asked.city or asked.city in self._area.cities


_HOPELESS = _Around(_UNKNOWN, _UNKNOWN, _UNKNOWN, _UNKNOWN, _UNKNOWN, None)


def _is_only_reading(gazetteer: Gazetteer, asked: Question) -> bool:
    street = gazetteer.street_ids.get(asked.key)
    if street is None:
        return not any(gazetteer.has_name(shape.name) for shape in asked.shapes)
    return not gazetteer.street_open[street]


def _around_in(gazetteer: Gazetteer, asked: Question, *, has_others: bool) -> _Around:
    street = gazetteer.street_ids.get(asked.key, _UNKNOWN)
    others = {each for shape in asked.shapes for each in gazetteer.streets_called(shape.name)} if has_others else set()
    return _Around(
        street,
        gazetteer.zip_ids.get(asked.zip, _UNKNOWN),
        gazetteer.city_ids.get(asked.city, _UNKNOWN) if asked.city else 0,
        gazetteer.state_ids.get(asked.state, _UNKNOWN) if asked.state else 0,
        gazetteer.unit_ids.get(asked.unit, _UNKNOWN) if asked.unit else 0,
        tuple(others - {street}) if has_others else None,
    )


class _Sites:
    """The valid sites of a segment, to be looked up many at a time.

    Attributes
    ----------
    is_plain
        Shape ``(sites,)``: whether the house number is digits and nothing else.
    """

    def __init__(self, segment: Segment) -> None:
        gazetteer = self._gazetteer = segment.gazetteer
        site = np.repeat(np.arange(len(gazetteer.site_street)), np.diff(gazetteer.site_start))
        row = np.asarray(gazetteer.site_row)
        if segment.gone is not None:
            holds = ~segment.gone[row]
            site, row = site[holds], row[holds]
        self._rows = np.bincount(site, minlength=len(gazetteer.site_street))
        self._row, self._unit_code = row, _pair(site, gazetteer.row_unit[row])
        self.is_plain = gazetteer.is_plainly_numbered
        self._is_own = self.is_plain & ~gazetteer.site_alias
        there = np.flatnonzero(self._rows)
        inside = self._rows[gazetteer.cover_site] > 0
        ranges, number = gazetteer.cover_site[inside], gazetteer.cover_code[inside] & 0xFFFFFFFF
        site = np.concatenate([there, ranges])
        code = _pair(gazetteer.site_street[site], np.concatenate([gazetteer.site_number[there], number]))
        order = np.argsort(code, kind="stable")
        self._site: npt.NDArray[np.intp] = site[order]
        self._code = code[order]

    def numbered(self, street: Ints, number: Ints) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Return every pair of a question and a site on its street with its number, as two arrays."""
        code = _pair(street, number)
        first = np.searchsorted(self._code, code)
        count = np.searchsorted(self._code, code, side="right") - first
        question, at = _expanded(first, count)
        return question, self._site[at]

    def compare(self, site: npt.NDArray[np.intp], ids: Ints) -> tuple[Mask, Mask]:
        """Return for pairs whether the site may be meant at all, and whether it lies exactly where was typed."""
        all_of = self._gazetteer
        _, zip_id, city, state, _ = ids.T
        in_zip, there = all_of.site_zip[site] == zip_id, all_of.site_state[site]
        in_city = (all_of.site_city[site] == city) & (city > 0)
        in_state = (state == 0) | (there == 0) | (there == state)
        return in_zip | in_city, in_zip & (in_city | (city == 0)) & in_state & self._is_own[site]

    def row_of(self, site: npt.NDArray[np.intp], unit: Ints) -> Ints:
        """Return the only row of each site with a unit, `NOT_FOUND` where there is a choice."""
        code = _pair(site, unit)
        first = np.searchsorted(self._unit_code, code)
        is_one = np.searchsorted(self._unit_code, code, side="right") - first == 1
        row = self._row[np.where(is_one, first, 0)] if len(self._row) else np.zeros(len(site), dtype=np.int64)
        is_whole = (self._rows[site] == 1) & (self._gazetteer.row_units[row] <= 1)
        return np.where(is_one & ((unit != 0) | is_whole), row, NOT_FOUND).astype(np.int64)


def _expanded(
    first: npt.NDArray[np.intp], count: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return every pair of an index and a position in the run that begins at ``first`` of it, as two arrays."""
    index = np.repeat(np.arange(len(count)), count)
    return index, np.arange(len(index)) - np.repeat(np.cumsum(count) - count - first, count)


def _pair(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> Ints:
    """Return one sortable number for two, the second of which may be -1."""
    return (np.asarray(first, dtype=np.int64) << 32) + np.asarray(second, dtype=np.int64) + 1
