"""Who does not want mail. It is a person's word about an address, so no refresh and no undo takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from fibermap.address.corrections import Author
from fibermap.kernel.errors import Code, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.store import UnitOfWork

MAIL_OPT_OUTS = pa.schema(
    [
        ("address_id", pa.int64()),
        ("full_address", pa.string()),
        ("opted_out_at", pa.timestamp("us", "UTC")),
        ("author", pa.string()),
        ("reason", pa.string()),
    ]
)


def opt_out_of_mail(uow: UnitOfWork, address_ids: Sequence[int], by: Author) -> int:
    """Keep addresses off mailing lists, and return how many were on them before.

    Raises
    ------
    NotFound
        ``address_not_found``: one of the ids was never given; nothing is written.
    """
    _refuse_unknown(uow, address_ids)
    known = _opted_out(uow, address_ids)
    new = sorted(set(address_ids) - known)
    for address_id in new:
        opt_out_id = stable_id("mail_opt_out", address_id, uow.at_utc)
        row = [opt_out_id, address_id, by.reason, by.name, uow.at_utc]
        uow.sql.execute("mail.opt_out", "INSERT INTO mail_opt_out VALUES (?, ?, ?, ?, ?, NULL, NULL, NULL)", row)
    return len(new)


def opt_in_to_mail(uow: UnitOfWork, address_ids: Sequence[int], by: Author) -> int:
    """Put addresses on mailing lists again, and return how many were off; what was asked before stays on record."""
    _refuse_unknown(uow, address_ids)
    return uow.sql.execute(
        "mail.opt_in",
        """
        UPDATE mail_opt_out SET ended_at = $at, ended_by = $by, end_reason = $reason
        WHERE ended_at IS NULL AND address_id IN (SELECT unnest($ids::BIGINT[]))
        """,
        {"at": uow.at_utc, "by": by.name, "reason": by.reason, "ids": list(address_ids)},
    )


def mail_opt_outs(uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return who gets no mail: address, since when, who wrote it down and why; newest first."""
    return uow.sql.records(
        "mail.list",
        """
        SELECT o.address_id, a.full_address, o.opted_out_at, o.author, o.reason
        FROM mail_opt_out o LEFT JOIN survivor s ON s.address_id = o.address_id
        LEFT JOIN address a ON a.address_id = coalesce(s.survivor_id, o.address_id) AND a.to_version IS NULL
        WHERE o.ended_at IS NULL ORDER BY o.opted_out_at DESC, o.address_id
        """,
    )


def _opted_out(uow: UnitOfWork, address_ids: Sequence[int]) -> set[int]:
    rows = uow.sql.rows(
        "mail.opted_out",
        "SELECT address_id FROM mail_opt_out WHERE ended_at IS NULL AND address_id IN (SELECT unnest(?::BIGINT[]))",
        [list(address_ids)],
    )
    return {row[0] for row in rows}


def _refuse_unknown(uow: UnitOfWork, address_ids: Sequence[int]) -> None:
    rows = uow.sql.rows(
        "mail.known",
        "SELECT address_id FROM address_key WHERE address_id IN (SELECT unnest(?::BIGINT[]))",
        [list(address_ids)],
    )
    if unknown := sorted(set(address_ids) - {row[0] for row in rows}):
        raise NotFound(
            Code.ADDRESS_NOT_FOUND,
            f"There is no address {unknown[0]}.",
            hint="Look it up with `fibermap check` or in an export.",
        )
