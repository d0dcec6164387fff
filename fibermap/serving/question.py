"""What is asked: which address, one way or another, for which date, and who may see how much of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fibermap.address.model import AddressParts
from fibermap.address.parse import parse_address, parts_from_fields
from fibermap.kernel.errors import Code, InputRefused

LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Question:
    """Exactly one of text, fields, place and id.

    Attributes
    ----------
    q
        An address as somebody typed it, up to `LONGEST_TEXT` characters.
    fields
        Its parts: ``street`` (with the house number), ``unit``, ``city``, ``state``, ``zip``.
    lat, lon
        A place, degrees in EPSG:4326.
    address_id
        An address known by id.
    at
        The date in the world asked about; None takes the plan at its word.
    channel
        Where the question comes from, such as ``web``; kept with it.
    """

    q: str | None = None
    fields: Mapping[str, str] | None = None
    lat: float | None = None
    lon: float | None = None
    address_id: int | None = None
    at: date | None = None
    channel: str | None = None

    def __post_init__(self) -> None:
        ways = (self.q is not None) + (self.fields is not None) + (self.lat is not None) + (self.address_id is not None)
        if ways != 1 or (self.lat is None) != (self.lon is None):
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                "A check is about one address or one place.",
                hint="Give one of: a text; fields; both lat and lon; an address_id.",
            )
        if self.lat is not None and self.lon is not None and not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise InputRefused(
                Code.COORDINATE_OUT_OF_RANGE,
                f"There is no place at latitude {self.lat}, longitude {self.lon}.",
                hint="Give degrees; in North America the longitude is negative.",
            )

    @property
    def is_place(self) -> bool:
        """Whether it is about coordinates."""
        return self.lat is not None

    def asked_of_matcher(self) -> str | AddressParts:
        """Return what the matcher takes: the text, or the parts that the fields say."""
        return self.q[:LONGEST_TEXT] if self.q is not None else _parts(self.fields or {})

    def as_text(self) -> str:
        """Return it as one line, to show and to keep."""
        if self.q is not None:
            return self.q
        if self.fields is not None:
            return ", ".join(str(self.fields[name]) for name in _FIELDS if self.fields.get(name))
        return f"{self.lat}, {self.lon}" if self.is_place else str(self.address_id)


_FIELDS = ("street", "unit", "city", "state", "zip")


def _parts(fields: Mapping[str, str]) -> AddressParts:
    """Read the fields of a form: the street line as text, the rest as it is named."""
    line = parse_address(fields.get("street", "")).parts
    said: dict[str, Any] = {
        name: value for name in AddressParts.__slots__ if (value := getattr(line, name)) is not None
    }
    return parts_from_fields(said | {name: value for name, value in fields.items() if name != "street" and value})
