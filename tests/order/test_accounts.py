"""Billing accounts: a number that is hard to get wrong, and one for each customer for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.kernel.errors import Conflict, InputRefused
from fibermap.money.card_numbers import refuse_card_numbers
from fibermap.order import account
from fibermap.order.account import account_number_of, open_account, open_accounts
from fibermap.order.account_number import DIGITS, NUMBERS, check_digit, draw_account_numbers, read_account_number
from fibermap.order.desk_card import desk_card
from fibermap.order.desk_search import Found, Sought, search_desk
from fibermap.order.following import follow
from fibermap.order.merged_addresses import follow_addresses
from fibermap.plan import Plan
from fibermap.store import Store, UnitOfWork
from tests.builders import ids
from tests.order.lead_town import AGREED, BUILT, PLANNED, selling_town
from tests.order.sales import commit_lead, go_live, orders, planned_street
from tests.order.selling import plan_terms

SIGNED = datetime(2026, 1, 6, 10, tzinfo=UTC)
MIGRATION = Path("fibermap/store/migrations/0032_account.sql")
payloads = st.integers(0, NUMBERS - 1).map(lambda number: f"{number:07}")


@pytest.fixture
def town() -> Iterator[Plan]:
    with selling_town() as fm:
        fm.catalogue.load([plan_terms()], "spring", "pat")
        yield fm


def offer(fm: Plan) -> int:
    return int(fm.catalogue.revisions("FIBER-500")[-1].offer_id)


def order(fm: Plan, line: str = BUILT, **said: Any) -> dict[str, Any]:
    given = {"name": "Ann Lee", "phone": "406-555-0142", "channel": "phone"} | AGREED | said
    return fm.orders.get(fm.orders.place(ids(fm)[line], offer(fm), **given).order_id)


def sign(fm: Plan, line: str = PLANNED, **said: Any) -> dict[str, Any]:
    given = {"name": "Ann Lee", "phone": "406-555-0142", "channel": "door", "terms_accepted_at": SIGNED} | AGREED | said
    return fm.preorders.take(offer(fm), where=ids(fm)[line], **given)


def look(fm: Plan, text: str) -> Found:
    return fm.store.preview(lambda uow: search_desk(uow, Sought(text, "US", lambda _: ())), cause="read")


# -- the number -------------------------------------------------------------------------------------------------------


@given(payloads)
def test_every_wrong_digit_and_every_two_that_changed_places_are_found_out(payload: str) -> None:
    number = f"{payload}{check_digit(payload)}"
    assert read_account_number(f"A{number}").number == f"A{number}"
    wrong = {number[:at] + digit + number[at + 1 :] for at in range(DIGITS) for digit in "0123456789"} - {number}
    swapped = {number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(DIGITS - 1)} - {number}
    for mistyped in wrong | swapped:
        read = read_account_number(f"A {mistyped[:4]}-{mistyped[4:]}")
        assert read.number is None
        assert "one digit is wrong" in str(read.why_not)


def test_the_check_digit_is_that_of_the_publication() -> None:
    assert check_digit("572") == 4


@pytest.mark.parametrize("text", ["a40671202", "A 4067 1202", "A-4067-1202", " 4067 1202 ", "A.4067.1202"])
def test_a_number_is_read_however_it_is_grouped(text: str) -> None:
    assert read_account_number(text).number == "A40671202"


@pytest.mark.parametrize("text", ["A4067120", "A 4067 1202 5", "A40671203"])
def test_what_is_meant_as_one_and_cannot_be_is_said_to_be_none(text: str) -> None:
    assert read_account_number(text).why_not is not None


@pytest.mark.parametrize("text", ["4067120", "40671203", "406-555-0142", "A Lee", "4067 Center Ave", "AA40671202"])
def test_what_need_not_be_meant_as_one_is_left_alone(text: str) -> None:
    read = read_account_number(text)
    assert (read.number, read.why_not) == (None, None)


def test_drawn_numbers_are_right_spread_and_like_no_card() -> None:
    drawn = draw_account_numbers(2_000)
    assert all(read_account_number(str(number)).number == number for number in drawn)
    assert len(set(drawn)) > 1_990
    assert {str(number)[1] for number in drawn} == set("0123456789")
    for number in drawn[:200]:
        refuse_card_numbers(str(number), field="text")


# -- the account ------------------------------------------------------------------------------------------------------


def test_the_first_order_opens_an_account_that_every_later_one_keeps(town: Plan) -> None:
    first = order(town, payment_token="tok_visa")
    number = first["account_number"]
    assert read_account_number(number).number == number
    town.orders.complete(first["order_id"])
    moved = town.orders.move(first["order_id"], ids(town)["2 Main St"], offer(town), "move")
    assert town.orders.get(moved.order_id)["account_number"] == number
    assert [each["account_number"] for each in town.orders.list().table.to_pylist()] == [number, number]
    taken_over = town.orders.transfer(
        first["order_id"], offer(town), name="Bo Ray", phone="406-555-0143", channel="phone", **AGREED
    )  # fmt: skip
    assert town.orders.get(taken_over.order_id)["account_number"] not in (None, number)
    assert count_accounts(town) == 2


def test_a_pre_order_opens_it_and_its_order_keeps_it(town: Plan) -> None:
    taken = sign(town)
    number = taken["account_number"]
    assert town.preorders.get(taken["preorder_id"])["account_number"] == number
    assert town.preorders.list().table.to_pylist()[0]["account_number"] == number
    town.preorders.withdraw(taken["preorder_id"])
    assert sign(town)["account_number"] == number, "the same contact signs again"
    told = town.store.preview(lambda uow: follow(uow, "commitment", taken["preorder_id"]), cause="read")
    assert told["account_number"] == number


def test_interest_alone_opens_none(town: Plan) -> None:
    town.leads.capture(where=ids(town)[PLANNED], name="Ann Lee", phone="406-555-0142", channel="door", **AGREED)
    assert count_accounts(town) == 0


def test_going_live_opens_the_accounts_that_are_missing_and_only_those() -> None:
    with planned_street() as fm:
        for n in (1, 2, 3):
            commit_lead(fm, f"{n} Main St", n)
        fm.store.run(lambda uow: open_account(uow, 3_001), cause="test")
        known = fm.store.preview(lambda uow: account_number_of(uow, 3_001), cause="read")
        go_live(fm)
        opened = {row["contact_id"]: row["account_number"] for row in accounts(fm)}
        assert opened.keys() == {row["contact_id"] for row in orders(fm)} == {3_001, 3_002, 3_003}
        assert opened[3_001] == known
        assert len(set(opened.values())) == 3
        assert fm.store.run(lambda uow: open_accounts(uow, contacts([3_001, 3_002, 3_003])), cause="again") == 0


def test_a_number_that_is_given_already_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter([["A40671202"], ["A40671202"], ["A00000000"], *[["A00000000"]] * 60])
    monkeypatch.setattr(account, "draw_account_numbers", lambda _: np.array(next(draws)))
    with Store.open(":memory:") as store:
        store.run(lambda uow: open_account(uow, 1), cause="test")
        store.run(lambda uow: open_account(uow, 2), cause="test")
        found = store.sql.rows("all", "SELECT contact_id, account_number FROM account ORDER BY contact_id")
        assert found == [(1, "A40671202"), (2, "A00000000")]
        with pytest.raises(Conflict, match="No account number is free"):
            store.run(lambda uow: open_account(uow, 3), cause="test")


def test_one_that_orders_twice_at_once_has_one_account() -> None:
    with Store.open(":memory:") as store:

        def twice(uow: UnitOfWork) -> None:
            open_accounts(uow, contacts([7, 7]))
            open_account(uow, 7)

        store.run(twice, cause="test")
        assert store.sql.value("count", "SELECT count(*) FROM account") == 1


def test_when_homes_become_one_both_numbers_lead_there_and_apart_again_each_to_its_own(town: Plan) -> None:
    mine, theirs = sign(town, "4 Main St"), sign(town, "5 Main St", name="Bo Ray", phone="406-555-0143")
    known = ids(town)
    town.merge_addresses(known["4 Main St"], known["5 Main St"], "one house", "ann")
    town.store.run(follow_addresses, cause="test")
    found = [look(town, each["account_number"]).results for each in (mine, theirs)]
    assert {each["name"] for (each,) in found} == {"Ann Lee", "Bo Ray"}
    assert len({each["address_id"] for (each,) in found}) == 1
    town.undo()
    town.store.run(follow_addresses, cause="test")
    for each, line in ((mine, "4 Main St"), (theirs, "5 Main St")):
        assert [one["address_id"] for one in look(town, each["account_number"]).results] == [known[line]]
        (customer,) = town.store.preview(lambda uow: desk_card(uow, known[line]), cause="read")["customers"]  # noqa: B023
        assert customer["account_number"] == each["account_number"]
    assert town.preorders.get(theirs["preorder_id"])["account_number"] == theirs["account_number"]


def test_the_desk_finds_by_account_number_and_says_what_is_wrong_with_a_mistyped_one(town: Plan) -> None:
    number = order(town)["account_number"]
    for typed in (number, number.lower(), f"{number[:5]}-{number[5:]}", f"{number[1:5]} {number[5:]}"):
        (found,) = look(town, typed).results
        assert (found["kind"], found["name"], found["why"]) == ("customer", "Ann Lee", "account")
    mistyped = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert (look(town, mistyped).results, "one digit is wrong" in str(look(town, mistyped).hint)) == ((), True)
    stranger = next(str(each) for each in draw_account_numbers(50) if each != number)
    assert look(town, stranger).hint == f"There is no account {stranger}."


def test_who_has_which_account_is_for_no_question_in_sql(town: Plan) -> None:
    order(town)
    with pytest.raises(InputRefused):
        town.sql("SELECT * FROM account")


def test_whoever_ordered_before_there_were_accounts_has_one_after_the_upgrade() -> None:
    statements = MIGRATION.read_text().split(";\n")
    with planned_street() as fm:
        for n in (1, 2, 3, 4):
            commit_lead(fm, f"{n} Main St", n)

        def upgrade(uow: UnitOfWork) -> list[tuple[Any, ...]]:
            uow.sql.execute("again", statements[-2] + ";")
            return uow.sql.rows("all", "SELECT contact_id, account_number FROM account ORDER BY contact_id")

        opened = fm.store.run(upgrade, cause="test")
        assert [contact for contact, _ in opened] == [3_001, 3_002, 3_003, 3_004]
        assert all(read_account_number(number).number == number for _, number in opened)


def contacts(contact_ids: list[int]) -> pa.Table:
    return pa.table({"contact_id": pa.array(contact_ids, pa.int64())})


def accounts(fm: Plan) -> list[dict[str, Any]]:
    return fm.store.sql.records("accounts", "SELECT * FROM account ORDER BY contact_id")


def count_accounts(fm: Plan) -> int:
    return len(accounts(fm))
