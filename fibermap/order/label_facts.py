"""The rows of a broadband label, in the order and the words of the FCC's template: figure 1 to 47 CFR 8.1(a)(1).

What a page, a terminal and a program show of a label is made from these rows, so that all of them say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from fibermap.kernel.errors import Code, NotFound
from fibermap.order.label import Access, BroadbandLabel
from fibermap.order.offering import Offering, Terms

NOT_SAID = "not stated"


class Fact(NamedTuple):
    """One row: what it is of, what it says, and where more is said."""

    name: str
    value: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading; the heading itself may say something."""

    heading: Fact
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """A whole label."""

    provider: str
    plan: str
    access: Access
    sections: tuple[Section, ...]
    plan_identifier: str


def facts_of(offering: Offering) -> LabelFacts:
    """Return the label of a plan, complete or not; raises ``NotFound`` (``offering_not_found``) for what has none."""
    terms = offering.terms
    if not terms.is_plan:
        raise NotFound(
            Code.OFFERING_NOT_FOUND,
            f"{terms.code} has no broadband label: only a plan has one.",
            offer_id=offering.offer_id,
        )
    label = terms.label or BroadbandLabel()
    return LabelFacts(
        terms.provider, terms.name, label.access, tuple(_sections(terms, label)), label.plan_identifier or NOT_SAID
    )


def facts_json(facts: LabelFacts) -> dict[str, Any]:
    """Return a label as JSON values."""
    return {
        "provider": facts.provider,
        "plan": facts.plan,
        "access": str(facts.access),
        "plan_identifier": facts.plan_identifier,
        "sections": [
            {"heading": section.heading._asdict(), "facts": [fact._asdict() for fact in section.facts]}
            for section in facts.sections
        ],
    }


def price_text(cents: int, currency: str) -> str:
    """Return an amount as a person reads it.

    Examples
    --------
    >>> price_text(6500, "USD")
    '$65.00'
    """
    sign = "$" if currency == "USD" else f"{currency} "
    return f"{sign}{cents // 100:,}.{cents % 100:02d}"


def _sections(terms: Terms, label: BroadbandLabel) -> Iterator[Section]:
    yield _price(terms, label)
    yield _charges(terms, label)
    yield Section(Fact("Discounts & Bundles", "See discounts and bundles", label.discounts_url))
    yield Section(
        Fact("Speeds Provided with Plan"),
        (
            Fact("Typical Download Speed", _number(label.typical_down_mbps, "Mbps")),
            Fact("Typical Upload Speed", _number(label.typical_up_mbps, "Mbps")),
            Fact("Typical Latency", _number(label.typical_latency_ms, "ms")),
        ),
    )
    yield _data(terms, label)
    yield Section(Fact("Network Management", "Read our policy", label.network_management_url))
    yield Section(Fact("Privacy", "Read our policy", label.privacy_url))
    yield Section(
        Fact("Customer Support"),
        (
            Fact("Contact us", label.support_url or NOT_SAID, label.support_url),
            Fact("Telephone", label.support_phone or NOT_SAID),
        ),
    )


def _price(terms: Terms, label: BroadbandLabel) -> Section:
    first = terms.introductory
    price = terms.monthly_cents if first is None else first.monthly_cents
    is_first = "is not" if first is None else "is"
    facts = [Fact(f"This Monthly Price {is_first} an introductory rate.")]
    if first is not None:
        facts += [
            Fact("Time the introductory rate applies", _months(first.months)),
            Fact("Monthly price after the introductory rate", price_text(terms.monthly_cents, terms.currency)),
        ]
    if terms.term_months:
        facts += [
            Fact(f"This Monthly Price requires a {terms.term_months}-month contract.", "Terms", label.terms_url),
        ]
    else:
        facts += [Fact("This Monthly Price does not require a contract.")]
    return Section(Fact("Monthly Price", price_text(price, terms.currency)), tuple(facts))


def _charges(terms: Terms, label: BroadbandLabel) -> Section:
    monthly = [
        Fact(f"{fee.name} (monthly)", price_text(fee.amount_cents, terms.currency)) for fee in terms.monthly_fees
    ]
    once = [Fact(f"{fee.name} (once)", price_text(fee.amount_cents, terms.currency)) for fee in terms.fees]
    ends = terms.early_termination_cents
    return Section(
        Fact("Additional Charges & Terms"),
        (
            *(monthly or [Fact("Provider Monthly Fees", "None")]),
            *(once or [Fact("One-Time Fees at the Time of Purchase", "None")]),
            Fact("Early Termination Fee", price_text(ends, terms.currency) if ends else "None"),
            Fact("Government Taxes", label.government_taxes or NOT_SAID),
        ),
    )


def _data(terms: Terms, label: BroadbandLabel) -> Section:
    if label.data_unlimited:
        return Section(Fact("Data Included with Monthly Price", "Unlimited", label.data_policy_url))
    more = NOT_SAID
    if label.more_data_cents is not None:
        per = f" each additional {label.more_data_gb} GB" if label.more_data_cents else ""
        more = f"{price_text(label.more_data_cents, terms.currency)}{per}"
    return Section(
        Fact("Data Included with Monthly Price", _number(label.data_included_gb, "GB"), label.data_policy_url),
        (Fact("Charges for Additional Data Usage", more),),
    )


def _number(value: float | None, unit: str) -> str:
    return NOT_SAID if value is None else f"{value:g} {unit}"


def _months(months: int) -> str:
    return "1 month" if months == 1 else f"{months} months"
