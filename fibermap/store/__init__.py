"""The DuckDB file: opened by one process, written in units of work, migrated, copied and checked."""

from fibermap.store.database import Database
from fibermap.store.executor import Executor, TransactionConflict, named_sql
from fibermap.store.store import Store
from fibermap.store.unit_of_work import UnitOfWork

__all__ = ["Database", "Executor", "Store", "TransactionConflict", "UnitOfWork", "named_sql"]
