"""What was done once is not done again: the answers to requests that carried a key of their own, kept for a while.

The answer is kept in the transaction of what it answers, so that either both are there or neither. It holds ids and
states, never who a customer is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from fibermap.kernel.errors import Code, InputRefused, StoreFailed
from fibermap.store import UnitOfWork

KEPT = timedelta(hours=24)
MOST_KEPT = 1_000_000
LARGEST_ANSWER = 16_384


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that was given."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Once:
    """One request that is to be carried out once.

    Attributes
    ----------
    caller
        ``key:ID`` or ``user:ID``; another caller's keys are none of theirs.
    path
        Method and path.
    key
        What the caller calls the request.
    body
        What is asked, in one spelling; the same key with another body is a mistake of the caller.
    """

    caller: str
    path: str
    key: str
    body: bytes

    @property
    def key_hash(self) -> str:
        """What the request is kept under."""
        return _hash("\x1f".join((self.caller, self.path, self.key)).encode())

    def find(self, uow: UnitOfWork) -> Answered | None:
        """Return what was answered; None where it was not asked before, or too long ago.

        Raises
        ------
        InputRefused
            ``idempotency_key_reused``: something else was asked under this key.
        """
        row = uow.sql.row(
            "once.find",
            "SELECT fingerprint, status, answer FROM idempotency_key WHERE key_hash = ? AND expires_at > ?",
            [self.key_hash, uow.at_utc],
        )
        if row is None:
            return None
        fingerprint, status, answer = row
        if fingerprint != _hash(self.body):
            raise InputRefused(
                Code.IDEMPOTENCY_KEY_REUSED,
                "Something else was asked under this Idempotency-Key before.",
                hint="Draw a new key for every request; send the same key only with the same body.",
            )
        return Answered(status, orjson.loads(answer))

    def keep(self, uow: UnitOfWork, answered: Answered) -> None:
        """Keep what is answered, with what was done."""
        answer = orjson.dumps(answered.body, option=orjson.OPT_UTC_Z)
        if len(answer) > LARGEST_ANSWER:
            raise StoreFailed(Code.LIMIT_EXCEEDED, "An answer that is to be kept is too long.")
        row = [
            self.key_hash, self.caller, self.path, _hash(self.body), answered.status, answer.decode(), uow.at_utc,
            uow.at_utc + KEPT,
        ]  # fmt: skip
        uow.sql.execute(
            "once.keep",
            """
            INSERT INTO idempotency_key VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (key_hash) DO UPDATE
            SET fingerprint = excluded.fingerprint, status = excluded.status, answer = excluded.answer,
                made_at = excluded.made_at, expires_at = excluded.expires_at
            """,
            row,
        )


def forget_answers(uow: UnitOfWork) -> int:
    """Forget answers whose time is over, and the oldest of too many; return how many."""
    return uow.sql.execute(
        "once.forget",
        f"""
        DELETE FROM idempotency_key WHERE expires_at <= $now OR made_at < (
            SELECT made_at FROM idempotency_key ORDER BY made_at DESC LIMIT 1 OFFSET {MOST_KEPT})
        """,
        {"now": uow.at_utc},
    )


def _hash(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=16).hexdigest()
