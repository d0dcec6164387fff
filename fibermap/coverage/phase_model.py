"""The words of phases: what part of one is opened, on which days, and how a date is moved. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.areas import LONGEST_TEXT
from fibermap.kernel.errors import Code, InputRefused

BY_NAME = ("cabinet", "splitter", "terminal")
"""What a part of a phase can be named by, beside a drawn shape."""
MOST_NAMES = 5_000
PRECISIONS = ("day", "month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a phase: what some cabinets, splitters or terminals serve, or what lies in a shape; else all of it.

    ``by`` is one of :data:`BY_NAME` with ``names``, or None; ``shape`` is a polygon in EPSG:4326.
    """

    by: str | None = None
    names: frozenset[str] = frozenset()
    shape: BaseGeometry | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole phase."""
        return self.by is None and self.shape is None

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values, the shape as WKB in hex."""
        said: dict[str, Any] = {} if self.by is None else {self.by: sorted(self.names)}
        return said if self.shape is None else {"shape": shapely.to_wkb(self.shape, hex=True)}

    def in_words(self) -> str:
        """Say which part it is: ``cabinet C1, C2``, ``a drawn part``, and nothing for the whole."""
        if self.shape is not None:
            return "a drawn part"
        if self.by is None:
            return ""
        first = sorted(self.names)[:3]
        more = len(self.names) - len(first)
        return f"{self.by} {', '.join(first)}{f' and {more} more' if more else ''}"


def part_of(
    *,
    cabinets: Sequence[str] = (),
    splitters: Sequence[str] = (),
    terminals: Sequence[str] = (),
    shape: BaseGeometry | None = None,
) -> Part:
    """Return the part that somebody names in one of four ways, the whole phase in none.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for two ways at once, ``limit_exceeded`` for very many names.
    """
    named = {by: names for by, names in zip(BY_NAME, (cabinets, splitters, terminals), strict=True) if names}
    if len(named) + (shape is not None) > 1:
        raise InputRefused(
            Code.ARGUMENT_INVALID, "A part is named in one way.", hint="Give cabinets, splitters, terminals or a shape."
        )
    if shape is not None:
        return Part(shape=shape)
    for by, names in named.items():
        if len(names) > MOST_NAMES:
            raise InputRefused(Code.LIMIT_EXCEEDED, f"A part may name {MOST_NAMES:,} {by}s.", limit=MOST_NAMES)
        return Part(by, frozenset(names))
    return Part()


def read_part(said: Mapping[str, Any]) -> Part:
    """Read what :meth:`Part.as_json` wrote."""
    if "shape" in said:
        return Part(shape=shapely.from_wkb(said["shape"]))
    return next((Part(by, frozenset(said[by])) for by in BY_NAME if by in said), Part())


@dataclass(frozen=True, slots=True)
class Opening:
    """A phase, or a part of it, that becomes build on one day and is sold from the same or a later one."""

    phase: str
    network_ready_on: date
    sales_open_on: date
    part: Part = Part()

    def __post_init__(self) -> None:
        if self.sales_open_on < self.network_ready_on:
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                "Sales cannot open before the network is ready.",
                hint="Give the same day, or a later one.",
                field="sales_open_on",
            )

    def is_due(self, today: date) -> bool:
        """Whether the network is ready."""
        return self.network_ready_on <= today

    def fields(self, today: date) -> dict[str, Any]:
        """Return what its areas say from now on: build if the network is ready, else when that is expected."""
        days = {"network_ready_on": self.network_ready_on, "sales_open_on": self.sales_open_on}
        if self.is_due(today):
            return {"class": "build", "live_on": self.network_ready_on, **days}
        return {"expected_live_on": self.network_ready_on, "expected_precision": "day", **days}

    def label(self) -> str:
        """Return what the list of versions says of it."""
        part = self.part.in_words()
        return f"open {self.phase}{f', {part}' if part else ''}"


@dataclass(frozen=True, slots=True)
class Slip:
    """Another expected date for what is not open of a phase, or for one opening that waits for its day.

    ``precision`` is one of :data:`PRECISIONS`. Without ``opening_id`` it moves all that no opening has a day for.
    """

    phase: str
    expected_on: date
    precision: str = "day"
    opening_id: int | None = None

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise InputRefused(
                Code.ARGUMENT_INVALID, f"A date cannot be precise to the {self.precision[:LONGEST_TEXT]}.",
                hint=f"Give one of: {', '.join(PRECISIONS)}.", field="precision",
            )  # fmt: skip
        if self.opening_id is not None and self.precision != "day":
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                "An opening waits for a day.",
                hint="Give the date to the day.",
                field="precision",
            )
