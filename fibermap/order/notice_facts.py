"""What a notice says of its order or pre-order: read when it is written, so that it is what is true then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from fibermap.access.follow_links import Followed, keep_follow_links
from fibermap.coverage.expected import public_date, say_date
from fibermap.coverage.rule_settings import settings_in
from fibermap.coverage.versions import current_version
from fibermap.kernel.settings import Settings
from fibermap.messages.message import Message
from fibermap.money.amount import Money
from fibermap.order.notice_state import message_key
from fibermap.order.notice_texts import written
from fibermap.screens.portal_settings import read_portal_settings
from fibermap.store import UnitOfWork

_ORDER = """
    SELECT a.full_address, o.price, o.release_on, k.account_number, f.name AS offer,
           o.order_id IN (SELECT order_id FROM waiting_list) AS waits
    FROM customer_order o LEFT JOIN account k USING (contact_id) LEFT JOIN offering f USING (offer_id)
    LEFT JOIN survivor s ON s.address_id = o.address_id
    LEFT JOIN address a ON a.address_id = coalesce(s.survivor_id, o.address_id) AND a.to_version IS NULL
    WHERE o.order_id = ?
"""
_PREORDER = """
    SELECT a.full_address, c.price_locked_until, k.account_number, d.amount, d.currency
    FROM commitment c JOIN lead l USING (lead_id) LEFT JOIN account k USING (contact_id)
    LEFT JOIN deposit d ON d.deposit_id = c.deposit_id AND d.state = 'held'
    LEFT JOIN survivor s ON s.address_id = c.address_id
    LEFT JOIN address a ON a.address_id = coalesce(s.survivor_id, c.address_id) AND a.to_version IS NULL
    WHERE c.commitment_id = ?
"""


def message_of(uow: UnitOfWork, notice: Mapping[str, Any], portal_url: str | None) -> Message:
    """Write a notice to the e-mail address of its contact; raises ``ValueError`` where that cannot be written to."""
    subject, body = text_of(uow, notice, portal_url)
    return Message(message_key(notice["notice_id"]), notice["email"] or "", subject, body)


def text_of(uow: UnitOfWork, notice: Mapping[str, Any], portal_url: str | None) -> tuple[str, str]:
    """Return subject and body of a notice: ``kind``, ``subject``, ``subject_id``, ``facts`` and ``name`` are read."""
    portal = read_portal_settings(uow)
    about = _order if notice["subject"] == "order" else _preorder
    link = _link(uow, notice, portal_url) if portal.open and portal_url is not None else ""
    facts = about(uow, notice, link) | {
        "name": notice["name"],
        "link_line": f"Follow it here: {link}" if link else "",
        "support_line": f"Questions: {portal.support}" if portal.support else "",
        "operator": portal.name,
    }
    return written(notice["kind"], facts)


def _link(uow: UnitOfWork, notice: Mapping[str, Any], portal_url: str) -> str:
    followed = Followed[notice["subject"].upper()]
    return keep_follow_links(uow).address(portal_url, followed, notice["subject_id"], uow.at_utc)


def _order(uow: UnitOfWork, notice: Mapping[str, Any], link: str) -> dict[str, str]:
    (row,) = uow.sql.records("notice.order", _ORDER, [notice["subject_id"]])
    return _said(row) | {
        "offer": row["offer"] or "",
        "price": _price(orjson.loads(row["price"])),
        "next_line": _next(row["release_on"], waits=row["waits"], today=uow.at_utc.date()),
    }


def _next(release_on: date | None, *, waits: bool, today: date) -> str:
    if waits:
        return "Every connection near you is taken for now. You are in line, and get the next one that is free."
    if release_on is not None and release_on > today:
        return f"Your turn for the installation comes in the week of {_day(release_on)}."
    return "We get in touch with you to set a day for the installation."


def _preorder(uow: UnitOfWork, notice: Mapping[str, Any], link: str) -> dict[str, str]:
    (row,) = uow.sql.records("notice.preorder", _PREORDER, [notice["subject_id"]])
    told = orjson.loads(notice["facts"])
    locked = row["price_locked_until"]
    public_dates = settings_in(uow, current_version(uow), Settings()).public_dates
    was_on, now_on = (_expected(told.get(name), told.get("precision"), public_dates) for name in ("was_on", "now_on"))
    paid = None if row["amount"] is None else Money(row["amount"], row["currency"])
    back = "" if paid is None else f", and your deposit of {paid} goes back to you"
    how = "by the link below" if link else "by calling us"
    return _said(row) | {
        "was_on": "" if was_on == now_on else was_on,
        "now_on": f"{now_on} as before; the day within it has moved" if was_on == now_on else now_on,
        "lock_line": "" if locked is None else f"Your price is held until {_day(locked)}.",
        "refund_line": f"Or you may withdraw your pre-order {how}{back}.",
    }


def _said(row: Mapping[str, Any]) -> dict[str, str]:
    number = row["account_number"] or ""
    return {
        "address": row["full_address"] or "your address",
        "account_number": f"{number[:1]} {number[1:5]} {number[5:]}".strip(),
    }


def _price(price: Mapping[str, Any]) -> str:
    if "monthly_cents" not in price:
        return ""
    once = price.get("once_cents")
    said = f"{Money(price['monthly_cents'], price['currency'])} a month"
    return f"{said}, and {Money(once, price['currency'])} once" if once else said


def _expected(day: str | None, precision: str | None, least: str) -> str:
    """Write an expected date as finely as customers are told any."""
    if day is None:
        return "not set yet"
    last, known = public_date(date.fromisoformat(day), precision, least)
    return _day(last) if known == "day" else str(say_date(last, known))


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
