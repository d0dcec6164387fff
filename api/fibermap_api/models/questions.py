"""Models of what callers send. Unknown names are refused: a city under a misspelt name must not silently not count."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from fibermap.serving.question import Question as Asked

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
LARGEST_ID = 2**53 - 1
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_NO_CONTROLS = rf"^[^{_CONTROLS}]*$"
_SAYS_SOMETHING = rf"^[^{_CONTROLS}]*[^{_CONTROLS}\s][^{_CONTROLS}]*$"
_PRINTABLE = r"^[ -~\u00c0-\u024f]*$"
_VISIBLE = r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*$"
_LOGIN_NAME = r"^[!-+\--~]+$"

Typed = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=_SAYS_SOMETHING)]
Part = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_SAYS_SOMETHING)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=_VISIBLE)]
"""Of a person, a firm, a zone: one line that says something."""
ShortName = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=_VISIBLE)]
FollowToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{10,64}$")]
"""What stands in a link by which a customer follows what is theirs."""


def whole(value: Any) -> Any:
    """Take a number without a fraction for an integer, as JSON does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Id = Annotated[int, Field(ge=1, le=LARGEST_ID), BeforeValidator(whole)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Channel = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,31}$")]


def _written_out(value: Any) -> Any:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("a date is written 2027-03-01")
    return date.fromisoformat(value)


Day = Annotated[date, BeforeValidator(_written_out)]
PARTS = ("street", "unit", "city", "state", "zip")
_NO_PARTS = (None,) * len(PARTS)


class Question(BaseModel):
    """Parameters of a request, strictly those.

    Attributes
    ----------
    ways
        Where there is more than one way to ask: the names that each way needs, and those that it may have beside them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    ways: ClassVar[tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = ()

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe each way as a shape of its own, so that the description refuses what is refused."""
        schema = handler.resolve_ref_schema(handler(core))
        if not cls.ways:
            return schema
        fields = schema["properties"]
        shapes = [
            {
                "type": "object",
                "title": "By " + " and ".join(needed),
                "properties": {
                    **{name: without_null(fields[name]) for name in needed},
                    **{name: fields[name] for name in beside},
                },
                "required": list(needed),
                "additionalProperties": False,
            }
            for needed, beside in cls.ways
        ]
        return {"title": schema["title"], "description": schema.get("description", ""), "oneOf": shapes}


class Previewed(Question):
    """Whether something is done, or only weighed."""

    preview: Literal["true", "false"] = Field(
        default="false",
        description="With `true` it is done, told and given up: `consequences` say in plain sentences what would be "
        "written, `result` is the answer as it would be. Nothing is kept, no payment gateway is asked, and an "
        "Idempotency-Key stays free. What is refused is refused alike.",
        examples=["true"],
    )


class CheckQuestion(Question):
    """Which address, one way or another: `q`, or its parts, or `lat` and `lon`, or `address_id`."""

    ways = (
        (("q",), ("at", "channel")),
        (("street",), ("unit", "city", "state", "zip", "at", "channel")),
        (("lat", "lon"), ("at", "channel")),
        (("address_id",), ("at", "channel")),
    )

    q: Typed | None = Field(
        default=None, description="An address as somebody typed it.", examples=["4067 Center Ave, Quill Creek"]
    )
    street: Part | None = Field(default=None, description="House number and street.", examples=["4067 Center Ave"])
    unit: Part | None = Field(default=None, description="Apartment, suite or the like.", examples=["Apt 4"])
    city: Part | None = Field(default=None, description="City or postal community.", examples=["Quill Creek"])
    state: Part | None = Field(default=None, description="State, as its two letters.", examples=["MT"])
    zip: Part | None = Field(default=None, description="ZIP code.", examples=["59741"])
    lat: Latitude | None = Field(default=None, description="Latitude of a place, degrees.", examples=[45.85])
    lon: Longitude | None = Field(default=None, description="Longitude of a place, degrees.", examples=[-111.3])
    address_id: Id | None = Field(default=None, description="An address known by its id.", examples=[4503599627370495])
    at: Day | None = Field(
        default=None, description="The date asked about; without it, today.", examples=["2027-03-01"]
    )
    channel: Channel | None = Field(
        default=None, description="Where the question comes from; kept with it.", examples=["web"]
    )

    @model_validator(mode="after")
    def _asks_one_thing(self) -> CheckQuestion:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon go together")
        has_parts = (self.street, self.unit, self.city, self.state, self.zip) != _NO_PARTS
        if has_parts and self.street is None:
            raise ValueError("parts of an address need street, with the house number")
        ways = (self.q is not None, has_parts, self.lat is not None, self.address_id is not None)
        if sum(ways) != 1:
            raise ValueError("give one of: q; street with unit, city, state, zip; lat and lon; address_id")
        return self

    def asked(self) -> Asked:
        """Return it as the question that is answered."""
        parts = None
        if self.street is not None:
            parts = {part: value for part in PARTS if (value := getattr(self, part)) is not None}
        return Asked(self.q, parts, self.lat, self.lon, self.address_id, self.at, self.channel)


class BatchQuestion(Question):
    """Up to 1,000 questions at once, answered in their order."""

    checks: list[CheckQuestion] = Field(
        min_length=1,
        max_length=1_000,
        description="The questions.",
        examples=[[{"q": "4067 Center Ave, Quill Creek"}, {"lat": 45.85, "lon": -111.3}]],
    )


