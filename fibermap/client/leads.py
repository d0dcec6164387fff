"""Leads, pre-orders and zones of a database that a server has open: the verbs that the plan has, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from fibermap.client.http import Connection
from fibermap.client.rows import rows_of
from fibermap.formats.model import json_text
from fibermap.lead_decisions import Where
from fibermap.results import Result


class RemoteLeads:
    """Leads, for callers with the scope ``sell``; raises what `fibermap.lead_decisions.Leads` raises."""

    def __init__(self, connection: Connection) -> None:
        self._at = connection

    def capture(
        self,
        where: Where,
        *,
        name: str,
        channel: str,
        technology: str | None = None,
        rep: str | None = None,
        **said: Any,
    ) -> dict[str, Any]:
        """Keep interest at an address; parameters and answer as of `fibermap.lead_decisions.Leads.capture`."""
        body = _at(where) | _who(name, **said) | {"channel": channel, "technology": technology, "rep": rep}
        return dict(self._at.send_once("/v1/leads", _given(body), None))

    def get(self, lead_id: int) -> dict[str, Any]:
        """Return one lead."""
        return dict(self._at.get(f"/v1/leads/{int(lead_id)}"))

    def list(self, states: Sequence[str] = (), **wanted: Any) -> Result:
        """Return leads by id, without who they are of."""
        rows = _pages(self._at, "/v1/leads", "leads", states, wanted)
        return _result(rows, "leads")

    def qualify(self, lead_id: int) -> dict[str, Any]:
        """Note that somebody has spoken with the customer and that they mean it."""
        return dict(self._at.send("POST", f"/v1/leads/{int(lead_id)}:qualify"))

    def lose(self, lead_id: int, reason: str) -> dict[str, Any]:
        """Give a lead up."""
        return dict(self._at.send("POST", f"/v1/leads/{int(lead_id)}:lose", {"reason": reason}))

    def withdraw_consent(self, lead_id: int) -> int:
        """Note that nobody who spoke for a lead wants to hear more; return how many consents that ends."""
        return int(self._at.send("POST", f"/v1/leads/{int(lead_id)}:withdraw-consent")["withdrawn"])

    def forget(self, lead_id: int) -> dict[str, Any]:
        """Erase everybody who spoke for a lead, for good; for callers with the scope ``admin``."""
        return dict(self._at.send("POST", f"/v1/leads/{int(lead_id)}:forget"))


class RemotePreOrders:
    """Pre-orders, for callers with the scope ``sell``; raises what `fibermap.preorder_decisions.PreOrders` raises."""

    def __init__(self, connection: Connection) -> None:
        self._at = connection

    def take(
        self,
        offer_id: int,
        *,
        terms_accepted_at: datetime,
        channel: str,
        lead_id: int | None = None,
        where: Where | None = None,
        add_on_ids: Sequence[int] = (),
        payment_token: str | None = None,
        rep: str | None = None,
        draft_id: int | None = None,
        **said: Any,
    ) -> dict[str, Any]:
        """Take the word of a lead, or of a contact at an address; as `fibermap.preorder_decisions.PreOrders.take`.

        The answer has ``state`` and ``place`` as they are once the gateway was asked; how the payment itself ended says
        `get`, by the state.
        """
        body = {
            "offer_id": offer_id, "terms_accepted_at": terms_accepted_at, "channel": channel, "lead_id": lead_id,
            "add_on_ids": list(add_on_ids), "payment_token": payment_token, "rep": rep,
            "draft_id": draft_id,
        }  # fmt: skip
        if where is not None:
            body |= _at(where) | _who(**said)
        taken = dict(self._at.send_once("/v1/preorders", _given(body), None))
        return taken | self._now(taken["preorder_id"]) if taken["deposit_id"] is not None else taken

    def pay(self, preorder_id: int, payment_token: str) -> dict[str, Any]:
        """Pay the deposit of a pre-order with what the gateway's card field gave."""
        self._at.send_once(f"/v1/preorders/{int(preorder_id)}:pay", {"payment_token": payment_token}, None)
        return self._now(preorder_id)

    def _now(self, preorder_id: int) -> dict[str, Any]:
        now = self.get(preorder_id)
        return {name: now[name] for name in ("preorder_id", "state", "place")}

    def get(self, preorder_id: int) -> dict[str, Any]:
        """Return one pre-order."""
        return dict(self._at.get(f"/v1/preorders/{int(preorder_id)}"))

    def list(self, states: Sequence[str] = (), **wanted: Any) -> Result:
        """Return pre-orders by id with their place, without who they are of."""
        rows = _pages(self._at, "/v1/preorders", "preorders", states, wanted)
        return _result([row | {"price": json_text(row["price"])} for row in rows], "pre-orders")

    def withdraw(self, preorder_id: int, *, why: str = "customer", author: str = "") -> dict[str, Any]:
        """Take a pre-order back. The author is whoever asks the server."""
        self._at.send("POST", f"/v1/preorders/{int(preorder_id)}:withdraw", {"why": why})
        return self.get(preorder_id)


