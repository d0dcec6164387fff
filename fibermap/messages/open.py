"""The messenger as settings open it."""

from __future__ import annotations

from fibermap.messages.messenger import Messenger
from fibermap.messages.settings import MailSettings
from fibermap.messages.simulated_messenger import SimulatedMessenger
from fibermap.messages.smtp_messenger import SmtpMessenger
from fibermap.store import Store


def open_messenger(store: Store, settings: MailSettings) -> Messenger:
    """Return who carries messages; raises ``InputRefused`` (``mail_misconfigured``)."""
    return SmtpMessenger(settings) if settings.messenger == "smtp" else SimulatedMessenger(store)
