"""Administration by the command line: people, the audit log, backups and parked events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fibermap.access.model import Role
from fibermap.access.registry import Registry
from fibermap.store import Store
from fibermap.store.delivery import save_subscription
from fibermap.store.recall import Timing
from tests.cli.commands import fibermap


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A database with two people in it."""
    path = tmp_path / "plan.duckdb"
    with Store.open(path) as store:
        registry = Registry(store)
        registry.add_user("ann", [Role.ADMIN], "correct horse battery")
        registry.add_user("pat", [Role.CSR], "correct horse battery")
    return path


def test_people_are_invited_given_roles_reset_and_let_in_again(db: Path) -> None:
    invited = fibermap("users", "invite", "kim", "--role", "planner", "--db", db)
    assert invited.out.startswith("/#sign-in=fml_")
    assert fibermap("users", "roles", "pat", "--role", "planner", "--role", "sales", "--json", "--db", db).json[
        "roles"
    ] == ["planner", "sales"]
    assert fibermap("users", "reset", "pat", "--db", db).out.startswith("/#sign-in=fml_")
    assert fibermap("users", "sign-out", "pat", "--db", db).code == 0
    assert fibermap("users", "disable", "pat", "--db", db).code == 0
    assert fibermap("users", "enable", "pat", "--json", "--db", db).json["disabled_at"] is None
    assert fibermap("users", "disable", "ann", "--db", db).error["code"] == "last_admin"


def test_the_log_says_that_it_was_the_command_line_and_saves_a_file(db: Path, tmp_path: Path) -> None:
    fibermap("users", "disable", "pat", "--db", db)
    told = fibermap("audit", "--what", "disable_user", "--subject", "pat", "--json", "--db", db).json
    (entry,) = told["entries"]
    assert (entry["way"], entry["actor_id"], entry["command"]) == ("cli", "local", "disable_user")
    assert entry["after"][0]["values"].keys() == {"disabled_at"}
    assert "disable_user  user pat" in fibermap("audit", "--db", db).out
    file = tmp_path / "log.csv"
    assert fibermap("audit", "--since", "2020-01-01", "--csv", file, "--db", db).code == 0
    assert file.read_text().startswith("audit_id,happened_at,")
    assert fibermap("audit", "--until", "2020-01-01", "--json", "--db", db).json["count"] == 0


def test_a_backup_is_made_listed_and_verified(db: Path) -> None:
    name = fibermap("backups", "make", "--json", "--db", db).json["name"]
    assert fibermap("backups", "verify", name, "--db", db).out.startswith(f"Backup {name} restored on trial")
    (listed,) = fibermap("backups", "list", "--json", "--db", db).json["backups"]
    assert (listed["name"], listed["problem"]) == (name, None)
    damaged = db.with_name("plan.duckdb.backups") / name / "database.duckdb"
    damaged.write_bytes(b"?" + damaged.read_bytes()[1:])
    assert fibermap("backups", "verify", name, "--db", db).error["code"] == "backup_invalid"
    assert fibermap("backups", "verify", "../plan", "--db", db).error["code"] == "backup_not_found"


def test_what_was_parked_is_listed_and_tried_anew(db: Path) -> None:
    def park(uow: Any) -> None:
        save_subscription(uow, "mailer", ["PlanPromoted"], 0, Timing.AT_ONCE)
        event = "INSERT INTO event VALUES (1, 'PlanPromoted', now(), 'hold:1', 1, NULL, '{}')"
        uow.sql.execute("test.event", event)
        uow.sql.execute("test.park", "INSERT INTO delivery VALUES ('mailer', 1, 'parked', 8, now(), NULL, 'no route')")

    with Store.open(db) as store:
        store.run(park, cause="test")
    (parked,) = fibermap("events", "parked", "--json", "--db", db).json["parked"]
    assert (parked["subscriber"], parked["attempts"], parked["error"]) == ("mailer", 8, "no route")
    assert fibermap("events", "subscribers", "--json", "--db", db).json["subscribers"][0]["parked"] == 1
    assert fibermap("events", "retry", "--subscriber", "mailer", "--json", "--db", db).json == {"retried": 1}
    assert fibermap("events", "parked", "--json", "--db", db).json == {"count": 0, "parked": []}
