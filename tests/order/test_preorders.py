"""Pre-orders: where they may be taken, their place, their deposit, and what a slip, a merge and a withdrawal mean."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from fibermap.kernel.errors import Code, Conflict, FibermapError, InputRefused
from fibermap.money.payments import carry_out
from fibermap.money.refunds import carry_out_refund
from fibermap.order.consent import Consent
from fibermap.order.contact import Contact
from fibermap.order.lead_commands import Capture
from fibermap.order.merged_addresses import Followed, follow_addresses
from fibermap.order.preorder import PreOrder, WithdrawnWhy
from fibermap.order.preorder_commands import Word, note_deposit, pay_deposit, withdraw_preorder
from fibermap.order.preorder_json import preorder_json
from fibermap.order.preorder_store import find_preorder, list_preorders
from fibermap.order.preorder_taking import ANOTHER_SIGNS, For, take
from fibermap.order.slip import slip_preorders
from fibermap.plan import Plan
from tests.builders import ids, sound
from tests.order.lead_town import BEYOND, BUILT, PLANNED, capture, every, selling_town
from tests.order.sold_ahead import OFFER, SIGNED, commit, house


@pytest.fixture
def fm() -> Iterator[Plan]:
    with selling_town() as plan:
        yield plan


def now(fm: Plan, preorder: PreOrder) -> PreOrder:
    return fm.store.preview(lambda uow: find_preorder(uow, preorder.commitment_id), cause="read")


def places(fm: Plan) -> dict[int, int | None]:
    rows = fm.store.preview(list_preorders, cause="read")
    return {row["preorder_id"]: row["place"] for row in rows}


# -- taken


def test_a_pre_order_has_its_price_locked_and_a_place(fm: Plan) -> None:
    first, second = commit(fm), commit(fm, "4 Main St")
    assert (first.state, first.technology, first.terms) == ("committed", "fiber", "1")
    assert first.price_locked_until == first.committed_at.date() + timedelta(days=30)
    assert places(fm) == {first.commitment_id: 1, second.commitment_id: 2}
    assert fm.leads.get(first.lead_id)["state"] == "committed"
    told = fm.store.preview(lambda uow: preorder_json(uow, first.commitment_id), cause="read")
    assert [step["after"] for step in told["timeline"]] == ["pre-ordered", "committed"]
    committed = {event["address_id"] for event in every(fm, "event") if event["type"] == "PreOrderCommitted"}
    assert committed == {first.address_id, second.address_id}
    sound(fm)


@pytest.mark.parametrize("where", [BUILT, BEYOND])
def test_where_it_cannot_be_pre_ordered_it_is_refused_and_the_lead_stays_as_it_was(fm: Plan, where: str) -> None:
    lead_id = capture(fm, where)["lead_id"]
    with pytest.raises(Conflict, match="cannot be pre-ordered"):
        commit(fm, lead_id=lead_id)
    assert (fm.leads.get(lead_id)["state"], every(fm, "commitment")) == ("new", [])


def test_a_household_has_one_pre_order_that_stands(fm: Plan) -> None:
    first = commit(fm)
    with pytest.raises(Conflict) as refused:
        commit(fm, lead_id=first.lead_id)
    assert refused.value.code is Code.DUPLICATE_ACTIVE_ORDER
    fm.store.run(lambda uow: withdraw_preorder(uow, first.commitment_id, WithdrawnWhy.CUSTOMER, "ann"), cause="test")
    again = commit(fm, lead_id=first.lead_id)
    assert (now(fm, first).state, again.state) == ("withdrawn", "committed")


def test_a_pre_order_keeps_its_lead_from_being_given_up(fm: Plan) -> None:
    taken = commit(fm)
    with pytest.raises(Conflict) as refused:
        fm.leads.lose(taken.lead_id, "price")
    assert refused.value.code is Code.LEAD_STATE_REFUSED


@pytest.mark.parametrize("days", [1, -20_000])
def test_terms_are_signed_at_a_moment_that_has_been(fm: Plan, days: int) -> None:
    lead_id = capture(fm)["lead_id"]
    word = Word(OFFER, fm.store.clock.now() + timedelta(days=days), "door")
    with pytest.raises(InputRefused):
        fm.store.run(lambda uow: take(uow, For(lead_id), word, house(fm)), cause="test")


def test_capture_and_pre_order_are_one_or_nothing_and_who_signs_is_whom_it_is_of(fm: Plan) -> None:
    lead_id = capture(fm)["lead_id"]
    word = Word(OFFER, SIGNED, "door")
    taken = fm.store.run(lambda uow: take(uow, For(capture=bob(ids(fm)[PLANNED])), word, house(fm)), cause="test")
    told = fm.leads.get(lead_id)
    assert (taken.preorder.lead_id, told["contact"]["name"]) == (lead_id, "Bob Ray")
    assert told["merges"][-1]["rule"] == ANOTHER_SIGNS
    assert told["merges"][-1]["contact"]["name"] == "Ann Lee", "nobody who spoke is lost"
    with pytest.raises(Conflict):
        fm.store.run(lambda uow: take(uow, For(capture=bob(ids(fm)[BEYOND])), word, house(fm)),
                     cause="test")  # fmt: skip
    assert len(every(fm, "lead")) == 1, "the lead of the refused one is not there either"


def bob(where: int) -> Capture:
    return Capture(where, Contact("Bob Ray", "+14065550199"), "door", Consent(SIGNED, "Call me."))


# -- deposits


def test_with_a_deposit_asked_for_it_has_no_place_until_it_is_paid(fm: Plan) -> None:
    paying = commit(fm, cents=5_000, token="tok_visa")
    later = commit(fm, "4 Main St")
    assert (paying.state, places(fm)[paying.commitment_id]) == ("pre-ordered", None)
    assert carry_out(house(fm).money, paying.deposit_id or 0).state == "captured"
    fm.store.run(lambda uow: note_deposit(uow, paying.deposit_id or 0), cause="test")
    assert now(fm, paying).state == "committed"
    assert places(fm) == {later.commitment_id: 1, paying.commitment_id: 2}


def test_a_deposit_that_is_declined_leaves_it_without_a_place(fm: Plan) -> None:
    paying = commit(fm, cents=5_000, token="tok_chargeDeclined")
    carry_out(house(fm).money, paying.deposit_id or 0)
    assert now(fm, paying).state == "pre-ordered"


def test_nobody_pays_where_nothing_is_asked_for(fm: Plan) -> None:
    with pytest.raises(InputRefused):
        commit(fm, token="4111 1111 1111 1111")
    assert every(fm, "commitment") == []
    assert (commit(fm, token="tok_visa").state, every(fm, "payment")) == ("committed", [])


def test_a_withdrawn_pre_order_gives_its_deposit_back_and_leaves_its_lead(fm: Plan) -> None:
    paying = commit(fm, cents=5_000, token="tok_visa")
    carry_out(house(fm).money, paying.deposit_id or 0)
    fm.store.run(lambda uow: note_deposit(uow, paying.deposit_id or 0), cause="test")
    refund = fm.store.run(
        lambda uow: withdraw_preorder(uow, paying.commitment_id, WithdrawnWhy.CUSTOMER, "ann"), cause="test"
    )
    assert refund is not None
    assert carry_out_refund(house(fm).money, refund.refund_id).state == "paid"
    assert fm.leads.get(paying.lead_id)["state"] == "qualified"
    with pytest.raises(FibermapError) as refused:
        fm.store.run(
            lambda uow: withdraw_preorder(uow, paying.commitment_id, WithdrawnWhy.CUSTOMER, "ann"), cause="test"
        )
    assert refused.value.code is Code.PREORDER_STATE_REFUSED


# -- a phase slips


def test_a_slip_locks_the_price_as_much_longer_and_offers_a_choice_once(fm: Plan) -> None:
    inside = commit(fm)
    fm.slip_phase("Phase 2", date(2027, 3, 31), "late conduit", "ann", precision="day")
    moved = now(fm, inside)
    assert inside.price_locked_until is not None
    assert moved.price_locked_until == inside.price_locked_until + timedelta(days=30)
    assert f'"lock_until":"{moved.price_locked_until}"' in moved.price.replace(" ", "")
    (notice,) = every(fm, "notice")
    assert (notice["kind"], notice["state"], notice["subject_id"]) == (
        "phase_slipped", "waiting", inside.commitment_id,
    )  # fmt: skip
    assert '"refund"' in notice["facts"]
    version = fm.store.sql.value("test", "SELECT max(version) FROM plan_version")
    assert fm.store.run(lambda uow: slip_preorders(uow, version), cause="test") == 0, "delivered again it does nothing"
    assert now(fm, inside) == moved


def test_a_slip_that_is_taken_back_in_time_is_told_to_nobody(fm: Plan) -> None:
    commit(fm)
    fm.slip_phase("Phase 2", date(2027, 3, 31), "late conduit", "ann")
    fm.undo()
    assert [notice["state"] for notice in every(fm, "notice")] == ["recalled"]


def test_whoever_cannot_be_reached_blocks_nobody(fm: Plan) -> None:
    quiet, loud = commit(fm), commit(fm, "4 Main St")
    fm.leads.withdraw_consent(quiet.lead_id)
    fm.slip_phase("Phase 2", date(2027, 3, 31), "late conduit", "ann")
    states = {notice["subject_id"]: notice["state"] for notice in every(fm, "notice")}
    assert states == {quiet.commitment_id: "undeliverable", loud.commitment_id: "waiting"}


# -- addresses become one


def merge(fm: Plan, one: str, other: str) -> None:
    """Let two addresses become one, and their households with them; what is delivered again does nothing."""
    fm.merge_addresses(ids(fm)[one], ids(fm)[other], "the same house", "ann")
    before = [every(fm, table) for table in ("lead", "household", "commitment", "lead_merge")]
    assert fm.store.run(follow_addresses, cause="test") == Followed()
    assert before == [every(fm, table) for table in ("lead", "household", "commitment", "lead_merge")]


def test_two_households_that_become_one_have_one_open_lead(fm: Plan) -> None:
    first, second = capture(fm, "4 Main St", rep="Al"), capture(fm, PLANNED, name="Bob", phone="406-555-0199")
    fm.leads.qualify(second["lead_id"])
    merge(fm, "4 Main St", PLANNED)
    assert fm.leads.get(second["lead_id"])["state"] == "qualified", "the further one stays"
    gone = fm.leads.get(first["lead_id"])
    assert (gone["state"], gone["lost_reason"]) == ("lost", "duplicate")
    (taken_in,) = fm.leads.get(second["lead_id"])["merges"]
    assert (taken_in["rule"], taken_in["from_lead_id"]) == ("addresses_merged", first["lead_id"])
    assert len(every(fm, "household")) == 1
    assert capture(fm, next(line for line in ids(fm) if line in ("4 Main St", PLANNED)))["merged"]


def test_of_two_pre_orders_that_come_together_the_one_with_the_better_place_stays(fm: Plan) -> None:
    first, second = commit(fm, "4 Main St"), commit(fm, PLANNED)
    merge(fm, "4 Main St", PLANNED)
    assert (now(fm, first).state, now(fm, second).state) == ("committed", "withdrawn")
    assert now(fm, first).lead_id == now(fm, second).lead_id == first.lead_id
    assert [fm.leads.get(p.lead_id)["state"] for p in (first, second)] == ["committed", "lost"]


def test_a_lead_follows_its_address_where_nobody_else_is(fm: Plan) -> None:
    alone = capture(fm, "4 Main St")
    merge(fm, PLANNED, "4 Main St")
    survivor = next(at for line, at in ids(fm).items() if line in ("4 Main St", PLANNED))
    assert fm.leads.get(alone["lead_id"])["address_id"] == survivor


# -- and two again


def test_households_that_were_merged_stand_by_themselves_again_once_their_addresses_do(fm: Plan) -> None:
    first, second = capture(fm, "4 Main St", rep="Al"), capture(fm, PLANNED, name="Bob", phone="406-555-0199", rep="Bo")
    fm.leads.qualify(second["lead_id"])
    before = every(fm, "household")
    merge(fm, "4 Main St", PLANNED)
    fm.undo()
    assert every(fm, "household") == before
    told = [fm.leads.get(each["lead_id"]) for each in (first, second)]
    assert [(lead["state"], lead["lost_reason"], lead["rep"]) for lead in told] == [
        ("new", None, "Al"), ("qualified", None, "Bo"),
    ]  # fmt: skip
    assert told[0]["timeline"][-1]["why"] == "addresses_split"
    assert fm.store.run(follow_addresses, cause="test") == Followed()


def test_a_pre_order_that_gave_way_stands_again_with_its_place_and_price(fm: Plan) -> None:
    first, second = commit(fm, "4 Main St"), commit(fm, PLANNED)
    merge(fm, "4 Main St", PLANNED)
    fm.undo()
    assert now(fm, first) == first
    assert now(fm, second) == second
    assert places(fm) == {first.commitment_id: 1, second.commitment_id: 2}
    assert [fm.leads.get(p.lead_id)["state"] for p in (first, second)] == ["committed", "committed"]
    again = fm.store.run(lambda uow: withdraw_preorder(uow, first.commitment_id, WithdrawnWhy.CUSTOMER, "a"), cause="t")
    assert again is None
    assert commit(fm, lead_id=first.lead_id).commitment_id != first.commitment_id
    sound(fm)


def test_a_deposit_that_is_on_its_way_back_is_not_called_back(fm: Plan) -> None:
    first, second = (commit(fm, where, cents=5_000, token="tok_visa") for where in ("4 Main St", PLANNED))
    for taken in (first, second):
        assert taken.deposit_id is not None
        pay(fm, taken)
    merge(fm, "4 Main St", PLANNED)
    fm.undo()
    assert (now(fm, first).state, now(fm, second).state) == ("committed", "withdrawn")
    assert [fm.leads.get(p.lead_id)["state"] for p in (first, second)] == ["committed", "qualified"]
    assert [row["state"] for row in every(fm, "deposit") if row["deposit_id"] == second.deposit_id] == ["refunding"]


# -- a deposit that comes late


def pay(fm: Plan, preorder: PreOrder) -> None:
    """Let the gateway take a deposit that is on record."""
    assert preorder.deposit_id is not None
    carry_out(house(fm).money, preorder.deposit_id)
    fm.deliver()


def test_a_deposit_that_comes_after_the_withdrawal_goes_back(fm: Plan) -> None:
    preorder = commit(fm, cents=5_000, token="tok_visa")
    fm.store.run(lambda uow: withdraw_preorder(uow, preorder.commitment_id, WithdrawnWhy.CUSTOMER, "ann"), cause="test")
    pay(fm, preorder)
    assert [row["state"] for row in every(fm, "deposit")] == ["refunding"]


def test_what_is_asked_for_is_not_paid_until_it_has_come_and_is_then_the_orders_credit(fm: Plan) -> None:
    preorder = commit(fm, cents=5_000, token="tok_visa")
    (south,) = [int(area.area_id) for area in fm.areas.itertuples() if area.name == "South"]
    fm.set_area_class([south], "build", "tested", "ann")
    (order,) = every(fm, "customer_order")
    assert order["state"] == "pending"
    pay(fm, preorder)
    assert [row["state"] for row in every(fm, "customer_order")] == ["inProgress"]
    (deposit,) = every(fm, "deposit")
    assert (deposit["state"], deposit["credited_to"]) == ("applied", f"order:{order['order_id']}")


def test_an_order_whose_deposit_never_came_is_cancelled_like_any_other(fm: Plan) -> None:
    commit(fm, cents=5_000, token="tok_chargeDeclined")
    (south,) = [int(area.area_id) for area in fm.areas.itertuples() if area.name == "South"]
    fm.set_area_class([south], "build", "tested", "ann")
    (order,) = every(fm, "customer_order")
    assert fm.orders.cancel(order["order_id"], "price", "ann")["state"] == "cancelled"


def test_a_deposit_is_not_paid_twice_at_once(fm: Plan) -> None:
    preorder = commit(fm, cents=5_000, token="tok_visa")
    under = house(fm, preorder_deposit_cents=5_000)
    with pytest.raises(Conflict) as refused:
        fm.store.run(lambda uow: pay_deposit(uow, preorder, "tok_visa", "another", under), cause="test")
    assert refused.value.code is Code.PREORDER_STATE_REFUSED
