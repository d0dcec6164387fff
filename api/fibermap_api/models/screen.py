"""Models of what screens ask for and are answered."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap.report.rows import MOST_ROWS, SORTS
from fibermap_api.models.questions import Day, Id, Question
from fibermap_api.models.selections import SelectedQuestion

LayerName = Literal["addresses", "areas", "network", "demand"]
Bounds = Annotated[str, StringConstraints(max_length=200)]
BBOX = Field(
    default=None, description="What is in view: `west,south,east,north` in degrees; without it, everything.",
    examples=["-111.36,45.8,-111.2,45.9"], json_schema_extra={"format": "bbox"},
)  # fmt: skip
_LAYER = Field(description="What the tile is of.", examples=["addresses"])


class LayerQuestion(SelectedQuestion):
    """A layer, filtered."""

    layer: LayerName = _LAYER


class TileQuestion(LayerQuestion):
    """A tile of a layer."""

    z: Annotated[int, Field(ge=0, le=20)] = Field(description="Zoom.", examples=[14])
    x: Annotated[int, Field(ge=0, lt=2**20)] = Field(description="Column, eastwards.", examples=[3127])
    y: Annotated[int, Field(ge=0, lt=2**20)] = Field(description="Row, southwards.", examples=[5869])


class LegendQuestion(SelectedQuestion):
    """What to count."""

    bbox: Bounds | None = BBOX


class TableQuestion(SelectedQuestion):
    """Which rows, in which order."""

    bbox: Bounds | None = BBOX
    sort: Annotated[str, StringConstraints(pattern=f"^-?({'|'.join(SORTS)})$")] = Field(
        default="address", description="By what; with `-` the other way round.", examples=["-drop"]
    )
    after: Annotated[str, StringConstraints(max_length=1_000)] | None = Field(
        default=None, description="The `next` of the page before.",
        examples=["WyJhZGRyZXNzIiwiMSBNQUlOIFNUIiw1XQ"],
    )  # fmt: skip
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = Field(default=100, description="Most rows.", examples=[100])


class SearchQuestion(Question):
    """What to find."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        description="An address, coordinates, an id, or the name of an area or terminal; as far as it is typed.",
        examples=["4067 cen"],
    )
    limit: Annotated[int, Field(ge=1, le=20)] = Field(default=10, description="Most results.")


class CardQuestion(Question):
    """Which address, as it was known when, for which date."""

    address_id: Id = Field(description="The address.", examples=[4503599627370495])
    as_of: Annotated[str, StringConstraints(pattern=r"^([1-9][0-9]{0,8}|[0-9]{4}-[0-9]{2}-[0-9]{2})$")] | None = Field(
        default=None, description="What was known then: a plan version, or the end of a day (UTC).", examples=["7"]
    )
    at: Day | None = Field(
        default=None, description="The date asked about; without it, the plan at its word.", examples=["2027-03-01"]
    )


class NoQuestion(Question):
    """No parameters."""


class _Versioned(BaseModel):
    plan_version: int = Field(description="The plan version that it is of.", examples=[7])
    data_version: str = Field(description="The state of the database that it is of.", examples=["7.31"])


class TileJson(BaseModel):
    """A layer's TileJSON 3.0.0."""

    tilejson: str = Field(examples=["3.0.0"])
    name: str
    tiles: list[str] = Field(examples=[["/v1/tiles/addresses/{z}/{x}/{y}.mvt"]])
    minzoom: int
    maxzoom: int
    bounds: list[float] | None = Field(description="West, south, east, north; null where nothing has a place.")
    vector_layers: list[dict[str, Any]]
    attribution: str
    plan_version: int
    data_version: str


class ClassCount(BaseModel):
    """How many there are of a class."""

    model_config = {"populate_by_name": True}

    class_: str = Field(alias="class", examples=["build"])
    addresses: int
    units: int = Field(description="Units that can be sold to: homes passed, where the class is build.")
    orderable: int | None = Field(default=None, description="Addresses that may be sold today; not for the public.")


class LegendAnswer(_Versioned):
    """What is in view, by class."""

    addresses: int
    units: int
    classes: list[ClassCount]
    bounds: list[float] | None = Field(description="Around what is counted: west, south, east, north.")
    left_out: int = Field(description="Addresses of the whole plan that may not be listed; they are not counted.")


class WordCount(BaseModel):
    """A word to filter by."""

    value: str
    addresses: int


class FiltersAnswer(_Versioned):
    """The words that occur, by filter."""

    filters: dict[str, list[WordCount]]


class TableRow(BaseModel):
    """An address as the view `addresses` says it."""

    model_config = {"extra": "allow"}

    address_id: int
    full_address: str
    class_: str = Field(alias="class")
    expected_live_on: date | None
    holds: list[str]
    flags: list[str]
    not_orderable: list[str]


class TableAnswer(_Versioned):
    """A page of rows."""

    rows: list[TableRow]
    total: int = Field(description="Rows on all pages.")
    next: str | None = Field(description="What `after` asks for the next page; null on the last.")
    left_out: int = Field(description="Addresses of the whole plan that may not be listed; they are not in it.")


class SearchResult(BaseModel):
    """One thing that was meant, maybe."""

    kind: Literal["place", "address", "street", "city", "area", "network"]
    id: int | None
    text: str
    class_: str | None = Field(alias="class")
    lon: float | None
    lat: float | None
    bbox: list[float] | None
    detail: str


class SearchAnswer(BaseModel):
    """What may be meant, likeliest first. A street or city is shown by filtering with its `text`."""

    results: list[SearchResult]
    plan_version: int
    data_version: str


class CardAnswer(BaseModel):
    """An address with everything that follows for it, and why."""

    model_config = {"extra": "allow"}

    address: dict[str, Any]
    class_: str = Field(alias="class")
    orderable: bool
    not_orderable: list[str]
    reasons: list[dict[str, str]] = Field(description="The same with what they say to a person.")
    technologies: list[dict[str, Any]] = Field(description="A verdict each, with the questions that led to it.")
    evidence: dict[str, Any] = Field(description="GeoJSON: the address, what decides, the terminal, the straight drop.")
    timeline: list[dict[str, Any]]
    now: dict[str, Any] | None = Field(description="Units and connectivity as they are; null where it is no more.")
