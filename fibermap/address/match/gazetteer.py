"""All addresses in arrays, ready for matching: streets, house numbers on them, units in them, and ways to find them.

A *site* is a house number on a street in a place: what the units of one building share. Sites are sorted by street and
number, so that a street's numbers lie in a row. Nothing here refers to a database, and every array may be mapped from a
file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rapidfuzz import process
from rapidfuzz.distance import OSA

from fibermap.address.match.compare import MOST_SLIPS
from fibermap.address.match.shape import Shape, letters_of, shape_of, spelled_out
from fibermap.address.match.similar import SimilarNames
from fibermap.address.match.texts import Texts

Ints = npt.NDArray[np.int32]

_TEXTS = ("streets", "names", "numbers", "zips", "cities", "states", "units", "spellings", "typeahead")


class Gazetteer:
    """Addresses for matching. Immutable; one instance may serve many threads.

    Parameters
    ----------
    arrays
        What `arrays` of another gazetteer returned; read-only and memory-mapped arrays will do.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        arrays = {name: array.view(np.ndarray) for name, array in arrays.items()}  # a memmap reads ten times slower
        self._arrays = arrays
        self.site_street: Ints = arrays["site_street"]
        self.site_number: Ints = arrays["site_number"]
        self.site_number_text: Ints = arrays["site_number_text"]
        self.site_zip: Ints = arrays["site_zip"]
        self.site_city: Ints = arrays["site_city"]
        self.site_alias = arrays["site_alias"]
        self.site_start = arrays["site_start"]
        self.site_row: Ints = arrays["site_row"]
        self.street_start = arrays["street_start"]
        self.street_name: Ints = arrays["street_name"]
        self.name_street: Ints = arrays["name_street"]
        self.name_start = arrays["name_start"]
        self.street_open = arrays["street_open"]
        self.site_state = arrays["site_state"]
        self.row_spelling: Ints = arrays["row_spelling"]
        self.row_unit: Ints = arrays["row_unit"]
        self.row_units: Ints = arrays["row_units"]
        self.by_zip, self.zip_sites = arrays["by_zip"], arrays["zip_sites"]
        self.by_city, self.city_sites = arrays["by_city"], arrays["city_sites"]
        self.cover_code, self.cover_site = arrays["cover_code"], arrays["cover_site"]
        self.street_zip, self.street_city = arrays["street_zip"], arrays["street_city"]
        self.similar = SimilarNames(arrays["similar_codes"], arrays["similar_names"])
        self.typeahead_street: Ints = arrays["typeahead_street"]
        self.street_rank: Ints = arrays["street_rank"]
        self.street_rank_bare: Ints = arrays["street_rank_bare"]
        self.shape = lru_cache(maxsize=1 << 16)(self._shape)
        """Return a street's key, taken apart."""
        self._texts = {name: Texts(arrays[f"{name}_blob"], arrays[f"{name}_starts"]) for name in _TEXTS}

    @classmethod
    def build(cls, addresses: pa.Table, aliases: pa.Table | None = None) -> Gazetteer:
        """Index addresses.

        Parameters
        ----------
        addresses
            One row an address, with the names of `fibermap.address.model.AddressParts` from ``number_prefix`` to
            ``zip`` (standardised, NULL where nothing is said), ``address_id`` and ``unit_count``.
        aliases
            Other spellings of street, city or ZIP that the sources of an address carry: ``address_id`` and the same
            fields, without units.
        """
        from fibermap.address.match.building import build_arrays

        return cls(build_arrays(addresses, aliases))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Gazetteer:
        """Return the gazetteer whose `arrays` these are."""
        return cls(arrays)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return everything as plain arrays."""
        return dict(self._arrays)

    def __len__(self) -> int:
        return len(self.row_unit)

    @cached_property
    def street_ids(self) -> dict[str, int]:
        """The id of each street by its key."""
        return {key: index for index, key in enumerate(self._texts["streets"].tolist())}

    @cached_property
    def zip_ids(self) -> dict[str, int]:
        """The id of each ZIP; 0 stands for none."""
        return {text: index for index, text in enumerate(self._texts["zips"].tolist())}

    @cached_property
    def city_ids(self) -> dict[str, int]:
        """The id of each folded city; 0 stands for none."""
        return {text: index for index, text in enumerate(self._texts["cities"].tolist())}

    @cached_property
    def state_ids(self) -> dict[str, int]:
        """The id of each state; 0 stands for none."""
        return {text: index for index, text in enumerate(self._texts["states"].tolist())}

    @cached_property
    def states(self) -> frozenset[str]:
        """The states of all addresses."""
        return frozenset(text for text in self.state_ids if text)

    @cached_property
    def cities(self) -> list[str]:
        """The folded cities, without the empty one."""
        return self._texts["cities"].tolist()[1:]

    @cached_property
    def _name_ids(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self._texts["names"].tolist())}

    @cached_property
    def _letters(self) -> list[str]:
        """Each name as names are compared."""
        return [letters_of(name) for name in self._name_ids]

    def _shape(self, street: int) -> Shape:
        return shape_of(self._texts["streets"][street])

    def street_key(self, street: int) -> str:
        """Return a street's key."""
        return self._texts["streets"][street]

    def number(self, site: int) -> str:
        """Return the house number of a site as it is written."""
        return self._texts["numbers"][int(self.site_number_text[site])]

    @cached_property
    def is_plainly_numbered(self) -> npt.NDArray[np.bool_]:
        """Shape ``(sites,)``: whether a house number is written with its digits and nothing else."""
        texts = self._texts["numbers"].tolist()
        value = np.array([int(text) if text.isdecimal() and text[0] != "0" else -2 for text in texts], dtype=np.int64)
        return np.asarray(value[self.site_number_text] == self.site_number)

    @cached_property
    def _place_texts(self) -> tuple[list[str], list[str], list[str]]:
        """ZIPs, folded cities and states: few, and asked for again and again."""
        return list(self.zip_ids), list(self.city_ids), list(self.state_ids)

    def zip(self, site: int) -> str:
        """Return the ZIP of a site, ``""`` where there is none."""
        return self._place_texts[0][int(self.site_zip[site])]

    def city(self, site: int) -> str:
        """Return the folded city of a site, ``""`` where there is none."""
        return self._place_texts[1][int(self.site_city[site])]

    def state(self, site: int) -> str:
        """Return the state of a site, ``""`` where there is none."""
        return self._place_texts[2][int(self.site_state[site])]

    def zip_cities(self) -> list[tuple[str, str]]:
        """Return every pair of ZIP and folded city that an address has."""
        zips, cities = self._texts["zips"].tolist(), self._texts["cities"].tolist()
        pairs: list[int] = self._arrays["zip_city"].tolist()
        return [(zips[pair >> 32], cities[pair & 0xFFFFFFFF]) for pair in pairs]

    def spelling(self, row: int) -> str:
        """Return the street of an address as its source spells it, standardised but not folded to a key."""
        return self._texts["spellings"][int(self.row_spelling[row])]

    @cached_property
    def spelling_ids(self) -> dict[str, int]:
        """The id of each street as sources spell it."""
        return {text: index for index, text in enumerate(self._texts["spellings"].tolist())}

    def is_spelled_in(self, spelling: int, zip_id: int | None, city_ids: Iterable[int]) -> bool:
        """Whether any address in a ZIP or in one of some cities has this spelling of its street."""
        in_zip = zip_id is not None and _has(self._arrays["spelling_zip"], _pair(spelling, zip_id))
        return in_zip or any(_has(self._arrays["spelling_city"], _pair(spelling, city_id)) for city_id in city_ids)

    def has_name(self, name: str) -> bool:
        """Whether a street anywhere has this name, without direction and type."""
        return name in self._name_ids

    @cached_property
    def unit_ids(self) -> dict[str, int]:
        """The id of each unit's key; 0 stands for none."""
        return {text: index for index, text in enumerate(self._texts["units"].tolist())}

    def rows_of(self, site: int) -> list[int]:
        """Return the rows at a site, those without unit first."""
        begin, end = self.site_start[site], self.site_start[site + 1]
        rows: list[int] = self.site_row[begin:end].tolist()
        return rows

    def sites_on(self, street: int, number: int) -> Sequence[int]:
        """Return the sites of a street whose house number has this number, and the ranges that it is inside of."""
        begin, end = int(self.street_start[street]), int(self.street_start[street + 1])
        numbers = self.site_number[begin:end]
        sites = range(
            begin + int(numbers.searchsorted(number)),
            begin + int(numbers.searchsorted(number, side="right")),
        )
        inside = _run(self.cover_code, self.cover_site, street, number) if len(self.cover_site) else []
        return [*sites, *inside] if inside else sites

    def sites_in_zip(self, number: int, zip_id: int) -> list[int]:
        """Return the sites with a house number in a ZIP."""
        return _run(self.by_zip, self.zip_sites, number, zip_id)

    def sites_in_city(self, number: int, city_id: int) -> list[int]:
        """Return the sites with a house number in a city."""
        return _run(self.by_city, self.city_sites, number, city_id)

    def sites_numbered(self, number: int) -> Ints:
        """Return all sites with a house number."""
        begin, end = np.searchsorted(self.by_zip, (_pair(number, 0), _pair(number + 1, 0)))
        sites: Ints = self.zip_sites[begin:end]
        return sites

    def typeahead(self, begun: str) -> tuple[int, int]:
        """Return which of the sorted streets, spelled out, begin so: from, and up to."""
        return self._texts["typeahead"].beginning(begun)

    def cities_from(self, begun: str) -> list[str]:
        """Return the folded cities that begin so, in order, at most fifty."""
        cities = self._texts["cities"]
        first, last = cities.beginning(begun)
        return [cities[index] for index in range(first, min(last, first + 50))]

    def one_site_a_city(self, street: int) -> list[int]:
        """Return the first site of a street in each of its cities."""
        begin, end = int(self.street_start[street]), int(self.street_start[street + 1])
        _, first = np.unique(self.site_city[begin:end], return_index=True)
        sites: list[int] = (first + begin).tolist()
        return sites

    def neighbours(self, street: int, number: int, most: int) -> list[int]:
        """Return sites of a street with the nearest house numbers."""
        begin, end = int(self.street_start[street]), int(self.street_start[street + 1])
        at = begin + int(self.site_number[begin:end].searchsorted(number))
        first = max(begin, at - most)
        away = np.abs(self.site_number[first : min(end, at + most)] - number)
        near: list[int] = (away.argsort(kind="stable")[:most] + first).tolist()
        return near

    def is_street_in(self, street: int, zip_id: int) -> bool:
        """Whether a street has any address in a ZIP."""
        return _has(self.street_zip, _pair(street, zip_id))

    def streets_in(self, streets: Sequence[int], zip_id: int | None, city_ids: Iterable[int]) -> list[int]:
        """Return those of some streets that have any address in a ZIP or in one of some cities."""
        places = [(self.street_city, city_id) for city_id in city_ids]
        if zip_id is not None:
            places.append((self.street_zip, zip_id))
        first = np.array(streets, dtype=np.int64) << 32
        is_in = np.zeros(len(first), dtype=bool)
        for codes, place in places if len(first) else ():
            at = codes.searchsorted(first | place)
            is_in |= codes.take(at, mode="clip") == first | place
        return [street for street, there in zip(streets, is_in.tolist(), strict=True) if there]

    def streets_called(self, name: str) -> list[int]:
        """Return the streets whose name, without direction and type, is ``name``."""
        found = self._name_ids.get(name)
        return [] if found is None else self._streets_of_name(found)

    def streets_called_alike(self, name: str) -> list[int]:
        """Return the streets whose name may be meant by a misspelled one."""
        near = self._alike(name, self.similar.near(spelled_out(name)))
        return [street for found in near for street in self._streets_of_name(found)]

    def _streets_of_name(self, name: int) -> list[int]:
        streets: list[int] = self.name_street[self.name_start[name] : self.name_start[name + 1]].tolist()
        return streets

    def sites_called(self, sites: Iterable[int], names: Iterable[str], misspelled: str) -> list[int]:
        """Return those of some sites whose street has one of some names, or one that may be meant by ``misspelled``.

        Most sites of a block are on other streets; ``""``: no name is misspelled.
        """
        at = list(sites)
        of_site: list[int] = self.street_name[self.site_street[at]].tolist()
        found = {self._name_ids.get(name) for name in names}
        if misspelled:
            found.update(self._alike(misspelled, set(of_site)))
        return [site for site, name in zip(at, of_site, strict=True) if name in found]

    def _alike(self, name: str, among: Iterable[int]) -> list[int]:
        """Return those of some names that differ from one by few enough slips."""
        others = list(among)
        letters = [self._letters[other] for other in others]
        near = process.extract(letters_of(name), letters, scorer=OSA.distance, score_cutoff=MOST_SLIPS, limit=None)
        return [others[at] for *_, at in near]


def _pair(first: int, second: int) -> int:
    return (first << 32) | second


def _run(codes: npt.NDArray[np.int64], sites: Ints, first: int, second: int) -> list[int]:
    code = _pair(first, second)
    begin, end = codes.searchsorted((code, code + 1))
    found: list[int] = sites[begin:end].tolist()
    return found


def _has(codes: npt.NDArray[np.int64], code: int) -> bool:
    at = int(codes.searchsorted(code))
    return at < len(codes) and int(codes[at]) == code
