"""The tables of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

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
_INSERT = """
    INSERT INTO offering BY NAME
    SELECT *, $author AS author, $reason AS reason, $at AS stated_at, $at AS changed_at FROM incoming
"""
_CLAIM = """
    INSERT INTO broadband_label
    SELECT plan_identifier, any_value(code) FROM incoming
    WHERE plan_identifier NOT IN (SELECT plan_identifier FROM broadband_label) GROUP BY plan_identifier
"""
_END = """
    UPDATE offering SET ended_on = $on, end_reason = $reason, changed_at = $at
    WHERE code = $code AND (ended_on IS NULL OR ended_on > $on)
"""

_STATED = ("code", "name", "provider", "technology", "monthly_cents", "currency", "valid_from", "valid_until")
_ROWS = pa.schema(
    {
        "offer_id": pa.int64(), "revision": pa.int32(), "kind": pa.string(), "terms": pa.string(),
        "code": pa.string(), "name": pa.string(), "provider": pa.string(), "technology": pa.string(),
        "monthly_cents": pa.int64(), "currency": pa.string(), "valid_from": pa.date32(), "valid_until": pa.date32(),
    }
)  # fmt: skip
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
    stated = list(offerings)
    incoming = pa.Table.from_pylist([_row(offering) for offering in stated], schema=_ROWS)
    values = {"author": by.name, "reason": by.reason, "at": uow.at_utc}
    uow.sql.execute("catalogue.insert", _INSERT, values, incoming=incoming)
    claims = [
        {"plan_identifier": label.plan_identifier, "code": offering.code}
        for offering in stated
        if (label := offering.terms.label) is not None and label.plan_identifier is not None
    ]
    if claims:
        uow.sql.execute("catalogue.claim", _CLAIM, incoming=pa.Table.from_pylist(claims))


def _row(offering: Offering) -> dict[str, Any]:
    terms = offering.terms
    said = {name: getattr(terms, name) for name in _STATED}
    own = {"offer_id": offering.offer_id, "revision": offering.revision, "kind": str(terms.kind)}
    return said | own | {"terms": terms_text(terms)}


def end_revisions(uow: UnitOfWork, code: str, on: date, reason: str) -> int:
    """End every revision of a code that is sold on a day or later, and return how many there were."""
    values = {"code": code, "on": on, "reason": reason, "at": uow.at_utc}
    return uow.sql.execute("catalogue.end", _END, values)
