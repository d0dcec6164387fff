"""Each rule of matching by a real example."""

from __future__ import annotations

import pytest

from fibermap.address.match import FaultCode, Gazetteer, Match, Matcher, NextAction, Segment, Status
from fibermap.address.parse import parse_address
from tests.address.match.gazetteers import matcher_of, table_of

ORANGE = "1820 Ohio Ave, Live Oak, FL 32060"


def found(typed: str, *lines: str, unit_counts: dict[int, int] | None = None) -> Match:
    """Match one text against a few addresses."""
    return matcher_of(*lines, unit_counts=unit_counts).match(typed)


def codes(match: Match) -> set[FaultCode]:
    return {fault.code for fault in match.faults}


@pytest.mark.parametrize(
    "typed",
    [
        "1820 Ohio Ave, Live Oak, FL 32060",
        "1820 ohio avenue live oak florida",
        "1820 OHIO AVE 32060",
        "  1820  Ohio  Aven., Live Oak, Fl 32060-1234, USA ",
        "1820 Óhio Ave\nLive Oak FL 32060",
    ],
)
def test_a_spelling_of_an_address_is_matched(typed: str) -> None:
    match = found(typed, ORANGE, "1822 Ohio Ave, Live Oak, FL 32060")
    assert (match.status, match.row, match.settled) == (Status.MATCHED, (0, 0), True)


def test_a_house_number_is_never_fuzzy() -> None:
    match = found("1802 Ohio Ave, Live Oak, FL 32060", ORANGE, "1822 Ohio Ave, Live Oak, FL 32060")
    assert (match.status, match.next_action) == (Status.NUMBER_NOT_FOUND, NextAction.REPORT_MISSING)
    assert [candidate.place.row for candidate in match.candidates] == [0, 1]


def test_a_missing_street_is_told_from_a_missing_number() -> None:
    assert found("1820 Garfield St, Live Oak, FL 32060", ORANGE).status is Status.STREET_NOT_FOUND


def test_a_direction_that_contradicts_is_a_veto() -> None:
    match = found("1140 South 22nd Street, Tampa, FL 33605", "1140 N 22nd St, Tampa, FL 33605")
    assert not match.settled
    assert match.status in {Status.STREET_NOT_FOUND, Status.NUMBER_NOT_FOUND}


def test_directional_twins_on_one_number_are_ambiguous() -> None:
    match = found(
        "193 Adams St, Jacksonville, FL 32202",
        "193 W Adams St, Jacksonville, FL 32202",
        "193 E Adams St, Jacksonville, FL 32202",
    )
    assert (match.status, match.next_action, len(match.candidates)) == (
        Status.AMBIGUOUS,
        NextAction.CHOOSE_CANDIDATE,
        2,
    )


def test_sides_that_have_the_number_are_asked_about_where_the_street_without_a_side_has_it_not() -> None:
    sides = ("776 Beal Pkwy NW, Ft Walton Beach, FL 32547", "776 Beal Pkwy NE, Ft Walton Beach, FL 32547")
    bare = "21 Beal Pkwy, Ft Walton Beach, FL 32547"
    typed = "776 Beal Parkway Fort Walton Beach Fl 32547"
    match = found(typed, bare, *sides)
    assert (match.status, match.settled, len(match.candidates)) == (Status.AMBIGUOUS, False, 2)
    assert found(typed, bare, sides[0]).status is Status.NUMBER_NOT_FOUND, "one side is another street"


def test_an_exact_street_with_a_directional_twin_is_ambiguous() -> None:
    lines = ("6901 Okeechobee Blvd, Royal Palm Beach, FL 33411", "6901 W Okeechobee Blvd, Royal Palm Beach, FL 33411")
    assert found(lines[0], *lines).status is Status.AMBIGUOUS
    assert found(lines[1], *lines).row == (0, 1)


def test_a_lone_missing_direction_is_corrected() -> None:
    match = found("1036 26th Avenue, Bradenton, FL 34208", "1036 26th Ave E, Bradenton, FL 34208")
    assert (match.status, codes(match)) == (Status.CORRECTED, {FaultCode.DIRECTION_MISSING})


