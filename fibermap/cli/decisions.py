"""What a person decided on the command line about an ingest, read into a request."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path

from fibermap.ingest.fields import Mapping
from fibermap.ingest.profiles import Profile, Use, profile_named
from fibermap.ingest.roles import Role, RoleOverride, Selector
from fibermap.kernel.errors import Code, InputRefused

LARGEST_MAPPING_BYTES = 1 << 20
_OTHER_NAMES = {
    "address": Role.ADDRESSES,
    "area": Role.COVERAGE,
    "areas": Role.COVERAGE,
    "coverage_areas": Role.COVERAGE,
    "exclusion_areas": Role.EXCLUSION,
    "exclusions": Role.EXCLUSION,
    "barriers": Role.BARRIER,
    "boundaries": Role.BOUNDARY,
    "buildings": Role.BUILDING,
    "parcels": Role.PARCEL,
}


def read_roles(texts: Sequence[str]) -> list[RoleOverride]:
    """Read ``ROLE`` (for everything) and ``LAYER=ROLE`` (for one layer)."""
    overrides = []
    for text in texts:
        layer, equals, role = text.rpartition("=")
        overrides.append(RoleOverride(read_role(role), Selector(layer=layer if equals else None)))
    return overrides


def read_role(text: str) -> Role:
    """Read a role as a person may spell it: ``coverage``, ``coverage areas``, ``network-lines``."""
    name = "_".join(text.strip().lower().replace("-", " ").replace("_", " ").split())
    if name in tuple(Role):
        return Role(name)
    if name in _OTHER_NAMES:
        return _OTHER_NAMES[name]
    raise InputRefused(
        Code.ROLE_UNKNOWN, f"There is no role {text!r}.", hint=f"There are: {', '.join(Role)}.", field="role"
    )


def read_words(texts: Sequence[str], option: str) -> dict[str, str]:
    """Read ``WORD=MEANING``; the word may hold equals signs, the meaning none."""
    words = {}
    for text in texts:
        word, equals, meaning = text.rpartition("=")
        if not equals or not word.strip():
            raise InputRefused(
                Code.ARGUMENT_INVALID, f"{option} {text!r} cannot be read.", hint=f"Write {option} WORD=MEANING."
            )
        words[word.strip()] = meaning.strip().lower()
    return words


def read_uses(texts: Sequence[str]) -> frozenset[Use] | None:
    """Read permitted uses; ``None`` where nothing was said."""
    for text in texts:
        if text not in tuple(Use):
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                f"There is no use {text!r}.",
                hint=f"There are: {', '.join(Use)}.",
                field="permit",
            )
    return frozenset(map(Use, texts)) or None


def read_mapping(text: str, roles: Sequence[RoleOverride], profiles: Collection[Profile]) -> Mapping | Profile:
    """Read a profile's name, the path of a JSON file, or ``target=column,target=column``.

    Raises
    ------
    InputRefused
        ``mapping_invalid``, naming what is wrong with it.
    """
    if text in {profile.name for profile in profiles}:
        return profile_named(text, profiles)
    if Path(text).is_file():
        return _from_file(Path(text))
    if "=" in text:
        return _from_pairs(text, roles)
    return profile_named(text, profiles)


def _from_file(path: Path) -> Mapping | Profile:
    with path.open("rb") as file:
        content = file.read(LARGEST_MAPPING_BYTES + 1)
    try:
        data = json.loads(content[:LARGEST_MAPPING_BYTES])
    except (ValueError, RecursionError) as error:
        raise InputRefused(
            Code.MAPPING_INVALID,
            f"The mapping is not JSON: {error}.",
            hint='Write {"role": ..., "fields": {...}}, or a profile.',
            file=str(path),
        ) from error
    return Profile.from_json(data) if isinstance(data, dict) and "mapping" in data else Mapping.from_json(data)


def _from_pairs(text: str, roles: Sequence[RoleOverride]) -> Mapping:
    if len(roles) != 1:
        raise InputRefused(
            Code.MAPPING_INVALID, "Columns alone do not say what the rows are.", hint="Give one --role with them."
        )
    fields = {}
    for pair in text.split(","):
        target, equals, column = (part.strip() for part in pair.partition("="))
        if not equals or not target or not column:
            raise InputRefused(
                Code.MAPPING_INVALID,
                f"The mapping {pair!r} cannot be read.",
                hint="Write target=column,target=column; use a JSON file for names with commas.",
            )
        fields[target] = column
    return Mapping.from_json({"role": str(roles[0].role), "fields": fields})
