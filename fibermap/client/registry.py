"""Keys and people of a database that a server has open: the same as :class:`fibermap.access.registry.Registry`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from fibermap.access.model import Key, Role, Scope, User
from fibermap.access.registry import NewKey
from fibermap.client.http import Connection
from fibermap.client.wire import dumps, read_as

_NOT_TOLD = ""
"""No hash of a key or password leaves the server."""


class RemoteRegistry:
    """Keys and people, for callers with the scope ``admin``; raises what the registry itself raises."""

    def __init__(self, connection: Connection) -> None:
        self._at = connection

    def list_keys(self) -> list[Key]:
        """Return every key, revoked ones too, newest first."""
        return [_key(told) for told in self._at.get("/v1/keys")["keys"]]

    def create_key(self, scopes: Iterable[Scope], *, name: str = "", rate_per_s: float | None = None) -> NewKey:
        """Make a key."""
        asked = {"scopes": sorted(scopes), "name": name, "rate_per_s": rate_per_s}
        told = self._at.send("POST", "/v1/keys", asked)
        return NewKey(told.pop("key"), _key(told))

    def revoke_key(self, key_id: int) -> None:
        """Let a key in no more."""
        self._at.send("DELETE", f"/v1/keys/{int(key_id)}")

    def list_users(self) -> list[User]:
        """Return every person, disabled ones too, by name."""
        return [_user(told) for told in self._at.get("/v1/users")["users"]]

    def add_user(self, name: str, roles: Iterable[Role], password: str) -> User:
        """Add a person."""
        return _user(self._at.send("POST", "/v1/users", {"name": name, "roles": sorted(roles), "password": password}))

    def disable_user(self, name: str) -> User:
        """Let a person in no more."""
        return _user(self._at.send("POST", f"/v1/users/{quote(name, safe='')}/disable"))

    def set_password(self, name: str, password: str) -> None:
        """Give a person another password."""
        self._at.send("PUT", f"/v1/users/{quote(name, safe='')}/password", {"password": password})

    def create_sign_in_link(self, name: str) -> str:
        """Return a token that lets a person in once."""
        path = self._at.send("POST", f"/v1/users/{quote(name, safe='')}/sign-in-link")["path"]
        return str(path).partition("=")[2]

    def close(self) -> None:
        """Let go of the connection."""
        self._at.close()


def _key(told: dict[str, Any]) -> Key:
    key: Key = read_as(Key, dumps({**told, "hash": _NOT_TOLD}))
    return key


def _user(told: dict[str, Any]) -> User:
    user: User = read_as(User, dumps({**told, "password_hash": _NOT_TOLD}))
    return user
