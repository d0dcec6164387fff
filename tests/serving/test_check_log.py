"""Checks are kept once each, whatever fails in between, and what was typed only for its time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fibermap.kernel.errors import InputRefused
from fibermap.kernel.settings import Settings
from fibermap.plan import Plan
from fibermap.serving.answers import Answers
from fibermap.serving.check_log import CheckLog, erase_texts, spool_checks, take_in, write_checks
from fibermap.serving.question import Question
from tests.builders import furnished, place, rows
from tests.serving.towns import index_of, small_town


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 25, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def fm() -> Iterator[Plan]:
    with furnished(small_town) as plan:
        yield plan


def kept(fm: Plan) -> list[dict[str, Any]]:
    return rows(fm, "SELECT * FROM address_check ORDER BY checked_at, check_id")


def test_checks_are_written_in_batches(fm: Plan) -> None:
    index, log = index_of(fm), CheckLog(write_checks(fm.store))
    answers = Answers(lambda: index, Hands(), log)
    lon, lat = place(60)
    answers.check(Question(q="1 Main St, 59741", channel="web"), caller="key:7")
    answers.check_many([Question(lon=lon, lat=lat), Question(q="99 Main St")])
    assert kept(fm) == []
    assert log.flush() == 3
    first, *_ = [row for row in kept(fm) if row["caller"] == "key:7"]
    assert (first["q"], first["channel"], first["status"], first["class"]) == (
        "1 Main St, 59741",
        "web",
        "matched",
        "build",
    )
    assert sorted((row["status"], row["class"]) for row in kept(fm) if row["caller"] == "") == [
        ("matched", "build"),
        ("number_not_found", None),
    ]
    assert log.flush() == 0


def test_a_card_number_that_was_pasted_is_not_kept(fm: Plan) -> None:
    index, log = index_of(fm), CheckLog(write_checks(fm.store))
    Answers(lambda: index, Hands(), log).check(Question(q="4242 4242 4242 4242, Main St"))
    log.flush()
    assert [row["q"] for row in kept(fm)] == ["[card number], Main St"]


def test_a_batch_that_cannot_be_written_waits(fm: Plan) -> None:
    write, fail = write_checks(fm.store), [True]

    def sometimes(batch: Any) -> None:
        if fail.pop():
            raise OSError("full")
        write(batch)

    index, log = index_of(fm), CheckLog(sometimes)
    Answers(lambda: index, Hands(), log).check(Question(q="1 Main St"))
    with pytest.raises(OSError, match="full"):
        log.flush()
    fail.append(False)
    log.stop()
    assert sorted(row["q"] for row in kept(fm)) == ["1 Main St"]


def test_the_file_of_a_replica_is_taken_in_once_however_often(fm: Plan, tmp_path: Path) -> None:
    index, spool = index_of(fm), tmp_path / "replica.jsonl"
    log = CheckLog(spool_checks(spool))
    answers = Answers(lambda: index, Hands(), log)
    answers.check(Question(q="1 Main St"))
    log.flush()
    assert [take_in(fm.store, spool), take_in(fm.store, spool)] == [1, 0]
    answers.check(Question(q="2 Main St"))
    log.flush()
    whole = spool.read_bytes()
    spool.write_bytes(whole[:-9])
    assert take_in(fm.store, spool) == 0, "its last line is not whole yet"
    spool.write_bytes(whole)
    assert take_in(fm.store, spool) == 1
    assert sorted(row["q"] for row in kept(fm)) == ["1 Main St", "2 Main St"]
    spool.write_bytes(whole + b"not a check\n")
    with pytest.raises(InputRefused):
        take_in(fm.store, spool)


def test_what_was_typed_is_erased_after_its_time(fm: Plan) -> None:
    index, log, clock = index_of(fm), CheckLog(write_checks(fm.store)), Hands()
    clock.at = datetime.now(UTC) - timedelta(days=91)
    answers = Answers(lambda: index, clock, log)
    answers.check(Question(q="1 Main St"))
    clock.at += timedelta(days=2)
    answers.check(Question(q="2 Main St"))
    log.flush()
    assert erase_texts(fm.store, Settings()) == 1
    assert [(row["q"], row["status"]) for row in kept(fm)] == [(None, "matched"), ("2 Main St", "matched")]
