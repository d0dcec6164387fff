"""Verbs about who may ask the server: keys of programs, and people."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fibermap.cli.options import AsJson, Db, database_path, through_the_server
from fibermap.cli.output import say
from fibermap.kernel.errors import DatabaseBusy

if TYPE_CHECKING:
    from fibermap.access.model import Key, User
    from fibermap.access.registry import Registry
    from fibermap.client.registry import RemoteRegistry

UserName = Annotated[str, typer.Argument(metavar="NAME", help="What they log in with.")]
Roles = Annotated[
    list[str],
    typer.Option("--role", help="planner, sales, csr, dispatcher, technician, finance, admin or provider. Repeatable."),
]


def create_key(
    scopes: Annotated[
        list[str],
        typer.Option(
            "--scope",
            help="What it may do: public, suggest, check, read, shop, report, plan, sell, money, metrics or admin. "
            "Repeatable.",
        ),
    ],
    name: Annotated[str, typer.Option("--name", help="Who has it, or what for.")] = "",
    rate_per_s: Annotated[
        float | None, typer.Option("--rate", help="Requests a second in the long run; default: by its scopes.")
    ] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key. It is printed this once and kept nowhere."""
    from fibermap.access.model import Scope, read_words

    wanted = read_words(scopes, Scope)
    with _registry(db) as registry:
        made = registry.create_key(wanted, name=name, rate_per_s=rate_per_s)
    say([made.secret], {"key": made.secret, **_key(made.key)}, as_json=as_json)


def list_keys(db: Db = None, as_json: AsJson = False) -> None:
    """List all keys, revoked ones too."""
    with _registry(db) as registry:
        keys = [_key(key) for key in registry.list_keys()]
    lines = [
        f"{key['key_id']}  {key['hint']}...  {','.join(key['scopes'])}  {key['name']}"
        + (f"  revoked {key['revoked_at']:%Y-%m-%d}" if key["revoked_at"] else "")
        for key in keys
    ]
    say(lines or ["No keys"], {"count": len(keys), "keys": keys}, as_json=as_json)


def revoke_key(
    key_id: Annotated[int, typer.Argument(metavar="ID", help="The key, as `keys list` prints it.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Let a key in no more."""
    with _registry(db) as registry:
        registry.revoke_key(key_id)
    say([f"Key {key_id} revoked"], {"key_id": key_id, "revoked": True}, as_json=as_json)


def add_user(
    name: UserName,
    roles: Roles,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Add a person. The password is asked for, or read from standard input."""
    from fibermap.access.model import Role, read_words

    wanted = read_words(roles, Role)
    with _registry(db) as registry:
        user = registry.add_user(name, wanted, _password())
    say([f"{user.name} added"], _user(user), as_json=as_json)


def invite_user(name: UserName, roles: Roles, db: Db = None, as_json: AsJson = False) -> None:
    """Add a person without a password, and make a link that signs them in once, within three days."""
    from fibermap.access.model import Role, read_words

    wanted = read_words(roles, Role)
    with _registry(db) as registry:
        user, token = registry.invite_user(name, wanted)
    _say_link(user.name, token, as_json=as_json)


def set_roles(name: UserName, roles: Roles, db: Db = None, as_json: AsJson = False) -> None:
    """Give a person these roles and no others. The last administrator stays one."""
    from fibermap.access.model import Role, read_words

    wanted = read_words(roles, Role)
    with _registry(db) as registry:
        user = registry.set_roles(name, wanted)
    say([f"{user.name} is {', '.join(sorted(user.roles))}"], _user(user), as_json=as_json)


def enable_user(name: UserName, db: Db = None, as_json: AsJson = False) -> None:
    """Let a person in again who was disabled."""
    with _registry(db) as registry:
        user = registry.enable_user(name)
    say([f"{user.name} enabled"], _user(user), as_json=as_json)


def end_sessions(name: UserName, db: Db = None, as_json: AsJson = False) -> None:
    """End whatever a person has open, wherever: they have to sign in again."""
    with _registry(db) as registry:
        registry.end_sessions(name)
    say([f"Sessions of {name} ended"], {"name": name, "ended": True}, as_json=as_json)


def reset_user(name: UserName, db: Db = None, as_json: AsJson = False) -> None:
    """Take a person's password away, end what they have open, and make a link that signs them in once."""
    with _registry(db) as registry:
        token = registry.reset_user(name)
    _say_link(name, token, as_json=as_json)


def list_users(db: Db = None, as_json: AsJson = False) -> None:
    """List everybody who may log in, and who might once."""
    with _registry(db) as registry:
        users = [_user(user) for user in registry.list_users()]
    lines = [
        f"{user['name']}  {','.join(user['roles'])}" + ("  disabled" if user["disabled_at"] else "") for user in users
    ]
    say(lines or ["No users"], {"count": len(users), "users": users}, as_json=as_json)


def disable_user(name: UserName, db: Db = None, as_json: AsJson = False) -> None:
    """Let a person in no more, and end what they have open."""
    with _registry(db) as registry:
        user = registry.disable_user(name)
    say([f"{user.name} disabled"], _user(user), as_json=as_json)


def set_password(name: UserName, db: Db = None, as_json: AsJson = False) -> None:
    """Give a person another password, and end what they have open. It is asked for, or read from standard input."""
    with _registry(db) as registry:
        registry.set_password(name, _password())
    say([f"Password of {name} changed"], {"name": name, "changed": True}, as_json=as_json)


def sign_in_link(name: UserName, db: Db = None, as_json: AsJson = False) -> None:
    """Make a link that signs a person in once, within an hour. Put it behind the server's address."""
    with _registry(db) as registry:
        token = registry.create_sign_in_link(name)
    _say_link(name, token, as_json=as_json)


@contextmanager
def _registry(db: Path | None) -> Iterator[Registry | RemoteRegistry]:
    path = database_path(db)
    from fibermap.access.registry import Registry
    from fibermap.store import Store

    try:
        store = Store.open(path, create=False)
    except DatabaseBusy as busy:
        with through_the_server(busy) as remote:
            yield remote.registry
        return
    with store:
        yield Registry(store)


def _password() -> str:
    """Ask for a password twice, or read the first line of what is piped in: it never stands on a command line."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline(1024).rstrip("\r\n")


def _say_link(name: str, token: str, *, as_json: bool) -> None:
    from fibermap.access.secrets import link_path

    path = link_path(token)
    say([path], {"name": name, "path": path}, as_json=as_json)


def _key(key: Key) -> dict[str, Any]:
    told = asdict(key) | {"scopes": sorted(key.scopes)}
    del told["hash"]
    return told


def _user(user: User) -> dict[str, Any]:
    told = asdict(user) | {"roles": sorted(user.roles)}
    del told["password_hash"]
    return told
