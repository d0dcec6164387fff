"""The chart of accounts. A new account is a line here and a row in a migration."""

from __future__ import annotations

from enum import StrEnum


class Account(StrEnum):
    """Where money is, and whose it is; the table ``ledger_account`` says which kind each is."""

    GATEWAY_CLEARING = "gateway_clearing"
    """Asset: captured by the gateway and not yet paid out to the bank."""
    BANK = "bank"
    """Asset: bank and cash; what a person pays back by hand comes out of it."""
    CUSTOMER_DEPOSITS = "customer_deposits"
    """Liability: deposits that are held for customers."""
    CUSTOMER_CREDITS = "customer_credits"
    """Liability: what a customer has in credit, to be set against what they owe."""
    REFUNDS_PAYABLE = "refunds_payable"
    """Liability: promised back and not yet paid back."""
    FORFEITED_DEPOSITS = "forfeited_deposits"
    """Income: deposits that customers forfeited."""
