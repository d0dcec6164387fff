"""Keys and people of a database that a server has open: the same as :class:`fibermap.access.registry.Registry`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any
from urllib.parse import quote

from fibermap.access.model import Key, Role, Scope, User
from fibermap.access.registry import NewKey
from fibermap.client.http import Connection
from fibermap.client.wire import dumps, read_as

_OF_A_USER = tuple(field.name for field in fields(User))
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

    def invite_user(self, name: str, roles: Iterable[Role]) -> tuple[User, str]:
        """Add a person without a password, and return them with the token of a link that lets them in once."""
        told = self._at.send("POST", "/v1/users:invite", {"name": name, "roles": sorted(roles)})
        return _user(told), _token(told)

    def set_roles(self, name: str, roles: Iterable[Role]) -> User:
        """Give a person these roles and no others."""
        return _user(self._at.send("PUT", f"/v1/users/{quote(name, safe='')}/roles", {"roles": sorted(roles)}))

    def disable_user(self, name: str) -> User:
        """Let a person in no more."""
        return _user(self._at.send("POST", f"/v1/users/{quote(name, safe='')}/disable"))

    def enable_user(self, name: str) -> User:
        """Let a person in again."""
        return _user(self._at.send("POST", f"/v1/users/{quote(name, safe='')}/enable"))

    def end_sessions(self, name: str) -> None:
        """End whatever a person has open."""
        self._at.send("POST", f"/v1/users/{quote(name, safe='')}/end-sessions")

    def reset_user(self, name: str) -> str:
        """Take a person's password away, and return the token of a link that lets them in once."""
        return _token(self._at.send("POST", f"/v1/users/{quote(name, safe='')}/reset"))

    def set_password(self, name: str, password: str) -> None:
        """Give a person another password."""
        self._at.send("PUT", f"/v1/users/{quote(name, safe='')}/password", {"password": password})

    def create_sign_in_link(self, name: str) -> str:
        """Return a token that lets a person in once."""
        return _token(self._at.send("POST", f"/v1/users/{quote(name, safe='')}/sign-in-link"))

    def close(self) -> None:
        """Let go of the connection."""
        self._at.close()


def _key(told: dict[str, Any]) -> Key:
    key: Key = read_as(Key, dumps({**told, "hash": _NOT_TOLD}))
    return key


def _token(told: dict[str, Any]) -> str:
    return str(told["path"]).partition("=")[2]


def _user(told: dict[str, Any]) -> User:
    user: User = read_as(User, dumps({name: told.get(name, _NOT_TOLD) for name in _OF_A_USER}))
    return user
