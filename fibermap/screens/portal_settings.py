"""The settings of the portal: whether it is open, what it says in the operator's name, and who may embed it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from fibermap.kernel.errors import Code, InputRefused
from fibermap.store import UnitOfWork

MOST_ORIGINS = 8
LONGEST = {
    "name": 80, "consent": 1_000, "terms": 20_000, "terms_version": 40, "support": 200, "privacy_url": 300,
}  # fmt: skip
"""Characters of each text."""
NEEDED = ("name", "consent", "terms", "terms_version")
"""What has to be said before anybody can agree to anything."""
_ORIGIN = re.compile(r"https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?|http://localhost(?::\d{1,5})?", re.ASCII)
_URL = re.compile(r"https://[a-z0-9][^\s\"'<>]*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """How the portal looks to whoever comes.

    Attributes
    ----------
    open
        Whether there is one.
    name
        What the operator calls itself.
    consent
        What somebody agrees to who wants to be called or written to, word for word.
    terms, terms_version
        What is signed with an order, as plain text, and the name of that version.
    support
        Whom to ask, in a line.
    privacy_url
        Where the privacy notice stands; empty: nowhere.
    origins
        The sites that may embed it, ``https://www.example``.
    """

    open: bool = False
    name: str = ""
    consent: str = ""
    terms: str = ""
    terms_version: str = ""
    support: str = ""
    privacy_url: str = ""
    origins: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def check_portal_settings(settings: PortalSettings) -> PortalSettings:
    """Return the settings if they can be used.

    Raises
    ------
    InputRefused
        ``argument_invalid`` with the field, ``limit_exceeded`` for too many sites.
    """
    for name, most in LONGEST.items():
        value = getattr(settings, name)
        if len(value) > most or not value.replace("\n", " ").isprintable():
            raise InputRefused(Code.ARGUMENT_INVALID, f"This has up to {most:,} printable characters.", field=name)
        if settings.open and name in NEEDED and not value.strip():
            raise InputRefused(
                Code.ARGUMENT_INVALID, "An open portal has to say this.", hint="Fill it in, then open it.", field=name
            )
    if settings.privacy_url and _URL.fullmatch(settings.privacy_url) is None:
        raise InputRefused(Code.ARGUMENT_INVALID, "This address begins with https://.", field="privacy_url")
    if len(settings.origins) > MOST_ORIGINS:
        raise InputRefused(Code.LIMIT_EXCEEDED, f"Up to {MOST_ORIGINS} sites may embed it.", field="origins")
    for index, origin in enumerate(settings.origins):
        if _ORIGIN.fullmatch(origin) is None:
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                "This is no site: it has the form https://HOST, in small letters, and nothing behind it.",
                field=f"origins.{index}",
            )
    return settings


def read_portal_settings(uow: UnitOfWork) -> PortalSettings:
    """Return the settings in force."""
    value = uow.sql.value("screens.portal", "SELECT any_value(value) FROM screen_setting WHERE name = 'portal'")
    if value is None:
        return PortalSettings()
    told = orjson.loads(value)
    return PortalSettings(**{**told, "origins": tuple(told["origins"])})


def save_portal_settings(uow: UnitOfWork, settings: PortalSettings, author: str) -> PortalSettings:
    """Put settings in force; raises like `check_portal_settings`."""
    value = orjson.dumps(check_portal_settings(settings).as_json()).decode()
    uow.sql.execute(
        "screens.save_portal",
        "INSERT OR REPLACE INTO screen_setting (name, value, changed_by, changed_at) VALUES ('portal', ?, ?, ?)",
        [value, author, uow.at_utc],
    )
    return settings
