"""The gate: who is asking, and are they asking too often. In memory only, for the path of every request."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from fibermap.access.buckets import TokenBuckets
from fibermap.access.model import VISITOR, Caller, Scope, User, scopes_of, with_implied
from fibermap.access.refusals import RateExceeded, wrong_credentials
from fibermap.access.secrets import csrf_token_of, hash_of
from fibermap.access.sessions import Session, SessionBook, SessionRules
from fibermap.kernel.clock import Clock

STAFF_RATE_PER_S = 10_000.0
"""Of keys and people who check with internals: about what one worker answers."""
PUBLIC_RATE_PER_S = 100.0
"""Of keys that have no more than public scopes, and so end up in web pages."""
VISITOR_RATE_PER_S = 50.0
"""Of one peer that looks at the public map, where a step is some twenty tiles at once."""
LOOK_RATE_PER_S, LOOK_BURST = 0.5, 40
"""Checks of one peer at the portal: a family that looks for its house is let be, who copies a county is not."""
SALE_RATE_PER_S, SALE_BURST = 0.05, 10
"""Leads and orders of one peer at the portal."""
LOGIN_RATE_PER_S, LOGIN_BURST = 0.1, 5
"""Attempts on one name: a person who mistypes is let be, who goes through a list is not."""
PEER_RATE_PER_S, PEER_BURST = 1.0, 20
"""Attempts of one peer, which may be a whole office."""
REPORT_RATE_PER_S, REPORT_BURST = 0.2, 10
"""Reports of missing addresses, which people have to read."""


class Ring(Protocol):
    """The keys in force."""

    def find(self, key: str) -> Caller | None:
        """Return whose key this is; None where nobody's."""


class Gate:
    """Finds callers and counts what they ask.

    Attributes
    ----------
    ring
        The keys in force. Assign another one to change them; a request sees the one or the other.
    users
        People who may log in, by id.
    sessions
        The logins that hold.
    visitors
        Whether whoever comes may look, with what public scopes let see.
    shoppers
        Whether whoever comes may order for themselves.
    """

    def __init__(
        self,
        ring: Ring,
        clock: Clock,
        *,
        users: Mapping[int, User] | None = None,
        sessions: SessionBook | None = None,
    ) -> None:
        self.ring = ring
        self.users = users or {}
        self.sessions = sessions or SessionBook(SessionRules())
        self.visitors = self.shoppers = False
        self._clock = clock
        self._buckets = TokenBuckets()
        self._used: dict[str, datetime] = {}

    def caller_of_key(self, key: str) -> Caller:
        """Return whose key this is.

        Raises
        ------
        NotAuthenticated
            ``credentials_refused``.
        """
        caller = self.ring.find(key)
        if caller is None:
            raise wrong_credentials()
        self._used[caller.id] = self._clock.now()
        return caller

    def caller_of_session(self, token: str) -> Caller:
        """Return whose session this is; raises like `caller_of_key`."""
        session = self.sessions.find(hash_of(token), self._clock.now())
        user = self.users.get(session.user_id) if session else None
        if user is None or user.disabled_at is not None:
            raise wrong_credentials()
        return Caller(f"user:{user.user_id}", user.name, scopes_of(user.roles), csrf_token=csrf_token_of(token))

    def visitor(self, peer: str) -> Caller | None:
        """Return who somebody is that says nothing about it; None where nobody may look so."""
        scopes = {*([Scope.PUBLIC] if self.visitors else []), *([Scope.SHOP] if self.shoppers else [])}
        if not scopes:
            return None
        return Caller(f"{VISITOR}:{peer}", "a visitor", with_implied(scopes), rate_per_s=VISITOR_RATE_PER_S)

    def count(self, caller: Caller, cost: float = 1.0) -> None:
        """Take a request, or a batch of ``cost`` checks, out of the caller's bucket.

        Raises
        ------
        RateExceeded
            There is not enough in it.
        """
        default = STAFF_RATE_PER_S if caller.may(Scope.CHECK, Scope.METRICS) else PUBLIC_RATE_PER_S
        self._take(caller.id, caller.rate_per_s or default, cost)

    def count_login(self, name: str, peer: str) -> None:
        """Take an attempt to log in, of a name and of a peer; raises like `count`."""
        self._take(f"peer:{peer}", PEER_RATE_PER_S, burst=PEER_BURST)
        self._take(f"login:{name}", LOGIN_RATE_PER_S, burst=LOGIN_BURST)

    def count_report(self, caller: Caller) -> None:
        """Take a report of a missing address; raises like `count`."""
        self._take(f"report:{caller.id}", REPORT_RATE_PER_S, burst=REPORT_BURST)

    def count_look(self, caller: Caller) -> None:
        """Take a check at the portal; raises like `count`."""
        self._take(f"look:{caller.id}", LOOK_RATE_PER_S, burst=LOOK_BURST)

    def count_sale(self, caller: Caller) -> None:
        """Take a lead or an order at the portal; raises like `count`."""
        self._take(f"sale:{caller.id}", SALE_RATE_PER_S, burst=SALE_BURST)

    def take_uses(self) -> tuple[list[tuple[str, datetime]], list[Session]]:
        """Return which keys and sessions were used since the last call, for writing down."""
        used, self._used = self._used, {}
        return list(used.items()), self.sessions.take_seen()

    def _take(self, who: str, rate_per_s: float, cost: float = 1.0, burst: float = 1.0) -> None:
        wait_s = self._buckets.take(who, rate_per_s, time.monotonic(), cost, burst)
        if wait_s:
            raise RateExceeded(wait_s)
