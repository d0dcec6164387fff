"""Stating, revising and retiring: what was sold never changes, and nothing is half-written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import shapely

from fibermap.kernel.errors import Code, FibermapError
from fibermap.order.label import BroadbandLabel
from fibermap.order.offering import Fee, Introductory, OfferingKind, Terms
from fibermap.order.offering_json import read_terms, terms_json
from fibermap.order.region import Region
from fibermap.plan import Plan
from tests.builders import new_plan, rows
from tests.order.selling import add_on_terms, bundle_terms, label_of, plan_terms

HERE = shapely.to_geojson(shapely.box(-111.4, 45.8, -111.2, 45.9))
BOW_TIE = '{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}'
FULL = plan_terms(
    included=(Region("box", shape=HERE, phases=("P1",)),), excluded=(Region("zip", zips=("59701",)),),
    fees=(Fee("Installation", 9900),), introductory=Introductory(4500, 12), channels=("portal",), term_months=12,
)  # fmt: skip


@pytest.fixture
def fm() -> Iterator[Plan]:
    with new_plan() as plan:
        yield plan


def today(fm: Plan) -> date:
    return fm.store.clock.now().date()


def refused(work: Any) -> FibermapError:
    with pytest.raises(FibermapError) as error:
        work()
    return error.value


def test_what_is_stated_is_read_again(fm: Plan) -> None:
    added = fm.catalogue.add(FULL, "spring", "pat")
    assert fm.catalogue.offering(added.offer_id).terms == FULL
    assert read_terms(terms_json(FULL)) == FULL


def test_a_code_is_stated_once(fm: Plan) -> None:
    fm.catalogue.add(plan_terms(), "spring", "pat")
    assert refused(lambda: fm.catalogue.add(plan_terms(), "again", "pat")).code is Code.OFFERING_EXISTS


def test_a_revision_leaves_what_was_sold_as_it_was(fm: Plan) -> None:
    first = fm.catalogue.add(plan_terms(), "spring", "pat")
    before = rows(fm, f"SELECT terms FROM offering WHERE offer_id = {first.offer_id}")
    second = fm.catalogue.revise(first.offer_id, plan_terms(monthly_cents=7000), "dearer", "pat")
    assert rows(fm, f"SELECT terms FROM offering WHERE offer_id = {first.offer_id}") == before
    assert (second.revision, second.terms.monthly_cents, second.terms.valid_from) == (2, 7000, today(fm))
    assert fm.catalogue.offering(first.offer_id).ended_on == today(fm)
    assert [each.revision for each in fm.catalogue.revisions("FIBER-500")] == [1, 2]


def test_a_revision_from_a_later_day_begins_then(fm: Plan) -> None:
    first, later = fm.catalogue.add(plan_terms(), "spring", "pat"), today(fm) + timedelta(days=30)
    second = fm.catalogue.revise(first.offer_id, plan_terms(monthly_cents=7000), "dearer", "pat", from_on=later)
    ended = fm.catalogue.offering(first.offer_id)
    assert not ended.ended(later - timedelta(days=1))
    assert ended.ended(later)
    assert second.started(later)


def test_only_the_latest_revision_is_revised_or_retired(fm: Plan) -> None:
    first = fm.catalogue.add(plan_terms(), "spring", "pat")
    fm.catalogue.revise(first.offer_id, plan_terms(monthly_cents=7000), "dearer", "pat")
    for work in (
        lambda: fm.catalogue.revise(first.offer_id, plan_terms(), "back", "pat"),
        lambda: fm.catalogue.retire(first.offer_id, "gone", "pat"),
    ):
        assert refused(work).code is Code.OFFERING_CHANGED


def test_what_is_retired_is_not_sold_and_can_be_brought_back(fm: Plan) -> None:
    first = fm.catalogue.add(plan_terms(), "spring", "pat")
    fm.catalogue.retire(first.offer_id, "gone", "pat")
    assert fm.catalogue.offering(first.offer_id).ended(today(fm))
    assert refused(lambda: fm.catalogue.retire(first.offer_id, "twice", "pat")).code is Code.OFFERING_CHANGED
    again = fm.catalogue.revise(first.offer_id, plan_terms(), "back", "pat")
    assert again.revision == 2
    assert not again.ended(today(fm))


def test_an_identifier_on_a_label_is_one_offerings_for_ever(fm: Plan) -> None:
    first = fm.catalogue.add(plan_terms(), "spring", "pat")
    fm.catalogue.retire(first.offer_id, "gone", "pat")
    error = refused(lambda: fm.catalogue.add(plan_terms("OTHER", label=label_of("FIBER-500")), "new", "pat"))
    assert error.where["field"] == "label.plan_identifier"


def test_many_are_stated_together_or_none_of_them(fm: Plan) -> None:
    bundle = bundle_terms("FIBER-500", "VOICE")
    stated = fm.catalogue.load([plan_terms(), add_on_terms(goes_with=("FIBER-500",)), bundle], "spring", "pat")
    assert len(stated.added) == 3
    again = fm.catalogue.load([plan_terms(), bundle], "spring", "pat")
    assert (again.added, again.revised, again.unchanged) == ((), (), ("FIBER-500", "BUNDLE"))
    before = rows(fm, "SELECT * FROM offering ORDER BY offer_id")
    bad = [plan_terms(monthly_cents=1), add_on_terms(monthly_cents=-1)]
    assert refused(lambda: fm.catalogue.load(bad, "wrong", "pat")).code is Code.AMOUNT_INVALID
    assert rows(fm, "SELECT * FROM offering ORDER BY offer_id") == before


def test_a_dry_run_writes_nothing(fm: Plan) -> None:
    assert len(fm.catalogue.load([plan_terms()], "spring", "pat", dry_run=True).added) == 1
    assert rows(fm, "SELECT * FROM offering") == []


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"monthly_cents": -1}, "monthly_cents", Code.AMOUNT_INVALID),
        ({"monthly_cents": 10**12}, "monthly_cents", Code.AMOUNT_INVALID),
        ({"fees": (Fee("Setup", -5),)}, "fees.0.amount_cents", Code.AMOUNT_INVALID),
        ({"introductory": Introductory(-1, 3)}, "introductory.monthly_cents", Code.AMOUNT_INVALID),
        ({"currency": "EUR"}, "currency", Code.CURRENCY_MISMATCH),
        ({"valid_until": date(2025, 1, 1)}, "valid_until", Code.ARGUMENT_INVALID),
        ({"early_termination_cents": 100}, "term_months", Code.ARGUMENT_INVALID),
        ({"technology": None}, "technology", Code.ARGUMENT_INVALID),
        ({"down_mbps": None}, "down_mbps", Code.ARGUMENT_INVALID),
        ({"goes_with": ("X",)}, "goes_with", Code.ARGUMENT_INVALID),
        ({"kind": OfferingKind.ADD_ON}, "label", Code.ARGUMENT_INVALID),
        ({"kind": OfferingKind.BUNDLE, "label": None}, "parts", Code.ARGUMENT_INVALID),
        ({"name": "Plan 4242 4242 4242 4242"}, "name", Code.CARD_NUMBER_REFUSED),
        ({"fees": (Fee("4242424242424242", 5),)}, "fees.0.name", Code.CARD_NUMBER_REFUSED),
        ({"provider": "A\x1b[2J"}, "provider", Code.ARGUMENT_INVALID),
        ({"included": (Region("nowhere"),)}, "included.0", Code.ARGUMENT_INVALID),
        ({"included": (Region("x", shape="{"),)}, "included.0.shape", Code.ARGUMENT_INVALID),
        ({"included": (Region("x", shape='{"type":"Point","coordinates":[0,0]}'),)},
         "included.0.shape", Code.GEOMETRY_UNSUPPORTED),
        ({"included": (Region("x", shape="5"),)}, "included.0.shape", Code.GEOMETRY_UNSUPPORTED),
        ({"excluded": (Region("x", shape=BOW_TIE),)}, "excluded.0.shape", Code.AREA_SELF_INTERSECTS),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_field(fm: Plan, changes: dict[str, Any], field: str, code: Code) -> None:
    error = refused(lambda: fm.catalogue.add(plan_terms(**changes), "try", "pat"))
    assert (error.where["field"], error.code) == (field, code)
    assert rows(fm, "SELECT * FROM offering") == []


def test_prices_are_in_the_currency_of_the_house(fm: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIBERMAP_PAYMENT_CURRENCY", "EUR")
    assert refused(lambda: fm.catalogue.add(plan_terms(), "try", "pat")).code is Code.CURRENCY_MISMATCH
    assert fm.catalogue.add(plan_terms(currency="EUR"), "try", "pat").terms.currency == "EUR"


def test_a_bundle_names_parts_that_there_are(fm: Plan) -> None:
    fm.catalogue.load([plan_terms(), plan_terms("FIBER-1000")], "spring", "pat")
    assert refused(lambda: fm.catalogue.add(bundle_terms("FIBER-500", "NONE"), "x", "pat")).where["field"] == "parts"
    two = bundle_terms("FIBER-500", "FIBER-1000")
    assert refused(lambda: fm.catalogue.add(two, "x", "pat")).where["field"] == "parts"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"monthly_cents": "65"}, "monthly_cents"), ({"monthly_cents": 65.5}, "monthly_cents"), ({"kind": "x"}, "kind"),
        ({"code": "a b"}, "code"), ({"code": "=1+1"}, "code"), ({"valid_from": "soon"}, "valid_from"),
        ({"surprise": 1}, "surprise"), ({"included": [{"name": "x", "surprise": 1}]}, "included.0.surprise"),
        ({"included": 5}, "included"), ({"name": ""}, "name"), ({"name": "x" * 201}, "name"),
        ({"channels": ["Portal!"]}, "channels.0"), ({"down_mbps": -1}, "down_mbps"),
        ({"label": {"plan_identifier": "F1"}}, "label.plan_identifier"),
        ({"label": {"privacy_url": "javascript:alert(1)"}}, "label.privacy_url"),
        ({"fees": [{"name": "x"}]}, "fees.0.amount_cents"),
    ],
)  # fmt: skip
def test_a_document_that_does_not_fit_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    error = refused(lambda: read_terms({**terms_json(plan_terms()), **changes}))
    assert (error.code, error.where["field"]) == (Code.ARGUMENT_INVALID, field)


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1])
def test_a_number_that_no_document_can_hold_is_refused_wherever_it_stands(number: int) -> None:
    drawn = {"name": "Town", "shape": {"type": "Polygon", "coordinates": [[number]]}}
    for changes in ({"included": [drawn]}, {"term_months": number}):
        error = refused(lambda changes=changes: read_terms({**terms_json(plan_terms()), **changes}))
        assert error.code is Code.ARGUMENT_INVALID


def test_a_change_is_on_record(fm: Plan) -> None:
    fm.catalogue.add(plan_terms(), "spring offer", "pat")
    entry = fm.audit(limit=1).df.iloc[0]
    assert "FIBER-500" in str(entry.to_dict())
    events = rows(fm, "SELECT type FROM event")
    assert events == [{"type": "CatalogueChanged"}]


def test_nothing_changes_what_a_label_says(fm: Plan) -> None:
    said: Terms = replace(plan_terms(), label=BroadbandLabel())
    added = fm.catalogue.add(said, "a draft", "pat")
    assert added.terms.label == BroadbandLabel()
