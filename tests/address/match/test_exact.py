"""Many canonical texts at once are answered as each would be alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.address.match import Matcher, Segment, Status
from fibermap.address.match.matcher import WORTH_SETS
from fibermap.address.match.reading import Reader
from fibermap.address.parse import parse_address
from tests.address.match.gazetteers import gazetteer_of

PLACE = "Belgrade, MT 59714"
STREETS = (
    *("Main St", "N Main St", "Main Ave", "Main", "Elm St", "Elms St", "US Highway 191", "5 St", "5 St N", "Coral Rdg"),
    *("Coral Rdg Dr", "Oak Ln"),
)
HOUSES = [
    f"{number} {street}, {PLACE}"
    for at, street in enumerate(STREETS)
    for number in (5, 10 + at % 3, 20 + at, "30 1/2", "40A")
]
OTHERS = (
    *("5 Main St, Manhattan, MT 59741", "5 Main St, Belgrade, MT 59741", "30 Main St, Belgrade, MT 59714"),
    *("5 Elm St, MT 59714", "11 Elm St, Belgrade, MT", "8 Oak Ln Apt 1, Belgrade, MT 59714"),
    *("7 Oak Ln Apt 1, Belgrade, MT 59714", "7 Oak Ln Apt 2, Belgrade, MT 59714"),
    *("9 Oak Ln, Belgrade, MT 59714", "9 Oak Ln, Belgrade, MT 59714", "6 Oak Ln, Belgrade, MT 59714"),
)
BASE = gazetteer_of(*HOUSES, *OTHERS, unit_counts={len(HOUSES) + len(OTHERS) - 1: 4})
GONE = np.arange(len(BASE)) % 7 == 0
LATER = gazetteer_of("5 Main St, Belgrade, MT 59714", "13 Elm St, Belgrade, MT 59714", "5 Pine St, Belgrade, MT 59714")
MATCHERS = (Matcher([Segment(BASE)]), Matcher([Segment(BASE, GONE), Segment(LATER)]))

NUMBERS = (5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 21, 22, 25, 30, 40, "05", "5-7", "40A", "30 1/2", "0")
TYPED = st.builds(
    "{} {}{}, {}".format,
    st.sampled_from(NUMBERS),
    st.sampled_from(
        [*STREETS, "main st", "Pine St", "Mian St", "N Elm St", "Rr 5 Box 3", "Highway 191", "Coral Ridge"]
    ),
    st.sampled_from(["", "", "", " Apt 1", " #2", " Apt 9", " Bldg 1"]),
    st.sampled_from(
        [
            *(
                PLACE,
                "Belgrade MT 59714",
                "MT 59714",
                "59714",
                "Belgrade MT",
                "Manhattan MT 59741",
                "Belgrade MT 59741",
            ),
            *("Belgrad MT 59714", "Bozeman MT 59714", "Belgrade FL 59714", "Belgrade, ID 59714"),
        ]
    ),
)


@pytest.mark.parametrize("matcher", MATCHERS, ids=["one segment", "an overlay above rows that are gone"])
@given(texts=st.lists(TYPED | st.sampled_from(HOUSES) | st.text(max_size=40), max_size=40))
@settings(max_examples=60, deadline=None)
def test_what_is_found_at_first_sight_is_what_the_careful_way_finds(matcher: Matcher, texts: list[str]) -> None:
    alone = [matcher.match(text) for text in texts]
    for text, answer, segment, row in zip(texts, alone, *matcher.exact(texts), strict=True):
        if row >= 0:
            assert (answer.status, answer.row, answer.score) == (Status.MATCHED, (segment, row), 1.0), text
    filler = [HOUSES[0]] * WORTH_SETS
    assert matcher.match_many([*texts, *filler])[: len(texts)] == alone


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("20 Main St, Belgrade MT 59714", True),
        ("5 Main St, Belgrade MT 59714", False),  # 5 N Main St may be meant, and 5 Main St in the other ZIP
        ("22 Main Ave, Belgrade MT 59714", True),
        ("27 5 St, Belgrade MT 59714", True),
        ("7 Oak Ln Apt 1, Belgrade MT 59714", True),
        ("7 Oak Ln, Belgrade MT 59714", False),
        ("9 Oak Ln, Belgrade MT 59714", False),
        ("6 Oak Ln, Belgrade MT 59714", False),
        ("11 Elm St, Belgrade MT", False),
        ("26 US Hwy 191, Belgrade MT 59714", False),
        ("20 Main St, Belgrade ID 59714", False),
    ],
)
def test_what_needs_a_second_look_is_left_to_it(text: str, found: bool) -> None:
    assert (MATCHERS[0].exact([text]).row[0] >= 0) == found


def test_nothing_is_found_in_nothing() -> None:
    assert Matcher([]).exact([HOUSES[0]]).row.tolist() == [-1]
    assert MATCHERS[0].exact([]).row.tolist() == []


@given(
    st.integers(1, 999_999),
    st.text("ABCNSTUXaet0123459 .#-", min_size=3, max_size=14) | st.sampled_from(STREETS),
    st.sampled_from(
        ["", " 1/2", " Apt 5", " #3", " # 4", " Fl 2", " Bldg B", " Box 2", " 7", " St", " Hwy 5", " Rear"]
    ),
    st.sampled_from([", ", " ", " ,", "  "]),
    st.text("ABEMTNSt 1359.,-#", max_size=12)
    | st.sampled_from([PLACE, "Belgrade MT 59714", "59714", "Apt 3, Belgrade MT 59714", "St Paul MN", "5 - 7, MT"]),
)
@settings(max_examples=300, deadline=None)
def test_how_a_text_is_read_does_not_depend_on_its_number(
    number: int, street: str, more: str, between: str, place: str
) -> None:
    text = f"{number} {street}{more}{between}{place}"
    assert Reader(frozenset({"BELGRADE"}))(text) == parse_address(text, cities=frozenset({"BELGRADE"}))
