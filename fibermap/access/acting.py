"""Who acts, and by which way: set where a request or a command comes in, read where a change is written."""

from __future__ import annotations

import os
import pwd
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How a command came."""

    SCREEN = "screen"
    """A person, signed in in a browser."""
    HTTP = "http"
    """A program, with a key."""
    CLI = "cli"
    PYTHON = "python"
    SERVER = "server"
    """The server by itself, when something is due."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``id`` is ``user:ID``, ``key:ID``, ``local`` or ``server``; ``name`` is what a person calls it."""

    id: str
    name: str
    way: Way


WAY_HEADER = "x-fibermap-way"
"""By which way somebody comes to the socket beside a database; believed of nobody else."""
SERVER = Actor("server", "fibermap serve", Way.SERVER)
_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


def acting() -> Actor:
    """Return who acts; where nobody has said, the user of this process, from Python."""
    return _acting.get() or local_user(Way.PYTHON)


def local_user(way: Way) -> Actor:
    """Return the user of this process: whoever may open the file may do everything with it."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a user without a name, as in many containers
        name = str(os.getuid())
    return Actor("local", name, way)


class acting_as:  # noqa: N801  used as a function is
    """Let what follows be done by somebody, also in the threads and tasks that it starts.

    Not a generator with `contextlib.contextmanager`, which takes longer than much of what it would stand around.
    """

    __slots__ = ("_actor", "_token")

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def __enter__(self) -> None:
        self._token = _acting.set(self._actor)

    def __exit__(self, *_: object) -> None:
        _acting.reset(self._token)
