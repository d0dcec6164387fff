"""Models of the desk: looking a customer up, the card of an address, and what waits for somebody."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap.order.queues import MOST_ROWS, Queue
from fibermap_api.models.checks import Speeds
from fibermap_api.models.drafts import BegunDraft
from fibermap_api.models.leads import EXAMPLE_ACCOUNT, EXAMPLE_ADDRESS, EXAMPLE_LEAD, ContactAnswer, LeadRow
from fibermap_api.models.offers import NotAvailableAnswer, OfferAnswer, Sale
from fibermap_api.models.orders import EXAMPLE_ORDER, OrderAnswer
from fibermap_api.models.payments import PaymentTold
from fibermap_api.models.preorders import DepositDue, PreOrderRow
from fibermap_api.models.questions import Id, Question
from fibermap_api.models.zones import EXAMPLE_ZONE

QueueName = Literal[*Queue]  # type: ignore[valid-type]
_VISIBLE = r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*$"


class DeskSearchQuestion(Question):
    """Who or what is looked for."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_VISIBLE)] = Field(
        description="A name, a phone number in any spelling, an e-mail address, an account number, an address, or the "
        "id of an order, a lead or a pre-order; as far as it is typed. It is not kept.",
        examples=["ann lee"],
    )


class DeskResult(BaseModel):
    """Something that was found. What does not apply is null."""

    kind: Literal["address", "customer", "order", "lead", "preorder"] = Field(examples=["customer"])
    address_id: int | None = Field(description="That it has now.", examples=[EXAMPLE_ADDRESS])
    full_address: str | None = Field(examples=["4067 Center Ave, Quill Creek MT 59741"])
    name: str | None = Field(examples=["Ann Lee"])
    phone: str | None = Field(examples=["+14065550142"])
    email: str | None = Field(examples=["ann.lee@example.com"])
    id: int | None = Field(description="Of a customer the contact's.", examples=[2251799813685301])
    state: str | None = Field(examples=[None])
    why: Literal["name", "phone", "email", "account", "address", "order", "lead", "preorder"] = Field(examples=["name"])


class DeskSearchAnswer(BaseModel):
    """What was found, the surest first; at most 20."""

    results: list[DeskResult]
    more: bool = Field(description="Whether there is more: type more of it.", examples=[False])
    hint: str | None = Field(
        description="What is wrong with an account number that was mistyped, or leads to nobody.", examples=[None]
    )


class DeskCardQuestion(Question):
    """An address by any id that it ever had."""

    address_id: Id = Field(description="The address.", examples=[EXAMPLE_ADDRESS])


class DeskAddress(BaseModel):
    """Which address."""

    address_id: int = Field(description="That it has now.", examples=[EXAMPLE_ADDRESS])
    full_address: str = Field(examples=["4067 Center Ave, Quill Creek MT 59741"])
    kind: str = Field(examples=["residential"])
    serviceable: bool = Field(description="Whether it is a place that is sold to.", examples=[True])
    units: int = Field(description="Sold to under this id; 0: its units are addresses of their own.", examples=[1])
    lon: float | None = Field(examples=[-111.3])
    lat: float | None = Field(examples=[45.85])


class DeskReason(BaseModel):
    """A reason against selling today."""

    code: str = Field(examples=["not_build"])
    label: str = Field(examples=["It is not built."])


class DeskTechnology(BaseModel):
    """Where the address stands for a technology."""

    technology: str = Field(examples=["fiber"])
    class_: str = Field(alias="class", examples=["pre-build"])
    expected: str | None = Field(description="When it is expected, as far as that is known.", examples=["May 2027"])
    phase: str | None = Field(examples=["Phase 2"])
    speeds: Speeds | None = Field(examples=[None])


class DeskServiceability(BaseModel):
    """What is true at the address now."""

    class_: str = Field(alias="class", examples=["pre-build"])
    orderable: bool = Field(examples=[False])
    reasons: list[DeskReason]
    technologies: list[DeskTechnology]
    holds: list[str] = Field(description="Codes of the holds in force.", examples=[[]])
    ports_free: int | None = Field(description="At its terminal; null: not recorded.", examples=[3])
    plan_version: int = Field(examples=[7])


class DeskOffers(BaseModel):
    """What may be sold there by the channel `csr`, and why anything else may not."""

    address_id: int = Field(examples=[EXAMPLE_ADDRESS])
    channel: str = Field(examples=["csr"])
    on: date = Field(examples=["2026-11-26"])
    sale: Sale | None = Field(description="The most that may be done here; null: nothing.", examples=["pre-order"])
    offers: list[OfferAnswer]
    not_available: list[NotAvailableAnswer]


class DeskUnit(BaseModel):
    """A unit to choose from."""

    address_id: int = Field(examples=[EXAMPLE_ADDRESS])
    address: str = Field(examples=["12 Elm St Apt 4"])


class DeskConsent(BaseModel):
    """What a customer agreed to."""

    at: datetime = Field(examples=["2026-11-26T08:30:00Z"])
    channel: str = Field(examples=["door"])
    wording: str = Field(examples=["You may call me about fiber at my address."])
    withdrawn_at: datetime | None = Field(examples=[None])


