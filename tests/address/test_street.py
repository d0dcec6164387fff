"""Every spelling of a street has one key, and different streets have different keys."""

from __future__ import annotations

import pytest

from fibermap.address.street import read_street


@pytest.mark.parametrize(
    ("key", "spellings"),
    [
        ("W DRY CRK RD", ["W DRY CREEK RD", "WEST DRY CREEK ROAD", "W. DRY CRK RD."]),
        ("MAIN ST", ["MAIN ST", "MAIN STREET", "MAIN STR", "MAIN STRT"]),
        ("N 3 ST", ["N 3RD ST", "NORTH THIRD STREET", "NO. 3RD ST", "N 3 ST", "N 03RD ST"]),
        ("N W 21 AVE", ["NW 21ST AVE", "N.W. TWENTY FIRST AVENUE", "N W 21 AV", "NORTHWEST TWENTY-FIRST AVE"]),
        ("HWY 86", ["HWY 86", "HIGHWAY 86", "MT-86", "MT 86", "MT HWY 86", "MONTANA HIGHWAY 86", "STATE ROUTE 86"]),
        ("HWY 86", ["STATE RD 86", "SR 86", "SR86", "S R 86", "ROUTE 86", "RT 86", "STATE HWY 86", "86 SR"]),
        ("US 191", ["US 191", "US-191", "US HWY 191", "U.S. HIGHWAY 191", "US ROUTE 191", "U S HWY 191", "US191"]),
        ("CR 12", ["CR 12", "CO RD 12", "COUNTY ROAD 12", "CNTY RD 12", "COUNTY HIGHWAY 12", "CR12", "C.R. 12"]),
        ("I 90", ["I 90", "I-90", "INTERSTATE 90", "IH 90"]),
        ("FM 1960", ["FM 1960", "FARM TO MARKET ROAD 1960", "FM RD 1960"]),
        ("ST JAMES ST", ["ST JAMES ST", "SAINT JAMES STREET", "ST. JAMES STR"]),
        ("FT ELLIS RD", ["FT ELLIS RD", "FORT ELLIS ROAD"]),
        ("MT BALDY DR", ["MT BALDY DR", "MOUNT BALDY DRIVE"]),
        ("OBRIEN LN", ["O'BRIEN LN", "OBRIEN LANE"]),
        ("HALE BOPP DR", ["HALE-BOPP DR", "HALE BOPP DRIVE"]),
        ("MLK JR BLVD", ["MARTIN LUTHER KING JR BLVD", "M L KING JUNIOR BOULEVARD", "MLK JR BLVD"]),
        ("AVE A", ["AVENUE A", "AVE A"]),
        ("BROADWAY N", ["BROADWAY N", "BROADWAY NORTH"]),
        ("SILVER SPGS BLVD", ["SILVER SPRINGS BLVD", "SILVER SPGS BOULEVARD"]),
        ("CR 54 E", ["CR 54 E", "COUNTY ROAD 54E", "CR 54 EAST"]),
        ("US 17 92", ["US HWY 17-92", "US HWY 17 92", "US HWY 17/92"]),
        ("PNE EXPY", ["PINE EXPRESS WAY", "PINE EXPRESSWAY"]),
        ("1 AVE", ["1 ST AVE", "1ST AVE", "FIRST AVE"]),
    ],
)
def test_spellings_of_a_street_share_its_key(key: str, spellings: list[str]) -> None:
    assert {spelling: read_street(spelling).key for spelling in spellings} == dict.fromkeys(spellings, key)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NORTH ST", "N ST"),
        ("PARK AVE", "PARKS AVE"),
        ("MAIN ST", "MAIN AVE"),
        ("N MAIN ST", "S MAIN ST"),
        ("N MAIN ST", "MAIN ST N"),
        ("US HWY 86", "HWY 86"),
        ("CR 86", "HWY 86"),
        ("1ST ST", "1ST AVE"),
        ("HWY 17", "HWY 17A"),
        ("LAKE DR", "LAKES DR"),
        ("PORT DR", "POINT DR"),
    ],
)
def test_different_streets_have_different_keys(one: str, other: str) -> None:
    assert read_street(one).key != read_street(other).key


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("NORTH ST", (None, None, None, "NORTH", "ST", None, None)),
        ("E ST", (None, None, None, "E", "ST", None, None)),
        ("PARK AVE", (None, None, None, "PARK", "AVE", None, None)),
        ("COURT ST", (None, None, None, "COURT", "ST", None, None)),
        ("THE CIRCLE", (None, None, None, "THE CIRCLE", None, None, None)),
        ("AVENUE A", (None, None, "AVE", "A", None, None, None)),
        ("N AVENUE E SW", (None, "N", "AVE", "E", None, "SW", None)),
        ("BROADWAY", (None, None, None, "BROADWAY", None, None, None)),
        ("S BROADWAY ST", (None, "S", None, "BROADWAY", "ST", None, None)),
        ("W PARK", (None, "W", None, "PARK", None, None, None)),
        ("CAMINO REAL", (None, None, "CAMINO", "REAL", None, None, None)),
        ("CALLE OCHO", (None, None, "CALLE", "OCHO", None, None, None)),
        ("COUNTY ROAD 12", (None, None, "COUNTY RD", "12", None, None, None)),
        ("RANCH RD", (None, None, None, "RANCH", "RD", None, None)),
        ("OLD US HWY 10 W", ("OLD", None, "US HWY", "10", None, "W", None)),
        ("US HWY 41 BYPASS", (None, None, "US HWY", "41", None, None, "BYP")),
        ("MAIN ST EXT", (None, None, None, "MAIN", "ST", None, "EXT")),
        ("N W 5TH ST", (None, "NW", None, "5TH", "ST", None, None)),
        ("S WEST ST", (None, "S", None, "WEST", "ST", None, None)),
        ("NE 48 ST", (None, "NE", None, "48", "ST", None, None)),
        ("E RAILROAD AVE N", (None, "E", None, "RAILROAD", "AVE", "N", None)),
    ],
)
def test_a_street_falls_into_its_nena_parts(text: str, parts: tuple[str | None, ...]) -> None:
    assert read_street(text)[:7] == parts
