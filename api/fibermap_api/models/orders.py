"""Models of orders: what a customer orders, where it stands, and what it still needs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap.order.order_state import OrderKind, OrderState
from fibermap_api.models.leads import EXAMPLE_ACCOUNT, ConsentQuestion, ContactQuestion, TechnologyName
from fibermap_api.models.payments import PaymentTold
from fibermap_api.models.questions import Channel, Id, Name, Previewed, Question

OrderStateName = Literal[*OrderState]  # type: ignore[valid-type]
OrderKindName = Literal[*OrderKind]  # type: ignore[valid-type]
_Token = Annotated[str, StringConstraints(pattern=r"^(tok|pm)_[A-Za-z0-9_]{1,128}$")]
_Why = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_AddOns = Annotated[tuple[Id, ...], Field(max_length=20)]
EXAMPLE_ORDER, _ADDRESS, _OFFER = 4503599627370901, 4503599627370495, 4503599627370801


class PlaceOrderQuestion(Question):
    """What a customer orders."""

    address_id: Id = Field(description="The address, settled by a check.", examples=[_ADDRESS])
    contact: ContactQuestion = Field(description="Who orders.", examples=[{"name": "Ann Lee", "phone": "406-555-0142"}])
    consent: ConsentQuestion | None = Field(
        default=None,
        description="How they agreed to be contacted about more than this order, if they did.",
        examples=[{"at": "2026-11-26T08:30:00Z", "wording": "You may call me about fiber at my address."}],
    )
    offer_id: Id = Field(description="An offer that `/v1/offers` names.", examples=[_OFFER])
    add_on_ids: _AddOns = Field(default=(), description="What goes with it.", examples=[[]])
    payment_token: _Token | None = Field(
        default=None, description="The gateway's token of a card or account; never its number.", examples=["tok_visa"]
    )
    channel: Channel = Field(description="How they came: `web`, `portal`, `door`, `phone` ...", examples=["phone"])
    rep: Name | None = Field(default=None, description="Who sold it.", examples=["Al Reyes"])
    draft_id: Id | None = Field(
        default=None, description="What was begun, as `/v1/drafts` names it, and is finished by this.", examples=[None]
    )


class OrderQuestion(Question):
    """An order by id."""

    order_id: Id = Field(description="The order.", examples=[EXAMPLE_ORDER])


class ChangeOrderQuestion(OrderQuestion, Previewed):
    """An order by id, and whether it is changed."""


class CancelOrderQuestion(Question):
    """Why an order is cancelled."""

    reason: _Why = Field(
        default="not_said", description="A code of your own, such as `price` or `moved`.", examples=["price"]
    )


class NextOfferQuestion(Question):
    """Which offer follows an order's, and what goes with it."""

    offer_id: Id = Field(description="An offer that `/v1/offers` names.", examples=[_OFFER])
    add_on_ids: _AddOns | None = Field(
        default=None,
        description="What goes with it. Null: the add-ons that the customer has; where one of them is not sold there "
        "any more, or does not go with the offer, that is refused by its name.",
        examples=[None],
    )


class ChangeOfferQuestion(NextOfferQuestion):
    """Which offer takes the place of an order's, and what goes with it."""

    channel: Channel | None = Field(
        default=None,
        description="How the customer came this time, by which the offer is sold. Null: as for what they have.",
        examples=["csr"],
    )


class MoveOrderQuestion(ChangeOfferQuestion):
    """Where a service moves to, and what is ordered there."""

    address_id: Id = Field(description="The new address, settled by a check.", examples=[_ADDRESS])


class TransferOrderQuestion(NextOfferQuestion):
    """Who follows at an address, and what they order."""

    contact: ContactQuestion = Field(description="Who follows.", examples=[{"name": "Bo Ray", "phone": "406-555-0143"}])
    consent: ConsentQuestion | None = Field(
        default=None,
        description="How they agreed to be contacted about more than this order, if they did.",
        examples=[{"at": "2026-11-26T08:30:00Z", "wording": "You may call me about fiber at my address."}],
    )
    channel: Channel = Field(description="How they came: `web`, `portal`, `door`, `phone` ...", examples=["phone"])


