"""House numbers: never fuzzy. Equal, or a fraction, a letter or a range of one that is there, which asks."""

from __future__ import annotations

import re

from fibermap.address.match.compare import Faults, fault
from fibermap.address.match.model import FaultCode
from fibermap.address.match.question import Question
from fibermap.address.number import numbers_inside

_PARTS = re.compile(r"(?P<lead>.*?)(?P<digits>\d+)(?P<tail> ?\d/\d|-\d+[A-Z]?|[A-Z]{1,2}\d{0,3}|)")


def compare_numbers(asked: Question, there: str) -> Faults | None:
    """Return how a typed house number differs from one that has the same digits; None where it is another house."""
    if asked.number_text == there:
        return ()
    if asked.number in numbers_inside(there) and asked.number_text == str(asked.number):
        return (fault("number", FaultCode.NUMBER_RANGE, asked.number_text, there),)
    mine, other = _PARTS.fullmatch(asked.number_text), _PARTS.fullmatch(there)
    if mine is None or other is None or mine["lead"] != other["lead"] or mine["digits"] != other["digits"]:
        return None
    tails = mine["tail"] + other["tail"]
    if mine["tail"] and other["tail"]:
        return None
    if "/" in tails:
        code = FaultCode.NUMBER_FRACTION
    else:
        code = FaultCode.NUMBER_RANGE if "-" in tails else FaultCode.NUMBER_SUFFIX
    return (fault("number", code, asked.number_text, there),)
