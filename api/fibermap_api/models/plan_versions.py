"""Models of plan versions: the list, what each did, what two say differently, and taking one back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from fibermap_api.models.ingests import DifferenceQuestion
from fibermap_api.models.questions import Question

Number = Annotated[int, Field(ge=1, le=1_000_000)]


class VersionQuestion(Question):
    """A plan version by number."""

    version: Number = Field(description="The plan version.", examples=[3])


class VersionsQuestion(Question):
    """A page of plan versions."""

    before: Number | None = Field(default=None, description="Only versions below this one.", examples=[50])
    limit: Annotated[int, Field(ge=1, le=500)] = Field(default=50, description="Most versions.", examples=[50])


class CompareQuestion(DifferenceQuestion):
    """Two plan versions."""

    first: Annotated[int, Field(ge=0, le=1_000_000)] = Field(description="The one; 0 is the empty plan.", examples=[1])
    last: Annotated[int, Field(ge=0, le=1_000_000)] = Field(description="The other.", examples=[2])


class VersionAnswer(BaseModel):
    """One plan version."""

    version: int
    kind: str = Field(examples=["promote"])
    label: str
    author: str
    created_at: datetime
    undoes: int | None = Field(description="The version that it takes back.")
    undone_by: int | None = Field(description="The version that takes it back.")
    can_undo: bool = Field(description="It is the latest in force, so it can be taken back.")
    summary: dict[str, Any] = Field(description="What it did, in counts.")


class VersionsAnswer(BaseModel):
    """Plan versions, newest first."""

    plan_version: int = Field(description="The latest.")
    total: int
    versions: list[VersionAnswer]


class CompareAnswer(BaseModel):
    """What two plan versions say differently."""

    first: int
    last: int
    summary: dict[str, Any] = Field(description="Counts: in all, from class to class, and by area.")
    total: int
    offset: int
    rows: list[dict[str, Any]]


class UndoPreviewAnswer(BaseModel):
    """What taking a version back would do."""

    undoes: int
    label: str
    difference: dict[str, Any]
    consequences: dict[str, Any]


class UndoneAnswer(BaseModel):
    """A version that was taken back."""

    undone: int
    label: str
    plan_version: int = Field(description="The version that did it.")
    changes: dict[str, dict[str, int]]
