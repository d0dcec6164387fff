"""Which of many regions an address lies in: by one attribute each, and by one R-tree for the polygons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable

import shapely

from fibermap.order.ground import Ground
from fibermap.order.region import Attributes, Region

_EVERYWHERE: tuple[str, Hashable] = ("everywhere", None)


class RegionIndex:
    """Regions, each once, ready to be asked for places. Immutable; may serve many threads.

    Attributes
    ----------
    numbers
        The number of each region, by which `around` speaks of it.
    """

    def __init__(self, regions: Iterable[Region]) -> None:
        distinct = list(dict.fromkeys(regions))
        self.numbers = {region: number for number, region in enumerate(distinct)}
        self._attributes = [Attributes(region) for region in distinct]
        self._by_key: dict[tuple[str, Hashable], list[int]] = defaultdict(list)
        self._drawn = {number for region, number in self.numbers.items() if region.shape is not None}
        self._drawn_numbers = sorted(self._drawn)
        shapes = [distinct[number].geometry() for number in self._drawn_numbers]
        shapely.prepare(shapes)
        self._tree = shapely.STRtree(shapes)
        for region, number in self.numbers.items():
            for key in _keys_of(region):
                self._by_key[key].append(number)

    def around(self, ground: Ground) -> frozenset[int]:
        """Return the numbers of the regions that an address lies in."""
        covering = self._covering(ground)
        found = set()
        for key in (_EVERYWHERE, *((name, value_of(ground)) for name, value_of in _ASKED)):
            for number in self._by_key.get(key, ()):
                if (number not in self._drawn or number in covering) and self._attributes[number].hold(ground):
                    found.add(number)
        return frozenset(found)

    def _covering(self, ground: Ground) -> set[int]:
        if not self._drawn_numbers or ground.lon is None or ground.lat is None:
            return set()
        rows = self._tree.query(shapely.Point(ground.lon, ground.lat), predicate="intersects")
        return {self._drawn_numbers[row] for row in rows.tolist()}


_ASKED: tuple[tuple[str, Callable[[Ground], Hashable]], ...] = (
    ("location", lambda ground: ground.location_id),
    ("zip", lambda ground: None if ground.zip is None else ground.zip.casefold()),
    ("city", lambda ground: None if ground.city is None else ground.city.casefold()),
    ("phase", lambda ground: ground.phase),
)
"""The attributes by which regions are found, the most telling first."""


def _keys_of(region: Region) -> list[tuple[str, Hashable]]:
    """Return the values of the most telling attribute that a region names: only where one is met can it hold."""
    values: dict[str, Iterable[Hashable]] = {
        "location": region.location_ids,
        "zip": map(str.casefold, region.zips),
        "city": map(str.casefold, region.cities),
        "phase": region.phases,
    }
    for name, _ in _ASKED:
        if keys := [(name, value) for value in dict.fromkeys(values[name])]:
            return list(keys)
    return [_EVERYWHERE]
