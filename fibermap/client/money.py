"""Money of a database that a server has open: the same as :class:`fibermap.money_decisions.MoneyVerbs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from fibermap.client.http import Connection
from fibermap.client.wire import dumps, read_as
from fibermap.money.payments import Settled
from fibermap.money.refund import Refund
from fibermap.money_decisions import BALANCES, LINES, MOST_SHOWN, WAITING
from fibermap.results import Result

A_PAGE = 1_000


class RemoteMoney:
    """Balances, the ledger and refunds, for callers with the scope ``money``; raises what the verbs raise."""

    def __init__(self, connection: Connection) -> None:
        self._at = connection

    def balances(self, party: str | None = None) -> Result:
        """Return what each account holds, of one party or of all."""
        found = self._at.get("/v1/money/balances", _given(party=party))["balances"]
        return Result(f"{len(found)} balances", _table(found, BALANCES))

    def ledger(self, party: str | None = None, account: str | None = None, limit: int = MOST_SHOWN) -> Result:
        """Return the lines of the ledger, the newest first."""
        found: list[dict[str, Any]] = []
        before: int | None = None
        while len(found) < limit:
            asked = _given(party=party, account=account, before=before, limit=min(limit - len(found), A_PAGE))
            page = self._at.get("/v1/money/ledger", asked)
            found += page["lines"]
            before = page["before"]
            if before is None:
                break
        return Result(f"{len(found):,} lines of the ledger", _table(found, LINES))

    def refunds(self) -> Result:
        """Return the refunds that wait for a person."""
        found = self._at.get("/v1/money/refunds", {})["refunds"]
        return Result(f"{len(found)} refunds wait for a person", _table(found, WAITING))

    def refund_deposit(self, deposit_id: int, reason: str, author: str) -> Refund:
        """Pay a deposit back. The author is whoever asks the server."""
        told = self._at.send("POST", f"/v1/money/deposits/{int(deposit_id)}:refund", {"reason": reason})
        made: Refund = read_as(Refund, dumps(told))
        return made

    def close_refund(self, refund_id: int, paid_by: str, note: str, author: str) -> Refund:
        """Say how a person paid back what the card refused. The author is whoever asks the server."""
        told = self._at.send("POST", f"/v1/money/refunds/{int(refund_id)}:close", {"paid_by": paid_by, "note": note})
        made: Refund = read_as(Refund, dumps(told))
        return made

    def settle(self) -> Settled:
        """Look up what is open at the gateway and end it."""
        return Settled(**self._at.send("POST", "/v1/money:settle"))


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    times = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    read = [dict(row) | {name: datetime.fromisoformat(row[name]) for name in times} for row in rows]
    return pa.Table.from_pylist(read, schema=schema)
