"""Unit lists from a pattern, for a building whose units are known by count but not by name."""

from __future__ import annotations

import re
from collections import Counter

from fibermap.kernel.errors import Code, InputRefused

MOST_UNITS = 2_000

_SPAN = re.compile(r"([A-Z]*)(\d*)([A-Z]*)")
_CROSS = re.compile(r"\s+[X×*]\s+")
_EXAMPLES = "Write for example 1-24, A-D, 101-110,201-210, 1A-1D or 1-4 x A-C."


def generate_units(pattern: str) -> list[str]:
    """Write out the units that a pattern stands for.

    Parameters
    ----------
    pattern
        Ranges and single units, parted by commas: ``1-24``, ``A-D``, ``101-110,201-210``, ``1A-1D``, ``B1-B4``. In a
        range exactly one letter or number runs. ``1-4 x A-C`` joins every left unit with every right one: ``1A``.
        A number written with leading zeros keeps its width: ``01-12``.

    Returns
    -------
    list of str
        In the order of the pattern, upper case, at most 2,000.

    Raises
    ------
    InputRefused
        `Code.ARGUMENT_INVALID` for a pattern that cannot be read, runs backwards or names a unit twice;
        `Code.LIMIT_EXCEEDED` for more than 2,000 units.
    """
    units: list[str] = []
    for piece in pattern.upper().split(","):
        units.extend(_crossed(piece.strip(), pattern))
        _bound(len(units), pattern)
    repeated = [unit for unit, count in Counter(units).items() if count > 1]
    if repeated:
        raise _refused(f"The unit pattern {pattern!r} names {repeated[0]} twice.")
    return units


def _crossed(piece: str, pattern: str) -> list[str]:
    units = [""]
    for factor in _CROSS.split(piece):
        run = _run(factor.strip(), pattern)
        _bound(len(units) * len(run), pattern)
        units = [left + right for left in units for right in run]
    return units


def _run(text: str, pattern: str) -> list[str]:
    ends = [end.strip() for end in text.split("-")]
    matches = [_SPAN.fullmatch(end) for end in ends]
    if not text or len(ends) > 2 or not all(ends) or not all(matches):
        raise _refused(f"The unit pattern {pattern!r} cannot be read at {text!r}.")
    if len(ends) == 1:
        return ends
    first, last = (match.groups() for match in matches if match)
    moving = [index for index in range(3) if first[index] != last[index]]
    if len(moving) != 1:
        raise _refused(f"In the range {text!r} of {pattern!r} exactly one number or letter has to change.")
    at = moving[0]
    before, after = "".join(first[:at]), "".join(first[at + 1 :])
    return [f"{before}{value}{after}" for value in _between(first[at], last[at], text, pattern)]


def _between(first: str, last: str, text: str, pattern: str) -> list[str]:
    if first.isdigit() and last.isdigit():
        low, high = int(first[:9]), int(last[:9])
        width = len(first) if first.startswith("0") else 0
        _bound(high - low + 1, pattern)
        run = [str(number).zfill(width) for number in range(low, high + 1)]
    elif len(first) == len(last) == 1 and first.isalpha() and last.isalpha():
        run = [chr(code) for code in range(ord(first), ord(last) + 1)]
    else:
        raise _refused(f"The range {text!r} of {pattern!r} has to run over one letter or one number.")
    if not run:
        raise _refused(f"The range {text!r} of {pattern!r} runs backwards.")
    return run


def _bound(count: int, pattern: str) -> None:
    if count > MOST_UNITS:
        raise InputRefused(
            Code.LIMIT_EXCEEDED,
            f"The unit pattern {pattern[:60]!r} stands for more than {MOST_UNITS:,} units.",
            hint="Split the building, or import a unit list.",
        )


def _refused(message: str) -> InputRefused:
    return InputRefused(Code.ARGUMENT_INVALID, message, hint=_EXAMPLES)
