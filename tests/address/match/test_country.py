"""The styles of the whole country: grids, hyphens, islands, highways, twins, units. No silent false match in any."""

from __future__ import annotations

from collections import Counter

import pytest

from fibermap.address.keys import display
from fibermap.address.match import Match, Matcher, Status
from tests.address.match.country import STYLES, Country, country, parts_of
from tests.address.match.country.register import Register, whole
from tests.address.match.country.style import Style
from tests.address.match.query_set import score

Asked = tuple[Country, Matcher, list[Match]]


@pytest.fixture(scope="module")
def asked() -> Asked:
    made = country(seed=7, count=60)
    matcher = made.matcher()
    return made, matcher, [matcher.match(query.text) for query in made.queries]


def test_much_of_what_is_asked_is_not_there_or_not_enough(asked: Asked) -> None:
    of = Counter(query.expect for query in asked[0].queries)
    assert of["absent"] >= 0.15 * of.total()
    assert of["ambiguous"] >= 0.05 * of.total()
    assert min(Counter(query.kind for query in asked[0].queries).values()) >= 60


def test_nothing_is_answered_that_is_not_there_or_not_meant(asked: Asked) -> None:
    found = score(asked[0].queries, asked[2])
    assert found.false == []
    assert found.share(found.right, "ambiguous") == 1
    assert found.share(found.right, "absent") == 1


def test_what_is_meant_is_found_in_every_style(asked: Asked) -> None:
    found = score(asked[0].queries, asked[2])
    assert found.share(found.right) >= 0.99
    for style in STYLES:
        key = (style.name, "match") if found.asked[style.name, "match"] else (style.name, "needs_unit")
        assert found.right[key] >= 0.93 * found.asked[key], style.name


def test_most_of_it_needs_nobody_unless_the_number_stands_behind(asked: Asked) -> None:
    usual = [each for each in zip(asked[0].queries, asked[2], strict=True) if each[0].how != "backwards"]
    found = score([query for query, _ in usual], [answer for _, answer in usual])
    assert found.share(found.accepted) >= 0.96


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_a_style_alone_is_never_silently_wrong(style: Style) -> None:
    made = country(seed=23, count=60, styles=(style,))
    matcher = made.matcher()
    assert score(made.queries, [matcher.match(query.text) for query in made.queries]).false == []


def test_a_canonical_address_always_finds_itself(asked: Asked) -> None:
    made, matcher, _ = asked
    register = Register(made.houses)
    for house in made.houses[::3]:
        match = matcher.match(display(parts_of(house)))
        assert match.row is not None, house
        assert match.row.row in register.meant(whole(house)), house
        assert match.status in {Status.MATCHED, Status.NEEDS_UNIT, Status.AMBIGUOUS, Status.CONFIRM}, house


def test_many_are_answered_as_one_is(asked: Asked) -> None:
    made, matcher, answers = asked
    assert matcher.match_many([query.text for query in made.queries]) == answers
