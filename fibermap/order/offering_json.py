"""Offerings as JSON: how they are kept, loaded, exported and sent. What does not fit is refused by its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from fibermap.kernel.errors import Code, InputRefused
from fibermap.order.offering import Offering, Terms

_TERMS = TypeAdapter(Terms)
_REGIONS = ("included", "excluded")


def read_terms(document: Mapping[str, Any]) -> Terms:
    """Read what is stated about an offering: the fields of `Terms`, a region's ``shape`` as GeoJSON.

    Raises
    ------
    InputRefused
        ``argument_invalid``, with the ``field``.
    """
    try:
        text = orjson.dumps({**document, **{name: _packed(document.get(name)) for name in _REGIONS}})
    except TypeError as error:  # an integer of more than 64 bits, or what is no value of JSON
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"The offering cannot be read: {error}.", hint="Use numbers of everyday size."
        ) from None
    return read_terms_text(text)


def read_terms_text(text: str | bytes) -> Terms:
    """Read what `terms_text` wrote; raises as `read_terms`."""
    try:
        return _TERMS.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])[:200]
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"The offering cannot be read: {field}: {first['msg']}",
            hint="The fields are those of the reference, page Selling.",
            field=field,
        ) from None


def terms_text(terms: Terms) -> str:
    """Return what is stated as it is kept."""
    return orjson.dumps(asdict(terms)).decode()


def terms_json(terms: Terms) -> dict[str, Any]:
    """Return what is stated as JSON values; what nobody stated is left out."""
    said: dict[str, Any] = orjson.loads(orjson.dumps(asdict(terms)))
    regions = {name: [region.as_json() for region in getattr(terms, name)] for name in _REGIONS}
    return {name: value for name, value in (said | regions).items() if value not in (None, [])}


def offering_json(offering: Offering) -> dict[str, Any]:
    """Return a revision as JSON values."""
    return {
        "offer_id": offering.offer_id,
        "revision": offering.revision,
        "ended_on": None if offering.ended_on is None else offering.ended_on.isoformat(),
        "terms": terms_json(offering.terms),
    }


def _packed(regions: Any) -> Any:
    """Return regions with their polygons as text, which is how they are kept."""
    if regions is None:
        return []
    if not isinstance(regions, list | tuple):
        return regions
    return [_region(region) for region in regions]


def _region(region: Any) -> Any:
    if isinstance(region, Mapping) and isinstance(region.get("shape"), Mapping):
        return {**region, "shape": orjson.dumps(region["shape"]).decode()}
    return region
