"""A zone: coverage areas in which people are asked to commit, with a goal, and what counts towards it. Values only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from fibermap.coverage.model import Technology
from fibermap.kernel.errors import Code, InputRefused
from fibermap.order.texts import LONGEST_NAME, plain_text

HIDDEN_BELOW = 5
"""Counts from 1 up to this one are not told to the public: they would tell who of a few neighbours has signed."""
MOST_AREAS, LOWEST_PRIORITY = 10_000, 1_000
LONGEST_CODE = 40


class GoalKind(StrEnum):
    """What a goal is counted in."""

    COUNT = "count"
    """Households."""
    SHARE = "share"
    """A share, 0 to 1, of the units that are sold to."""


class ZoneState(StrEnum):
    """Whether people are still asked."""

    OPEN = "open"
    CLOSED = "closed"


class Customers(StrEnum):
    """Whose pre-orders count."""

    ALL = "all"
    RESIDENTIAL = "residential"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Counts:
    """Which pre-orders count. One whose deposit is still to come never does, nor one that was withdrawn.

    Attributes
    ----------
    with_deposit
        Only those that a deposit was paid for.
    technology
        Only those for this one; None: any.
    customers
        Only at addresses of this kind.
    """

    with_deposit: bool = False
    technology: str | None = None
    customers: Customers = Customers.ALL

    def in_words(self) -> str:
        """Say what is counted, for everybody."""
        what = ["households" if self.customers is Customers.ALL else f"{self.customers} customers", "that pre-ordered"]
        what += [] if self.technology is None else [self.technology.replace("_", " ")]
        return " ".join([*what, *(["and paid a deposit"] if self.with_deposit else [])])


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone.

    Attributes
    ----------
    code, public_name
        What the house calls it, and what everybody reads.
    area_ids
        Its coverage areas; what is cut out of one later stays in the zone.
    priority
        Where zones overlap an address is of the one with the smallest number.
    goal_value
        Households, or a share of the units that are sold to.
    """

    zone_id: int
    code: str
    public_name: str
    area_ids: tuple[int, ...]
    goal_kind: GoalKind
    goal_value: float
    priority: int = 100
    counts: Counts = Counts()
    deadline: date | None = None
    state: ZoneState = ZoneState.OPEN


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a zone is: ``counted`` households of ``goal``, in a zone of so many units that are sold to."""

    units: int
    counted: int
    goal: int

    @property
    def reached(self) -> bool:
        """Whether the goal is reached; one of nothing never is."""
        return 0 < self.goal <= self.counted

    @property
    def percent(self) -> int:
        """How much of the goal is reached: whole percent, rounded down, at most 100."""
        return 0 if self.goal == 0 else min(100, 100 * self.counted // self.goal)


def goal_of(zone: Zone, units: int) -> int:
    """Return how many households a zone needs, a share rounded up."""
    if zone.goal_kind is GoalKind.COUNT:
        return int(zone.goal_value)
    return math.ceil(round(zone.goal_value * units, 9))  # 0.07 * 100 is 7.000000000000001


def public_progress(zone: Zone, progress: Progress, on: date) -> dict[str, Any]:
    """Return what everybody may know of a zone: what is counted, and nothing better than it is.

    Where fewer than `HIDDEN_BELOW` have signed it is only said that they are fewer.
    """
    few = 0 < progress.counted < HIDDEN_BELOW
    return {
        "zone_id": zone.zone_id,
        "name": zone.public_name,
        "counted": None if few else progress.counted,
        "fewer_than": HIDDEN_BELOW if few else None,
        "goal": progress.goal,
        "percent": None if few else progress.percent,
        "reached": progress.reached,
        "counts": zone.counts.in_words(),
        "deadline": None if zone.deadline is None else zone.deadline.isoformat(),
        "state": str(zone.state),
        "on": on.isoformat(),
    }


def zone_json(zone: Zone, progress: Progress) -> dict[str, Any]:
    """Return a zone as the house sees it."""
    said = asdict(zone) | {"counts": asdict(zone.counts), "area_ids": list(zone.area_ids)}
    said["deadline"] = None if zone.deadline is None else zone.deadline.isoformat()
    return said | {"progress": asdict(progress) | {"percent": progress.percent, "reached": progress.reached}}


def checked(zone: Zone) -> Zone:
    """Return a zone that can be one; raises ``InputRefused`` (``argument_invalid``)."""
    whole = zone.goal_value == int(zone.goal_value)
    in_range = 1 <= zone.goal_value <= 1e9 and whole if zone.goal_kind is GoalKind.COUNT else 0 < zone.goal_value <= 1
    for field, fits, message in (
        ("goal", in_range, "A goal is a whole number of households from 1, or a share above 0 and up to 1."),
        ("area_ids", 0 < len(set(zone.area_ids)) <= MOST_AREAS, f"A zone has 1 to {MOST_AREAS:,} areas."),
        ("priority", 1 <= zone.priority <= LOWEST_PRIORITY, f"A priority is 1 to {LOWEST_PRIORITY:,}."),
        ("technology", zone.counts.technology in (None, *Technology), "There is no such technology."),
    ):
        if not fits:
            raise InputRefused(Code.ARGUMENT_INVALID, message, field=field)
    return replace(
        zone,
        code=plain_text("code", zone.code, LONGEST_CODE),
        public_name=plain_text("public_name", zone.public_name, LONGEST_NAME),
        area_ids=tuple(sorted(set(zone.area_ids))),
    )


def read_counts(said: Mapping[str, Any]) -> Counts:
    """Read which pre-orders count from JSON values."""
    return Counts(bool(said["with_deposit"]), said["technology"], Customers(said["customers"]))


def changed_zone(zone: Zone, changes: Mapping[str, Any]) -> Zone:
    """Return a zone with other values for some of its fields; those of ``counts`` stand beside the others."""
    of_counts = {name: changes[name] for name in ("with_deposit", "technology", "customers") if name in changes}
    own = {name: value for name, value in changes.items() if name not in of_counts}
    if "area_ids" in own:
        areas: Sequence[int] = own["area_ids"]
        own["area_ids"] = tuple(areas)
    if "goal_kind" in own:
        own["goal_kind"] = GoalKind(own["goal_kind"])
    if "customers" in of_counts:
        of_counts["customers"] = Customers(of_counts["customers"])
    return checked(replace(zone, counts=replace(zone.counts, **of_counts), **own))