def test_a_street_that_exists_as_typed_is_never_bent_into_another() -> None:
    match = found(
        "600 S Andrews Ave, Fort Lauderdale, FL 33316",
        "600 S Andrew Ave, Fort Lauderdale, FL 33316",
        "610 S Andrews Ave, Fort Lauderdale, FL 33316",
    )
    assert match.status is Status.NUMBER_NOT_FOUND


@pytest.mark.parametrize(
    ("typed", "there"),
    [
        ("560 US Highway 60, Lake Wales, FL 33853", "560 SR 60, Lake Wales, FL 33853"),
        ("560 County Road 60, Lake Wales, FL 33853", "560 SR 60, Lake Wales, FL 33853"),
        ("560 SR 60, Lake Wales, FL 33853", "560 US Highway 60, Lake Wales, FL 33853"),
        ("1352 3rd St, Welaka, FL 32193", "1352 3rd Ave, Welaka, FL 32193"),
        ("1352 3rd St, Welaka, FL 32193", "1352 13th St, Welaka, FL 32193"),
    ],
)
def test_routes_never_cross_and_numbered_streets_match_exactly(typed: str, there: str) -> None:
    match = found(typed, there)
    assert (match.status, match.row) == (Status.STREET_NOT_FOUND, None)


def test_a_conflicting_type_asks_to_confirm() -> None:
    match = found("3704 Moran Circle, Tampa, FL 33618", "3704 Moran Rd, Tampa, FL 33618")
    assert (match.status, match.row, match.settled) == (Status.CONFIRM, (0, 0), False)


def test_two_types_that_fit_are_ambiguous() -> None:
    match = found(
        "9802 Baymeadows Court, Jacksonville, FL 32256",
        "9802 Baymeadows Rd, Jacksonville, FL 32256",
        "9802 Baymeadows Dr, Jacksonville, FL 32256",
    )
    assert match.status is Status.AMBIGUOUS


@pytest.mark.parametrize("typed", ["12 Coral Ridge, Tampa, FL 33618", "12 Coral Rdg, Tampa, FL 33618"])
def test_two_readings_that_fit_are_ambiguous(typed: str) -> None:
    match = found(typed, "12 Coral Rdg, Tampa, FL 33618", "12 Coral Ridge Dr, Tampa, FL 33618")
    assert match.status is Status.AMBIGUOUS


@pytest.mark.parametrize("typed", ["348 1/2 Seventh Street W", "3481/2 7th St W", "348½ 7 St W"])
def test_a_fraction_asks_to_confirm(typed: str) -> None:
    match = found(f"{typed}, Palmetto, FL 34221", "348 7th St W, Palmetto, FL 34221")
    assert (match.status, match.row) == (Status.CONFIRM, (0, 0))


@pytest.mark.parametrize(
    "typed",
    [
        *("PO Box 12, Tampa FL 33618", "P.O. Box 12 Tampa FL", "General Delivery, Tampa FL", "RR 2 Box 15, Tampa FL"),
        *("HC 66 Box 12, Tampa FL", "HCR 33 Box 12, Tampa FL", "Star Route 2 Box 4, Tampa FL", "Drawer B, Tampa FL"),
        *(
            "PSC 12 Box 45, APO AE 09123",
            "Unit 2050 Box 12, APO AP 96278",
            "USS Nimitz, FPO AP 96601",
            "PMB 12, Tampa FL",
        ),
        *("Apartado 12, San Juan PR", "HC 2 Buzon 12, Aguada PR"),
    ],
)
def test_a_place_for_mail_only_is_no_service_address(typed: str) -> None:
    assert found(typed, "12 Box St, Tampa, FL 33618").status is Status.NOT_A_SERVICE_ADDRESS


@pytest.mark.parametrize("typed", ["", "   ", "\x00\x01", "?????", "Tampa", "DROP TABLE address; --", "x" * 10_000])
def test_what_cannot_be_read_is_unparsable(typed: str) -> None:
    assert found(typed, "12 Moran Rd, Tampa, FL 33618").status is Status.UNPARSABLE


