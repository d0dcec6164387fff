"""Models of one change for many addresses."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from fibermap.address.model import Kind
from fibermap.coverage.bulk import LONGEST_PHASE, BulkChange
from fibermap.coverage.model import HoldCode
from fibermap.report.pasted import LONGEST_TEXT
from fibermap_api.models.areas import Reason
from fibermap_api.models.holds import HeldBecause
from fibermap_api.models.questions import Day, Question
from fibermap_api.models.selections import SelectionQuestion

PhaseName = Annotated[str, StringConstraints(max_length=LONGEST_PHASE, pattern=r"^[^\x00-\x1f\x7f]*$")]


class BulkPreviewQuestion(Question):
    """Which addresses, and what is to become of them; what is not named stays as it is."""

    selection: SelectionQuestion = Field(examples=[{"class": "pre-build", "kind": "residential"}])
    kind: Kind | None = Field(default=None, description="Who is there.", examples=["business"])
    serviceable: bool | None = Field(default=None, description="Whether they are sold to.", examples=[False])
    phase: PhaseName | None = Field(
        default=None, description="A phase of their own; empty: that of their area again.", examples=["Phase 2"]
    )
    flag: bool | None = Field(default=None, description="Whether they carry the flag `marked`.", examples=[True])
    hold: HeldBecause | None = Field(default=None, description="One hold on all.", examples=["no_mdu_agreement"])

    def change(self) -> BulkChange:
        """Return it as the change that it describes; raises ``InputRefused`` where it sets nothing."""
        code = None if self.hold is None else HoldCode(self.hold)
        return BulkChange(self.kind, self.serviceable, self.phase, self.flag, code)


class BulkQuestion(BulkPreviewQuestion):
    """A change that somebody confirmed."""

    document: Annotated[str, StringConstraints(max_length=500)] | None = Field(
        default=None, description="Of a hold: where the paper is.", examples=["DMS 2026-118"]
    )
    review_on: Day | None = Field(
        default=None, description="Of a hold: when somebody looks again.", examples=["2027-03-01"]
    )
    reason: Reason = Field(examples=["Plat of 12 May"])
    seen: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        default=None, description="The `seen` of the preview that was confirmed: refused where that moved."
    )

    def change(self) -> BulkChange:
        """Return it as the change that it describes; raises ``InputRefused`` where it sets nothing."""
        code = None if self.hold is None else HoldCode(self.hold)
        return BulkChange(self.kind, self.serviceable, self.phase, self.flag, code, self.document, self.review_on)


class BulkPreviewAnswer(BaseModel):
    """What a change does."""

    plan_version: int = Field(examples=[7])
    selected: int = Field(examples=[312])
    changed: int = Field(description="Those that are not so already.", examples=[300])
    units: int = Field(description="Homes at those that change.", examples=[340])
    classes: dict[str, int] = Field(description="Class of those that change.", examples=[{"pre-build": 300}])
    held: int = Field(description="Of those that change, under a hold now.", examples=[2])
    customers: int = Field(description="Of those that change, with somebody connected.", examples=[0])
    not_listed: int = Field(description="Left alone, since their sources permit no lists.", examples=[0])
    changes: dict[str, dict[str, int]] = Field(
        description='{field: {"from -> to": addresses}}.', examples=[{"kind": {"residential -> business": 300}}]
    )
    seen: str = Field(description="Names all of this, to be confirmed.")


class BulkAnswer(BulkPreviewAnswer):
    """What a change did, and the plan version that it is."""

    hold_id: int | None = Field(examples=[None])


class MatchQuestion(Question):
    """A list as somebody pasted it, or the text of a CSV."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)] = Field(
        description="One id or address a line, or a CSV with a column `address_id` or `address`.",
        examples=["4503599627370495\n14 Elk Ridge Rd, Manhattan MT"],
    )


class MatchAnswer(BaseModel):
    """Which addresses a list names."""

    ids: list[int] = Field(description="For `selection.ids`.", examples=[[4503599627370495]])
    rows: int = Field(examples=[2])
    twice: int = Field(description="Rows that name an address again.", examples=[0])
    unmatched: int = Field(description="Rows that name none.", examples=[1])
    problems: list[dict[str, Any]] = Field(
        description="The first 1,000 of these: row, text, why.",
        examples=[[{"row": 2, "text": "14 Elk Ridge Rd", "why": "Number not found."}]],
    )
