"""The FCC's broadband consumer label, 47 CFR 8.1(a): what a provider states beside what an offering says of itself.

In force, as far as the sources at hand reach (the last is of December 2025): 47 CFR 8.1(a)(1) to (a)(6), of FCC 22-86
(87 FR 76959) as changed by FCC 23-68 (88 FR 63853), with the template in figure 1 to (a)(1). The line on the Affordable
Connectivity Program stands in that template still, but the program paid its last benefit in May 2024 (DA 24-195), and a
notice proposes to strike the line, and the machine-readable file too (90 FR 55713). So the line is not shown, and the
file is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import ConfigDict, Field, StringConstraints

if TYPE_CHECKING:
    from fibermap.order.offering import Terms

CONSUMER_URL = "https://www.fcc.gov/consumer"
"""Where the terms of a label are explained; the template ends with it."""
TAXES_VARY = "Varies by Location"
TAXES_INCLUDED = "Included"
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"']{1,500}$")]
Speed = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]


class Access(StrEnum):
    """Which of the two labels it is; the first letter of the plan's identifier."""

    FIXED = "fixed"
    MOBILE = "mobile"


@dataclass(frozen=True, slots=True)
class BroadbandLabel:
    """What a label says that an offering does not; None where the provider has not said it yet.

    Attributes
    ----------
    plan_identifier
        ``F`` or ``M`` for fixed or mobile, the provider's FCC registration number of ten digits, and fifteen letters
        and digits of the provider's choice; never used again for another plan (FCC 22-86, on unique identifiers).
    typical_down_mbps, typical_up_mbps, typical_latency_ms
        What customers typically get, which is not what is advertised.
    data_unlimited, data_included_gb
        How much data the monthly price includes.
    more_data_cents, more_data_gb
        What so many gigabytes beyond that cost, 0 where nothing is charged; needed where it is not unlimited.
    government_taxes
        An amount in words, `TAXES_VARY` or `TAXES_INCLUDED`.
    terms_url
        The terms of the contract; needed where there is one.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    plan_identifier: Annotated[str, StringConstraints(pattern=r"^[FM][0-9]{10}[A-Za-z0-9]{15}$")] | None = None
    typical_down_mbps: Speed | None = None
    typical_up_mbps: Speed | None = None
    typical_latency_ms: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] | None = None
    data_unlimited: bool = False
    data_included_gb: Annotated[int, Field(ge=0, le=10**7)] | None = None
    more_data_cents: int | None = None
    more_data_gb: Annotated[int, Field(ge=1, le=10**6)] | None = None
    data_policy_url: Url | None = None
    government_taxes: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    terms_url: Url | None = None
    discounts_url: Url | None = None
    network_management_url: Url | None = None
    privacy_url: Url | None = None
    support_phone: Annotated[str, StringConstraints(pattern=r"^[0-9+(). -]{7,30}$")] | None = None
    support_url: Url | None = None

    @property
    def access(self) -> Access:
        """Which of the two labels it is."""
        return Access.MOBILE if (self.plan_identifier or "F").startswith("M") else Access.FIXED


class LabelProblem(NamedTuple):
    """What keeps a label from being complete: the field, and a sentence."""

    field: str
    text: str


_NEEDED = {
    "plan_identifier": "It has no unique plan identifier.",
    "typical_down_mbps": "It does not say the typical download speed.",
    "typical_up_mbps": "It does not say the typical upload speed.",
    "typical_latency_ms": "It does not say the typical latency.",
    "government_taxes": "It does not say anything of government taxes.",
    "discounts_url": "It has no link to discounts and bundles.",
    "network_management_url": "It has no link to the policy on network management.",
    "privacy_url": "It has no link to the privacy policy.",
    "support_phone": "It has no telephone number of customer support.",
    "support_url": "It has no web address of customer support.",
}


def label_problems(terms: Terms) -> list[LabelProblem]:
    """Return what the label of a plan lacks under 47 CFR 8.1(a)(1); empty for what needs none."""
    return list(_problems(terms)) if terms.is_plan else []


def _problems(terms: Terms) -> Iterator[LabelProblem]:
    label = terms.label or BroadbandLabel()
    yield from (LabelProblem(name, text) for name, text in _NEEDED.items() if getattr(label, name) is None)
    if not label.data_unlimited:
        if label.data_included_gb is None:
            yield LabelProblem("data_included_gb", "It does not say how much data the price includes.")
        if label.more_data_cents is None or (label.more_data_cents > 0 and label.more_data_gb is None):
            yield LabelProblem("more_data_cents", "It does not say what further data cost.")
    if terms.term_months and label.terms_url is None:
        yield LabelProblem("terms_url", "It has no link to the terms of the contract.")
