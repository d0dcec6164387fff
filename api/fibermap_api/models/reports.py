"""Models of reports."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from fibermap.coverage.model import Technology
from fibermap.report.dashboard.ground import Wish
from fibermap_api.models.selections import SelectedQuestion

ReportName = Literal[
    "homes", "phases", "passings", "expected", "quality", "sources", "ingests", "ports", "terminals", "funnel",
    "demand", "demand_by_area",
]  # fmt: skip


class ReportQuestion(SelectedQuestion):
    """Which report, about which addresses."""

    name: ReportName = Field(description="Which report.", examples=["homes"])
    of_technology: Literal["fiber", "fixed_wireless"] = Field(
        default="fiber", description="`passings`, `expected`: whose verdicts are counted.", examples=["fiber"]
    )
    step: Literal["version", "day", "month"] = Field(
        default="day", description="`passings`: the state after which plan versions.", examples=["month"]
    )

    def wish(self) -> Wish:
        """Return what is asked for; raises ``InputRefused`` where a filter cannot be used."""
        return Wish(self.selection(), Technology(self.of_technology), self.step)


class ReportKind(BaseModel):
    """A report that there is."""

    name: str = Field(examples=["homes"])
    title: str = Field(examples=["Homes"])
    about: str


class ReportsAnswer(BaseModel):
    """The reports that there are."""

    reports: list[ReportKind]


class DashboardAnswer(ReportKind):
    """A report: one table. What each column means is in the documentation, of `homes` also in the rows."""

    rows: list[dict[str, Any]] = Field(examples=[[{"measure": "homes_passed", "addresses": 10, "units": 12}]])
    columns: list[str] = Field(description="The columns in their order, for a table or a CSV file.")
    notes: list[str] = Field(description="What is to be said beside the table.")
    left_out: int = Field(description="Addresses of the whole plan that may not be listed; they are not counted.")
    plan_version: int = Field(examples=[7])
    data_version: str = Field(examples=["7.31"])
