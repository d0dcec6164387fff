"""All SQL about keys, people and sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from fibermap.access.model import Key, Role, Scope, User
from fibermap.access.sessions import Session
from fibermap.store import UnitOfWork

_SEEN = pa.schema([("id", pa.string()), ("at", pa.timestamp("us", "UTC"))])


def all_keys(uow: UnitOfWork) -> list[Key]:
    """Return every key, revoked ones too, newest first."""
    rows = uow.sql.records("access.keys", "SELECT * FROM api_key ORDER BY created_at DESC, key_id")
    known = {str(scope): scope for scope in Scope}
    return [Key(**{**row, "scopes": _words(row["scopes"], known)}) for row in rows]


def add_key(uow: UnitOfWork, key: Key) -> None:
    """Keep a new key."""
    uow.sql.execute(
        "access.add_key",
        "INSERT INTO api_key (key_id, name, hint, hash, scopes, rate_per_s, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [key.key_id, key.name, key.hint, key.hash, ",".join(sorted(key.scopes)), key.rate_per_s, key.created_at],
    )


def revoke_key(uow: UnitOfWork, key_id: int) -> bool:
    """Revoke a key; False where there is none in force with this id."""
    statement = "UPDATE api_key SET revoked_at = ? WHERE key_id = ? AND revoked_at IS NULL"
    return uow.sql.execute("access.revoke_key", statement, [uow.at_utc, key_id]) > 0


def all_users(uow: UnitOfWork) -> list[User]:
    """Return every person, disabled ones too, by name."""
    rows = uow.sql.records("access.users", "SELECT * FROM user_account ORDER BY name")
    known = {str(role): role for role in Role}
    return [User(**{**row, "roles": _words(row["roles"], known)}) for row in rows]


def add_user(uow: UnitOfWork, user: User) -> None:
    """Keep a new person."""
    uow.sql.execute(
        "access.add_user",
        "INSERT INTO user_account (user_id, name, roles, password_hash, created_at) VALUES (?, ?, ?, ?, ?)",
        [user.user_id, user.name, ",".join(sorted(user.roles)), user.password_hash, user.created_at],
    )


def disable_user(uow: UnitOfWork, user_id: int) -> None:
    """Let a person in no more, and end what they have open."""
    statement = "UPDATE user_account SET disabled_at = ? WHERE user_id = ? AND disabled_at IS NULL"
    uow.sql.execute("access.disable_user", statement, [uow.at_utc, user_id])
    end_sessions_of(uow, user_id)


def enable_user(uow: UnitOfWork, user_id: int) -> None:
    """Let a person in again."""
    uow.sql.execute("access.enable_user", "UPDATE user_account SET disabled_at = NULL WHERE user_id = ?", [user_id])


def set_roles(uow: UnitOfWork, user_id: int, roles: Iterable[Role]) -> None:
    """Give a person these roles and no others."""
    statement = "UPDATE user_account SET roles = ? WHERE user_id = ?"
    uow.sql.execute("access.set_roles", statement, [",".join(sorted(roles)), user_id])


def last_seen(uow: UnitOfWork) -> dict[int, datetime]:
    """Return when each person was last seen, to about half a minute."""
    return dict(uow.sql.rows("access.last_seen", "SELECT user_id, max(seen_at) FROM user_session GROUP BY user_id"))


def set_password(uow: UnitOfWork, user_id: int, password_hash: str) -> None:
    """Give a person another password, and end what was opened with the old one."""
    statement = "UPDATE user_account SET password_hash = ? WHERE user_id = ?"
    uow.sql.execute("access.set_password", statement, [password_hash, user_id])
    end_sessions_of(uow, user_id)


def open_sessions(uow: UnitOfWork, created_after: datetime) -> list[Session]:
    """Return the sessions that nobody ended and that began after a moment."""
    rows = uow.sql.records(
        "access.sessions",
        """
        SELECT token_hash, user_id, created_at, seen_at FROM user_session
        WHERE ended_at IS NULL AND created_at > ?
        """,
        [created_after],
    )
    return [Session(**row) for row in rows]


def add_session(uow: UnitOfWork, session: Session) -> None:
    """Keep a new session."""
    uow.sql.execute(
        "access.add_session",
        "INSERT INTO user_session (token_hash, user_id, created_at, seen_at) VALUES (?, ?, ?, ?)",
        [session.token_hash, session.user_id, session.created_at, session.seen_at],
    )


def end_session(uow: UnitOfWork, token_hash: str) -> None:
    """End one session."""
    statement = "UPDATE user_session SET ended_at = ? WHERE token_hash = ? AND ended_at IS NULL"
    uow.sql.execute("access.end_session", statement, [uow.at_utc, token_hash])


def end_sessions_of(uow: UnitOfWork, user_id: int) -> None:
    """End every session of a person."""
    statement = "UPDATE user_session SET ended_at = ? WHERE user_id = ? AND ended_at IS NULL"
    uow.sql.execute("access.end_sessions", statement, [uow.at_utc, user_id])


def add_sign_in_link(uow: UnitOfWork, token_hash: str, user_id: int, expires_at: datetime) -> None:
    """Keep a new link."""
    uow.sql.execute(
        "access.add_link",
        "INSERT INTO sign_in_link (token_hash, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)",
        [token_hash, user_id, uow.at_utc, expires_at],
    )


def use_sign_in_link(uow: UnitOfWork, token_hash: str) -> int | None:
    """Use a link up and return whose it is; None where it is none, used, or too old. Of two at once, one fails."""
    unused = "token_hash = ? AND used_at IS NULL AND expires_at > ?"
    whose = f"SELECT any_value(user_id) FROM sign_in_link WHERE {unused}"
    found = uow.sql.value("access.link", whose, [token_hash, uow.at_utc])
    used = "UPDATE sign_in_link SET used_at = ? WHERE token_hash = ? AND used_at IS NULL"
    if found is None or uow.sql.execute("access.use_link", used, [uow.at_utc, token_hash]) != 1:
        return None
    return int(found)


def note_uses(uow: UnitOfWork, keys: Sequence[tuple[str, datetime]], sessions: Sequence[Session]) -> None:
    """Write down when keys (``key:ID``) and sessions were last used, all of them in two statements."""
    if keys:
        uow.sql.execute(
            "access.keys_used",
            """
            UPDATE api_key SET last_used_at = greatest(last_used_at, used.at) FROM used
            WHERE 'key:' || api_key.key_id = used.id
            """,
            used=_seen(keys),
        )
    if sessions:
        uow.sql.execute(
            "access.sessions_seen",
            "UPDATE user_session SET seen_at = used.at FROM used WHERE token_hash = used.id AND ended_at IS NULL",
            used=_seen([(session.token_hash, session.seen_at) for session in sessions]),
        )


def _seen(pairs: Sequence[tuple[str, datetime]]) -> pa.Table:
    return pa.table({"id": [who for who, _ in pairs], "at": [at for _, at in pairs]}, schema=_SEEN)


def _words(text: str, known: dict[str, Any]) -> frozenset[Any]:
    return frozenset(known[word] for word in text.split(",") if word in known)
