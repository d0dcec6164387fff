"""What may be had at one address, or at a place: the part of an answer that is given only where it is settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fibermap.coverage.decide import Case, Place, decide
from fibermap.coverage.explain import best_of, decide_known, is_blocked
from fibermap.coverage.model import CLASS_ORDER, Class, Confidence, Evidence, NotOrderable, Verdict
from fibermap.kernel.lazy import lazy
from fibermap.serving.explain import InIndex
from fibermap.serving.index import At, Index
from fibermap.serving.offer import NO_ADDRESS, Grounds, Offer, Shared, as_published, reasons, technology_json
from fibermap.serving.place import Here

_HOLD = ("code", "reason")
_RECORD = ("source", "layer", "source_fid", "licence", "permitted_uses")
NO_VERDICT = Shared("fiber", Class.UNKNOWN, Evidence.NO_POSITION, Confidence.LOW)
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
    def offer(self) -> Offer:
        """What may be had, without what is this address's own."""
        cell, row = self.where.book.addresses.cell, self.where.row
        grounds = Grounds(
            self._verdicts[0],
            cell("serviceable", row),
            cell("sellable", row),
            bool(self._holds),
            bool(self.flags) and is_blocked(self.flags, self.index.planned.settings),
            self.at or self.today,
        )
        return self.index.offers.on(grounds)

    @lazy
    def _verdicts(self) -> tuple[tuple[tuple[Any, ...], ...], list[float | None]]:
        """The verdict of each technology, kept or as on the date asked about: as `Shared` has them; and their drops."""
        if self.at is not None:
            decided = decide_known(InIndex(self.index, self.where), self.at).values()
            return tuple(_shared(verdict) for verdict, _ in decided), [verdict.drop_m for verdict, _ in decided]
        verdicts, rows = self.where.book.verdicts, self._rows("verdicts")
        return tuple([verdicts(row) for row in rows]) or (NO_VERDICT,), [self.where.book.drop_m(row) for row in rows]

    @lazy
    def flags(self) -> list[str]:
        """The codes of what a person should look at."""
        cell = self.where.book.groups["flags"].columns.cell
        return [cell("code", row) for row in self._rows("flags")]

    @lazy
    def _holds(self) -> Sequence[int]:
        return self._rows("holds")

    def records(self) -> list[dict[str, Any]]:
        """Return the source records that the address was made from, the one that names it first."""
        columns, rows = self.where.book.groups["records"].columns, self._rows("records")
        if len(rows) > 1:
            own = self.where.book.addresses.cell("record_id", self.where.row)
            rows = sorted(rows, key=lambda row: columns.cell("record_id", row) != own)
        return [columns.some(row, _RECORD) for row in rows]

    def _rows(self, name: str) -> Sequence[int]:
        return self.where.book.hanging(name, self.where.row)

    def as_json(self, *, public: bool) -> dict[str, Any]:
        """Return ``serviceability``; the ``public`` does not see terminals, drops, flags and evidence."""
        offer = self.offer
        if public:
            return offer.public
        holds = self.where.book.groups["holds"].columns
        return {
            **offer.said,
            "drop": self._drop(),
            "flags": self.flags,
            "evidence": {
                **offer.evidence,
                "holds": [holds.some(row, _HOLD) for row in self._holds],
                "records": self.records(),
            },
            "valid_until": offer.valid_until,
        }

    def _drop(self) -> dict[str, Any] | None:
        drops = self._verdicts[1]
        drop_m = drops[self.offer.decides] if drops else None
        if drop_m is None:
            return None
        return {
            "distance_m": round(drop_m, 2),
            "terminal_id": self.offer.best.terminal_id,
            "over_limit": drop_m > self.index.planned.settings.drop_limit_m,
        }


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

    @property
    def class_(self) -> Class:
        """The best class of any technology."""
        return CLASS_ORDER[min(self.here.class_codes.values())] if self.at is None else self.best.class_

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


def _shared(verdict: Verdict) -> Shared:
    return Shared(*(getattr(verdict, name) for name in Shared._fields))
