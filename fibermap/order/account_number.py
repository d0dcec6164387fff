"""Account numbers: `A` and eight digits, the last of which tells whether the others were heard and typed rightly.

The check digit is Damm's (H. M. Damm, *Total anti-symmetrische Quasigruppen*, 2004): every single wrong digit and every
two neighbours that changed places are found out, so that a mistyped number leads to nobody rather than to somebody
else. Nothing follows from a number: neither who a customer is, nor how many there are.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LETTER, DIGITS = "A", 8
NUMBERS = 10 ** (DIGITS - 1)
"""How many there are: the last digit follows from the others."""
DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
"""The quasigroup: by what was read so far and the next digit. Its diagonal is 0, so that a right number ends in 0."""
_TABLE = np.array(DAMM, np.uint8)
_TYPED = re.compile(r"([Aa]?)[ .-]*((?:[0-9][ .-]*){6,10})", re.ASCII)
_BETWEEN = str.maketrans("", "", " .-")


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed for an account number.

    Attributes
    ----------
    number
        The account number; None: it cannot be one.
    why_not
        What is wrong with it, for whoever typed it; None also where it need not have been meant as one.
    """

    number: str | None
    why_not: str | None = None


def check_digit(digits: str) -> int:
    """Return the digit that belongs behind some digits."""
    interim = 0
    for digit in digits:
        interim = DAMM[interim][int(digit)]
    return interim


def read_account_number(text: str) -> Typed:
    """Read an account number as it is typed: with or without its letter, in groups or in one."""
    typed = _TYPED.fullmatch(text.strip())
    if typed is None:
        return Typed(None)
    lettered, digits = bool(typed[1]), typed[2].translate(_BETWEEN)
    if len(digits) != DIGITS:
        said = f"That is no account number: behind the {LETTER} it has {DIGITS} digits, and these are {len(digits)}."
        return Typed(None, said if lettered else None)
    if check_digit(digits):
        said = "That is no account number: one digit is wrong, or two have changed places. Ask for it again."
        return Typed(None, said if lettered else None)
    return Typed(LETTER + digits)


def draw_account_numbers(count: int) -> npt.NDArray[np.str_]:
    """Return so many account numbers, drawn by chance; some may be alike, or be given already."""
    drawn = np.frombuffer(os.urandom(8 * count), np.uint64) % np.uint64(NUMBERS)
    digits = drawn[:, None] // 10 ** np.arange(DIGITS - 2, -1, -1, dtype=np.uint64) % np.uint64(10)
    interim = np.zeros(count, np.uint8)
    for place in range(DIGITS - 1):
        interim = _TABLE[interim, digits[:, place].astype(np.intp)]
    written = np.char.zfill(drawn.astype(str), DIGITS - 1)
    return np.char.add(np.char.add(LETTER, written), interim.astype(str))
