"""Scopes and roles: what may be done, and who may do it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from fibermap.kernel.errors import Code, InputRefused

Word = TypeVar("Word", bound=StrEnum)


class Scope(StrEnum):
    """What a key or a person may do. Some bring others with them, see `IMPLIED`."""

    PUBLIC = "public"
    """Check addresses without internals: no terminals, drops, evidence, or sources that may not be shown."""
    SUGGEST = "suggest"
    """Suggestions while an address is typed."""
    CHECK = "check"
    """Check addresses, one or many, with internals."""
    READ = "read"
    """Read an address, why it is what it is, and its history."""
    SHOP = "shop"
    """Check addresses and order there for oneself: what the portal lets whoever comes do, if it is open."""
    REPORT = "report"
    """Report a missing address."""
    PLAN = "plan"
    """Change the plan: ingest, undo, corrections, holds."""
    SELL = "sell"
    """Speak with customers: leads, pre-orders, orders, and who they are of."""
    MONEY = "money"
    """See and settle deposits, refunds and the ledger."""
    METRICS = "metrics"
    """Read the server's metrics."""
    ADMIN = "admin"
    """Everything, keys and people included."""


class Role(StrEnum):
    """What a person does at the operator, or for it."""

    PLANNER = "planner"
    SALES = "sales"
    CSR = "csr"
    DISPATCHER = "dispatcher"
    TECHNICIAN = "technician"
    FINANCE = "finance"
    ADMIN = "admin"
    PROVIDER = "provider"


IMPLIED: Mapping[Scope, frozenset[Scope]] = {
    Scope.PUBLIC: frozenset({Scope.SUGGEST}),
    Scope.SHOP: frozenset({Scope.SUGGEST}),
    Scope.CHECK: frozenset({Scope.SUGGEST}),
    Scope.READ: frozenset({Scope.CHECK, Scope.SUGGEST}),
    Scope.ADMIN: frozenset(Scope),
}
"""The scopes that come with a scope."""

ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.PLANNER: frozenset({Scope.READ, Scope.REPORT, Scope.PLAN}),
    Role.SALES: frozenset({Scope.READ, Scope.REPORT, Scope.SELL}),
    Role.CSR: frozenset({Scope.READ, Scope.REPORT, Scope.SELL}),
    Role.DISPATCHER: frozenset({Scope.READ}),
    Role.TECHNICIAN: frozenset({Scope.READ, Scope.REPORT}),
    Role.FINANCE: frozenset({Scope.READ, Scope.MONEY}),
    Role.ADMIN: frozenset({Scope.ADMIN}),
    Role.PROVIDER: frozenset({Scope.PUBLIC, Scope.REPORT}),  # sells over this network, does not work in it
}
"""What each role may do. The one place that says so."""


VISITOR = "visitor"
"""How the id of a caller begins who says nothing about who they are; from where they ask follows."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking.

    Attributes
    ----------
    id
        ``key:123``, ``user:123`` or ``visitor:PEER``; what logs and records name, never a secret.
    name
        What a person calls it.
    scopes
        Everything it may do, implied scopes included.
    rate_per_s
        Requests a second in the long run; None: the default of its scopes.
    csrf_token
        What a write must carry beside the cookie; None for keys, which no browser sends by itself.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    rate_per_s: float | None = None
    csrf_token: str | None = None

    def may(self, *scopes: Scope) -> bool:
        """Tell whether it has any of the scopes."""
        return not self.scopes.isdisjoint(scopes)


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as it is kept: everything but the key."""

    key_id: int
    name: str
    hint: str
    hash: str
    scopes: frozenset[Scope]
    rate_per_s: float | None
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class User:
    """A person who may log in."""

    user_id: int
    name: str
    roles: frozenset[Role]
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a person can come in, and whether they are in: sessions that hold, and when they were last seen."""

    has_password: bool = False
    sessions: int = 0
    last_seen_at: datetime | None = None


def with_implied(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """Return the scopes and all that come with them."""
    given = frozenset(scopes)
    return given.union(*(IMPLIED.get(scope, frozenset()) for scope in given))


def scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    """Return everything that a person with these roles may do."""
    return with_implied(scope for role in roles for scope in ROLE_SCOPES[role])


def read_words(words: Iterable[str], kind: type[Word]) -> frozenset[Word]:
    """Read scopes or roles as somebody typed them.

    Raises
    ------
    InputRefused
        ``argument_invalid``: none, or one that does not exist.
    """
    known = {str(word): word for word in kind}
    given = [word.strip().lower() for word in words]
    if not given or any(word not in known for word in given):
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"A {kind.__name__.lower()} is missing or does not exist.",
            hint=f"There are: {', '.join(known)}.",
            field=kind.__name__.lower(),
        )
    return frozenset(known[word] for word in given)
