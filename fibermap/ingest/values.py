"""Dates, technologies, counts and priorities as people write them in attribute tables.

Every reader takes text and returns a value, or ``None`` where the text says nothing certain: a value is never guessed.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType

from fibermap.coverage.model import Technology
from fibermap.ingest.words import phrase_of

FIRST_YEAR, LAST_YEAR = 1950, 2100
LARGEST_COUNT = 10_000_000


class Precision(StrEnum):
    """How exactly a date was stated."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date as stated.

    Attributes
    ----------
    on
        The *last* civil day of the stated period, so that nobody is promised service early.
    precision
        The length of the period. Halves and seasons count as the quarter they end in.
    """

    on: date
    precision: Precision


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_SEASONS = {"spring": 2, "summer": 3, "fall": 4, "autumn": 4}
_YEAR = r"(?P<year>\d{4})"
_SHORT_YEAR = r"'?(?P<year>\d{4}|\d{2})"
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_LEAD = re.compile(
    r"^(?:(?:by|before|until|est|estimated|expected|approx|approximately|target|targeted|projected|planned|circa|ca|"
    r"end of|the|late|early|mid|eoy|in)\b[.:]?[\s-]*|~\s*)+"
)


def read_date(text: str | None) -> StatedDate | None:
    """Read a date in any form found in plans.

    Parameters
    ----------
    text
        ISO 8601 (``2026-12-15``, with or without a time, whose zone is not applied: the civil day is as written),
        ``20261215``, American ``12/15/2026``, ``15 Dec 2026``, ``Dec 15, 2026``, epoch milliseconds (13 digits,
        taken as UTC as Esri writes them), ``Dec 2026``, ``12/2026``, ``2026-12``, ``Q4 2026``, ``4Q26``, ``H2 2026``,
        ``Fall 2026``, ``2026``. ``early`` and ``late`` are not believed and change nothing.

    Returns
    -------
    StatedDate or None
        ``None`` for anything else, for impossible dates, and for years outside 1950-2100.
    """
    if not text:
        return None
    plain = _LEAD.sub("", " ".join(text.casefold().split())[:64])
    for pattern, build in _FORMS:
        match = pattern.fullmatch(plain)
        if match:
            return build(match)
    return None


def _last_day(year: int, month: int, precision: Precision) -> StatedDate | None:
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        return None
    return StatedDate(date(year, month, monthrange(year, month)[1]), precision)


def _full_year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _day(match: re.Match[str]) -> StatedDate | None:
    month = match["month"].rstrip(".")
    try:
        on = date(_full_year(match["year"]), _MONTHS.get(month) or int(month), int(match["day"]))
    except ValueError:
        return None
    return StatedDate(on, Precision.DAY) if FIRST_YEAR <= on.year <= LAST_YEAR else None


def _month(match: re.Match[str]) -> StatedDate | None:
    month = match["month"].rstrip(".")
    return _last_day(_full_year(match["year"]), _MONTHS.get(month) or int(month), Precision.MONTH)


def _quarter(match: re.Match[str]) -> StatedDate | None:
    return _last_day(_full_year(match["year"]), 3 * int(match["part"]), Precision.QUARTER)


def _half(match: re.Match[str]) -> StatedDate | None:
    return _last_day(_full_year(match["year"]), 6 * int(match["part"]), Precision.QUARTER)


def _season(match: re.Match[str]) -> StatedDate | None:
    return _last_day(int(match["year"]), 3 * _SEASONS[match["season"]], Precision.QUARTER)


def _winter(match: re.Match[str]) -> StatedDate | None:
    # "Winter 2026" may be the winter that ends in 2026 or the one that begins in it: the later one is the safe reading.
    return _last_day(int(match["year"]) + 1, 3, Precision.QUARTER)


def _year(match: re.Match[str]) -> StatedDate | None:
    return _last_day(int(match["year"]), 12, Precision.YEAR)


def _epoch_ms(match: re.Match[str]) -> StatedDate | None:
    on = datetime.fromtimestamp(int(match[0]) / 1000, tz=UTC).date()
    return StatedDate(on, Precision.DAY) if FIRST_YEAR <= on.year <= LAST_YEAR else None


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], StatedDate | None]], ...] = tuple(
    (re.compile(pattern, re.ASCII), build)
    for pattern, build in (
        (rf"{_YEAR}[-/](?P<month>\d\d?)[-/](?P<day>\d\d?)(?:[t ]\d\d?:?\d\d.*)?", _day),
        (rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)", _day),
        (rf"(?P<month>\d\d?)[-/](?P<day>\d\d?)[-/]{_SHORT_YEAR}(?: \d\d?:\d\d.*)?", _day),
        (rf"(?P<day>\d\d?)(?:st|nd|rd|th)?[ -]{_MONTH},?[ -]{_YEAR}", _day),
        (rf"{_MONTH} (?P<day>\d\d?)(?:st|nd|rd|th)?,? {_YEAR}", _day),
        (r"\d{13}", _epoch_ms),
        (rf"{_MONTH}[ ,/-]*(?:{_YEAR})", _month),
        (rf"{_MONTH} ?'(?P<year>\d\d)", _month),
        (rf"{_YEAR}[-/ ](?P<month>\d\d?)", _month),
        (rf"{_YEAR}[ -]{_MONTH}", _month),
        (rf"(?P<month>\d\d?)[-/]{_YEAR}", _month),
        (rf"(?:q|qtr |quarter )(?P<part>[1-4])[ ,/-]*{_SHORT_YEAR}", _quarter),
        (rf"(?P<part>[1-4]) ?q[ ,/-]*{_SHORT_YEAR}", _quarter),
        (rf"{_YEAR}[ ,/-]*(?:q|qtr |quarter )(?P<part>[1-4])", _quarter),
        (rf"h(?P<part>[12])[ ,/-]*{_SHORT_YEAR}", _half),
        (rf"(?P<part>[12])h[ ,/-]*{_SHORT_YEAR}", _half),
        (rf"{_YEAR}[ ,/-]*h(?P<part>[12])", _half),
        (rf"(?P<season>spring|summer|fall|autumn)[ ,-]*{_YEAR}", _season),
        (rf"{_YEAR}[ ,-]*(?P<season>spring|summer|fall|autumn)", _season),
        (rf"winter[ ,-]*{_YEAR}(?:[-/]\d\d(?:\d\d)?)?", _winter),
        (_YEAR, _year),
    )
)

_TECHNOLOGIES = MappingProxyType(
    {
        Technology.FIBER: "50|fiber|fibre|optical fiber|fiber optic|ftth|fttp|gpon|xgs pon|xgspon|xgs|epon|"
        "10g epon|25gs pon|ng pon2|pon|10g pon|25g pon|50g pon|active ethernet|fiber to the home|fiber to the premise|"
        "fiber to the premises|fibre to the home|fibre to the premises|optical carrier fiber to the premises",
        Technology.FIXED_WIRELESS: "70|71|72|fixed wireless|fwa|wisp|fixed wireless access|wireless|cbrs|"
        "unlicensed fixed wireless|licensed fixed wireless|unlicensed terrestrial fixed wireless|tarana|"
        "licensed terrestrial fixed wireless|licensed by rule terrestrial fixed wireless|lbr fixed wireless",
    }
)
_TECHNOLOGY_OF = {phrase: technology for technology, phrases in _TECHNOLOGIES.items() for phrase in phrases.split("|")}
_OTHERS = (
    "10|11|12|20|30|copper|copper wire|dsl|adsl|adsl2|vdsl|vdsl2|fttn|fttc|40|41|42|43|cable|cable modem|hfc|coax|"
    "coaxial cable|docsis|docsis 3|docsis 3 1|docsis 4|60|61|satellite|geostationary satellite|"
    "non geostationary satellite|leo"
)
_OTHER_TECHNOLOGIES = frozenset(_OTHERS.split("|"))


def read_technology(text: str | None) -> Technology | None:
    """Read a technology: common words, PON flavours, and the FCC's codes 50 and 70 to 72.

    ``None`` for nothing, for what is not understood, and for :func:`is_other_technology`.
    """
    return _TECHNOLOGY_OF.get(_technology_phrase(text))


def is_other_technology(text: str | None) -> bool:
    """Tell whether a text names copper, cable or satellite (FCC codes 10 to 61), which fibermap does not classify."""
    return _technology_phrase(text) in _OTHER_TECHNOLOGIES


def _technology_phrase(text: str | None) -> str:
    return phrase_of(text).removesuffix(" 0")


_COUNT = re.compile(r"(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,9})(?:\.0+)?", re.ASCII)


def read_count(text: str | None) -> int | None:
    """Read a whole number of ports, units or strands: ``"12"``, ``"12.0"``, ``"1,728"``. Not negative, at most 10M."""
    match = _COUNT.fullmatch((text or "").strip())
    if match is None:
        return None
    count = int(match["whole"].replace(",", ""))
    return count if count <= LARGEST_COUNT else None


_PRIORITY_WORDS = {"highest": 1, "critical": 1, "high": 1, "medium": 2, "med": 2, "normal": 2, "low": 3, "lowest": 4}
_PRIORITY = re.compile(r"(?:p|prio|priority|rank|tier)? ?(\d{1,6})", re.ASCII)


def read_priority(text: str | None) -> int | None:
    """Read a priority, 1 first: ``"1"``, ``"P2"``, ``"Priority 3"``, ``"high"`` (1), ``"medium"`` (2), ``"low"``."""
    phrase = phrase_of(text)
    if phrase in _PRIORITY_WORDS:
        return _PRIORITY_WORDS[phrase]
    match = _PRIORITY.fullmatch(phrase.removesuffix(" 0") if re.fullmatch(r"\d+ 0", phrase) else phrase)
    return int(match[1]) if match else None
