"""Who may not come in, and what may not be done to whom; and why."""

from __future__ import annotations

from collections.abc import Iterable

from fibermap.access.acting import acting
from fibermap.access.model import Role, User
from fibermap.kernel.errors import Code, Conflict, FibermapError, NotPermitted


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


def refuse_own(user: User) -> None:
    """Refuse to whoever acts to change their own account: nobody raises themselves, or shuts themselves out.

    Raises
    ------
    NotPermitted
        ``own_account``.
    """
    if acting().id == f"user:{user.user_id}":
        raise NotPermitted(
            Code.OWN_ACCOUNT, "This is your own account.", hint="Have another administrator do that for you."
        )


def refuse_last_admin(users: Iterable[User], user: User) -> None:
    """Refuse to let the last administrator go; raises ``Conflict`` (``last_admin``)."""
    admins = {each.user_id for each in users if Role.ADMIN in each.roles and each.disabled_at is None}
    if admins == {user.user_id}:
        raise Conflict(
            Code.LAST_ADMIN,
            f"{user.name} is the last administrator.",
            hint="Give somebody else the role admin first.",
        )
