"""What a customer has already, and what that takes off a quote: what was paid once, and months that are used up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from fibermap.order.quote import Charge, Quote, QuoteLine


@dataclass(frozen=True, slots=True)
class Had:
    """A service that runs.

    Attributes
    ----------
    quote
        What was agreed for it.
    channel
        How the customer came for it.
    since
        The day on which it began.
    is_here
        Whether it runs where something is bought now: then nothing that was paid once is paid again.
    """

    quote: Quote
    channel: str
    since: date
    is_here: bool

    def codes(self, code_of: Callable[[int], str]) -> set[str]:
        """Return the codes of all that the customer has."""
        return {code_of(each) for each in (self.quote.offer_id, *self.quote.add_on_ids)}

    def taken_off(self, quoted: Quote, code_of: Callable[[int], str]) -> Quote:
        """Return a quote for who has this: an introductory price of what they have goes on, and does not begin anew.

        Parameters
        ----------
        code_of
            The code of a revision, by which what they have and what they buy are the same.
        """
        months = dict.fromkeys(self.codes(code_of), 0)
        used = whole_months(self.since, quoted.quoted_on)
        for line in self.quote.lines:
            if line.months is not None:
                months[code_of(line.offer_id)] = max(0, line.months - used)
        return replace(quoted, lines=tuple(self._lines(quoted, code_of, months)))

    def _lines(self, quoted: Quote, code_of: Callable[[int], str], months: dict[str, int]) -> Iterator[QuoteLine]:
        for line in quoted.lines:
            left = months.get(code_of(line.offer_id))
            if left is None:
                yield line
            elif line.charge is Charge.ONCE:
                if not self.is_here:
                    yield line
            elif line.months is not None:
                if left:
                    yield replace(line, months=min(left, line.months))
            else:
                yield replace(line, from_month=min(line.from_month, left + 1))


def whole_months(since: date, until: date) -> int:
    """Return how many months are over between two days; none before a month is full, and never fewer than none."""
    months = (until.year - since.year) * 12 + until.month - since.month
    return max(0, months - (until.day < since.day))
