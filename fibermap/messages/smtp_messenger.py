"""A mail server: what it answers, in the words of the port. SMTP (RFC 5321), STARTTLS (RFC 3207), TLS (RFC 8314).

Until the line that ends a message has left, nothing can have been taken, and the message is tried again. After that
only the server's answer says so: where that is lost, nobody knows.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from fibermap.messages.message import Message
from fibermap.messages.messenger import NotSent, OutcomeUnknown, Send, TurnedAway
from fibermap.messages.settings import LOOPBACK, MailSettings, require_smtp

_PORTS = {"starttls": 587, "tls": 465}
_SHUTTING_DOWN = 421
_DOT = re.compile(rb"(?m)^\.")


class SmtpMessenger:
    """Hands messages to a mail server, which is never told anything before the line is encrypted."""

    name = "smtp"

    def __init__(self, settings: MailSettings) -> None:
        self._settings = require_smtp(settings)

    @contextmanager
    def connected(self) -> Iterator[Send]:
        """Keep one line open for as long as the block lasts."""
        server = self._connect()
        try:
            yield lambda message: self._send(server, message)
        finally:
            with suppress(OSError):
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        try:
            server = self._line()
        except ssl.SSLError as error:
            raise _not_trusted(error) from None
        except OSError:
            raise NotSent("unreachable") from None
        try:
            self._sign_in(server)
        except NotSent:
            server.close()
            raise
        return server

    def _line(self) -> smtplib.SMTP:
        told = self._settings
        port, own_name = told.port or _PORTS[told.encryption], told.sender.rpartition("@")[2]
        if told.encryption == "starttls":
            return smtplib.SMTP(told.host, port, own_name, told.timeout_s)
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(told.host, port, own_name, timeout=told.timeout_s, context=context)

    def _sign_in(self, server: smtplib.SMTP) -> None:
        """Encrypt the line and say who we are; on this machine itself nothing need be encrypted."""
        told = self._settings
        try:
            server.ehlo()
            if told.encryption == "starttls" and told.host not in LOOPBACK:
                if not server.has_extn("starttls"):
                    raise NotSent("not_encrypted")
                server.starttls(context=ssl.create_default_context())
            if told.user:
                server.login(told.user, told.password.get_secret_value())
        except smtplib.SMTPAuthenticationError:
            raise NotSent("sign_in_refused") from None
        except ssl.SSLError as error:
            raise _not_trusted(error) from None
        except OSError:  # what smtplib raises is one too
            raise NotSent("unreachable") from None

    def _send(self, server: smtplib.SMTP, message: Message) -> None:
        to = _ascii_address(message.to)
        content = replace(message, to=to).as_bytes(self._settings.sender)
        try:
            self._envelope(server, to)
        except OSError:
            raise NotSent("line_broke") from None
        try:
            server.send(_DOT.sub(b"..", content) + b".\r\n")
            code, _ = server.getreply()
        except OSError:
            raise OutcomeUnknown from None
        _require(server, code)

    def _envelope(self, server: smtplib.SMTP, to: str) -> None:
        code, _ = server.mail(self._settings.sender)
        if code >= 500:
            raise NotSent("sender_refused")  # as it will be for every other message
        _require(server, code)
        code, _ = server.rcpt(to)
        _require(server, code)
        code, _ = server.docmd("DATA")
        if code != 354:
            _require(server, code if code >= 400 else 451)


def _not_trusted(error: ssl.SSLError) -> NotSent:
    is_stranger = isinstance(error, ssl.SSLCertVerificationError)
    return NotSent("certificate_refused" if is_stranger else "not_encrypted")


def _require(server: smtplib.SMTP, code: int) -> None:
    """Go on where the server has said yes."""
    if code < 400:
        return
    if code == _SHUTTING_DOWN:
        raise NotSent("shutting_down")
    with suppress(OSError):
        server.rset()
    raise TurnedAway(f"smtp_{code}", for_good=code >= 500)


def _ascii_address(address: str) -> str:
    """Return an address as every server takes it, its domain in ASCII (RFC 3490)."""
    local, _, domain = address.rpartition("@")
    try:
        written = f"{local}@{domain.encode('idna').decode()}"
        written.encode("ascii")
    except UnicodeError:
        raise TurnedAway("address_not_ascii", for_good=True) from None
    return written
