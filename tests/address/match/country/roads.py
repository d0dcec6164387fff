"""Roads as the generator knows them: how each may be said in full, in short, and which other road that would be.

Nothing here comes from the library: what is one road and what is another is decided by these few rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple


def spellings(rows: str) -> dict[str, tuple[str, ...]]:
    """Read rows of one spelling, a colon and the others, the first of which is the word in full."""
    pairs = (row.split(": ") for row in rows.strip().splitlines())
    return {first: tuple(others.split(", ")) for first, others in pairs}


DIRECTIONS = spellings("""
N: North, No, N.
S: South, So, S.
E: East, E.
W: West, W.
NE: Northeast, N.E., North East
NW: Northwest, N.W., North West
SE: Southeast, S.E., South East
SW: Southwest, S.W., South West
""")
TYPES = spellings("""
St: Street, St., Str
Ave: Avenue, Av, Ave.
Rd: Road, Rd.
Dr: Drive, Dr.
Blvd: Boulevard, Blvd., Blv
Ln: Lane, Ln.
Ct: Court, Ct.
Pl: Place, Pl.
Cir: Circle, Cir.
Ter: Terrace, Terr
Way: Way
Pkwy: Parkway, Pky
Trl: Trail, Tr
Hwy: Highway, Hwy.
Loop: Loop
Sq: Square
Plz: Plaza
Fwy: Freeway
Run: Run
Cv: Cove
Xing: Crossing
Rdg: Ridge
""")
LEADS = spellings("""
FM: Farm to Market Rd, F.M., FM Road, Farm to Market
RM: Ranch Road, RR, Ranch to Market
US Hwy: US Highway, U.S. Hwy, US, U.S. Highway
CR: County Road, Co Rd, Co. Rd., C.R.
State Hwy: State Highway, Highway, Hwy, St Hwy
State Rte: State Route, Route, SR, Rte
I: Interstate, IH, Interstate Hwy
Ave: Avenue, Av
Loop: Loop
Rd: Road
County Hwy: County Highway, CTH, Co Hwy, County Trunk Highway
Twp Rd: Township Road
Calle: Calle, CALLE
Ave.: Avenida, Ave
Camino: Camino
Paseo: Paseo
Carr: Carretera, Carr., PR
Spur: Spur
CSAH: County State Aid Highway
Via: Via
Rue: Rue
MT Hwy: Montana Highway, Hwy, Highway, State Highway
Avenida: Avenida
Forest Rd: Forest Service Rd, Forest Road
""")
OPPOSITE = {"N": "S", "S": "N", "E": "W", "W": "E", "NE": "SE", "NW": "SW", "SE": "NE", "SW": "NW"}
OTHER_TYPE = {"St": "Ave", "Ave": "St", "Rd": "Ln", "Dr": "Ct", "Ln": "Rd", "Ct": "Dr", "Blvd": "Ave", "Pl": "Ter"}
OTHER_LEAD = {"FM": "CR", "US Hwy": "CR", "CR": "US Hwy", "State Hwy": "CR", "State Rte": "US Hwy", "MT Hwy": "US Hwy"}


class Road(NamedTuple):
    """A road in the words of this generator; the name is written in full."""

    pre: str = ""
    lead: str = ""
    name: str = ""
    type: str = ""
    post: str = ""

    @property
    def words(self) -> str:
        """As a county writes it."""
        return " ".join(word for word in self if word)

    @property
    def is_numbered(self) -> bool:
        """Whether the name is a number or a letter."""
        return self.name[:1].isdigit() or len(self.name) == 1


def road(words: str) -> Road:
    """Read ``N|FM|1960|Rd|W``: the five parts parted by bars; with fewer: pre, name and type; name and type; name."""
    parts = words.split("|")
    if len(parts) == 5:
        return Road(*parts)
    pre = parts.pop(0) if len(parts) == 3 else ""
    return Road(pre, "", *parts)


def roads(text: str) -> tuple[Road, ...]:
    """Read several roads, parted by commas; see `road`."""
    return tuple(map(road, text.split(", ")))


@cache
def said(each: Road) -> str:
    """Return the road in full, one text for whatever is called the same."""
    first = {"pre": DIRECTIONS, "lead": LEADS, "type": TYPES, "post": DIRECTIONS}
    pieces = [first[part].get(text, (text,))[0] if part in first else text for part, text in each._asdict().items()]
    return " ".join(piece for piece in pieces if piece).lower()


@cache
def shorter(each: Road) -> tuple[Road, ...]:
    """Return what people say of a road who leave out its directions or its type."""
    found = [each._replace(pre="") if each.pre else None, each._replace(post="") if each.post else None]
    found += [each._replace(pre="", post="") if each.pre and each.post else None]
    has_name = len(each.name) > 2 and each.name not in {names[0] for names in DIRECTIONS.values()}
    if each.type and has_name:
        found += [each._replace(type=""), each._replace(pre="", type="", post="")]
    return tuple(dict.fromkeys(short for short in found if short and short != each))


@cache
def may_be_said(each: Road) -> frozenset[str]:
    """Return every text, in full, by which the road may be meant."""
    return frozenset({said(each), *(said(short) for short in shorter(each))})


def contrary(each: Road) -> Iterator[Road]:
    """Yield roads that are another: the other direction, another type, another kind of route, a direction too many."""
    for part in ("pre", "post"):
        if getattr(each, part):
            yield each._replace(**{part: OPPOSITE[getattr(each, part)]})
    if each.type in OTHER_TYPE:
        yield each._replace(type=OTHER_TYPE[each.type])
    if each.lead in OTHER_LEAD:
        yield each._replace(lead=OTHER_LEAD[each.lead])
    if each.pre and each.post and each.is_numbered:
        yield each._replace(pre=each.post, post=each.pre)
    if not each.pre and not each.post and not each.lead and each.type:
        yield each._replace(pre="E")
