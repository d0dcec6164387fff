"""Take a decision back: what followed from it is withdrawn, and its items are in their queues again."""

from __future__ import annotations

from collections.abc import Sequence

from fibermap.address.corrections import Author
from fibermap.coverage.commands import Done, versioned
from fibermap.coverage.withdraw import withdraw
from fibermap.kernel.errors import Code, Conflict, NotFound
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork


def take_back(uow: UnitOfWork, decision_id: int, by: Author, settings: Settings) -> Done:
    """Take a decision back, with all that were made with it in one version; ``ids`` are those decisions.

    What others have decided since stays, such as a hold that they released.

    Raises
    ------
    NotFound
        ``decision_not_found``.
    Conflict
        ``conflict``: it has been taken back, or another decision on the item has taken its place.
    """
    rows = uow.sql.rows(
        "review.decision",
        """
        SELECT made_in, bool_or(to_version IS NULL), any_value(title), any_value(choice)
        FROM review_decision WHERE decision_id = ? GROUP BY made_in
        """,
        [decision_id],
    )
    if not rows:
        raise NotFound(Code.DECISION_NOT_FOUND, f"There is no decision {decision_id}.", hint="Look at the list again.")
    made_in, in_force, title, choice = rows[0]
    if not in_force:
        raise Conflict(Code.CONFLICT, f"The decision on {title} is not in force any more.", hint="Look at it again.")

    def work(version: int) -> Sequence[int]:
        withdraw(uow, made_in, version)
        ended = uow.sql.rows(
            "review.take_back",
            "UPDATE review_decision SET to_version = ? WHERE made_in = ? AND to_version IS NULL RETURNING decision_id",
            [version, made_in],
        )
        return sorted(row[0] for row in ended)

    return versioned(uow, "review", f"take back {choice} {title}: {by.reason}", by.name, settings, work)
