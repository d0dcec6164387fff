"""Models of what callers send about areas, and of what they are told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from fibermap_api.models.questions import LARGEST_ID, Day, Id, Question, whole

_NUMBER = r"-?\d{1,3}(\.\d{1,15})?"
RING = [[-111.3, 45.85], [-111.29, 45.85], [-111.29, 45.86], [-111.3, 45.86], [-111.3, 45.85]]
SQUARE: dict[str, Any] = {"type": "Polygon", "coordinates": [RING]}
LINE: dict[str, Any] = {"type": "LineString", "coordinates": [[-111.295, 45.84], [-111.295, 45.87]]}
Bbox = Annotated[str, StringConstraints(pattern=rf"^{_NUMBER}(,{_NUMBER}){{3}}$", max_length=100)]
Text = Annotated[str, StringConstraints(max_length=200)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
AreaRef = Annotated[int, Field(ge=-500, le=LARGEST_ID)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1), BeforeValidator(whole)]


class Shape(Question):
    """A GeoJSON polygon, degrees in EPSG:4326, longitude first."""

    model_config = ConfigDict(json_schema_extra={"examples": [SQUARE]})
    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[Any] = Field(max_length=20_000)


class Line(Question):
    """A GeoJSON line, degrees in EPSG:4326, longitude first."""

    model_config = ConfigDict(json_schema_extra={"examples": [LINE]})
    type: Literal["LineString", "MultiLineString"]
    coordinates: list[Any] = Field(max_length=20_000)


class AreaFields(Question):
    """What a person says of an area; what is not named stays as it is, null takes it away."""

    class_: Literal["build", "pre-build"] | None = Field(default=None, alias="class")
    name: Text | None = None
    phase: Text | None = None
    technology: Literal["fiber", "fixed_wireless"] | None = None
    priority: Annotated[int, Field(ge=1, lt=1_000_000)] | None = None
    expected_live_on: Day | None = None
    expected_precision: Literal["day", "month", "quarter", "year"] | None = None
    live_on: Day | None = None
    network_ready_on: Day | None = None
    sales_open_on: Day | None = None

    def said(self) -> dict[str, Any]:
        """Return what was named, dates as ISO 8601."""
        return dict(self.model_dump(mode="json", by_alias=True, exclude_unset=True))


class AreasQuestion(Question):
    """Which areas: a window, a class, a phase, a text in name, phase or id; page by page in order of id."""

    bbox: Bbox | None = Field(default=None, description="west,south,east,north.", examples=["-111.4,45.8,-111.2,45.9"])
    class_: Literal["build", "pre-build"] | None = Field(
        default=None, alias="class", description="Live, or planned.", examples=["build"]
    )
    phase: Text | None = Field(default=None, description="A phase, exactly.", examples=["Phase 2"])
    text: Text | None = Field(default=None, description="Part of name, phase or id.", examples=["north"])
    drawn: Literal["true", "false"] | None = Field(
        default=None, description="Drawn by a person, or not.", examples=["true"]
    )
    after: Annotated[int, Field(ge=0, le=LARGEST_ID)] = Field(default=0, description="Continue after this id.")
    limit: Annotated[int, Field(ge=1, le=1_000)] = Field(default=100, description="Most areas.")


class AreaQuestion(Question):
    """An area by id."""

    area_id: Id = Field(description="The area.", examples=[4503599627370494])


class DrawQuestion(Question):
    """A new area."""

    geometry: Shape = Field(examples=[SQUARE])
    properties: AreaFields = Field(examples=[{"class": "pre-build", "name": "Elk Ridge", "phase": "3"}])
    reason: Reason = Field(examples=["Asked for by the homeowners."])


class ChangeQuestion(Question):
    """Another shape, other fields, or both."""

    geometry: Shape | None = Field(default=None, examples=[SQUARE])
    properties: AreaFields | None = Field(default=None, examples=[{"class": "build", "live_on": "2027-03-01"}])
    reason: Reason = Field(examples=["Tested and lit."])


class SplitQuestion(Question):
    """A line to cut along."""

    line: Line = Field(examples=[LINE])
    reason: Reason = Field(examples=["Two crews."])


class MergeQuestion(Question):
    """Areas that become one; the first takes in the others."""

    area_ids: list[Id] = Field(min_length=2, max_length=500, examples=[[4503599627370494, 4503599627370493]])
    reason: Reason = Field(examples=["One crew."])


class DeleteQuestion(AreaQuestion):
    """An area to retire, and why."""

    reason: Reason = Field(default="retired", description="Why it goes.", examples=["Never built."])


class ShapeQuestion(Question):
    """A drawing to look at, finished or not."""

    geometry: Shape = Field(examples=[SQUARE])
    area_id: Id | None = Field(default=None, description="The area whose shape it is, not to be told as overlapped.")


class Edit(Question):
    """One edit. New areas are -1, -2 and so on for the edits after them."""

    op: Literal["draw", "change", "split", "merge", "cut", "retire"]
    area_id: AreaRef | None = None
    area_ids: list[AreaRef] | None = Field(default=None, max_length=500)
    geometry: Shape | None = None
    line: Line | None = None
    hole: Shape | None = None
    properties: AreaFields | None = None

    def said(self) -> dict[str, Any]:
        """Return what was named, as it is kept."""
        return dict(self.model_dump(mode="json", by_alias=True, exclude_unset=True))


Edits = Annotated[list[Edit], Field(max_length=500)]
_EDITS = [{"op": "draw", "geometry": SQUARE, "properties": {"class": "pre-build", "name": "Elk Ridge"}}]


class ImpactQuestion(Question):
    """Edits to weigh."""

    edits: Edits = Field(examples=[_EDITS])

    def said(self) -> list[dict[str, Any]]:
        """Return the edits as they are kept."""
        return [edit.said() for edit in self.edits]


class PublishQuestion(ImpactQuestion):
    """Edits to carry out as one plan version, and the versions of the areas that they were made on."""

    bases: dict[str, Version] = Field(default_factory=dict, max_length=1_000, examples=[{"4503599627370494": 7}])
    reason: Reason = Field(examples=["Asked for by the homeowners."])


class DraftQuestion(ImpactQuestion):
    """Edits to keep, finished or not."""

    title: Text = Field(default="", examples=["Elk Ridge"])
    bases: dict[str, Version] = Field(default_factory=dict, max_length=1_000, examples=[{"4503599627370494": 7}])
    revision: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = Field(
        default=None, description="The save that this one is made on; refused where there is a later one.", examples=[3]
    )


class DraftIdQuestion(Question):
    """A draft by id."""

    draft_id: Id = Field(description="The draft.", examples=[4503599627370492])


class ReasonQuestion(Question):
    """Why."""

    reason: Reason = Field(examples=["Asked for by the homeowners."])


class AreaProperties(BaseModel):
    """What an area says."""

    area_id: int
    version: int = Field(description="The plan version that it is so since; its ETag.")
    source: str | None = Field(description="Where it comes from; null: drawn by a person.")
    class_: Literal["build", "pre-build"] = Field(alias="class")
    name: str | None
    phase: str | None
    technology: str
    priority: int | None
    expected_live_on: date | None
    expected_precision: str | None
    live_on: date | None
    network_ready_on: date | None
    sales_open_on: date | None
    size_m2: float | None
    edited: list[str] = Field(description="Where a person's word stands over the source's.")


class AreaFeature(BaseModel):
    """An area as a GeoJSON feature."""

    type: Literal["Feature"]
    id: int
    geometry: dict[str, Any]
    bbox: list[float]
    properties: AreaProperties


class AreasAnswer(BaseModel):
    """A page of areas as a GeoJSON feature collection."""

    type: Literal["FeatureCollection"]
    features: list[AreaFeature]
    total: int
    after: int | None = Field(description="Where the next page continues; null: this is the last.")
    plan_version: int


class AreaVersion(BaseModel):
    """One version of an area."""

    version: int
    author: str
    label: str
    kind: str
    created_at: datetime
    ended: int | None
    changed: list[str]
    feature: AreaFeature


class AreaVersionsAnswer(BaseModel):
    """Every version of an area, newest first."""

    area_id: int
    versions: list[AreaVersion]


class PublishedAnswer(BaseModel):
    """A plan version that changed areas."""

    plan_version: int
    area_ids: list[int] = Field(description="What it changed and made, new areas last.")
    flips: dict[str, dict[str, int]] = Field(description='{technology: {"from -> to": addresses}}.')


class Fault(BaseModel):
    """One thing that is wrong with a drawing, and where."""

    code: str
    message: str
    places: list[list[float]]


class Overlap(BaseModel):
    """Another area that a drawing lies over."""

    area_id: int
    name: str | None
    class_: str = Field(alias="class")
    overlap_m2: float
    sliver: bool = Field(description="So little that it was hardly meant.")


class ValidityAnswer(BaseModel):
    """Whether a drawing is an area, and what it lies over."""

    valid: bool
    faults: list[Fault]
    size_m2: float
    overlaps: list[Overlap]


class InsideAnswer(BaseModel):
    """What an edited area has inside."""

    area_id: int
    addresses: int
    units: int


class ImpactAnswer(BaseModel):
    """What edits would do, and exactly that."""

    plan_version: int
    flips: dict[str, dict[str, int]]
    addresses: dict[str, int]
    units: dict[str, int]
    holds: int
    customers: int
    areas: list[InsideAnswer]
    result: dict[str, Any]
    gone: list[int]


class Changed(BaseModel):
    """An area that has changed under a draft."""

    area_id: int
    base: int
    now: int | None
    changes: list[dict[str, Any]]


class DraftAnswer(BaseModel):
    """A draft."""

    draft_id: int
    author: str
    title: str
    edits: list[dict[str, Any]]
    bases: dict[str, int]
    revision: int
    created_at: datetime
    saved_at: datetime
    stale: list[Changed] = Field(description="Areas that have changed since.")


class PresenceAnswer(BaseModel):
    """Somebody else at work on areas."""

    draft_id: int
    author: str
    title: str
    area_ids: list[int]
    since: datetime
    saved_at: datetime


class DraftsAnswer(BaseModel):
    """Your open drafts, the last saved first, and who else is at work."""

    drafts: list[DraftAnswer]
    others: list[PresenceAnswer]


class DisagreementsAnswer(BaseModel):
    """Edits of areas whose sources have said something new since."""

    disagreements: list[dict[str, Any]]
