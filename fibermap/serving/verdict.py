"""What may be had at one address, or at a place: the part of an answer that is given only where it is settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from fibermap.coverage.decide import Case, Place, decide
from fibermap.coverage.expected import first_day, public_date
from fibermap.coverage.explain import best_of, decide_known, is_blocked, offering_of
from fibermap.coverage.model import CLASS_ORDER, Class, Confidence, Evidence, NotOrderable, Verdict
from fibermap.coverage.orderable import why_not_orderable
from fibermap.kernel.lazy import lazy
from fibermap.serving.explain import InIndex
from fibermap.serving.index import At, Index
from fibermap.serving.place import Here

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

FEATURE = ("name", "role", "phase", "layer", "source", "ports_free", "network_ready_on", "sales_open_on")
"""What is asked of the features that decide."""
_HOLD = ("code", "reason")
_RECORD = ("record_id", "source", "layer", "source_fid", "licence", "permitted_uses")
_SPELLED = ("feature_id", "rule_id", "terminal_id", "drop_m", "expected_live_on", "expected_precision")
_VERDICT = ("technology", "class", "evidence", "confidence", *_SPELLED)
NO_VERDICT = Verdict("fiber", Class.UNKNOWN, Evidence.NO_POSITION, Confidence.LOW)
"""How an address stands that has no verdict."""


@dataclass(frozen=True)
class Standing:
    """How one address stands.

    Attributes
    ----------
    index, where
        The address.
    at, today
        The date in the world asked about, None for the plan at its word; and the day of asking.
    """

    index: Index
    where: At
    at: date | None
    today: date

    @lazy
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict of each technology: the one that is kept, or as it will be on the date asked about."""
        if self.at is not None:
            known = InIndex(self.index, self.where)
            return {technology: verdict for technology, (verdict, _) in decide_known(known, self.at).items()}
        return {row["technology"]: _verdict_of(row) for row in self._some("verdicts", _VERDICT)} or {
            "fiber": NO_VERDICT
        }

    @lazy
    def best(self) -> Verdict:
        """The verdict that gives the class."""
        return best_of(self.verdicts)

    @lazy
    def features(self) -> dict[int, dict[str, Any]]:
        """What decides, and what would serve, by id."""
        ids = {v.feature_id for v in self.verdicts.values()} | {self.best.terminal_id}
        return {fid: self.index.planned.feature(fid, FEATURE) for fid in ids if fid is not None}

    @lazy
    def holds(self) -> list[dict[str, Any]]:
        """The holds in force."""
        return self._some("holds", _HOLD)

    @lazy
    def flags(self) -> list[dict[str, Any]]:
        """What a person should look at."""
        return self._some("flags", ("code",))

    @lazy
    def not_orderable(self) -> list[NotOrderable]:
        """Every reason against selling on the date asked about, or today."""
        cell, row = self.where.book.addresses.cell, self.where.row
        address = {name: cell(name, row) for name in ("serviceable", "sellable")}
        blocked = is_blocked(self.flags, self.index.planned.settings)
        offering = offering_of(address, self.best, self.features, held=bool(self.holds), flagged=blocked)
        return why_not_orderable(offering, self.at or self.today)

    def records(self) -> list[dict[str, Any]]:
        """Return the source records that the address was made from, the one that names it first."""
        own = self.where.book.addresses.cell("record_id", self.where.row)
        return sorted(self._some("records", _RECORD), key=lambda row: row["record_id"] != own)

    def _some(self, name: str, columns: Sequence[str]) -> list[dict[str, Any]]:
        return self.where.book.groups[name].some(int(self.where.book.ids[self.where.row]), columns)

    def as_json(self, *, public: bool) -> dict[str, Any]:
        """Return ``serviceability``; the ``public`` does not see terminals, drops, flags and evidence."""
        best = self.best
        return {
            "class": str(best.class_),
            "orderable": not self.not_orderable,
            "not_orderable": [str(reason) for reason in self.not_orderable],
            "confidence": str(best.confidence),
            "technologies": [self._technology(verdict, public=public) for verdict in self.verdicts.values()],
            "reasons": reasons([best.evidence, *self.not_orderable]),
            "drop": None if public else self._drop(),
            "flags": [] if public else [flag["code"] for flag in self.flags],
            "evidence": None if public else self._evidence(),
            "valid_until": _iso(self._turning_day(public=public)),
        }

    def _technology(self, verdict: Verdict, *, public: bool) -> dict[str, Any]:
        if public:
            return technology_json(as_published(verdict, self._public_dates), None)
        return technology_json(verdict, self.features.get(verdict.feature_id or 0, {}).get("source"))

    @property
    def _public_dates(self) -> str:
        return self.index.planned.settings.public_dates

    def _turning_day(self, *, public: bool) -> date | None:
        """Return the first day on which the answer may be another one; the public learns no day that it is not told."""
        day = min(self._turning_days(), default=None)
        if day is None or not public:
            return day
        return max(first_day(day, self._public_dates), (self.at or self.today) + timedelta(days=1))

    def _drop(self) -> dict[str, Any] | None:
        if self.best.drop_m is None:
            return None
        over_limit = self.best.drop_m > self.index.planned.settings.drop_limit_m
        return {
            "distance_m": round(self.best.drop_m, 2),
            "terminal_id": self.best.terminal_id,
            "over_limit": over_limit,
        }

    def _evidence(self) -> dict[str, Any]:
        decides = self.features.get(self.best.feature_id or 0, {})
        return {
            "by": str(self.best.evidence),
            "feature_id": self.best.feature_id,
            **{name: decides.get(name) for name in ("name", "role", "phase", "layer", "source")},
            "rule_id": self.best.rule_id,
            "holds": self.holds,
            "records": [{name: row[name] for name in _RECORD[1:]} for row in self.records()],
        }

    def _turning_days(self) -> Iterator[date]:
        """Yield the days after the one asked about on which the answer may become another one by itself."""
        decides = self.features.get(self.best.feature_id or 0, {})
        days = [decides.get("network_ready_on"), decides.get("sales_open_on")]
        if self.best.class_ is Class.PRE_BUILD:
            days.append(self.best.expected_live_on)
        on = self.at or self.today
        return (day for day in days if day is not None and day > on)


