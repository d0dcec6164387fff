"""The DuckDB file: opened by one process, written in units of work, migrated, copied and checked."""
