"""Links by which a customer follows what is theirs: signed, so that nobody can make one up, and kept nowhere.

The secret that signs them stands in the database, in a table that no question in SQL reads and no published copy holds.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum

from fibermap.kernel.errors import Code, NotFound
from fibermap.store import UnitOfWork

VALID_FOR = timedelta(days=730)
LONGEST_TOKEN = 64
_NAME = "follow_links"
_SECRET_BYTES = 32
_PAYLOAD = struct.Struct(">BQH")
_MAC_BYTES = 16
_EPOCH = date(2020, 1, 1)


class Followed(IntEnum):
    """What a link leads to. The numbers stand in links that are out, so they never change."""

    LEAD = 1
    COMMITMENT = 2
    ORDER = 3
    DRAFT = 4


@dataclass(frozen=True, slots=True)
class FollowLinks:
    """Signs links and reads them.

    Examples
    --------
    >>> links = FollowLinks(b"secret")
    >>> token = links.sign(Followed.ORDER, 12, datetime(2026, 3, 1, tzinfo=UTC))
    >>> links.read(token, datetime(2026, 4, 1, tzinfo=UTC))
    (<Followed.ORDER: 3>, 12)
    """

    secret: bytes

    def sign(self, what: Followed, subject_id: int, now: datetime) -> str:
        """Return the token of a link to one thing, of letters, digits, ``-`` and ``_``."""
        last_day = ((now + VALID_FOR).date() - _EPOCH).days
        payload = _PAYLOAD.pack(what, subject_id, last_day)
        return base64.urlsafe_b64encode(payload + self._mac(payload)).decode().rstrip("=")

    def address(self, portal_url: str, what: Followed, subject_id: int, now: datetime) -> str:
        """Return the address at which the portal shows one thing to whoever has it."""
        return f"{portal_url}#follow={self.sign(what, subject_id, now)}"

    def read(self, token: str, now: datetime) -> tuple[Followed, int]:
        """Return what a link leads to.

        Raises
        ------
        NotFound
            ``link_invalid``: it was not made here, was changed, or is too old. Which of these it does not say.
        """
        payload, mac = _parts(token)
        if not hmac.compare_digest(mac, self._mac(payload)) or len(payload) != _PAYLOAD.size:
            raise _invalid()
        what, subject_id, last_day = _PAYLOAD.unpack(payload)
        if (now.astimezone(UTC).date() - _EPOCH).days > last_day:
            raise _invalid()
        return Followed(what), subject_id

    def _mac(self, payload: bytes) -> bytes:
        return hmac.digest(self.secret, payload, "sha256")[:_MAC_BYTES]


def keep_follow_links(uow: UnitOfWork) -> FollowLinks:
    """Return what signs the links of this database; its secret is made the first time."""
    kept = uow.sql.value("links.secret", "SELECT any_value(value) FROM server_secret WHERE name = ?", [_NAME])
    if kept is None:
        kept = secrets.token_bytes(_SECRET_BYTES)
        uow.sql.execute("links.keep_secret", "INSERT INTO server_secret VALUES (?, ?, ?)", [_NAME, kept, uow.at_utc])
    return FollowLinks(bytes(kept))


def _parts(token: str) -> tuple[bytes, bytes]:
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise _invalid()
    try:
        told = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise _invalid() from error
    return told[:-_MAC_BYTES], told[-_MAC_BYTES:]


def _invalid() -> NotFound:
    return NotFound(
        Code.LINK_INVALID,
        "This link does not lead to anything.",
        hint="It may have been cut off on its way, or be too old. Ask for a new one.",
    )
