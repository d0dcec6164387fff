"""Models of leads: who is interested, at which address, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from fibermap.coverage.model import Technology
from fibermap.order.lead import LeadState, LostReason
from fibermap.serving.question import Question as Asked
from fibermap_api.models.questions import PARTS, Channel, Id, Name, Part, Previewed, Question, Typed

TechnologyName = Literal[*Technology]  # type: ignore[valid-type]
StateName = Literal[*LeadState]  # type: ignore[valid-type]
Reason = Literal[*LostReason]  # type: ignore[valid-type]
EXAMPLE_ADDRESS, EXAMPLE_LEAD = 4503599627370495, 4503599627370711
EXAMPLE_ACCOUNT = "A40671202"


class ContactQuestion(Question):
    """Who is spoken with; a phone number, an e-mail address, or both."""

    name: Name = Field(description="Of the person or the firm.", examples=["Ann Lee"])
    phone: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        default=None,
        description="As it is dialled; with + and its country code from abroad.",
        examples=["406-555-0142"],
    )
    email: Annotated[str, StringConstraints(max_length=254)] | None = Field(
        default=None, description="Its syntax is checked, and nobody is asked whether it is there.",
        examples=["ann.lee@example.com"],
    )  # fmt: skip


class ConsentQuestion(Question):
    """How the customer agreed to be contacted."""

    at: AwareDatetime = Field(description="When, with its time zone.", examples=["2026-11-26T08:30:00Z"])
    wording: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] = Field(
        description="The words that were shown or read out.", examples=["You may call me about fiber at my address."]
    )


class AtAddress(Question):
    """At which address: its id, or what `address-check` settles on one."""

    address_id: Id | None = Field(default=None, description="The address.", examples=[EXAMPLE_ADDRESS])
    q: Typed | None = Field(
        default=None, description="The address as somebody typed it.", examples=["4067 Center Ave, Quill Creek"]
    )
    street: Part | None = Field(default=None, description="House number and street.", examples=["4067 Center Ave"])
    unit: Part | None = Field(default=None, description="Apartment, suite or the like.", examples=["Apt 4"])
    city: Part | None = Field(default=None, description="City or postal community.", examples=["Quill Creek"])
    state: Part | None = Field(default=None, description="State, as its two letters.", examples=["MT"])
    zip: Part | None = Field(default=None, description="ZIP code.", examples=["59741"])

    @model_validator(mode="after")
    def _is_one_address(self) -> AtAddress:
        parts = any(getattr(self, part) is not None for part in PARTS)
        if parts and self.street is None:
            raise ValueError("parts of an address need street, with the house number")
        if (self.address_id is not None) + (self.q is not None) + parts > 1:
            raise ValueError("give one of: address_id; q; street with unit, city, state, zip")
        return self

    def asked(self, channel: str) -> Asked | None:
        """Return it as a check; None where it is an id already."""
        if self.q is not None:
            return Asked(self.q, channel=channel)
        parts = {part: value for part in PARTS if (value := getattr(self, part)) is not None}
        return Asked(fields=parts, channel=channel) if parts else None


_BESIDE = ("consent", "technology", "rep")


class CaptureQuestion(AtAddress):
    """Interest in service at an address."""

    ways: ClassVar[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
        (("address_id", "contact", "channel"), _BESIDE),
        (("q", "contact", "channel"), _BESIDE),
        (("street", "contact", "channel"), ("unit", "city", "state", "zip", *_BESIDE)),
    )
    contact: ContactQuestion = Field(
        description="Who is interested.", examples=[{"name": "Ann Lee", "phone": "406-555-0142"}]
    )
    consent: ConsentQuestion | None = Field(
        default=None,
        description="How they agreed: by `web` and `portal` always needed, else as the setting `consent` says.",
        examples=[{"at": "2026-11-26T08:30:00Z", "wording": "You may call me about fiber at my address."}],
    )
    technology: TechnologyName | None = Field(default=None, description="Wanted; without it any.", examples=["fiber"])
    channel: Channel = Field(description="How they came: `web`, `portal`, `door`, `phone` ...", examples=["door"])
    rep: Name | None = Field(
        default=None, description="Who spoke with them; without it a person who is signed in.", examples=["Al Reyes"]
    )

    @model_validator(mode="after")
    def _is_somewhere(self) -> CaptureQuestion:
        if self.address_id is None and self.q is None and self.street is None:
            raise ValueError("give one of: address_id; q; street with unit, city, state, zip")
        return self


class LeadQuestion(Question):
    """A lead by id."""

    lead_id: Id = Field(description="The lead.", examples=[EXAMPLE_LEAD])


class ChangeLeadQuestion(LeadQuestion, Previewed):
    """A lead by id, and whether it is changed."""


class LoseQuestion(Question):
    """Why a lead came to nothing."""

    reason: Reason = Field(description="Why.", examples=["competitor"])


class LeadsQuestion(Question):
    """Which leads."""

    state: StateName | None = Field(default=None, description="Only in this state.", examples=["new"])
    channel: Channel | None = Field(default=None, description="Only from this channel.", examples=["door"])
    rep: Name | None = Field(default=None, description="Only with this rep's credit.", examples=["Al Reyes"])
    technology: TechnologyName | None = Field(default=None, description="Only who wants it.", examples=["fiber"])
    address_id: Id | None = Field(default=None, description="Only at this address.", examples=[EXAMPLE_ADDRESS])
    after: Id | None = Field(default=None, description="Go on behind this lead.", examples=[1024])
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=100, description="Most leads.", examples=[100])


class CapturedAnswer(BaseModel):
    """What became of a capture: ids and states, and nobody's name."""

    lead_id: int = Field(examples=[EXAMPLE_LEAD])
    address_id: int = Field(examples=[EXAMPLE_ADDRESS])
    full_address: str = Field(examples=["4067 Center Ave, Quill Creek MT 59741"])
    state: StateName = Field(examples=["new"])
    merged: bool = Field(description="Whether the household's open lead took it in.", examples=[False])
    rep: str | None = Field(description="Who has the credit.", examples=["Al Reyes"])
    credit: Literal["nobody", "first", "kept", "renewed", "passed"] = Field(
        description="By which rule they have it.", examples=["first"]
    )
    next_step: Literal["order", "preorder", "interest"] = Field(
        description="What can be done for the customer there now.", examples=["preorder"]
    )


