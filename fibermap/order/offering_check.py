"""What is wrong with an offering before it is stated: each fault with its field. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from fibermap.coverage.area_shapes import faults_of, read_shape
from fibermap.kernel.errors import Code, FibermapError, InputRefused
from fibermap.money.card_numbers import has_card_number
from fibermap.order.offering import MOST_CENTS, OfferingKind, Terms
from fibermap.order.region import Region

MOST_FAULTS = 50
_OWN_WORDS = {
    OfferingKind.PLAN: ("goes_with", "parts"),
    OfferingKind.ADD_ON: ("parts", "label"),
    OfferingKind.BUNDLE: ("goes_with", "label"),
}
"""What an offering of a kind cannot state."""
_PLAN_NEEDS = ("technology", "down_mbps", "up_mbps")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where."""

    field: str
    text: str
    code: Code = Code.ARGUMENT_INVALID


@dataclass(frozen=True, slots=True)
class House:
    """What an offering has to fit to.

    Attributes
    ----------
    currency
        That of this house.
    kinds
        The kind of every offering by its code, its own included.
    identifiers
        The code that each identifier of a broadband label belongs to.
    """

    currency: str
    kinds: Mapping[str, OfferingKind]
    identifiers: Mapping[str, str]


def refuse_faults(terms: Terms, house: House) -> None:
    """Raise ``InputRefused`` with the first fault of an offering: its code, field and sentence."""
    for fault in faults_in(terms, house):
        raise InputRefused(fault.code, f"{terms.code}: {fault.text}", field=fault.field)


def refuse_rows(faults: Sequence[tuple[int, Fault]]) -> None:
    """Raise ``InputRefused`` where rows of a file have faults: the first one, and of all of them row, field and text.

    Rows are counted from 1, without a header.
    """
    if not faults:
        return
    row, first = faults[0]
    more = f" And {len(faults) - 1} more." if len(faults) > 1 else ""
    raise InputRefused(
        first.code,
        f"Row {row}: {first.text}{more}",
        hint="Correct them; nothing was changed.",
        row=row,
        field=first.field,
        faults=[{"row": row, "field": fault.field, "text": fault.text} for row, fault in faults[:MOST_FAULTS]],
    )


def faults_in(terms: Terms, house: House) -> Iterator[Fault]:
    """Yield everything that is wrong with an offering."""
    yield from _of_texts(terms)
    yield from _of_amounts(terms, house.currency)
    yield from _of_dates(terms)
    yield from _of_kind(terms)
    yield from _of_others(terms, house)
    for name in ("included", "excluded"):
        for number, region in enumerate(getattr(terms, name)):
            yield from _of_region(region, f"{name}.{number}")


def _of_texts(terms: Terms) -> Iterator[Fault]:
    """Yield a fault for each text with what looks like a card number, or with what moves a cursor or hides."""
    texts = {"name": terms.name, "provider": terms.provider}
    for name in ("fees", "monthly_fees", "included", "excluded"):
        texts |= {f"{name}.{at}.name": each.name for at, each in enumerate(getattr(terms, name))}
    if terms.label is not None and terms.label.government_taxes is not None:
        texts["label.government_taxes"] = terms.label.government_taxes
    for field, text in texts.items():
        if has_card_number(text):
            yield Fault(field, "It holds what looks like a card number.", Code.CARD_NUMBER_REFUSED)
        if not text.isprintable():
            yield Fault(field, "It holds characters that cannot be printed.")


def _of_amounts(terms: Terms, currency: str) -> Iterator[Fault]:
    if terms.currency != currency:
        yield Fault("currency", f"Prices are in {currency} here, not in {terms.currency}.", Code.CURRENCY_MISMATCH)
    amounts = {"monthly_cents": terms.monthly_cents, "early_termination_cents": terms.early_termination_cents}
    if terms.introductory is not None:
        amounts["introductory.monthly_cents"] = terms.introductory.monthly_cents
    if terms.label is not None and terms.label.more_data_cents is not None:
        amounts["label.more_data_cents"] = terms.label.more_data_cents
    for name in ("fees", "monthly_fees"):
        amounts |= {f"{name}.{at}.amount_cents": fee.amount_cents for at, fee in enumerate(getattr(terms, name))}
    for field, amount in amounts.items():
        if not 0 <= amount <= MOST_CENTS:
            yield Fault(field, f"An amount is from 0 to {MOST_CENTS:,} minor units.", Code.AMOUNT_INVALID)


def _of_dates(terms: Terms) -> Iterator[Fault]:
    if terms.valid_until is not None and terms.valid_until < terms.valid_from:
        yield Fault("valid_until", "Its last day of sale is before its first.")
    if terms.early_termination_cents and not terms.term_months:
        yield Fault("term_months", "It charges for leaving early and binds nobody: say for how many months it binds.")


def _of_kind(terms: Terms) -> Iterator[Fault]:
    for name in _OWN_WORDS[terms.kind]:
        if getattr(terms, name):
            yield Fault(name, f"It is of kind {terms.kind}, which has no {name}.")
    if terms.is_plan:
        for name in _PLAN_NEEDS:
            if getattr(terms, name) is None:
                yield Fault(name, f"A plan has to state {name}.")
    if terms.kind is OfferingKind.BUNDLE and len(terms.parts) < 2:
        yield Fault("parts", "A bundle has at least two parts.")


def _of_others(terms: Terms, house: House) -> Iterator[Fault]:
    for code in terms.goes_with:
        if house.kinds.get(code) is not OfferingKind.PLAN:
            yield Fault("goes_with", f"There is no plan {code!r}.")
    for code in terms.parts:
        if house.kinds.get(code, OfferingKind.BUNDLE) is OfferingKind.BUNDLE:
            yield Fault("parts", f"There is no plan or add-on {code!r}.")
    if [house.kinds.get(code) for code in terms.parts].count(OfferingKind.PLAN) > 1:
        yield Fault("parts", "A bundle has one plan at most.")
    if house.kinds.get(terms.code, terms.kind) is not terms.kind:
        yield Fault("kind", f"{terms.code} is of kind {house.kinds[terms.code]} and stays so: use another code.")
    identifier = None if terms.label is None else terms.label.plan_identifier
    if identifier is not None and house.identifiers.get(identifier, terms.code) != terms.code:
        yield Fault("label.plan_identifier", f"{identifier} belongs to {house.identifiers[identifier]} for ever.")


def _of_region(region: Region, field: str) -> Iterator[Fault]:
    if region.names_nothing:
        yield Fault(field, f"The region {region.name!r} names nothing, and so would be everywhere.")
    if region.shape is None:
        return
    try:
        document = orjson.loads(region.shape)
        shape = read_shape(document if isinstance(document, Mapping) else {})
    except orjson.JSONDecodeError:
        yield Fault(f"{field}.shape", "It is not GeoJSON.")
    except FibermapError as error:
        yield Fault(f"{field}.shape", error.message, error.code)
    else:
        yield from (Fault(f"{field}.shape", fault.message, fault.code) for fault in faults_of(shape, sliver_m2=0.0))
