"""Models of exports: what can be had, what is asked for, and how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap.exports.catalogue import EXPORTS
from fibermap_api.models.questions import Question
from fibermap_api.models.selections import SelectionQuestion

ExportId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Suffix = Annotated[str, StringConstraints(pattern=r"^\.[a-z]{2,8}$")]


class ExportQuestion(Question):
    """One export by its id."""

    export_id: ExportId = Field(description="As the answer to the wish names it.", examples=["0" * 32])


class ExportWish(Question):
    """What is to be exported."""

    what: Literal[*EXPORTS] = Field(description="An export by its name.", examples=["addresses"])  # type: ignore[valid-type]
    format: Suffix | None = Field(
        default=None, description="The suffix of the file; without it the export's usual one.", examples=[".csv"]
    )
    selection: SelectionQuestion | None = Field(default=None, description="Which addresses; without it, all.")
    options: dict[str, Any] = Field(
        default_factory=dict, max_length=20, description="What the export takes beside that, as its kind says."
    )


class ExportKind(BaseModel):
    """An export that can be had."""

    what: str
    says: str = Field(description="What it is.")
    formats: list[str] = Field(description="Suffixes; the first is the usual one.")
    options: dict[str, Any] | None = Field(description="JSON Schema of its options.")


class ExportAnswer(BaseModel):
    """An export and how far it is."""

    id: str
    what: str
    file_name: str
    state: Literal["queued", "running", "done", "failed"]
    asked_at: datetime
    expires_at: datetime
    rows: int | None = Field(description="Rows in the file, once it is there.")
    left_out: dict[str, int] = Field(description="What was asked for and is not in it, by reason.")
    bytes: int
    error: dict[str, Any] | None
    file: str | None = Field(description="Where the file is, once it is there.")


class ExportsAnswer(BaseModel):
    """What can be exported, and the caller's own exports, newest first."""

    kinds: list[ExportKind]
    exports: list[ExportAnswer]
