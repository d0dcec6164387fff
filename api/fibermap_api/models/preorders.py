"""Models of pre-orders: a household's word for an offer, its place, its deposit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from fibermap.order.preorder import PreOrderState
from fibermap_api.models.leads import (
    EXAMPLE_ACCOUNT,
    EXAMPLE_ADDRESS,
    EXAMPLE_LEAD,
    AtAddress,
    ConsentQuestion,
    ContactAnswer,
    ContactQuestion,
    TechnologyName,
)
from fibermap_api.models.payments import PaymentTold
from fibermap_api.models.questions import Channel, Id, Name, Previewed, Question

PreOrderStateName = Literal[*PreOrderState]  # type: ignore[valid-type]
EXAMPLE_PREORDER, EXAMPLE_OFFER = 4503599627370801, 4503599627370601
_Token = Annotated[str, StringConstraints(pattern=r"^(tok|pm)_[A-Za-z0-9_]{1,200}$")]
_BESIDE = ("add_on_ids", "payment_token", "draft_id")
_OF_CONTACT = ("consent", "technology", "rep", *_BESIDE)
_NEEDED = ("offer_id", "terms_accepted_at", "channel")


class TakePreOrderQuestion(AtAddress):
    """A household's word: that of a lead, or of a contact at an address whose lead is captured with it."""

    ways: ClassVar[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = (
        (("lead_id", *_NEEDED), _BESIDE),
        (("address_id", "contact", *_NEEDED), _OF_CONTACT),
        (("q", "contact", *_NEEDED), _OF_CONTACT),
        (("street", "contact", *_NEEDED), ("unit", "city", "state", "zip", *_OF_CONTACT)),
    )
    lead_id: Id | None = Field(default=None, description="The lead.", examples=[EXAMPLE_LEAD])
    contact: ContactQuestion | None = Field(
        default=None, description="Who signs.", examples=[{"name": "Ann Lee", "phone": "406-555-0142"}]
    )
    consent: ConsentQuestion | None = Field(
        default=None,
        description="How they agreed: by `web` and `portal` always needed, else as the setting `consent` says.",
        examples=[{"at": "2026-11-26T08:30:00Z", "wording": "You may call me about fiber at my address."}],
    )
    technology: TechnologyName | None = Field(default=None, description="Wanted by the lead.", examples=["fiber"])
    rep: Name | None = Field(
        default=None, description="Who spoke with them; without it a person who is signed in.", examples=["Al Reyes"]
    )
    offer_id: Id = Field(description="The offering, as `/v1/offers` names it.", examples=[EXAMPLE_OFFER])
    add_on_ids: list[Id] = Field(default=[], max_length=20, description="Add-ons that go with it.", examples=[[]])
    terms_accepted_at: AwareDatetime = Field(
        description="When the customer signed the terms in force.", examples=["2026-11-26T08:31:00Z"]
    )
    payment_token: _Token | None = Field(
        default=None,
        description="Of the gateway's card field. Not kept where no deposit is asked for.",
        examples=["tok_visa"],
    )
    channel: Channel = Field(description="How they came: `web`, `portal`, `door`, `phone` ...", examples=["door"])
    draft_id: Id | None = Field(
        default=None, description="What was begun, as `/v1/drafts` names it, and is finished by this.", examples=[None]
    )

    @model_validator(mode="after")
    def _is_of_somebody(self) -> TakePreOrderQuestion:
        somewhere = self.address_id is not None or self.q is not None or self.street is not None
        if (self.lead_id is not None) == somewhere or somewhere != (self.contact is not None):
            raise ValueError("give lead_id, or an address with a contact")
        return self


class PreOrderQuestion(Question):
    """A pre-order by id."""

    preorder_id: Id = Field(description="The pre-order.", examples=[EXAMPLE_PREORDER])


class ChangePreOrderQuestion(PreOrderQuestion, Previewed):
    """A pre-order by id, and whether it is changed."""


class PayDepositQuestion(Question):
    """What a deposit is paid with."""

    payment_token: _Token | None = Field(
        default=None, description="Of the gateway's card field. Null: the customer pays at a page of the gateway.",
        examples=["tok_visa"],
    )  # fmt: skip


class WithdrawPreOrderQuestion(Question):
    """Why a pre-order is withdrawn."""

    why: Literal["customer", "slipped"] = Field(
        default="customer",
        description="`slipped`: the date moved, and they want out.",
        examples=["customer"],
    )


class PreOrdersQuestion(Question):
    """Which pre-orders."""

    state: PreOrderStateName | None = Field(default=None, description="Only in this state.", examples=["committed"])
    zone_id: Id | None = Field(default=None, description="Only of this zone.", examples=[4503599627370900])
    phase: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        default=None, description="Only of this phase.", examples=["Phase 2"]
    )
    offer_id: Id | None = Field(default=None, description="Only for this offering.", examples=[EXAMPLE_OFFER])
    lead_id: Id | None = Field(default=None, description="Only of this lead.", examples=[EXAMPLE_LEAD])
    address_id: Id | None = Field(default=None, description="Only at this address.", examples=[EXAMPLE_ADDRESS])
    after: Id | None = Field(default=None, description="Go on behind this pre-order.", examples=[1024])
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=100, description="Most pre-orders.", examples=[100])


