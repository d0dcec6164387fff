"""Models of what was asked for in vain."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap.report.demand import MOST_DEMAND, SORTS
from fibermap_api.models.screen import BBOX, Bounds
from fibermap_api.models.selections import SelectedQuestion


class DemandQuestion(SelectedQuestion):
    """Which demand, by what, in which order."""

    by: Literal["address", "area"] = Field(
        default="address",
        description="One row an address, or one an area; what no area decides, by city and ZIP code.",
        examples=["area"],
    )  # fmt: skip
    bbox: Bounds | None = BBOX
    sort: Annotated[str, StringConstraints(pattern=f"^-?({'|'.join(SORTS)})$")] = Field(
        default="-checks", description="By what; with `-` the greatest first.", examples=["-leads"]
    )
    after: Annotated[str, StringConstraints(max_length=1_000)] | None = Field(
        default=None, description="The `next` of the page before.", examples=["WyJhZGRyZXNzOi1jaGVja3MiLDMsN10"]
    )
    limit: Annotated[int, Field(ge=1, le=MOST_DEMAND)] = Field(default=100, description="Most rows.", examples=[100])


class DemandRow(BaseModel):
    """What was asked for in vain at an address, or at the addresses of an area. What the address is stands as today."""

    model_config = {"extra": "allow"}

    class_: str = Field(alias="class", examples=["out-of-coverage"])
    expected_live_on: date | None = Field(description="The date as the plan has it; of an area the earliest.")
    area_id: int | None = Field(description="The area, terminal or route that decides the class.")
    checks: int = Field(description="Checks that settled here while nothing could be ordered.", examples=[7])
    days: int = Field(description="On so many different days (UTC).", examples=[4])
    weeks: int = Field(description="In so many different weeks (UTC).", examples=[3])
    first_on: date
    last_on: date = Field(description="When somebody last asked or left a line.")
    leads: int = Field(description="Open leads that have neither pre-ordered nor ordered.", examples=[1])
    wanted: list[str] = Field(description="The technologies that these leads want.", examples=[["fiber"]])
    network_m: float | None = Field(
        default=None,
        description="By address, beyond coverage: metres to the nearest area or network.",
        examples=[410.5],
    )


class Elsewhere(BaseModel):
    """What is about no address, of the whole plan."""

    unsettled: int = Field(description="Checks that settled on no address: they are in no row.", examples=[12])
    reports: int = Field(description="Addresses that somebody misses and nobody has looked at yet.", examples=[1])


class DemandAnswer(BaseModel):
    """What was asked for in vain."""

    rows: list[DemandRow]
    total: int = Field(description="Rows on all pages.", examples=[1])
    next: str | None = Field(description="What to ask for as `after`; null on the last page.")
    elsewhere: Elsewhere
    left_out: int = Field(description="Addresses of the whole plan that may not be listed; they are in no row.")
    plan_version: int = Field(examples=[7])
    data_version: str = Field(examples=["7.31"])
