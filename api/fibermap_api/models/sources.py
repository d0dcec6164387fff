"""Models of saved sources."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap_api.models.ingests import RoleName, Text
from fibermap_api.models.questions import Question

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}$")]


class SourceNameQuestion(Question):
    """A saved source by name."""

    name: Name = Field(description="The source.", examples=["county addresses"])


class SourceQuestion(Question):
    """A source to be saved, in place of one of its name."""

    name: Name = Field(description="What its addresses or areas are known by.", examples=["county addresses"])
    url: Annotated[str, StringConstraints(max_length=2_000, pattern=r"^https?://[^\x00-\x20\x7f?#]+$")] | None = Field(
        default=None,
        description="The address of a live layer, without a token; without it, files are sent by hand.",
        examples=["https://gis.example/arcgis/rest/services/Plan/FeatureServer/0"],
    )
    role: RoleName | None = Field(default=None, description="What everything in it is.", examples=["addresses"])
    crs: Text | None = Field(default=None, description="The coordinate system where it states none.")
    schedule: (
        Annotated[
            str,
            StringConstraints(pattern=r"^(every hour|every [1-9]\d{0,2} hours|daily at ([01]\d|2[0-3]):[0-5]\d)$"),
        ]
        | None
    ) = Field(
        default=None,
        description="When it is pulled, UTC: `every 6 hours`, `daily at 03:00`; without it, when somebody asks.",
        examples=["daily at 03:00"],
    )
    most_changed: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = Field(
        default=0.05, description="The share of all addresses that may change without a planner.", examples=[0.05]
    )


class PullAnswer(BaseModel):
    """How a pull ended, or what a planner decided about one that waited."""

    ended_at: datetime
    state: Literal["published", "unchanged", "waiting", "failed", "discarded"]
    plan_version: int | None
    reasons: list[dict[str, Any]] = Field(description="Why it waits or failed: code, message, count, address_ids.")
    author: str


class SourceAnswer(BaseModel):
    """A saved source."""

    name: str
    url: str | None
    role: str | None
    crs: str | None
    schedule: str | None
    most_changed: float
    author: str
    due_at: datetime | None = Field(description="When it is pulled next.")
    failures: int = Field(description="Pulls that failed in a row.")
    waiting: str | None = Field(description="The ingest in which its last pull waits for a planner.")
    pulls: list[PullAnswer] = Field(description="The last pulls, newest first.")


class SourcesAnswer(BaseModel):
    """All saved sources, by name."""

    sources: list[SourceAnswer]