@pytest.mark.parametrize(
    "typed", ["12 Moran Rd, Mobile 36602", "12 Moran Rd, Austin TX 78701", "12 Moran Rd, Macon", "12 Moran Rd, 31201"]
)
def test_a_place_that_is_not_in_the_database_is_outside_the_area(typed: str) -> None:
    assert found(typed, "12 Moran Rd, Tampa, FL 33618").status is Status.OUTSIDE_AREA


def test_an_address_of_another_city_is_not_found_here() -> None:
    match = found(
        "2984 Donald Ross Rd, Tampa, FL 33613",
        "2984 Donald Ross Rd, Palm Beach Gardens, FL 33410",
        "12 Moran Rd, Tampa, FL 33613",
    )
    assert (match.status, match.row) == (Status.STREET_NOT_FOUND, None)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("2320 Fruitvile Rd, Sarasota, FL 34237", FaultCode.NAME_SPELLING),
        ("2320 Fruit Ville Rd, Sarasota, FL 34237", FaultCode.NAME_SPACING),
        ("2320 Fruitville, Sarasota, FL 34237", FaultCode.TYPE_MISSING),
        ("2320 Fruitville Rd, Sarasota, FL 34236", FaultCode.ZIP_DIFFERS),
        ("2320 Fruitville Rd, Sarasotta, FL 34237", FaultCode.CITY_SPELLING),
        ("2320 Fruitville Rd Sarasotta 34237", FaultCode.CITY_SPELLING),
    ],
)
def test_a_slip_is_corrected(typed: str, code: FaultCode) -> None:
    match = found(typed, "2320 Fruitville Rd, Sarasota, FL 34237", "12 Moran Rd, Tampa, FL 33618")
    assert (match.status, match.row, codes(match)) == (Status.CORRECTED, (0, 0), {code})


def test_a_name_that_is_a_street_elsewhere_was_no_slip() -> None:
    match = found("12 Morgan Rd, Tampa, FL 33618", "12 Moran Rd, Tampa, FL 33618", "500 Morgan Rd, Miami, FL 33155")
    assert (match.status, match.row) == (Status.CONFIRM, (0, 0))


def test_a_street_alone_is_matched_where_it_is_the_only_one() -> None:
    assert found("12 Moran Rd", "12 Moran Rd, Tampa, FL 33618").settled
    twice = found("12 Moran Rd", "12 Moran Rd, Tampa, FL 33618", "12 Moran Rd, Miami, FL 33155")
    assert twice.status is Status.AMBIGUOUS


def test_a_city_with_two_zips_of_one_street_is_ambiguous() -> None:
    match = found(
        "1461 S Congress Ave, Delray Beach, FL",
        "1461 S Congress Ave, Delray Beach, FL 33445",
        "1461 S Congress Ave, Delray Beach, FL 33444",
    )
    assert match.status is Status.AMBIGUOUS


def test_a_wrong_zip_asks_where_the_street_runs_through_it() -> None:
    match = found(
        "1461 S Congress Ave, Delray Beach, FL 33444",
        "1461 S Congress Ave, Delray Beach, FL 33445",
        "1500 S Congress Ave, Delray Beach, FL 33444",
    )
    assert (match.status, match.row) == (Status.CONFIRM, (0, 0))


@pytest.mark.parametrize("typed", ["100", "102", "104"])
def test_a_number_inside_a_range_finds_it_and_asks(typed: str) -> None:
    match = found(f"{typed} State St, Albany, NY 12207", "100-104 State St, Albany, NY 12207")
    assert (match.status, match.row, codes(match)) == (Status.CONFIRM, (0, 0), {FaultCode.NUMBER_RANGE})


def test_the_other_side_of_the_road_is_not_inside_a_range() -> None:
    assert found("103 State St, Albany, NY 12207", "100-104 State St, Albany, NY 12207").row is None


