"""The catalogue as orders and pre-orders ask it: sell this there, at this price, or say why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import orjson

from fibermap.order.catalogue import Catalogue
from fibermap.order.ground import Ground
from fibermap.order.offers import Sale
from fibermap.order.order import Sold
from fibermap.order.quote import Charge, Quote, sell


@dataclass(frozen=True, slots=True)
class CatalogueShop:
    """Sells what the catalogue offers at an address, with add-ons.

    Attributes
    ----------
    has
        What the customer has there already, and so pays nothing for once; None: nothing.
    """

    catalogue: Catalogue
    add_on_ids: Sequence[int] = ()
    has: Quote | None = None

    def sell(self, ground: Ground, offer_id: int, channel: str, on: date) -> Sold:
        """Return an offer as it may be ordered at an address; raises as `fibermap.order.quote.sell`."""
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
        """Return an offer with add-ons as it may be ordered or pre-ordered; its price is a `Quote` as JSON."""
        offer, quoted = sell(self.catalogue, ground, offer_id, add_on_ids, channel, on, sale=sale)
        technology = self.catalogue.technology_of(offer.offering)
        return Sold(technology, orjson.dumps(self._without_paid(quoted).as_json()).decode())

    def _without_paid(self, quoted: Quote) -> Quote:
        if self.has is None:
            return quoted
        had = {self.catalogue.find(each).code for each in (self.has.offer_id, *self.has.add_on_ids)}
        lines = (
            line
            for line in quoted.lines
            if line.charge is Charge.MONTHLY or self.catalogue.find(line.offer_id).code not in had
        )
        return replace(quoted, lines=tuple(lines))
