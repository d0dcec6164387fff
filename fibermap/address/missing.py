"""Addresses that people say are missing: items for a person to look at, never addresses by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.ids import stable_id
from fibermap.money.card_numbers import refuse_card_numbers
from fibermap.store import UnitOfWork

LONGEST_TEXT, LONGEST_NOTE = 300, 1000


@dataclass(frozen=True, slots=True)
class MissingReport:
    """What somebody says.

    Attributes
    ----------
    text
        The address as typed, up to 300 characters.
    reporter
        ``key:ID`` or ``user:ID``.
    note
        Anything else, up to 1,000 characters.
    lon, lat
        Where it is, degrees in EPSG:4326; None where that is not said.
    """

    text: str
    reporter: str
    note: str | None = None
    lon: float | None = None
    lat: float | None = None


def report_missing(uow: UnitOfWork, report: MissingReport) -> int:
    """Put a report on the list and return its id; the same report by the same reporter is there once.

    Raises
    ------
    InputRefused
        ``argument_invalid``: no text, or too much of it; ``card_number_refused``.
    """
    if not report.text.strip() or len(report.text) > LONGEST_TEXT or len(report.note or "") > LONGEST_NOTE:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"A report has 1 to {LONGEST_TEXT} characters of address and up to {LONGEST_NOTE} of note.",
            field="q",
        )
    refuse_card_numbers(report.text, field="q")
    refuse_card_numbers(report.note, field="note")
    report_id = stable_id("missing_report", report.reporter, report.text.strip().casefold())
    uow.sql.execute(
        "missing.report",
        """
        INSERT INTO missing_report VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (report_id) DO UPDATE SET note = excluded.note, lon = excluded.lon, lat = excluded.lat
        """,
        [report_id, report.text.strip(), report.note, report.lon, report.lat, report.reporter, uow.at_utc],
    )
    return report_id
