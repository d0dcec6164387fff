"""The catalogue as a counter: what may be pre-ordered at an address, for how much, and how long that holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fibermap.order.catalogue_store import read_catalogue
from fibermap.order.ground import Ground
from fibermap.order.offers import Sale
from fibermap.order.preorder import Promised
from fibermap.order.quote import Quote
from fibermap.order.shop import CatalogueShop
from fibermap.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class CatalogueCounter:
    """Promises what the catalogue says may be pre-ordered, at the price of the day."""

    shop: CatalogueShop

    def promise(self, ground: Ground, offer_id: int, add_on_ids: Sequence[int], channel: str, on: date) -> Promised:
        """Return what is promised; raises as `fibermap.order.quote.sell`."""
        sold = self.shop.sell_as(Sale.PRE_ORDER, ground, offer_id, add_on_ids, channel, on)
        return Promised(sold.technology, sold.price, Quote.from_json(sold.price).lock_until)


def counter_in(uow: UnitOfWork) -> CatalogueCounter:
    """Return the counter of the catalogue as it is now."""
    return CatalogueCounter(CatalogueShop(read_catalogue(uow)))
