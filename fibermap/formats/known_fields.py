"""Fields whose meaning their names give away: a feature's own id and its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

ID_FIELDS = (
    "objectid",
    "objectid_1",
    "oid_",
    "esiteid",
    "globalid",
    "nguid",
    "site_nguid",
    "siteaddid",
    "addptkey",
    "address_id",
    "addressid",
    "addr_id",
    "hash",
    "uuid",
    "guid",
    "feature_id",
    "location_id",
    "id",
    "fid",
    "ogc_fid",
    "gid",
)
"""In order of preference, lower case."""

NAME_FIELDS = ("name", "label", "area_name", "title")


def pick_field(fields: Iterable[str], wanted: Iterable[str]) -> str | None:
    """Return the field whose name, ignoring case, comes first among the wanted ones."""
    return _picked(tuple(fields), tuple(wanted))


@lru_cache(maxsize=1024)
def _picked(fields: tuple[str, ...], wanted: tuple[str, ...]) -> str | None:
    by_name = {name.lower(): name for name in reversed(fields)}
    return next((by_name[name] for name in wanted if name in by_name), None)


def field_text(attributes: Mapping[str, Any], field: str | None) -> str | None:
    """Return a field's value as text, as it stands; NULL where it is blank or no single value."""
    return as_text(attributes.get(field)) if field is not None else None


def as_text(value: Any) -> str | None:
    """Write a single value as text: whole floats without their ``.0``, blanks and anything nested as None."""
    if type(value) is str and value.isascii():
        return None if not value or value.isspace() else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or isinstance(value, bool | dict | list | tuple):
        return None
    text = str(value)
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return None if not text or text.isspace() else text
