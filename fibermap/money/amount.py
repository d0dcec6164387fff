"""An amount of money: whole minor units of one currency. No floats, no mixing, no rounding that nobody asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from fibermap.kernel.errors import Code, InputRefused

MOST_MINOR = 10**15
"""Largest amount, either side of zero: beyond it sums of many would leave 64 bits."""

EXPONENTS: Mapping[str, int] = {
    **dict.fromkeys(
        ("AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HUF", "ILS", "INR", "MXN", "NOK", "NZD", "PLN",
         "RON", "SEK", "TRY", "USD", "ZAR"),
        2,
    ),
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}  # fmt: skip
"""Digits after the point, by currency (ISO 4217)."""

_NUMBER = re.compile(r"(?P<sign>[-\u2212]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,16})(?:\.(?P<part>\d{1,4}))?", re.ASCII)
_TEXT = re.compile(r"(?:(?P<before>[A-Z]{3}) ?)?(?P<number>[^A-Za-z]{1,24}?)(?: ?(?P<after>[A-Z]{3}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount of money.

    Attributes
    ----------
    amount
        Whole minor units: cents of a dollar, yen of a yen. Negative where somebody is owed.
    currency
        ISO 4217, one of `EXPONENTS`.

    Raises
    ------
    InputRefused
        ``currency_unknown``; ``amount_invalid`` where the amount is no whole number or out of bounds.

    Examples
    --------
    >>> Money(5000, "USD") + Money.parse("12.50", "USD")
    Money(amount=6250, currency='USD')
    >>> str(Money(-123456, "USD"))
    'USD -1,234.56'
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise InputRefused(Code.CURRENCY_UNKNOWN, "There is no such currency here.", hint=_KNOWN)
        if type(self.amount) is not int or abs(self.amount) > MOST_MINOR:
            raise InputRefused(
                Code.AMOUNT_INVALID, "An amount is a whole number of minor units, at most 10^15 of them."
            )

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in a currency."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str | None = None) -> Self:
        """Read an amount as a person writes it: ``49.99``, ``1,234.50``, ``USD 49.99``, ``49.99 USD``.

        Parameters
        ----------
        currency
            What it is in where the text does not say; where both say, they must agree.

        Raises
        ------
        InputRefused
            ``amount_invalid``: no number, or more digits after the point than the currency has;
            ``currency_unknown``; ``currency_mismatch``.
        """
        said = _TEXT.fullmatch(text.strip())
        number = None if said is None else _NUMBER.fullmatch(said["number"].strip())
        if said is None or number is None:
            raise _unreadable()
        found = {each for each in (said["before"], said["after"], currency) if each}
        if len(found) != 1:
            raise _mixed(found) if found else InputRefused(Code.CURRENCY_UNKNOWN, "No currency is said.", hint=_KNOWN)
        return cls(_minor(number, cls.zero(found.pop()).currency), (said["before"] or said["after"] or currency or ""))

    @property
    def decimal(self) -> str:
        """The amount in major units, without currency or grouping: ``-1234.56``."""
        exponent = EXPONENTS[self.currency]
        whole, part = divmod(abs(self.amount), 10**exponent)
        sign = "-" if self.amount < 0 else ""
        return f"{sign}{whole}" + (f".{part:0{exponent}d}" if exponent else "")

    def __str__(self) -> str:
        whole, point, part = self.decimal.partition(".")
        return f"{self.currency} {int(whole):,}{point}{part}" if whole != "-0" else f"{self.currency} -0{point}{part}"

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other).amount, self.currency)

    def __mul__(self, times: int) -> Money:
        if type(times) is not int:
            raise InputRefused(Code.AMOUNT_INVALID, "An amount is multiplied by whole numbers only.")
        return Money(self.amount * times, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other).amount

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other).amount

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other).amount

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other).amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def as_json(self) -> dict[str, int | str]:
        """Return it as HTTP says it."""
        return {"amount": self.amount, "currency": self.currency}

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise _mixed({self.currency, other.currency})
        return other


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Return the sum of amounts of one currency; nothing of it where there are none."""
    result = Money.zero(currency)
    for amount in amounts:
        result += amount
    return result


def refuse_unless_payable(amount: Money, currency: str) -> Money:
    """Return an amount that may be asked of somebody.

    Raises
    ------
    InputRefused
        ``amount_not_positive``; ``currency_mismatch`` where it is not in the currency of this house.
    """
    if amount.currency != currency:
        raise _mixed({currency, amount.currency})
    if amount.amount <= 0:
        raise InputRefused(Code.AMOUNT_NOT_POSITIVE, "The amount must be more than zero.", field="amount")
    return amount


def _minor(number: re.Match[str], currency: str) -> int:
    exponent, part = EXPONENTS[currency], number["part"] or ""
    if len(part) > exponent:
        raise _unreadable(f"{currency} has {exponent} digits after the point.")
    minor = int(f"{number['whole'].replace(',', '')}{part.ljust(exponent, '0')}")
    return -minor if number["sign"] else minor


def _unreadable(hint: str = "Write it as 49.99.") -> InputRefused:
    return InputRefused(Code.AMOUNT_INVALID, "The amount cannot be read.", hint=hint, field="amount")


def _mixed(currencies: Iterable[str]) -> InputRefused:
    said = " and ".join(sorted(currencies))
    return InputRefused(Code.CURRENCY_MISMATCH, f"Amounts of {said} do not go together.", field="currency")


_KNOWN = f"Known are {', '.join(sorted(EXPONENTS))}."
