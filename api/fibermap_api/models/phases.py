"""Models of phases: how far they are, what opening one or moving its date sets off, and doing it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap_api.models.areas import Reason, Shape, Version
from fibermap_api.models.questions import Day, Id, Question

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Names = Annotated[list[Name], Field(max_length=5_000)]
Precision = Literal["day", "month", "quarter", "year"]
Counts = dict[str, int]


class PhaseQuestion(Question):
    """A phase by name."""

    phase: Name = Field(description="The phase, exactly as the plan writes it.", examples=["Phase 2"])


class OpeningQuestion(PhaseQuestion):
    """A phase, or a part of it named in one way, and the days on which it opens."""

    network_ready_on: Day = Field(description="From this day on it is build.", examples=["2027-03-01"])
    sales_open_on: Day | None = Field(
        default=None, description="From this day on it can be ordered; null: with the network.", examples=["2027-03-15"]
    )
    cabinets: Names = Field(default=[], description="Only what these serve.", examples=[["FDA-210"]])
    splitters: Names = Field(default=[], description="Only what these serve.", examples=[[]])
    terminals: Names = Field(default=[], description="Only what these serve.", examples=[[]])
    shape: Shape | None = Field(default=None, description="Only what lies in it.")


class OpenQuestion(OpeningQuestion):
    """An opening that is carried out."""

    reason: Reason = Field(examples=["Accepted by operations"])
    plan_version: Version | None = Field(default=None, description="The one that was previewed.", examples=[7])


class MoveQuestion(PhaseQuestion):
    """Another expected date for what is not open of a phase, or for one opening that waits for its day."""

    expected_on: Day = Field(description="When it is expected now.", examples=["2027-09-30"])
    precision: Precision = Field(
        default="day", description="How far that is known; of an opening, to the day.", examples=["day"]
    )
    opening_id: Id | None = Field(default=None, description="Move this opening, and nothing else.", examples=[4503599])


class SlipQuestion(MoveQuestion):
    """A move that is carried out."""

    reason: Reason = Field(examples=["Permits are late"])
    plan_version: Version | None = Field(default=None, description="The one that was previewed.", examples=[7])


class PhaseAnswer(BaseModel):
    """How far a phase is."""

    phase: str
    addresses: Counts = Field(description="By class.", examples=[{"build": 120, "pre-build": 60}])
    units: Counts = Field(description="By class; units are homes passed.", examples=[{"build": 140, "pre-build": 60}])
    orderable: int = Field(description="Units that can be ordered today.")
    areas: int
    areas_open: int
    expected_from: date | None = Field(description="The first day that what is not open is expected on.")
    expected_to: date | None = Field(description="The last one.")
    precision: Precision | None
    original_to: date | None = Field(description="What the last one was before anybody moved it; null: nobody has.")
    slips: int
    waiting: int = Field(description="Openings that wait for their day.")


class WindowAnswer(BaseModel):
    """A plan version that an undo still calls off before notices and charges leave."""

    version: int
    kind: str
    label: str
    author: str
    ends_at: datetime
    can_undo: bool = Field(description="It is the latest in force.")


class PhasesAnswer(BaseModel):
    """The phases, and what can still be recalled."""

    plan_version: int
    now: datetime = Field(description="The moment of answering, by the server's clock.")
    recall_minutes: int
    phases: list[PhaseAnswer]
    windows: list[WindowAnswer]


class PhaseDetailsAnswer(BaseModel):
    """The parts that a phase can be opened by, its openings, and the history of its dates."""

    phase: str
    parts: list[dict[str, Any]] = Field(
        description="by, name, terminals, open.", examples=[[{"by": "terminal", "name": "T-014", "terminals": 1}]]
    )
    openings: list[dict[str, Any]] = Field(
        description="opening_id, part, network_ready_on, sales_open_on, state, author, reason, made_at, version.",
        examples=[[{"opening_id": 4503599, "part": "the whole phase", "state": "waiting"}]],
    )
    slips: list[dict[str, Any]] = Field(
        description="slip_id, was_from, was_to, now_on, now_precision, features, author, reason, made_at, version.",
        examples=[[{"was_to": "2027-03-31", "now_on": "2027-09-30"}]],
    )


class RecallAnswer(BaseModel):
    """Until when an undo calls off what leaves the house, and which subscribers wait that long."""

    minutes: int
    until: datetime
    subscribers: list[str]


class OpeningPreviewAnswer(BaseModel):
    """What an opening sets off."""

    plan_version: int
    on: date = Field(description="The day on which classes change.")
    flips: dict[str, Counts] = Field(examples=[{"fiber": {"pre-build -> build": 812}}])
    addresses: Counts
    units: Counts
    orderable: list[dict[str, Any]] = Field(description="on, addresses, units.")
    stays: list[dict[str, Any]] = Field(description="reason, blocks, addresses, units, examples.")
    events_now: list[dict[str, Any]] = Field(description="Events of the publication: type, addresses.")
    events_then: list[dict[str, Any]] = Field(description="Events of the day itself, where that is later.")
    notices: int = Field(description="Units that become build: their notices wait for the recall window.")
    customers: int = Field(description="Units among them that somebody is connected at: their charges wait.")
    recall: RecallAnswer


class SlipPreviewAnswer(BaseModel):
    """Whom another date touches."""

    plan_version: int
    features: int = Field(description="Areas and pieces of network whose date moves.")
    addresses: Counts
    units: Counts
    holds: int
    customers: int
    public_changes: int = Field(description="Units for which the public reads another date.")
    moves: list[dict[str, Any]] = Field(description="from, to, public_from, public_to, addresses, units.")
    events_now: list[dict[str, Any]]
    recall: RecallAnswer


class PhaseDone(BaseModel):
    """An opening or a move that was carried out."""

    id: int = Field(description="The opening, or the slip.")
    plan_version: int
    flips: dict[str, Counts]
    recallable_until: datetime | None = Field(description="Until then an undo calls notices and charges off.")
