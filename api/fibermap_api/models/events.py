"""Models of events, their subscribers, and deliveries that were given up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from fibermap_api.models.questions import Id, Question

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[ -~]+$")]


class EventsQuestion(Question):
    """Which events."""

    type: _Name | None = Field(default=None, description="Of this type only.", examples=["PlanPromoted"])
    older_than: Id | None = Field(
        default=None, description="Before this event: `next` of the page before.", examples=[1024]
    )
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=100, description="Most events.", examples=[100])


class RetryQuestion(Question):
    """Which parked deliveries are tried anew; what is left out means all."""

    subscriber: _Name | None = Field(default=None, description="Of this subscriber.", examples=["mailer"])
    event_id: Id | None = Field(default=None, description="Of this event.", examples=[42])


class EventAnswer(BaseModel):
    """An event that was published."""

    event_id: int = Field(examples=[42])
    type: str = Field(examples=["PlanPromoted"])
    at_utc: datetime = Field(examples=["2026-11-25T08:00:00Z"])
    cause: str = Field(examples=["hold:8"])
    plan_version: int | None = Field(examples=[8])
    address_id: int | None = Field(examples=[None])
    payload: dict[str, Any] = Field(description="The facts; cut_off where they are too many.", examples=[{}])


class ParkedAnswer(EventAnswer):
    """A delivery that was given up."""

    subscriber: str = Field(examples=["mailer"])
    attempts: int = Field(description="How often it was tried.", examples=[8])
    parked_at_utc: datetime = Field(examples=["2026-11-25T09:00:00Z"])
    error: str | None = Field(description="The last failure.", examples=["ConnectionError: no route to host"])


class SubscriberAnswer(BaseModel):
    """Who receives events, and how far behind they are."""

    subscriber: str = Field(examples=["mailer"])
    event_types: list[str] = Field(examples=[["PlanPromoted"]])
    created_at_utc: datetime = Field(examples=["2026-11-25T08:00:00Z"])
    retired_at_utc: datetime | None = Field(description="Since when it receives nothing more.", examples=[None])
    waits: bool = Field(description="It receives events once recall windows are over.", examples=[False])
    delivered: int = Field(examples=[12])
    behind: int = Field(description="Events that it has still to receive.", examples=[0])
    oldest_waiting_at_utc: datetime | None = Field(
        description="Since when the first of them is due, or from when on.", examples=[None]
    )
    error: str | None = Field(description="The last failure of one that waits.", examples=[None])
    parked: int = Field(description="Events that were given up.", examples=[0])


class EventsAnswer(BaseModel):
    """Events, the newest first; every subscriber; and what was given up."""

    events: list[EventAnswer]
    next: int | None = Field(description="Ask for `older_than` this; null at the end.", examples=[None])
    subscribers: list[SubscriberAnswer]
    parked: list[ParkedAnswer]


class RetryAnswer(BaseModel):
    """How many deliveries are tried anew, with the next round of their subscribers."""

    retried: int = Field(examples=[1])
