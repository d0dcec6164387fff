"""Notices of a database that a server has open: the same as :class:`fibermap.notice_decisions.Notices`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa

from fibermap.client.http import Connection
from fibermap.client.rows import rows_of
from fibermap.notice_decisions import NOTICES
from fibermap.order.notice_sending import SentRound
from fibermap.results import Result


class RemoteNotices:
    """Notices, for callers with the scope ``sell``; raises what the verbs raise."""

    def __init__(self, connection: Connection) -> None:
        self._at = connection

    def send(self) -> SentRound:
        """Send what may leave now."""
        return SentRound(**self._at.send("POST", "/v1/notices:send"))

    def list(self, state: str | None = None, *, after: int = 0, limit: int = 1_000) -> Result:
        """Return notices, the latest first, without whom they are to."""
        rows = rows_of(self._at, "/v1/notices", "notices", {"state": state}, after=after or None, limit=limit)
        times = [field.name for field in NOTICES if pa.types.is_timestamp(field.type)]
        read = [row | {name: row[name] and datetime.fromisoformat(row[name]) for name in times} for row in rows]
        return Result(f"{len(rows):,} notices", pa.Table.from_pylist(read, schema=NOTICES))

    def get(self, notice_id: int) -> dict[str, Any]:
        """Return a notice with its contact, its text, and what the simulated messenger kept."""
        return dict(self._at.get(f"/v1/notices/{int(notice_id)}"))

    def told(self, notice_id: int, author: str) -> dict[str, Any]:
        """Note that a person has told the customer. The author is whoever asks the server."""
        return self._then(notice_id, "told")

    def not_told(self, notice_id: int) -> dict[str, Any]:
        """Undo that a customer counts as told."""
        return self._then(notice_id, "not-told")

    def again(self, notice_id: int) -> dict[str, Any]:
        """Have a notice sent again that failed or may have arrived."""
        return self._then(notice_id, "again")

    def _then(self, notice_id: int, verb: str) -> dict[str, Any]:
        self._at.send("POST", f"/v1/notices/{int(notice_id)}:{verb}")
        return self.get(notice_id)
