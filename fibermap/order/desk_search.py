"""One box for whoever speaks with customers: people by name, phone, e-mail and account number, addresses, and what is
sold by its id.

What is typed is about people. It is bound to statements as a value, and neither logged nor kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fibermap.order.account_number import Typed, read_account_number
from fibermap.order.contact import dialled
from fibermap.store import UnitOfWork

MOST_FOUND = 20
MOST_ADDRESSES = 8
TIMEOUT_S = 2.0
_SHORTEST_NAME, _MOST_WORDS, _LOCAL_DIGITS = 2, 8, 7
_ID = re.compile(r"#?([1-9][0-9]{3,15})", re.ASCII)
_ONLY_DIALLED = re.compile(r"[+()0-9 ./-]+", re.ASCII)

_BETWEEN, _WITHIN = "-./,()&_", "'’"
_BARE = """
    replace(CASE WHEN strlen(name) = length(name) THEN lower(name)   -- most names have no accents to be taken off
            ELSE replace(strip_accents(lower(name)), '’', '') END, '''', '')
"""
_BY_NAME = f"""
    WITH near AS MATERIALIZED (   -- few names have the longest word in them; only those are looked at closely
        SELECT *, ' ' || translate({_BARE}, '{_BETWEEN}', '{" " * len(_BETWEEN)}') AS folded
        FROM contact WHERE contains({_BARE}, $text[1])
    )
    SELECT * FROM near WHERE {{begin}}
"""
"""Those whose name has, for each word, one that begins so: in small letters, without accents and apostrophes."""
_BY = "SELECT * FROM contact WHERE"
_BY_ACCOUNT = f"{_BY} contact_id = (SELECT contact_id FROM account WHERE account_number = $text)"
_PEOPLE = """
    WITH known AS MATERIALIZED ({known}),
    spoke AS (
        SELECT contact_id, address_id FROM lead
        UNION ALL   -- a lead that was taken in is there itself, at an address that leads to where it is now
        SELECT m.contact_id, l.address_id FROM lead_merge m JOIN lead l USING (lead_id) WHERE m.from_lead_id IS NULL
        UNION ALL SELECT contact_id, address_id FROM customer_order
    )
    SELECT a.address_id, a.full_address, k.name, k.phone, k.email, min(k.contact_id) AS contact_id
    FROM known k JOIN spoke USING (contact_id)
    LEFT JOIN survivor s ON s.address_id = spoke.address_id
    JOIN address a ON a.address_id = coalesce(s.survivor_id, spoke.address_id) AND a.to_version IS NULL
    GROUP BY ALL ORDER BY k.name, a.full_address, a.address_id LIMIT $most
"""
_BY_ID = """
    WITH sold AS (
        SELECT 'order' AS kind, order_id AS id, state, address_id, contact_id FROM customer_order WHERE order_id = $id
        UNION ALL SELECT 'lead', lead_id, state, address_id, contact_id FROM lead WHERE lead_id = $id
        UNION ALL
        SELECT 'preorder', p.commitment_id, p.state, p.address_id, l.contact_id
        FROM commitment p JOIN lead l USING (lead_id) WHERE p.commitment_id = $id
    )
    SELECT sold.kind, sold.id, sold.state, coalesce(s.survivor_id, sold.address_id) AS address_id, a.full_address,
           c.name, c.phone, c.email
    FROM sold LEFT JOIN survivor s ON s.address_id = sold.address_id
    LEFT JOIN address a ON a.address_id = coalesce(s.survivor_id, sold.address_id) AND a.to_version IS NULL
    LEFT JOIN contact c USING (contact_id)
"""
_ADDRESSES = """
    SELECT address_id, full_address FROM address
    WHERE to_version IS NULL AND address_id IN (SELECT unnest($ids::BIGINT[]))
"""
_EMPTY = dict.fromkeys(("kind", "address_id", "full_address", "name", "phone", "email", "id", "state", "why"))


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for.

    Attributes
    ----------
    text
        As it was typed.
    region
        Where phone numbers without a country code are dialled.
    suggest
        Completes an address as it is typed: ids, the likeliest first.
    """

    text: str
    region: str
    suggest: Callable[[str], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, the surest first, and whether there is more of it.

    Each of ``results`` has ``kind`` (``order``, ``lead``, ``preorder``, ``customer``, ``address``), ``address_id``,
    ``full_address``, ``name``, ``phone``, ``email``, ``id``, ``state`` and ``why``; the ``id`` of a customer is that of
    the contact. What does not apply is None. ``hint`` says what is wrong with an account number that cannot be one.
    """

    results: Sequence[Mapping[str, Any]]
    more: bool
    hint: str | None = None


def search_desk(uow: UnitOfWork, sought: Sought) -> Found:
    """Find people, addresses and what was sold to them; raises ``InputRefused`` (``limit_exceeded``) after 2 s."""
    text = " ".join(sought.text.split())
    account = read_account_number(text)
    if account.why_not is not None:
        return Found((), False, account.why_not)
    with uow.sql.within(TIMEOUT_S):
        surest = [*_by_account(uow, account), *_by_id(uow, text), *_by_reach(uow, text, sought.region)]
        named = _by_name(uow, text)
        places = _places(uow, [] if "@" in text else sought.suggest(text)[:MOST_ADDRESSES])
    # Whoever begins with a house number means an address; and no number of namesakes hides one.
    rest = [*places, *named] if text[:1].isdigit() else [*named[: MOST_FOUND - len(places)], *places]
    left_out = len(named) > MOST_FOUND - len(places)
    found = [*surest, *rest]
    nobody = f"There is no account {account.number}." if account.number is not None and not found else None
    return Found(found[:MOST_FOUND], left_out or len(found) > MOST_FOUND, nobody)


def _by_account(uow: UnitOfWork, account: Typed) -> list[dict[str, Any]]:
    return [] if account.number is None else _people(uow, _BY_ACCOUNT, account.number, "account")


def _by_id(uow: UnitOfWork, text: str) -> Iterator[dict[str, Any]]:
    number = _ID.fullmatch(text)
    if number is None:
        return
    own_id = int(number[1])
    for row in uow.sql.records("desk.by_id", _BY_ID, {"id": own_id}):
        yield _EMPTY | row | {"why": row["kind"]}
    yield from _places(uow, [own_id])


def _by_reach(uow: UnitOfWork, text: str, region: str) -> list[dict[str, Any]]:
    """Return whoever has an e-mail address that begins so, or this phone number, with or without its area code."""
    if "@" in text:
        return _people(uow, f"{_BY} starts_with(lower(email), lower($text))", text, "email")
    number = dialled(text, region)
    if number is not None:
        return _people(uow, f"{_BY} phone = $text", number, "phone")
    digits = re.sub(r"[^0-9]", "", text)
    if _ONLY_DIALLED.fullmatch(text) and _LOCAL_DIGITS <= len(digits) <= 15:
        return _people(uow, f"{_BY} ends_with(phone, $text)", digits, "phone")
    return []


def _by_name(uow: UnitOfWork, text: str) -> list[dict[str, Any]]:
    """Return whoever has, for every word that was typed, a name that begins so."""
    if "@" in text or sum(sign.isalpha() for sign in text) < _SHORTEST_NAME:
        return []
    words = sorted(_fold(text)[:_MOST_WORDS], key=len, reverse=True)
    begin = " AND ".join(f"contains(folded, ' ' || $text[{place}])" for place in range(1, len(words) + 1))
    return _people(uow, _BY_NAME.format(begin=begin), words, "name") if words else []


def _fold(text: str) -> list[str]:
    """Return the words of a name as they are compared."""
    bare = "".join(sign for sign in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(sign))
    return bare.translate(str.maketrans(_BETWEEN, " " * len(_BETWEEN), _WITHIN)).split()


def _people(uow: UnitOfWork, known: str, text: str | Sequence[str], why: str) -> list[dict[str, Any]]:
    rows = uow.sql.records("desk.people", _PEOPLE.format(known=known), {"text": text, "most": MOST_FOUND + 1})
    return [
        _EMPTY | {name: value for name, value in row.items() if name != "contact_id"}
        | {"kind": "customer", "id": row["contact_id"], "why": why}
        for row in rows
    ]  # fmt: skip


def _places(uow: UnitOfWork, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return addresses in the order of their ids as they are given."""
    if not ids:
        return []
    rows = uow.sql.records("desk.addresses", _ADDRESSES, {"ids": list(ids)})
    known = {row["address_id"]: row for row in rows}
    there = (known[own_id] for own_id in dict.fromkeys(ids) if own_id in known)
    return [_EMPTY | row | {"kind": "address", "why": "address"} for row in islice(there, MOST_ADDRESSES)]
