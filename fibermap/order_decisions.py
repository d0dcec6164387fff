"""What those who sell do with orders: placed, looked at, held, released, cancelled, carried out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

import pyarrow as pa

from fibermap.kernel.settings import Settings
from fibermap.money.gateway import refuse_unless_token
from fibermap.order import order_commands as commands
from fibermap.order.capacity import set_capacity
from fibermap.order.carrying import AddOns, shop_to_change, shop_to_move, shop_to_transfer
from fibermap.order.catalogue_store import read_catalogue
from fibermap.order.consent import consent_given
from fibermap.order.contact import read_contact
from fibermap.order.customer import NOBODY_YET, Customer, order_for
from fibermap.order.draft import take_up
from fibermap.order.fallout import fallout
from fibermap.order.next_order import NextOrder, change_offer, change_service, move_service, transfer_service
from fibermap.order.order import Order, Wanted
from fibermap.order.order_commands import Placed
from fibermap.order.order_json import order_json
from fibermap.order.order_store import OrderFilter, find_order, list_orders
from fibermap.order.price_agreement import agree_price
from fibermap.order.shop import CatalogueShop
from fibermap.results import Result, to_json
from fibermap.store import Store, UnitOfWork

T = TypeVar("T")
_ID, _TEXT, _AT = pa.int64(), pa.string(), pa.timestamp("us", "UTC")
LISTED = pa.schema(
    [
        ("order_id", _ID), ("kind", _TEXT), ("state", _TEXT), ("held_from", _TEXT), ("held_why", _TEXT),
        ("address_id", _ID), ("full_address", _TEXT), ("account_number", _TEXT), ("offer_id", _ID),
        ("technology", _TEXT), ("channel", _TEXT), ("rep", _TEXT), ("lead_id", _ID), ("commitment_id", _ID),
        ("previous_order_id", _ID), ("release_on", pa.date32()), ("terminal_id", _ID), ("port", pa.int32()),
        ("waits_for_port", pa.bool_()), ("placed_at", _AT), ("changed_at", _AT),
    ]
)  # fmt: skip
FALLOUT = pa.schema(
    [
        ("kind", _TEXT), ("order_id", _ID), ("event_id", _ID), ("address_id", _ID), ("state", _TEXT), ("since", _AT),
        ("why", _TEXT), ("next_step", _TEXT),
    ]
)  # fmt: skip


class OrderDecisions(ABC):
    """The part of :class:`fibermap.plan.Plan` that speaks of orders."""

    store: Store

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """The settings in force."""

    @property
    def orders(self) -> Orders:
        """Product orders, with their ports, prerequisites and history."""
        return Orders(self)


class Orders:
    """The verbs of orders: ``fm.orders.place(...)``."""

    def __init__(self, plan: OrderDecisions) -> None:
        self._plan = plan
        self._store = plan.store

    def place(
        self,
        address_id: int,
        offer_id: int,
        *,
        name: str,
        channel: str,
        phone: str | None = None,
        email: str | None = None,
        consent_at: datetime | None = None,
        wording: str | None = None,
        payment_token: str | None = None,
        add_on_ids: Sequence[int] = (),
        rep: str | None = None,
        request: str | None = None,
        draft_id: int | None = None,
    ) -> Placed:
        """Order an offer for a customer, where it is sold today.

        Parameters
        ----------
        payment_token
            The gateway's token of a card or account, ``tok_...`` or ``pm_...``; never a card number.
        request
            What tells this request from any other: the same one again is the same order. None: a new one.
        draft_id
            What was begun and is finished by this order.

        Raises
        ------
        Conflict
            ``not_build``, ``on_hold``, ``sales_not_open`` or ``offer_not_available``, with the alternative; or
            ``duplicate_active_order``.
        InputRefused
            ``address_not_settled``, ``contact_invalid``, ``payment_token_refused``.
        """
        customer = self._customer(name, phone, email, consent_at, wording)
        wanted = Wanted(
            address_id, NOBODY_YET, offer_id, channel, request or uuid4().hex, rep=rep, payment_method=payment_token
        )

        def work(uow: UnitOfWork) -> Placed:
            placed = order_for(uow, customer, wanted, _shop(uow, add_on_ids))
            take_up(uow, draft_id, address_id, "order", placed.order_id)
            return placed

        return self._run(work, "place_order")

    def get(self, order_id: int) -> dict[str, Any]:
        """Return an order with its price, port, prerequisites and history; raises ``NotFound``."""
        told: dict[str, Any] = to_json(self._store.preview(lambda uow: order_json(uow, order_id), cause="read"))
        return told

    def list(self, state: str | None = None, *, after: int | None = None, limit: int = 1_000, **more: Any) -> Result:
        """Return orders by id, without who they are of.

        ``more`` are the other fields of :class:`fibermap.order.order_store.OrderFilter`: ``kind``, ``address_id``,
        ``channel``, ``rep``, and ``waiting`` for those that wait for a port.
        """
        wanted = OrderFilter(state, **more)
        rows = self._store.preview(lambda uow: list_orders(uow, wanted, after=after, limit=limit), cause="read")
        return Result(f"{len(rows):,} orders", pa.Table.from_pylist(rows, schema=LISTED))

    def cancel(self, order_id: int, reason: str, author: str) -> dict[str, Any]:
        """End an order before its service begins: the next in line gets its port, the customer their deposit."""
        return self._then(order_id, lambda uow: commands.cancel_order(uow, order_id, reason, author), "cancel_order")

    def hold(self, order_id: int) -> dict[str, Any]:
        """Stop an order until it is released; its port stays with it."""
        return self._then(order_id, lambda uow: commands.hold_order(uow, order_id), "hold_order")

    def release(self, order_id: int) -> dict[str, Any]:
        """Let an order go on that a person has stopped."""
        return self._then(order_id, lambda uow: commands.release_order(uow, order_id), "release_order")

    def pay_with(self, order_id: int, payment_token: str) -> dict[str, Any]:
        """Say what an order is paid with, by the gateway's token."""
        refuse_unless_token(payment_token)
        return self._then(
            order_id, lambda uow: commands.set_payment_method(uow, order_id, payment_token), "set_payment_method"
        )

    def agree_price(self, order_id: int) -> dict[str, Any]:
        """Agree on what an order costs today, whose price was promised until a day that is over."""
        return self._then(order_id, lambda uow: agree_price(uow, order_id, _shop(uow)), "agree_price")

    def complete(self, order_id: int) -> dict[str, Any]:
        """Note that an order is carried out; refused while anything that it needs is open."""
        return self._then(order_id, lambda uow: commands.complete_order(uow, order_id), "complete_order")

    def fail(self, order_id: int, reason: str) -> dict[str, Any]:
        """Note that an order came to nothing on site."""
        return self._then(order_id, lambda uow: commands.fail_order(uow, order_id, reason), "fail_order")

    def change(
        self,
        order_id: int,
        offer_id: int,
        request: str | None = None,
        *,
        channel: str | None = None,
        add_on_ids: AddOns = None,
    ) -> dict[str, Any]:
        """Put another offer, or other add-ons, in the place of an order's.

        Where its service runs that is an order of kind ``change``. Its offer again keeps the plan.

        Parameters
        ----------
        channel
            How the customer came this time, by which the offer is sold; None: as they came for what they have.
        add_on_ids
            What goes with the offer from now on, none where it is empty; None: the add-ons that the customer has.

        Raises
        ------
        Conflict
            ``offer_not_available`` also where an add-on that the customer has is not sold there any more, or does not
            go with the offer; name those that remain to do without it.
        InputRefused
            ``argument_invalid``: the service is just that.
        """

        key = request or uuid4().hex

        def work(uow: UnitOfWork) -> int:
            shop = shop_to_change(uow, order_id, offer_id, add_on_ids)
            if find_order(uow, order_id).is_live:
                return change_offer(uow, order_id, offer_id, shop, channel=channel).order_id
            return change_service(uow, order_id, NextOrder(offer_id, key, channel), shop).order_id

        return self.get(self._run(work, "change_order"))

    def move(
        self,
        order_id: int,
        address_id: int,
        offer_id: int,
        request: str | None = None,
        *,
        channel: str | None = None,
        add_on_ids: AddOns = None,
    ) -> Placed:
        """Order for the customer of a service that runs at another address; completing that ends it where it was.

        Their add-ons move with them; for these and for ``channel`` see `change`.
        """
        key = request or uuid4().hex

        def work(uow: UnitOfWork) -> Placed:
            shop = shop_to_move(uow, order_id, offer_id, add_on_ids)
            return move_service(uow, order_id, address_id, NextOrder(offer_id, key, channel), shop)

        return self._run(work, "move_service")

    def transfer(
        self,
        order_id: int,
        offer_id: int,
        *,
        name: str,
        phone: str | None = None,
        email: str | None = None,
        consent_at: datetime | None = None,
        wording: str | None = None,
        channel: str,
        request: str | None = None,
        add_on_ids: AddOns = None,
    ) -> Placed:
        """Order for another customer where a service runs; it goes forward once that service has ended.

        The add-ons of the service are part of what is taken over, see `change`.
        """
        customer = self._customer(name, phone, email, consent_at, wording)
        wanted = Wanted(0, NOBODY_YET, offer_id, channel, request or uuid4().hex)

        def work(uow: UnitOfWork) -> Placed:
            shop = shop_to_transfer(uow, order_id, offer_id, add_on_ids)
            return transfer_service(uow, order_id, customer, wanted, shop)

        return self._run(work, "transfer_service")

    def end(self, order_id: int, reason: str) -> dict[str, Any]:
        """Order the end of a service that runs; completing that order frees its port."""
        ending = self._run(lambda uow: commands.end_service(uow, order_id, reason), "end_service")
        return self.get(ending.order_id)

    def set_capacity(self, technology: str, weekly: int | None, zone_id: int = 0) -> None:
        """Say how many pre-orders of a technology are released a week in a zone, 0 for everywhere else."""
        self._run(lambda uow: set_capacity(uow, technology, weekly, zone_id), "set_capacity")

    def fallout(self) -> Result:
        """Return what is stuck and goes on only if somebody does something, each with what to do next."""
        rows = self._store.preview(fallout, cause="read")
        return Result(f"{len(rows):,} are stuck", pa.Table.from_pylist(rows, schema=FALLOUT))

    def _customer(
        self, name: str, phone: str | None, email: str | None, at: datetime | None, wording: str | None
    ) -> Customer:
        contact = read_contact(name, phone, email, region=self._plan.settings.phone_region)
        return Customer(contact, consent_given(at, wording, self._store.clock.now()))

    def _then(self, order_id: int, work: Callable[[UnitOfWork], Order], cause: str) -> dict[str, Any]:
        self._run(work, cause)
        return self.get(order_id)

    def _run(self, work: Callable[[UnitOfWork], T], cause: str) -> T:
        return self._store.run_alone(work, cause=cause)


def _shop(uow: UnitOfWork, add_on_ids: Sequence[int] = ()) -> CatalogueShop:
    return CatalogueShop(read_catalogue(uow), add_on_ids)
