"""Households: what one lead is about. A unit is one; in a building without a list of units, each contact is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fibermap.coverage.model import CLASS_ORDER, Class
from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.ids import stable_id
from fibermap.order.contact import Contact
from fibermap.order.ground import Ground
from fibermap.order.ground_store import ground_of
from fibermap.order.lead import NextStep
from fibermap.store import UnitOfWork

MOST_CANDIDATES = 25
_UNITS = f"""
    SELECT u.address_id, u.full_address AS address
    FROM address b JOIN address u ON u.to_version IS NULL AND u.unit IS NOT NULL AND u.location_id = b.location_id
         AND u.street_key = b.street_key AND u.number IS NOT DISTINCT FROM b.number
    WHERE b.to_version IS NULL AND b.address_id = $id ORDER BY u.unit, u.address_id LIMIT {MOST_CANDIDATES}
"""


def home_at(uow: UnitOfWork, address_id: int) -> Ground:
    """Return an address by any id that it ever had, if somebody can live there.

    Raises
    ------
    NotFound
        ``address_not_found``: there is no such address, or no longer.
    InputRefused
        ``address_not_settled`` for a building whose units are addresses of their own; the units are the candidates.
    """
    home = ground_of(uow, address_id)
    if home.serviceable and home.units == 0:
        listed = uow.sql.records("household.units", _UNITS, {"id": home.address_id})
        raise not_settled("The building has units; one of them has to be chosen.", "choose_unit", listed)
    return home


def household_key(home: Ground, contact: Contact) -> str:
    """Return what is one household: the unit, or a contact in a building whose units nobody has listed.

    Of a contact the phone number tells, else the e-mail address; as a hash, in a table that nobody may ask.
    """
    if home.units <= 1:
        return str(home.address_id)
    return f"{home.address_id}/{stable_id('household', contact.phone or (contact.email or '').casefold())}"


def next_step(home: Ground, technology: str | None) -> NextStep:
    """Return what can be done for a customer with one technology, None for the best that there is."""
    class_ = best_class(home) if technology is None else home.class_of(technology)
    if class_ is Class.BUILD:
        return NextStep.ORDER
    return NextStep.PREORDER if class_ is Class.PRE_BUILD else NextStep.INTEREST


def best_class(home: Ground) -> Class:
    """Return the best class of any technology."""
    return min((each.class_ for each in home.coverage.values()), key=CLASS_ORDER.index, default=Class.OUT)


def settled_address(checked: Mapping[str, Any]) -> int:
    """Return the address that an answer of ``check`` has settled on.

    Raises
    ------
    InputRefused
        ``address_not_settled``, with what may have been meant as ``candidates``.
    """
    match = checked["match"]
    if match["status"] in ("matched", "corrected") and match["address_id"] is not None:
        return int(match["address_id"])
    near = checked["units"] or checked["candidates"]
    told = [{name: each[name] for name in ("address_id", "address")} for each in near if each["address_id"] is not None]
    raise not_settled("It is not settled which address is meant.", str(match["next_action"]), told)


def not_settled(message: str, next_action: str, candidates: Sequence[Mapping[str, Any]]) -> InputRefused:
    """Return the refusal of an address that is not settled with the caller."""
    return InputRefused(
        Code.ADDRESS_NOT_SETTLED,
        message,
        hint="Settle it with the customer by `address-check`, then send its `address_id`.",
        next_action=next_action,
        candidates=[dict(each) for each in candidates[:MOST_CANDIDATES]],
    )
