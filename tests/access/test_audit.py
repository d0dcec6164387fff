"""The audit log: an entry for each change, in the transaction of the change, whichever way it came; and no secrets."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely

from fibermap.access.acting import Actor, Way, acting, acting_as
from fibermap.access.audit import AuditEntry, AuditFilter, as_csv, audit_table, commands_on_record, find_entries
from fibermap.access.model import Role, Scope
from fibermap.access.registry import Registry
from fibermap.access.told import PASSED_OVER, TOLD
from fibermap.access.witness import LONGEST_JSON, note, witnessed
from fibermap.kernel.errors import InputRefused
from fibermap.plan import Plan
from fibermap.store import Store, UnitOfWork, query

ROOT = Path(__file__).resolve().parents[2]
PAT = Actor("user:7", "pat", Way.SCREEN)
PASSWORD, OTHER_PASSWORD = "correct horse battery", "another long password"


@pytest.fixture
def plan() -> Plan:
    return Plan.open(":memory:")


@pytest.fixture
def store() -> Store:
    return witnessed(Store.open(":memory:"))


def entries(store: Store, **wanted: Any) -> list[AuditEntry]:
    return store.preview(lambda uow: find_entries(uow, AuditFilter(**wanted)), cause="read")


def last(store: Store) -> AuditEntry:
    return entries(store)[0]


def add_word(uow: UnitOfWork, word: str = "splicing", answer: str = "pre-build") -> None:
    row = [word, answer, "pat", uow.at_utc]
    uow.sql.execute("test.word", "INSERT OR REPLACE INTO status_word VALUES (?, ?, ?, ?)", row)


def test_an_entry_says_who_by_which_way_what_and_how_it_was_and_is(plan: Plan) -> None:
    with acting_as(PAT):
        done = plan.configure("fewer clusters", "pat", gap_minimum=7)
    entry = last(plan.store)
    assert (entry.actor_id, entry.actor, entry.way, entry.command) == ("user:7", "pat", "screen", "configure")
    assert entry.subject == f"setting gap_minimum, plan version {done.version}"
    assert entry.plan_version == done.version
    assert entry.before == [{"what": "setting", "which": "gap_minimum", "values": {"value": "5"}}]
    assert entry.after[0] == {"what": "setting", "which": "gap_minimum", "values": {"value": "7"}}


def test_who_says_nothing_is_the_user_of_the_process(store: Store) -> None:
    assert (acting().id, acting().way) == ("local", Way.PYTHON)
    store.run(add_word, cause="answer")
    assert (last(store).actor, last(store).way) == (acting().name, "python")


def test_what_is_rolled_back_leaves_no_entry(store: Store) -> None:
    def fail(uow: UnitOfWork) -> None:
        add_word(uow)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        store.run(fail, cause="answer")
    store.preview(add_word, cause="answer")
    assert entries(store) == []


def test_a_change_whose_entry_cannot_be_written_is_not_made(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fibermap.access.witness._INSERT", "INSERT INTO audit_entry VALUES (?)")
    with pytest.raises(Exception, match="audit"):
        store.run(add_word, cause="answer")
    assert store.sql.value("words", "SELECT count(*) FROM status_word") == 0


def test_a_command_that_changes_nothing_leaves_no_entry(store: Store) -> None:
    store.run(add_word, cause="answer")
    store.run(lambda uow: uow.sql.execute("none", "DELETE FROM status_word WHERE word = 'gone'"), cause="forget")
    store.run(add_word, cause="answer")  # the same once more
    assert len(entries(store)) == 1


def test_what_is_taken_away_is_told_as_it_was(store: Store) -> None:
    store.run(add_word, cause="answer")
    store.run(lambda uow: uow.sql.execute("none", "DELETE FROM status_word"), cause="forget")
    assert last(store).before == [{"what": "status word", "which": "splicing", "values": {"answer": "pre-build"}}]
    assert last(store).after == []


def test_a_table_that_nobody_thought_of_is_on_record_without_its_contents(store: Store) -> None:
    store.run(lambda uow: uow.sql.execute("make", "CREATE TABLE thought_of_later (secret VARCHAR)"), cause="test")
    store.run(lambda uow: uow.sql.execute("put", "INSERT INTO thought_of_later VALUES ('x'), ('y')"), cause="fill")
    assert last(store).after == [{"what": "thought_of_later", "which": "", "values": {"rows": 2}}]


def test_every_table_is_told_or_passed_over_for_a_reason(store: Store) -> None:
    tables = {name for (name,) in store.sql.rows("tables", "SELECT table_name FROM duckdb_tables()")}
    assert tables == TOLD.keys() | PASSED_OVER.keys(), "say in fibermap/access/told.py what the log says of it"
    assert not TOLD.keys() & PASSED_OVER.keys()


def test_no_statement_changes_or_removes_an_entry() -> None:
    changing = re.compile(
        r"(UPDATE|DELETE\s+FROM|OR\s+REPLACE\s+INTO|DROP\s+TABLE|TRUNCATE)\s+audit_entry", re.IGNORECASE
    )
    sources = [*ROOT.glob("fibermap/**/*.py"), *ROOT.glob("fibermap/**/*.sql"), *ROOT.glob("api/**/*.py")]
    assert [file for file in sources if changing.search(file.read_text(encoding="utf-8"))] == []


def test_no_question_in_sql_reads_the_log_or_what_secrets_are_kept_of(store: Store) -> None:
    for asked in ("FROM audit_entry", 'SELECT hash FROM main."API_KEY"', "SUMMARIZE user_account",
                  "SELECT (SELECT any_value(token_hash) FROM user_session)", "DESCRIBE sign_in_link"):  # fmt: skip
        with pytest.raises(InputRefused, match="not for questions"):
            query(store, asked)


def test_secrets_never_appear() -> None:
    store = Store.open(":memory:")
    registry = Registry(store)
    key = registry.create_key([Scope.CHECK], name="shop").secret
    registry.add_user("pat", [Role.PLANNER], PASSWORD)
    link = registry.create_sign_in_link("pat")
    session = registry.log_in_by_link(link)
    registry.set_password("pat", OTHER_PASSWORD)
    registry.log_in("pat", OTHER_PASSWORD)
    hashes = [value for (value,) in store.sql.rows(
        "hashes",
        "SELECT hash FROM api_key UNION SELECT password_hash FROM user_account "
        "UNION SELECT token_hash FROM user_session UNION SELECT token_hash FROM sign_in_link",
    )]  # fmt: skip
    said = str([store.sql.rows("all", "FROM audit_entry")])
    assert [secret for secret in (key, link, session, PASSWORD, OTHER_PASSWORD, *hashes) if secret in said] == []
    changed = entries(store, what="set_password")[0]
    assert {"what": "user", "which": "pat", "values": {"password": "changed"}} in changed.after


def test_signing_in_is_done_by_whoever_signs_in(store: Store) -> None:
    registry = Registry(store)
    registry.add_user("pat", [Role.PLANNER], PASSWORD)
    registry.log_in("pat", PASSWORD)
    assert (last(store).command, last(store).actor, last(store).subject) == ("sign_in", "pat", "session pat")
    registry.gate.sessions.take_seen()


def test_noting_when_keys_were_used_is_no_change(store: Store) -> None:
    registry = Registry(store)
    key = registry.create_key([Scope.CHECK]).secret
    registry.gate.caller_of_key(key)
    registry.note_uses()
    assert last(store).command == "create_key"


def test_an_entry_stays_small_whatever_it_tells(store: Store) -> None:
    def work(uow: UnitOfWork) -> None:
        for number in range(400):
            add_word(uow, f"{number:03} " + "w" * 200, "build" * 200)

    store.run(work, cause="answer")
    entry = last(store)
    kept = store.sql.value("length", "SELECT max(length(before) + length(after)) FROM audit_entry")
    assert kept <= 2 * LONGEST_JSON
    assert len(entry.subject) < 300
    assert entry.after[-1]["more"] == 400 - (len(entry.after) - 1)


def test_a_hold_is_told_with_its_version_and_an_undo_tells_it_gone(plan: Plan) -> None:
    plan.hold("unsafe", "a dog", "pat", area=shapely.box(-111.1, 45.5, -111, 45.6))
    placed = last(plan.store)
    plan.undo(author="pat")
    assert placed.after[0]["values"] == {"scope": "area", "code": "unsafe", "reason": "a dog"}
    assert last(plan.store).before[0]["what"] == "hold"
    assert last(plan.store).command == "undo"


def test_verdicts_that_were_repaired_are_on_record(plan: Plan) -> None:
    plan.add_address("12 Main St, Bozeman, MT 59715", -111, 45.6, "new", "pat")
    plan.classify()
    assert last(plan.store).command == "add_address"
    plan.store.run(lambda uow: uow.sql.execute("damage", "UPDATE verdict SET class = 'build'"), cause="test")
    plan.classify()
    assert (last(plan.store).command, last(plan.store).subject) == ("classify", "verdicts")


def test_it_can_be_searched_and_paged(store: Store) -> None:
    for number in range(5):
        with acting_as(Actor(f"user:{number}", f"person {number}", Way.HTTP)):
            store.run(lambda uow, n=number: add_word(uow, f"word {n}"), cause="answer")  # type: ignore[misc]
    newest = last(store)
    assert [entry.actor for entry in entries(store, who="PERSON 3")] == ["person 3"]
    assert [entry.actor for entry in entries(store, who="user:2")] == ["person 2"]
    assert [entry.subject for entry in entries(store, subject="WORD 1")] == ["status word word 1"]
    assert len(entries(store, way=Way.HTTP)) == 5
    assert entries(store, what="other") == entries(store, way=Way.CLI) == []
    assert len(entries(store, older_than=newest.audit_id)) == 4
    assert entries(store, since=newest.happened_at + timedelta(hours=1)) == []
    assert len(entries(store, until=newest.happened_at + timedelta(hours=1))) == 5
    assert store.preview(commands_on_record, cause="read") == ["answer"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_its_csv_is_run_by_a_spreadsheet(store: Store, start: str) -> None:
    with acting_as(Actor("user:1", f"{start}cmd|'/C calc'!A0", Way.HTTP)):
        store.run(add_word, cause=f"{start}HYPERLINK(1)")
    table = store.preview(lambda uow: audit_table(uow, AuditFilter()), cause="read")
    names, row = as_csv(table).decode().split("\n", 1)
    assert names.startswith("audit_id,happened_at,actor_id,actor")
    assert f"\"'{start}cmd" in row
    assert f"\"'{start}HYPERLINK" in row


def test_what_changes_no_table_can_be_noted(store: Store) -> None:
    store.run(lambda uow: note(uow, "backup", "tuesday", {"bytes": 12}), cause="make_backup")
    (entry,) = entries(store)
    assert (entry.command, entry.subject, entry.after[0]["values"]) == ("make_backup", "backup tuesday", {"bytes": 12})


def test_the_plan_hands_it_out_as_a_table(plan: Plan) -> None:
    plan.set_unit_costs({"drop_usd": 650.0}, "new contract", "pat")
    found = plan.audit(what="set_unit_costs")
    assert found.table["subject"].to_pylist() == ["unit cost drop_usd"]
