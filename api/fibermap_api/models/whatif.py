"""Models of what-if questions, unit costs, scenarios and coverage gaps."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from fibermap_api.models.areas import LINE, SQUARE, Line, Reason, Shape, Text
from fibermap_api.models.questions import Id, Question
from fibermap_api.models.selections import SelectedQuestion

Usd = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
_COSTS = {"aerial_usd_per_m": 26.0, "passing_usd": 150.0}


class CostsQuestion(Question):
    """Unit costs; those that are not named stay."""

    aerial_usd_per_m: Usd | None = Field(default=None, description="Of a metre of aerial route.", examples=[26.0])
    buried_usd_per_m: Usd | None = Field(default=None, description="Of a metre of buried route.", examples=[59.0])
    passing_usd: Usd | None = Field(default=None, description="Of a home passed.", examples=[150.0])
    drop_usd: Usd | None = Field(default=None, description="Of a home connected.", examples=[700.0])
    take_rate: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = Field(
        default=None, description="Share of the homes passed that connect.", examples=[0.4]
    )
    arpu_usd: Usd | None = Field(default=None, description="What a connected home pays a month.", examples=[70.0])
    opex_usd: Usd | None = Field(default=None, description="What it costs a month.", examples=[20.0])

    def said(self) -> dict[str, float]:
        """Return those that were named."""
        return dict(self.model_dump(exclude_none=True))


class SetCostsQuestion(Question):
    """Unit costs from now on, and why."""

    costs: CostsQuestion = Field(examples=[_COSTS])
    reason: Reason = Field(examples=["Bids of this spring."])


class WhatIfQuestion(Question):
    """An area, which passes what is inside, or a route, which passes what is within the buffer."""

    geometry: Shape | Line = Field(examples=[SQUARE])
    buffer_m: Annotated[float, Field(gt=0, le=2_000, allow_inf_nan=False)] = Field(
        default=60.0, description="How far from a route a home may be, metres on the ground.", examples=[60.0]
    )
    route: Line | None = Field(default=None, description="The route to be built in an area.", examples=[LINE])
    construction: Literal["aerial", "buried"] = Field(default="buried", examples=["buried"])
    costs: CostsQuestion | None = Field(default=None, description="For this question alone.", examples=[_COSTS])


class EconomicsAnswer(BaseModel):
    """Costs and what they bring."""

    new_homes: int
    connections: float
    route_usd: float
    passings_usd: float
    drops_usd: float
    cost_usd: float
    cost_per_passing_usd: float | None
    monthly_margin_usd: float
    payback_months: float | None = Field(description="Null: never.")


class WhatIfAnswer(BaseModel):
    """What a proposal would pass and cost."""

    plan_version: int
    addresses: dict[str, int] = Field(description="Address points by class now.")
    homes: dict[str, int] = Field(description="Units that one sells to, by class now.")
    homes_passed: int
    serviceable: int
    held: int
    connected: int
    route_m: float = Field(description="New route on the ground, with what leads to the nearest network.")
    link_m: float | None = Field(description="Of it what leads there; null: there is no network near.")
    route_estimated: bool
    construction: str
    costs: dict[str, float]
    economics: EconomicsAnswer


class CostEntry(BaseModel):
    """One unit cost as somebody set it."""

    name: str
    value: float
    author: str
    reason: str
    set_at: datetime


class CostsAnswer(BaseModel):
    """The unit costs that count, and every one that was set, newest first."""

    costs: dict[str, float]
    history: list[CostEntry]


class ScenarioQuestion(WhatIfQuestion):
    """A question to keep with its answer."""

    title: Text = Field(examples=["Elk Ridge, buried"])


class ScenarioIdQuestion(Question):
    """A scenario by id."""

    scenario_id: Id = Field(description="The scenario.", examples=[4503599627370491])


class ScenarioAnswer(BaseModel):
    """A question that was kept, and the answer that it got."""

    scenario_id: int
    title: str
    author: str
    question: dict[str, Any]
    answer: WhatIfAnswer
    plan_version: int
    saved_at: datetime


class ScenariosAnswer(BaseModel):
    """The scenarios that are kept, newest first."""

    scenarios: list[ScenarioAnswer]


class GapsQuestion(SelectedQuestion):
    """Coverage gaps of the addresses that the filters choose, ranked."""

    rank: Literal["addresses", "distance", "demand"] = Field(
        default="addresses", description="What the first of them has most of.", examples=["addresses"]
    )
    limit: Annotated[int, Field(ge=1, le=1_000)] = Field(default=100, description="Most gaps.")


class GapsAnswer(BaseModel):
    """Coverage gaps as a GeoJSON feature collection, in order of rank."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]
    total: int
    plan_version: int
    notes: list[str] = Field(description="What is left out, and why.")