class GivenConsent(BaseModel):
    """The last consent of a contact."""

    at: datetime = Field(examples=["2026-11-26T08:30:00Z"])
    channel: str = Field(examples=["door"])
    withdrawn_at: datetime | None = Field(examples=[None])


class ContactAnswer(BaseModel):
    """Who is spoken with; empty once forgotten."""

    contact_id: int = Field(examples=[2251799813685301])
    name: str = Field(examples=["Ann Lee"])
    phone: str | None = Field(description="E.164.", examples=["+14065550142"])
    email: str | None = Field(examples=["ann.lee@example.com"])
    consent: GivenConsent | None = Field(examples=[None])


class LeadRow(BaseModel):
    """A lead as it stands."""

    lead_id: int = Field(examples=[EXAMPLE_LEAD])
    address_id: int = Field(description="That it has now.", examples=[EXAMPLE_ADDRESS])
    full_address: str | None = Field(examples=["4067 Center Ave, Quill Creek MT 59741"])
    class_: str | None = Field(alias="class", examples=["pre-build"])
    state: StateName = Field(examples=["new"])
    lost_reason: str | None = Field(examples=[None])
    technology: str | None = Field(examples=["fiber"])
    channel: str = Field(examples=["door"])
    rep: str | None = Field(examples=["Al Reyes"])
    rep_since: datetime | None = Field(examples=["2026-11-26T08:30:00Z"])
    captured_at: datetime = Field(examples=["2026-11-26T08:30:00Z"])
    changed_at: datetime = Field(examples=["2026-11-26T08:30:00Z"])
    contact_id: int = Field(examples=[2251799813685301])
    contact: ContactAnswer


class LeadsAnswer(BaseModel):
    """Leads by id; ``after`` is where to go on, null at the end."""

    leads: list[LeadRow]
    after: int | None = Field(examples=[None])


class LeadAnswer(LeadRow):
    """A lead, what it took in, and what happened to it."""

    merges: list[dict[str, Any]] = Field(
        description="Captures and leads that were merged into it: merged_at, rule, channel, rep, said, contact.",
        examples=[[]],
    )
    timeline: list[dict[str, Any]] = Field(
        description="before, after, why, detail, changed_at, cause.",
        examples=[[{"before": None, "after": "new", "why": "captured"}]],
    )


class WithdrawnAnswer(BaseModel):
    """How many consents ended."""

    withdrawn: int = Field(examples=[1])
