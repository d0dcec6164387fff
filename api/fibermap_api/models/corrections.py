"""Models of what callers say of addresses, and of what that changes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.config import JsonDict

from fibermap.address.lots import HIGHEST_NUMBER, LONGEST_NAME, MOST_LOTS, LotRow, Numbering, Side
from fibermap.address.model import Kind
from fibermap.coverage.area_shapes import read_shape
from fibermap_api.models.areas import LINE, Reason
from fibermap_api.models.questions import Id, Latitude, Longitude, Question, Typed

Pattern = Annotated[str, StringConstraints(min_length=1, max_length=500)]
_POINTS: JsonDict = {"type": "MultiPoint", "coordinates": [[-111.3, 45.85], [-111.299, 45.85]]}


class AddAddressQuestion(Question):
    """An address that no source has yet."""

    text: Typed = Field(description="What it is called.", examples=["Lot 14, Elk Ridge"])
    lon: Longitude = Field(examples=[-111.3])
    lat: Latitude = Field(examples=[45.85])
    reason: Reason = Field(examples=["Sold before it was numbered"])


class LotShape(Question):
    """Where lots lie: points in their order, or a line with lots beside it. GeoJSON, EPSG:4326, longitude first."""

    model_config = ConfigDict(json_schema_extra={"examples": [LINE, _POINTS]})
    type: Literal["MultiPoint", "LineString"]
    coordinates: list[Any] = Field(max_length=2_000)


class LotsQuestion(Question):
    """A row of lots, and the rule by which they are numbered."""

    shape: LotShape = Field(examples=[LINE])
    name: Annotated[str, StringConstraints(min_length=3, max_length=LONGEST_NAME)] = Field(
        description="`{n}` stands where the number does.", examples=["Lot {n}, Elk Ridge"]
    )
    first: Annotated[int, Field(ge=0, le=HIGHEST_NUMBER)] = Field(default=1, description="The first number.")
    step: Annotated[int, Field(ge=-1_000, le=1_000)] = Field(default=1, description="From one number to the next.")
    count: Annotated[int, Field(ge=1, le=MOST_LOTS)] | None = Field(
        default=None, description="How many, along a line.", examples=[12]
    )
    side: Side = Field(default=Side.RIGHT, description="Of a line as it was drawn; on both they alternate, left first.")
    setback_m: Annotated[float, Field(ge=0, le=500, allow_inf_nan=False)] = Field(
        default=15.0, description="From the line, metres."
    )

    def row(self) -> LotRow:
        """Return it as the row that it describes; raises ``InputRefused`` where it cannot be read."""
        shape = read_shape(self.shape.model_dump(), ("LineString", "MultiPoint"))
        return LotRow(shape, Numbering(self.name, self.first, self.step), self.count, self.side, self.setback_m)


class AddLotsQuestion(LotsQuestion):
    """A row of lots to add."""

    reason: Reason = Field(examples=["Preliminary plat of 12 May"])


class ChangeAddressQuestion(Question):
    """Another place, or who is there and whether it is sold to."""

    ways = ((("lon", "lat", "reason"), ()), (("kind", "serviceable", "reason"), ()))
    lon: Longitude | None = Field(default=None, description="Where it really is.", examples=[-111.3])
    lat: Latitude | None = Field(default=None, examples=[45.85])
    kind: Kind | None = Field(default=None, description="Who is there.", examples=["business"])
    serviceable: bool | None = Field(default=None, description="Whether it is sold to.", examples=[True])
    reason: Reason = Field(examples=["Seen on site"])

    @model_validator(mode="after")
    def _says_one_thing(self) -> ChangeAddressQuestion:
        named = self.model_fields_set - {"reason"}
        if named not in ({"lon", "lat"}, {"kind", "serviceable"}) or None in (getattr(self, name) for name in named):
            raise ValueError("give lon and lat, or kind and serviceable")
        return self


class UnitsQuestion(Question):
    """Units by pattern."""

    pattern: Pattern = Field(
        description="`1-24`, `A-D`, `101-108,201-208`; `1-12 x A-F` for floors and doors.", examples=["1-12 x A-F"]
    )


class SplitAddressQuestion(UnitsQuestion):
    """Units to give a building."""

    reason: Reason = Field(examples=["From the rent roll"])


class CorrectionQuestion(Question):
    """A correction by id."""

    correction_id: Id = Field(description="The correction.", examples=[4503599627370495])


class SettleQuestion(Question):
    """A decision on a disagreement."""

    reason: Reason = Field(examples=["Measured again"])
    seen: Id | None = Field(
        default=None, description="The `seen` of the disagreement that was looked at.", examples=[4503599627370494]
    )


class CorrectedAnswer(BaseModel):
    """A plan version that changed addresses."""

    plan_version: int = Field(examples=[8])
    address_ids: list[int] = Field(description="What it made or changed.", examples=[[4503599627370495]])
    flips: dict[str, dict[str, int]] = Field(
        description='{technology: {"from -> to": addresses}}.', examples=[{"fiber": {"none -> build": 1}}]
    )


class PlannedLot(BaseModel):
    """A lot as it would be added."""

    name: str = Field(examples=["Lot 14, Elk Ridge"])
    lon: float = Field(examples=[-111.3])
    lat: float = Field(examples=[45.85])
    class_: str = Field(alias="class", description="What its place has.", examples=["pre-build"])
    known_as: str | None = Field(description="What is there under that name already.", examples=[None])


class LotsAnswer(BaseModel):
    """A row of lots as it would be added."""

    lots: list[PlannedLot] = Field(examples=[[]])
    plan_version: int = Field(examples=[7])


class PlannedUnitAnswer(BaseModel):
    """A unit as it would be added."""

    unit: str = Field(examples=["12F"])
    full_address: str = Field(examples=["14 Elk Ridge Rd UNIT 12F, Manhattan MT 59741"])
    address_id: int = Field(description="That it has, or would get.", examples=[4503599627370495])
    known: bool = Field(description="Whether it is there already.", examples=[False])


class UnitsPreviewAnswer(BaseModel):
    """The units that a pattern stands for."""

    units: list[PlannedUnitAnswer] = Field(examples=[[]])
    plan_version: int = Field(examples=[7])


class Disagreement(BaseModel):
    """A correction, and what its source says of the same fields now."""

    correction_id: int = Field(examples=[4503599627370495])
    kind: Literal["move", "retype"] = Field(examples=["retype"])
    address_id: int = Field(examples=[4503599627370495])
    full_address: str = Field(examples=["14 Elk Ridge Rd, Manhattan MT 59741"])
    source: str = Field(examples=["county"])
    author: str = Field(examples=["pat"])
    reason: str = Field(examples=["Seen on site"])
    made_at: datetime
    corrected: dict[str, Any] = Field(examples=[{"kind": "business", "serviceable": True}])
    said_then: dict[str, Any] | None = Field(examples=[{"kind": "residential", "serviceable": True}])
    says_now: dict[str, Any] = Field(examples=[{"kind": "other", "serviceable": False}])
    seen: int = Field(description="To be named by who settles it.", examples=[4503599627370494])


class AddressDisagreementsAnswer(BaseModel):
    """Corrections of addresses whose sources say something new since."""

    disagreements: list[Disagreement]
    plan_version: int = Field(examples=[7])


class ProvisionalAddress(BaseModel):
    """An address that a person added and that waits for a source or a person."""

    address_id: int = Field(examples=[4503599627370495])
    full_address: str = Field(examples=["Lot 14, Elk Ridge"])
    lon: float | None = Field(examples=[-111.3])
    lat: float | None = Field(examples=[45.85])
    class_: str | None = Field(alias="class", examples=["pre-build"])
    author: str | None = Field(examples=["pat"])
    reason: str | None = Field(examples=["Preliminary plat"])
    made_at: datetime | None
    version: int = Field(description="The plan version that it is in.", examples=[7])


class ProvisionalAnswer(BaseModel):
    """The provisional addresses, the newest first."""

    total: int = Field(examples=[12])
    addresses: list[ProvisionalAddress] = Field(description="The newest 1,000.")
    plan_version: int = Field(examples=[7])
