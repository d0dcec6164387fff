"""``kill -9`` at random moments: nothing acknowledged is lost, nothing is torn, no event has two effects."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from fibermap.store import run_checks, store_checks
from tests.store.build import counter, open_store, start_python

# Each transaction adds 1 to a counter, inserts a row and publishes an event; its number is printed once committed.
COMMIT = """
    import sys
    from fibermap.kernel.events import PlanPromoted
    from tests.store.build import add_to_counter, counter, open_store

    with open_store(sys.argv[1]) as store:
        n = counter(store, "total") or 0
        print("ready")
        while True:
            n += 1
            def work(uow):
                add_to_counter(uow, "total", 1)
                add_to_counter(uow, f"row {n}", n)
                uow.emit(PlanPromoted(cause="crash", plan_version=n))
            store.run(work, cause="crash")
            print(n)
"""

# Publishes and delivers; the effect of a delivery is +1, and the number of effects must equal that of marks.
DELIVER = """
    import sys
    from fibermap.kernel.events import PlanPromoted
    from fibermap.store import Outbox
    from tests.store.build import add_to_counter, open_store, publish

    with open_store(sys.argv[1]) as store:
        outbox = Outbox(store)
        outbox.subscribe("one", [PlanPromoted], lambda uow, events: add_to_counter(uow, "one", len(events)))
        outbox.subscribe("two", [PlanPromoted], lambda uow, events: add_to_counter(uow, "two", len(events)))
        print("ready")
        while True:
            publish(store, 1, 2, 3)
            outbox.deliver(2)
            print("round")
"""


def kill_at_a_random_moment(code: str, path: Path, moments: random.Random) -> list[str]:
    """Run ``code``, kill it some time after it is ready, and return what it acknowledged."""
    with start_python(code, path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(moments.uniform(0, 0.12))
        process.kill()
        printed = process.stdout.read()
    assert process.returncode == -9, subprocess.list2cmdline(process.args)
    return printed.split("\n")[:-1]  # a line without its end was not acknowledged


def commits_survive(path: Path, times: int, seed: int) -> None:
    moments = random.Random(seed)
    acknowledged = 0
    for _ in range(times):
        lines = kill_at_a_random_moment(COMMIT, path, moments)
        acknowledged = max([acknowledged, *map(int, lines)])
        with open_store(path) as store:
            total = counter(store, "total") or 0
            rows = store.sql.value("rows", "SELECT count(*) FROM counter WHERE name LIKE 'row %'")
            events = store.sql.rows("events", "SELECT plan_version FROM event ORDER BY event_id")
        assert acknowledged <= total <= acknowledged + 1
        assert rows == total
        assert [version for (version,) in events] == list(range(1, total + 1))
        acknowledged = total


def effects_equal_marks(path: Path, times: int, seed: int) -> None:
    moments = random.Random(seed)
    for _ in range(times):
        kill_at_a_random_moment(DELIVER, path, moments)
        with open_store(path) as store:
            marks = dict(
                store.sql.rows(
                    "marks", "SELECT subscriber, count(*) FROM delivery WHERE state = 'delivered' GROUP BY 1"
                )
            )
            for name in ("one", "two"):
                assert (counter(store, name) or 0) == marks.get(name, 0)
            problems = run_checks(store, [check for check in store_checks() if check.name != "migrations"])
            assert problems == []


def test_killed_between_commits_nothing_is_lost_or_torn(tmp_path: Path) -> None:
    commits_survive(tmp_path / "plan.duckdb", times=5, seed=1)


def test_killed_during_delivery_every_event_has_one_effect(tmp_path: Path) -> None:
    effects_equal_marks(tmp_path / "plan.duckdb", times=5, seed=2)


@pytest.mark.slow
def test_killed_fifty_times(tmp_path: Path) -> None:
    commits_survive(tmp_path / "commits.duckdb", times=25, seed=3)
    effects_equal_marks(tmp_path / "deliveries.duckdb", times=25, seed=4)
