"""Models of zones: where people are asked to commit, and how far that is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fibermap.order.zone import LOWEST_PRIORITY, MOST_AREAS
from fibermap_api.models.leads import TechnologyName
from fibermap_api.models.questions import Day, Id, Name, Question, ShortName

_Areas = Annotated[list[Id], Field(min_length=1, max_length=MOST_AREAS)]
_Priority = Annotated[int, Field(ge=1, le=LOWEST_PRIORITY)]
_Goal = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
CustomersName = Literal["all", "residential", "business"]
EXAMPLE_ZONE = 4503599627370900


class ZoneQuestion(Question):
    """A zone by id."""

    zone_id: Id = Field(description="The zone.", examples=[EXAMPLE_ZONE])


class OpenZoneQuestion(Question):
    """A zone to open."""

    code: ShortName = Field(description="What the house calls it; it stays.", examples=["N-04"])
    public_name: Name = Field(description="What everybody reads.", examples=["North Creek"])
    area_ids: _Areas = Field(description="Its coverage areas.", examples=[[4503599627370400]])
    goal_kind: Literal["count", "share"] = Field(
        default="count", description="Households, or a share of the units that are sold to.", examples=["count"]
    )
    goal_value: _Goal = Field(description="So many households, or a share up to 1.", examples=[150])
    priority: _Priority = Field(
        default=100, description="Where zones overlap an address is of the smallest.", examples=[100]
    )
    with_deposit: bool = Field(default=False, description="Only those count that paid a deposit.", examples=[False])
    technology: TechnologyName | None = Field(default=None, description="Only those for it count.", examples=["fiber"])
    customers: CustomersName = Field(default="all", description="Only those at such addresses.", examples=["all"])
    deadline: Day | None = Field(default=None, description="Until when people are asked.", examples=["2027-06-30"])


class ChangeZoneQuestion(Question):
    """Other values of a zone; at least one. What is not named stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})
    public_name: Name | None = Field(default=None, examples=["North Creek"])
    area_ids: _Areas | None = Field(default=None, examples=[[4503599627370400]])
    goal_kind: Literal["count", "share"] | None = Field(default=None, examples=["share"])
    goal_value: _Goal | None = Field(default=None, examples=[0.4])
    priority: _Priority | None = Field(default=None, examples=[50])
    with_deposit: bool | None = Field(default=None, examples=[True])
    technology: TechnologyName | None = Field(default=None, description="Null: any counts.", examples=["fiber"])
    customers: CustomersName | None = Field(default=None, examples=["residential"])
    deadline: Day | None = Field(default=None, description="Null: none.", examples=["2027-06-30"])

    @model_validator(mode="after")
    def _changes_something(self) -> ChangeZoneQuestion:
        if not self.model_fields_set:
            raise ValueError("name something to change")
        return self

    def said(self) -> dict[str, Any]:
        """Return the changes that are asked for; null only where that means something."""
        said = self.model_dump(exclude_unset=True)
        return {name: value for name, value in said.items() if value is not None or name in ("technology", "deadline")}


class ProgressAnswer(BaseModel):
    """How far a zone is, for whoever looks after it."""

    units: int = Field(description="Units that are sold to in it.", examples=[412])
    counted: int = Field(description="Households whose pre-order counts.", examples=[87])
    goal: int = Field(description="Households that it needs.", examples=[150])
    percent: int = Field(description="Of the goal, rounded down.", examples=[58])
    reached: bool = Field(examples=[False])


class ZoneCounts(BaseModel):
    """Which pre-orders count."""

    with_deposit: bool = Field(examples=[False])
    technology: str | None = Field(examples=["fiber"])
    customers: CustomersName = Field(examples=["all"])


class ZoneAnswer(BaseModel):
    """A zone as the house sees it."""

    zone_id: int = Field(examples=[EXAMPLE_ZONE])
    code: str = Field(examples=["N-04"])
    public_name: str = Field(examples=["North Creek"])
    area_ids: list[int] = Field(examples=[[4503599627370400]])
    goal_kind: Literal["count", "share"] = Field(examples=["count"])
    goal_value: float = Field(examples=[150])
    priority: int = Field(examples=[100])
    counts: ZoneCounts
    deadline: str | None = Field(examples=["2027-06-30"])
    state: Literal["open", "closed"] = Field(examples=["open"])
    progress: ProgressAnswer


class ZonesAnswer(BaseModel):
    """Every zone, best priority first."""

    zones: list[ZoneAnswer]


class PublicProgress(BaseModel):
    """What everybody may know of a zone. Below `fewer_than` nobody is told how many there are."""

    zone_id: int = Field(examples=[EXAMPLE_ZONE])
    name: str = Field(examples=["North Creek"])
    counted: int | None = Field(description="Null where it is too few to be told.", examples=[87])
    fewer_than: int | None = Field(description="Told instead, where it is.", examples=[None])
    goal: int = Field(examples=[150])
    percent: int | None = Field(description="Of the goal, rounded down.", examples=[58])
    reached: bool = Field(examples=[False])
    counts: str = Field(description="What is counted, in words.", examples=["households that pre-ordered fiber"])
    deadline: str | None = Field(examples=["2027-06-30"])
    state: Literal["open", "closed"] = Field(examples=["open"])
    on: str = Field(description="The day that it is true of.", examples=["2026-11-26"])
