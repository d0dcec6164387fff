"""A style of addresses: where, which roads, how houses are numbered and how people write those numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random

from tests.address.match.country.register import House, Town
from tests.address.match.country.roads import Road

_POOL, _ON_A_ROAD = 10, 6
_DIGITS = re.compile(r"\d+")


def as_is(number: str, _random: Random) -> str:
    """Write a house number as it is."""
    return number


def alone(house: House, _random: Random) -> Iterable[House]:
    """Leave a house as it is."""
    return (house,)


@dataclass(frozen=True)
class Style:
    """One style.

    Attributes
    ----------
    number
        Makes a house number. The roads of a town draw from one pool, so that twins share numbers.
    spell
        Writes a house number in another way that people use.
    dress
        Makes of a house what is there: a building with units, a house with a second name.
    """

    name: str
    towns: tuple[Town, ...]
    roads: tuple[Road, ...]
    number: Callable[[Random], str]
    spell: Callable[[str, Random], str] = as_is
    dress: Callable[[House, Random], Iterable[House]] = alone

    def houses(self, random: Random) -> Iterator[House]:
        """Yield the addresses of this style."""
        for town in self.towns:
            pool = sorted({self.number(random) for _ in range(_POOL)})
            for road in self.roads:
                for number in random.sample(pool, min(_ON_A_ROAD, len(pool))):
                    yield from self.dress(House(self.name, number, road, town), random)


def plain(low: int, high: int) -> Callable[[Random], str]:
    """Number houses from ``low`` to ``high``."""
    return lambda random: str(random.randint(low, high))


def towns(*lines: str) -> tuple[Town, ...]:
    """Read towns: ``Provo UT 84601``; behind a bar another city of the same mail."""
    found = []
    for line in lines:
        place, _, also = line.partition("|")
        city, state, zip5 = place.rsplit(" ", 2)
        found.append(Town(city, state, zip5, also))
    return tuple(found)


def moved(number: str, random: Random) -> str:
    """Return another house number near by, written in the same way."""
    runs = list(_DIGITS.finditer(number.removesuffix(" 1/2")))
    run = runs[-1]
    digits = run.group()
    if len(digits) > 2 and digits[-1] != digits[-2] and random.random() < 0.5:
        other = digits[:-2] + digits[-1] + digits[-2]
    else:
        other = str(int(digits) + random.choice((1, 2, 4, 6, 10))).zfill(len(digits))
    return number[: run.start()] + other + number[run.end() :]