class EndServiceQuestion(Question):
    """Why a service ends."""

    reason: _Why = Field(description="A code of your own, such as `moved`.", examples=["moved"])


class FailOrderQuestion(Question):
    """Why an order came to nothing."""

    reason: _Why = Field(description="A code of your own, such as `no_access`.", examples=["no_access"])


class PayOrderQuestion(Question):
    """What an order is paid with."""

    payment_token: _Token | None = Field(
        default=None, description="The gateway's token of a card or account; never its number. Null: paid at a page.",
        examples=["tok_visa"],
    )  # fmt: skip


class CapacityQuestion(Question):
    """How many pre-orders are released a week once they are live."""

    technology: TechnologyName = Field(description="Of which technology.", examples=["fiber"])
    weekly: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="So many; without it any number.", examples=[120]
    )
    zone_id: Id | None = Field(default=None, description="In this zone; without it everywhere else.", examples=[None])


class OrdersQuestion(Question):
    """Which orders."""

    state: OrderStateName | None = Field(default=None, description="Only in this state.", examples=["pending"])
    kind: OrderKindName | None = Field(default=None, description="Only of this kind.", examples=["new"])
    address_id: Id | None = Field(default=None, description="Only at this address.", examples=[_ADDRESS])
    channel: Channel | None = Field(default=None, description="Only from this channel.", examples=["door"])
    rep: Name | None = Field(default=None, description="Only of this rep.", examples=["Al Reyes"])
    waiting: Literal["true", "false"] | None = Field(
        default=None, description="Only those that wait for a port, or do not.", examples=["true"]
    )
    after: Id | None = Field(default=None, description="Go on behind this order.", examples=[1024])
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=100, description="Most orders.", examples=[100])


class PlacedAnswer(BaseModel):
    """An order that was placed."""

    order_id: int = Field(examples=[EXAMPLE_ORDER])
    state: OrderStateName = Field(examples=["inProgress"])
    place_in_line: int | None = Field(description="Its place in line for a port; null: in none.", examples=[None])
    payment: PaymentTold | None = Field(
        default=None, description="What is paid in advance; null: nothing is asked for.", examples=[None]
    )


class CapacityAnswer(BaseModel):
    """How many pre-orders are released a week."""

    technology: str = Field(examples=["fiber"])
    weekly: int | None = Field(description="Null: any number.", examples=[120])
    zone_id: int | None = Field(description="Null: wherever no zone has a number of its own.", examples=[None])


class PrerequisiteAnswer(BaseModel):
    """Something that has to be so before an order goes forward."""

    name: str = Field(examples=["payment"])
    label: str = Field(examples=["There is a payment method or a deposit"])
    state: Literal["met", "open", "not_managed"] = Field(examples=["open"])
    why: str | None = Field(examples=["There is neither a deposit nor a payment method."])
    next_step: str | None = Field(examples=["Send the customer the payment link."])


class PortAnswer(BaseModel):
    """A port that is reserved."""

    terminal_id: int = Field(examples=[4503599627370111])
    port: int = Field(examples=[3])


class OrderChangeAnswer(BaseModel):
    """Something that happened to an order."""

    before: str | None = Field(examples=["acknowledged"])
    after: str = Field(examples=["inProgress"])
    why: str | None = Field(examples=["ready"])
    detail: dict[str, Any] | None = Field(examples=[None])
    changed_at: datetime = Field(examples=["2026-11-26T08:30:00Z"])
    cause: str = Field(examples=["place_order"])


