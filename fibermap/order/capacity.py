"""How many orders may be released a week; what is planned with it is in `fibermap.order.waves`."""

from __future__ import annotations

from fibermap.kernel.errors import Code, InputRefused
from fibermap.store import UnitOfWork


def set_capacity(uow: UnitOfWork, technology: str, weekly: int | None, zone_id: int = 0) -> None:
    """Say how many orders of a technology are released a week in a zone, 0 for everywhere else; None: any number."""
    if weekly is not None and weekly < 1:
        raise InputRefused(Code.ARGUMENT_INVALID, "At least one order a week has to be released.", field="weekly")
    key = {"technology": technology, "zone": zone_id}
    uow.sql.execute(
        "capacity.forget", "DELETE FROM install_capacity WHERE technology = $technology AND zone_id = $zone", key
    ) if weekly is None else uow.sql.execute(
        "capacity.set",
        """
        INSERT INTO install_capacity VALUES ($technology, $zone, $weekly)
        ON CONFLICT (technology, zone_id) DO UPDATE SET weekly = excluded.weekly
        """,
        key | {"weekly": weekly},
    )
