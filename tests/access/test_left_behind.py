"""What does not leave with a snapshot: who may use the server, and who changed what."""

from __future__ import annotations

from pathlib import Path

import duckdb

from fibermap.access.model import Scope
from fibermap.access.registry import Registry
from fibermap.plan import Plan
from fibermap.store.query import PRIVATE_TABLES


def test_a_snapshot_holds_no_key_person_session_or_log(tmp_path: Path) -> None:
    with Plan.open(tmp_path / "plan.duckdb") as plan:
        plan.configure("asked", "ada", drop_limit_m=90.0)
        Registry(plan.store).create_key({Scope.CHECK})
        path = plan.publish_snapshot()
        held = {name: plan.store.sql.value(name, f"SELECT count(*) FROM {name}") for name in PRIVATE_TABLES}
    with duckdb.connect(str(path), read_only=True) as snapshot:
        copied = {snapshot.execute(f"SELECT count(*) FROM {name}").fetchone() for name in PRIVATE_TABLES}
        versions = snapshot.execute("SELECT count(*) FROM plan_version").fetchone()
    assert held["api_key"] == 1
    assert held["audit_entry"] > 0
    assert copied == {(0,)}
    assert versions == (1,)
