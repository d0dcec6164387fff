"""Work with passwords: slow on purpose, so in threads, and in few of them at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio

P = ParamSpec("P")
T = TypeVar("T")
AT_ONCE = 2
"""One hash takes 64 MB and some 50 ms; a hundred logins at once must not take the server's memory."""


async def with_password(work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Run work that hashes or checks a password, in a thread."""
    return await anyio.to_thread.run_sync(partial(work, *args, **named), limiter=_limiter())


_limiter_of_loop: anyio.lowlevel.RunVar[anyio.CapacityLimiter] = anyio.lowlevel.RunVar("password_limiter")


def _limiter() -> anyio.CapacityLimiter:
    limiter = _limiter_of_loop.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(AT_ONCE)
        _limiter_of_loop.set(limiter)
    return limiter
