"""The shared filters as callers send them: side by side in a query string, or as one object in a body."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints
from pydantic.config import JsonDict

from fibermap.address.model import Connectivity, Kind
from fibermap.coverage.model import Class, Flag, Technology
from fibermap.report.selection import LONGEST_ID, LONGEST_TEXT, NAMES, Selection
from fibermap_api.models.questions import Day, Question


def _some_of(words: type[StrEnum]) -> StringConstraints:
    any_of = "|".join(words)
    return StringConstraints(pattern=f"^(({any_of})(,({any_of}))*)?$", max_length=200)


Text = Annotated[str, StringConstraints(max_length=4_000)]
Names = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, pattern=r"^[^\x00-\x1f\x7f]*$")]
Numbers = Annotated[
    str, StringConstraints(max_length=1_000, pattern=rf"^([0-9]{{1,{LONGEST_ID}}}(,[0-9]{{1,{LONGEST_ID}}})*)?$")
]
Drawn = Annotated[str, StringConstraints(max_length=2_000)]
Truth = Literal["true", "false"]
ClassWords = Annotated[str, _some_of(Class)]
TechnologyWords = Annotated[str, _some_of(Technology)]
KindWords = Annotated[str, _some_of(Kind)]
ConnectivityWords = Annotated[str, _some_of(Connectivity)]
FlagWords = Annotated[str, _some_of(Flag)]
Words = Text | list[Annotated[str, StringConstraints(max_length=400)]]
Ids = Text | list[int]

_SAID: dict[str, tuple[str, Any]] = {
    "class": ("`build`, `pre-build`, `out-of-coverage`, `unknown`; several between commas.", "build,pre-build"),
    "phase": ("Phases by name; several between commas, `\\,` for a comma of the name's own.", "Phase 1"),
    "technology": ("`fiber`, `fixed_wireless`.", "fiber"),
    "kind": ("`residential`, `business`, `institution`, `other`.", "residential"),
    "connectivity": ("How far it is connected.", "none,passed"),
    "orderable": ("Whether it may be sold today.", "true"),
    "flag": ("Carries any of these flags.", "drop_over_limit"),
    "held": ("Whether a hold is in force on it.", "false"),
    "serviceable": ("Whether it is a thing one sells to.", "true"),
    "expected_from": ("Expected to be live on or after.", "2027-01-01"),
    "expected_to": ("Expected to be live on or before.", "2027-12-31"),
    "territory": ("ZIP codes, cities or counties.", "59741"),
    "text": ("Words that all stand in the address.", "main st"),
    "area": ("Ids of the areas, terminals or routes that decide the class.", "4503599627370494"),
    "polygon": (
        "Stands in it: `lon,lat,lon,lat,...`, or a GeoJSON Polygon or MultiPolygon. EPSG:4326.",
        "-111.31,45.84,-111.29,45.84,-111.29,45.86",
    ),
    "ids": ("Addresses by id.", "4503599627370495"),
}


def _filter(name: str) -> Any:
    description, example = _SAID[name]
    shape: JsonDict | None = {"format": "polygon"} if name == "polygon" else None
    return Field(default=None, description=description, examples=[example], alias=name, json_schema_extra=shape)


class _Filters(Question):
    def selection(self) -> Selection:
        """Return the filters as one selection; raises ``InputRefused`` where one cannot be used."""
        return Selection.from_query(self.model_dump(by_alias=True, include=_FIELDS))


class SelectedQuestion(_Filters):
    """Filters in a query string, to be asked beside other parameters."""

    class_: ClassWords | None = _filter("class")
    phase: Names | None = _filter("phase")
    technology: TechnologyWords | None = _filter("technology")
    kind: KindWords | None = _filter("kind")
    connectivity: ConnectivityWords | None = _filter("connectivity")
    orderable: Truth | None = _filter("orderable")
    flag: FlagWords | None = _filter("flag")
    held: Truth | None = _filter("held")
    serviceable: Truth | None = _filter("serviceable")
    expected_from: Day | None = _filter("expected_from")
    expected_to: Day | None = _filter("expected_to")
    territory: Names | None = _filter("territory")
    text: Names | None = _filter("text")
    area: Numbers | None = _filter("area")
    polygon: Drawn | None = _filter("polygon")
    ids: Numbers | None = _filter("ids")


class SelectionQuestion(_Filters):
    """Filters as one object in a body; words as a list, or as they stand in a query string."""

    class_: Words | None = _filter("class")
    phase: Words | None = _filter("phase")
    technology: Words | None = _filter("technology")
    kind: Words | None = _filter("kind")
    connectivity: Words | None = _filter("connectivity")
    orderable: bool | Text | None = _filter("orderable")
    flag: Words | None = _filter("flag")
    held: bool | Text | None = _filter("held")
    serviceable: bool | Text | None = _filter("serviceable")
    expected_from: Text | None = _filter("expected_from")
    expected_to: Text | None = _filter("expected_to")
    territory: Words | None = _filter("territory")
    text: Text | None = _filter("text")
    area: Ids | None = _filter("area")
    polygon: Text | dict[str, Any] | None = _filter("polygon")
    ids: Ids | None = _filter("ids")


_FIELDS = {"class_" if name == "class" else name for name in NAMES}
