"""Models of bringing things in: what is sent, what is decided, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from fibermap.ingest.draft import role_overrides
from fibermap.ingest.fields import LayerMapping
from fibermap.ingest.groups import GeometryKind, Role, Selector
from fibermap.ingest.roles import RoleOverride
from fibermap_api.models.questions import Question, bare, whole, without_null

Text = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")]
RoleName = Literal[
    "addresses", "coverage", "exclusion", "network_lines", "network_points", "barrier", "boundary", "building",
    "parcel", "context",
]  # fmt: skip
IngestId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Change = Literal["gained", "lost", "changed"]
StateName = Literal["queued", "running", "waiting", "done", "failed", "discarded"]
_ID = "9f86d081884c7d659a2feaa0c55ad015"


def _keyed(schema: dict[str, Any]) -> None:
    """Say of an object's names by themselves what they must be: as a pattern of properties it binds only some."""
    ((pattern, values),) = schema.pop("patternProperties").items()
    schema |= {"additionalProperties": values, "propertyNames": {"pattern": pattern, "minLength": 1, "maxLength": 300}}


class HowQuestion(Question):
    """How what is brought in is to be taken."""

    source: Text | None = Field(
        default=None,
        description="The source's name; the same name replaces what it brought before. Without it, each file's name.",
        examples=["county addresses"],
    )
    role: RoleName | None = Field(
        default=None, description="What everything in it is, in place of what is proposed.", examples=["addresses"]
    )
    crs: Text | None = Field(
        default=None, description="The coordinate system where the file states none.", examples=["EPSG:2818"]
    )

    @classmethod
    def of_form(cls, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the fields of a form that say something; one that is left empty says nothing."""
        return {name: text for name, text in fields.items() if text or name not in cls.model_fields}

    @classmethod
    def as_form(cls) -> dict[str, Any]:
        """Return the schemas of its fields in a form, where everything is text and nothing can be null."""
        said = {name: without_null(field) for name, field in cls.model_json_schema()["properties"].items()}
        return {
            name: {"description": field["description"], "anyOf": [{"const": ""}, bare(field)]}
            for name, field in said.items()
        }

    def decisions(self) -> dict[str, Any]:
        """Return it as fields of a request."""
        role = None if self.role is None else Role(self.role)
        return {"source": self.source, "roles": role_overrides(role), "crs": self.crs}


class LayerAddressQuestion(HowQuestion):
    """A live layer to be read."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^https?://[^\x00-\x20\x7f]+$")] = (
        Field(
            description="The address of a FeatureServer or MapServer layer. No other host is asked.",
            examples=["https://gis.example/arcgis/rest/services/Plan/FeatureServer/0"],
        )
    )
    token: Text | None = Field(default=None, description="Its access token; kept nowhere.", examples=["abc"])


class IngestQuestion(Question):
    """An ingest by id."""

    ingest_id: IngestId = Field(description="The ingest.", examples=[_ID])


class FindingQuestion(IngestQuestion):
    """A finding of a dry run."""

    number: Annotated[int, Field(ge=0, le=100_000)] = Field(
        description="Its number in the report, from 0.", examples=[0]
    )


class DifferenceQuestion(Question):
    """Which part of a difference."""

    what: Literal["addresses", "areas"] = Field(
        default="addresses", description="What to list.", examples=["addresses"]
    )
    change: Change | None = Field(default=None, description="Only this kind of change.", examples=["lost"])
    area_id: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = Field(
        default=None, description="Only what this area decides, before or after.", examples=[4503599627370494]
    )
    bbox: Annotated[str, StringConstraints(pattern=r"^-?\d{1,3}(\.\d{1,15})?(,-?\d{1,3}(\.\d{1,15})?){3}$")] | None = (
        Field(
            default=None,
            description="Only what lies in a box: west,south,east,north, degrees in EPSG:4326.",
            examples=["-111.4,45.8,-111.2,45.9"],
        )
    )
    offset: Annotated[int, Field(ge=0, le=100_000_000)] = Field(
        default=0, description="Rows to pass over.", examples=[0]
    )
    limit: Annotated[int, Field(ge=1, le=1_000)] = Field(default=100, description="Most rows.", examples=[100])


class IngestDifferenceQuestion(DifferenceQuestion, IngestQuestion):
    """Which part of what an ingest would change."""


