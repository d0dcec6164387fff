"""Identifiers. Integers below 2**53, so that a browser's number holds every one exactly."""

from __future__ import annotations

import hashlib
from typing import NewType

AddressId = NewType("AddressId", int)
LocationId = NewType("LocationId", int)
RecordId = NewType("RecordId", int)
FeatureId = NewType("FeatureId", int)
SourceId = NewType("SourceId", int)
HoldId = NewType("HoldId", int)
PlanVersion = NewType("PlanVersion", int)

ID_BITS = 53
_SEPARATOR = "\x1f"


def stable_id(*parts: object) -> int:
    """Derive an id from what identifies a thing, so that the order of arrival cannot change it.

    Parameters
    ----------
    *parts
        The natural key, outermost part first. ``None`` and the empty string are the same part.

    Returns
    -------
    int
        Uniform in ``[1, 2**53)``; equal for equal parts on every platform and in every release.
    """
    key = _SEPARATOR.join(["" if part is None else str(part) for part in parts])
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> (64 - ID_BITS)) or 1