class DeskCustomer(BaseModel):
    """Somebody who spoke for the address; empty once forgotten."""

    contact_id: int = Field(examples=[2251799813685301])
    name: str = Field(examples=["Ann Lee"])
    phone: str | None = Field(examples=["+14065550142"])
    email: str | None = Field(examples=["ann.lee@example.com"])
    account_number: str | None = Field(description="Null: never ordered or signed.", examples=[EXAMPLE_ACCOUNT])
    consents: list[DeskConsent]


class DeskDeposit(BaseModel):
    """A deposit as it stands."""

    state: Literal["held", "applied", "forfeited", "refunding", "refunded"] = Field(examples=["held"])
    amount_cents: int = Field(examples=[5000])
    currency: str = Field(examples=["USD"])


class DeskPreOrder(PreOrderRow):
    """A pre-order with its place, its price and its deposit."""

    deposit: DeskDeposit | None = Field(description="Null until it is paid.", examples=[None])
    payment: PaymentTold | None = Field(description="Of its deposit; null: none was asked for.", examples=[None])


class DeskDraft(BegunDraft):
    """An order that was begun there and can be gone on with."""

    contact: ContactAnswer | None = Field(description="Who began it, where they agreed that it is kept.")


class DeskChange(BaseModel):
    """Something that happened to a lead, a pre-order (`commitment`) or an order."""

    at: datetime = Field(examples=["2026-11-26T08:30:00Z"])
    subject: Literal["lead", "commitment", "order"] = Field(examples=["lead"])
    subject_id: int = Field(examples=[EXAMPLE_LEAD])
    before: str | None = Field(examples=[None])
    after: str = Field(examples=["new"])
    why: str | None = Field(examples=["captured"])
    cause: str = Field(examples=["capture_lead"])


class DeskCardAnswer(BaseModel):
    """An address with everything that is sold there, all of it in one moment."""

    address: DeskAddress
    serviceability: DeskServiceability
    offers: DeskOffers | None = Field(description="Null where a unit has to be chosen first.")
    units: list[DeskUnit] = Field(description="To choose from.", examples=[[]])
    customers: list[DeskCustomer]
    leads: list[LeadRow]
    drafts: list[DeskDraft] = Field(description="Begun and not ordered.", examples=[[]])
    preorders: list[DeskPreOrder]
    orders: list[OrderAnswer]
    history: list[DeskChange] = Field(description="The newest first, at most 200.")


class DeskWordsAnswer(BaseModel):
    """What is read out, signed and asked for where one sells."""

    consent: str = Field(description="Of the portal's settings, word for word; empty where none is set.", examples=[""])
    terms: str = Field(description="The version that is signed with a pre-order.", examples=["1"])
    gateway: str = Field(description="Who takes payments; `simulated` moves no money.", examples=["simulated"])
    deposit: DepositDue | None = Field(description="What a pre-order is asked for; null: nothing.")
    order_deposit: DepositDue | None = Field(description="What is paid in advance for an order; null: nothing.")
    payment_pages: bool = Field(description="Whether customers can be sent to a page of the gateway to pay.")


class QueueCount(BaseModel):
    """How many wait in a queue."""

    queue: QueueName = Field(examples=["preorders"])
    count: int = Field(examples=[12])


class QueuesAnswer(BaseModel):
    """The queues of the desk."""

    queues: list[QueueCount]


class QueueQuestion(Question):
    """Which rows of which queue."""

    queue: QueueName = Field(description="The queue.", examples=["held"])
    zone_id: Id | None = Field(default=None, description="Only of this zone.", examples=[EXAMPLE_ZONE])
    after: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,16}-[0-9]{1,16}$")] | None = Field(
        default=None, description="The `after` of the page before.", examples=["1795683000000000-4503599627370901"]
    )
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = Field(default=50, description="Most rows.", examples=[50])


class QueueRow(BaseModel):
    """Something that waits. What does not apply is null."""

    kind: Literal["preorder", "order", "delivery", "refund", "notice"] = Field(examples=["order"])
    id: int = Field(examples=[EXAMPLE_ORDER])
    address_id: int | None = Field(examples=[EXAMPLE_ADDRESS])
    full_address: str | None = Field(examples=["4067 Center Ave, Quill Creek MT 59741"])
    name: str | None = Field(examples=["Ann Lee"])
    phone: str | None = Field(examples=["+14065550142"])
    email: str | None = Field(examples=[None])
    state: str = Field(examples=["held"])
    since: datetime = Field(examples=["2026-11-23T08:30:00Z"])
    code: str | None = Field(
        description="Why, as a code: what holds an order (`person`: somebody), or why a refund or a notice failed.",
        examples=["person"],
    )
    why: str | None = Field(examples=["Somebody holds it."])
    next_step: str | None = Field(examples=["Release it, or cancel it."])
    zone_id: int | None = Field(examples=[None])
    zone: str | None = Field(description="The zone's public name.", examples=[None])
    place: int | None = Field(description="In its line.", examples=[None])
    amount: DepositDue | None = Field(description="Of a refund, for whoever may see money.", examples=[None])


class QueueAnswer(BaseModel):
    """Rows of a queue, the longest waiting first; ``after`` is where to go on, null at the end."""

    rows: list[QueueRow]
    after: str | None = Field(examples=[None])
