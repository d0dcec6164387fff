"""Free text and fields end in the same parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.address.keys import canonical_key, display
from fibermap.address.model import AddressParts, Note
from fibermap.address.normalise import clean, fold_text
from fibermap.address.parse import parse_address, parts_from_fields, read_fields
from fibermap.address.renumber import other_readings


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("755 West Dry Creek Road, Manhattan, MT 59714", "755 W Dry Creek Rd, Manhattan MT 59714"),
        ("755 w dry creek rd manhattan mt 59714-1234", "755 W Dry Creek Rd, Manhattan MT 59714-1234"),
        ("755 W Dry Creek Rd\nManhattan, Montana 59714\nUSA", "755 W Dry Creek Rd, Manhattan MT 59714"),
        ("123 Main St Apt 5, Bozeman MT", "123 Main St Apt 5, Bozeman MT"),
        ("123 Main St #5, Bozeman MT", "123 Main St #5, Bozeman MT"),
        ("123 Main St, Suite 5, Bozeman MT", "123 Main St Ste 5, Bozeman MT"),
        ("123 Main St Unit S Bozeman MT 59715", "123 Main St Unit S, Bozeman MT 59715"),
        ("123 Main St 5", "123 Main St #5"),
        ("123 Main St Bldg 3 Apt 5", "123 Main St Bldg 3 Apt 5"),
        ("123 Main St 2nd Floor, Bozeman MT", "123 Main St Fl 2, Bozeman MT"),
        ("#5 123 Main St, Bozeman MT", "123 Main St #5, Bozeman MT"),
        ("Apt 5, 123 Main St, Bozeman MT", "123 Main St Apt 5, Bozeman MT"),
        ("Unit 4 12 Elm St", "12 Elm St Unit 4"),
        ("123 Main St # Unit 5", "123 Main St Unit 5"),
        ("12 Elm St St Paul MN 55101", "12 Elm St, St Paul MN 55101"),
        ("123 Main St Rear", "123 Main St Rear"),
        ("123 Front St", "123 Front St"),
        ("4620 East 27Th St, Apt. 38 Bradenton Fl 34208", "4620 E 27th St Apt 38, Bradenton FL 34208"),
        ("123½ O'Brien Ln", "123 1/2 O'Brien Ln"),
        ("46641/2 Elm St", "4664 1/2 Elm St"),
        ("123A Elm St", "123A Elm St"),
        ("112-10 Queens Blvd, Forest Hills NY 11375", "112-10 Queens Blvd, Forest Hills NY 11375"),
        ("64-06 Queens Blvd", "64-06 Queens Blvd"),
        ("100 - 104 Main St", "100-104 Main St"),
        ("N6W23001 Bluemound Rd, Waukesha WI", "N6W23001 Bluemound Rd, Waukesha WI"),
        ("N6 W23001 Bluemound Rd", "N6W23001 Bluemound Rd"),
        ("1200 W 300 S, Provo UT", "1200 W 300 S, Provo UT"),
        ("12 MT-86", "12 MT Hwy 86"),
        ("7 E St", "7 E St"),
        ("5 Avenue A #3", "5 Ave A #3"),
        ("12 The Circle", "12 The Circle"),
        ("3204 Oak Ct 33610", "3204 Oak Ct, 33610"),
        ("3204 Oak Ct 06103", "3204 Oak, CT 06103"),
        ("100 N Washington", "100 N Washington"),
        ("121 Cañada Way, Muñoz NM", "121 Canada Way, Munoz NM"),
        ("951 SW COUNTRY CLUB Drive, Port ST LUCIE FL 34986", "951 SW Country Club Dr, Port St Lucie FL 34986"),
        ("8 McDonald Rd", "8 McDonald Rd"),
        ("Lot 14, Elk Ridge", "Elk Rdg Lot 14"),
    ],
)
def test_text_as_people_type_it(text: str, shown: str) -> None:
    assert display(parse_address(text).parts) == shown


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("PO Box 12, Bozeman MT 59715", Note.NOT_A_SERVICE_ADDRESS),
        ("P.O. BOX 12", Note.NOT_A_SERVICE_ADDRESS),
        ("RR 2 Box 152, Manhattan MT", Note.NOT_A_SERVICE_ADDRESS),
        ("General Delivery, Manhattan MT", Note.NOT_A_SERVICE_ADDRESS),
        ("Main St & 1st Ave, Bozeman", Note.INTERSECTION),
        ("Main St and 1st Ave", Note.INTERSECTION),
        ("Dry Creek Rd, Manhattan", Note.NUMBER_MISSING),
        ("", Note.STREET_MISSING),
        ("100-104 Main St", Note.NUMBER_RANGE),
        ("112-10 Main St", Note.NUMBER_HYPHENATED),
        ("1 Main St " + "x" * 500, Note.TEXT_TRUNCATED),
    ],
)
def test_what_is_odd_is_noted(text: str, note: Note) -> None:
    assert note in parse_address(text).notes


def test_a_street_of_two_names_joined_by_and_is_no_intersection() -> None:
    assert parse_address("Black and White Ln").parts.street_name == "BLACK AND WHITE"


def test_known_cities_say_where_the_street_ends() -> None:
    text = "5400 N Australian Ave W Palm Beach FL 33407"
    assert parse_address(text, cities={"W PALM BCH"}).parts.city == "W PALM BEACH"
    assert parse_address(text).parts.post_directional == "W"


def test_words_that_fit_nowhere_are_handed_back() -> None:
    parsed = parse_address("Elk Ridge Apartments, 123 Main St, Bozeman MT")
    assert (parsed.unparsed, display(parsed.parts)) == ("ELK RIDGE APARTMENTS", "123 Main St, Bozeman MT")


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        (
            {"number": 755.0, "pre_directional": "W", "street_name": "DRY CREEK", "post_type": "RD"},
            "755 W Dry Creek Rd",
        ),
        ({"number": "755", "street_name": "West Dry Creek Road"}, "755 W Dry Creek Rd"),
        ({"number": "755", "street_name": "Dry Creek Rd", "post_type": "ROAD"}, "755 Dry Creek Rd"),
        ({"number": "755", "pre_directional": "W", "street_name": "W Dry Creek Rd"}, "755 W Dry Creek Rd"),
        ({"number": "123 1/2", "street_name": "ELM", "post_type": "ST"}, "123 1/2 Elm St"),
        ({"number": 123, "number_suffix": "1/2", "street_name": "ELM ST"}, "123 1/2 Elm St"),
        ({"number": 123, "street_name": "ELM ST", "unit": "1/2"}, "123 1/2 Elm St"),
        ({"number": "123A", "street_name": "ELM ST"}, "123A Elm St"),
        ({"number": "12-34", "street_name": "ELM ST"}, "12-34 Elm St"),
        ({"number": "12", "street_name": "ELM ST", "unit": "APT 5"}, "12 Elm St Apt 5"),
        ({"number": "12", "street_name": "ELM ST", "unit": "5"}, "12 Elm St #5"),
        ({"number": "12", "street_name": "ELM ST", "unit": "UNIT"}, "12 Elm St"),
        ({"number": "12", "street_name": "ELM ST", "unit": "<Null>", "city": " ", "zip": "None"}, "12 Elm St"),
        ({"number": "12", "street_name": "ELM ST", "zip": 2134.0, "state": "Massachusetts"}, "12 Elm St, MA 02134"),
        ({"full_address": "12 ELM ST UNIT 3", "zip": "59714"}, "12 Elm St Unit 3, 59714"),
        ({"street_name": "ELM", "post_type": "ST", "full_address": "12 ELM ST"}, "12 Elm St"),
    ],
)
def test_fields_however_a_source_fills_them(fields: dict[str, object], shown: str) -> None:
    assert display(parts_from_fields(fields)) == shown


def test_a_number_that_cannot_be_read_is_noted_and_zero_is_none() -> None:
    assert read_fields({"number": "??x", "street_name": "ELM ST"}).notes == (Note.NUMBER_UNREADABLE,)
    assert read_fields({"number": 0, "street_name": "ELM ST"}).notes == (Note.NUMBER_MISSING,)


def test_a_hyphenated_number_may_be_a_number_and_its_unit() -> None:
    (other,) = other_readings(parse_address("310-38 3rd St, Webster FL 33597").parts)
    assert (other.number, other.unit) == (310, "38")
    (lettered,) = other_readings(parse_address("10656-O N 19th St").parts)
    assert (lettered.number, lettered.unit) == (10656, "O")


NAMES = st.sampled_from(
    ["MAIN", "DRY CREEK", "3RD", "FIRST", "NORTH STAR", "PARK", "O'BRIEN", "ST JAMES", "LAKES", "BROADWAY", "HALE-BOPP"]
)
FIELDS = st.fixed_dictionaries(
    {
        "number": st.sampled_from(["1", "755", "12 1/2", "123A", "112-10", "100-104", "N6W23001", "850481"]),
        "pre_directional": st.sampled_from([None, "N", "South", "NW", "S.E."]),
        "street_name": NAMES,
        "post_type": st.sampled_from(["ST", "Avenue", "RD", "Ct", "trl", "LOOP", "Hwy", "Pkwy"]),
        "post_directional": st.sampled_from([None, "N", "SW", "East"]),
        "unit": st.sampled_from([None, "5", "APT 5", "# B-12", "BLDG 3 UNIT 2", "REAR", "1-2", "LOT 14", "STE N"]),
        "city": st.sampled_from([None, "Manhattan", "St. Petersburg", "N MIAMI BEACH", "Port Saint Lucie"]),
        "state": st.sampled_from([None, "MT", "Florida", "NE", "ct"]),
        "zip": st.sampled_from([None, "59714", "33701-1234", "06103", "68001"]),
    }
)


@given(FIELDS)
def test_what_is_displayed_reads_back_to_the_same_key(fields: dict[str, str | None]) -> None:
    parts = parts_from_fields(fields)
    assert canonical_key(parse_address(display(parts)).parts) == canonical_key(parts)


@given(FIELDS)
def test_standardising_what_is_standardised_changes_nothing(fields: dict[str, str | None]) -> None:
    parts = parts_from_fields(fields)
    again = parts_from_fields({name: getattr(parts, name) for name in AddressParts.__slots__})
    assert again == parts


@given(st.text(max_size=600))
def test_no_text_makes_the_parser_fail(text: str) -> None:
    parsed = parse_address(text)
    canonical_key(parsed.parts)
    display(parsed.parts)
    for other in other_readings(parsed.parts):
        canonical_key(other)


@given(st.dictionaries(st.sampled_from(AddressParts.__slots__), st.text(max_size=40) | st.integers() | st.floats()))
def test_no_field_makes_the_reader_fail(fields: dict[str, object]) -> None:
    canonical_key(parts_from_fields(fields))


@given(st.text())
def test_folding_text_twice_is_folding_it_once(text: str) -> None:
    assert fold_text(fold_text(text)) == fold_text(text)


@pytest.mark.parametrize("value", [None, "", " ", "NULL", "<null>", "None", "N/A", "n/a", "\t", float("nan"), "\u00a0"])
def test_what_tables_write_for_nothing_is_nothing(value: object) -> None:
    assert clean(value) is None
