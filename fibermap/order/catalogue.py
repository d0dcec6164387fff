"""The catalogue in memory: what may be sold at an address through a channel on a day, and why anything else may not.

Addresses that stand alike, by class, kind, reasons and regions, have the same offers: each of these answers is worked
out once and kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import chain
from typing import NamedTuple

from fibermap.order.ground import Ground
from fibermap.order.judge import Case, Judged, Shelf, case_of, judge
from fibermap.order.offering import Offering, Terms, of_that_day
from fibermap.order.offers import (
    REASONS,
    Offer,
    OfferRefused,
    Offers,
    Refused,
    Sale,
    Why,
    offer_not_found,
    require_settled,
)
from fibermap.order.region_index import RegionIndex

MOST_SHELVES = 64
MOST_JUDGED = 4_096


class _Key(NamedTuple):
    channel: str | None
    on: date
    case: Case


class Catalogue:
    """Every offering there is or was. Immutable; may serve many threads.

    Parameters
    ----------
    offerings
        Every revision of every offering.
    """

    def __init__(self, offerings: Iterable[Offering] = ()) -> None:
        self.offerings = tuple(sorted(offerings, key=lambda each: (each.code, each.revision)))
        self._by_id = {offering.offer_id: offering for offering in self.offerings}
        self._by_code: dict[str, list[Offering]] = defaultdict(list)
        for offering in self.offerings:
            self._by_code[offering.code].append(offering)
        terms = [offering.terms for offering in self.offerings]
        self._regions = RegionIndex(chain.from_iterable((*each.included, *each.excluded) for each in terms))
        self._technologies = tuple(sorted({each.technology for each in terms if each.technology is not None}))
        self._shelves: dict[tuple[str | None, date], Shelf] = {}
        self._judged: dict[_Key, Judged] = {}

    def __len__(self) -> int:
        return len(self.offerings)

    def find(self, offer_id: int) -> Offering:
        """Return an offering by its id, sold or not; raises ``NotFound`` (``offering_not_found``)."""
        found = self._by_id.get(offer_id)
        if found is None:
            raise offer_not_found(offer_id)
        return found

    def revisions(self, code: str) -> tuple[Offering, ...]:
        """Return all revisions of a code in their order; none for an unknown one."""
        return tuple(self._by_code.get(code, ()))

    def on_shelf(self, on: date) -> tuple[Offering, ...]:
        """Return of every code the revision that speaks for it on a day, sold then or not."""
        return tuple(of_that_day(revisions, on) for revisions in self._by_code.values())

    def sold_on(self, on: date) -> tuple[Offering, ...]:
        """Return what is sold on a day, wherever and through whichever channel."""
        return tuple(each for each in self.on_shelf(on) if each.started(on) and not each.ended(on))

    def offers_at(self, ground: Ground, channel: str, on: date) -> Offers:
        """Return what may be sold at an address through a channel on a day, and why anything else may not.

        Parameters
        ----------
        ground
            What is true at the address now; ``on`` asks for offers and dates of another day, not for another class.

        Raises
        ------
        InputRefused
            ``address_not_settled``: one of several units is meant.
        """
        require_settled(ground)
        judged = self._judge(ground, channel, on)
        return Offers(ground.address_id, channel, on, judged.sale, judged.offers, judged.refused)

    def fastest_at(self, ground: Ground, on: date) -> Mapping[str, Terms]:
        """Return the fastest plan of each technology that can be ordered or pre-ordered there through any channel."""
        return self._judge(ground, None, on).fastest

    def _judge(self, ground: Ground, channel: str | None, on: date) -> Judged:
        key = _Key(channel, on, case_of(ground, self._technologies, self._regions.around(ground), on))
        judged = self._judged.get(key)
        if judged is None:
            if len(self._judged) >= MOST_JUDGED:
                self._judged.clear()
            judged = self._judged[key] = judge(self._shelf(channel, on), key.case)
        return judged

    def require(self, ground: Ground, offer_id: int, channel: str, on: date, *, sale: Sale = Sale.ORDER) -> Offer:
        """Return an offering that is to be sold at an address, as `offers_at` says it.

        Parameters
        ----------
        sale
            How it is to be sold: ``order`` or ``pre-order``.

        Raises
        ------
        NotFound
            ``offering_not_found``.
        OfferRefused
            ``not_build``, ``on_hold``, ``no_port``, ``sales_not_open`` or ``offer_not_available``, with ``why`` behind
            it and what may be done instead as ``alternative``.
        InputRefused
            ``address_not_settled``.
        """
        offer = self.require_sold(ground, offer_id, channel, on)
        if offer.sale is not sale:
            why = Why.NOT_YET_BUILT if offer.sale is Sale.PRE_ORDER else Why.ALREADY_BUILT
            raise OfferRefused(ground.address_id, Refused(offer.offering, (REASONS[why],)), offer.sale)
        return offer

    def by_code(self, on: date) -> dict[str, Offering]:
        """Return the revision of each offering that speaks for it on a day, see `on_shelf`, by its code."""
        return {offering.code: offering for offering in self.on_shelf(on)}

    def require_sold(self, ground: Ground, offer_id: int, channel: str, on: date) -> Offer:
        """Return an offering that is to be sold at an address, in whichever way it may be; raises as `require`."""
        offering = self.find(offer_id)
        said = self.offers_at(ground, channel, on).find(offer_id)
        if said is None:  # another revision speaks for it on that day
            said = Refused(offering, (REASONS[Why.EXPIRED if offering.started(on) else Why.NOT_STARTED],))
        if isinstance(said, Refused):
            raise OfferRefused(ground.address_id, said, said.alternative)
        return said

    def technology_of(self, offering: Offering) -> str:
        """Return what an offering is served by: its own technology, or that of the plan in a bundle; empty for none."""
        terms = offering.terms
        parts = (revision.terms for code in terms.parts for revision in self.revisions(code))
        named = (terms.technology, *(part.technology for part in parts))
        return next((technology for technology in named if technology is not None), "")

    def _shelf(self, channel: str | None, on: date) -> Shelf:
        shelf = self._shelves.get((channel, on))
        if shelf is None:
            if len(self._shelves) >= MOST_SHELVES:
                self._shelves.clear()
            numbers = self._regions.numbers
            shelf = self._shelves[channel, on] = Shelf.of(self.on_shelf(on), numbers, channel, on)
        return shelf
