"""What may be had at an address, as far as it is the same wherever addresses stand alike.

All that one area covers has the same class from the same evidence, the same dates, and the same reasons against a sale.
That part of an answer is worked out once; only drops, holds, flags and records are an address's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from fibermap.coverage.expected import first_day, public_date
from fibermap.coverage.explain import best_of, offering_of
from fibermap.coverage.model import Class, Confidence, Evidence, NotOrderable, Verdict
from fibermap.coverage.orderable import why_not_orderable
from fibermap.serving.planned import Planned

NO_ADDRESS = "no_address"
"""Why a place that is no known address cannot be ordered for, though the plan gives it a class."""

LABELS: dict[str, str] = {
    Evidence.AREA: "A coverage area covers it.",
    Evidence.DESIGN_TERMINAL: "The design assigns it a terminal.",
    Evidence.TERMINAL: "A terminal is near enough.",
    Evidence.ROUTE: "A route is near enough.",
    Evidence.SOURCE_STATUS: "The address's own source says so.",
    Evidence.NONE: "Nothing planned or built serves it.",
    Evidence.NO_POSITION: "Its position is not known.",
    NotOrderable.NOT_BUILD: "It is not built.",
    NotOrderable.NOT_SERVICEABLE: "It is not a place that is sold to.",
    NotOrderable.HOLD: "A hold forbids sales.",
    NotOrderable.NO_PORT: "Its terminal has no free port.",
    NotOrderable.FLAGGED: "A flag has to be looked at first.",
    NotOrderable.SALES_NOT_OPEN: "Sales are not open yet.",
    NotOrderable.NETWORK_NOT_READY: "The network is not ready yet.",
    NotOrderable.SOURCE_NOT_PERMITTED: "The licence of its source does not permit sales.",
    NO_ADDRESS: "No known address is there.",
}
"""What each reason says to a person."""

_FEATURE = ("name", "role", "phase", "layer", "source", "ports_free", "network_ready_on", "sales_open_on")
"""What is asked of the features that decide."""
_MOST_KNOWN = 1 << 16


class Shared(NamedTuple):
    """A verdict without its drop: what many addresses have in common. See `fibermap.coverage.model.Verdict`."""

    technology: str
    class_: str
    evidence: str
    confidence: str
    feature_id: int | None = None
    rule_id: int | None = None
    terminal_id: int | None = None
    expected_live_on: date | None = None
    expected_precision: str | None = None


class Grounds(NamedTuple):
    """All that an offer rests on, beside the plan.

    Attributes
    ----------
    verdicts
        One `Shared` a technology, or a plain tuple of the same values.
    serviceable, sellable, held, flagged
        As of `fibermap.coverage.orderable.Offering`; ``sellable`` is what it calls permitted.
    on
        The day asked about.
    """

    verdicts: tuple[tuple[Any, ...], ...]
    serviceable: bool
    sellable: bool
    held: bool
    flagged: bool
    on: date


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be had. Its parts stand in many answers and are never changed.

    Attributes
    ----------
    decides
        Position of the verdict that gives the class.
    best
        That verdict, without its drop.
    not_orderable
        Every reason against a sale.
    said, public
        The beginning of ``serviceability``, as JSON values; and all of it, as the public sees it.
    evidence
        What ``evidence`` begins with.
    valid_until
        The day on which the answer may become another one by itself.
    """

    decides: int
    best: Verdict
    not_orderable: tuple[NotOrderable, ...]
    said: Mapping[str, Any]
    public: dict[str, Any]
    evidence: Mapping[str, Any]
    valid_until: str | None


class Offers:
    """The offers of one state of the plan, each worked out when it is first asked for."""

    def __init__(self, planned: Planned) -> None:
        self._planned = planned
        self._known: dict[Grounds, Offer] = {}

    def on(self, grounds: Grounds) -> Offer:
        """Return what may be had on these grounds."""
        found = self._known.get(grounds)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[grounds] = _offer(self._planned, grounds)
        return found


