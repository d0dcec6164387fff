"""Sessions: how long a login lasts, and the current ones in memory."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

MOST_SESSIONS = 20_000


@dataclass(frozen=True, slots=True)
class Session:
    """One login of one person."""

    token_hash: str
    user_id: int
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long a login lasts: so long without a request, and so long at most."""

    idle: timedelta = timedelta(minutes=60)
    absolute: timedelta = timedelta(hours=12)

    def alive(self, session: Session, now: datetime) -> bool:
        """Tell whether a session still holds."""
        return now - session.seen_at < self.idle and now - session.created_at < self.absolute


class SessionBook:
    """The sessions that hold, bounded in number; the one longest unseen is ended first. For any number of threads."""

    def __init__(self, rules: SessionRules, sessions: Iterable[Session] = (), most: int = MOST_SESSIONS) -> None:
        self.rules = rules
        self._most = most
        in_order = sorted(sessions, key=lambda session: session.seen_at)
        self._sessions = OrderedDict((session.token_hash, session) for session in in_order)
        self._seen: set[str] = set()
        self._guard = Lock()

    def open(self, session: Session) -> None:
        """Add a session."""
        with self._guard:
            self._sessions[session.token_hash] = session
            if len(self._sessions) > self._most:
                self._sessions.popitem(last=False)

    def find(self, token_hash: str, now: datetime) -> Session | None:
        """Return a session that holds, and note that it was seen now; None where there is none."""
        with self._guard:
            session = self._sessions.pop(token_hash, None)
            if session is None or not self.rules.alive(session, now):
                return None
            seen = self._sessions[token_hash] = replace(session, seen_at=now)
            self._seen.add(token_hash)
            return seen

    def end(self, token_hash: str) -> None:
        """Forget one session."""
        with self._guard:
            self._sessions.pop(token_hash, None)

    def end_all_of(self, user_id: int) -> None:
        """Forget every session of a person."""
        with self._guard:
            for token_hash in [key for key, session in self._sessions.items() if session.user_id == user_id]:
                del self._sessions[token_hash]

    def count_of(self, now: datetime) -> Counter[int]:
        """Return how many sessions each person has that hold."""
        with self._guard:
            return Counter(one.user_id for one in self._sessions.values() if self.rules.alive(one, now))

    def take_seen(self) -> list[Session]:
        """Return the sessions seen since the last call, for writing down."""
        with self._guard:
            seen = [self._sessions[token_hash] for token_hash in self._seen if token_hash in self._sessions]
            self._seen.clear()
            return seen

    def __len__(self) -> int:
        return len(self._sessions)
