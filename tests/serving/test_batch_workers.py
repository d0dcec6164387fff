"""Slices shared with workers are answered as one process answers them, in their order."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest

from fibermap.kernel.worker import WorkerLost
from fibermap.plan import Plan
from fibermap.serving import batch_workers, live
from fibermap.serving.batch import check_batch
from fibermap.serving.batch_workers import check_slices
from fibermap.serving.build import build_index
from fibermap.serving.index import Index, open_index
from fibermap.serving.index_file import write_index_file
from tests.builders import ids, new_plan
from tests.serving.towns import small_town

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Index, Path]:
    path = tmp_path_factory.mktemp("index") / "plan.index"
    with new_plan() as fm:
        small_town(fm)
        contents = fm.store.preview(lambda uow: build_index(uow, fm.settings), cause="test")
    write_index_file(path, contents)
    return open_index(contents), path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Make workers worth it, and return a list that grows by the process with every slice that one is asked."""
    ask, seen = batch_workers._Helper.ask, []

    def noted(helper: batch_workers._Helper, texts: batch_workers.Texts) -> object:
        seen.append(helper._worker.pid)
        return ask(helper, texts)

    monkeypatch.setattr(batch_workers._Helper, "ask", noted)
    monkeypatch.setattr(batch_workers, "WORTH_ROWS", 10)
    monkeypatch.setattr(batch_workers, "processors", lambda: 2)
    return seen


def slices(asked: list[int]) -> Iterator[list[str | None]]:
    """Yield slices until a worker has been asked some of them."""
    for n in count():
        yield [f"{n % 9} Main St, 59741", "20 Main St", None, f"{n} Elm"]
        if len(asked) > 5:
            return
        time.sleep(0.002)  # and leave it the processor to start with


def test_workers_answer_as_one_process_does_and_in_order(kept: tuple[Index, Path], asked: list[int]) -> None:
    index, path = kept
    given: list[list[str | None]] = []
    answers = list(check_slices(index, lambda _: path, (given.append(some) or some for some in slices(asked)), NOW))
    assert len(asked) > 5
    assert pa.concat_tables(answers).equals(pa.concat_tables(check_batch(index, some, NOW) for some in given))


def test_workers_answer_from_what_has_changed_since_the_index_was_written(
    tmp_path: Path, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "WORTH_KEEPING", 1)
    with Plan.open(tmp_path / "plan.duckdb") as fm:
        small_town(fm)
        assert len(fm.live.refresh().layers) == 1
        fm.retire_address(ids(fm)["4 Main St"], "gone", "ann")
        assert len(fm.live.refresh().layers) == 2
        given: list[list[str | None]] = []
        answers = pa.concat_tables(fm.check_slices(given.append(some) or some for some in slices(asked)))
        one_by_one = pa.concat_tables(check_batch(fm.live.index, some, NOW) for some in given)
    assert len(asked) > 5
    assert answers.equals(one_by_one)
    assert "number_not_found" in answers["status"].to_pylist()


def test_a_killed_worker_is_an_error_that_says_so(kept: tuple[Index, Path], asked: list[int]) -> None:
    index, path = kept

    def killing() -> Iterator[list[str | None]]:
        for some in slices([]):
            yield some
            if len(asked) == 3:
                os.kill(asked[0], signal.SIGKILL)

    with pytest.raises(WorkerLost):
        list(check_slices(index, lambda _: path, killing(), NOW))


def test_few_rows_or_a_file_of_another_state_start_no_worker(
    kept: tuple[Index, Path], asked: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    index, path = kept
    monkeypatch.setattr(batch_workers, "worker", lambda *_: pytest.fail("a worker was started"))
    some = ["1 Main St, 59741"] * 9
    assert [table.num_rows for table in check_slices(index, lambda _: path, [some], NOW)] == [9]
    for other in (None, tmp_path / "none.index"):
        found = check_slices(index, partial(_shared_at, other), [some, some], NOW)
        assert [table.num_rows for table in found] == [9, 9]


def _shared_at(path: Path | None, _: Index) -> Path | None:
    return path
