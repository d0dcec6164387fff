"""Begun orders of a database that a server has open: the same as :class:`fibermap.draft_decisions.Drafts`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa

from fibermap.client.http import Connection
from fibermap.client.rows import rows_of
from fibermap.draft_decisions import DRAFTS
from fibermap.results import Result

_TIMES = [field.name for field in DRAFTS if pa.types.is_timestamp(field.type)]


class RemoteDrafts:
    """Begun orders, for callers with the scope ``sell``; raises what the verbs raise."""

    def __init__(self, connection: Connection) -> None:
        self._at = connection

    def list(self, address_id: int | None = None, *, after: int = 0, limit: int = 1_000) -> Result:
        """Return what can be gone on with, by id, without who began it."""
        rows = rows_of(self._at, "/v1/drafts", "drafts", {"address_id": address_id}, after=after or None, limit=limit)
        read = [
            {name: row[name] for name in DRAFTS.names} | {name: datetime.fromisoformat(row[name]) for name in _TIMES}
            for row in rows
        ]
        return Result(f"{len(rows):,} begun orders", pa.Table.from_pylist(read, schema=DRAFTS))

    def drop(self, draft_id: int) -> dict[str, Any]:
        """Note that one comes to nothing."""
        return dict(self._at.send("POST", f"/v1/drafts/{int(draft_id)}:drop"))
