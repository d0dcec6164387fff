"""Models of the answer to a check, for the OpenAPI document; a test holds real answers against them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Class = Literal["build", "pre-build", "out-of-coverage", "unknown"]
MatchStatus = Literal[
    "matched", "corrected", "confirm", "ambiguous", "needs_unit", "unit_not_found", "number_not_found",
    "street_not_found", "outside_area", "not_a_service_address", "unparsable",
]  # fmt: skip
NextAction = Literal["accept", "confirm", "choose_unit", "choose_candidate", "fix", "report_missing"]


class Told(BaseModel):
    """Part of an answer; later releases may add to it, so readers pass over what they do not know."""

    model_config = ConfigDict(extra="allow")


class Point(Told):
    """A place, degrees in EPSG:4326."""

    lon: float
    lat: float


class Input(Told):
    """What was asked, and how it was read."""

    q: str | None = Field(description="As typed; null where something else than text was asked.")
    parsed: dict[str, Any] | None = Field(description="The parts that it was read as.")
    unparsed: str | list[str] | None = Field(description="What was left over.")


class Fault(Told):
    """One difference between what was typed and what was matched."""

    component: str = Field(description="Which part of the address.")
    code: str = Field(description="What is different.")
    penalty: float = Field(description="What it took off the score.")
    typed: str | None
    matched: str | None


class Match(Told):
    """How the question fits the database."""

    status: MatchStatus
    grade: str | None = Field(description="How good the match is, in one word.")
    score: float | None = Field(description="0 to 1.")
    next_action: NextAction = Field(description="What to do with it.")
    faults: list[Fault]
    margin: float | None = Field(description="How far the next best is behind.")
    address_id: int | None
    location_id: int | None
    fcc_location_id: int | None
    address: str | None = Field(description="The address in full, as the database has it.")
    point: Point | None


class Candidate(Told):
    """An address that may have been meant."""

    address_id: int
    address: str | None = None
    score: float | None = None


class ExpectedLive(Told):
    """When service is expected."""

    date: date | None
    precision: str | None
    source: str | None = None


class Speeds(Told):
    """Those of the fastest plan that is sold there, in Mbit/s."""

    down_mbps: float = Field(examples=[1000.0])
    up_mbps: float | None = Field(examples=[1000.0])


class Technology(Told):
    """What one technology has to offer."""

    technology: str
    class_: Class = Field(alias="class")
    speeds: Speeds | None = None
    expected_live: ExpectedLive | None = None


class Reason(Told):
    """One reason for the verdict."""

    code: str
    label: str


class Drop(Told):
    """The way to the network; not shown in public answers."""

    distance_m: float | None
    terminal_id: int | None
    over_limit: bool | None


class Serviceability(Told):
    """The verdict; there is one only where it is settled which address is meant."""

    class_: Class = Field(alias="class")
    orderable: bool
    not_orderable: list[Any] = Field(default_factory=list, description="Why it may not be ordered.")
    confidence: str | None
    technologies: list[Technology]
    reasons: list[Reason]
    drop: Drop | None = None
    flags: list[Any] = Field(default_factory=list)
    evidence: Any = None
    valid_until: date | datetime | None = None


class CheckAnswer(Told):
    """The answer to a check."""

    check_id: str = Field(description="Names this check in disputes.")
    checked_at: datetime
    data_version: str | int = Field(description="What the answer rests on; grows with every change.")
    input: Input
    match: Match
    candidates: list[Candidate] = Field(max_length=5)
    units: list[Any] | None
    serviceability: Serviceability | None = Field(description="Null unless the identity is settled.")


class BatchAnswer(Told):
    """Answers in the order of the questions."""

    checks: list[CheckAnswer]


class Suggestion(Told):
    """How what was typed may go on."""

    text: str


class SuggestAnswer(Told):
    """Suggestions, likeliest first."""

    suggestions: list[Suggestion]


class AddressAnswer(Told):
    """One address with everything that follows for it."""

    address_id: int


class ExplainAnswer(Told):
    """Why an address is what it is."""


class UnitsAnswer(Told):
    """The units of a building."""

    location_id: int
    units: list[Any]
