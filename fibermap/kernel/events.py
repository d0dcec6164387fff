"""Every event that fibermap publishes. Past tense, one per batch, facts only.

An event is written in the transaction that caused it and delivered afterwards, once per subscriber.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    """What all events share.

    Attributes
    ----------
    cause
        What led to it, for the timeline: ``"promote:county"``, ``"hold:12"`` and the like.
    """

    cause: str

    type: ClassVar[str] = "Event"

    def payload(self) -> dict[str, Any]:
        """Return the facts as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ServiceabilityChanged(Event):
    """A batch of verdicts changed; the change set itself is the rows of ``verdict_change`` with this batch id.

    Attributes
    ----------
    plan_version, batch_id
        The version that holds the new verdicts, and the key of the change set.
    counts
        ``{technology: {"from -> to": addresses}}``.
    """

    plan_version: int = 0
    batch_id: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    type: ClassVar[str] = "ServiceabilityChanged"


@dataclass(frozen=True, slots=True)
class PlanPromoted(Event):
    """A plan version came into force: a promoted source, a correction, a hold, a phase, or an undo."""

    plan_version: int = 0
    kind: str = ""
    label: str = ""

    type: ClassVar[str] = "PlanPromoted"


@dataclass(frozen=True, slots=True)
class AddressesMerged(Event):
    """Addresses became one; ``redirect`` holds each retired id and its survivor."""

    plan_version: int = 0
    count: int = 0

    type: ClassVar[str] = "AddressesMerged"


@dataclass(frozen=True, slots=True)
class ConnectivityChanged(Event):
    """The connectivity of one address changed, for example from ``passed`` to ``drop_installed``."""

    address_id: int = 0
    before: str = ""
    after: str = ""

    type: ClassVar[str] = "ConnectivityChanged"


@dataclass(frozen=True, slots=True)
class CatalogueChanged(Event):
    """Offerings were stated, revised or retired; ``codes`` names them."""

    codes: list[str] = field(default_factory=list)

    type: ClassVar[str] = "CatalogueChanged"


@dataclass(frozen=True, slots=True)
class LeadCaptured(Event):
    """Somebody is interested in service at an address; ``merged`` where the household's lead was there already."""

    lead_id: int = 0
    address_id: int = 0
    merged: bool = False

    type: ClassVar[str] = "LeadCaptured"


@dataclass(frozen=True, slots=True)
class PreOrderCommitted(Event):
    """A lead gave its word for an offer at an address that is not built yet."""

    commitment_id: int = 0
    lead_id: int = 0
    address_id: int = 0

    type: ClassVar[str] = "PreOrderCommitted"


@dataclass(frozen=True, slots=True)
class LeadsConverted(Event):
    """Commitments became orders because their technology is live there; the orders name the batch as their cause.

    Attributes
    ----------
    plan_version, batch_id
        The change set that set it off.
    orders, waiting
        How many became orders, and how many of those wait for a port.
    """

    plan_version: int = 0
    batch_id: int = 0
    orders: int = 0
    waiting: int = 0

    type: ClassVar[str] = "LeadsConverted"


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    """A customer ordered."""

    order_id: int = 0
    address_id: int = 0
    kind: str = ""

    type: ClassVar[str] = "OrderPlaced"


@dataclass(frozen=True, slots=True)
class OrderHeld(Event):
    """Orders stand still, because what they rest on is no longer so; ``why`` counts them by reason."""

    plan_version: int = 0
    orders: int = 0
    why: dict[str, int] = field(default_factory=dict)

    type: ClassVar[str] = "OrderHeld"


@dataclass(frozen=True, slots=True)
class OrderReady(Event):
    """Orders have every prerequisite and may be scheduled."""

    plan_version: int | None = None
    orders: int = 0

    type: ClassVar[str] = "OrderReady"


@dataclass(frozen=True, slots=True)
class OrderCancelled(Event):
    """An order ended before its service began."""

    order_id: int = 0
    address_id: int = 0
    why: str = ""

    type: ClassVar[str] = "OrderCancelled"


@dataclass(frozen=True, slots=True)
class DepositTaken(Event):
    """A deposit was captured and is held for a party. Amounts are minor units."""

    deposit_id: int = 0
    party: str = ""
    amount: int = 0
    currency: str = ""

    type: ClassVar[str] = "DepositTaken"


@dataclass(frozen=True, slots=True)
class PaymentFailed(Event):
    """A payment was not taken; ``failure`` is the gateway's word for why."""

    payment_id: int = 0
    purpose: str = ""
    party: str = ""
    failure: str = ""

    type: ClassVar[str] = "PaymentFailed"


@dataclass(frozen=True, slots=True)
class DepositApplied(Event):
    """A batch of deposits became credits; which, the ledger says under the same cause.

    Attributes
    ----------
    deposits
        How many.
    amounts
        Their sum in minor units, by currency.
    """

    deposits: int = 0
    amounts: dict[str, int] = field(default_factory=dict)

    type: ClassVar[str] = "DepositApplied"


@dataclass(frozen=True, slots=True)
class DepositForfeited(Event):
    """A deposit became income."""

    deposit_id: int = 0
    party: str = ""
    amount: int = 0
    currency: str = ""

    type: ClassVar[str] = "DepositForfeited"


@dataclass(frozen=True, slots=True)
class DepositRefunded(Event):
    """A deposit was paid back; ``paid_by`` says how: ``card``, or what a person did instead."""

    deposit_id: int = 0
    party: str = ""
    amount: int = 0
    currency: str = ""
    paid_by: str = ""

    type: ClassVar[str] = "DepositRefunded"


@dataclass(frozen=True, slots=True)
class RefundNeedsPerson(Event):
    """A refund cannot go back to the card: a person has to pay it back."""

    refund_id: int = 0
    deposit_id: int = 0
    party: str = ""
    failure: str = ""

    type: ClassVar[str] = "RefundNeedsPerson"
