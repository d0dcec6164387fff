"""May an address be sold today, and if not, why not. The class stays what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from fibermap.coverage.model import Class, NotOrderable


@dataclass(frozen=True, slots=True)
class Offering:
    """What decides whether an address may be sold.

    ``ports_free`` None: never recorded, which blocks nothing. ``flagged``: it carries a flag that the settings let
    stand in the way.
    """

    class_: Class
    serviceable: bool
    held: bool
    permitted: bool
    flagged: bool = False
    ports_free: int | None = None
    network_ready_on: date | None = None
    sales_open_on: date | None = None


def why_not_orderable(offering: Offering, on: date) -> list[NotOrderable]:
    """Return every reason against selling on a day, empty where there is none. Same as the view ``addresses``."""
    return list(_reasons(offering, on))


def _reasons(offering: Offering, on: date) -> Iterator[NotOrderable]:
    if offering.class_ is not Class.BUILD:
        yield NotOrderable.NOT_BUILD
    if not offering.serviceable:
        yield NotOrderable.NOT_SERVICEABLE
    if offering.held:
        yield NotOrderable.HOLD
    if offering.ports_free is not None and offering.ports_free <= 0:
        yield NotOrderable.NO_PORT
    if offering.flagged:
        yield NotOrderable.FLAGGED
    if offering.network_ready_on is not None and offering.network_ready_on > on:
        yield NotOrderable.NETWORK_NOT_READY
    if offering.sales_open_on is not None and offering.sales_open_on > on:
        yield NotOrderable.SALES_NOT_OPEN
    if not offering.permitted:
        yield NotOrderable.SOURCE_NOT_PERMITTED
