"""Questions about houses, and what has to be answered: most clean or noisy, the rest not there or not enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from rapidfuzz.distance import OSA

from tests.address.match.country.register import House, Register, Said, whole
from tests.address.match.country.roads import Road, contrary, shorter
from tests.address.match.country.style import Style, moved
from tests.address.match.country.typist import Typist
from tests.address.match.query_set import Query

_NOWHERE = ("Quillfeather", "Zanderling", "Okemwaha", "Brixleyford", "Tumbrelsea", "Vexhallow")
_Asked = tuple[str, Said]
_Way = Callable[[House], _Asked | None]


class Asking:
    """Asks about the houses of one style, each way in turn, the same for the same seed."""

    def __init__(self, register: Register, style: Style, houses: list[House], random: Random) -> None:
        self._register, self._style, self._houses, self._random = register, style, houses, random
        self._typist = Typist(random)

    def queries(self, count: int) -> Iterator[Query]:
        """Yield so many questions."""
        ways = self._ways()
        made, tried = 0, 0
        while made < count:
            how, ask = ways[tried % len(ways)]
            tried += 1
            asked = ask(self._random.choice(self._houses))
            if asked is not None:
                made += 1
                yield self._query(*asked, how)

    def _ways(self) -> list[tuple[str, _Way]]:
        typist = self._typist
        writers = (typist.plain, typist.loud, typist.quiet, typist.loose, typist.broken, typist.unpunctuated)
        ways: list[tuple[str, _Way]] = [(write.__name__, partial(self._written, write)) for write in writers]
        ways += 2 * [("spelled", partial(self._written, self._spelled))]
        ways += [("business", partial(self._written, typist.business)), ("backwards", self._backwards)]
        ways += [(f"no {part}", partial(self._without, (part,))) for part in ("zip", "city", "state", "unit", "ahead")]
        ways += [("no place", partial(self._without, ("city", "state", "zip")))]
        ways += 2 * [("name slip", self._slip), ("shorter", self._shorter), ("unclear", self._unclear)]
        ways += [("zip slip", self._zip_slip), ("other city name", self._postal), ("alias", self._alias)]
        ways += [("other unit", self._other_unit), ("inside", self._inside), *3 * [("unclear", self._unclear)]]
        ways += 2 * [("other number", self._other_number), ("contrary", self._contrary)]
        ways += [("other street", self._other_street), ("other town", self._other_town), ("half", self._half)]
        return [*ways, ("letter", self._letter), ("slip, other number", self._slip_and_other_number)]

    def _query(self, text: str, asked: Said, how: str) -> Query:
        rows, style = self._register.meant(asked), self._style.name
        if not rows:
            return Query(text, rows, "absent", style, how)
        if self._register.buildings(rows) > 1:
            return Query(text, rows, "ambiguous", style, how)
        needs_unit = not asked.unit and self._register.needs_unit(rows)
        return Query(text, rows, "needs_unit" if needs_unit else "match", style, how)

    def _written(self, write: Callable[[Said], str], house: House) -> _Asked:
        return write(whole(house)), whole(house)

    def _spelled(self, asked: Said) -> str:
        return self._typist.spelled(asked, self._style.spell(asked.number, self._random))

    def _any_way(self, asked: Said) -> _Asked:
        """Write what is meant in any way that leaves nothing out."""
        typist = self._typist
        writers = (typist.plain, typist.loud, typist.quiet, typist.unpunctuated, self._spelled)
        return self._random.choice(writers)(asked), asked

    def _backwards(self, house: House) -> _Asked | None:
        return self._written(self._typist.backwards, house) if house.number.isdigit() and not house.unit else None

    def _without(self, parts: tuple[str, ...], house: House) -> _Asked | None:
        asked = whole(house)
        is_said = any(getattr(asked, part) for part in parts)
        return self._any_way(asked._replace(**dict.fromkeys(parts, ""))) if is_said else None

    def _slipped(self, house: House) -> Road | None:
        """Slip on a key, where no other street of the town is as near to what is then written."""
        name = house.road.name
        if not name.isalpha() or len(name) < 6:
            return None
        slipped = self._typist.slipped(name)
        others = {each for each in self._register.names_in(house.town) if each != name}
        if slipped == name or any(OSA.distance(slipped.upper(), other.upper()) <= 2 for other in others):
            return None
        return house.road._replace(name=slipped)

    def _slip(self, house: House) -> _Asked | None:
        road, asked = self._slipped(house), whole(house)
        return (self._any_way(asked._replace(road=road))[0], asked) if road else None

    def _slip_and_other_number(self, house: House) -> _Asked | None:
        road, asked = self._slipped(house), whole(house)._replace(number=moved(house.number, self._random))
        return (self._any_way(asked._replace(road=road))[0], asked) if road else None

    def _zip_slip(self, house: House) -> _Asked | None:
        zip5 = house.town.zip
        at = self._random.randrange(1, 4)
        slipped = zip5[:at] + zip5[at + 1] + zip5[at] + zip5[at + 2 :]
        return None if slipped == zip5 else self._any_way(whole(house)._replace(zip=slipped))

    def _postal(self, house: House) -> _Asked | None:
        return self._any_way(whole(house)._replace(city=house.town.also)) if house.town.also else None

    def _shorter(self, house: House) -> _Asked | None:
        roads = shorter(house.road)
        return self._on(house, self._random.choice(roads)) if roads else None

    def _unclear(self, house: House) -> _Asked | None:
        """Leave so much out that several houses may be meant, of the first of a few houses that allows it."""
        several = (self._less(each) for each in (house, *self._random.sample(self._houses, 8)))
        return next((asked for asked in several if asked), None)

    def _less(self, house: House) -> _Asked | None:
        asked = whole(house)
        fewer = [asked._replace(road=road) for road in shorter(house.road)]
        fewer += [asked._replace(zip=""), asked._replace(city="", zip=""), asked._replace(ahead="")]
        unclear = [each for each in fewer if self._register.buildings(self._register.meant(each)) > 1]
        return self._any_way(self._random.choice(unclear)) if unclear else None

    def _on(self, house: House, road: Road) -> _Asked:
        return self._any_way(whole(house)._replace(road=road))

    def _other_number(self, house: House) -> _Asked:
        return self._renumbered(house, moved(house.number, self._random))

    def _contrary(self, house: House) -> _Asked | None:
        roads = list(contrary(house.road))
        return self._on(house, self._random.choice(roads)) if roads else None

    def _other_street(self, house: House) -> _Asked:
        name = self._random.choice(_NOWHERE)
        return self._on(house, Road("", "", name, house.road.type or "Rd"))

    def _other_town(self, house: House) -> _Asked:
        town = self._random.choice(self._register.houses).town
        return self._any_way(whole(house)._replace(city=town.city, state=town.state, zip=town.zip, unit="", ahead=""))

    def _half(self, house: House) -> _Asked | None:
        return self._renumbered(house, f"{house.number} 1/2") if house.number.isdigit() else None

    def _letter(self, house: House) -> _Asked | None:
        return self._renumbered(house, f"{house.number}C") if house.number.isdigit() else None

    def _renumbered(self, house: House, number: str) -> _Asked:
        return self._any_way(whole(house)._replace(number=number))

    def _other_unit(self, house: House) -> _Asked:
        designator = house.unit.split(" ")[0] or "Apt"
        return self._any_way(whole(house)._replace(unit=f"{designator} {self._random.choice((3, 9, 77))}"))

    def _alias(self, house: House) -> _Asked | None:
        return self._on(house, house.alias) if house.alias else None

    def _inside(self, house: House) -> _Asked | None:
        return self._renumbered(house, self._random.choice(sorted(house.covers))) if house.covers else None
