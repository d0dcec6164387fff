"""Withdraw what people decided in one plan version, whatever came after it; what follows is settled anew.

An undo takes back the latest version with everything in it. This takes the decisions of any version back, and leaves
alone what others have decided since.
"""

from __future__ import annotations

from fibermap.store import UnitOfWork

_DECIDED = {
    "correction": "correction_id",
    "hold": "hold_id",
    "record_ruling": "ruling_id",
    "plan_feature": "feature_id",
}
"""What a person decides, and the id of each decision; everything else follows from these."""


def withdraw(uow: UnitOfWork, made_in: int, version: int) -> None:
    """End, with ``version``, what was decided in ``made_in`` and still holds; what it had superseded holds again.

    Records that it brought to another address go back to the one they were of, so that every address gets back the
    id that it had.
    """
    versions = {"made_in": made_in, "version": version}
    for table, key in _DECIDED.items():
        uow.sql.execute(
            f"withdraw.reopen.{table}",
            f"""
            INSERT INTO {table} BY NAME
            SELECT * REPLACE ($version::INTEGER AS from_version, NULL::INTEGER AS to_version) FROM {table}
            WHERE to_version = $made_in AND {key} NOT IN (SELECT {key} FROM {table} WHERE to_version IS NULL)
            """,
            versions,
        )
        uow.sql.execute(
            f"withdraw.close.{table}",
            f"""
            UPDATE {table} SET to_version = $version
            WHERE to_version IS NULL AND from_version < $version
              AND {key} IN (SELECT {key} FROM {table} WHERE from_version = $made_in)
            """,
            versions,
        )
    uow.sql.execute("withdraw.reopen_links", _REOPEN_LINKS, versions)
    uow.sql.execute("withdraw.close_links", _CLOSE_LINKS, versions)


_MOVED = """
    SELECT now.record_id FROM record_address now
    JOIN record_address made ON made.record_id = now.record_id AND made.address_id = now.address_id
         AND made.from_version = $made_in
    WHERE now.to_version IS NULL AND now.from_version < $version
"""
"""The records that are still of the address which the version brought them to."""

_REOPEN_LINKS = f"""
    INSERT INTO record_address BY NAME
    SELECT * REPLACE ($version::INTEGER AS from_version, NULL::INTEGER AS to_version) FROM record_address
    WHERE to_version = $made_in AND record_id IN ({_MOVED})
"""
_CLOSE_LINKS = f"""
    UPDATE record_address SET to_version = $version
    WHERE to_version IS NULL AND from_version < $version AND record_id IN ({_MOVED})
"""
