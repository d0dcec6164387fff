"""Text from files, made safe to print."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return text on one line, with nothing in it that moves a cursor, turns a line around or hides.

    Names come from files, and files from anywhere: an escape sequence in the name of a folder must not reach a
    terminal. Control, format and surrogate characters are written out (``\\x1b``), line breaks become spaces.
    """
    if text.isprintable():
        return text
    joined = " ".join(text.splitlines())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in joined)
