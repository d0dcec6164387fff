"""One cleanup for every piece of text, whether a county typed it into a table or a caller into a search box."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

MAX_TEXT = 400
"""Longest text that is read; an address line has at most four lines of forty characters (USPS Publication 28)."""

MISSING = frozenset(
    {"", "NULL", "<NULL>", "(NULL)", "[NULL]", "NONE", "<NONE>", "N/A", "#N/A", "NA", "NAN", "<NA>", "NIL"}
    | {"UNKNOWN", "UNK", "UNNAMED", "TBD", "-", "--", ".", "?", "*", "<BLANK>", "BLANK", "<EMPTY>"}
)
"""What tables write, upper case, where they mean that there is no value."""

_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "þ": "th"}
    | {"‘": "'", "’": "'", "ʼ": "'", "ʻ": "'", "`": "'", "´": "'", "“": '"', "”": '"'}
    | {"–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "⁄": "/", "∕": "/", "№": "# "}
)
_VULGAR_FRACTION = re.compile("([¼½¾⅓⅔⅛⅜⅝⅞])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_SPACE = re.compile(r"\s+")


def fold_text(text: str) -> str:
    """Return the text in upper-case ASCII with single spaces; punctuation stays.

    Parameters
    ----------
    text
        Any text; what lies beyond `MAX_TEXT` characters is dropped.

    Returns
    -------
    str
        NFKC-normalised, accents removed, ``½`` written ``1/2``; letters of other scripts are dropped.
    """
    text = text[:MAX_TEXT]
    if text.isascii() and text.isprintable():
        return " ".join(text.split()).upper()
    if not text.isascii():
        text = _VULGAR_FRACTION.sub(r" \1", text).translate(_LETTERS)
        text = unicodedata.normalize("NFKC", text).translate(_LETTERS)
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return _SPACE.sub(" ", _CONTROL.sub(" ", text)).strip().upper()[:MAX_TEXT]


@lru_cache(maxsize=1 << 16)
def _clean_text(text: str) -> str | None:
    folded = fold_text(text)
    return None if folded in MISSING else folded


def clean(value: object) -> str | None:
    """Return a raw table value as folded text, or None where it says nothing.

    Parameters
    ----------
    value
        Text, a number (``755.0`` from a floating-point column becomes ``755``), a boolean or None.

    Returns
    -------
    str or None
        None for NULL, blanks, NaN and the words of `MISSING`.
    """
    if value is None:
        return None
    if type(value) is str:
        return _clean_text(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return str(int(value)) if value == int(value) else str(value)
    return _clean_text(value if isinstance(value, str) else str(value))


@lru_cache(maxsize=1 << 16)
def words(text: str) -> tuple[str, ...]:
    """Split folded text into words: letters, digits, inner hyphens, apostrophes and slashes, and ``#`` and ``&`` alone.

    A period ends a word only where it is not between letters of an abbreviation: ``U.S. HWY.`` is ``US``, ``HWY``.
    """
    if "." in text:
        text = _INITIALS.sub(lambda match: match.group(0).replace(".", ""), text)
    return tuple(word for raw in _WORD.findall(text) if (word := raw.strip("-'/")))


_INITIALS = re.compile(r"\b(?:[A-Z]\.){2,}")
_WORD = re.compile(r"#|&|@|[A-Z0-9'/-]+")
