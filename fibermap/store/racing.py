"""Inserting what somebody else may insert at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fibermap.kernel.errors import Code, Conflict
from fibermap.store.executor import TransactionConflict


@contextmanager
def first_come() -> Iterator[None]:
    """Take a key that is there already for a lost race, so that `Store.run` does the work again and then sees the row.

    For an insert after a look that found nothing: a row that this transaction cannot see, but the index can, was
    committed by another since it began.

    Raises
    ------
    TransactionConflict
        Another transaction was faster.
    """
    try:
        yield
    except TransactionConflict:
        raise
    except Conflict as error:
        if error.code is not Code.CONSTRAINT_BROKEN:
            raise
        raise TransactionConflict(
            Code.CONFLICT, "Another change inserted the same row first.", hint="Try again.", **error.where
        ) from error
