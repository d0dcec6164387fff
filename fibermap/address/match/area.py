"""Which cities, ZIPs and states there are, and how a typed place agrees with one that is there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from fibermap.address.match.compare import Faults, fault
from fibermap.address.match.gazetteer import Gazetteer
from fibermap.address.match.model import FaultCode
from fibermap.address.match.question import Question

_SHORTEST = 4


class Area:
    """The places of all segments."""

    def __init__(self, gazetteers: Sequence[Gazetteer]) -> None:
        self.zips = frozenset(text for each in gazetteers for text in each.zip_ids if text)
        self.cities = frozenset(text for each in gazetteers for text in each.city_ids if text)
        self.states = frozenset(text for each in gazetteers for text in each.states)
        self._pairs = frozenset(pair for each in gazetteers for pair in each.zip_cities())
        self._sorted = sorted(self.cities)
        self.cities_like = lru_cache(maxsize=1 << 14)(self._cities_like)

    def _cities_like(self, city: str) -> frozenset[str]:
        """Return the cities that a typed one may stand for: itself, else those one slip away, else two."""
        if city in self.cities or len(city) < _SHORTEST:
            return frozenset({city}) & self.cities
        most = 1 if len(city) < 6 else 2
        near = process.extract(city, self._sorted, scorer=OSA.distance, score_cutoff=most, limit=None)
        least = min((slips for _, slips, _ in near), default=0)
        return frozenset(name for name, slips, _ in near if slips == least)

    def is_outside(self, asked: Question) -> bool:
        """Whether the typed place is not in the database at all."""
        if asked.state and self.states and asked.state not in self.states:
            return True
        if not asked.says_place:
            return False
        return asked.zip not in self.zips and not (asked.city and self.cities_like(asked.city))

    def agrees(self, asked: Question, zip5: str, city: str, state: str) -> bool:
        """Whether an address may lie in the typed place: in its ZIP, or in its city and state."""
        if asked.state and state and asked.state != state and asked.zip != zip5:
            return False
        if not asked.says_place or (zip5 and asked.zip == zip5):
            return True
        return bool(city and asked.city and city in self.cities_like(asked.city))

    def compare(self, asked: Question, zip5: str, city: str, state: str) -> Faults | None:
        """Return how a typed place differs from the place of an address, or None where it is another place."""
        if not self.agrees(asked, zip5, city, state):
            return None
        if not asked.says_place:
            faults: Faults = (fault("place", FaultCode.PLACE_MISSING, None, city or zip5),)
        elif asked.zip and asked.zip == zip5:
            faults = self._city_in_zip(asked, zip5, city)
        else:
            faults = self._zip_in_city(asked, zip5, city)
        if asked.state and state and asked.state != state:
            faults += (fault("state", FaultCode.STATE_DIFFERS, asked.state, state),)
        return faults

    def _city_in_zip(self, asked: Question, zip5: str, city: str) -> Faults:
        if not asked.city or asked.city == city:
            return ()
        like = self.cities_like(asked.city)
        if asked.city not in self.cities:
            code = FaultCode.CITY_SPELLING if city in like else FaultCode.CITY_UNKNOWN
        else:
            shares = (zip5, asked.city) in self._pairs
            code = FaultCode.CITY_DIFFERS if shares else FaultCode.CITY_ELSEWHERE
        return (fault("city", code, asked.city, city),)

    def _zip_in_city(self, asked: Question, zip5: str, city: str) -> Faults:
        faults: Faults = ()
        if asked.city != city:
            faults = (fault("city", FaultCode.CITY_SPELLING, asked.city, city),)
        if asked.zip and zip5:
            return (*faults, fault("zip", FaultCode.ZIP_DIFFERS, asked.zip, zip5))
        return (*faults, fault("zip", FaultCode.ZIP_MISSING, asked.zip, zip5))
