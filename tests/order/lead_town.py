"""A town where things are sold: houses of every class, a building with units, and one whose units nobody has listed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from fibermap.plan import Plan
from tests.builders import area, box, furnished, home, ids, ingest, source

AGREED: dict[str, Any] = {
    "consent_at": datetime(2026, 1, 5, 9, tzinfo=UTC),
    "wording": "You may call me about fiber at my address.",
}
HOMES = [home(n, 40 * n) for n in range(1, 10)]
LISTED = [home(20, 420, UNIT=unit, OBJECTID=200 + at) for at, unit in enumerate("AB")]
TOWER = home(30, 480, UNITS=12, TYPE="Apartment")
AREAS = [
    area("North", "Build", box(20, -30, 140, 30), PHASE="Phase 1"),
    area("South", "Pre-build", box(140, -30, 290, 30), PHASE="Phase 2", EXPECTED_LIVE="2027-03-01"),
]
BUILT, PLANNED, BEYOND = "1 Main St", "5 Main St", "8 Main St"


@contextmanager
def selling_town() -> Iterator[Plan]:
    """Lend a plan with the town in it."""
    with furnished(_furnish_town) as fm:
        yield fm


def _furnish_town(fm: Plan) -> None:
    ingest(fm, source("county", [*HOMES, *LISTED, TOWER]), source("plan", AREAS))


def capture(fm: Plan, where: str = PLANNED, **said: Any) -> dict[str, Any]:
    """Capture a lead at a house of the town, by its delivery line."""
    given = {"name": "Ann Lee", "phone": "406-555-0142", "channel": "door"} | AGREED | said
    return fm.leads.capture(ids(fm)[where], **given)


def every(fm: Plan, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    return fm.store.sql.records("test", f"SELECT * FROM {table} ORDER BY ALL")
