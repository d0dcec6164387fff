"""Findings: what a planner should know about a change before it is made, and what she has to say yes to."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How loudly a finding speaks."""

    INFO = "info"
    WARNING = "warning"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes
    ----------
    code
        Stable, for programs.
    message
        For a person: what was found, where, and what to do about it.
    count
        How many features, addresses or words it is about.
    needs_yes
        Nothing is written until somebody agrees.
    samples
        Up to twenty pointers or values, as JSON values.
    places
        Where each sample lies (WKB, EPSG:4326; None: nowhere), for a map; empty where nobody has looked.
    """

    code: str
    message: str
    severity: Severity = Severity.INFO
    count: int = 1
    source: str | None = None
    needs_yes: bool = False
    samples: tuple[dict[str, Any], ...] = ()
    places: tuple[bytes | None, ...] = field(default=(), repr=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return the finding as JSON values."""
        told = asdict(replace(self, places=()))
        del told["places"]
        return {**told, "severity": str(self.severity), "samples": list(self.samples)}


MOST_SAMPLES = 20


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return a count with its noun: ``1 address``, ``2,000 addresses``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def question(
    code: str, message: str, *, count: int, source: str | None = None, samples: tuple[dict[str, Any], ...] = ()
) -> Finding:
    """Return a finding that needs a yes."""
    return Finding(code, message, Severity.QUESTION, count, source, True, samples[:MOST_SAMPLES])


def warning(
    code: str,
    message: str,
    *,
    count: int,
    source: str | None = None,
    samples: tuple[dict[str, Any], ...] = (),
    places: tuple[bytes | None, ...] = (),
) -> Finding:
    """Return a finding that stops nothing."""
    places = places[:MOST_SAMPLES]
    return Finding(code, message, Severity.WARNING, count, source, False, samples[:MOST_SAMPLES], places)