class RemoteZones:
    """Zones, for whoever may look; raises what `fibermap.zone_decisions.Zones` raises."""

    def __init__(self, connection: Connection) -> None:
        self._at = connection

    def open(self, code: str, public_name: str, area_ids: Sequence[int], **said: Any) -> dict[str, Any]:
        """Open a zone over coverage areas; parameters as of `fibermap.zone_decisions.Zones.open`."""
        body = {"code": code, "public_name": public_name, "area_ids": [int(each) for each in area_ids], **said}
        return dict(self._at.send("POST", "/v1/zones", _given(body)))

    def change(self, zone_id: int, **changes: Any) -> dict[str, Any]:
        """Give a zone other values, by the names that `open` gives them; its code stays."""
        return dict(self._at.send("PATCH", f"/v1/zones/{int(zone_id)}", changes))

    def close(self, zone_id: int) -> dict[str, Any]:
        """Stop asking people in a zone; what was counted stays."""
        return dict(self._at.send("POST", f"/v1/zones/{int(zone_id)}:close"))

    def get(self, zone_id: int) -> dict[str, Any]:
        """Return a zone with its progress."""
        return dict(self._at.get(f"/v1/zones/{int(zone_id)}"))

    def list(self) -> Result:
        """Return every zone with its progress, best priority first."""
        rows = [
            {**zone, **zone["progress"], "areas": len(zone["area_ids"])} for zone in self._at.get("/v1/zones")["zones"]
        ]
        told = [{n: v for n, v in row.items() if n not in ("area_ids", "counts", "progress")} for row in rows]
        return _result(told, "zones")

    def progress(self, zone_id: int) -> dict[str, Any]:
        """Return what everybody may know of a zone."""
        return dict(self._at.get(f"/v1/zones/{int(zone_id)}/progress"))


def _at(where: Where) -> dict[str, Any]:
    """Return an address as a body names it: its id, as somebody typed it, or its fields."""
    if isinstance(where, int):
        return {"address_id": where}
    return {"q": where} if isinstance(where, str) else dict(where)


def _who(
    name: str = "",
    phone: str | None = None,
    email: str | None = None,
    consent_at: datetime | None = None,
    wording: str | None = None,
) -> dict[str, Any]:
    """Return who somebody is and what they agree to, as a body names it."""
    agreed = None if consent_at is None and wording is None else {"at": consent_at, "wording": wording}
    return {"contact": _given({"name": name, "phone": phone, "email": email}), "consent": agreed}


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _pages(
    at: Connection, path: str, name: str, states: Sequence[str], wanted: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return every row, state by state, without contacts."""
    return [
        {key: value for key, value in row.items() if key not in ("contact", "contact_id")}
        for state in states or (None,)
        for row in rows_of(at, path, name, {**wanted, "state": state})
    ]


def _result(rows: Sequence[Mapping[str, Any]], what: str) -> Result:
    return Result(f"{len(rows):,} {what}", pa.Table.from_pylist([dict(row) for row in rows]))
