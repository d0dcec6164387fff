"""Names as sequences of words, so that ``build`` is never found inside ``rebuild`` or ``pre-build``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

Words = tuple[str, ...]

_CASE_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
_SEGMENT_BREAK = re.compile(r"\s[-–—]+\s|[–—:;,/|()\[\]]+")
LONGEST_NAME = 1_000
"""Characters of a name that are looked at; what decides stands at its beginning."""


def words_of(text: str | None) -> Words:
    """Split a name into lower-case words at punctuation, underscores and changes of case.

    ``"underConstruction"``, ``"UNDER_CONSTRUCTION"`` and ``"Under construction"`` are the same two words.
    """
    if not text:
        return ()
    plain = unicodedata.normalize("NFKC", text[:LONGEST_NAME])
    return tuple(_WORD.findall(_CASE_CHANGE.sub(" ", plain).casefold()))


def phrase_of(text: str | None) -> str:
    """Return the words of a name joined by single spaces: the form in which vocabularies hold their phrases."""
    return " ".join(words_of(text))


def segments_of(text: str | None) -> list[str]:
    """Split a name where its writer broke it: ``"Phase 3 - Under Construction"`` has two segments."""
    return [part.strip() for part in _SEGMENT_BREAK.split((text or "")[:LONGEST_NAME]) if part.strip()]


def column_key(name: str) -> str:
    """Return a column's name without case and punctuation, so that ``St_PreDir`` and ``ST PREDIR`` are one."""
    return "".join(character for character in name.casefold() if character.isalnum())


def find_phrase(words: Words, phrases: Iterable[str]) -> str | None:
    """Return the first of ``phrases`` that stands in ``words`` whole, or ``None``. Plurals in ``s`` are the same."""
    text = _padded(words)
    singular = _padded(tuple(_singular(word) for word in words))
    return next((phrase for phrase in phrases if f" {phrase} " in text or f" {phrase} " in singular), None)


def has_phrase(words: Words, phrases: Collection[str]) -> bool:
    """Tell whether any of ``phrases`` stands in ``words`` whole."""
    return find_phrase(words, phrases) is not None


def _padded(words: Words) -> str:
    return f" {' '.join(words)} "


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
