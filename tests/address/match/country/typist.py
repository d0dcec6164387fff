"""How people type what they mean: spelled out or short, in capitals, without commas, with a slip of the finger."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from tests.address.match.country.register import Said
from tests.address.match.country.roads import DIRECTIONS, LEADS, TYPES, Road, spellings

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NAMES = spellings("""
Saint: St, St.
Mount: Mt, Mt.
Fort: Ft, Ft.
1st: First, 1
2nd: Second
3rd: Third, 3
5th: Fifth, 5
10th: Tenth
21st: Twenty First, Twenty-First
34th: 34, Thirty Fourth
Cañada: Canada
Peña: Pena
Kalākaua: Kalakaua
Cañón: Canon
Kapiʻolani: Kapiolani, Kapi'olani
Núñez: Nunez
Alegría: Alegria
O'Brien: OBrien, O’Brien
McDonald: Mc Donald, MCDONALD
Zoë: Zoe
""")
"""Words of names that have more than one spelling; the first is how the generator writes it."""
UNITS = spellings("""
Apt: Apt {}, Apartment {}, apt. {}, #{}, # {}, Unit {}, Apt #{}, Apt{}, No. {}
Ste: Ste {}, Suite {}, STE. {}, #{}, Suite #{}
Unit: Unit {}, unit {}, #{}, Unit #{}, Unit# {}
Lot: Lot {}, LOT {}, Lot #{}, #{}
Spc: Spc {}, Space {}, Sp {}, #{}
Trlr: Trlr {}, Trailer {}, #{}
""")
"""How a unit with a designator is typed."""
BUSINESSES = ("Joe's Pizza", "Elk Ridge Apartments", "ACME Corp", "St Mary's Church", "The Corner Store", "Café Olé")


class Typist:
    """Spells what somebody means, the same for the same seed."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def plain(self, asked: Said) -> str:
        """Write it as the county does."""
        return self._line(asked.ahead, f"{asked.number} {asked.road.words}", asked.unit, asked)

    def spelled(self, asked: Said, number: str) -> str:
        """Write it in other words for the same."""
        return self._line(asked.ahead, f"{number} {self.street(asked.road)}", self._unit(asked.unit), asked)

    def loud(self, asked: Said) -> str:
        """Write it in capitals."""
        return self.plain(asked).upper()

    def quiet(self, asked: Said) -> str:
        """Write it in small letters."""
        return self.plain(asked).lower()

    def loose(self, asked: Said) -> str:
        """Write it with more spaces than needed, and the country."""
        return f"  {self.plain(asked).replace(' ', '  ')} , USA "

    def broken(self, asked: Said) -> str:
        """Write it on two lines."""
        return self.plain(asked).replace(", ", "\n", 1)

    def unpunctuated(self, asked: Said) -> str:
        """Write it without commas."""
        return self.plain(asked).replace(",", "")

    def business(self, asked: Said) -> str:
        """Write a name in front."""
        return f"{self._random.choice(BUSINESSES)}, {self.plain(asked)}"

    def backwards(self, asked: Said) -> str:
        """Write the number behind the street."""
        return self._line(asked.ahead, f"{asked.road.words} {asked.number}", asked.unit, asked)

    def slipped(self, name: str) -> str:
        """Put one letter of a name wrong: left out, doubled, exchanged or turned around with the next."""
        at = self._random.randrange(1, len(name) - 1)
        return self._random.choice(
            (
                name[:at] + name[at + 1 :],
                name[:at] + name[at] + name[at:],
                name[:at] + self._random.choice(LETTERS) + name[at + 1 :],
                name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            )
        )

    def street(self, road: Road) -> str:
        """Spell a street in another way."""
        said = [self._other(table, text) for table, text in zip(_TABLES, road, strict=True)]
        return " ".join(word for word in said if word)

    def _other(self, table: Mapping[str, tuple[str, ...]], text: str) -> str:
        if text in table:
            return self._random.choice((text, *table[text]))
        words = [self._random.choice((word, *NAMES.get(word, ()))) for word in text.split()]
        return " ".join(words)

    def _unit(self, unit: str) -> str:
        designator, _, identifier = unit.rpartition(" ")
        return self._random.choice(UNITS[designator]).format(identifier) if designator in UNITS else unit

    @staticmethod
    def _line(ahead: str, street: str, unit: str, asked: Said) -> str:
        state = " ".join(word for word in (asked.state, asked.zip) if word)
        delivery = f"{street} {unit}" if unit else street
        return ", ".join(part for part in (ahead, delivery, asked.city, state) if part)


_NO_OTHER: Mapping[str, tuple[str, ...]] = {}
_TABLES = (DIRECTIONS, LEADS, _NO_OTHER, TYPES, DIRECTIONS)
