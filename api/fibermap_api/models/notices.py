"""Models of notices: what customers are told, what became of it, and what a person has to see to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from fibermap.order.notice_state import STATES
from fibermap_api.models.leads import EXAMPLE_ADDRESS, ContactAnswer
from fibermap_api.models.orders import EXAMPLE_ORDER
from fibermap_api.models.questions import Id, Previewed, Question

NoticeStateName = Literal[*STATES]  # type: ignore[valid-type]
EXAMPLE_NOTICE = 4503599627371001


class NoticesQuestion(Question):
    """Which notices."""

    state: NoticeStateName | None = Field(default=None, description="Only in this state.", examples=["to_call"])
    after: Id | None = Field(default=None, description="Go on behind this notice.", examples=[1024])
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=100, description="Most notices.", examples=[100])


class NoticeQuestion(Question):
    """A notice by id."""

    notice_id: Id = Field(description="The notice.", examples=[EXAMPLE_NOTICE])


class ChangeNoticeQuestion(NoticeQuestion, Previewed):
    """A notice by id, and whether it is changed."""


class NoticeRow(BaseModel):
    """A notice as it stands. Whom it is to is not in it."""

    notice_id: int = Field(examples=[EXAMPLE_NOTICE])
    kind: str = Field(examples=["order_placed"])
    subject: Literal["order", "commitment"] = Field(description="What it is about.", examples=["order"])
    subject_id: int = Field(examples=[EXAMPLE_ORDER])
    address_id: int | None = Field(examples=[EXAMPLE_ADDRESS])
    full_address: str | None = Field(examples=["4067 Center Ave, Quill Creek MT 59741"])
    state: NoticeStateName = Field(
        description="`waiting` for the end of a recall window; `to_call`, `failed` and `unknown` wait for a person.",
        examples=["sent"],
    )
    attempts: int | None = Field(examples=[1])
    due_at: datetime | None = Field(description="Of one that is tried again: not before.", examples=[None])
    failure: str | None = Field(description="A code, such as `smtp_550`.", examples=[None])
    told_by: str | None = Field(description="The messenger that took it, or who told it.", examples=["smtp"])
    simulated: bool | None = Field(description="Whether nobody received it: the messenger plays.", examples=[False])
    queued_at: datetime = Field(examples=["2026-11-26T08:30:00Z"])
    changed_at: datetime = Field(examples=["2026-11-26T08:45:00Z"])


class NoticesAnswer(BaseModel):
    """Notices, the latest first; ``after`` is where to go on, null at the end. And who carries them."""

    messenger: Literal["simulated", "smtp"] = Field(
        description="`simulated` sends nothing: it keeps what it would have sent.", examples=["simulated"]
    )
    notices: list[NoticeRow]
    after: int | None = Field(examples=[None])


class NoticeText(BaseModel):
    """What it says."""

    subject: str = Field(examples=["Your order for 4067 Center Ave, Quill Creek MT 59741"])
    body: str = Field(examples=["Hello Ann Lee, ..."])


class SimulatedMessageAnswer(NoticeText):
    """What the simulated messenger would have sent. Nobody received it."""

    recipient: str = Field(examples=["ann.lee@example.com"])
    kept_at: datetime = Field(examples=["2026-11-26T08:45:00Z"])


class NoticeAnswer(NoticeRow):
    """A notice with whom it is to, and its words."""

    facts: dict[str, Any] = Field(description="What it was queued with.", examples=[{}])
    contact: ContactAnswer
    text: NoticeText = Field(description="As it would be written now, without the link.")
    would_have_sent: SimulatedMessageAnswer | None = Field(
        description="Of a simulated one; null where it did not leave, or truly did.", examples=[None]
    )


class NoticeStands(BaseModel):
    """A notice that a person decided about."""

    notice_id: int = Field(examples=[EXAMPLE_NOTICE])
    state: NoticeStateName = Field(examples=["told"])


class SentAnswer(BaseModel):
    """What came of a round of sending, in notices."""

    messenger: Literal["simulated", "smtp"] = Field(examples=["simulated"])
    sent: int = Field(examples=[12])
    put_off: int = Field(description="Turned away for now; they are tried again.", examples=[0])
    to_person: int = Field(description="They wait for a person.", examples=[0])
    broke_off: str | None = Field(description="Why the round ended early, as a code.", examples=[None])
