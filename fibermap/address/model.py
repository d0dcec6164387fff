"""What an address is made of, what kind of place it is, and how far it is connected. Values and rules only."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from fibermap.kernel.errors import Code, Conflict


@dataclass(frozen=True, slots=True)
class AddressParts:
    """The parts of one address, standardised: upper-case ASCII, USPS abbreviations. None: the source does not say.

    The names follow NENA-STA-004 (CLDXF). ``number_prefix + number + number_suffix`` spells the house number: ``N6W``
    and 23001; ``112-`` and 10; 123 and ``1/2``. A unit without identifier (the rear, the basement) has only a
    ``unit_type``. ``zip`` has five digits, ``zip4`` four, ``state`` is the two-letter code.
    """

    number_prefix: str | None = None
    number: int | None = None
    number_suffix: str | None = None
    pre_modifier: str | None = None
    pre_directional: str | None = None
    pre_type: str | None = None
    street_name: str | None = None
    post_type: str | None = None
    post_directional: str | None = None
    post_modifier: str | None = None
    building: str | None = None
    floor: str | None = None
    unit_type: str | None = None
    unit: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    zip4: str | None = None
    county: str | None = None
    country: str | None = None


PART_NAMES: tuple[str, ...] = tuple(part.name for part in fields(AddressParts))


class Note(StrEnum):
    """What a reader of addresses wants to have said about one."""

    NUMBER_MISSING = "number_missing"
    NUMBER_UNREADABLE = "number_unreadable"
    NUMBER_RANGE = "number_range"
    NUMBER_HYPHENATED = "number_hyphenated"
    STREET_MISSING = "street_missing"
    INTERSECTION = "intersection"
    NOT_A_SERVICE_ADDRESS = "not_a_service_address"
    UNIT_UNREADABLE = "unit_unreadable"
    UNIT_WITHOUT_DESIGNATOR = "unit_without_designator"
    STATE_UNREADABLE = "state_unreadable"
    ZIP_UNREADABLE = "zip_unreadable"
    TEXT_TRUNCATED = "text_truncated"


@dataclass(frozen=True, slots=True)
class ParsedAddress:
    """The parts found in a text, the words that fitted nowhere, and what there is to note."""

    parts: AddressParts
    unparsed: str = ""
    notes: tuple[Note, ...] = ()


class Kind(StrEnum):
    """Who is at an address. ``institution`` is a community anchor institution (school, library, clinic, town hall)."""

    RESIDENTIAL = "residential"
    BUSINESS = "business"
    INSTITUTION = "institution"
    OTHER = "other"


class Connectivity(StrEnum):
    """How far one unit is connected. It changes only by `ConnectivityEvent` and never changes the class."""

    NONE = "none"
    PASSED = "passed"
    DROP_INSTALLED = "drop_installed"
    ONT_INSTALLED = "ont_installed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DISCONNECTED = "disconnected"


class ConnectivityEvent(StrEnum):
    """What happens at a unit, past tense."""

    NETWORK_PASSED = "network_passed"
    NETWORK_WITHDRAWN = "network_withdrawn"
    DROP_BUILT = "drop_built"
    ONT_PLACED = "ont_placed"
    SERVICE_ACTIVATED = "service_activated"
    SERVICE_SUSPENDED = "service_suspended"
    SERVICE_RESUMED = "service_resumed"
    SERVICE_ENDED = "service_ended"
    ONT_RECOVERED = "ont_recovered"
    DROP_REMOVED = "drop_removed"


_S, _E = Connectivity, ConnectivityEvent

CONNECTIVITY_MOVES: dict[tuple[Connectivity, ConnectivityEvent], Connectivity] = {
    (_S.NONE, _E.NETWORK_PASSED): _S.PASSED,
    (_S.PASSED, _E.NETWORK_WITHDRAWN): _S.NONE,
    (_S.PASSED, _E.DROP_BUILT): _S.DROP_INSTALLED,
    (_S.DROP_INSTALLED, _E.ONT_PLACED): _S.ONT_INSTALLED,
    (_S.DROP_INSTALLED, _E.DROP_REMOVED): _S.PASSED,
    (_S.ONT_INSTALLED, _E.SERVICE_ACTIVATED): _S.ACTIVE,
    (_S.ONT_INSTALLED, _E.ONT_RECOVERED): _S.DROP_INSTALLED,
    (_S.ACTIVE, _E.SERVICE_SUSPENDED): _S.SUSPENDED,
    (_S.ACTIVE, _E.SERVICE_ENDED): _S.DISCONNECTED,
    (_S.SUSPENDED, _E.SERVICE_RESUMED): _S.ACTIVE,
    (_S.SUSPENDED, _E.SERVICE_ENDED): _S.DISCONNECTED,
    (_S.DISCONNECTED, _E.SERVICE_ACTIVATED): _S.ACTIVE,
    (_S.DISCONNECTED, _E.ONT_RECOVERED): _S.DROP_INSTALLED,
}
"""Every move that is allowed. A disconnected unit still has its ONT: it is activated again, or the ONT is fetched."""


def next_connectivity(state: Connectivity, event: ConnectivityEvent) -> Connectivity:
    """Return the connectivity after an event.

    Raises
    ------
    Conflict
        `Code.CONFLICT`, where the event cannot happen in this state; the message lists what can.
    """
    after = CONNECTIVITY_MOVES.get((state, event))
    if after is None:
        allowed = ", ".join(sorted(move for before, move in CONNECTIVITY_MOVES if before == state))
        raise Conflict(
            Code.CONFLICT,
            f"A unit that is {state} cannot have {event}.",
            hint=f"From {state} there is: {allowed}.",
            state=str(state),
            event=str(event),
        )
    return after
