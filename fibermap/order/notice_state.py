"""Where a notice stands, and what its message is called."""

from __future__ import annotations

STATES = ("waiting", "queued", "sending", "sent", "to_call", "failed", "unknown", "told", "undeliverable", "recalled")
WORKLIST = ("to_call", "failed", "unknown")
"""States that a person has to see to."""
UNTOLD = ("waiting", "queued", *WORKLIST)
"""States in which the customer may still be told."""


def message_key(notice_id: int) -> str:
    """Return what the message of a notice is called."""
    return f"notice-{notice_id}"
