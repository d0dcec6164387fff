"""Names from files cannot take over a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Elk Ridge – Phase 2", "Elk Ridge – Phase 2"),
        ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        ("gnp.\u202eexe", "gnp.\\u202eexe"),
        ("one\r\ntwo", "one two"),
        ("\ud800", "\\ud800"),
        ("a\x00b", "a\\x00b"),
    ],
)
def test_what_would_move_the_cursor_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_whatever_comes_in_one_printable_line_comes_out(text: str) -> None:
    assert printable(text).isprintable()


def test_errors_are_printable() -> None:
    failure = InputRefused(Code.FILE_MISSING, "\x1b[2J is missing.", file="\u202ename")
    assert str(failure).isprintable()
    assert failure.as_json()["message"] == "\\x1b[2J is missing."