class RoleDecision(Question):
    """That a group of features has a role."""

    role: RoleName
    layer: Text | None = None
    folder: list[Text] = Field(default=[], max_length=40)
    geometry: Literal["point", "line", "area", "none"] | None = None

    def override(self) -> RoleOverride:
        """Return it as the ingest takes it."""
        kind = None if self.geometry is None else GeometryKind(self.geometry)
        return RoleOverride(Role(self.role), Selector(self.layer, tuple(self.folder), kind))


class LayerMappingDecision(Question):
    """Where the fields of a layer come from; a field that is not named is taken from nowhere."""

    layer: Text
    role: RoleName
    fields: dict[Text, str | dict[str, Any]] = Field(max_length=100, json_schema_extra=_keyed)


class AnswerQuestion(Question):
    """Decisions about a dry run. Each adds to those before it; without any, the dry run is made again as it was."""

    statuses: dict[Text, Literal["build", "pre-build", "ignored"]] = Field(
        default={},
        max_length=500,
        description="What status words mean; remembered.",
        examples=[{"Splicing": "build"}],
        json_schema_extra=_keyed,
    )
    types: dict[Text, Literal["residential", "business", "institution", "none"]] = Field(
        default={},
        max_length=500,
        description="What types of addresses mean; remembered.",
        examples=[{}],
        json_schema_extra=_keyed,
    )
    roles: list[RoleDecision] = Field(default=[], max_length=200, description="What groups are.", examples=[[]])
    mappings: list[LayerMappingDecision] = Field(
        default=[], max_length=200, description="Where fields come from.", examples=[[]]
    )
    crs: Text | None = Field(default=None, description="The coordinate system; reads the files again.")
    distance_rules: bool | None = Field(
        default=None, description="Whether a plan without areas is covered by distance from its network."
    )

    def decisions(self) -> dict[str, Any]:
        """Return them as fields of a request; raises ``InputRefused`` (``mapping_invalid``)."""
        said: dict[str, Any] = {
            "statuses": dict(self.statuses),
            "types": dict(self.types),
            "roles": tuple(role.override() for role in self.roles),
            "layer_mappings": tuple(LayerMapping.from_json(each.model_dump()) for each in self.mappings),
        }
        later = {"crs": self.crs, "distance_rules": self.distance_rules}
        return said | {name: value for name, value in later.items() if value is not None}


class PromoteQuestion(Question):
    """That a dry run is to be published."""

    yes: list[Annotated[int, Field(ge=0, le=100_000), BeforeValidator(whole)]] = Field(
        default=[],
        max_length=1_000,
        description="The numbers of the findings that are agreed to; all that need a yes.",
        examples=[[]],
    )


class ProgressAnswer(BaseModel):
    """How far the work is."""

    doing: str = Field(examples=["Reading plan.kmz"])
    done: int = Field(examples=[1200])
    total: int | None = Field(description="None where that cannot be told.")


class IngestAnswer(BaseModel):
    """Something that was brought in."""

    id: str = Field(examples=[_ID])
    state: StateName = Field(description="`waiting`: the dry run is there, and somebody decides.")
    author: str = Field(description="Who brought it in.")
    inputs: list[str] = Field(description="Files by name, or the address of a live layer.")
    bytes: int
    source: str | None
    saved_source: str | None = Field(description="The saved source that it is a pull of.")
    began_at: datetime
    ended_at: datetime | None
    progress: ProgressAnswer | None
    error: dict[str, Any] | None = Field(description="Why it failed, or why what was last asked of it did.")
    plan_version: int | None = Field(description="What it was published as.")
    unchanged: bool = Field(description="It was published, and nothing had changed.")
    report: dict[str, Any] | None = Field(
        default=None, description="While it waits: files, roles, mappings, words, findings, difference, consequences."
    )


class IngestsAnswer(BaseModel):
    """What was brought in, newest first."""

    ingests: list[IngestAnswer]


class StartedAnswer(BaseModel):
    """Work that has begun. Ask for it every second or so until its state is none of `queued` and `running`."""

    id: str = Field(examples=[_ID])


class RowsAnswer(BaseModel):
    """A page of a difference."""

    total: int
    offset: int
    rows: list[dict[str, Any]]


class CollectionAnswer(BaseModel):
    """A GeoJSON collection. `of` is what each feature is: an address, an area, or a cell that stands for `count`."""

    type: Literal["FeatureCollection"]
    of: Literal["addresses", "areas", "cells", "features"]
    total: int
    features: list[dict[str, Any]]


class FindingAnswer(BaseModel):
    """A finding and where it lies."""

    number: int
    finding: dict[str, Any]
    places: CollectionAnswer
