"""Models of orders that are begun and not finished."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from fibermap_api.models.leads import EXAMPLE_ADDRESS
from fibermap_api.models.questions import Channel, Id, Name, Previewed, Question

EXAMPLE_DRAFT = 4503599627370811


class BeginDraftQuestion(Question):
    """What somebody has begun to order. Nothing is asked of who they are."""

    address_id: Id = Field(description="The address, settled by a check.", examples=[EXAMPLE_ADDRESS])
    offer_id: Id = Field(description="An offer that `/v1/offers` names.", examples=[4503599627370801])
    add_on_ids: Annotated[tuple[Id, ...], Field(max_length=20)] = Field(
        default=(), description="What goes with it.", examples=[[]]
    )
    channel: Channel = Field(
        default="portal",
        description="How they came; of a visitor it is `portal`.",
        examples=["phone"],
    )
    lead_id: Id | None = Field(
        default=None, description="With the scope `sell`: whose it is, an open lead of the address.",
        examples=[4503599627370711],
    )  # fmt: skip
    rep: Name | None = Field(default=None, description="With the scope `sell`: who speaks with them.", examples=["Al"])


class BegunDraftAnswer(BaseModel):
    """A draft, and the link by which it is gone on with."""

    state: str = Field(examples=["open"])
    expires_at: datetime
    follow: str = Field(description="The token of the link.", examples=["BAAAAAAAAAAMDJkqpX0Jv5Q2mX8h3cVn0T1l"])


class DraftsQuestion(Question):
    """Which drafts."""

    address_id: Id | None = Field(default=None, description="Only at this address.", examples=[EXAMPLE_ADDRESS])
    after: Id | None = Field(default=None, description="The `after` of the page before.", examples=[4503599627370711])
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=100, description="Most rows.", examples=[100])


class DropDraftQuestion(Previewed):
    """A draft by id, and whether it is dropped."""

    draft_id: Id = Field(description="The draft.", examples=[EXAMPLE_DRAFT])


class DroppedDraftAnswer(BaseModel):
    """A draft that comes to nothing."""

    draft_id: int = Field(examples=[EXAMPLE_DRAFT])
    state: Literal["given_up"] = Field(examples=["given_up"])


class BegunDraft(BaseModel):
    """A draft that can be gone on with."""

    draft_id: int
    address_id: int
    full_address: str | None
    offer_id: int
    offer: str | None = Field(description="What was chosen, by name.", examples=["Fiber 300"])
    add_on_ids: list[int]
    sale: Literal["order", "pre-order"]
    channel: str
    rep: str | None
    lead_id: int | None
    begun_at: datetime
    expires_at: datetime


class DraftRow(BegunDraft):
    """A draft that can be gone on with, without who it is of: its lead says that."""

    follow: str = Field(description="The token of the link by which it is gone on with.")


class BegunDraftsAnswer(BaseModel):
    """Drafts by id."""

    drafts: list[DraftRow]
    after: int | None