def _offer(planned: Planned, grounds: Grounds) -> Offer:
    verdicts = [_verdict(Shared(*each)) for each in grounds.verdicts]
    best = best_of({verdict.technology: verdict for verdict in verdicts})
    ids = {verdict.feature_id for verdict in verdicts} | {best.terminal_id}
    features = {fid: planned.feature(fid, _FEATURE) for fid in ids if fid is not None}
    address = {"serviceable": grounds.serviceable, "sellable": grounds.sellable}
    offering = offering_of(address, best, features, held=grounds.held, flagged=grounds.flagged)
    against = tuple(why_not_orderable(offering, grounds.on))
    said = {
        "class": str(best.class_),
        "orderable": not against,
        "not_orderable": [str(reason) for reason in against],
        "confidence": str(best.confidence),
    }
    sources = [features.get(verdict.feature_id or 0, {}).get("source") for verdict in verdicts]
    why = {"reasons": reasons([best.evidence, *against])}
    decides = features.get(best.feature_id or 0, {})
    turns_on, least = min(_turning_days(best, decides, grounds.on), default=None), planned.settings.public_dates
    return Offer(
        decides=verdicts.index(best),
        best=best,
        not_orderable=against,
        said=said | {"technologies": list(map(technology_json, verdicts, sources))} | why,
        public=said
        | {"technologies": [technology_json(as_published(verdict, least), None) for verdict in verdicts]}
        | why
        | {"drop": None, "flags": [], "evidence": None}
        | {"valid_until": _iso(_public_day(turns_on, grounds.on, least))},
        evidence=_evidence(best, decides),
        valid_until=_iso(turns_on),
    )


def _verdict(shared: Shared) -> Verdict:
    return Verdict(
        shared.technology,
        Class(shared.class_),
        Evidence(shared.evidence),
        Confidence(shared.confidence),
        shared.feature_id,
        shared.rule_id,
        shared.terminal_id,
        expected_live_on=shared.expected_live_on,
        expected_precision=shared.expected_precision,
    )


def _evidence(best: Verdict, decides: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "by": str(best.evidence),
        "feature_id": best.feature_id,
        **{name: decides.get(name) for name in ("name", "role", "phase", "layer", "source")},
        "rule_id": best.rule_id,
    }


def _turning_days(best: Verdict, decides: Mapping[str, Any], on: date) -> Iterator[date]:
    """Yield the days after the one asked about on which the answer may become another one by itself."""
    days = [decides.get("network_ready_on"), decides.get("sales_open_on")]
    if best.class_ is Class.PRE_BUILD:
        days.append(best.expected_live_on)
    return (day for day in days if day is not None and day > on)


def _public_day(turns_on: date | None, on: date, least: str) -> date | None:
    """Return the first day on which the answer may be another one; the public learns no day that it is not told."""
    return None if turns_on is None else max(first_day(turns_on, least), on + timedelta(days=1))


def as_published(verdict: Verdict, least: str) -> Verdict:
    """Return a verdict as the public may read it: its expected date no finer than the settings permit."""
    if verdict.expected_live_on is None:
        return verdict
    day, precision = public_date(verdict.expected_live_on, verdict.expected_precision, least)
    return replace(verdict, expected_live_on=day, expected_precision=precision)


def technology_json(verdict: Verdict, source: str | None) -> dict[str, Any]:
    """Return one of ``technologies``; ``speeds`` are what the catalogue has to say."""
    live = None
    if verdict.expected_live_on is not None:
        live = {
            "date": _iso(verdict.expected_live_on),
            "precision": verdict.expected_precision,
            "source": source,
        }
    return {
        "technology": verdict.technology,
        "class": str(verdict.class_),
        "speeds": None,
        "expected_live": live,
    }


def reasons(codes: Sequence[str]) -> list[dict[str, str]]:
    """Return reasons with what they say to a person."""
    return [{"code": str(code), "label": LABELS[code]} for code in codes]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
