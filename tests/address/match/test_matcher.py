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


@pytest.mark.parametrize("typed", ["PO Box 12, Tampa FL 33618", "General Delivery, Tampa FL", "RR 2 Box 15, Tampa FL"])
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


def test_an_alias_of_a_source_finds_the_address() -> None:
    own = table_of([parse_address("755 W Main St, Belgrade, MT 59714").parts])
    alias = table_of([parse_address("755 State Hwy 86, Bozeman, MT 59714").parts])
    match = Matcher([Segment(Gazetteer.build(own, alias))]).match("755 Highway 86, Bozeman MT 59714")
    assert (match.status, match.row, codes(match)) == (Status.MATCHED, (0, 0), {FaultCode.STREET_ALIAS})
