"""Models of the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap_api.models.questions import Day, Id, Question

_Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class AuditWish(Question):
    """Which entries of the audit log; what is left out takes all."""

    who: _Text | None = Field(
        default=None, description="A name, or user:ID, key:ID, local or server.", examples=["pat"]
    )
    what: _Text | None = Field(default=None, description="The name of a command.", examples=["hold"])
    subject: _Text | None = Field(default=None, description="Any part of what it was about.", examples=["area"])
    way: Literal["screen", "http", "cli", "python", "server"] | None = Field(
        default=None, description="How it came.", examples=["screen"]
    )
    from_: Day | None = Field(
        default=None, alias="from", description="On that day or later, UTC.", examples=["2026-01-31"]
    )
    to: Day | None = Field(default=None, description="On that day or earlier, UTC.", examples=["2036-12-31"])
    older_than: Id | None = Field(
        default=None, description="Before this entry: `next` of the page before.", examples=[4503599627370495]
    )


class AuditQuestion(AuditWish):
    """A page of the audit log."""

    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=100, description="Most entries.", examples=[100])


class AuditFileQuestion(AuditWish):
    """The audit log as a file."""

    limit: Annotated[int, Field(ge=1, le=50_000)] = Field(default=50_000, description="Most entries.", examples=[1000])


class AuditEntryAnswer(BaseModel):
    """One command that changed something."""

    audit_id: int = Field(examples=[42])
    happened_at: datetime = Field(examples=["2026-11-25T08:00:00Z"])
    actor_id: str = Field(description="user:ID, key:ID, local or server.", examples=["user:4503599627370493"])
    actor: str = Field(description="What people call them.", examples=["pat"])
    way: Literal["screen", "http", "cli", "python", "server"] = Field(examples=["screen"])
    command: str = Field(examples=["hold"])
    subject: str = Field(description="What it was about.", examples=["hold 4503599627370494"])
    plan_version: int | None = Field(description="Null where it made none.", examples=[8])
    before: list[dict[str, Any]] = Field(
        description="Rows as they were: what, which, values; of a row that changed only what differs.", examples=[[]]
    )
    after: list[dict[str, Any]] = Field(
        description="Rows as they are. {more: N} comes last where they are too many.",
        examples=[[{"what": "hold", "which": "4503599627370494", "values": {"code": "unsafe"}}]],
    )


class AuditAnswer(BaseModel):
    """A page of the audit log, the newest first."""

    entries: list[AuditEntryAnswer]
    next: int | None = Field(description="Ask for `older_than` this; null at the end.", examples=[None])
    commands: list[str] = Field(description="Every command on record, to choose from.", examples=[["hold"]])
