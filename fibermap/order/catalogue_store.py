"""The tables of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pyarrow as pa

from fibermap.address.corrections import Author
from fibermap.money.settings import MoneySettings
from fibermap.order.catalogue import Catalogue
from fibermap.order.offering import Offering, OfferingKind
from fibermap.order.offering_check import House
from fibermap.order.offering_json import read_terms_text, terms_text
from fibermap.store import UnitOfWork
from fibermap.store.executor import Row

OFFERINGS = "SELECT offer_id, revision, terms, ended_on FROM offering ORDER BY code, revision"
"""Everything that a catalogue in memory is made of."""
_CONTENT = "SELECT count(*), coalesce(bit_xor(hash(offer_id, revision, terms, ended_on)), 0) FROM offering"
_INSERT = "INSERT INTO offering VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?)"
_CLAIM = """
    INSERT INTO broadband_label SELECT ?, ? WHERE NOT EXISTS (FROM broadband_label WHERE plan_identifier = ?)
"""
_END = """
    UPDATE offering SET ended_on = $on, end_reason = $reason, changed_at = $at
    WHERE code = $code AND (ended_on IS NULL OR ended_on > $on)
"""

MOST_KEPT = 4
_KEPT: dict[Row, Catalogue] = {}
"""Catalogues by their content, which is all that they are made of, whichever database it stands in."""


def read_catalogue(uow: UnitOfWork) -> Catalogue:
    """Return the catalogue as this unit of work sees it; one of the same content is made once and kept."""
    (content,) = uow.sql.rows("catalogue.content", _CONTENT)
    kept = _KEPT.get(content)
    if kept is None:
        if len(_KEPT) >= MOST_KEPT:
            _KEPT.clear()
        kept = _KEPT[content] = catalogue_of(uow.sql.arrow("catalogue.read", OFFERINGS))
    return kept


def catalogue_of(table: pa.Table) -> Catalogue:
    """Return the catalogue of rows of `OFFERINGS`."""
    columns = (table[name].to_pylist() for name in ("offer_id", "revision", "terms", "ended_on"))
    return Catalogue(
        Offering(offer_id, revision, read_terms_text(terms), ended_on)
        for offer_id, revision, terms, ended_on in zip(*columns, strict=True)
    )


def house_of(uow: UnitOfWork) -> House:
    """Return what an offering has to fit to."""
    kinds = uow.sql.rows("catalogue.kinds", "SELECT DISTINCT code, kind FROM offering")
    claims = uow.sql.rows("catalogue.labels", "SELECT plan_identifier, code FROM broadband_label")
    return House(MoneySettings().currency, {code: OfferingKind(kind) for code, kind in kinds}, dict(claims))


def last_revision(uow: UnitOfWork, code: str) -> int:
    """Return the number of the last revision of a code, 0 for an unknown one."""
    found = uow.sql.value("catalogue.last", "SELECT max(revision) FROM offering WHERE code = ?", [code])
    return int(found or 0)


def insert_offerings(uow: UnitOfWork, offerings: Iterable[Offering], by: Author) -> None:
    """Write new revisions, and claim the identifiers on their labels for their codes."""
    for offering in offerings:
        terms = offering.terms
        uow.sql.execute(
            "catalogue.insert",
            _INSERT,
            [
                offering.offer_id, terms.code, offering.revision, terms.name, terms.provider, str(terms.kind),
                terms.technology, terms.monthly_cents, terms.currency, terms.valid_from, terms.valid_until,
                terms_text(terms), by.name, by.reason, uow.at_utc, uow.at_utc,
            ],
        )  # fmt: skip
        if terms.label is not None and terms.label.plan_identifier is not None:
            identifier = terms.label.plan_identifier
            uow.sql.execute("catalogue.claim", _CLAIM, [identifier, terms.code, identifier])


def end_revisions(uow: UnitOfWork, code: str, on: date, reason: str) -> int:
    """End every revision of a code that is sold on a day or later, and return how many there were."""
    values = {"code": code, "on": on, "reason": reason, "at": uow.at_utc}
    return uow.sql.execute("catalogue.end", _END, values)
