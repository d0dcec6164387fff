"""What the supervisor of a server asks of its two processes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import orjson

SignIn: TypeAlias = Literal["first", "always"]


@dataclass(frozen=True, slots=True)
class Work:
    """What the supervisor asks of its workers.

    Attributes
    ----------
    database, publish
        Paths, as the command line gave them.
    settings, given
        `ApiSettings` and `Settings`, by name.
    sign_in
        When to make a link that signs the first administrator in: at the first start, or always.
    url
        Where the process in front answers.
    listening
        The number of the file on which it listens; it is open already.
    command
        What was started, for whoever finds the database busy.
    """

    database: str
    publish: str | None
    settings: dict[str, Any]
    given: dict[str, Any]
    sign_in: SignIn
    url: str
    listening: int
    command: tuple[str, ...]

    def to_line(self) -> bytes:
        """Return one line."""
        return orjson.dumps(asdict(self)) + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Work:
        """Read what `to_line` wrote."""
        return cls(**orjson.loads(line))
