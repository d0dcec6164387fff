"""Orders that are begun: kept without who begins them, gone on with by a link, judged anew, and counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fibermap.kernel.clock import FixedClock
from fibermap.kernel.errors import Code, Conflict, FibermapError
from fibermap.order.consent import Consent
from fibermap.order.consequences import weighed
from fibermap.order.contact import Contact
from fibermap.order.desk_card import desk_card
from fibermap.order.draft import (
    KEPT_FOR,
    Became,
    Begun,
    Draft,
    DraftState,
    begin_draft,
    draft_at,
    drop_draft,
    expire_drafts,
    find_draft,
    finish_draft,
    known_of,
    remember,
)
from fibermap.order.following import follow
from fibermap.order.giving_up import give_up
from fibermap.order.lead_commands import Capture
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from tests.builders import ids
from tests.order.lead_town import AGREED, BEYOND, BUILT, PLANNED, capture, every, selling_town
from tests.order.selling import plan_terms
from tests.order.sold_ahead import commit

ANN = Contact("Ann Lee", "+14065550142")
BO: dict[str, Any] = {"name": "Bo Diaz", "phone": "406-555-0199", "channel": "csr", **AGREED}


@pytest.fixture
def fm() -> Iterator[Plan]:
    with selling_town() as plan:
        plan.catalogue.add(plan_terms(), "new", "ann")
        yield plan


def begin(fm: Plan, where: str = BUILT, request: str = "r1", **more: object) -> Draft:
    offer_id = fm.catalogue.revisions("FIBER-500")[-1].offer_id
    begun = Begun(ids(fm)[where], offer_id, "portal", **more)  # type: ignore[arg-type]
    return fm.store.run(lambda uow: begin_draft(uow, begun, request), cause="begin_draft")


def remembered(fm: Plan, draft: Draft, contact: Contact = ANN) -> bool:
    said = Capture(draft.address_id, contact, "portal", Consent(fm.store.clock.now(), "You may call me."))
    return fm.store.run(lambda uow: remember(uow, draft.draft_id, said, fm.settings), cause="remember")


def known(fm: Plan, draft: Draft) -> Contact | None:
    return fm.store.preview(lambda uow: known_of(uow, find_draft(uow, draft.draft_id)), cause="read")


def finish(fm: Plan, draft: Draft, became: Became, became_id: int) -> None:
    def work(uow: UnitOfWork) -> None:
        finish_draft(uow, draft_at(uow, draft.draft_id, draft.address_id), became, became_id)

    fm.store.run(work, cause="test")


def test_a_draft_keeps_what_was_chosen_and_nobody(fm: Plan) -> None:
    draft = begin(fm)
    assert begin(fm) == draft, "the same request is the same draft"
    assert (draft.sale, draft.state, draft.lead_id) == ("order", DraftState.OPEN, None)
    assert begin(fm, PLANNED, "r2").sale == "pre-order"
    assert every(fm, "contact") == every(fm, "lead") == []
    with pytest.raises(Conflict) as refused:
        begin(fm, BEYOND, "r3")
    assert refused.value.code is Code.NOT_BUILD


def test_who_agrees_is_kept_as_interest_with_their_consent_and_only_then(fm: Plan) -> None:
    draft = begin(fm, rep="Al")
    assert remembered(fm, draft)
    (lead,), (consent,) = every(fm, "lead"), every(fm, "consent")
    assert (lead["state"], lead["rep"], consent["wording"]) == ("new", "Al", "You may call me.")
    assert known(fm, draft) == ANN
    told = fm.store.preview(lambda uow: follow(uow, "draft", draft.draft_id), cause="read")
    assert told["begun"]["knows"]
    assert ANN.name not in str(told)
    fm.leads.forget(lead["lead_id"])
    assert known(fm, draft) is None


def test_a_draft_leads_to_nobody_who_was_there_before(fm: Plan) -> None:
    capture(fm, BUILT)
    draft = begin(fm)
    assert not remembered(fm, draft, Contact("Bo Diaz", "+14065550199"))
    assert known(fm, draft) is None


def test_what_was_begun_as_a_pre_order_is_judged_by_what_is_true_now(fm: Plan) -> None:
    draft = begin(fm, PLANNED)
    (south,) = [int(area.area_id) for area in fm.areas.itertuples() if area.name == "South"]
    fm.set_area_class([south], "build", "accepted", "ann")
    told = fm.store.preview(lambda uow: follow(uow, "draft", draft.draft_id), cause="read")
    assert (told["state"], told["begun"]["sale"]) == ("open", "pre-order")
    offers = fm.catalogue.offers_at(draft.address_id, "portal")
    assert [str(offer.sale) for offer in offers.offers if offer.offering.offer_id == draft.offer_id] == ["order"]


def test_what_was_begun_is_on_the_card_of_its_address_with_whoever_agreed_and_is_taken_up_by_an_order(fm: Plan) -> None:
    nobodys, anns = begin(fm, rep="Al"), begin(fm, PLANNED, "r2")
    remembered(fm, anns)
    card = fm.store.preview(lambda uow: desk_card(uow, ids(fm)[BUILT]), cause="read")
    (shown,) = card["drafts"]
    assert (shown["draft_id"], shown["contact"], shown["offer"]) == (nobodys.draft_id, None, "Plan FIBER-500")
    (shown,) = fm.store.preview(lambda uow: desk_card(uow, ids(fm)[PLANNED]), cause="read")["drafts"]
    assert (shown["contact"]["name"], shown["sale"]) == ("Ann Lee", "pre-order")
    assert fm.drafts.list(ids(fm)[BUILT]).table["draft_id"].to_pylist() == [nobodys.draft_id]

    placed = fm.orders.place(nobodys.address_id, nobodys.offer_id, **BO, draft_id=nobodys.draft_id, request="one")
    again = fm.orders.place(nobodys.address_id, nobodys.offer_id, **BO, draft_id=nobodys.draft_id, request="one")
    assert again == placed
    told = fm.store.preview(lambda uow: follow(uow, "draft", nobodys.draft_id), cause="read")
    assert (told["subject"], told["subject_id"]) == ("order", placed.order_id)
    signed = fm.store.clock.now()
    taken = fm.preorders.take(
        anns.offer_id, where=anns.address_id, terms_accepted_at=signed, **BO, draft_id=anns.draft_id
    )
    told = fm.store.preview(lambda uow: follow(uow, "draft", anns.draft_id), cause="read")
    assert (told["subject"], told["subject_id"]) == ("commitment", taken["preorder_id"])
    assert fm.drafts.list().table.num_rows == 0


def test_what_is_dropped_leads_to_nothing_keeps_its_interest_and_is_said_first(fm: Plan) -> None:
    draft = begin(fm)
    remembered(fm, draft)
    told = fm.store.run_alone(
        lambda uow: weighed(uow, fm.store.sql, lambda uow: drop_draft(uow, draft.draft_id))[0], cause="test"
    )
    assert [each.code for each in told] == ["draft_given_up"]
    assert fm.drafts.drop(draft.draft_id) == {"draft_id": draft.draft_id, "state": "given_up"}
    assert every(fm, "lead")[0]["state"] == "new"
    for work, code in (
        (lambda: fm.drafts.drop(draft.draft_id), Code.DRAFT_CLOSED),
        (lambda: fm.drafts.drop(404), Code.DRAFT_NOT_FOUND),
    ):
        with pytest.raises(FibermapError) as refused:
            work()
        assert refused.value.code is code
    with pytest.raises(FibermapError):
        fm.orders.place(draft.address_id, draft.offer_id, **BO, draft_id=404)
    assert every(fm, "customer_order") == [], "what is refused leaves nothing"


def test_what_is_finished_is_followed_to_what_it_became_and_its_interest_is_an_orders(fm: Plan) -> None:
    draft = begin(fm)
    remembered(fm, draft)
    placed = fm.orders.place(
        draft.address_id, draft.offer_id, name="Ann Lee", phone="406-555-0142", channel="portal",
        consent_at=fm.store.clock.now(), wording="You may call me.",
    )  # fmt: skip
    finish(fm, draft, "order", placed.order_id)
    told = fm.store.preview(lambda uow: follow(uow, "draft", draft.draft_id), cause="read")
    assert (told["subject"], told["subject_id"]) == ("order", placed.order_id)
    assert [lead["state"] for lead in every(fm, "lead")] == ["converted"]
    with pytest.raises(Conflict) as refused:
        finish(fm, draft, "order", placed.order_id)
    assert refused.value.code is Code.DRAFT_CLOSED


def test_after_its_time_a_draft_leads_to_nobody_and_still_counts(fm: Plan) -> None:
    draft = begin(fm)
    remembered(fm, draft)
    fm.store.clock = FixedClock(fm.store.clock.now() + KEPT_FOR + timedelta(seconds=1))
    assert fm.store.preview(lambda uow: find_draft(uow, draft.draft_id), cause="read").state is DraftState.EXPIRED
    assert fm.store.run(expire_drafts, cause="expire") == 1
    assert [(row["state"], row["lead_id"]) for row in every(fm, "sale_draft")] == [("expired", None)]
    told = {(row["grouped_by"], row["which"]): row for row in fm.report("funnel").table.to_pylist()}
    assert (told["channel", "portal"]["begun"], told["channel", "portal"]["unfinished"]) == (1, 1)


def test_the_funnel_begins_with_what_was_begun(fm: Plan) -> None:
    begin(fm, "2 Main St", "r1")
    finished = begin(fm, PLANNED, "r2")
    taken = commit(fm)
    finish(fm, finished, "commitment", taken.commitment_id)
    told = {(row["grouped_by"], row["which"]): row for row in fm.report("funnel").table.to_pylist()}
    assert [told["all", ""][name] for name in ("begun", "unfinished", "leads", "pre_ordered")] == [2, 1, 1, 1]
    assert (told["channel", "portal"]["leads"], told["channel", "portal"]["ordered_rate"]) == (0, None)


def test_giving_up_says_first_what_it_does_and_then_does_it(fm: Plan) -> None:
    fm.configure("deposits", "ann", preorder_deposit_cents=5_000)
    taken = fm.preorders.take(
        fm.catalogue.revisions("FIBER-500")[-1].offer_id, terms_accepted_at=fm.store.clock.now(), channel="portal",
        where=ids(fm)[PLANNED], name="Ann Lee", phone="406-555-0142", payment_token="tok_visa",
        consent_at=fm.store.clock.now(), wording="You may call me.",
    )  # fmt: skip
    at = taken["preorder_id"]
    foreseen = fm.store.preview(lambda uow: give_up(uow, "commitment", at), cause="preview")
    assert fm.preorders.get(at)["state"] == "committed"
    assert [each.code for each in foreseen.consequences] == ["commitment_ends", "deposit_back"]
    assert "USD 50.00" in foreseen.consequences[1].text
    done = fm.store.run(lambda uow: give_up(uow, "commitment", at), cause="give_up")
    assert done.consequences == foreseen.consequences
    assert (done.told["state"], done.told["may_give_up"], len(done.refund_ids)) == ("withdrawn", False, 1)


def test_interest_and_drafts_are_given_up_and_what_has_ended_is_not(fm: Plan) -> None:
    lead_id, draft = capture(fm, BEYOND)["lead_id"], begin(fm)
    fm.store.run(lambda uow: give_up(uow, "lead", lead_id), cause="give_up")
    fm.store.run(lambda uow: give_up(uow, "draft", draft.draft_id), cause="give_up")
    assert (fm.leads.get(lead_id)["state"], fm.leads.get(lead_id)["lost_reason"]) == ("lost", "not_interested")
    for subject, at in (("lead", lead_id), ("draft", draft.draft_id)):
        with pytest.raises(Conflict):
            fm.store.run(lambda uow, s=subject, at=at: give_up(uow, s, at), cause="give_up")


def test_a_draft_is_gone_on_with_at_its_own_address(fm: Plan) -> None:
    draft = begin(fm)
    remembered(fm, draft)
    with pytest.raises(Conflict) as refused:
        fm.store.preview(lambda uow: draft_at(uow, draft.draft_id, ids(fm)[PLANNED]), cause="read")
    assert refused.value.code is Code.DRAFT_CLOSED
