"""Models of what is sold at an address, and of offerings as they are stated."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap_api.models.areas import Reason, Shape
from fibermap_api.models.questions import Channel, Day, Id, Question

Cents = Annotated[int, Field(ge=0, le=10**9)]
Named = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Codename = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Codenames = Annotated[list[Codename], Field(max_length=500)]
Nouns = Annotated[list[Named], Field(max_length=10_000)]
Mbps = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"']{1,500}$")]
Sale = Literal["order", "pre-order", "interest"]


class OffersQuestion(Question):
    """An address, a channel, and a day."""

    address_id: Id = Field(description="A settled address, as a check returned it.", examples=[6271238476512])
    channel: Channel = Field(description="Where it would be sold.", examples=["portal"])
    on: Day | None = Field(
        default=None,
        description="The day of the sale; today if left out. The public asks no finer than it is told dates.",
        examples=["2027-03-01"],
    )


class OfferQuestion(Question):
    """One revision of an offering."""

    offer_id: Id = Field(description="The offer, as an answer names it.", examples=[4503599627370])


class LabelQuestion(OfferQuestion):
    """The label of a plan, in one form or the other."""

    format: Literal["html", "json"] = Field(default="html", description="A page, or its rows.", examples=["json"])


class OfferingsQuestion(Question):
    """Which offerings."""

    on: Day | None = Field(
        default=None, description="The day on which one revision of each speaks; today if left out.",
        examples=["2027-03-01"],
    )  # fmt: skip


class OfferingFee(Question):
    """A named amount, in minor units."""

    name: Named = Field(description="What it is for.", examples=["Installation"])
    amount_cents: Cents = Field(description="Minor units, without taxes.", examples=[9900])


class OfferingIntroductory(Question):
    """A lower price for the first months."""

    monthly_cents: Cents = Field(description="Minor units, without taxes.", examples=[4500])
    months: Annotated[int, Field(ge=1, le=120)] = Field(description="How many.", examples=[12])


class OfferingRegion(Question):
    """Where all that it names holds."""

    name: Named = Field(description="What a person calls it.", examples=["West side"])
    shape: Shape | None = Field(default=None, description="A polygon; its boundary counts as inside.")
    phases: Nouns = Field(default=[], description="Phases of the plan.", examples=[["Phase 2"]])
    technologies: Nouns = Field(default=[], description="There, or planned there.", examples=[["fiber"]])
    cities: Nouns = Field(default=[], description="Cities of addresses.", examples=[["Quill Creek"]])
    states: Nouns = Field(default=[], description="States, as their two letters.", examples=[["MT"]])
    zips: Nouns = Field(default=[], description="ZIP codes.", examples=[["59741"]])
    kinds: list[Literal["residential", "business", "institution", "other"]] = Field(
        default=[], max_length=4, description="Who is there.", examples=[["business"]]
    )
    location_ids: list[Id] = Field(default=[], max_length=10_000, description="Buildings.", examples=[[4503599]])


class OfferingLabel(Question):
    """What a broadband label says beside the offering: 47 CFR 8.1(a)(1)."""

    plan_identifier: Annotated[str, StringConstraints(pattern=r"^[FM][0-9]{10}[A-Za-z0-9]{15}$")] | None = Field(
        default=None, description="F or M, the FCC registration number, and 15 letters and digits.",
        examples=["F0000000000FIBER0500000000"],
    )  # fmt: skip
    typical_down_mbps: Mbps | None = Field(default=None, description="Typical download speed.", examples=[480.0])
    typical_up_mbps: Mbps | None = Field(default=None, description="Typical upload speed.", examples=[470.0])
    typical_latency_ms: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] | None = Field(
        default=None, description="Typical latency.", examples=[9.0]
    )
    data_unlimited: bool = Field(default=False, description="Whether data are unlimited.", examples=[True])
    data_included_gb: Annotated[int, Field(ge=0, le=10**7)] | None = Field(
        default=None, description="Data in the monthly price.", examples=[1000]
    )
    more_data_cents: Cents | None = Field(default=None, description="What more data cost.", examples=[1000])
    more_data_gb: Annotated[int, Field(ge=1, le=10**6)] | None = Field(
        default=None, description="How much more data.", examples=[50]
    )
    data_policy_url: Link | None = Field(default=None, description="Link.", examples=["https://example.com/data"])
    government_taxes: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        default=None, description="An amount in words, or how they vary.", examples=["Varies by Location"]
    )
    terms_url: Link | None = Field(default=None, description="Link.", examples=["https://example.com/terms"])
    discounts_url: Link | None = Field(default=None, description="Link.", examples=["https://example.com/discounts"])
    network_management_url: Link | None = Field(
        default=None, description="Link.", examples=["https://example.com/network"]
    )
    privacy_url: Link | None = Field(default=None, description="Link.", examples=["https://example.com/privacy"])
    support_phone: Annotated[str, StringConstraints(pattern=r"^[0-9+(). -]{7,30}$")] | None = Field(
        default=None, description="Customer support.", examples=["+1 406 555 0100"]
    )
    support_url: Link | None = Field(default=None, description="Link.", examples=["https://example.com/help"])


class OfferingTerms(Question):
    """Everything that is stated about an offering. Amounts are minor units, without taxes."""

    code: Codename = Field(description="What the house calls it; every revision has it.", examples=["FIBER-500"])
    name: Named = Field(description="What customers read.", examples=["Fiber 500"])
    provider: Named = Field(description="Who provides it.", examples=["Example Fiber"])
    kind: Literal["plan", "add-on", "bundle"] = Field(description="What it is.", examples=["plan"])
    monthly_cents: Cents = Field(description="The recurring price.", examples=[6500])
    valid_from: Day = Field(description="The first day of sale.", examples=["2027-01-01"])
    valid_until: Day | None = Field(default=None, description="The last day of sale.", examples=["2027-12-31"])
    service: Literal["internet", "voice", "business", "security", "wifi", "tv", "other"] = Field(
        default="internet", description="What a customer gets.", examples=["internet"]
    )
    technology: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = Field(
        default=None, description="What it needs at the address; a plan has to say.", examples=["fiber"]
    )
    down_mbps: Mbps | None = Field(default=None, description="Advertised download speed.", examples=[500.0])
    up_mbps: Mbps | None = Field(default=None, description="Advertised upload speed.", examples=[500.0])
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(
        default="USD", description="That of this house.", examples=["USD"]
    )
    introductory: OfferingIntroductory | None = Field(default=None, description="A lower price at first.")
    fees: list[OfferingFee] = Field(default=[], max_length=500, description="Charged once.")
    monthly_fees: list[OfferingFee] = Field(default=[], max_length=500, description="Charged beside the price.")
    term_months: Annotated[int, Field(ge=0, le=120)] = Field(
        default=0, description="How long a customer is bound.", examples=[12]
    )
    early_termination_cents: Cents = Field(default=0, description="What leaving earlier costs at most.", examples=[0])
    channels: list[Channel] = Field(
        default=[], max_length=500, description="Where it is sold; empty: everywhere.", examples=[["portal"]]
    )
    customers: Literal["residential", "business", "everybody"] = Field(
        default="residential", description="Whom it is for.", examples=["residential"]
    )
    goes_with: Codenames = Field(
        default=[], description="Plans that an add-on goes with; empty: any of its provider.", examples=[["FIBER-500"]]
    )
    parts: Codenames = Field(default=[], description="What is in a bundle.", examples=[["FIBER-500", "VOICE"]])
    included: list[OfferingRegion] = Field(default=[], max_length=500, description="Sold in any of these.")
    excluded: list[OfferingRegion] = Field(default=[], max_length=500, description="Sold in none of these.")
    price_lock_days: Annotated[int, Field(ge=0, le=3_650)] = Field(
        default=180, description="How long a quote holds.", examples=[180]
    )
    label: OfferingLabel | None = Field(default=None, description="The broadband label of a plan.")

    def said(self) -> dict[str, Any]:
        """Return it as the document that the catalogue reads."""
        return self.model_dump(mode="json", exclude_none=True)


class StateOffering(Question):
    """A new offering."""

    terms: OfferingTerms
    reason: Reason = Field(examples=["Spring catalogue"])


class ReviseOffering(StateOffering):
    """An offering stated anew."""

    from_on: Day | None = Field(default=None, description="From this day on; today.", examples=["2027-03-01"])


class RetireOffering(Question):
    """An offering that ends."""

    reason: Reason = Field(examples=["Nobody buys it"])
    from_on: Day | None = Field(default=None, description="From this day on; today.", examples=["2027-03-01"])


class PriceAnswer(BaseModel):
    """What an offer costs, in minor units."""

    currency: str
    monthly_cents: int
    introductory: dict[str, int] | None = Field(description="monthly_cents and months of a lower first price.")
    once: list[OfferingFee]
    monthly_fees: list[OfferingFee]
    taxes: Literal["not_included"]


class OfferAnswer(BaseModel):
    """One offer."""

    offer_id: int
    code: str
    name: str
    provider: str
    kind: str
    service: str
    technology: str | None
    down_mbps: float | None
    up_mbps: float | None
    customers: str
    price: PriceAnswer
    term_months: int
    early_termination_cents: int
    parts: list[str]
    label: str | None = Field(description="Where its broadband label is; of a bundle that of its plan.")
    sale: Sale
    expected_live: dict[str, Any] | None = Field(description="date and precision of a pre-order.")
    goes_with: list[str] = Field(description="Of an add-on: plans sold here that it goes with.")


class RefusalReason(BaseModel):
    """One reason against a sale."""

    code: str
    why: str
    text: str


class NotAvailableAnswer(BaseModel):
    """An offering that may not be sold at the address."""

    offer_id: int
    code: str
    name: str
    kind: str
    reasons: list[RefusalReason]
    alternative: Sale | None


class OffersAnswer(BaseModel):
    """What may be sold at an address, and why anything else may not."""

    data_version: str | int
    address_id: int
    channel: str
    on: date
    sale: Sale | None = Field(description="The most that may be done here; null: nothing.")
    offers: list[OfferAnswer]
    not_available: list[NotAvailableAnswer]


class LabelAnswer(BaseModel):
    """The rows of a broadband label."""

    offer_id: int
    provider: str
    plan: str
    access: Literal["fixed", "mobile"]
    plan_identifier: str
    sections: list[dict[str, Any]] = Field(description="heading and facts, each with name, value and url.")
    missing: list[dict[str, str]] = Field(description="field and text of what keeps the label from being complete.")


class OfferingAnswer(BaseModel):
    """One revision of an offering."""

    offer_id: int
    revision: int
    ended_on: date | None = Field(description="The first day on which it is not sold any more.")
    terms: dict[str, Any] = Field(description="What is stated, as it is sent.", examples=[{"code": "FIBER-500"}])
    label_missing: list[dict[str, str]] = Field(description="field and text of what its label lacks.")


class OfferingsAnswer(BaseModel):
    """The offerings, of each code the revision that speaks for it on a day."""

    on: date
    offerings: list[OfferingAnswer]
