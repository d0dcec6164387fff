"""What stands at a number: units in all their spellings, ranges, letters, second names, two cities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from tests.address.match.country.register import House
from tests.address.match.country.roads import road, roads
from tests.address.match.country.style import Style, plain, towns

_DESIGNATED = (("Apt", "{}{}"), ("Unit", "{}0{}"), ("Ste", "{}0{}"), ("Lot", "{}{}"), ("Spc", "{}{}"), ("Trlr", "{}{}"))


def _units(house: House, random: Random) -> Iterator[House]:
    """Make a building of units, some with an address of its own and some without."""
    designator, form = random.choice(_DESIGNATED)
    if random.random() < 0.6:
        yield house
    letters = random.random() < 0.4
    for floor in (1, 2):
        for door in ("A", "B", "C") if letters else (1, 2, 3):
            yield replace(house, unit=f"{designator} {form.format(floor, door)}")


def _counted(house: House, random: Random) -> Iterator[House]:
    yield replace(house, units=random.choice((2, 4, 12, 24)))


def _range(house: House, random: Random) -> Iterator[House]:
    """Make a range of four to eight numbers on one side; some end with fewer digits."""
    first = int(house.number)
    last = first + random.choice((4, 6, 8))
    covers = frozenset(str(number) for number in range(first, last + 1, 2))
    yield replace(house, number=f"{first}-{last}", covers=covers)


def _lettered(random: Random) -> str:
    return f"{random.randint(1, 30)}{random.choice(('A', 'B', ''))}"


def _parted(number: str, random: Random) -> str:
    """Write 12B small or with a hyphen."""
    return random.choice((number, number.lower(), re.sub(r"(\d)([AB])", r"\1-\2", number)))


def _alias(house: House, random: Random) -> Iterator[House]:
    yield replace(house, alias=_ALIASES.get(house.road.name))


_ALIASES = {
    "M L King": road("Haines|St"),
    "86": road("W|Main|St"),
    "Cesar Chavez": road("1st|St"),
    "Lamar": road("|Loop|275||"),
    "Veterans": road("Old Mill|Rd"),
}

BUILDINGS = (
    Style(
        "units",
        towns("Miami FL 33155", "Cambridge MA 02139", "Bend OR 97701"),
        roads("Mills|Dr, N|Harvard|St, Beacon|St, Kendall|Sq, ||Colorado|Ave|NE, Riverside|Ter"),
        plain(10, 8999),
        dress=_units,
    ),
    Style(
        "units known by count",
        towns("Denver CO 80203", "Richmond VA 23220"),
        roads("Logan|St, Grant|St, W|Grace|St, E|Grace|St, Monument|Ave, Emerson|St"),
        plain(100, 2999),
        dress=_counted,
    ),
    Style(
        "ranges",
        towns("Albany NY 12207", "Portland ME 04101"),
        roads("State|St, Congress|St, Pearl|St, Hudson|Ave, N|Lark|St, S|Lark|St"),
        lambda random: str(random.randint(5, 90) * 12),
        dress=_range,
    ),
    Style(
        "letters in numbers",
        towns("Nantucket MA 02554", "Burlington VT 05401"),
        roads("Washington|St, Pleasant|St, Orange|St, Mill|St, Union|St"),
        _lettered,
        _parted,
    ),
    Style(
        "second names",
        towns("Sherman TX 75090", "Bozeman MT 59715"),
        roads("M L King|Blvd, |State Hwy|86||, Cesar Chavez|St, N|Lamar|Blvd, Veterans|Pkwy, Durston|Rd"),
        plain(100, 4999),
        dress=_alias,
    ),
    Style(
        "postal and actual city",
        towns("Doral FL 33178|Miami", "Unincorporated Ada ID 83709|Boise", "Lake Oswego OR 97035|Portland"),
        roads("||36th|St|NW, Overland|Rd, Kruse|Way, S|Cole|Rd, Boones Ferry|Rd, Carman|Dr"),
        plain(1000, 11999),
    ),
)
