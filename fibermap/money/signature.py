"""How webhooks are signed: ``t=SECONDS,v1=HMAC-SHA256(secret, "SECONDS.BODY")``, Stripe's scheme."""

from __future__ import annotations

import hmac
import re
from datetime import datetime
from hashlib import sha256

from fibermap.money.webhook_event import webhook_refused

_HEADER = re.compile(r"[tv]\d?=[0-9a-f]{1,64}(?:,[tv]\d?=[0-9a-f]{1,64}){0,9}", re.ASCII)


def sign(body: bytes, secret: str, at: datetime) -> str:
    """Return the header of a webhook signed at a moment."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_mac(body, secret, seconds)}"


def verify(body: bytes, header: str | None, secret: str, now: datetime, tolerance_s: int) -> None:
    """Refuse a webhook whose signature is missing, wrong, too old or from the future."""
    if not secret:
        raise webhook_refused("no webhook secret is set")
    if header is None or not _HEADER.fullmatch(header):
        raise webhook_refused("its signature is missing or cannot be read")
    said = [part.partition("=")[::2] for part in header.split(",")]
    seconds = next((int(value) for name, value in said if name == "t" and value.isdigit() and len(value) < 12), None)
    given = [value for name, value in said if name == "v1"]
    if seconds is None or not any(hmac.compare_digest(value, _mac(body, secret, seconds)) for value in given):
        raise webhook_refused("its signature is wrong")
    if abs(now.timestamp() - seconds) > tolerance_s:
        raise webhook_refused("its signature is too old")


def _mac(body: bytes, secret: str, seconds: int) -> str:
    return hmac.new(secret.encode(), b"%d." % seconds + body, sha256).hexdigest()