def test_a_number_that_is_there_by_itself_is_not_the_range_around_it() -> None:
    match = found(
        "102 State St, Albany, NY 12207", "100-104 State St, Albany, NY 12207", "102 State St, Albany, NY 12207"
    )
    assert (match.status, match.row) == (Status.MATCHED, (0, 1))


def test_a_hyphenated_number_is_no_range_where_numbers_are_hyphenated() -> None:
    lines = ("37-55 75th St, Jackson Heights, NY 11372", "37-06 75th St, Jackson Heights, NY 11372")
    assert found("45 75th St, Jackson Heights, NY 11372", *lines).row is None
    assert found(lines[0], *lines).row == (0, 0)


@pytest.mark.parametrize(
    ("typed", "there"),
    [
        ("3706 75th St, Jackson Heights, NY 11372", "37-06 75th St, Jackson Heights, NY 11372"),
        ("37-06 75th St, Jackson Heights, NY 11372", "3706 75th St, Jackson Heights, NY 11372"),
        ("14528 Austin St, Jamaica, NY 11435", "145-28 Austin St, Jamaica, NY 11435"),
        ("921234 Makakilo Dr, Kapolei, HI 96707", "92-1234 Makakilo Dr, Kapolei, HI 96707"),
    ],
)
def test_the_same_digits_written_otherwise_ask(typed: str, there: str) -> None:
    match = found(typed, there)
    assert (match.status, match.row, codes(match)) == (Status.CONFIRM, (0, 0), {FaultCode.NUMBER_SPELLING})


def test_a_letter_apart_from_its_number_asks() -> None:
    match = found("12 B Main St, Barre, VT 05641", "12B Main St, Barre, VT 05641", "14 Main St, Barre, VT 05641")
    assert (match.status, match.row) == (Status.CONFIRM, (0, 0))


@pytest.mark.parametrize(
    ("typed", "there"),
    [
        ("N57 W24380 N Corporate Cir, Sussex, WI 53089", "N57W24380 N Corporate Cir, Sussex, WI 53089"),
        ("W204-N11498 Goldendale Rd, Germantown, WI 53022", "W204N11498 Goldendale Rd, Germantown, WI 53022"),
        ("25W 430 Geneva Road, Wheaton, IL 60187", "25W430 Geneva Rd, Wheaton, IL 60187"),
        ("0n123 cottonwood dr, wheaton il 60187", "0N123 Cottonwood Dr, Wheaton, IL 60187"),
        ("450 South 200 East, Provo, UT 84601", "450 S 200 E, Provo, UT 84601"),
        ("36 West North Temple, Salt Lake City UT", "36 W North Temple, Salt Lake City, UT 84101"),
        ("Carr. 2, Km 12 Hm 3, Aguada PR 00602", "KM12.3 Carr 2, Aguada, PR 00602"),
        ("Urb Santa Rosa 168 Calle 5 Bayamon PR 00959", "168 Calle 5, Bayamon, PR 00959"),
        ("160 Calle A San Juan PR", "160 Calle A, San Juan, PR 00926"),
        ("1600 Pennsylvania Ave Northwest, Washington, 20500", "1600 Pennsylvania Ave NW, Washington, DC 20500"),
        ("12345 State Route FF, Columbia MO 65202", "12345 Highway FF, Columbia, MO 65202"),
        ("1200 Ranch Road 620 N, Lakeway TX 78734", "1200 RM 620 N, Lakeway, TX 78734"),
        ("13513 CR 54 1/2, Greeley CO 80631", "13513 County Road 54 1/2, Greeley, CO 80631"),
        ("75 E Old US Highway 12, Chelsea MI 48118", "75 Old E US Hwy 12, Chelsea, MI 48118"),
        ("2716 South Avenue West, Missoula MT 59804", "2716 South Ave W, Missoula, MT 59804"),
        ("St Mary's Church, 12 Saint Paul St, Saint Paul MN 55102", "12 St Paul St, St Paul, MN 55102"),
    ],
)
def test_the_ways_of_one_part_of_the_country_are_read(typed: str, there: str) -> None:
    match = found(typed, there)
    assert (match.next_action, match.row) == (NextAction.ACCEPT, (0, 0))


