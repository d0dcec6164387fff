"""Questions to the person at the terminal, before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from fibermap.ingest.draft import NOT_STATED
from fibermap.ingest.report import Unanswered

if TYPE_CHECKING:
    from fibermap.ingest.report import IngestReport

MEANINGS = ("build", "pre-build", "ignored")
SKIP = "skip"


def settle_questions(report: IngestReport) -> IngestReport:
    """Show a dry run, ask what its unknown status words mean, ask for the yes, and promote.

    Raises
    ------
    Unanswered
        The person said no; nothing was written.
    """
    typer.echo("\n".join(report.lines()))
    answers = _ask_for_words(report)
    if answers:
        report = report.answer(statuses=answers)
        typer.echo("\n".join(report.lines()))
    if report.questions and not typer.confirm("Promote?", default=False):
        raise Unanswered(report)
    return report.promote(yes=True)


def _ask_for_words(report: IngestReport) -> dict[str, str]:
    """Ask about each unknown word once, whatever the number of places where it stands."""
    asked: dict[str, str] = {}
    for finding in report.questions:
        if finding.code == "status_unknown":
            word = finding.samples[0]["word"]
            _ask(asked, word, f"What does the status {word!r} mean ({_features(finding.count)})?")
        elif finding.code == "status_missing":
            _ask(asked, NOT_STATED, f"What are the {finding.count:,} coverage areas that state no status?")
    return {word: answer for word, answer in asked.items() if answer != SKIP}


def _ask(asked: dict[str, str], word: str, question: str) -> None:
    if word in asked:
        return
    choices = (*MEANINGS, SKIP)
    answer = ""
    while answer not in choices:
        answer = typer.prompt(f"{question} {' / '.join(choices)}", default=SKIP).strip().lower()
    asked[word] = answer


def _features(count: int) -> str:
    return "1 feature" if count == 1 else f"{count:,} features"
