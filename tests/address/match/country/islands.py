"""Islands and Spanish: Puerto Rico, Hawaii, the Virgin Islands, New Mexico, California."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from tests.address.match.country.register import House
from tests.address.match.country.roads import roads
from tests.address.match.country.style import Style, plain, towns

_URBANISATIONS = ("Urb Las Gladiolas", "Urb Villa Carolina", "Urb Caparra Heights", "Urb Santa Rosa")


def _in_urbanisation(house: House, random: Random) -> Iterator[House]:
    """Put a house into an urbanisation; one in five has a twin in another."""
    first, second = random.sample(_URBANISATIONS, 2)
    yield replace(house, ahead=first)
    if random.random() < 0.2:
        yield replace(house, ahead=second)


def _hawaii(random: Random) -> str:
    return f"{random.choice((91, 92, 94, 98))}-{random.randint(100, 1999)}"


def _hawaiian(number: str, random: Random) -> str:
    return random.choice((number, number, number.replace("-", " - "), number.replace("-", "–")))


def _kilometre(random: Random) -> str:
    return f"Km {random.randint(1, 49)}.{random.randint(0, 9)}"


def _kilometres(number: str, random: Random) -> str:
    whole, tenth = number.removeprefix("Km ").split(".")
    return random.choice((number, f"KM {whole}.{tenth}", f"Km. {whole}.{tenth}", f"Km {whole} Hm {tenth}"))


ISLANDS = (
    Style(
        "Puerto Rico",
        towns("San Juan PR 00926", "Carolina PR 00985", "Ponce PR 00716"),
        roads(
            "|Calle|A||, |Calle|B||, |Calle|Luna||, |Calle|Sol||, |Ave.|Ashford||, |Calle|1||, |Calle|12||, "
            "|Calle|San Sebastián||, |Calle|Núñez||, |Ave.|Ponce de León||, |Calle|Loíza||"
        ),
        plain(1, 1999),
    ),
    Style(
        "Puerto Rico urbanisations",
        towns("Guaynabo PR 00966", "Bayamon PR 00959"),
        roads("|Calle|A||, |Calle|5||, |Calle|Azucena||, |Calle|Robles||, |Ave.|Main||"),
        plain(1, 399),
        dress=_in_urbanisation,
    ),
    Style(
        "Puerto Rico kilometres",
        towns("Aguada PR 00602", "Utuado PR 00641"),
        roads("|Carr|2||, |Carr|115||, |Carr|10||, |Carr|417||, |Carr|111||"),
        _kilometre,
        _kilometres,
    ),
    Style(
        "Spanish names",
        towns("Santa Fe NM 87501", "La Cañada Flintridge CA 91011", "Las Cruces NM 88005", "Española NM 87532"),
        roads(
            "|Camino|del Rey||, |Camino|Alegría||, |Paseo|de Peralta||, El Camino Real, La Cañada|Blvd, "
            "|Calle|Luna||, Cañón|Rd, |Avenida|de las Américas||, Peña|Ln, |Via|Verde||, Los Robles|Ave, "
            "|Calle|del Sol||"
        ),
        plain(10, 3999),
    ),
    Style(
        "Hawaii",
        towns("Kapolei HI 96707", "Ewa Beach HI 96706", "Waipahu HI 96797"),
        roads("Makakilo|Dr, Kalākaua|Ave, Kapiʻolani|Blvd, Farrington|Hwy, Waipahu|St, Ala Wai|Blvd, Fort Weaver|Rd"),
        _hawaii,
        _hawaiian,
    ),
    Style(
        "Virgin Islands and Guam",
        towns("St Thomas VI 00802", "Tamuning GU 96913"),
        roads("Estate Thomas|, Kronprindsens Gade|, Chalan San Antonio|, Marine Corps|Dr, Farenholt|Ave"),
        plain(1, 9999),
    ),
)