@pytest.mark.parametrize(
    ("typed", "there"),
    [
        ("430 Geneva Rd, Wheaton, IL 60187", "25W430 Geneva Rd, Wheaton, IL 60187"),
        ("25 Geneva Rd, Wheaton, IL 60187", "25W430 Geneva Rd, Wheaton, IL 60187"),
        ("N204W11498 Goldendale Rd, Germantown, WI 53022", "W204N11498 Goldendale Rd, Germantown, WI 53022"),
        ("450 N 200 E, Provo, UT 84601", "450 S 200 E, Provo, UT 84601"),
        ("450 E 200 S, Provo, UT 84601", "450 S 200 E, Provo, UT 84601"),
        ("36 W South Temple, Salt Lake City, UT 84101", "36 W North Temple, Salt Lake City, UT 84101"),
        ("Km 12.4 Carr 2, Aguada PR 00602", "KM12.3 Carr 2, Aguada, PR 00602"),
        ("12 Avenue D, Brooklyn, NY 11226", "12 Avenue B, Brooklyn, NY 11226"),
        ("12 South Ave E, Missoula MT 59804", "12 S Ave W, Missoula MT 59804"),
        ("75 W Old US Highway 12, Chelsea MI 48118", "75 Old E US Hwy 12, Chelsea, MI 48118"),
        ("75 Old County Road 12, Chelsea MI 48118", "75 Old US Hwy 12, Chelsea, MI 48118"),
        ("12345 Route AA, Columbia MO 65202", "12345 Route FF, Columbia, MO 65202"),
        ("13513 CR 54, Greeley CO 80631", "13513 County Road 54 1/2, Greeley, CO 80631"),
        ("1600 Pennsylvania Ave SE, Washington DC 20500", "1600 Pennsylvania Ave NW, Washington, DC 20500"),
    ],
)
def test_a_neighbour_of_that_part_is_another_house(typed: str, there: str) -> None:
    assert found(typed, there).row is None


def test_a_slip_is_no_surer_than_the_name_spelled_right() -> None:
    lines = ("501 State St, Jacksonville, FL 32202", "501 W State St, Jacksonville, FL 32202")
    assert found("501 Staet St, Jacksonville, FL 32202", *lines).status is Status.AMBIGUOUS


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Elk Ridge 14, Bozeman MT 59715", FaultCode.NUMBER_BEHIND),
        ("Elk Ridge 14 Bozeman MT 59715", FaultCode.NUMBER_BEHIND),
        ("Joe's Pizza 14 Elk Ridge, Bozeman MT 59715", FaultCode.WORDS_AHEAD),
    ],
)
def test_a_number_that_does_not_stand_in_front_asks(typed: str, code: FaultCode) -> None:
    match = found(typed, "14 Elk Ridge, Bozeman, MT 59715")
    assert (match.status, match.row, codes(match)) == (Status.CONFIRM, (0, 0), {code})


@pytest.mark.parametrize(
    "typed", ["Highway 86, Bozeman MT", "Highway 86 Main St, Bozeman MT", "Apt 86 Main St, Bozeman"]
)
def test_the_number_of_a_road_or_a_unit_is_no_house_number(typed: str) -> None:
    assert found(typed, "86 Main St, Bozeman, MT 59715", "86 Highway, Bozeman, MT 59715").row is None


def test_an_alias_of_a_source_finds_the_address() -> None:
    own = table_of([parse_address("755 W Main St, Belgrade, MT 59714").parts])
    alias = table_of([parse_address("755 State Hwy 86, Bozeman, MT 59714").parts])
    match = Matcher([Segment(Gazetteer.build(own, alias))]).match("755 Highway 86, Bozeman MT 59714")
    assert (match.status, match.row, codes(match)) == (Status.MATCHED, (0, 0), {FaultCode.STREET_ALIAS})
