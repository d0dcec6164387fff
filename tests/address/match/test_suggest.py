"""What is offered to somebody who is still typing."""

from __future__ import annotations

import pytest

from fibermap.address.match import SuggestionKind
from tests.address.match.gazetteers import matcher_of

LINES = (
    "755 W Dry Creek Rd, Manhattan, MT 59741",
    "755 Drysdale Ln, Manhattan, MT 59741",
    "757 W Dry Creek Rd, Manhattan, MT 59741",
    "755 Dry Creek Rd, Belgrade, MT 59714",
)


@pytest.mark.parametrize(
    "typed", ["755 w dry cr", "755 W Dry Creek R", "755 west dry creek rd", "755 dry creek rd, manh"]
)
def test_a_number_and_the_beginning_of_a_street_suggest_addresses(typed: str) -> None:
    offered = matcher_of(*LINES).suggest(typed)
    assert "755 W Dry Crk Rd, Manhattan MT 59741" in [each.text.replace("Creek", "Crk") for each in offered]
    assert all(each.kind is SuggestionKind.ADDRESS and each.text.startswith("755 ") for each in offered)


def test_the_beginning_of_a_street_suggests_streets_and_cities() -> None:
    assert [each.text for each in matcher_of(*LINES).suggest("drys")] == ["Drysdale Ln, Manhattan"]
    assert matcher_of(*LINES).suggest("belg")[0] == (SuggestionKind.CITY, "Belgrade", None)


@pytest.mark.parametrize("typed", ["", " ", "7", "755 ", "zzz", "755 zzz", "\x00", "," * 500, "'; DROP"])
def test_nothing_that_begins_so_suggests_nothing(typed: str) -> None:
    assert matcher_of(*LINES).suggest(typed) == []


def test_no_more_than_the_limit_are_suggested() -> None:
    assert len(matcher_of(*LINES).suggest("755 d", limit=2)) == 2
