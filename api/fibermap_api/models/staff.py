"""Models of answers about histories, reports, jobs, keys, people and logins."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field


class TimelineEntry(BaseModel):
    """One thing that happened."""

    happened_at: datetime
    what: str = Field(
        description="verdict, correction, connectivity, hold_placed, hold_released or merged; "
        "for those who may sell also lead, commitment and order."
    )
    cause: str
    plan_version: int | None
    detail: dict[str, Any]


class TimelineAnswer(BaseModel):
    """What happened to an address, newest first, up to 1,000 entries."""

    address_id: int
    entries: list[TimelineEntry]


class ReportAnswer(BaseModel):
    """A report that a person will look at."""

    report_id: int
    state: Literal["open"]


class JobAnswer(BaseModel):
    """A batch job and how far it is."""

    job_id: str
    state: Literal["waiting", "running", "done", "failed"]
    format: Literal["ndjson", "csv"]
    rows: int = Field(description="Questions in the file.")
    done: int = Field(description="Questions answered so far.")
    created_at: datetime
    expires_at: datetime
    error: str | None = Field(description="Why it failed.")
    result: str | None = Field(description="Where the result is, once there is one.")


class KeyAnswer(BaseModel):
    """A key: everything but the key."""

    key_id: int
    name: str
    hint: str = Field(description="How the key begins.", examples=["fmk_Zx81aQ"])
    scopes: list[str]
    rate_per_s: float | None
    created_at: datetime
    last_used_at: datetime | None = Field(description="To about half a minute.")
    revoked_at: datetime | None


class NewKeyAnswer(KeyAnswer):
    """A key just made. `key` is shown this once."""

    key: str


class KeysAnswer(BaseModel):
    """All keys, newest first."""

    keys: list[KeyAnswer]


class UserAnswer(BaseModel):
    """A person who may log in."""

    user_id: int
    name: str
    roles: list[str]
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool = Field(description="Whether they have chosen one: an invited person has not.")
    sessions: int = Field(description="Logins of theirs that hold; in the list of people only.")
    last_seen_at: datetime | None = Field(description="To about half a minute; in the list of people only.")


class InvitationAnswer(UserAnswer):
    """A person who was invited, and a link that lets them in once. It is shown this once."""

    path: str = Field(description="Put it behind the server's address.", examples=["/#sign-in=fml_Zx81aQ"])
    valid_min: int = Field(description="How long it lets in, minutes.", examples=[4320])


class UsersAnswer(BaseModel):
    """Everybody who may log in, or might."""

    users: list[UserAnswer]


class SessionAnswer(BaseModel):
    """Who is asking, and what they may do."""

    id: str = Field(description="key:ID or user:ID.")
    name: str
    scopes: list[str]
    csrf_token: str | None = Field(description="What writes with a session must send as X-CSRF-Token.")


class HealthAnswer(BaseModel):
    """The process is alive."""

    status: Literal["ok"]


class ReadyAnswer(HealthAnswer):
    """It answers checks."""

    data_version: str | int
    replica: bool
    owner: Literal["up", "away", "none"]
