"""The card of an address for whoever speaks with a customer: what is true there now, what is sold, who is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fibermap.coverage.expected import say_date
from fibermap.coverage.versions import current_version
from fibermap.kernel.errors import Code, InputRefused
from fibermap.order.catalogue_store import read_catalogue
from fibermap.order.draft import list_drafts
from fibermap.order.ground import Ground
from fibermap.order.ground_store import ground_of
from fibermap.order.history import sales_at
from fibermap.order.household import best_class, home_at
from fibermap.order.lead_json import contact_json, with_contact
from fibermap.order.lead_store import LeadFilter, find_lead, list_leads
from fibermap.order.offers_json import offers_json, speeds_json
from fibermap.order.order_json import order_json
from fibermap.order.paying import payment_json
from fibermap.order.preorder_store import PreOrderFilter, list_preorders
from fibermap.store import UnitOfWork

CHANNEL = "csr"
MOST_SALES = 50
"""Of leads, pre-orders, orders and customers each."""
MOST_HISTORY = 200

_EVERY_ID = """
    SELECT $id::BIGINT AS address_id UNION ALL SELECT address_id FROM survivor WHERE survivor_id = $id
"""
_CUSTOMERS = f"""
    WITH every AS ({_EVERY_ID}),
    spoke AS (
        SELECT contact_id FROM lead WHERE address_id IN (SELECT address_id FROM every)
        UNION SELECT contact_id FROM lead_merge   -- of leads that were taken in the line above tells
              WHERE from_lead_id IS NULL
                AND lead_id IN (SELECT lead_id FROM lead WHERE address_id IN (SELECT address_id FROM every))
        UNION SELECT contact_id FROM customer_order WHERE address_id IN (SELECT address_id FROM every)
    )
    SELECT c.contact_id, c.name, c.phone, c.email, k.account_number
    FROM contact c JOIN spoke USING (contact_id) LEFT JOIN account k ON k.contact_id = c.contact_id
    ORDER BY c.changed_at DESC, c.contact_id LIMIT {MOST_SALES}
"""
_CONSENTS = """
    SELECT contact_id, given_at AS at, channel, wording, withdrawn_at FROM consent
    WHERE contact_id IN (SELECT unnest($ids::BIGINT[])) ORDER BY given_at DESC, consent_id
"""
_ORDERS = f"""
    WITH every AS ({_EVERY_ID})
    SELECT order_id FROM customer_order WHERE address_id IN (SELECT address_id FROM every)
    ORDER BY placed_at DESC, order_id LIMIT {MOST_SALES}
"""
_DEPOSITS = """
    SELECT deposit_id, state, amount AS amount_cents, currency FROM deposit
    WHERE deposit_id IN (SELECT unnest($ids::BIGINT[]))
"""


def desk_card(uow: UnitOfWork, address_id: int) -> dict[str, Any]:
    """Put together the card of an address, all of it as it stands in one moment.

    Parameters
    ----------
    address_id
        Any id that the address ever had.

    Returns
    -------
    dict
        JSON values: ``address``, ``serviceability``, ``offers`` (None where a unit has to be chosen first), ``units``
        (to choose from), ``customers``, ``leads``, ``drafts``, ``preorders``, ``orders`` and ``history``, the newest
        first.

    Raises
    ------
    NotFound
        ``address_not_found``.
    """
    ground = ground_of(uow, address_id)
    own_id = ground.address_id
    catalogue, today = read_catalogue(uow), uow.at_utc.date()
    settled = not ground.serviceable or ground.units > 0
    offers = offers_json(catalogue.offers_at(ground, CHANNEL, today)) if settled else None
    return {
        "address": {name: getattr(ground, name) for name in _IDENTITY} | {"kind": str(ground.kind)},
        "serviceability": _serviceability(uow, ground, speeds_json(catalogue.fastest_at(ground, today))),
        "offers": offers,
        "units": _units(uow, own_id) if offers is None else [],
        "customers": _customers(uow, own_id),
        "leads": [with_contact(uow, row) for row in list_leads(uow, LeadFilter(address_id=own_id), limit=MOST_SALES)],
        "drafts": [_draft(uow, row) for row in list_drafts(uow, own_id, limit=MOST_SALES)],
        "preorders": _preorders(uow, own_id),
        "orders": [order_json(uow, order_id) for (order_id,) in uow.sql.rows("desk.orders", _ORDERS, {"id": own_id})],
        "history": [_happened(row) for row in sales_at(uow, own_id, MOST_HISTORY)],
    }


_IDENTITY = ("address_id", "full_address", "serviceable", "units", "lon", "lat")


def _serviceability(uow: UnitOfWork, ground: Ground, speeds: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "class": str(best_class(ground)),
        "orderable": not ground.not_orderable,
        "not_orderable": [str(reason) for reason in ground.not_orderable],
        "technologies": [
            {
                "technology": technology,
                "class": str(stands.class_),
                "expected": say_date(stands.expected_live_on, stands.expected_precision),
                "phase": stands.phase,
                "speeds": speeds.get(technology),
            }
            for technology, stands in ground.coverage.items()
        ],
        "holds": list(ground.holds),
        "ports_free": ground.ports_free,
        "plan_version": current_version(uow),
    }


def _units(uow: UnitOfWork, address_id: int) -> Sequence[Any]:
    try:
        home_at(uow, address_id)
    except InputRefused as refused:
        if refused.code is not Code.ADDRESS_NOT_SETTLED:
            raise
        return list(refused.where["candidates"])
    return []


def _customers(uow: UnitOfWork, address_id: int) -> list[dict[str, Any]]:
    people = uow.sql.records("desk.customers", _CUSTOMERS, {"id": address_id})
    consents = uow.sql.records("desk.consents", _CONSENTS, {"ids": [each["contact_id"] for each in people]})
    for person in people:
        theirs = [each for each in consents if each["contact_id"] == person["contact_id"]]
        person["consents"] = [{name: each[name] for name in each if name != "contact_id"} for each in theirs]
    return people


def _draft(uow: UnitOfWork, row: dict[str, Any]) -> dict[str, Any]:
    """Return a draft with who began it, where they agreed that it is kept."""
    lead_id = row["lead_id"]
    return row | {"contact": None if lead_id is None else contact_json(uow, find_lead(uow, lead_id).contact_id)}


def _preorders(uow: UnitOfWork, address_id: int) -> list[dict[str, Any]]:
    rows = list_preorders(uow, PreOrderFilter(address_id=address_id), limit=MOST_SALES)
    ids = [row["deposit_id"] for row in rows if row["deposit_id"] is not None]
    deposits = {each.pop("deposit_id"): each for each in uow.sql.records("desk.deposits", _DEPOSITS, {"ids": ids})}
    return [
        with_contact(uow, row)
        | {"deposit": deposits.get(row["deposit_id"]), "payment": payment_json(uow, row["deposit_id"])}
        for row in rows
    ]


def _happened(row: dict[str, Any]) -> dict[str, Any]:
    said = row["detail"]
    return {
        "at": row["happened_at"], "subject": row["what"], "subject_id": said["id"], "before": said["from"],
        "after": said["to"], "why": said["why"], "cause": row["cause"],
    }  # fmt: skip
