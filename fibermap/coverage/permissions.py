"""What sources may be used for, what a person has permitted on record, and what therefore stays out of lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fibermap.coverage.model import NotOrderable
from fibermap.store import Store, UnitOfWork, query

HOW_TO_PERMIT = "fibermap permit SOURCE lists --reason TEXT --author NAME"
"""How a person puts on record that the addresses of a source may be listed."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Addresses that a list does not show, because no source that knows them permits lists.

    Attributes
    ----------
    addresses
        How many.
    sources
        The names of the sources that hold addresses and do not permit lists.
    """

    addresses: int = 0
    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.addresses > 0

    def __str__(self) -> str:
        known = "1 address is" if self.addresses == 1 else f"{self.addresses:,} addresses are"
        names = f" ({', '.join(self.sources)})" if self.sources else ""
        why = f"known only from sources that do not permit lists{names}"
        return f"{known} left out: {why}. Where they do after all: {HOW_TO_PERMIT}"

    @property
    def notes(self) -> list[str]:
        """The sentence that says so; none where nothing is left out."""
        return [str(self)] if self else []

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values, with the reason and how to permit."""
        return {
            "addresses": self.addresses,
            "reason": str(NotOrderable.SOURCE_NOT_PERMITTED) if self else None,
            "sources": list(self.sources),
            "permit": HOW_TO_PERMIT if self else None,
        }


_WITHOUT_LISTS = """
    SELECT s.name FROM source s JOIN source_permission p ON p.source_id = s.source_id AND NOT p.listed
    WHERE s.source_id IN (SELECT source_id FROM source_record WHERE to_version IS NULL) ORDER BY s.name
"""


def left_out(store: Store, where: str) -> LeftOut:
    """Return how many of the addresses that satisfy a SQL condition lists do not show.

    Raises
    ------
    InputRefused
        The condition cannot be read, or asks for more than a question may.
    """
    sources = tuple(row[0] for row in store.sql.rows("permission.without_lists", _WITHOUT_LISTS))
    if not sources:
        return LeftOut()
    hidden = query(store, f"SELECT count(*) AS n FROM addresses WHERE NOT listed AND ({where})", timeout_s=300)
    return LeftOut(hidden.table["n"][0].as_py(), sources)


def permitted_on_record(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return the permissions in force that persons gave beyond licences: source, uses, reason, author, when."""
    return uow.sql.records(
        "permission.on_record",
        """
        SELECT s.name AS source, o.uses, o.reason, o.author, o.made_at, o.from_version AS version
        FROM permission_override o JOIN source s ON s.source_id = o.source_id
        WHERE o.to_version IS NULL ORDER BY o.from_version
        """,
    )
