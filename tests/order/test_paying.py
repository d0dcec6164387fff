"""Paying at the gateway's page for what is sold: one page, one deposit, and whatever comes late goes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fibermap.kernel.errors import Code, Conflict
from fibermap.kernel.settings import Settings
from fibermap.money.pages import close_page, close_wanted, look_at_page
from fibermap.money.payment import Payment, PaymentState
from fibermap.money.payment_store import payment_of
from fibermap.money.payments import carry_out
from fibermap.money.settle import open_desk
from fibermap.money.webhook_event import METADATA_KEY
from fibermap.order.following import follow
from fibermap.order.lead_store import find_lead
from fibermap.order.order_commands import cancel_order, set_payment_method
from fibermap.order.order_deposit import pay_order, till_of_orders
from fibermap.order.order_json import order_json
from fibermap.order.paying import Payer, leave_page
from fibermap.order.preorder import PreOrder, WithdrawnWhy
from fibermap.order.preorder_commands import House, Word, pay_deposit, take_preorder, withdraw_preorder
from fibermap.order.preorder_store import find_preorder
from fibermap.plan import Plan
from tests.builders import ids, sound
from tests.order.lead_town import BUILT, PLANNED, capture, every, selling_town
from tests.order.selling import plan_terms
from tests.order.sold_ahead import OFFER, SIGNED, PlannedFiber


@pytest.fixture
def fm() -> Iterator[Plan]:
    with selling_town() as plan:
        yield plan


def returns(payer: Payer, payer_id: int) -> str:
    return f"https://fiber.example/portal#follow={payer}-{payer_id}"


def house(fm: Plan) -> House:
    return House(Settings(preorder_deposit_cents=5_000), PlannedFiber(), open_desk(fm.store), returns)


def do(fm: Plan, work: Any) -> Any:
    return fm.store.run(work, cause="test")


def promise(fm: Plan) -> PreOrder:
    """Take a pre-order whose deposit is paid at a page, and open that."""
    lead_id = capture(fm, PLANNED)["lead_id"]
    word = Word(OFFER, SIGNED, "portal", payment_key="key-1")
    preorder: PreOrder = do(fm, lambda uow: take_preorder(uow, find_lead(uow, lead_id), word, house(fm)).preorder)
    assert opened(fm, preorder.deposit_id).state is PaymentState.AWAITING
    return preorder


def opened(fm: Plan, payment_id: int | None) -> Payment:
    assert payment_id is not None
    return carry_out(open_desk(fm.store), payment_id)


def customer_pays(fm: Plan, payment_id: int | None) -> None:
    """Be the customer at the simulated page, and the server that hears of it."""
    assert payment_id is not None
    desk: Any = open_desk(fm.store)
    page = payment_of(fm.store.sql, payment_id).page
    assert page is not None
    assert desk.gateway.pay_at_page(page.page_id, "tok_visa") is None


def heard(fm: Plan, payment_id: int | None) -> None:
    assert payment_id is not None
    look_at_page(open_desk(fm.store), payment_id)
    fm.deliver()


def told(fm: Plan, payer: Payer, payer_id: int) -> dict[str, Any]:
    return fm.store.preview(lambda uow: follow(uow, payer, payer_id), cause="read")


def now(fm: Plan, preorder: PreOrder) -> PreOrder:
    return fm.store.preview(lambda uow: find_preorder(uow, preorder.commitment_id), cause="read")


def test_a_pre_order_has_its_place_once_its_deposit_is_paid_at_the_page(fm: Plan) -> None:
    preorder = promise(fm)
    before = told(fm, "commitment", preorder.commitment_id)
    assert (before["payment"]["state"], before["payment_due"]) == ("awaiting", True)
    assert before["payment"]["page_url"].startswith("https://fiber.example/simulated-payment/cs_simulated_")
    customer_pays(fm, preorder.deposit_id)
    heard(fm, preorder.deposit_id)
    assert now(fm, preorder).state == "committed"
    after = told(fm, "commitment", preorder.commitment_id)
    assert (after["payment"]["state"], after["payment"]["page_url"], after["payment_due"]) == ("captured", None, False)
    assert METADATA_KEY not in str(after)
    sound(fm)


def test_the_page_that_is_open_is_given_out_again_and_a_token_waits_until_it_is_closed(fm: Plan) -> None:
    preorder = promise(fm)
    under = house(fm)
    again = do(fm, lambda uow: pay_deposit(uow, now(fm, preorder), None, "key-2", under))
    assert again.deposit_id == preorder.deposit_id
    with pytest.raises(Conflict) as refused:
        do(fm, lambda uow: pay_deposit(uow, preorder, "tok_visa", "key-3", under))
    assert refused.value.code is Code.PREORDER_STATE_REFUSED
    leave_page(under.money, preorder.deposit_id)
    paid = do(fm, lambda uow: pay_deposit(uow, preorder, "tok_visa", "key-3", under))
    opened(fm, paid.deposit_id)
    fm.deliver()
    assert now(fm, preorder).state == "committed"
    assert [row["state"] for row in every(fm, "deposit")] == ["held"]


def test_a_page_that_expired_is_followed_by_another_one(fm: Plan) -> None:
    preorder = promise(fm)
    leave_page(open_desk(fm.store), preorder.deposit_id)
    assert told(fm, "commitment", preorder.commitment_id)["payment_due"]
    another = do(fm, lambda uow: pay_deposit(uow, now(fm, preorder), None, "key-2", house(fm)))
    assert another.deposit_id != preorder.deposit_id
    customer_pays(fm, opened(fm, another.deposit_id).payment_id)
    heard(fm, another.deposit_id)
    assert now(fm, preorder).state == "committed"


def test_withdrawing_closes_the_page(fm: Plan) -> None:
    preorder = promise(fm)
    do(fm, lambda uow: withdraw_preorder(uow, preorder.commitment_id, WithdrawnWhy.CUSTOMER, "ann"))
    close_wanted(open_desk(fm.store))
    assert [row["status"] for row in every(fm, "simulated_page")] == ["expired"]
    assert every(fm, "deposit") == []


def test_what_was_paid_while_it_was_withdrawn_goes_back(fm: Plan) -> None:
    preorder = promise(fm)
    customer_pays(fm, preorder.deposit_id)
    do(fm, lambda uow: withdraw_preorder(uow, preorder.commitment_id, WithdrawnWhy.CUSTOMER, "ann"))
    close_page(open_desk(fm.store), preorder.deposit_id or 0)
    fm.deliver()
    assert [row["state"] for row in every(fm, "deposit")] == ["refunding"]
    assert [row["reason"] for row in every(fm, "refund")] == ["deposit came late"]
    sound(fm)


def test_money_that_comes_for_what_another_payment_has_paid_goes_back(fm: Plan) -> None:
    preorder = promise(fm)
    leave_page(open_desk(fm.store), preorder.deposit_id)
    paid = do(fm, lambda uow: pay_deposit(uow, now(fm, preorder), "tok_visa", "key-2", house(fm)))
    opened(fm, paid.deposit_id)
    do(fm, lambda uow: uow.sql.execute("test.open", "UPDATE simulated_page SET status = 'open'"))
    do(fm, lambda uow: uow.sql.execute("test.late", "UPDATE payment SET state = 'awaiting' WHERE token IS NULL"))
    customer_pays(fm, preorder.deposit_id)
    heard(fm, preorder.deposit_id)
    states = {row["deposit_id"]: row["state"] for row in every(fm, "deposit")}
    assert states == {preorder.deposit_id: "refunding", paid.deposit_id: "held"}
    assert now(fm, preorder).deposit_id == paid.deposit_id


def order(fm: Plan) -> tuple[int, Payment]:
    """Place an order without a payment method, and open the page where it is paid in advance."""
    fm.catalogue.add(plan_terms(), "new", "ann")
    offer_id = fm.catalogue.revisions("FIBER-500")[-1].offer_id
    order_id = fm.orders.place(
        ids(fm)[BUILT], offer_id, name="Ann Lee", phone="406-555-0142",
        channel="phone",
        consent_at=SIGNED, wording="I agree",
    ).order_id  # fmt: skip
    till = till_of_orders(Settings(), open_desk(fm.store), returns)
    ordered = do(fm, lambda uow: pay_order(uow, order_id, till, "key-1"))
    assert do(fm, lambda uow: pay_order(uow, order_id, till, "key-2")).deposit_id == ordered.deposit_id
    return order_id, opened(fm, ordered.deposit_id)


def test_an_order_goes_on_once_it_is_paid_in_advance_and_has_that_as_a_credit(fm: Plan) -> None:
    order_id, payment = order(fm)
    shown = fm.store.preview(lambda uow: order_json(uow, order_id), cause="read")
    assert (shown["state"], shown["payment"]["state"]) == ("pending", "awaiting")
    assert told(fm, "order", order_id)["payment_due"]
    customer_pays(fm, payment.payment_id)
    heard(fm, payment.payment_id)
    after = told(fm, "order", order_id)
    assert (after["state"], after["payment_due"], after["payment"]["state"]) == ("inProgress", False, "captured")
    assert [row["credited_to"] for row in every(fm, "deposit")] == [f"order:{order_id}"]
    till = till_of_orders(Settings(), open_desk(fm.store), returns)
    with pytest.raises(Conflict) as refused:
        do(fm, lambda uow: pay_order(uow, order_id, till, "key-3"))
    assert refused.value.code is Code.ORDER_STATE_REFUSED
    sound(fm)


def test_what_was_paid_for_an_order_while_it_was_cancelled_goes_back(fm: Plan) -> None:
    order_id, payment = order(fm)
    customer_pays(fm, payment.payment_id)
    do(fm, lambda uow: cancel_order(uow, order_id, "price", "ann"))
    close_wanted(open_desk(fm.store))
    fm.deliver()
    assert [row["state"] for row in every(fm, "deposit")] == ["refunding"]


def test_a_payment_method_closes_the_page(fm: Plan) -> None:
    order_id, payment = order(fm)
    do(fm, lambda uow: set_payment_method(uow, order_id, "tok_visa"))
    close_wanted(open_desk(fm.store))
    assert payment_of(fm.store.sql, payment.payment_id).state is PaymentState.FAILED
    till = till_of_orders(Settings(), open_desk(fm.store), returns)
    with pytest.raises(Conflict):
        do(fm, lambda uow: pay_order(uow, order_id, till, "key-2"))


def test_where_nobody_can_be_sent_to_a_page_that_is_said(fm: Plan) -> None:
    order_id, payment = order(fm)
    leave_page(open_desk(fm.store), payment.payment_id)
    for till in (till_of_orders(Settings(order_deposit_cents=0), open_desk(fm.store), returns),
                 till_of_orders(Settings(), open_desk(fm.store), None)):  # fmt: skip
        with pytest.raises(Conflict) as refused:
            do(fm, lambda uow, till=till: pay_order(uow, order_id, till, "key-2"))
        assert refused.value.code is Code.PAYMENT_PAGE_UNAVAILABLE