class SuggestQuestion(Question):
    """What was typed so far."""

    q: Typed = Field(description="What was typed so far.", examples=["4067 cen"])
    limit: Annotated[int, Field(ge=1, le=20)] = Field(default=8, description="Most suggestions.")


class AddressQuestion(Question):
    """An address by id."""

    address_id: Id = Field(description="The address.", examples=[4503599627370495])


class ExplainQuestion(AddressQuestion):
    """An address by id, on a date."""

    at: Day | None = Field(
        default=None, description="The date asked about; without it, the plan at its word.", examples=["2027-03-01"]
    )


class LocationQuestion(Question):
    """A building by id."""

    location_id: Id = Field(description="The building.", examples=[4503599627370494])


class MissingQuestion(Question):
    """An address that somebody misses."""

    ways = ((("q",), ("note",)), (("q", "lat", "lon"), ("note",)))

    q: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=_SAYS_SOMETHING)] = Field(
        description="The address as typed.", examples=["14 Elk Ridge Rd, Quill Creek"]
    )
    note: Annotated[str, StringConstraints(max_length=1000, pattern=_NO_CONTROLS)] | None = Field(
        default=None, description="Anything else.", examples=["New house behind number 12."]
    )
    lat: Latitude | None = Field(default=None, description="Its latitude, degrees.", examples=[45.85])
    lon: Longitude | None = Field(default=None, description="Its longitude, degrees.", examples=[-111.3])

    @model_validator(mode="after")
    def _places_it(self) -> MissingQuestion:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon go together")
        return self


class JobQuestion(Question):
    """A batch job by id."""

    job_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] = Field(
        description="The job.", examples=["9f86d081884c7d659a2feaa0c55ad015"]
    )


class KeyQuestion(Question):
    """A key to make."""

    scopes: list[
        Literal["public", "suggest", "check", "read", "shop", "report", "plan", "sell", "money", "metrics", "admin"]
    ] = Field(min_length=1, max_length=11, description="What it may do.", examples=[["check"]])
    name: Annotated[str, StringConstraints(max_length=100, pattern=_PRINTABLE)] = Field(
        default="", description="Who has it, or what for.", examples=["shop"]
    )
    rate_per_s: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] | None = Field(
        default=None,
        description="Requests a second in the long run; without it, the default of its scopes.",
        examples=[50],
    )


class KeyIdQuestion(Question):
    """A key by id."""

    key_id: Id = Field(description="The key.", examples=[4503599627370493])


class RolesQuestion(Question):
    """What a person does."""

    roles: list[Literal["planner", "sales", "csr", "dispatcher", "technician", "finance", "admin", "provider"]] = Field(
        min_length=1, max_length=8, description="What they do.", examples=[["csr"]]
    )


class InvitationQuestion(RolesQuestion):
    """A person to invite."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_LOGIN_NAME)] = Field(
        description="What they log in with.", examples=["pat"]
    )


class UserQuestion(InvitationQuestion):
    """A person to add."""

    password: Annotated[str, StringConstraints(min_length=12, max_length=256)] = Field(
        description="12 to 256 characters.", examples=["correct horse battery"]
    )


class UserNameQuestion(Question):
    """A person by name."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_LOGIN_NAME)] = Field(
        description="What they log in with.", examples=["pat"]
    )


class PasswordQuestion(Question):
    """Another password."""

    password: Annotated[str, StringConstraints(min_length=12, max_length=256)] = Field(
        description="12 to 256 characters.", examples=["another long password"]
    )


class LoginQuestion(Question):
    """Who logs in."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=_LOGIN_NAME)] = Field(
        description="What they log in with.", examples=["pat"]
    )
    password: Annotated[str, StringConstraints(min_length=1, max_length=256)] = Field(
        description="Their password.", examples=["correct horse battery"]
    )


class Nothing(Question):
    """No parameters."""


def as_parameters(model: type[Question], path: str) -> list[dict[str, Any]]:
    """Describe a model as OpenAPI parameters; those that stand in the path are told apart.

    Where there is more than one way to ask, the parameters are told together, as one object whose properties stand
    side by side in the query string.
    """
    schema = model.model_json_schema()
    if model.ways:
        said = {"name": "question", "in": "query", "required": True, "style": "form", "explode": True}
        example = ways_example(schema)
        for shape in schema["oneOf"]:
            shape["properties"] = {name: without_null(field) for name, field in shape["properties"].items()}
        return [{**said, "description": schema["description"], "schema": schema, "example": example}]
    required = set(schema.get("required", ()))
    return [
        {
            "name": name,
            "in": "path" if f"{{{name}}}" in path else "query",
            "required": name in required,
            "description": field.get("description", ""),
            "schema": bare(field),
            **({"example": field["examples"][0]} if field.get("examples") else {}),
        }
        for name, field in ((name, without_null(field)) for name, field in schema.get("properties", {}).items())
    ]


def ways_example(schema: dict[str, Any]) -> dict[str, Any]:
    """Return an example of the first way to ask."""
    first = schema["oneOf"][0]
    return {name: first["properties"][name]["examples"][0] for name in first["required"]}


def bare(field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value without what is said about it."""
    return {key: value for key, value in field.items() if key not in ("description", "examples", "title")}


def without_null(field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an optional value without null, which a query string or a form cannot say."""
    choices = [choice for choice in field.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return field
    return {**{key: value for key, value in field.items() if key not in ("anyOf", "default")}, **choices[0]}
