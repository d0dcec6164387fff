"""Texts from customers and those who speak with them: bounded, on one line, and with nothing hidden in them."""

from __future__ import annotations

import re
import unicodedata

from fibermap.kernel.errors import Code, InputRefused
from fibermap.money.card_numbers import refuse_card_numbers

LONGEST_NAME = 120
LONGEST_WORDING = 2_000
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}", re.ASCII)


def plain_text(field: str, text: str, longest: int) -> str:
    """Return a text in NFC with single spaces.

    Raises
    ------
    InputRefused
        ``argument_invalid``: it is empty, too long, or has characters that no one can see; ``card_number_refused``.
        What was given is never repeated.
    """
    refuse_card_numbers(text, field=field)
    plain = unicodedata.normalize("NFC", " ".join(text.split()))
    if not plain or len(text) > longest or not plain.isprintable():
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"The {field} has to be 1 to {longest} visible characters.",
            hint="Write it anew; control characters are refused.",
            field=field,
        )
    return plain


def channel_of(text: str) -> str:
    """Return a channel as it is kept, such as ``web``, ``portal``, ``door`` or ``phone``; raises ``InputRefused``."""
    if not _CHANNEL.fullmatch(text):
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "A channel is up to 32 small letters, digits, dots, dashes and underscores.",
            hint="Write `web`, `portal`, `door`, `phone` or a word of your own.",
            field="channel",
        )
    return text
