"""Reads what is true at an address. Of the tables it takes what the addresses asked about need, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import orjson

from fibermap.address.model import Kind
from fibermap.coverage.model import Class
from fibermap.coverage.orderable import Offering, why_not_orderable
from fibermap.kernel.errors import Code, NotFound
from fibermap.order.ground import Coverage, Ground
from fibermap.store import UnitOfWork
from fibermap.store.executor import named_sql

_BLOCKING_FLAGS = "SELECT value FROM rule_setting WHERE name = 'blocking_flags' AND to_version IS NULL"


def ground_of(uow: UnitOfWork, address_id: int) -> Ground:
    """Return what is true at an address today.

    Parameters
    ----------
    address_id
        An address, or an id that was merged into one.

    Raises
    ------
    NotFound
        ``address_not_found``: there is no such address now.
    """
    return grounds_of(uow, [address_id])[address_id]


def grounds_of(uow: UnitOfWork, ids: Iterable[int]) -> dict[int, Ground]:
    """Return what is true at addresses today, by the id that each was asked by; see `ground_of`."""
    asked = list(dict.fromkeys(ids))
    rows = uow.sql.records("ground", named_sql("fibermap.order", "ground"), {"ids": asked})
    blocking = _blocking_flags(uow)
    found = {row["asked_id"]: _ground(row, blocking, uow.at_utc.date()) for row in rows}
    for address_id in asked:
        if address_id not in found:
            raise NotFound(
                Code.ADDRESS_NOT_FOUND,
                f"There is no address {address_id}.",
                hint="Look it up with a check.",
                address_id=address_id,
            )
    return found


def _blocking_flags(uow: UnitOfWork) -> frozenset[str]:
    value = uow.sql.value("ground.blocking_flags", _BLOCKING_FLAGS)
    return frozenset(orjson.loads(value)) if value else frozenset()


def _ground(row: Mapping[str, Any], blocking: frozenset[str], today: date) -> Ground:
    offering = Offering(
        class_=Class(row["class"] or Class.UNKNOWN),
        serviceable=row["serviceable"],
        held=bool(row["holds"]),
        permitted=row["sellable"],
        flagged=not blocking.isdisjoint(row["flags"]),
        ports_free=row["ports_free"],
        network_ready_on=row["network_ready_on"],
        sales_open_on=row["sales_open_on"],
    )
    same = ("address_id", "location_id", "full_address", "serviceable", "units", "city", "state", "zip", "lon", "lat",
            "phase", "sales_open_on", "network_ready_on", "terminal_id", "ports_free")  # fmt: skip
    return Ground(
        **{name: row[name] for name in same},
        kind=Kind(row["kind"]),
        coverage={said["technology"]: _coverage(said) for said in row["coverage"]},
        not_orderable=tuple(why_not_orderable(offering, today)),
        holds=tuple(row["holds"]),
    )


def _coverage(said: Mapping[str, Any]) -> Coverage:
    return Coverage(
        class_=Class(said["class"]),
        **{name: said[name] for name in ("area_id", "phase", "expected_live_on", "expected_precision")},
    )
