"""Models about the screens: the settings of the map, links that sign in, passwords of one's own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap_api.models.questions import Question

_Title = Annotated[str, StringConstraints(max_length=80)]


class LinkQuestion(Question):
    """What stands behind `#sign-in=` in a link."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")] = Field(
        description="The token.", examples=["fml_Zx81aQ"]
    )


class OwnPasswordQuestion(Question):
    """Another password of one's own."""

    current: Annotated[str, StringConstraints(max_length=256)] = Field(
        default="", description="The one until now; empty where there is none yet.", examples=["correct horse battery"]
    )
    password: Annotated[str, StringConstraints(min_length=12, max_length=256)] = Field(
        description="12 to 256 characters.", examples=["another long password"]
    )


class LinkAnswer(BaseModel):
    """A link that signs somebody in once. It is shown this once."""

    path: str = Field(description="Put it behind the server's address.", examples=["/#sign-in=fml_Zx81aQ"])
    valid_min: int = Field(description="How long it lets in, minutes.", examples=[60])


class ImageryQuestion(Question):
    """Pictures of the ground."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=80)] = Field(
        description="What it is chosen by.", examples=["Aerial photographs"]
    )
    kind: Literal["xyz", "pmtiles"] = Field(description="Tiles one by one, or pieces of one file.", examples=["xyz"])
    url: Annotated[str, StringConstraints(min_length=1, max_length=500)] = Field(
        description="Where it is: with {z}, {x} and {y} in it, or of the PMTiles file.",
        examples=["https://tiles.example/{z}/{x}/{y}.jpg"],
    )
    attribution: Annotated[str, StringConstraints(max_length=300)] = Field(
        default="", description="What its licence wants said on the map.", examples=["County of Larkspur"]
    )
    most_zoom: Annotated[int, Field(ge=0, le=24)] = Field(default=19, description="The nearest zoom it has.")
    tile_px: Literal[256, 512] = Field(default=256, description="Pixels along an edge of a picture.")


class MapSettingsQuestion(Question):
    """The settings of everybody's map, whole: what is left out is at its default again."""

    title: _Title = Field(default="", description="What the map is of.", examples=["Larkspur County"])
    imagery: list[ImageryQuestion] = Field(default=[], max_length=8, description="Pictures to choose from.")
    public_viewer: bool = Field(
        default=False, description="Whoever comes may look, without signing in, and sees what the public may."
    )


class ImageryAnswer(BaseModel):
    """Pictures of the ground."""

    title: str
    kind: Literal["xyz", "pmtiles"]
    url: str
    attribution: str
    most_zoom: int
    tile_px: int


class MapSettingsAnswer(BaseModel):
    """The settings of everybody's map."""

    title: str
    imagery: list[ImageryAnswer]
    public_viewer: bool
    units: Literal["us", "metric"] = Field(description="Of lengths on screens; a setting of the plan.")
