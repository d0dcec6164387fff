"""Which types one sells to."""

from __future__ import annotations

import pytest

from fibermap.address.model import Kind
from fibermap.address.types import DEFAULT_TYPES, TypeRule, TypeTable, fabric_rule, fold_type


@pytest.mark.parametrize(
    ("word", "kind", "serviceable"),
    [
        ("RESIDENTIAL", "residential", True),
        ("Trailer", "residential", True),
        ("MULTI-FAMILY DUPLEX", "residential", True),
        ("FARMSTEAD", "residential", True),
        ("GARAGE/APT", "residential", True),
        ("RESIDENTIAL - UPSTAIRS", "residential", True),
        ("COMMERCIAL", "business", True),
        ("COMMERCIAL SHOP", "business", True),
        ("COMMERCIAL-DOWNSTAIRS", "business", True),
        ("CHURCH", "institution", True),
        ("CLINIC/HOSPITAL", "institution", True),
        ("place-of-worship", "institution", True),
        ("GARAGE", "other", False),
        ("BARN/SHOP", "other", False),
        ("LANDFILL", "other", False),
        ("WATER/WASTEWATER", "other", False),
        ("Cell Tower", "other", False),
        ("Vacant", "other", False),
        ("OTHER", "other", True),
        (None, "other", True),
        (" ", "other", True),
        ("<Null>", "other", True),
    ],
)
def test_type_words(word: str | None, kind: str, serviceable: bool) -> None:
    rule = TypeTable().rule(word)
    assert (rule.kind, rule.serviceable, rule.known) == (kind, serviceable, True)


def test_an_unknown_word_is_asked_about_and_not_sold_to_meanwhile() -> None:
    rule = TypeTable().rule("Zymurgy Hall")
    assert (rule.known, rule.serviceable) == (False, False)


def test_an_answer_settles_a_word_and_goes_before_the_table() -> None:
    answers = {
        fold_type("Zymurgy-Hall"): TypeRule(Kind.BUSINESS, serviceable=True),
        fold_type("Shop"): TypeRule(Kind.BUSINESS, serviceable=True),
    }
    table = TypeTable(answers)
    assert table.rule("ZYMURGY HALL") == TypeRule(Kind.BUSINESS, serviceable=True)
    assert table.rule("shop").serviceable


def test_every_word_of_the_table_is_found_as_written() -> None:
    assert [word for word in DEFAULT_TYPES if fold_type(word) != word] == []


@pytest.mark.parametrize(
    ("flag", "code", "kind", "serviceable"),
    [
        ("True", "R", "residential", True),
        (True, "B", "business", True),
        ("1", "X", "business", True),
        ("TRUE", "C", "institution", True),
        (False, "R", "residential", False),
        ("False", "C", "institution", False),
        ("0", "E", "business", False),
        (None, "O", "other", True),
    ],
)
def test_fabric_codes(flag: object, code: str, kind: str, serviceable: bool) -> None:
    rule = fabric_rule(flag, code)
    assert (rule.kind, rule.serviceable) == (kind, serviceable)
