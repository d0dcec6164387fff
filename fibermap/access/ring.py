"""The keys in force as one immutable value in memory: what a request is held against, with no database call."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from fibermap.access.model import Caller, Key, Scope, with_implied
from fibermap.access.secrets import hash_of
from fibermap.kernel.errors import Code, InputRefused


class KeyRing:
    """Hash of a key -> who it is. Never changed: whoever changes keys puts a new ring in its place.

    Examples
    --------
    >>> KeyRing({}).find("fmk_unknown") is None
    True
    """

    def __init__(self, callers: dict[str, Caller]) -> None:
        self._callers = callers

    @classmethod
    def of(cls, keys: Iterable[Key]) -> KeyRing:
        """Take up the keys that are not revoked."""
        return cls(
            {
                key.hash: Caller(f"key:{key.key_id}", key.name, with_implied(key.scopes), key.rate_per_s)
                for key in keys
                if key.revoked_at is None
            }
        )

    def find(self, key: str) -> Caller | None:
        """Return whose key this is; None where nobody's."""
        return self._callers.get(hash_of(key))

    def __len__(self) -> int:
        return len(self._callers)

    def to_bytes(self) -> bytes:
        """Write the ring out, for the index file of a replica. It holds hashes and scopes, no key."""
        rows = [
            {"hash": hash_, "id": caller.id, "name": caller.name, "scopes": sorted(caller.scopes),
             "rate_per_s": caller.rate_per_s}
            for hash_, caller in sorted(self._callers.items())
        ]  # fmt: skip
        return orjson.dumps(rows)

    @classmethod
    def from_bytes(cls, content: bytes) -> KeyRing:
        """Read what `to_bytes` wrote; a scope of a later release grants nothing here.

        Raises
        ------
        InputRefused
            ``file_unreadable``.
        """
        known = {str(scope): scope for scope in Scope}
        try:
            return cls(
                {
                    str(row["hash"]): Caller(
                        str(row["id"]),
                        str(row["name"]),
                        frozenset(known[scope] for scope in row["scopes"] if scope in known),
                        row["rate_per_s"],
                    )
                    for row in orjson.loads(content)
                }
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InputRefused(
                Code.FILE_UNREADABLE, "The keys cannot be read.", hint="Have the owner write the file again."
            ) from error
