"""Passwords: argon2id with the costs of RFC 9106, section 4, second recommended option."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

from fibermap.kernel.errors import Code, InputRefused

SHORTEST, LONGEST = 12, 256
_hasher = PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a new password, its salt and costs included.

    Raises
    ------
    InputRefused
        ``argument_invalid``: too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"A password has {SHORTEST} to {LONGEST} characters.",
            hint="A few unrelated words are long enough and easy to remember.",
            field="password",
        )
    return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def password_fits(password: str, password_hash: str | None) -> bool:
    """Tell whether a password is the one that was hashed.

    Takes as long where there is no such user (``None``), so that the time of an answer does not tell names apart.
    """
    if len(password) > LONGEST:
        return False
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_bytes(32))
