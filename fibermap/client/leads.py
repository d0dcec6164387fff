"""Leads, pre-orders and zones of a database that a server has open: what the command line asks of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from fibermap.client.http import Connection
from fibermap.formats.model import json_text
from fibermap.results import Result

A_PAGE = 500


class RemoteLeads:
    """Leads, for callers with the scope ``sell``; raises what `fibermap.lead_decisions.Leads` raises."""

    def __init__(self, connection: Connection) -> None:
        self._at = connection

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


class RemotePreOrders:
    """Pre-orders, for callers with the scope ``sell``; raises what `fibermap.preorder_decisions.PreOrders` raises."""

    def __init__(self, connection: Connection) -> None:
        self._at = connection

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


def _pages(
    at: Connection, path: str, name: str, states: Sequence[str], wanted: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return every row, page by page and state by state, without contacts."""
    rows: list[dict[str, Any]] = []
    for state in states or (None,):
        asked = {key: value for key, value in {**wanted, "state": state, "limit": A_PAGE}.items() if value is not None}
        after: int | None = None
        while True:
            page = at.get(path, asked | ({} if after is None else {"after": after}))
            rows += [{n: v for n, v in row.items() if n not in ("contact", "contact_id")} for row in page[name]]
            after = page["after"]
            if after is None:
                break
    return rows


def _result(rows: Sequence[Mapping[str, Any]], what: str) -> Result:
    return Result(f"{len(rows):,} {what}", pa.Table.from_pylist([dict(row) for row in rows]))
