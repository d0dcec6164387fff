"""Models of money: balances, the ledger, refunds, and what a payment gateway tells."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from fibermap_api.models.questions import Id, Previewed, Question

Party = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
LedgerAccount = Literal[
    "gateway_clearing", "bank", "customer_deposits", "customer_credits", "refunds_payable", "forfeited_deposits"
]
Note = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$")]  # fmt: skip # noqa: E501


class BalancesQuestion(Question):
    """Whose balances."""

    party: Party | None = Field(default=None, description="Only of this party.", examples=["lead:12"])


class LedgerQuestion(BalancesQuestion):
    """Which lines of the ledger."""

    account: LedgerAccount | None = Field(default=None, description="Only of this account.", examples=["bank"])
    before: Id | None = Field(default=None, description="Go on behind this transaction.", examples=[118])
    limit: int = Field(default=100, ge=1, le=1_000, description="At most so many.", examples=[100])


class RefundIdQuestion(Question):
    """One refund by id."""

    refund_id: Id = Field(description="The refund.", examples=[4503599627370494])


class EndRefundQuestion(RefundIdQuestion, Previewed):
    """One refund, to be closed or only weighed."""


class DepositIdQuestion(Question):
    """One deposit by id."""

    deposit_id: Id = Field(description="The deposit.", examples=[4503599627370495])


class RefundDepositQuestion(Question):
    """Why a deposit goes back."""

    reason: Note = Field(description="Why; without card numbers.", examples=["Moved away before we came"])


class CloseRefundQuestion(Question):
    """How a person paid a refund back."""

    paid_by: Literal["cheque", "bank_transfer", "cash", "other"] = Field(description="How.", examples=["cheque"])
    note: Note = Field(description="Its number, and to whom; without card numbers.", examples=["Cheque 118"])


class WebhookQuestion(Question):
    """An event of the payment gateway, in Stripe's shape."""

    id: str = Field(description="The gateway's id of the event.", examples=["evt_1"])
    type: str = Field(description="What happened.", examples=["payment_intent.succeeded"])
    created: int = Field(description="When, seconds since 1970.", examples=[1_795_694_400])
    data: dict[str, Any] = Field(
        description="What it happened to, under `object`.",
        examples=[{"object": {"id": "pi_1", "metadata": {"fibermap_key": "preorder:34"}}}],
    )


class BalanceAnswer(BaseModel):
    """What an account holds, in its own direction: what is owed to customers stands positive in a liability."""

    account: LedgerAccount = Field(examples=["customer_deposits"])
    kind: Literal["asset", "liability", "income", "expense"] = Field(examples=["liability"])
    name: str = Field(examples=["Deposits of customers"])
    currency: str = Field(examples=["USD"])
    amount: int = Field(description="Minor units.", examples=[5_000])
    entries: int = Field(examples=[1])


class BalancesAnswer(BaseModel):
    """Balances, and who takes payments."""

    gateway: str = Field(description="`simulated` moves no money.", examples=["simulated"])
    currency: str = Field(description="The currency of this house.", examples=["USD"])
    balances: list[BalanceAnswer] = Field(examples=[[]])


class LedgerLineAnswer(BaseModel):
    """One entry of a transaction: a debit or a credit, in minor units."""

    transaction_id: int = Field(examples=[118])
    posted_at: datetime = Field(examples=["2026-11-26T12:00:00Z"])
    source: str = Field(description="What it comes from, once.", examples=["deposit:4503599627370495:taken"])
    cause: str = Field(examples=["payment:lead:12"])
    reverses: int | None = Field(description="The transaction that it takes back.", examples=[None])
    account: LedgerAccount = Field(examples=["customer_deposits"])
    party: str = Field(examples=["lead:12"])
    reference: str = Field(examples=["deposit:4503599627370495"])
    currency: str = Field(examples=["USD"])
    debit: int | None = Field(examples=[None])
    credit: int | None = Field(examples=[5_000])


class LedgerAnswer(BaseModel):
    """Lines of the ledger, the newest first; whole transactions, so there may be one more than asked for."""

    lines: list[LedgerLineAnswer] = Field(examples=[[]])
    before: int | None = Field(description="Where the next page begins; null: there is none.", examples=[None])


class WaitingRefundAnswer(BaseModel):
    """A refund that waits for a person."""

    refund_id: int = Field(examples=[4503599627370494])
    deposit_id: int = Field(examples=[4503599627370495])
    party: str = Field(examples=["lead:12"])
    currency: str = Field(examples=["USD"])
    amount: int = Field(examples=[5_000])
    failure: str | None = Field(examples=["expired_or_canceled_card"])
    reason: str = Field(examples=["Moved away"])
    author: str = Field(examples=["ann"])
    intended_at: datetime = Field(examples=["2026-11-26T12:00:00Z"])
    waiting_since: datetime = Field(examples=["2026-11-26T12:00:01Z"])


class WaitingRefundsAnswer(BaseModel):
    """The refunds that wait for a person, the longest waiting first."""

    refunds: list[WaitingRefundAnswer] = Field(examples=[[]])


class MoneyAnswer(BaseModel):
    """An amount in minor units."""

    amount: int = Field(examples=[5_000])
    currency: str = Field(examples=["USD"])


class RefundAnswer(BaseModel):
    """A refund as it stands."""

    refund_id: int = Field(examples=[4503599627370494])
    deposit_id: int = Field(examples=[4503599627370495])
    idempotency_key: str = Field(examples=["refund:4503599627370494"])
    gateway: str = Field(examples=["simulated"])
    money: MoneyAnswer
    state: Literal["intended", "calling", "unknown", "pending", "paid", "manual", "closed"] = Field(examples=["paid"])
    gateway_id: str | None = Field(examples=["re_1"])
    failure: str | None = Field(examples=[None])
    reason: str = Field(examples=["Moved away"])
    author: str = Field(examples=["ann"])
    intended_at: datetime = Field(examples=["2026-11-26T12:00:00Z"])
    changed_at: datetime = Field(examples=["2026-11-26T12:00:01Z"])
    charge_id: str = Field(examples=["pi_1"])


class SettledAnswer(BaseModel):
    """What a recovery pass did."""

    ended: int = Field(examples=[1])
    still_open: int = Field(examples=[0])


class WebhookAnswer(BaseModel):
    """What came of a webhook."""

    effect: Literal["applied", "unchanged", "ignored", "replayed"] = Field(examples=["applied"])
