"""Addresses that people say are missing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fibermap.address.missing import MissingReport, report_missing
from fibermap.kernel.errors import Code, InputRefused
from fibermap.store import Store


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open(":memory:") as opened:
        yield opened


def report(store: Store, text: str, reporter: str = "key:1", note: str | None = None) -> int:
    return store.run(lambda uow: report_missing(uow, MissingReport(text, reporter, note=note)), cause="test")


def test_a_report_is_kept_for_a_person_and_makes_no_address(store: Store) -> None:
    report(store, " 14 Elk Ridge Rd ")
    assert store.sql.rows("reports", "SELECT text FROM missing_report") == [("14 Elk Ridge Rd",)]
    assert store.sql.value("addresses", "SELECT count(*) FROM addresses") == 0


def test_the_same_report_twice_is_one(store: Store) -> None:
    assert report(store, "14 Elk Ridge Rd") == report(store, "14 elk ridge rd", note="blue house")
    assert report(store, "14 Elk Ridge Rd") != report(store, "14 Elk Ridge Rd", reporter="key:2")
    assert store.sql.value("reports", "SELECT count(*) FROM missing_report") == 2


@pytest.mark.parametrize(("text", "note"), [("", None), ("  ", None), ("x" * 301, None), ("1 Elk Rd", "x" * 1001)])
def test_too_little_and_too_much_text_is_refused(store: Store, text: str, note: str | None) -> None:
    with pytest.raises(InputRefused):
        report(store, text, note=note)


def test_a_card_number_is_not_kept_by_accident(store: Store) -> None:
    with pytest.raises(InputRefused) as refused:
        report(store, "9 Elm St", note="charge 4242 4242 4242 4242")
    assert refused.value.code is Code.CARD_NUMBER_REFUSED
