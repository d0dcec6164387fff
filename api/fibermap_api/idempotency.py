"""Requests that are carried out once: `Idempotency-Key`, in one way for every endpoint that asks for it.

The same key with the same body is answered as it was answered before (`Idempotency-Replayed: true`); with another body
it is refused, and so is a second request while the first is still under way. What was refused is not kept: the same key
may be sent again once the cause is gone. An endpoint with ``idempotent=True`` changes by `change_once` of
`fibermap_api.routes.changing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request

from fibermap.access.model import Caller
from fibermap.access.once import Once
from fibermap.kernel.errors import Code, Conflict
from fibermap_api.problems import Malformed

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
PATTERN = r"^[!-~]{1,255}$"
PARAMETER: Mapping[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "What you call this request: up to 255 printed characters of ASCII, such as a random UUID. Sent "
    "again within 24 hours with the same body, it is not done again, and the answer is the same with "
    f"`{REPLAYED}: true`. With another body it is refused.",
    "schema": {"type": "string", "pattern": PATTERN},
    "example": "9f86d081-884c-4d65-9a2f-eaa0c55ad015",
}
"""How the header stands in the OpenAPI document."""
_KEY = re.compile(PATTERN, re.ASCII)


def read_once(request: Request, caller: Caller, body: BaseModel | None) -> Once:
    """Return what a request is to be carried out once under.

    Raises
    ------
    Malformed
        ``idempotency_key_required``: there is no key, or one that cannot be.
    """
    key = request.headers.get(HEADER, "")
    if not _KEY.fullmatch(key):
        raise Malformed(
            Code.IDEMPOTENCY_KEY_REQUIRED,
            f"The request needs an {HEADER}, so that it is never done twice.",
            hint="Send up to 255 printed characters of ASCII, such as a random UUID.",
        )
    said = b"" if body is None else body.model_dump_json().encode()
    return Once(caller.id, f"{request.method} {request.url.path}", key, said)


class UnderWay:
    """The requests that are being carried out now, in the one process that has the database open."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    @contextmanager
    def alone(self, once: Once) -> Iterator[None]:
        """Be the only one with a key for as long as the block lasts; raises ``Conflict``."""
        key = once.key_hash
        if key in self._keys:
            raise Conflict(
                Code.IDEMPOTENCY_KEY_IN_USE,
                "A request with this Idempotency-Key is under way.",
                hint="Wait for its answer, or ask again a little later.",
                retry_after_s=1,
            )
        self._keys.add(key)
        try:
            yield
        finally:
            self._keys.discard(key)
