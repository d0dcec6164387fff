"""What is sold and where: the catalogue as a product manager works on it, and asked for an address."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from fibermap.address.corrections import Author
from fibermap.order import catalogue_commands as commands
from fibermap.order.catalogue import Catalogue
from fibermap.order.ground import Ground
from fibermap.order.offering import Offering, Terms
from fibermap.order.offering_json import read_terms
from fibermap.order.offers import Offers
from fibermap.order.quote import PriceOnDay, Quote, price_on, quote
from fibermap.results import Result
from fibermap.serving.ground import ground_at
from fibermap.serving.live import Live
from fibermap.store import Store


class CatalogueVerbs:
    """The verbs of ``fm.catalogue``.

    Questions are answered from the index in memory, as of the last commit. An offering is stated as a
    :class:`fibermap.order.offering.Terms`, or as a mapping of its fields.
    """

    def __init__(self, store: Store, live: Live) -> None:
        self._store, self._live = store, live

    # -- asking -------------------------------------------------------------------------------------------------

    def offers_at(self, address_id: int, channel: str, on: date | None = None) -> Offers:
        """Return what may be sold at an address through a channel, and why anything else may not.

        Raises
        ------
        NotFound
            ``address_not_found``.
        InputRefused
            ``address_not_settled``: one of several units is meant.
        """
        return self._catalogue.offers_at(self.ground(address_id), channel, on or self._today)

    def ground(self, address_id: int) -> Ground:
        """Return what is true at an address as far as selling goes; raises ``NotFound``."""
        index = self._live.refresh()
        return ground_at(index, index.at(address_id), self._today)

    def offerings(self, on: date | None = None) -> Result:
        """Return the offerings, of each code the revision that speaks for it on a day."""
        found = [_row(offering, on or self._today) for offering in self._catalogue.on_shelf(on or self._today)]
        return Result(f"{len(found)} offerings", pa.Table.from_pylist(found))

    def stated(self, on: date | None = None) -> tuple[Offering, ...]:
        """Return the same whole, with everything that is stated about them."""
        return self._catalogue.on_shelf(on or self._today)

    def offering(self, offer_id: int) -> Offering:
        """Return one revision of an offering, sold or not; raises ``NotFound``."""
        return self._catalogue.find(offer_id)

    def revisions(self, code: str) -> tuple[Offering, ...]:
        """Return all revisions of a code, the first one first."""
        return self._catalogue.revisions(code)

    def quote(self, offer_id: int, add_on_ids: Sequence[int] = (), on: date | None = None) -> Quote:
        """Name the price of an offering with add-ons, and how long it is held."""
        return quote(self._catalogue, offer_id, add_on_ids, on or self._today)

    def price_on(self, quoted: Quote, on: date | None = None) -> PriceOnDay:
        """Return the price that counts on a day for what was quoted earlier."""
        return price_on(self._catalogue, quoted, on or self._today)

    # -- deciding -----------------------------------------------------------------------------------------------

    def add(self, offering: Terms | Mapping[str, Any], reason: str, author: str) -> Offering:
        """State a new offering."""
        terms, by = _terms(offering), Author(author, reason)
        return self._store.run_alone(
            lambda uow: commands.add_offering(uow, terms, by), cause=f"add_offering:{terms.code}"
        )

    def revise(
        self,
        offer_id: int,
        offering: Terms | Mapping[str, Any],
        reason: str,
        author: str,
        *,
        from_on: date | None = None,
    ) -> Offering:
        """State an offering anew from a day on; whoever bought it before keeps what was bought.

        Parameters
        ----------
        offer_id
            Its latest revision.
        """
        terms, by, on = _terms(offering), Author(author, reason), from_on or self._today
        return self._store.run_alone(
            lambda uow: commands.revise_offering(uow, offer_id, terms, by, on), cause=f"revise_offering:{offer_id}"
        )

    def retire(self, offer_id: int, reason: str, author: str, *, from_on: date | None = None) -> Offering:
        """End an offering: from a day on it is not sold any more, and whoever bought it keeps it."""
        by, on = Author(author, reason), from_on or self._today
        return self._store.run_alone(
            lambda uow: commands.retire_offering(uow, offer_id, by, on), cause=f"retire_offering:{offer_id}"
        )

    def load(
        self,
        offerings: Iterable[Terms | Mapping[str, Any]],
        reason: str,
        author: str,
        *,
        from_on: date | None = None,
        dry_run: bool = False,
    ) -> commands.Stated:
        """State many offerings, all or none; what stands as it is stated is left alone, what is not named stays."""
        stated = [_terms(offering) for offering in offerings]
        by, on = Author(author, reason), from_on or self._today
        run = self._store.preview if dry_run else self._store.run_alone
        return run(lambda uow: commands.load_offerings(uow, stated, by, on), cause="load_offerings")

    @property
    def _today(self) -> date:
        return self._store.clock.now().date()

    @property
    def _catalogue(self) -> Catalogue:
        return self._live.refresh().planned.catalogue


class CatalogueDecisions(ABC):
    """The catalogue of :class:`fibermap.plan.Plan`."""

    store: Store
    live: Live

    @property
    def catalogue(self) -> CatalogueVerbs:
        """What is sold and where."""
        return CatalogueVerbs(self.store, self.live)


def _terms(offering: Terms | Mapping[str, Any]) -> Terms:
    return offering if isinstance(offering, Terms) else read_terms(offering)


def _row(offering: Offering, on: date) -> dict[str, Any]:
    terms = offering.terms
    return {
        "offer_id": offering.offer_id,
        "code": terms.code,
        "revision": offering.revision,
        "name": terms.name,
        "provider": terms.provider,
        "kind": str(terms.kind),
        "technology": terms.technology,
        "monthly_cents": terms.monthly_cents,
        "currency": terms.currency,
        "sold": offering.started(on) and not offering.ended(on),
    }