class OrderAnswer(BaseModel):
    """An order: where it stands, what it still needs, and what happened to it. Nobody's name is in it."""

    order_id: int = Field(examples=[EXAMPLE_ORDER])
    kind: OrderKindName = Field(examples=["new"])
    state: OrderStateName = Field(examples=["pending"])
    held_from: str | None = Field(examples=[None])
    held_why: str | None = Field(examples=[None])
    address_id: int = Field(examples=[_ADDRESS])
    contact_id: int = Field(examples=[4503599627370333])
    account_number: str | None = Field(description="Of whoever ordered.", examples=[EXAMPLE_ACCOUNT])
    offer_id: int = Field(examples=[_OFFER])
    technology: str = Field(examples=["fiber"])
    lead_id: int | None = Field(examples=[None])
    commitment_id: int | None = Field(examples=[None])
    previous_order_id: int | None = Field(examples=[None])
    channel: str = Field(examples=["phone"])
    rep: str | None = Field(examples=["Al Reyes"])
    deposit_id: int | None = Field(examples=[None])
    release_on: date | None = Field(description="The wave that it is released in.", examples=[None])
    placed_at: datetime = Field(examples=["2026-11-26T08:30:00Z"])
    changed_at: datetime = Field(examples=["2026-11-26T08:30:00Z"])
    price_agreed_at: datetime | None = Field(
        description="Since when another price than the promised one is agreed.", examples=[None]
    )
    price: dict[str, Any] = Field(description="The lines that were agreed, in minor units.", examples=[{}])
    payment: PaymentTold | None = Field(description="What is paid in advance.", examples=[None])
    has_payment_method: bool = Field(examples=[False])
    port: PortAnswer | None
    place_in_line: int | None = Field(examples=[None])
    prerequisites: list[PrerequisiteAnswer]
    timeline: list[OrderChangeAnswer]


class ListedOrder(BaseModel):
    """An order in a list."""

    order_id: int = Field(examples=[EXAMPLE_ORDER])
    kind: OrderKindName = Field(examples=["new"])
    state: OrderStateName = Field(examples=["pending"])
    held_from: str | None = Field(examples=[None])
    held_why: str | None = Field(examples=[None])
    address_id: int = Field(examples=[_ADDRESS])
    full_address: str | None = Field(examples=["4067 Center Ave, Quill Creek MT 59741"])
    account_number: str | None = Field(description="Of whoever ordered.", examples=[EXAMPLE_ACCOUNT])
    offer_id: int = Field(examples=[_OFFER])
    technology: str = Field(examples=["fiber"])
    channel: str = Field(examples=["phone"])
    rep: str | None = Field(examples=["Al Reyes"])
    lead_id: int | None = Field(examples=[None])
    commitment_id: int | None = Field(examples=[None])
    previous_order_id: int | None = Field(examples=[None])
    release_on: date | None = Field(examples=[None])
    terminal_id: int | None = Field(examples=[None])
    port: int | None = Field(examples=[None])
    waits_for_port: bool = Field(examples=[False])
    placed_at: datetime = Field(examples=["2026-11-26T08:30:00Z"])
    changed_at: datetime = Field(examples=["2026-11-26T08:30:00Z"])


class OrdersAnswer(BaseModel):
    """Orders by id, page by page."""

    orders: list[ListedOrder]
    after: int | None = Field(description="Ask for what is behind this one; null at the end.", examples=[None])


class FalloutItem(BaseModel):
    """Something that is stuck."""

    kind: Literal["order", "delivery"] = Field(examples=["order"])
    order_id: int | None = Field(examples=[EXAMPLE_ORDER])
    event_id: int | None = Field(description="Of a delivery that was given up.", examples=[None])
    address_id: int | None = Field(examples=[_ADDRESS])
    state: str = Field(examples=["pending"])
    since: datetime = Field(examples=["2026-11-23T08:30:00Z"])
    why: str = Field(examples=["There is neither a deposit nor a payment method."])
    next_step: str = Field(examples=["Send the customer the payment link."])


class FalloutAnswer(BaseModel):
    """What is stuck, the longest first."""

    fallout: list[FalloutItem]
