"""Models of review: queues, items with their evidence, decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints, model_validator

from fibermap.coverage.model import HoldCode
from fibermap.review.model import MOST_AT_ONCE, Details
from fibermap_api.models.areas import AreaFields, Reason, Text
from fibermap_api.models.holds import HeldBecause
from fibermap_api.models.questions import Day, Id, Latitude, Longitude, Part, Question

QueueName = Literal["quarantined", "duplicate", "flag", "missing"]
ChoiceName = Literal["accept", "merge", "split", "hold", "discard"]
_NAME = r"^[ -~\u00c0-\u024f]*[!-~\u00c0-\u024f]$"
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_NAME)]
EXAMPLE = 4503599627370494


class ReviewsQuestion(Question):
    """Which items wait."""

    queue: QueueName | None = Field(default=None, description="One queue.", examples=["duplicate"])
    why: Text | None = Field(
        default=None, description="A code of a rejection, a reason of a duplicate, a flag.", examples=["drop_crosses"]
    )
    source: Text | None = Field(default=None, description="Only from this source.", examples=["plan.kmz"])
    assignee: Text | None = Field(
        default=None, description="Only what they look after; empty: what nobody does.", examples=["ann"]
    )
    text: Text | None = Field(default=None, description="Part of name or detail.", examples=["main st"])
    days: Annotated[int, Field(ge=0, le=36_500)] | None = Field(
        default=None, description="Only what came up at least so many days ago.", examples=[7]
    )
    after: Id | None = Field(default=None, description="Go on behind this item.", examples=[1024])
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=100, description="Most items.")


class ReviewQuestion(Question):
    """One item by id."""

    item_id: Id = Field(description="The item.", examples=[EXAMPLE])


class SeenItem(Question):
    """An item as you looked at it."""

    item_id: Id = Field(examples=[EXAMPLE])
    facts: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        default=None, description="What the item stood on then; it is refused where that has changed."
    )


class DecideQuestion(Question):
    """What is decided of one or several items of a queue."""

    items: list[SeenItem] = Field(min_length=1, max_length=MOST_AT_ONCE, examples=[[{"item_id": EXAMPLE}]])
    choice: ChoiceName = Field(examples=["accept"])
    reason: Reason = Field(default="Reviewed", description="Why; kept on record.", examples=["Seen on site"])
    text: Part | None = Field(default=None, description="How an address that is taken in is written.")
    lon: Longitude | None = Field(default=None, description="Where it is, degrees in EPSG:4326.")
    lat: Latitude | None = None
    address_id: Id | None = Field(default=None, description="The address that a missing one is.")
    area: AreaFields | None = Field(default=None, description="What an area that is taken in is.")
    hold_code: HeldBecause = Field(default="under_review", description="Of a hold.")
    document: Annotated[str, StringConstraints(max_length=500)] | None = Field(
        default=None, description="Of a hold: where the paper is."
    )
    review_on: Day | None = Field(default=None, description="Of a hold: when somebody looks again.")

    @model_validator(mode="after")
    def _has_a_whole_place(self) -> DecideQuestion:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon go together")
        return self

    def details(self) -> Details:
        """Return what it says beside its choice."""
        return Details(
            self.text, self.lon, self.lat, self.address_id, {} if self.area is None else self.area.said(),
            HoldCode(self.hold_code), self.document, self.review_on,
        )  # fmt: skip


class AssignQuestion(Question):
    """Who looks after items."""

    item_ids: list[Id] = Field(min_length=1, max_length=MOST_AT_ONCE, examples=[[EXAMPLE]])
    assignee: Name | None = Field(description="A name; null for nobody.", examples=["ann"])


class DecisionsQuestion(Question):
    """Which decisions."""

    queue: QueueName | None = Field(default=None, description="Of one queue.", examples=["flag"])
    author: Text | None = Field(default=None, description="By one person.", examples=["ann"])
    after: Id | None = Field(default=None, description="Go on behind this decision.", examples=[1024])
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=100, description="Most decisions.")


class DecisionQuestion(Question):
    """One decision by id."""

    decision_id: Id = Field(description="The decision.", examples=[EXAMPLE])


class TakeBackQuestion(Question):
    """Why a decision is taken back."""

    reason: Reason = Field(default="Thought again", examples=["Wrong pair"])


class ReviewItem(BaseModel):
    """One thing to look at."""

    item_id: int = Field(examples=[EXAMPLE])
    queue: QueueName = Field(examples=["duplicate"])
    why: str = Field(examples=["far_apart"])
    title: str = Field(examples=["1 Main St, Quill Creek MT 59741"])
    detail: str = Field(examples=["1 Main St, Quill Creek MT 59741"])
    source: str | None = Field(description="Of a quarantined thing.", examples=[None])
    address_id: int | None = Field(examples=[4503599627370495])
    other_id: int | None = Field(examples=[4503599627370496])
    subject_id: int = Field(description="The rejection, address or report behind it.", examples=[4503599627370495])
    lon: float | None = Field(examples=[-111.3])
    lat: float | None = Field(examples=[45.85])
    since: datetime | None = Field(description="When it came up.", examples=["2026-11-24T09:30:00Z"])
    facts: str = Field(description="What a decision stands on.", examples=["ae3f0b18c788dcab7d03ef3a85e8c966"])
    assignee: str | None = Field(examples=["ann"])


class WhyCount(BaseModel):
    """How many items are there for one reason."""

    why: str = Field(examples=["drop_crosses"])
    open: int = Field(examples=[5])


class QueueCount(BaseModel):
    """How much waits in one queue."""

    queue: QueueName = Field(examples=["flag"])
    open: int = Field(examples=[5])
    unassigned: int = Field(examples=[4])
    oldest: datetime | None = Field(examples=["2026-11-24T09:30:00Z"])
    why: list[WhyCount]
    choices: list[ChoiceName] = Field(description="What can be decided.", examples=[["accept", "hold"]])


class ReviewsAnswer(BaseModel):
    """Every queue with its counts, and the items asked for, the oldest first."""

    queues: list[QueueCount]
    items: list[ReviewItem]
    total: int = Field(description="How many items the filters leave.", examples=[1])
    after: int | None = Field(description="Where to go on; null at the end.", examples=[None])
    plan_version: int = Field(examples=[7])


class ReviewAnswer(BaseModel):
    """An item with its evidence."""

    item: ReviewItem
    choices: list[ChoiceName] = Field(examples=[["merge", "split", "hold"]])
    features: dict[str, Any] = Field(
        description="GeoJSON in EPSG:4326; `part` says what each is: address, other, drop, terminal, crossed, "
        "footprint, area, thing, mended, report, near.",
        examples=[{"type": "FeatureCollection", "features": []}],
    )
    thing: dict[str, Any] | None = Field(default=None, description="What is quarantined, and what it can become.")
    sides: list[dict[str, Any]] | None = Field(default=None, description="The addresses, with their records.")
    differs: list[str] | None = Field(default=None, description="What the two addresses differ in.")
    distance_m: float | None = Field(default=None, description="Between the two addresses, on the ground.")
    flag: dict[str, Any] | None = Field(default=None, description="The flag and its measures.")
    report: dict[str, Any] | None = Field(default=None, description="What somebody reported.")
    parsed: dict[str, Any] | None = Field(default=None, description="The report's text, as it was read.")
    near: list[dict[str, Any]] | None = Field(default=None, description="The addresses it may be.")


class DecidedAnswer(BaseModel):
    """What was decided or taken back."""

    decision_ids: list[int] = Field(examples=[[EXAMPLE]])
    plan_version: int = Field(examples=[8])
    changes: dict[str, Any] = Field(description="Verdicts that changed.", examples=[{"fiber": {"build -> none": 1}}])


class Decision(BaseModel):
    """Who decided what, when and why."""

    decision_id: int = Field(examples=[EXAMPLE])
    item_id: int = Field(examples=[EXAMPLE])
    queue: QueueName = Field(examples=["duplicate"])
    choice: ChoiceName = Field(examples=["split"])
    why: str = Field(examples=["far_apart"])
    title: str = Field(examples=["1 Main St, Quill Creek MT 59741"])
    author: str = Field(examples=["ann"])
    reason: str = Field(examples=["Two houses"])
    decided_at: datetime = Field(examples=["2026-11-24T09:30:00Z"])
    made_in: int = Field(description="The plan version.", examples=[8])
    ids: list[int] = Field(description="The holds, addresses or areas that it placed.", examples=[[]])
    in_force: bool = Field(examples=[True])
    taken_back_by: str | None = Field(examples=[None])
    taken_back_at: datetime | None = Field(examples=[None])


class DecisionsAnswer(BaseModel):
    """Decisions, the latest first."""

    decisions: list[Decision]
    after: int | None = Field(description="Where to go on; null at the end.", examples=[None])


class AssignedAnswer(BaseModel):
    """How many items somebody looks after from now on."""

    count: int = Field(examples=[1])
