"""The commands about keys, people and logins: each changes the database, then what the gate holds in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from fibermap.access import store as tables
from fibermap.access.acting import acting, acting_as
from fibermap.access.gate import Gate
from fibermap.access.model import Key, Presence, Role, Scope, User
from fibermap.access.passwords import hash_password, password_fits
from fibermap.access.refusals import refuse_last_admin, refuse_own, wrong_credentials
from fibermap.access.ring import KeyRing
from fibermap.access.secrets import hash_of, hint_of, new_key, new_link_token, new_session_token
from fibermap.access.sessions import Session, SessionBook, SessionRules
from fibermap.access.witness import witnessed
from fibermap.kernel.errors import Code, Conflict, InputRefused, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.store import Store, UnitOfWork

T = TypeVar("T")
LONGEST_NAME = 100
MOST_RATE_PER_S = 1_000_000.0
LINK_LASTS = timedelta(hours=1)
INVITATION_LASTS = timedelta(days=3)
FIRST_ADMIN = "admin"
NO_PASSWORD = ""
"""The hash of whoever has no password yet: none fits, only a link lets them in."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: ``secret`` is shown once and kept nowhere."""

    secret: str
    key: Key


class Registry:
    """Keys, people and logins of one database.

    Parameters
    ----------
    store
        The open database.
    rules
        How long a login lasts.
    """

    def __init__(self, store: Store, rules: SessionRules | None = None) -> None:
        self._store = witnessed(store)
        self._changing = Lock()
        self._tell: Callable[[KeyRing], None] = lambda ring: None
        rules = rules or SessionRules()
        self.gate = Gate(KeyRing({}), store.clock, sessions=SessionBook(rules, self._read_sessions(rules)))
        self._take_up()

    def tell(self, somebody: Callable[[KeyRing], None]) -> None:
        """Tell somebody the keys in force: now, and after each change before whoever made it is answered."""
        self._tell = somebody
        self._take_up()

    def list_keys(self) -> list[Key]:
        """Return every key, revoked ones too, newest first."""
        return self._read(tables.all_keys)

    def create_key(self, scopes: Iterable[Scope], *, name: str = "", rate_per_s: float | None = None) -> NewKey:
        """Make a key.

        Parameters
        ----------
        scopes
            What it may do; at least one.
        name
            Who has it, or what for.
        rate_per_s
            Requests a second in the long run; None: the default of its scopes.

        Raises
        ------
        InputRefused
            ``argument_invalid``: no scope, a name too long, or a rate that is none.
        """
        _check_key(scopes := frozenset(scopes), name, rate_per_s)
        secret = new_key()
        hash_ = hash_of(secret)
        key = Key(
            stable_id("api_key", hash_), name, hint_of(secret), hash_, scopes, rate_per_s, self._store.clock.now()
        )
        self._change(lambda uow: tables.add_key(uow, key), cause="create_key")
        return NewKey(secret, key)

    def create_first_key(self) -> NewKey | None:
        """Make the admin key of a database that has no key yet; None where it has one, or had."""
        return None if self.list_keys() else self.create_key({Scope.ADMIN}, name="first admin key")

    def revoke_key(self, key_id: int) -> None:
        """Let a key in no more, from this moment on.

        Raises
        ------
        NotFound
            ``key_not_found``: there is none in force with this id.
        """
        if not self._change(lambda uow: tables.revoke_key(uow, key_id), cause="revoke_key"):
            raise NotFound(
                Code.KEY_NOT_FOUND, f"There is no key {key_id} in force.", hint="`fibermap keys list` lists them."
            )

    def list_users(self) -> list[User]:
        """Return every person, disabled ones too, by name."""
        return self._read(tables.all_users)

    def add_user(self, name: str, roles: Iterable[Role], password: str) -> User:
        """Add a person.

        Raises
        ------
        InputRefused
            ``argument_invalid``: the name or the password cannot be used, or no role is given.
        Conflict
            ``user_exists``.
        """
        name, roles = _login_name(name), frozenset(roles)
        user = User(stable_id("user_account", name), name, roles, hash_password(password), self._store.clock.now())
        self._add(user, cause="add_user")
        return user

    def invite_user(self, name: str, roles: Iterable[Role]) -> tuple[User, str]:
        """Add a person without a password, and return them with the token of a link that lets them in once.

        The link holds for `INVITATION_LASTS`; raises like `add_user`.
        """
        name, roles = _login_name(name), frozenset(roles)
        user = User(stable_id("user_account", name), name, roles, NO_PASSWORD, self._store.clock.now())
        self._add(user, cause="invite_user")
        return user, self.create_sign_in_link(name, lasts=INVITATION_LASTS)

    def set_roles(self, name: str, roles: Iterable[Role]) -> User:
        """Give a person these roles and no others, from their next request on.

        Raises
        ------
        NotPermitted
            ``own_account``: nobody changes their own.
        Conflict
            ``last_admin``: nobody else would be left to look after this.
        NotFound
            ``user_not_found``.
        """
        user, roles = self._user(name), frozenset(roles)
        refuse_own(user)
        _check_roles(roles)

        def work(uow: UnitOfWork) -> None:
            if Role.ADMIN not in roles:
                refuse_last_admin(tables.all_users(uow), user)
            tables.set_roles(uow, user.user_id, roles)

        self._change(work, cause="set_roles")
        return self._user(name)

    def disable_user(self, name: str) -> User:
        """Let a person in no more and end their sessions; raises like `set_roles`."""
        user = self._user(name)
        refuse_own(user)

        def work(uow: UnitOfWork) -> None:
            refuse_last_admin(tables.all_users(uow), user)
            tables.disable_user(uow, user.user_id)

        self._change(work, cause="disable_user")
        self.gate.sessions.end_all_of(user.user_id)
        return self._user(name)

    def enable_user(self, name: str) -> User:
        """Let a person in again who was disabled; raises ``NotFound`` (``user_not_found``)."""
        user = self._user(name)
        self._change(lambda uow: tables.enable_user(uow, user.user_id), cause="enable_user")
        return self._user(name)

    def end_sessions(self, name: str) -> None:
        """End whatever a person has open, wherever; raises ``NotFound`` (``user_not_found``)."""
        user = self._user(name)
        self._change(lambda uow: tables.end_sessions_of(uow, user.user_id), cause="end_sessions")
        self.gate.sessions.end_all_of(user.user_id)

    def reset_user(self, name: str) -> str:
        """Take a person's password away, end their sessions, and return the token of a link that lets them in once."""
        user = self._user(name)
        self._change(lambda uow: tables.set_password(uow, user.user_id, NO_PASSWORD), cause="reset_user")
        self.gate.sessions.end_all_of(user.user_id)
        return self.create_sign_in_link(name)

    def presence(self) -> dict[int, Presence]:
        """Return who can come in, and who is in, by the id of the person."""
        seen = self._read(tables.last_seen)
        open_ = self.gate.sessions.count_of(self._store.clock.now())
        return {
            user.user_id: Presence(user.password_hash != NO_PASSWORD, open_[user.user_id], seen.get(user.user_id))
            for user in self.gate.users.values()
        }

    def set_password(self, name: str, password: str) -> None:
        """Give a person another password and end their sessions; raises like `add_user` and `disable_user`."""
        user, password_hash = self._user(name), hash_password(password)
        self._change(lambda uow: tables.set_password(uow, user.user_id, password_hash), cause="set_password")
        self.gate.sessions.end_all_of(user.user_id)

    def log_in(self, name: str, password: str, *, replacing: str | None = None) -> str:
        """Open a session and return its token, always a new one.

        Parameters
        ----------
        replacing
            The token of the session that the browser had before; it ends.

        Raises
        ------
        NotAuthenticated
            ``credentials_refused``: no such person, a wrong password, or a disabled person.
        """
        user = self.gate.users.get(stable_id("user_account", name.strip().lower()))
        current = user if user is not None and user.disabled_at is None else None
        if not password_fits(password, current.password_hash if current else None) or current is None:
            raise wrong_credentials()
        return self._open_session(current, replacing)

    def create_sign_in_link(self, name: str, *, lasts: timedelta = LINK_LASTS) -> str:
        """Return a token that lets a person in once, without a password, within `LINK_LASTS` or as long as is said.

        Raises
        ------
        NotFound
            ``user_not_found``.
        """
        user, token = self._user(name), new_link_token()
        expires_at = self._store.clock.now() + lasts
        self._store.run(
            lambda uow: tables.add_sign_in_link(uow, hash_of(token), user.user_id, expires_at),
            cause="create_sign_in_link",
        )
        return token

    def create_first_link(self) -> str | None:
        """Return a token for the first administrator, made now and without a password; None where there are people."""
        if self.gate.users:
            return None
        user_id, now = stable_id("user_account", FIRST_ADMIN), self._store.clock.now()
        first = User(user_id, FIRST_ADMIN, frozenset({Role.ADMIN}), NO_PASSWORD, now)
        self._change(lambda uow: tables.add_user(uow, first), cause="add_user")
        return self.create_sign_in_link(FIRST_ADMIN)

    def log_in_by_link(self, token: str, *, replacing: str | None = None) -> str:
        """Open a session by a link, which is used up by that; otherwise like `log_in`."""
        user_id = self._store.run(lambda uow: tables.use_sign_in_link(uow, hash_of(token)), cause="use_sign_in_link")
        user = None if user_id is None else self.gate.users.get(user_id)
        if user is None or user.disabled_at is not None:
            raise wrong_credentials()
        return self._open_session(user, replacing)

    def change_own_password(self, user_id: int, current: str, password: str) -> str:
        """Change a password as its owner, end every session of theirs, and return the token of a new one.

        Parameters
        ----------
        current
            The password until now; not looked at where there is none yet.

        Raises
        ------
        InputRefused
            ``argument_invalid``: ``current`` is wrong, or the new one cannot be used.
        """
        user = self.gate.users[user_id]
        if user.password_hash != NO_PASSWORD and not password_fits(current, user.password_hash):
            raise InputRefused(Code.ARGUMENT_INVALID, "The current password is not right.", field="current")
        self.set_password(user.name, password)
        return self._open_session(self._user(user.name), None)

    def log_out(self, token: str) -> None:
        """End a session; one that is not there is over already."""
        token_hash = hash_of(token)
        self._store.run(lambda uow: tables.end_session(uow, token_hash), cause="sign_out")
        self.gate.sessions.end(token_hash)

    def note_uses(self) -> None:
        """Write down which keys and sessions were used since the last call. For a timer, not for a request."""
        keys, sessions = self.gate.take_uses()
        if keys or sessions:
            self._store.run(lambda uow: tables.note_uses(uow, keys, sessions), cause="note_uses")

    def _open_session(self, user: User, replacing: str | None) -> str:
        """Open a session of somebody who has shown who they are, unless what they showed has been changed meanwhile."""
        if replacing is not None:
            self.log_out(replacing)
        token, now = new_session_token(), self._store.clock.now()
        session = Session(hash_of(token), user.user_id, now, now)
        with self._changing, acting_as(replace(acting(), id=f"user:{user.user_id}", name=user.name)):  # known from here
            current = self._user(user.name)
            if current.disabled_at is not None or current.password_hash != user.password_hash:
                raise wrong_credentials()
            self._store.run(lambda uow: tables.add_session(uow, session), cause="sign_in")
            self.gate.sessions.open(session)
        return token

    def note_uses_elsewhere(self, keys: Sequence[tuple[str, datetime]]) -> None:
        """Write down which keys were used where there is no database, and when last."""
        if keys:
            self._store.run(lambda uow: tables.note_uses(uow, keys, []), cause="note_uses")

    def _add(self, user: User, *, cause: str) -> None:
        _check_roles(user.roles)
        if user.user_id in self.gate.users:
            raise Conflict(Code.USER_EXISTS, f"There is a user {user.name} already.", hint="Choose another name.")
        self._change(lambda uow: tables.add_user(uow, user), cause=cause)

    def _user(self, name: str) -> User:
        user = self.gate.users.get(stable_id("user_account", name.strip().lower()))
        if user is None:
            raise NotFound(Code.USER_NOT_FOUND, "There is no such user.", hint="`fibermap users list` lists them.")
        return user

    def _read(self, work: Callable[[UnitOfWork], T]) -> T:
        return self._store.preview(work, cause="read")

    def _read_sessions(self, rules: SessionRules) -> list[Session]:
        return self._read(lambda uow: tables.open_sessions(uow, self._store.clock.now() - rules.absolute))

    def _change(self, work: Callable[[UnitOfWork], T], *, cause: str) -> T:
        with self._changing:
            result = self._store.run(work, cause=cause)
            self._take_up()
        return result

    def _take_up(self) -> None:
        ring = KeyRing.of(self.list_keys())
        self._tell(ring)
        self.gate.ring = ring
        self.gate.users = {user.user_id: user for user in self.list_users()}


def _check_roles(roles: frozenset[Role]) -> None:
    if not roles:
        raise InputRefused(Code.ARGUMENT_INVALID, "A person needs a role.", field="role")


def _check_key(scopes: frozenset[Scope], name: str, rate_per_s: float | None) -> None:
    if not scopes:
        raise InputRefused(Code.ARGUMENT_INVALID, "A key needs a scope.", field="scope")
    if len(name) > LONGEST_NAME or not (name == "" or name.isprintable()):
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"A name has up to {LONGEST_NAME} printable characters.", field="name"
        )
    if rate_per_s is not None and not 0 < rate_per_s <= MOST_RATE_PER_S:
        raise InputRefused(
            Code.ARGUMENT_INVALID, "A rate is a number of requests a second, more than 0.", field="rate_per_s"
        )


def _login_name(name: str) -> str:
    name = name.strip().lower()
    if not name or len(name) > LONGEST_NAME or not name.isprintable() or any(c.isspace() or c == "," for c in name):
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"A user's name has 1 to {LONGEST_NAME} printable characters, without spaces and commas.",
            field="name",
        )
    return name
