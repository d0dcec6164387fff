"""Leads: at an address and nowhere else, one a household, with the credit where the rule puts it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, Conflict, FibermapError, InputRefused, NotFound
from fibermap.order.lead import CreditRule, Lead, LeadState, credit_after, stays
from fibermap.plan import Plan
from tests.builders import home, ids, ingest, rows, sound, source
from tests.order.lead_town import AGREED, BEYOND, BUILT, PLANNED, capture, every, selling_town

AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def fm() -> Iterator[Plan]:
    with selling_town() as plan:
        yield plan


def lead(state: str = "new", rep: str | None = None, days: int = 0, lead_id: int = 1) -> Lead:
    return Lead(lead_id, 1, 1, LeadState(state), "door", AT + timedelta(days=days), None, rep, AT if rep else None)


# -- where


@pytest.mark.parametrize(("where", "step"), [(BUILT, "order"), (PLANNED, "preorder"), (BEYOND, "interest")])
def test_a_lead_says_what_can_be_done_at_its_address(fm: Plan, where: str, step: str) -> None:
    got = capture(fm, where)
    assert (got["address_id"], got["state"], got["merged"], got["next_step"]) == (ids(fm)[where], "new", False, step)
    sound(fm)


def test_what_can_be_done_depends_on_the_technology_that_is_wanted(fm: Plan) -> None:
    assert capture(fm, BUILT, technology="fixed_wireless")["next_step"] == "interest"


def test_a_text_is_settled_as_check_settles_it(fm: Plan) -> None:
    given = {"name": "Ann Lee", "phone": "406-555-0142", "channel": "phone", **AGREED}
    assert fm.leads.capture("5 main street, 59741", **given)["address_id"] == ids(fm)[PLANNED]
    assert fm.leads.capture({"street": "4 Main St", "zip": "59741"}, **given)["address_id"] == ids(fm)["4 Main St"]


@pytest.mark.parametrize("text", ["99 Main St, 59741", "20 Main St, 59741", "nowhere"])
def test_what_is_not_settled_is_refused_with_what_may_be_meant(fm: Plan, text: str) -> None:
    with pytest.raises(InputRefused) as refused:
        fm.leads.capture(text, name="Ann", phone="406-555-0142", channel="phone", **AGREED)
    assert refused.value.code is Code.ADDRESS_NOT_SETTLED
    assert every(fm, "lead") == every(fm, "contact") == every(fm, "consent") == []


@pytest.mark.parametrize("where", ["text", "id"])
def test_of_a_building_with_units_one_has_to_be_chosen(fm: Plan, where: str) -> None:
    ingest(fm, source("second", [home(20, 420)]))
    building = "20 Main St, 59741" if where == "text" else ids(fm)["20 Main St"]
    with pytest.raises(InputRefused) as refused:
        fm.leads.capture(building, name="Ann", phone="406-555-0142", channel="phone", **AGREED)
    assert refused.value.where["next_action"] == "choose_unit"
    offered = {each["address_id"] for each in refused.value.where["candidates"]}
    assert offered == {at for line, at in ids(fm).items() if line.startswith("20 Main St ")}


def test_an_unknown_address_is_refused(fm: Plan) -> None:
    with pytest.raises(NotFound) as refused:
        fm.leads.capture(5, name="Ann", phone="406-555-0142", channel="phone", **AGREED)
    assert refused.value.code is Code.ADDRESS_NOT_FOUND


# -- one a household


def test_a_second_capture_of_a_household_is_merged_and_seen(fm: Plan) -> None:
    first = capture(fm)
    second = capture(fm, name="Bob Lee", phone="406-555-0199", technology="fiber", channel="phone")
    assert (second["lead_id"], second["merged"]) == (first["lead_id"], True)
    told = fm.leads.get(first["lead_id"])
    assert told["contact"]["name"] == "Ann Lee", "what was said first is not overwritten"
    (merge,) = told["merges"]
    assert (merge["rule"], merge["channel"], merge["contact"]["name"]) == ("same_household", "phone", "Bob Lee")
    assert merge["said"] == {"contact": "another", "credit": "nobody", "technology": "fiber"}
    assert [change["why"] for change in told["timeline"]] == ["captured", "same_household"]
    assert told["technology"] == "fiber"


def test_the_same_contact_is_kept_once(fm: Plan) -> None:
    capture(fm)
    capture(fm, name="ann lee", phone="(406) 555-0142")
    assert len(every(fm, "contact")) == 1
    assert len(every(fm, "consent")) == 1


def test_two_units_are_two_households(fm: Plan) -> None:
    units = [line for line in ids(fm) if line.startswith("20 Main St ")]
    assert len({capture(fm, unit)["lead_id"] for unit in units}) == 2


def test_in_a_building_whose_units_nobody_has_listed_each_contact_is_a_household(fm: Plan) -> None:
    one = capture(fm, "30 Main St", email="ann@example.com")
    other = capture(fm, "30 Main St", name="Bob", phone="406-555-0199")
    again = capture(fm, "30 Main St", phone=None, email="ANN@example.com")
    assert one["lead_id"] != other["lead_id"]
    assert (again["lead_id"], again["merged"]) == (one["lead_id"], True)


def test_a_household_whose_lead_was_lost_may_have_another(fm: Plan) -> None:
    first = capture(fm)
    fm.leads.lose(first["lead_id"], "price")
    second = capture(fm)
    assert not second["merged"]
    assert len(fm.leads.list(["new"])) == 1
    assert fm.leads.get(first["lead_id"])["lost_reason"] == "price"


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "t"]), st.integers(0, 2), st.booleans()), max_size=8))
def test_whatever_the_order_of_captures_a_household_has_one_open_lead(told: list[tuple[str, int, bool]]) -> None:
    places = {"a": PLANNED, "b": BEYOND, "t": "30 Main St"}
    with selling_town() as fm:
        expected = set()
        for where, who, lost in told:
            got = capture(fm, places[where], name=f"P{who}", phone=f"406-555-010{who}")
            key = where if where != "t" else f"t{who}"
            expected.add(key)
            if lost:
                fm.leads.lose(got["lead_id"], "other")
                expected.remove(key)
        assert len(fm.leads.list(["new"])) == len(expected) == len(every(fm, "household"))
        assert len(every(fm, "lead")) + len(every(fm, "lead_merge")) == len(told), "no capture is lost"


# -- credit


@pytest.mark.parametrize(
    ("has", "days", "comes", "gets", "rule"),
    [
        (None, 0, None, None, "nobody"),
        (None, 10, "bo", "bo", "first"),
        ("al", 10, None, "al", "kept"),
        ("al", 10, "bo", "al", "kept"),
        ("al", 90, "bo", "al", "kept"),
        ("al", 91, "bo", "bo", "passed"),
        ("al", 91, "al", "al", "renewed"),
    ],
)
def test_the_first_rep_keeps_the_credit_for_so_many_days(
    has: str | None, days: int, comes: str | None, gets: str | None, rule: str
) -> None:
    credit = credit_after(lead(rep=has), comes, AT + timedelta(days=days), 90)
    assert (credit.rep, credit.rule) == (gets, CreditRule(rule))


@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["al", "bo", None])), max_size=12))
def test_credit_never_goes_to_one_rep_while_another_ones_is_young(steps: list[tuple[int, str | None]]) -> None:
    held = lead()
    for day, rep in sorted(steps, key=lambda step: step[0]):
        at = AT + timedelta(days=day)
        credit = credit_after(held, rep, at, 90)
        if held.rep is not None and credit.rep != held.rep:
            assert held.rep_since is not None
            assert at - held.rep_since > timedelta(days=90)
        held = Lead(1, 1, 1, held.state, "door", AT, None, credit.rep, credit.since)


def test_the_credit_is_told_with_the_capture(fm: Plan) -> None:
    assert capture(fm, rep="Al")["credit"] == "first"
    again = capture(fm, rep="Bo")
    assert (again["rep"], again["credit"]) == ("Al", "kept")


# -- states


def test_of_two_open_leads_the_further_one_stays_then_the_earlier_then_the_smaller_id() -> None:
    assert stays(lead("committed", days=5), lead("qualified", lead_id=2)).lead_id == 1
    assert stays(lead(days=5), lead(days=4, lead_id=2)).lead_id == 2
    assert stays(lead(), lead(lead_id=2)) == stays(lead(lead_id=2), lead()) == lead()


def test_a_lead_goes_only_where_the_table_lets_it(fm: Plan) -> None:
    lead_id = capture(fm)["lead_id"]
    assert fm.leads.qualify(lead_id)["state"] == "qualified"
    with pytest.raises(Conflict) as refused:
        fm.leads.qualify(lead_id)
    assert refused.value.code is Code.LEAD_STATE_REFUSED
    fm.leads.lose(lead_id, "competitor")
    with pytest.raises(Conflict):
        fm.leads.lose(lead_id, "price")
    changes = [(c["before"], c["after"]) for c in fm.leads.get(lead_id)["timeline"]]
    assert changes == [(None, "new"), ("new", "qualified"), ("qualified", "lost")]


def test_an_unknown_lead_or_reason_is_refused(fm: Plan) -> None:
    with pytest.raises(NotFound):
        fm.leads.qualify(5)
    with pytest.raises(InputRefused):
        fm.leads.lose(capture(fm)["lead_id"], "boring")


# -- personal data


def test_who_is_forgotten_is_nowhere_and_the_lead_stays(fm: Plan) -> None:
    lead_id = capture(fm, email="ann@example.com")["lead_id"]
    capture(fm, name="Bob Lee", phone="406-555-0199")
    told = fm.leads.forget(lead_id)
    assert (told["state"], told["lost_reason"], told["contact"]["name"]) == ("lost", "erased", "")
    for table in [row["table_name"] for row in rows(fm, "SELECT table_name FROM duckdb_tables()")]:
        said = str(every(fm, table))
        assert not [word for word in ("Ann Lee", "Bob", "4065550142", "ann@example") if word in said], table
    assert all(row["withdrawn_at"] for row in every(fm, "consent"))


def test_a_withdrawn_consent_is_seen(fm: Plan) -> None:
    lead_id = capture(fm)["lead_id"]
    assert (fm.leads.withdraw_consent(lead_id), fm.leads.withdraw_consent(lead_id)) == (1, 0)
    assert fm.leads.get(lead_id)["contact"]["consent"]["withdrawn_at"]


def test_personal_data_stands_in_no_audit_event_or_history(fm: Plan) -> None:
    lead_id = capture(fm, email="ann@example.com", rep="Al")["lead_id"]
    capture(fm, name="Bob", phone="406-555-0199")
    fm.leads.qualify(lead_id)
    told = str([every(fm, t) for t in ("audit_entry", "event", "sale_change", "lead", "lead_merge", "household")])
    assert "capture_lead" in told
    assert not [word for word in ("Ann Lee", "Bob", "40655501", "example.com") if word in told]


@pytest.mark.parametrize("table", ["contact", "consent", "household"])
def test_questions_in_sql_do_not_reach_who_customers_are(fm: Plan, table: str) -> None:
    capture(fm)
    with pytest.raises(InputRefused) as refused:
        fm.sql(f"SELECT * FROM {table}")
    assert refused.value.code is Code.QUERY_REFUSED


def test_what_is_refused_leaves_nothing_behind(fm: Plan) -> None:
    before = {t: every(fm, t) for t in ("contact", "consent", "lead", "household", "sale_change", "event")}
    for said in (
        {"phone": "911"},
        {"wording": None, "consent_at": None},
        {"channel": "Door!"},
        {"technology": "copper"},
    ):
        with pytest.raises(FibermapError):
            capture(fm, **said)
    assert before == {t: every(fm, t) for t in before}
