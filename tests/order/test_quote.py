"""A price that was named is the price, for as long as it was said to be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import orjson
import pytest

from fibermap.coverage.model import Class
from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.order.catalogue import Catalogue
from fibermap.order.offering import Fee, Introductory, offer_id_of
from fibermap.order.offers import OfferRefused, Sale
from fibermap.order.quote import Charge, Outcome, Quote, price_on, quote
from fibermap.order.shop import CatalogueShop
from tests.order.selling import ON, add_on_terms, bundle_terms, catalogue, ground, plan_terms, sold

PLAN, VOICE = offer_id_of("FIBER-500", 1), offer_id_of("VOICE", 1)
DEAR = plan_terms(
    introductory=Introductory(4500, 12),
    fees=(Fee("Installation", 9900),),
    monthly_fees=(Fee("Router", 500),),
    term_months=24,
    early_termination_cents=20000,
    price_lock_days=90,
)


def test_a_quote_has_a_line_for_everything() -> None:
    said = quote(catalogue(DEAR, add_on_terms()), PLAN, [VOICE], ON)
    assert [(line.name, line.charge, line.amount_cents, line.from_month, line.months) for line in said.lines] == [
        ("Plan FIBER-500", Charge.MONTHLY, 4500, 1, 12),
        ("Plan FIBER-500", Charge.MONTHLY, 6500, 13, None),
        ("Router", Charge.MONTHLY, 500, 1, None),
        ("Installation", Charge.ONCE, 9900, 1, None),
        ("Add-on VOICE", Charge.MONTHLY, 1500, 1, None),
    ]
    assert (said.monthly_cents, said.once_cents, said.currency, said.taxes) == (6500, 9900, "USD", "not_included")
    assert (said.term_months, said.early_termination_cents) == (24, 20000)
    assert said.lock_until == ON + timedelta(days=90)


def test_a_quote_is_kept_as_json_and_read_again() -> None:
    said = quote(catalogue(DEAR, add_on_terms()), PLAN, [VOICE], ON)
    assert Quote.from_json(orjson.dumps(said.as_json())) == said
    for broken in ("", "{}", "[]", '{"offer_id": "x"}', "null"):
        with pytest.raises(InputRefused):
            Quote.from_json(broken)


def test_an_add_on_that_does_not_go_with_the_plan_is_refused() -> None:
    with pytest.raises(Conflict) as refused:
        quote(catalogue(plan_terms(), add_on_terms(goes_with=("OTHER",))), PLAN, [VOICE], ON)
    assert refused.value.code is Code.OFFER_NOT_AVAILABLE
    with pytest.raises(Conflict):
        quote(catalogue(plan_terms(), plan_terms("OTHER")), PLAN, [offer_id_of("OTHER", 1)], ON)


def test_an_add_on_goes_with_the_plan_in_a_bundle() -> None:
    shelf = catalogue(plan_terms(), add_on_terms(goes_with=("FIBER-500",)), bundle_terms("FIBER-500", "VOICE"),
                      add_on_terms("SAFE", goes_with=("FIBER-500",)))  # fmt: skip
    assert len(quote(shelf, offer_id_of("BUNDLE", 1), [offer_id_of("SAFE", 1)], ON).lines) == 2


class TestLock:
    """The price changed since."""

    later = Catalogue([sold(plan_terms(), 1, date(2026, 7, 1)),
                       sold(plan_terms(monthly_cents=8000, valid_from=date(2026, 7, 1)), 2)])  # fmt: skip
    quoted = quote(later, PLAN, [], ON, lock_until=date(2026, 9, 1))

    def test_it_is_honoured_to_its_last_day(self) -> None:
        found = price_on(self.later, self.quoted, date(2026, 9, 1))
        assert (found.outcome, found.quote) == (Outcome.HONOURED, self.quoted)

    def test_it_is_honoured_also_where_the_offering_was_retired(self) -> None:
        retired = Catalogue([sold(plan_terms(), 1, date(2026, 6, 2))])
        assert price_on(retired, self.quoted, date(2026, 8, 1)).outcome is Outcome.HONOURED
        assert price_on(retired, self.quoted, date(2026, 9, 2)).outcome is Outcome.WITHDRAWN
        assert price_on(retired, self.quoted, date(2026, 9, 2)).quote is None

    def test_afterwards_the_price_of_the_day_counts(self) -> None:
        found = price_on(self.later, self.quoted, date(2026, 9, 2))
        assert found.outcome is Outcome.EXPIRED
        assert found.quote is not None
        assert (found.quote.monthly_cents, found.quote.quoted_on) == (8000, date(2026, 9, 2))

    def test_a_slipped_phase_extends_it_and_never_shortens_it(self) -> None:
        assert self.quoted.extended(date(2027, 1, 1)).is_locked(date(2027, 1, 1))
        assert self.quoted.extended(date(2026, 6, 2)) == self.quoted


def test_what_is_sold_is_offered_there_with_every_add_on() -> None:
    shelf = catalogue(plan_terms(), add_on_terms())
    sold_there = CatalogueShop(shelf).sell_as(Sale.PRE_ORDER, ground(Class.PRE_BUILD), PLAN, [VOICE], "portal", ON)
    assert Quote.from_json(sold_there.price).add_on_ids == (VOICE,)
    dated = catalogue(plan_terms(), replace(add_on_terms(), channels=("door",)))
    with pytest.raises(OfferRefused):
        CatalogueShop(dated, [VOICE]).sell(ground(), PLAN, "portal", ON)


def test_an_add_on_is_not_sold_by_itself() -> None:
    with pytest.raises(OfferRefused) as refused:
        CatalogueShop(catalogue(plan_terms(), add_on_terms())).sell(ground(), VOICE, "portal", ON)
    assert refused.value.where["why"] == "add_on_without_plan"


def test_a_shop_sells_with_technology_and_price_or_refuses() -> None:
    shop = CatalogueShop(catalogue(plan_terms(), add_on_terms(), bundle_terms("FIBER-500", "VOICE")))
    for offer_id in (PLAN, offer_id_of("BUNDLE", 1)):
        sold_there = shop.sell(ground(), offer_id, "portal", ON)
        assert sold_there.technology == "fiber"
        assert Quote.from_json(sold_there.price).offer_id == offer_id
    with pytest.raises(OfferRefused) as refused:
        shop.sell(ground(Class.PRE_BUILD), PLAN, "portal", ON)
    assert refused.value.code is Code.NOT_BUILD
    assert shop.sell_as(Sale.PRE_ORDER, ground(Class.PRE_BUILD), PLAN, (VOICE,), "portal", ON).technology == "fiber"
