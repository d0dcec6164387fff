"""The doctor finds what is wrong, says how much and what to do, and finds nothing in a sound database."""

from __future__ import annotations

from fibermap.kernel.errors import Code, StoreFailed
from fibermap.store import Check, Problem, Store, reference_check, run_checks, store_checks
from tests.store.build import publish, set_counter

STORE_CHECKS = [check for check in store_checks() if check.name != "migrations"]


def run(store: Store, sql: str) -> None:
    store.run(lambda uow: uow.sql.execute("prepare", sql), cause="test")


def test_a_sound_database_has_no_problems(store: Store) -> None:
    set_counter(store, "a", 1)
    publish(store, 1, 2)
    run(store, "CREATE INDEX counter_by_n ON counter (n)")
    run(store, "INSERT INTO counter SELECT 'c' || i, i % 7 FROM range(5000) r(i)")
    assert run_checks(store, STORE_CHECKS) == []


def test_a_reference_to_a_missing_row_is_counted_with_a_sample(store: Store) -> None:
    run(store, "CREATE TABLE visit (id INT, counter_name VARCHAR)")
    set_counter(store, "a", 1)
    run(store, "INSERT INTO visit VALUES (1, 'a'), (2, 'gone'), (3, 'gone'), (4, NULL), (5, 'lost')")
    (problem,) = run_checks(store, [reference_check("visit_counter", "visit", "counter_name", "counter", "name")])
    assert (problem.check, problem.severity, problem.count) == ("visit_counter", "error", 3)
    assert problem.sample == ["gone", "lost"]


def test_a_reference_may_concern_only_some_rows(store: Store) -> None:
    run(store, "CREATE TABLE visit (kind VARCHAR, ref VARCHAR)")
    run(store, "INSERT INTO visit VALUES ('other', 'gone')")
    some = "(SELECT ref FROM visit WHERE kind = 'counter')"
    assert run_checks(store, [reference_check("visit_counter", some, "ref", "counter", "name")]) == []


def test_a_delivery_without_its_event_is_found(store: Store) -> None:
    run(store, "INSERT INTO delivery VALUES ('nobody', 99, 'delivered', 1, now(), NULL, NULL)")
    found = {problem.check: problem.sample for problem in run_checks(store, STORE_CHECKS)}
    assert found == {"delivery_event": [99], "delivery_subscription": ["nobody"]}


def test_a_migration_edited_afterwards_is_found(store: Store) -> None:
    run(store, "DELETE FROM migration WHERE number = 9000")
    run(store, "UPDATE migration SET sha256 = 'other' WHERE number = 1")
    (problem,) = run_checks(store, [check for check in store_checks() if check.name == "migrations"])
    assert "0001_store" in problem.message
    assert problem.severity == "error"


def test_a_check_that_cannot_run_is_a_problem_and_the_others_still_run(store: Store) -> None:
    def fail(_: Store) -> list[Problem]:
        raise StoreFailed(Code.STATEMENT_FAILED, "It cannot be read.", hint="Do this.")

    def find(_: Store) -> list[Problem]:
        return [Problem("second", "warning", "Look here.")]

    problems = run_checks(store, [Check("first", fail), Check("second", find)])
    assert [(problem.check, problem.hint) for problem in problems] == [("first", "Do this."), ("second", "")]