@dataclass(frozen=True)
class PlaceStanding:
    """How a place stands that is no known address: its class by the plan, and no offer.

    Attributes
    ----------
    index, here
        What there is around it.
    lon, lat
        Degrees in EPSG:4326.
    at
        As of a `Standing`.
    """

    index: Index
    here: Here
    lon: float
    lat: float
    at: date | None

    @lazy
    def verdicts(self) -> list[Verdict]:
        """The verdict of each technology."""
        verdict_of = self._verdict if self.at is None else self._verdict_on
        return [verdict_of(technology) for technology in self.index.planned.technologies]

    @lazy
    def best(self) -> Verdict:
        """The verdict that gives the class."""
        return best_of({verdict.technology: verdict for verdict in self.verdicts})

    def as_json(self, *, public: bool) -> dict[str, Any]:
        """Return ``serviceability``; the ``public`` does not see sources and evidence."""
        best, verdicts = self.best, self.verdicts
        sources = [self.index.planned.feature(verdict.feature_id, ("source",)).get("source") for verdict in verdicts]
        if public:
            verdicts = [as_published(verdict, self.index.planned.settings.public_dates) for verdict in verdicts]
        against = [NO_ADDRESS] if best.class_ is Class.BUILD else [NotOrderable.NOT_BUILD, NO_ADDRESS]
        return {
            "class": str(best.class_),
            "orderable": False,
            "not_orderable": [str(reason) for reason in against],
            "confidence": None,
            "technologies": [
                technology_json(verdict, None if public else source)
                for verdict, source in zip(verdicts, sources, strict=True)
            ],
            "reasons": reasons(against),
            "drop": None,
            "flags": [],
            "evidence": None if public else {"feature_id": best.feature_id},
            "valid_until": None,
        }

    def _verdict(self, technology: str) -> Verdict:
        feature_id = self.here.features[technology]
        live = self.index.planned.feature(feature_id, ("expected_live_on", "expected_precision"))
        class_ = CLASS_ORDER[self.here.class_codes[technology]]
        return Verdict(technology, class_, Evidence.NONE, Confidence.LOW, feature_id, **live)

    def _verdict_on(self, technology: str) -> Verdict:
        planned = self.index.planned
        case = Case(
            technology,
            Place(self.lon, self.lat),
            planned.candidates(self.lon, self.lat, technology),
            planned.rules(technology),
            asked=self.at,
            position_error_m=planned.settings.position_error_m,
            reach_m=planned.settings.terminal_reach_m,
        )
        return decide(case)[0]


def as_published(verdict: Verdict, least: str) -> Verdict:
    """Return a verdict as the public may read it: its expected date no finer than the settings permit."""
    if verdict.expected_live_on is None:
        return verdict
    day, precision = public_date(verdict.expected_live_on, verdict.expected_precision, least)
    return replace(verdict, expected_live_on=day, expected_precision=precision)


def technology_json(verdict: Verdict, source: str | None) -> dict[str, Any]:
    """Return one of ``technologies``; ``speeds`` is null as long as no source states any."""
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


def _verdict_of(row: Mapping[str, Any]) -> Verdict:
    return Verdict(
        row["technology"],
        Class(row["class"]),
        Evidence(row["evidence"]),
        Confidence(row["confidence"]),
        **{name: row[name] for name in _SPELLED},
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
