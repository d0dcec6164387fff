"""What customers are told, seen by those who sell: what is on its way, what a person has to see to, and sending."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable
from functools import cached_property
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import PublicAddress
from fibermap.messages.open import open_messenger
from fibermap.messages.settings import mail_settings
from fibermap.order.notice_sending import NoticeDesk, SentRound, send_notices
from fibermap.order.notice_store import list_notices, notice_json
from fibermap.order.notices import count_as_told, send_again, take_told_back
from fibermap.results import Result, to_json
from fibermap.store import Store, UnitOfWork

NOTICES = pa.schema(
    [
        ("notice_id", pa.int64()), ("kind", pa.string()), ("subject", pa.string()), ("subject_id", pa.int64()),
        ("address_id", pa.int64()), ("full_address", pa.string()), ("state", pa.string()), ("attempts", pa.int32()),
        ("due_at", pa.timestamp("us", "UTC")), ("failure", pa.string()), ("told_by", pa.string()),
        ("simulated", pa.bool_()), ("queued_at", pa.timestamp("us", "UTC")), ("changed_at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip


class NoticeDecisions(ABC):
    """The part of :class:`fibermap.plan.Plan` that speaks of notices."""

    store: Store

    @cached_property
    def notices(self) -> Notices:
        """What customers are told: queued, sent, to be called for."""
        return Notices(self.store)


class Notices:
    """The verbs of notices: ``fm.notices.send()``."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def desk(self) -> NoticeDesk:
        """What sending needs; the messenger is that of ``FIBERMAP_MAIL_*``, without it the simulated one."""
        settings = mail_settings()
        return NoticeDesk(self._store, open_messenger(self._store, settings), settings, _portal_url())

    def send(self) -> SentRound:
        """Send what may leave now, as the server does every half minute."""
        return send_notices(self.desk)

    def list(self, state: str | None = None, *, after: int = 0, limit: int = 1_000) -> Result:
        """Return notices, the latest first, without whom they are to; ``state``: only those, ``after``: behind that."""
        rows = self._store.preview(lambda uow: list_notices(uow, state, after=after, limit=limit), cause="read")
        return Result(f"{len(rows):,} notices", pa.Table.from_pylist(rows, schema=NOTICES))

    def get(self, notice_id: int) -> dict[str, Any]:
        """Return a notice with its contact, its text, and what the simulated messenger kept; raises ``NotFound``."""
        told: dict[str, Any] = to_json(self._store.preview(lambda uow: notice_json(uow, notice_id), cause="read"))
        return told

    def told(self, notice_id: int, author: str) -> dict[str, Any]:
        """Note that a person has told the customer; raises ``Conflict`` (``notice_state_refused``)."""
        return self._then(notice_id, lambda uow: count_as_told(uow, notice_id, author), "count_as_told")

    def not_told(self, notice_id: int) -> dict[str, Any]:
        """Undo that a customer counts as told; raises ``Conflict`` (``notice_state_refused``)."""
        return self._then(notice_id, lambda uow: take_told_back(uow, notice_id), "take_told_back")

    def again(self, notice_id: int) -> dict[str, Any]:
        """Have a notice sent again that failed or may have arrived; raises ``Conflict`` (``notice_state_refused``)."""
        return self._then(notice_id, lambda uow: send_again(uow, notice_id), "send_again")

    def _then(self, notice_id: int, work: Callable[[UnitOfWork], None], cause: str) -> dict[str, Any]:
        self._store.run(work, cause=cause)
        return self.get(notice_id)


def _portal_url() -> str | None:
    try:
        base = PublicAddress().public_base
    except ValidationError:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "The setting FIBERMAP_API_PUBLIC_URL is no address of a server.",
            hint="Give it as https://fiber.example, or unset it.",
        ) from None
    return None if base is None else f"{base}/portal"
