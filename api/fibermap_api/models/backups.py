"""Models of backups and of the database's health."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap_api.models.questions import Question

BackupName = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}T[0-9]{6}Z$")]


class BackupQuestion(Question):
    """One backup by its name."""

    name: BackupName = Field(description="The moment it was made.", examples=["20261126T030000Z"])


Schedule = Annotated[
    str,
    StringConstraints(pattern=r"^(every ([1-9][0-9]{0,2} )?hours?|daily at ([01][0-9]|2[0-3]):[0-5][0-9])$"),
]


class ScheduleQuestion(Question):
    """When backups are made by themselves."""

    schedule: Schedule | None = Field(
        description="daily at 03:00, or every 6 hours (UTC); null: not by themselves.", examples=["daily at 03:00"]
    )


class ProofAnswer(BaseModel):
    """What came of restoring a backup on trial."""

    proved_at_utc: datetime = Field(examples=["2026-11-26T04:00:00Z"])
    problem: str | None = Field(description="Null where it is whole.", examples=[None])


class BackupAnswer(BaseModel):
    """A backup that is kept. It was read back and compared when it was made."""

    name: str = Field(examples=["20261126T030000Z"])
    made_at_utc: datetime = Field(examples=["2026-11-26T03:00:00Z"])
    bytes: int = Field(examples=[12_000_000])
    rows: int = Field(examples=[480_000])
    migration: int = Field(description="The last migration that it has.", examples=[14])
    proof: ProofAnswer | None = Field(description="Null where it was never restored on trial.", examples=[None])


class DoingAnswer(BaseModel):
    """What is being done, or how the last of it failed."""

    what: Literal["make", "verify"] = Field(examples=["make"])
    name: str | None = Field(examples=[None])
    began_at: datetime = Field(examples=["2026-11-26T03:00:00Z"])
    state: Literal["running", "failed"] = Field(examples=["running"])
    error: dict[str, Any] | None = Field(examples=[None])


class BackupsAnswer(BaseModel):
    """The backups that are kept, the newest first."""

    backups: list[BackupAnswer]
    doing: DoingAnswer | None = Field(examples=[None])
    schedule: str | None = Field(description="Null: not by themselves.", examples=["daily at 03:00"])
    most_kept: int = Field(description="The oldest makes way for one more.", examples=[14])
    folder: str = Field(description="Where they are, on the server's machine.", examples=["plan.duckdb.backups"])


class DoctorFindingAnswer(BaseModel):
    """One thing that is wrong with the database."""

    check: str = Field(examples=["events_parked"])
    severity: Literal["error", "warning"] = Field(examples=["warning"])
    message: str = Field(examples=["Subscriber mailer failed too often and events were parked: no route to host"])
    count: int = Field(examples=[1])
    sample: list[Any] = Field(examples=[[42]])
    hint: str = Field(examples=["Remove the cause, then replay the parked events."])


class DoctorAnswer(BaseModel):
    """What the doctor found; nothing is a clean bill of health."""

    findings: list[DoctorFindingAnswer] = Field(examples=[[]])
