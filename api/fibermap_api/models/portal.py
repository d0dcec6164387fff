"""Models of the portal: its settings, and what it says to whoever comes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from fibermap_api.models.consequences import ConsequenceAnswer
from fibermap_api.models.leads import EXAMPLE_ACCOUNT, EXAMPLE_ADDRESS, ConsentQuestion, ContactQuestion
from fibermap_api.models.payments import PaymentTold
from fibermap_api.models.preorders import DepositDue
from fibermap_api.models.questions import FollowToken, Id, Previewed, Question
from fibermap_api.models.zones import PublicProgress

EXAMPLE_CONTACT = {"name": "Ann Lee", "phone": "406-555-0142"}
EXAMPLE_CONSENT = {"at": "2026-11-26T08:30:00Z", "wording": "You may call me about fiber at my address."}

_Line = Annotated[str, StringConstraints(max_length=300)]


class PortalSettingsQuestion(Question):
    """The settings of the portal, whole: what is left out is at its default again."""

    open: bool = Field(default=False, description="Whether whoever comes may check and order.", examples=[True])
    name: _Line = Field(default="", description="What the operator calls itself.", examples=["Larkspur Fiber"])
    consent: Annotated[str, StringConstraints(max_length=1_000)] = Field(
        default="", description="What somebody agrees to who wants to be called or written to, word for word.",
        examples=["Larkspur Fiber may call or e-mail me about service at this address."],
    )  # fmt: skip
    terms: Annotated[str, StringConstraints(max_length=20_000)] = Field(
        default="", description="What is signed with an order, as plain text.", examples=["You may cancel any time."]
    )
    terms_version: _Line = Field(default="", description="The name of that version.", examples=["2026-11"])
    support: _Line = Field(default="", description="Whom to ask.", examples=["Call 406-555-0100, weekdays 8 to 6"])
    privacy_url: _Line = Field(
        default="", description="Where the privacy notice stands.", examples=["https://www.larkspur.example/privacy"]
    )
    origins: list[_Line] = Field(
        default=[], max_length=8, description="The sites that may embed it.",
        examples=[["https://www.larkspur.example"]],
    )  # fmt: skip


class PortalSettingsAnswer(BaseModel):
    """The settings of the portal."""

    open: bool
    name: str
    consent: str
    terms: str
    terms_version: str
    support: str
    privacy_url: str
    origins: list[str]


class FollowQuestion(Question):
    """A link that a customer was given."""

    token: FollowToken = Field(
        description="What stands in the link.", examples=["AwAAAAAAAAAMDJkqpX0Jv5Q2mX8h3cVn0T1l"]
    )


class StepAnswer(BaseModel):
    """Something that an order needs."""

    name: str = Field(examples=["technology_is_build"])
    label: str = Field(examples=["The technology is built at the address"])
    met: bool


class StateAnswer(BaseModel):
    """A state, and since when."""

    state: str = Field(examples=["acknowledged"])
    at: datetime


class BegunAnswer(BaseModel):
    """What was chosen, and is not ordered yet. Whether it is still sold so `/v1/offers` says."""

    sale: Literal["order", "pre-order"] = Field(description="What it would have been when it was begun.")
    add_on_ids: list[int]
    knows: bool = Field(description="Whether it knows who began it: then they need not say so again.")
    expires_at: datetime = Field(description="How long it can be gone on with.")


class FollowAnswer(BaseModel):
    """How far something is."""

    subject: Literal["lead", "commitment", "order", "draft"]
    subject_id: int
    state: str = Field(examples=["pending"])
    address_id: int
    full_address: str | None
    offer_id: int | None
    account_number: str | None = Field(description="Of whoever ordered or signed.", examples=[EXAMPLE_ACCOUNT])
    place_in_line: int | None = Field(description="Of an order that waits for a port.")
    steps: list[StepAnswer]
    history: list[StateAnswer]
    may_give_up: bool = Field(description="Whether it can be cancelled, withdrawn or closed by this link.")
    payment: PaymentTold | None = Field(description="What is paid for it; null: nothing was asked for.")
    payment_due: bool = Field(description="Whether something is to be paid, by `POST /v1/follow/{token}:pay`.")
    begun: BegunAnswer | None = Field(description="Of a draft.")


class GiveUpQuestion(FollowQuestion, Previewed):
    """What to give up, or only what that would do."""


class GivenUpAnswer(BaseModel):
    """What giving up does or did, and how it stands then."""

    consequences: list[ConsequenceAnswer]
    result: FollowAnswer


class RememberQuestion(Question):
    """Who somebody is that wants to go on later."""

    contact: ContactQuestion = Field(description="Who it is.", examples=[EXAMPLE_CONTACT])
    consent: ConsentQuestion = Field(description="How they agreed to be kept.", examples=[EXAMPLE_CONSENT])


class RememberedAnswer(BaseModel):
    """Whether a draft knows who began it."""

    knows: bool = Field(description="False where somebody else of the household was there first.")


class PortalAnswer(BaseModel):
    """What the portal says to whoever comes."""

    name: str = Field(examples=["Larkspur Fiber"])
    consent: str = Field(description="Word for word, as it goes into the record.")
    terms: str
    terms_version: str = Field(examples=["2026-11"])
    support: str
    privacy_url: str
    units: Literal["us", "metric"] = Field(examples=["us"])
    gateway: str = Field(description="Who takes payments; `simulated` moves no money.", examples=["simulated"])
    deposit: DepositDue | None = Field(description="What a pre-order is asked for; null: nothing.")
    order_deposit: DepositDue | None = Field(description="What is paid in advance for an order; null: nothing.")
    payment_pages: bool = Field(description="Whether customers can be sent to a page of the gateway to pay.")


class InterestQuestion(Question):
    """Somebody who wants to hear of an address."""

    address_id: Id = Field(description="The address, settled by a check.", examples=[EXAMPLE_ADDRESS])
    contact: ContactQuestion = Field(description="Who it is.", examples=[EXAMPLE_CONTACT])
    consent: ConsentQuestion = Field(description="How they agreed to be contacted.", examples=[EXAMPLE_CONSENT])


class PortalOrderQuestion(Question):
    """What somebody orders for themselves."""

    address_id: Id = Field(description="The address, settled by a check.", examples=[EXAMPLE_ADDRESS])
    contact: ContactQuestion | None = Field(
        default=None, description="Who it is; only a draft that knows them needs none.", examples=[EXAMPLE_CONTACT]
    )
    consent: ConsentQuestion = Field(description="How they agreed to be contacted.", examples=[EXAMPLE_CONSENT])
    offer_id: Id = Field(description="An offer that `/v1/offers` names.", examples=[4503599627370801])
    add_on_ids: Annotated[tuple[Id, ...], Field(max_length=20)] = Field(
        default=(), description="What goes with it.", examples=[[]]
    )
    payment_token: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        default=None, description="The gateway's token of a card; never its number.", examples=["tok_visa"]
    )
    draft: FollowToken | None = Field(
        default=None, description="The link of the draft that this finishes.",
        examples=["BAAAAAAAAAAMDJkqpX0Jv5Q2mX8h3cVn0T1l"],
    )  # fmt: skip


class PortalPreOrderQuestion(PortalOrderQuestion):
    """What somebody gives their word for."""

    terms_accepted_at: AwareDatetime = Field(
        description="When the terms in force were signed.", examples=["2026-11-26T08:30:00Z"]
    )


class SoldAnswer(BaseModel):
    """What was done, without who the customer is."""

    state: str = Field(examples=["new"])
    follow: str | None = Field(
        description="The token by which it is followed; null where somebody else of the household was there first.",
        examples=["AwAAAAAAAAAMDJkqpX0Jv5Q2mX8h3cVn0T1l"],
    )
    payment: PaymentTold | None = Field(description="Where it is paid, if anything is; null: nothing is.")


class ZoneAtQuestion(Question):
    """An address."""

    address_id: Id = Field(description="The address, settled by a check.", examples=[EXAMPLE_ADDRESS])


class ZoneAtAnswer(BaseModel):
    """The zone of an address."""

    zone: PublicProgress | None = Field(description="Null: it is in none that is open.")
