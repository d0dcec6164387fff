"""The words of coverage: classes, technologies, evidence, holds and flags, and the order that settles between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Class(StrEnum):
    """Where an address stands geographically. Holds, ports and dates never change it."""

    BUILD = "build"
    PRE_BUILD = "pre-build"
    OUT = "out-of-coverage"
    UNKNOWN = "unknown"


CLASS_ORDER: tuple[Class, ...] = (Class.BUILD, Class.PRE_BUILD, Class.OUT, Class.UNKNOWN)
"""Best first. The position is the class's code in bulk arrays."""

PLANNED: tuple[Class, ...] = (Class.BUILD, Class.PRE_BUILD)
"""The classes that a plan can state."""


class Technology(StrEnum):
    """How an address would be served."""

    FIBER = "fiber"
    FIXED_WIRELESS = "fixed_wireless"


class Evidence(StrEnum):
    """What decided a verdict, strongest first."""

    AREA = "area"
    DESIGN_TERMINAL = "design_terminal"
    TERMINAL = "terminal"
    ROUTE = "route"
    SOURCE_STATUS = "source_status"
    NONE = "none"
    NO_POSITION = "no_position"


class Confidence(StrEnum):
    """How far a verdict can be trusted."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class HoldCode(StrEnum):
    """Why what is there may not be sold."""

    EASEMENT_REFUSED = "easement_refused"
    NO_MDU_AGREEMENT = "no_mdu_agreement"
    DO_NOT_SERVE = "do_not_serve"
    OWNER_REFUSAL = "owner_refusal"
    UNSAFE = "unsafe"
    UNDER_REVIEW = "under_review"
    EXCLUSION = "exclusion"


class Flag(StrEnum):
    """What a person should look at. Never changes the class by itself."""

    DROP_OVER_LIMIT = "drop_over_limit"
    DROP_CROSSES = "drop_crosses"
    FOOTPRINT_CLASS_DIFFERS = "footprint_class_differs"
    NEAR_EDGE = "near_edge"
    CONFLICTING_AREAS = "conflicting_areas"
    MARKED = "marked"
    """A person wants somebody to look; the others follow from the plan."""


class NotOrderable(StrEnum):
    """Why an address may not be sold today; empty when it may."""

    NOT_BUILD = "not_build"
    NOT_SERVICEABLE = "not_serviceable"
    HOLD = "hold"
    NO_PORT = "no_port"
    FLAGGED = "flagged"
    SALES_NOT_OPEN = "sales_not_open"
    NETWORK_NOT_READY = "network_not_ready"
    SOURCE_NOT_PERMITTED = "source_not_permitted"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The class of one address for one technology, and what decided it.

    ``drop_m`` is metres on the ground; ``expected_precision`` is ``day``, ``month``, ``quarter`` or ``year``.
    """

    technology: str
    class_: Class
    evidence: Evidence
    confidence: Confidence
    feature_id: int | None = None
    rule_id: int | None = None
    terminal_id: int | None = None
    drop_m: float | None = None
    expected_live_on: date | None = None
    expected_precision: str | None = None


def class_on(stated: Class, *, live_on: date | None, expected_live_on: date | None, asked: date | None) -> Class:
    """Return the class that a stated one becomes on the date asked about.

    Without a date the plan is taken at its word. A build area is pre-build before it went live, and a pre-build area
    is build from the day on which it is expected, which is a projection and is said to be one wherever it is shown.
    """
    if asked is None:
        return stated
    if stated is Class.BUILD and live_on is not None and asked < live_on:
        return Class.PRE_BUILD
    if stated is Class.PRE_BUILD and expected_live_on is not None and asked >= expected_live_on:
        return Class.BUILD
    return stated
