"""The catalogue as orders and pre-orders ask it: sell this there, at this price, or say why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import orjson

from fibermap.order.catalogue import Catalogue
from fibermap.order.ground import Ground
from fibermap.order.had import Had
from fibermap.order.offering import OfferingKind
from fibermap.order.offers import REASONS, Offer, OfferRefused, Refused, Sale, Why
from fibermap.order.order import Sold
from fibermap.order.quote import Quote, quote


@dataclass(frozen=True, slots=True)
class CatalogueShop:
    """Sells what the catalogue offers at an address, with add-ons.

    Attributes
    ----------
    has
        The service that the customer has already; None: none.
    """

    catalogue: Catalogue
    add_on_ids: Sequence[int] = ()
    has: Had | None = None

    def sell(self, ground: Ground, offer_id: int, channel: str, on: date) -> Sold:
        """Return an offer as it may be ordered at an address; raises as `sell_as`."""
        return self.sell_as(Sale.ORDER, ground, offer_id, self.add_on_ids, channel, on)

    def sell_today(self, ground: Ground, quoted: Quote, channel: str, on: date) -> tuple[int, Sold]:
        """Return what was quoted once as it is sold today: the revisions of the day, at their prices."""
        today = self.catalogue.by_code(on)
        offer_id, *add_on_ids = (
            today[self.catalogue.find(each).code].offer_id for each in (quoted.offer_id, *quoted.add_on_ids)
        )
        return offer_id, self.sell_as(Sale.ORDER, ground, offer_id, add_on_ids, channel, on)

    def sell_as(
        self, sale: Sale, ground: Ground, offer_id: int, add_on_ids: Sequence[int], channel: str, on: date
    ) -> Sold:
        """Return an offer with add-ons as it may be ordered or pre-ordered; its price is a `Quote` as JSON.

        Raises
        ------
        NotFound
            ``offering_not_found``.
        OfferRefused
            As of `Catalogue.require`, of it or of an add-on; also for an offering that cannot be bought by itself.
        """
        offer = self.catalogue.require(ground, offer_id, self._by(ground, offer_id, channel, on), on, sale=sale)
        if offer.offering.terms.kind is OfferingKind.ADD_ON:
            raise OfferRefused(ground.address_id, Refused(offer.offering, (REASONS[Why.ADD_ON_WITHOUT_PLAN],)), None)
        for each in add_on_ids:
            self.catalogue.require_sold(ground, each, self._by(ground, each, channel, on), on)
        quoted = quote(self.catalogue, offer_id, add_on_ids, on)
        if self.has is not None:
            quoted = self.has.taken_off(quoted, self._code_of)
        return Sold(self.catalogue.technology_of(offer.offering), orjson.dumps(quoted.as_json()).decode())

    def _by(self, ground: Ground, offer_id: int, channel: str, on: date) -> str:
        """Return through which channel an offering is bought: what a customer has, also as they came for that."""
        if self.has is None or self._code_of(offer_id) not in self.has.codes(self._code_of):
            return channel
        is_sold = isinstance(self.catalogue.offers_at(ground, channel, on).find(offer_id), Offer)
        return channel if is_sold else self.has.channel

    def _code_of(self, offer_id: int) -> str:
        return self.catalogue.find(offer_id).code
