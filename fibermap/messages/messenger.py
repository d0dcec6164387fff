"""Who carries messages, as the house sees it: a port, and what may come of handing a message over."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from fibermap.messages.message import Message

Send: TypeAlias = Callable[[Message], None]
"""Hands one message over. It returns once the message is taken, and raises one of the three below otherwise."""


class NotSent(Exception):
    """Nobody takes messages now: unreachable, the password is wrong, the sender is refused. No message is at fault."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class TurnedAway(Exception):
    """This message was not taken. ``why`` is a code, such as ``smtp_450``; ``for_good``: nor will it be later."""

    def __init__(self, why: str, *, for_good: bool) -> None:
        super().__init__(why)
        self.why, self.for_good = why, for_good


class OutcomeUnknown(Exception):
    """The line broke after the message was handed over. It may have been taken, and cannot be looked up."""


class Messenger(Protocol):
    """Carries messages."""

    @property
    def name(self) -> str:
        """``simulated`` or ``smtp``."""

    def connected(self) -> AbstractContextManager[Send]:
        """Return what sends for as long as the block lasts; entering it raises `NotSent` where nobody answers."""
