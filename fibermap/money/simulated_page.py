"""The pages of the SIMULATED payment gateway, in its own books: opened, paid at with test cards, closed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from fibermap.kernel.errors import Code, Conflict, NotFound
from fibermap.money.amount import Money
from fibermap.money.gateway import PAGE_EXPIRED, Answered, Outcome, Page, PageOrder
from fibermap.store import UnitOfWork, first_come

SHOWN_AT = "simulated-payment/"
"""Where this server shows them, beside the page that a customer comes back to."""
LONGEST_PAGE_ID = 64
_ID_BYTES = 24
_SELECT = """
    SELECT page_id, idempotency_key, currency, amount, description, return_url, status, expires_at FROM simulated_page
"""
_INSERT = """
    INSERT INTO simulated_page (page_id, idempotency_key, currency, amount, description, return_url, status,
                                opened_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, 'open', ?, ?)
"""


@dataclass(frozen=True, slots=True)
class SimulatedPage:
    """A page as the simulated books hold it. It moves no money."""

    page_id: str
    key: str
    money: Money
    description: str
    return_url: str
    status: str
    expires_at: datetime

    @property
    def is_complete(self) -> bool:
        """Whether somebody has paid there."""
        return self.status == "complete"

    def is_open(self, now: datetime) -> bool:
        """Tell whether somebody may pay there."""
        return self.status == "open" and now < self.expires_at

    def refuse_unless_open(self, now: datetime) -> None:
        """Raise ``Conflict`` (``payment_page_closed``) where nobody may pay there any more."""
        if not self.is_open(now):
            message = "Nobody can pay at this page any more: it was paid, closed, or has expired."
            raise Conflict(Code.PAYMENT_PAGE_CLOSED, message, hint="Go back and look at how far your payment is.")

    def as_answer(self, now: datetime) -> Answered:
        """Return what is said of a page that nobody has paid at."""
        if not self.is_open(now):
            return Answered(Outcome.FAILED, None, PAGE_EXPIRED)
        url = urljoin(self.return_url, SHOWN_AT + self.page_id)
        return Answered(Outcome.PENDING, None, None, Page(self.page_id, url, self.expires_at))

    def complete(self, uow: UnitOfWork) -> None:
        """Write that somebody has paid there."""
        _set(uow, self.page_id, "complete")


def open_page(uow: UnitOfWork, order: PageOrder) -> Answered:
    """Open a page; the same key again is the same page, as it was when it was opened."""
    there = find_page(uow, order.key)
    if there is not None:
        return there.as_answer(uow.at_utc)
    page_id = f"cs_simulated_{secrets.token_urlsafe(_ID_BYTES)}"
    row = [page_id, order.key, order.money.currency, order.money.amount, order.description, order.return_url,
           uow.at_utc, order.expires_at]  # fmt: skip
    with first_come():
        uow.sql.execute("simulated.open_page", _INSERT, row)
    return page_of(uow, page_id).as_answer(uow.at_utc)


def page_of(uow: UnitOfWork, page_id: str) -> SimulatedPage:
    """Return a page by its id; raises ``NotFound`` (``payment_page_not_found``)."""
    found = _one(uow, "page_id", page_id)
    if found is None:
        raise NotFound(Code.PAYMENT_PAGE_NOT_FOUND, "There is no such payment page.", hint="Go back and pay again.")
    return found


def find_page(uow: UnitOfWork, key: str) -> SimulatedPage | None:
    """Return a page by the key of its payment; None where there is none."""
    return _one(uow, "idempotency_key", key)


def close_page(uow: UnitOfWork, key: str) -> SimulatedPage | None:
    """Let nobody pay at a page any more, and return it; what was paid stays paid."""
    page = find_page(uow, key)
    if page is not None and page.status == "open":
        _set(uow, page.page_id, "expired")
    return find_page(uow, key)


def _one(uow: UnitOfWork, column: str, value: str) -> SimulatedPage | None:
    found = uow.sql.records("simulated.page", f"{_SELECT} WHERE {column} = ?", [value])
    return _page(found[0]) if found else None


def _page(row: dict[str, Any]) -> SimulatedPage:
    money = Money(int(row["amount"]), row["currency"])
    return SimulatedPage(
        row["page_id"], row["idempotency_key"], money, row["description"], row["return_url"], row["status"],
        row["expires_at"],
    )  # fmt: skip


def _set(uow: UnitOfWork, page_id: str, status: str) -> None:
    statement = "UPDATE simulated_page SET status = ? WHERE page_id = ?"
    uow.sql.execute("simulated.set_page", statement, [status, page_id])
