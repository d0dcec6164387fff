"""Models of holds: what is placed and released, and what is in force."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap_api.models.areas import Reason, Shape
from fibermap_api.models.questions import Day, Id, Question

HeldBecause = Literal[
    "easement_refused", "no_mdu_agreement", "do_not_serve", "owner_refusal", "unsafe", "under_review"
]  # fmt: skip
"""Every code of a hold but that of exclusion areas, which come with their source."""


class HoldsQuestion(Question):
    """Which holds."""

    due_by: Day | None = Field(default=None, description="To be reviewed by then.", examples=["2027-03-01"])


class HoldQuestion(Question):
    """One hold by id."""

    hold_id: Id = Field(description="The hold.", examples=[4503599627370494])


class _Placed(Question):
    code: HeldBecause = Field(description="Why, in a word.", examples=["owner_refusal"])
    reason: Reason = Field(
        description="Why, so that others understand it.", examples=["Asked us in writing not to call"]
    )
    document: Annotated[str, StringConstraints(max_length=500)] | None = Field(
        default=None, description="Where the paper is: a number, a path, a link.", examples=["DMS 2026-118"]
    )
    review_on: Day | None = Field(default=None, description="When somebody looks again.", examples=["2027-03-01"])


class PlaceHoldQuestion(_Placed):
    """A hold on an address, a building or an area."""

    ways = (
        (("code", "reason", "address_id"), ("document", "review_on")),
        (("code", "reason", "location_id"), ("document", "review_on")),
        (("code", "reason", "area"), ("document", "review_on")),
    )
    address_id: Id | None = Field(default=None, description="The address.", examples=[4503599627370495])
    location_id: Id | None = Field(default=None, description="The building.", examples=[4503599627370495])
    area: Shape | None = Field(default=None, description="Everything in it, and on its edge.")


class ReleaseHoldQuestion(Question):
    """Why a hold ends."""

    reason: Reason = Field(examples=["Agreement signed"])


class HoldFeature(BaseModel):
    """A hold as GeoJSON, EPSG:4326: the held area, or the middle of the held addresses."""

    type: Literal["Feature"] = Field(examples=["Feature"])
    id: int = Field(examples=[4503599627370494])
    geometry: dict[str, Any] | None = Field(examples=[{"type": "Point", "coordinates": [-111.3, 45.85]}])
    properties: dict[str, Any] = Field(
        description="hold_id, scope, code, reason, author, document, review_on, placed_at, address_id, location_id, "
        "from_source, addresses, first_address.",
        examples=[{"scope": "address", "code": "owner_refusal", "addresses": 1}],
    )


class HoldsAnswer(BaseModel):
    """The holds in force, the next to be reviewed first."""

    type: Literal["FeatureCollection"] = Field(examples=["FeatureCollection"])
    features: list[HoldFeature] = Field(examples=[[]])
    plan_version: int = Field(examples=[7])


class HoldDone(BaseModel):
    """A hold that was placed or released."""

    hold_id: int = Field(examples=[4503599627370494])
    plan_version: int = Field(examples=[8])
