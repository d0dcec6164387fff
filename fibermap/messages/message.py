"""A message: plain text to one address. What goes into its head cannot bring further lines along."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.header import Header
from email.mime.text import MIMEText
from email.policy import compat32

LONGEST_SUBJECT = 200
LONGEST_BODY = 20_000
_LONGEST_LINE = 75
_KEY = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}", re.ASCII)
_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]+@[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Message:
    """Something to be said to somebody.

    Attributes
    ----------
    key
        What tells it from any other message; sent twice it is the same one to a mail program.
    to
        The e-mail address.
    subject
        One line.
    body
        Plain text; lines end in a line feed.

    Raises
    ------
    ValueError
        A part that cannot be sent as it is; its contents are not repeated.
    """

    key: str
    to: str
    subject: str
    body: str

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError("the key of a message is letters, digits, dots and dashes")
        if not is_address(self.to):
            raise ValueError("that is no e-mail address")
        if not self.subject or len(self.subject) > LONGEST_SUBJECT or not self.subject.isprintable():
            raise ValueError("a subject is one line of visible characters")
        if len(self.body) > LONGEST_BODY or not self.body.replace("\n", "").isprintable():
            raise ValueError("a body is lines of visible characters")

    def __repr__(self) -> str:
        return f"Message({self.key!r})"  # what is printed ends up in logs

    def as_bytes(self, sender: str) -> bytes:
        """Return it as it is handed to a mail server: RFC 5322, UTF-8, lines that end in CR LF."""
        mail = MIMEText(self.body.replace("\n", "\r\n"), "plain", "utf-8")
        mail["From"], mail["To"] = sender, self.to
        # Whole, so that no word of it is encoded and the space beside it not: folding such a line loses the space.
        mail["Subject"] = self.subject if self.subject.isascii() else _encoded(self.subject)
        mail["Message-ID"] = f"<{self.key}@{sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers it
        return mail.as_bytes(policy=compat32.clone(linesep="\r\n"))


def _encoded(subject: str) -> str:
    return Header(subject, "utf-8", _LONGEST_LINE, "Subject").encode()


def is_address(text: str) -> bool:
    """Tell whether something can stand where an address is expected, and nothing else with it."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def one_line(text: str, longest: int) -> str:
    """Return a text as a part of one line: what cannot be seen becomes a space, and what is too long is cut."""
    seen = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return seen if len(seen) <= longest else f"{seen[: longest - 1]}…"
