"""Orders of a database that a server has open: the same as :class:`fibermap.order_decisions.Orders`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from fibermap.client.http import Connection
from fibermap.client.rows import rows_of
from fibermap.client.wire import dumps, read_as
from fibermap.order.carrying import AddOns
from fibermap.order.order_commands import Placed
from fibermap.order_decisions import FALLOUT, LISTED
from fibermap.results import Result


class RemoteOrders:
    """Orders, for callers with the scope ``sell``; raises what the verbs raise."""

    def __init__(self, connection: Connection) -> None:
        self._at = connection

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
        """Order an offer for a customer, where it is sold today; the same ``request`` again is the same order."""
        body = _customer(name, phone, email, consent_at, wording) | {
            "address_id": int(address_id), "offer_id": int(offer_id), "add_on_ids": list(add_on_ids),
            "payment_token": payment_token, "channel": channel, "rep": rep, "draft_id": draft_id,
        }  # fmt: skip
        return self._placed("/v1/orders", body, request)

    def get(self, order_id: int) -> dict[str, Any]:
        """Return an order with its price, port, prerequisites and history."""
        return dict(self._at.get(f"/v1/orders/{int(order_id)}"))

    def list(self, state: str | None = None, *, after: int | None = None, limit: int = 1_000, **more: Any) -> Result:
        """Return orders by id, without who they are of."""
        asked = {name: _said(value) for name, value in {**more, "state": state}.items()}
        rows = rows_of(self._at, "/v1/orders", "orders", asked, after=after, limit=limit)
        return Result(f"{len(rows):,} orders", _table(rows, LISTED))

    def fallout(self) -> Result:
        """Return what is stuck and goes on only if somebody does something."""
        rows = self._at.get("/v1/orders:fallout")["fallout"]
        return Result(f"{len(rows):,} are stuck", _table(rows, FALLOUT))

    def cancel(self, order_id: int, reason: str, author: str) -> dict[str, Any]:
        """End an order before its service begins. The author is whoever asks the server."""
        return self._do(order_id, "cancel", {"reason": reason})

    def hold(self, order_id: int) -> dict[str, Any]:
        """Stop an order until it is released."""
        return self._do(order_id, "hold")

    def release(self, order_id: int) -> dict[str, Any]:
        """Let an order go on that a person has stopped."""
        return self._do(order_id, "release")

    def pay_with(self, order_id: int, payment_token: str) -> dict[str, Any]:
        """Say what an order is paid with, by the gateway's token."""
        return self._do(order_id, "pay", {"payment_token": payment_token})

    def agree_price(self, order_id: int) -> dict[str, Any]:
        """Agree on what an order costs today, whose price was promised until a day that is over."""
        return self._do(order_id, "agree-price")

    def complete(self, order_id: int) -> dict[str, Any]:
        """Note that an order is carried out; refused while anything that it needs is open."""
        return self._do(order_id, "complete")

    def fail(self, order_id: int, reason: str) -> dict[str, Any]:
        """Note that an order came to nothing on site."""
        return self._do(order_id, "fail", {"reason": reason})

    def end(self, order_id: int, reason: str) -> dict[str, Any]:
        """Order the end of a service that runs; completing that order frees its port."""
        return self._do(order_id, "end", {"reason": reason})

    def change(
        self,
        order_id: int,
        offer_id: int,
        request: str | None = None,
        *,
        channel: str | None = None,
        add_on_ids: AddOns = None,
    ) -> dict[str, Any]:
        """Put another offer, or other add-ons, in the place of an order's; where its service runs, by an order."""
        body = _chosen(offer_id, add_on_ids) | {"channel": channel}
        placed = self._placed(_path(order_id, "change"), body, request)
        return self.get(placed.order_id)

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
        """Order for the customer of a service that runs at another address; completing that ends it where it was."""
        body = _chosen(offer_id, add_on_ids) | {"address_id": int(address_id), "channel": channel}
        return self._placed(_path(order_id, "move"), body, request)

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
        """Order for another customer where a service runs; it goes forward once that service has ended."""
        said = _customer(name, phone, email, consent_at, wording) | _chosen(offer_id, add_on_ids) | {"channel": channel}
        return self._placed(_path(order_id, "transfer"), said, request)

    def set_capacity(self, technology: str, weekly: int | None, zone_id: int = 0) -> None:
        """Say how many pre-orders of a technology are released a week in a zone, 0 for everywhere else."""
        body = {"technology": technology, "weekly": weekly, "zone_id": zone_id or None}
        self._at.send("PUT", "/v1/orders:capacity", body)

    def _do(self, order_id: int, verb: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return dict(self._at.send("POST", _path(order_id, verb), body))

    def _placed(self, path: str, body: Mapping[str, Any], request: str | None) -> Placed:
        placed: Placed = read_as(Placed, dumps(self._at.send_once(path, body, request)))
        return placed


def _path(order_id: int, verb: str) -> str:
    return f"/v1/orders/{int(order_id)}:{verb}"


def _chosen(offer_id: int, add_on_ids: AddOns) -> dict[str, Any]:
    return {"offer_id": int(offer_id), "add_on_ids": None if add_on_ids is None else list(add_on_ids)}


def _customer(
    name: str, phone: str | None, email: str | None, at: datetime | None, wording: str | None
) -> dict[str, Any]:
    contact = {key: value for key, value in (("name", name), ("phone", phone), ("email", email)) if value is not None}
    agreed = at is not None and wording is not None
    return {"contact": contact} | ({"consent": {"at": at.isoformat(), "wording": wording}} if at and agreed else {})


def _said(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    def read(field: pa.Field, value: Any) -> Any:
        if value is None:
            return None
        if pa.types.is_timestamp(field.type):
            return datetime.fromisoformat(value)
        return date.fromisoformat(value) if pa.types.is_date(field.type) else value

    return pa.Table.from_pylist([{each.name: read(each, row[each.name]) for each in schema} for row in rows], schema)