class DepositDue(BaseModel):
    """A deposit that is asked for and not paid."""

    amount_cents: int = Field(examples=[5000])
    currency: str = Field(examples=["USD"])


class TakenAnswer(BaseModel):
    """What became of a pre-order: ids, states and the price, and nobody's name."""

    preorder_id: int = Field(examples=[EXAMPLE_PREORDER])
    lead_id: int = Field(examples=[EXAMPLE_LEAD])
    address_id: int = Field(examples=[EXAMPLE_ADDRESS])
    full_address: str | None = Field(examples=["4067 Center Ave, Quill Creek MT 59741"])
    offer_id: int = Field(examples=[EXAMPLE_OFFER])
    technology: str = Field(examples=["fiber"])
    state: PreOrderStateName = Field(description="`pre-ordered`: its deposit is to come.", examples=["committed"])
    place: int | None = Field(description="In the queue of its zone, else of its phase.", examples=[12])
    zone_id: int | None = Field(examples=[4503599627370900])
    zone: str | None = Field(description="Its public name.", examples=["North Creek"])
    price: dict[str, Any] = Field(description="As it was quoted.", examples=[{"currency": "USD", "lines": []}])
    price_locked_until: date | None = Field(examples=["2027-05-25"])
    deposit_id: int | None = Field(examples=[None])
    account_number: str = Field(description="Of whoever signed, opened now or before.", examples=[EXAMPLE_ACCOUNT])
    deposit_due: DepositDue | None = Field(examples=[None])
    payment: PaymentTold | None = Field(description="Of its deposit; null: none was asked for.", examples=[None])


class PreOrderStands(BaseModel):
    """A pre-order that changed: its state, and the payment that its deposit is taken by."""

    preorder_id: int = Field(examples=[EXAMPLE_PREORDER])
    state: PreOrderStateName = Field(examples=["withdrawn"])
    deposit_id: int | None = Field(examples=[None])
    payment: PaymentTold | None = Field(description="Of its deposit; null: none was asked for.", examples=[None])


class PreOrderRow(BaseModel):
    """A pre-order as it stands."""

    preorder_id: int = Field(examples=[EXAMPLE_PREORDER])
    lead_id: int = Field(examples=[EXAMPLE_LEAD])
    address_id: int = Field(description="That it has now.", examples=[EXAMPLE_ADDRESS])
    full_address: str | None = Field(examples=["4067 Center Ave, Quill Creek MT 59741"])
    class_: str | None = Field(alias="class", examples=["pre-build"])
    phase: str | None = Field(examples=["Phase 2"])
    zone_id: int | None = Field(examples=[None])
    zone: str | None = Field(examples=[None])
    place: int | None = Field(examples=[12])
    offer_id: int = Field(examples=[EXAMPLE_OFFER])
    technology: str = Field(examples=["fiber"])
    state: PreOrderStateName = Field(examples=["committed"])
    terms_accepted_at: datetime = Field(examples=["2026-11-26T08:31:00Z"])
    terms: str = Field(description="The version that was signed.", examples=["1"])
    price: dict[str, Any] = Field(examples=[{"currency": "USD", "lines": []}])
    price_locked_until: date | None = Field(examples=["2027-05-25"])
    deposit_id: int | None = Field(examples=[None])
    committed_at: datetime = Field(examples=["2026-11-26T08:31:05Z"])
    order_id: int | None = Field(description="What it became.", examples=[None])
    channel: str = Field(examples=["door"])
    rep: str | None = Field(examples=["Al Reyes"])
    changed_at: datetime = Field(examples=["2026-11-26T08:31:05Z"])
    contact_id: int = Field(examples=[2251799813685301])
    account_number: str | None = Field(
        description="Of the contact; null where households became one and this one never signed.",
        examples=[EXAMPLE_ACCOUNT],
    )
    contact: ContactAnswer


class PreOrdersAnswer(BaseModel):
    """Pre-orders by id; ``after`` is where to go on, null at the end."""

    preorders: list[PreOrderRow]
    after: int | None = Field(examples=[None])


class PreOrderAnswer(PreOrderRow):
    """A pre-order, what happened to it, and what its household is to be told."""

    payment: PaymentTold | None = Field(description="Of its deposit; null: none was asked for.", examples=[None])
    timeline: list[dict[str, Any]] = Field(
        description="before, after, why, detail, changed_at, cause.", examples=[[{"after": "committed"}]]
    )
    notices: list[dict[str, Any]] = Field(
        description="notice_id, kind, state, queued_at, changed_at; see `/v1/notices`.",
        examples=[[]],
    )
