"""Pages of rows in an order: what comes after a row is found by its value and its id, however many came before."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from fibermap.kernel.errors import Code, InputRefused, NotFound


def read_sort(text: str, names: Sequence[str]) -> tuple[str, bool]:
    """Read ``name`` or ``-name``: the name, and whether a minus stands before it.

    Raises
    ------
    InputRefused
        ``argument_invalid``: it is none of the names.
    """
    name = text.removeprefix("-")
    if name not in names:
        raise InputRefused(
            Code.ARGUMENT_INVALID, "There is no such order.", hint=f"There are: {', '.join(names)}.", field="sort"
        )
    return name, text.startswith("-")


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows: by an expression, then by what tells rows apart; what has no value comes last.

    Attributes
    ----------
    name
        Tells it from other orders, so that a page of one is not taken for a page of another.
    expression, kind
        What rows are ordered by, in SQL, and the type of its values.
    key, key_kind
        The column that tells one row from another.
    """

    name: str
    expression: str
    kind: type
    descending: bool
    key: str
    key_kind: type

    @property
    def by(self) -> str:
        """The order in SQL, of rows that have the expression as ``sorted_by``."""
        return f"sorted_by {'DESC' if self.descending else 'ASC'} NULLS LAST, {self.key}"

    def further(self, token: str | None) -> tuple[str, dict[str, Any]]:
        """Return the condition of what comes after a page, and its parameters; None: everything does.

        Raises
        ------
        NotFound
            ``page_not_found``: the token is of no page in this order.
        """
        if token is None:
            return "true", {}
        value, key = self._read(token)
        if value is None:
            return f"({self.expression} IS NULL AND {self.key} > $after_key)", {"after_key": key}
        sign = "<" if self.descending else ">"
        condition = f"""({self.expression} {sign} $after_value OR {self.expression} IS NULL
            OR ({self.expression} = $after_value AND {self.key} > $after_key))"""
        return condition, {"after_value": value, "after_key": key}

    def page(self, rows: list[dict[str, Any]], limit: int) -> tuple[list[dict[str, Any]], str | None]:
        """Return the first ``limit`` rows of those read, one more than that, and the token of what follows."""
        kept = rows[:limit]
        token = None if len(rows) <= limit else self._token(kept[-1]["sorted_by"], kept[-1][self.key])
        return [{name: value for name, value in row.items() if name != "sorted_by"} for row in kept], token

    def _token(self, value: Any, key: Any) -> str:
        return urlsafe_b64encode(orjson.dumps([self.name, value, key])).decode().rstrip("=")

    def _read(self, token: str) -> tuple[Any, Any]:
        try:
            said, value, key = orjson.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            if self.kind is date and value is not None:
                value = date.fromisoformat(value)
        except (ValueError, TypeError) as error:
            raise _foreign() from error
        if said != self.name or type(key) is not self.key_kind or not (value is None or type(value) is self.kind):
            raise _foreign()
        return value, key


def _foreign() -> NotFound:
    return NotFound(
        Code.PAGE_NOT_FOUND, "There is no page after that in this order.", hint="Begin with the first page."
    )
