"""Changes of the catalogue: an offering is stated, revised or retired; many at once, or none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from fibermap.address.corrections import Author
from fibermap.kernel.errors import Code, Conflict
from fibermap.kernel.events import CatalogueChanged
from fibermap.order.catalogue import Catalogue
from fibermap.order.catalogue_store import end_revisions, house_of, insert_offerings, last_revision, read_catalogue
from fibermap.order.offering import Offering, Terms, offer_id_of
from fibermap.order.offering_check import Fault, House, faults_in, refuse_faults, refuse_rows
from fibermap.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class Stated:
    """What a change of the catalogue did.

    Attributes
    ----------
    added, revised
        The new revisions: of codes that are new, and of codes that there were.
    unchanged
        Codes that were stated exactly as they stand.
    """

    added: tuple[Offering, ...] = ()
    revised: tuple[Offering, ...] = ()
    unchanged: tuple[str, ...] = ()


def add_offering(uow: UnitOfWork, terms: Terms, by: Author) -> Offering:
    """State a new offering.

    Raises
    ------
    InputRefused
        ``argument_invalid``, ``amount_invalid``, ``currency_mismatch`` or a code of drawn areas, with the ``field``.
    Conflict
        ``offering_exists``.
    """
    if last_revision(uow, terms.code):
        raise Conflict(
            Code.OFFERING_EXISTS,
            f"There is an offering {terms.code} already.",
            hint="Revise it, or use another code.",
            field="code",
        )
    refuse_faults(terms, _with(house_of(uow), [terms]))
    return _state(uow, [Offering(offer_id_of(terms.code, 1), 1, terms)], by)[0]


def revise_offering(uow: UnitOfWork, offer_id: int, terms: Terms, by: Author, on: date) -> Offering:
    """State an offering anew from a day on; what was sold before keeps its revision, which ends.

    Parameters
    ----------
    offer_id
        The latest revision, which is the one that was looked at.
    on
        The first day of the new revision; its ``valid_from`` where that is later.

    Raises
    ------
    NotFound
        ``offering_not_found``.
    Conflict
        ``offering_changed``: somebody else revised it first, or ``argument_invalid`` for another code.
    InputRefused
        As of `add_offering`.
    """
    catalogue = read_catalogue(uow)
    latest = _latest(catalogue, offer_id)
    if terms.code != latest.code:
        raise Conflict(Code.OFFERING_CHANGED, f"A revision of {latest.code} has that code.", field="code")
    revised = _revision_of(latest, terms, on)
    refuse_faults(revised.terms, house_of(uow))
    end_revisions(uow, latest.code, revised.terms.valid_from, by.reason)
    return _state(uow, [revised], by)[0]


def retire_offering(uow: UnitOfWork, offer_id: int, by: Author, on: date) -> Offering:
    """End an offering: from a day on it is not sold any more, and whoever bought it keeps it.

    Raises
    ------
    NotFound
        ``offering_not_found``.
    Conflict
        ``offering_changed``: somebody else revised it first, or it has ended already.
    """
    latest = _latest(read_catalogue(uow), offer_id)
    if not end_revisions(uow, latest.code, on, by.reason):
        raise Conflict(
            Code.OFFERING_CHANGED, f"{latest.code} has ended already.", hint="Look at it again.", offer_id=offer_id
        )
    uow.emit(CatalogueChanged(cause=uow.cause, codes=[latest.code]))
    return replace(latest, ended_on=on)


def load_offerings(uow: UnitOfWork, stated: Iterable[Terms], by: Author, on: date) -> Stated:
    """State many offerings: new ones are added, others revised from a day on, what is as it stands is left alone.

    All of them or none; what the catalogue has beside them stays. Raises ``InputRefused`` as `add_offering` does, with
    every fault, each with the ``row`` of the offering, counted from 1.
    """
    every = list(stated)
    catalogue = read_catalogue(uow)
    house = _with(house_of(uow), every)
    refuse_rows([(row, fault) for row, terms in enumerate(every, start=1) for fault in _faults(terms, house, every)])
    added, revised, unchanged = [], [], []
    for terms in every:
        before = catalogue.revisions(terms.code)
        if not before:
            added.append(Offering(offer_id_of(terms.code, 1), 1, terms))
        elif _stands(before[-1], terms, on):
            unchanged.append(terms.code)
        else:
            revised.append(_revision_of(before[-1], terms, on))
    for offering in revised:
        end_revisions(uow, offering.code, offering.terms.valid_from, by.reason)
    if added or revised:
        _state(uow, [*added, *revised], by)
    return Stated(tuple(added), tuple(revised), tuple(unchanged))


def _state(uow: UnitOfWork, offerings: list[Offering], by: Author) -> list[Offering]:
    insert_offerings(uow, offerings, by)
    uow.emit(CatalogueChanged(cause=uow.cause, codes=[offering.code for offering in offerings]))
    return offerings


def _latest(catalogue: Catalogue, offer_id: int) -> Offering:
    latest = catalogue.revisions(catalogue.find(offer_id).code)[-1]
    if latest.offer_id != offer_id:
        raise Conflict(
            Code.OFFERING_CHANGED,
            f"{latest.code} has been revised since.",
            hint="Look at its latest revision first.",
            offer_id=latest.offer_id,
        )
    return latest


def _revision_of(latest: Offering, terms: Terms, on: date) -> Offering:
    revision = latest.revision + 1
    begins = replace(terms, valid_from=max(terms.valid_from, on))
    return Offering(offer_id_of(latest.code, revision), revision, begins)


def _stands(latest: Offering, terms: Terms, on: date) -> bool:
    """Whether terms say nothing new from a day on; a revision began on a day of its own."""
    began = latest.terms.valid_from
    is_in_force = latest.ended_on is None and began <= max(terms.valid_from, on)
    return is_in_force and latest.terms == replace(terms, valid_from=began)


def _faults(terms: Terms, house: House, every: list[Terms]) -> Iterator[Fault]:
    yield from faults_in(terms, house)
    if terms is not next(each for each in every if each.code == terms.code):
        yield Fault("code", f"{terms.code} is stated twice.")


def _with(house: House, stated: Iterable[Terms]) -> House:
    """Return the house with offerings that are stated together: they may name one another."""
    every = list(stated)
    kinds = {**{terms.code: terms.kind for terms in every}, **house.kinds}
    claims = {terms.label.plan_identifier: terms.code for terms in every if terms.label and terms.label.plan_identifier}
    return replace(house, kinds=kinds, identifiers={**claims, **house.identifiers})
