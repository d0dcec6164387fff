"""Offers as JSON values, as HTTP and the command line say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fibermap.coverage.expected import public_date
from fibermap.order.offering import Fee, Offering, Terms
from fibermap.order.offers import Offer, Offers, Refused


def offers_json(found: Offers, *, least: str | None = None) -> dict[str, Any]:
    """Return an answer as JSON values.

    Parameters
    ----------
    least
        The finest precision of expected dates that the public is told, which is not told either of offerings that are
        not on sale at all; None: the caller is not the public.
    """
    refused = [each for each in found.refused if least is None or each.is_on_sale]
    labels = {each.offering.code: _label(each.offering) for each in found.offers if each.offering.terms.is_plan}
    return {
        "address_id": found.address_id,
        "channel": found.channel,
        "on": found.on.isoformat(),
        "sale": None if found.sale is None else str(found.sale),
        "offers": [_offer(each, labels, least) for each in found.offers],
        "not_available": [_refused(each) for each in refused],
    }


def speeds_json(fastest: Mapping[str, Terms]) -> dict[str, dict[str, float | None]]:
    """Return the speeds of the fastest plan of each technology, in Mbit/s."""
    return {name: {"down_mbps": plan.down_mbps, "up_mbps": plan.up_mbps} for name, plan in fastest.items()}


def card_json(offering: Offering) -> dict[str, Any]:
    """Return what a customer is told of an offering."""
    terms = offering.terms
    first = terms.introductory
    return {
        "offer_id": offering.offer_id,
        "code": terms.code,
        "name": terms.name,
        "provider": terms.provider,
        "kind": str(terms.kind),
        "service": str(terms.service),
        "technology": terms.technology,
        "down_mbps": terms.down_mbps,
        "up_mbps": terms.up_mbps,
        "customers": str(terms.customers),
        "price": {
            "currency": terms.currency,
            "monthly_cents": terms.monthly_cents,
            "introductory": None if first is None else {"monthly_cents": first.monthly_cents, "months": first.months},
            "once": _fees(terms.fees),
            "monthly_fees": _fees(terms.monthly_fees),
            "taxes": "not_included",
        },
        "term_months": terms.term_months,
        "early_termination_cents": terms.early_termination_cents,
        "parts": list(terms.parts),
        "label": _label(offering) if terms.is_plan else None,
    }


def _label(offering: Offering) -> str:
    return f"/v1/offers/{offering.offer_id}/label"


def _offer(offer: Offer, labels: Mapping[str, str], least: str | None) -> dict[str, Any]:
    """Return an offer; a bundle has the label of the plan in it, which is sold wherever the bundle is."""
    expected = None
    inside = (labels[code] for code in offer.offering.terms.parts if code in labels)
    if offer.expected_live_on is not None:
        day, precision = offer.expected_live_on, offer.expected_precision
        if least is not None:
            day, precision = public_date(day, precision, least)
        expected = {"date": day.isoformat(), "precision": precision}
    card = card_json(offer.offering)
    return card | {
        "label": card["label"] or next(inside, None),
        "sale": str(offer.sale),
        "expected_live": expected,
        "goes_with": list(offer.goes_with),
    }


def _refused(refused: Refused) -> dict[str, Any]:
    offering = refused.offering
    return {
        "offer_id": offering.offer_id,
        "code": offering.terms.code,
        "name": offering.terms.name,
        "kind": str(offering.terms.kind),
        "reasons": [{"code": str(each.code), "why": str(each.why), "text": each.text} for each in refused.reasons],
        "alternative": None if refused.alternative is None else str(refused.alternative),
    }


def _fees(fees: Sequence[Fee]) -> list[dict[str, Any]]:
    return [{"name": fee.name, "amount_cents": fee.amount_cents} for fee in fees]
