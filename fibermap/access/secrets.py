"""Secrets: made here, shown once, kept as hashes only."""

from __future__ import annotations

import hashlib
import secrets

KEY_BYTES = 32
HINT_LENGTH = 10
_KEY_START = "fmk_"
_SESSION_START = "fms_"
_LINK_START = "fml_"


def new_key() -> str:
    """Return a new API key: 256 random bits, and a beginning by which secret scanners can tell it."""
    return _KEY_START + secrets.token_urlsafe(KEY_BYTES)


def new_session_token() -> str:
    """Return a new session token: 256 random bits."""
    return _SESSION_START + secrets.token_urlsafe(KEY_BYTES)


def new_link_token() -> str:
    """Return a new token for a sign-in link: 256 random bits."""
    return _LINK_START + secrets.token_urlsafe(KEY_BYTES)


def link_path(token: str) -> str:
    """Return what stands behind a server's address in a sign-in link; browsers send nothing of it to anybody."""
    return f"/#sign-in={token}"


def hint_of(key: str) -> str:
    """Return how a key begins, for recognition; the 220 bits behind it stay unknown."""
    return key[:HINT_LENGTH]


def hash_of(secret: str) -> str:
    """Return the SHA-256 of a key or token, hexadecimal.

    Unlike a password, a key is 256 random bits: nobody can go through the possibilities, however fast the hash, so a
    slow hash would only slow every request down. And who looks a hash up learns nothing from how long that takes,
    because the hash of a guess cannot be steered.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_token_of(session_token: str) -> str:
    """Return what a page must send beside the session cookie; it can be derived from the cookie, not the other way."""
    return hash_of(f"csrf:{session_token}")
