"""Keys and people by the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from fibermap.access.model import Role, Scope
from fibermap.access.registry import Registry
from fibermap.store import Store
from tests.cli.commands import fibermap


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A database with nothing in it."""
    path = tmp_path / "plan.duckdb"
    Store.open(path).close()
    return path


def test_a_key_is_printed_once_and_opens_the_door(db: Path) -> None:
    made = fibermap("keys", "create", "--scope", "check", "--name", "shop", "--json", "--db", db).json
    with Store.open(db) as store:
        assert Registry(store).gate.caller_of_key(made["key"]).name == "shop"
    listed = fibermap("keys", "list", "--json", "--db", db)
    assert made["key"] not in listed.out
    assert listed.json["keys"][0]["scopes"] == ["check"]


def test_for_a_person_the_key_stands_alone_so_that_it_can_be_piped(db: Path) -> None:
    assert fibermap("keys", "create", "--scope", "check", "--db", db).out.startswith("fmk_")


def test_the_help_names_every_scope_and_every_role() -> None:
    told = " ".join(fibermap("keys", "create", "--help").out.replace("│", " ").split())
    assert [scope for scope in Scope if scope not in told] == []
    told = " ".join(fibermap("users", "add", "--help").out.replace("│", " ").split())
    assert [role for role in Role if role not in told] == []


def test_a_revoked_key_is_listed_as_such(db: Path) -> None:
    key_id = fibermap("keys", "create", "--scope", "check", "--json", "--db", db).json["key_id"]
    assert fibermap("keys", "revoke", key_id, "--db", db).code == 0
    assert "revoked" in fibermap("keys", "list", "--db", db).out
    again = fibermap("keys", "revoke", key_id, "--db", db)
    assert (again.code, again.error["code"]) == (1, "key_not_found")


@pytest.mark.parametrize("arguments", [("--scope", "everything"), ("--scope", "check", "--rate", "0"), ()])
def test_a_key_that_makes_no_sense_is_refused(db: Path, arguments: tuple[str, ...]) -> None:
    ran = fibermap("keys", "create", *arguments, "--db", db)
    assert (ran.code, ran.error["code"]) == (1, "argument_invalid")


def test_people_are_added_listed_and_disabled(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\nanother long password\n"))
    added = fibermap("users", "add", "Pat", "--role", "csr", "--json", "--db", db)
    assert added.json["roles"] == ["csr"]
    assert "argon2" not in added.out
    assert fibermap("users", "password", "pat", "--db", db).code == 0
    with Store.open(db) as store:
        assert Registry(store).log_in("pat", "another long password")
    assert fibermap("users", "disable", "pat", "--db", db).code == 0
    assert "disabled" in fibermap("users", "list", "--db", db).out


def test_a_short_password_is_refused(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert fibermap("users", "add", "pat", "--role", "csr", "--db", db).error["code"] == "argument_invalid"


def test_there_has_to_be_a_database(tmp_path: Path) -> None:
    ran = fibermap("keys", "list", "--db", tmp_path / "none.duckdb")
    assert (ran.code, ran.error["code"]) == (1, "database_missing")
