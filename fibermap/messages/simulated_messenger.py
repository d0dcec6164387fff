"""The SIMULATED messenger: nothing leaves. It keeps what it would have sent, for whoever speaks with the customer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fibermap.messages.message import Message
from fibermap.messages.messenger import Send
from fibermap.store import Store, UnitOfWork

SIMULATED = "simulated"
_KEEP = """
    INSERT INTO simulated_message VALUES ($key, $to, $subject, $body, $now)
    ON CONFLICT (message_key) DO UPDATE SET recipient = excluded.recipient, subject = excluded.subject,
        body = excluded.body, kept_at = excluded.kept_at
"""


class SimulatedMessenger:
    """Plays a mail server. SIMULATED: nobody receives anything."""

    name = SIMULATED

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def connected(self) -> Iterator[Send]:
        """Keep messages for as long as the block lasts."""
        yield self._keep

    def _keep(self, message: Message) -> None:
        def work(uow: UnitOfWork) -> None:
            row = {"key": message.key, "to": message.to, "subject": message.subject, "body": message.body}
            uow.sql.execute("simulated.message", _KEEP, row | {"now": uow.at_utc})

        self._store.run(work, cause="simulated_messenger")


def simulated_message(uow: UnitOfWork, key: str) -> dict[str, Any] | None:
    """Return what would have been sent: ``recipient``, ``subject``, ``body``, ``kept_at``; None: nothing was."""
    found = uow.sql.records(
        "simulated.read",
        "SELECT recipient, subject, body, kept_at FROM simulated_message WHERE message_key = ? AND recipient <> ''",
        [key],
    )
    return found[0] if found else None


def forget_messages(uow: UnitOfWork, keys: Sequence[str]) -> None:
    """Erase whom messages were to and what they said."""
    uow.sql.execute(
        "simulated.forget",
        """
        UPDATE simulated_message SET recipient = '', subject = '', body = ''
        WHERE message_key IN (SELECT unnest($keys::VARCHAR[]))
        """,
        {"keys": list(keys)},
    )
