"""The settings of the map: what lies under it, and who may look. Each host ends up in the page's policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

import orjson

from fibermap.kernel.errors import Code, InputRefused
from fibermap.store import UnitOfWork

MOST_IMAGERY = 8
LONGEST_TITLE, LONGEST_URL, LONGEST_ATTRIBUTION = 80, 500, 300
_URL = re.compile(
    r"(?P<origin>https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?)?(?P<path>/(?!/)[\w./{}?&=%~:@+-]*)",
    re.IGNORECASE | re.ASCII,
)
_PLACES = ("{z}", "{x}", "{y}")


class ImageryKind(StrEnum):
    """How imagery is fetched."""

    XYZ = "xyz"
    """One picture a tile, from an address with ``{z}``, ``{x}`` and ``{y}`` in it."""
    PMTILES = "pmtiles"
    """Pieces of one file of pictures."""


@dataclass(frozen=True, slots=True)
class Imagery:
    """Pictures of the ground, by somebody else.

    Attributes
    ----------
    url
        ``https://...``, or ``/...`` for the server's own host.
    attribution
        What its licence wants said on the map.
    most_zoom
        The nearest zoom that it has pictures for; nearer, they are enlarged.
    """

    title: str
    kind: ImageryKind
    url: str
    attribution: str = ""
    most_zoom: int = 19
    tile_px: int = 256

    @property
    def origin(self) -> str | None:
        """The host that it comes from, ``https://tiles.example``; None where that is the server's own."""
        found = _URL.fullmatch(self.url)
        return found["origin"].lower() if found and found["origin"] else None


@dataclass(frozen=True, slots=True)
class MapSettings:
    """What everybody's map has in common. ``public_viewer``: whoever comes may look, and sees what the public may."""

    title: str = ""
    imagery: tuple[Imagery, ...] = field(default=())
    public_viewer: bool = False

    @property
    def origins(self) -> list[str]:
        """The hosts of others that browsers are let ask, each once."""
        return sorted({imagery.origin for imagery in self.imagery if imagery.origin})

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def check_map_settings(settings: MapSettings) -> MapSettings:
    """Return the settings if they can be used.

    Raises
    ------
    InputRefused
        ``argument_invalid`` with the field, ``limit_exceeded`` for too many.
    """
    if len(settings.imagery) > MOST_IMAGERY:
        raise InputRefused(Code.LIMIT_EXCEEDED, f"The map has up to {MOST_IMAGERY} kinds of imagery.", field="imagery")
    for name, value, most in _texts(settings):
        if len(value) > most or not (value == "" or value.isprintable()):
            raise InputRefused(Code.ARGUMENT_INVALID, f"This has up to {most} printable characters.", field=name)
    for index, imagery in enumerate(settings.imagery):
        _check_imagery(imagery, f"imagery.{index}")
    return settings


def read_map_settings(uow: UnitOfWork) -> MapSettings:
    """Return the settings in force."""
    value = uow.sql.value("screens.map", "SELECT any_value(value) FROM screen_setting WHERE name = 'map'")
    if value is None:
        return MapSettings()
    told = orjson.loads(value)
    imagery = tuple(Imagery(**{**row, "kind": ImageryKind(row["kind"])}) for row in told.pop("imagery"))
    return MapSettings(**told, imagery=imagery)


def save_map_settings(uow: UnitOfWork, settings: MapSettings, author: str) -> MapSettings:
    """Put settings in force; raises like `check_map_settings`."""
    value = orjson.dumps(check_map_settings(settings).as_json()).decode()
    uow.sql.execute(
        "screens.save_map",
        "INSERT OR REPLACE INTO screen_setting (name, value, changed_by, changed_at) VALUES ('map', ?, ?, ?)",
        [value, author, uow.at_utc],
    )
    return settings


def _texts(settings: MapSettings) -> Iterator[tuple[str, str, int]]:
    yield "title", settings.title, LONGEST_TITLE
    for index, imagery in enumerate(settings.imagery):
        yield f"imagery.{index}.title", imagery.title, LONGEST_TITLE
        yield f"imagery.{index}.url", imagery.url, LONGEST_URL
        yield f"imagery.{index}.attribution", imagery.attribution, LONGEST_ATTRIBUTION


def _check_imagery(imagery: Imagery, name: str) -> None:
    if not imagery.title.strip():
        raise InputRefused(Code.ARGUMENT_INVALID, "Imagery needs a title to be chosen by.", field=f"{name}.title")
    if _URL.fullmatch(imagery.url) is None:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "This is no address that a browser may be sent to.",
            hint="It begins with https://HOST/ and has no spaces, quotes, user names or fragments.",
            field=f"{name}.url",
        )
    if imagery.kind is ImageryKind.XYZ and not all(place in imagery.url for place in _PLACES):
        raise InputRefused(
            Code.ARGUMENT_INVALID, "Tiles need their place in the address.", hint="Write {z}, {x} and {y} in it.",
            field=f"{name}.url",
        )  # fmt: skip
