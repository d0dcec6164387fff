"""The DuckDB file: opened by one process, written in units of work, migrated, copied and checked."""

from fibermap.store.backup import Manifest, backup, restore
from fibermap.store.database import Database
from fibermap.store.delivery import ParkedEvent, StoredEvent
from fibermap.store.doctor import Check, Problem, reference_check, run_checks, store_checks
from fibermap.store.executor import Executor, TransactionConflict, named_sql
from fibermap.store.outbox import Deliveries, Outbox
from fibermap.store.query import QueryResult, query
from fibermap.store.racing import first_come
from fibermap.store.recall import RecallWindow, Timing
from fibermap.store.snapshot import latest_snapshot, publish_snapshot
from fibermap.store.store import Store
from fibermap.store.unit_of_work import UnitOfWork

__all__ = [
    "Check",
    "Database",
    "Deliveries",
    "Executor",
    "Manifest",
    "Outbox",
    "ParkedEvent",
    "Problem",
    "QueryResult",
    "RecallWindow",
    "Store",
    "StoredEvent",
    "Timing",
    "TransactionConflict",
    "UnitOfWork",
    "backup",
    "first_come",
    "latest_snapshot",
    "named_sql",
    "publish_snapshot",
    "query",
    "reference_check",
    "restore",
    "run_checks",
    "store_checks",
]
