"""Who may not come in, and why."""

from __future__ import annotations

from fibermap.kernel.errors import Code, FibermapError


class NotAuthenticated(FibermapError):
    """It is not known who asks: no key, an unknown or revoked one, a session that is over, a wrong password."""


class RateExceeded(FibermapError):
    """Asked too often; ``retry_after_s`` says when to ask again, in whole seconds."""

    def __init__(self, wait_s: float) -> None:
        self.retry_after_s = max(1, int(wait_s + 0.999))
        super().__init__(
            Code.RATE_EXCEEDED,
            "Too many requests.",
            hint=f"Ask again in {self.retry_after_s} s, and ask less often.",
            retry_after_s=self.retry_after_s,
        )


def no_credentials() -> NotAuthenticated:
    """Return the error for a request that says nothing about who asks."""
    return NotAuthenticated(
        Code.CREDENTIALS_MISSING, "This needs a key.", hint="Send `Authorization: Bearer KEY`, or log in."
    )


def wrong_credentials() -> NotAuthenticated:
    """Return the error for whatever does not fit; it says no more than that, so that nobody can try things out."""
    return NotAuthenticated(
        Code.CREDENTIALS_REFUSED,
        "The key, session or password is not valid.",
        hint="Check it, or have an administrator make a new one.",
    )
