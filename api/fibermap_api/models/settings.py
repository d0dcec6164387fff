"""Models of the settings that verdicts depend on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from fibermap.coverage.model import Flag
from fibermap_api.models.areas import Reason
from fibermap_api.models.questions import Question, whole

_Number = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
_Whole = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(whole)]
_Version = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(whole)]
_Minutes = Annotated[int, Field(ge=0, le=10_080), BeforeValidator(whole)]
_Flag = Literal[*Flag]  # type: ignore[valid-type]


class SettingChanges(Question):
    """New values, by the names of the settings; lengths are metres. At least one."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    units: Literal["us", "metric"] | None = Field(default=None, examples=["us"])
    duplicate_m: _Number | None = Field(default=None, examples=[30])
    drop_limit_m: _Number | None = Field(default=None, examples=[152.4])
    route_limit_m: _Number | None = Field(default=None, examples=[91.44])
    terminal_reach_m: _Number | None = Field(default=None, examples=[2000])
    sliver_m2: _Number | None = Field(default=None, examples=[25])
    repair_change: _Number | None = Field(default=None, examples=[0.01])
    position_error_m: _Number | None = Field(default=None, examples=[5])
    gap_link_m: _Number | None = Field(default=None, examples=[150])
    gap_minimum: _Whole | None = Field(default=None, examples=[5])
    blocking_flags: Annotated[list[_Flag], Field(max_length=20)] | None = Field(default=None, examples=[[]])
    recall_minutes: _Minutes | None = Field(default=None, examples=[60])
    public_dates: Literal["quarter", "month", "day"] | None = Field(default=None, examples=["quarter"])
    check_text_days: _Whole | None = Field(default=None, examples=[90])
    consent: Literal["always", "online"] | None = Field(default=None, examples=["always"])
    phone_region: Literal["US", "CA"] | None = Field(default=None, examples=["US"])
    preorder_terms: _Version | None = Field(default=None, examples=[1])
    preorder_deposit_cents: _Whole | None = Field(default=None, examples=[0])
    order_deposit_cents: _Whole | None = Field(default=None, examples=[5000])
    credit_days: _Whole | None = Field(default=None, examples=[90])

    @model_validator(mode="after")
    def _changes_something(self) -> SettingChanges:
        if not self.model_fields_set:
            raise ValueError("name a setting")
        return self

    def said(self) -> dict[str, Any]:
        """Return the changes that are asked for."""
        return self.model_dump(exclude_unset=True, exclude_none=True)


class SettingsQuestion(Question):
    """Which settings are to change, and why."""

    changes: SettingChanges = Field(examples=[{"gap_minimum": 5}])
    reason: Reason = Field(description="Kept on record.", examples=["As agreed with construction"])


class SettingAnswer(BaseModel):
    """One setting as it stands."""

    name: str = Field(examples=["gap_minimum"])
    value: Any = Field(examples=[5])
    default: Any = Field(examples=[5])
    kind: Literal["length_m", "number", "whole", "choice", "words"] = Field(examples=["whole"])
    choices: list[str] = Field(description="Of a choice or of words.", examples=[[]])
    meaning: str = Field(examples=["Fewest addresses of a coverage gap."])
    touches: str = Field(description="What a change of it reaches.", examples=["The list of coverage gaps."])
    since_version: int | None = Field(description="The plan version that gave it this value.", examples=[8])
    changed_by: str | None = Field(examples=["pat"])
    changed_at: datetime | None = Field(examples=["2026-11-25T08:00:00Z"])


class SettingsAnswer(BaseModel):
    """Every setting that is kept with the plan."""

    settings: list[SettingAnswer]
    plan_version: int = Field(examples=[8])


class SettingsDone(BaseModel):
    """What a change of settings does, or did."""

    plan_version: int = Field(examples=[9])
    changes: dict[str, dict[str, int]] = Field(
        description="Technology -> from and to -> addresses.", examples=[{"fiber": {"pre-build -> build": 812}}]
    )
    notes: list[str] = Field(description="What it does not do.", examples=[[]])
