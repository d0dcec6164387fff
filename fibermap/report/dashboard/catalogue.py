"""The reports by name: what each says, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from fibermap.kernel.errors import Code, InputRefused
from fibermap.report.dashboard.asked import demand, demand_by_area, say_what_counts
from fibermap.report.dashboard.funnel import funnel, say_none
from fibermap.report.dashboard.ground import Ground
from fibermap.report.dashboard.homes import homes, phases
from fibermap.report.dashboard.passings import expected, passings
from fibermap.report.dashboard.quality import quality
from fibermap.report.dashboard.sources import ingests, sources
from fibermap.report.dashboard.terminals import ports, say_whether_recorded, terminals


def _nothing(_: pa.Table) -> list[str]:
    return []


def _say_first(table: pa.Table) -> list[str]:
    return [] if table.num_rows else ["There is no plan version yet."]


def _say_undated(table: pa.Table) -> list[str]:
    rows = table.to_pylist()
    undated = sum(row["units"] for row in rows if row["expected_on"] is None)
    late = sum(row["units"] for row in rows if row["is_late"])
    return [
        *([f"{undated:,} planned units have no date."] if undated else []),
        *([f"{late:,} planned units are past their date."] if late else []),
    ]


@dataclass(frozen=True, slots=True)
class Report:
    """One report.

    Attributes
    ----------
    about
        What it says, in one sentence.
    make
        Makes its table.
    notes
        What is to be said beside a table of it, in sentences.
    """

    name: str
    title: str
    about: str
    make: Callable[[Ground], pa.Table]
    notes: Callable[[pa.Table], list[str]] = _nothing


_ALL = (
    Report("homes", "Homes", "Serviceable, passed, planned, orderable, connected and active: what each word counts.",
           homes),
    Report("phases", "Phases", "Addresses and units by phase and class.", phases),
    Report("passings", "Passings over time", "Addresses and units by class and phase after each plan version.",
           passings, _say_first),
    Report("expected", "Expected passings", "What is planned, by the date on which it is expected to be live.",
           expected, _say_undated),
    Report("quality", "Data quality", "What is missing, doubtful or was not understood.", quality),
    Report("sources", "Sources", "What each source holds, its share of the addresses, and how old it is.", sources),
    Report("ingests", "Ingest history", "What was brought in and taken back, and the pulls that published nothing.",
           ingests),
    Report("ports", "Ports", "How full the terminals of each phase are.", ports, say_whether_recorded),
    Report("terminals", "Terminals", "The fullest terminals first.", terminals, say_whether_recorded),
    Report("funnel", "Funnel of sales", "How far leads have gone, by zone, channel, rep and week of their capture.",
           funnel, say_none),
    Report("demand", "Demand", "The addresses that were asked about in vain, the most checks first.",
           demand, say_what_counts),
    Report("demand_by_area", "Demand by area", "The same by area, or by city and ZIP code where there is none.",
           demand_by_area, say_what_counts),
)  # fmt: skip
REPORTS: Mapping[str, Report] = {report.name: report for report in _ALL}


@dataclass(frozen=True, slots=True)
class Made:
    """A report that was made: its table, and what is to be said beside it."""

    report: Report
    table: pa.Table
    notes: tuple[str, ...]


def make_report(name: str, ground: Ground) -> Made:
    """Make a report by its name; raises ``InputRefused`` where there is none."""
    report = REPORTS.get(name)
    if report is None:
        raise InputRefused(
            Code.ARGUMENT_INVALID, "There is no such report.", hint=f"There are: {', '.join(REPORTS)}.", field="name"
        )
    table = report.make(ground)
    return Made(report, table, tuple(report.notes(table)))
