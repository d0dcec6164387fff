"""Backups that are kept: made by name, bounded in number, proved by restoring them, and reached by no other name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fibermap.kernel.errors import Code, Conflict, NotFound
from fibermap.store import Store
from fibermap.store.kept_backups import MOST_KEPT, KeptBackups

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)


class Ticking:
    """A clock that is a minute on whenever somebody looks."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "plan.duckdb", clock=Ticking())


@pytest.fixture
def kept(tmp_path: Path) -> KeptBackups:
    return KeptBackups.of(tmp_path / "plan.duckdb")


def test_a_backup_is_named_by_its_moment_and_listed_newest_first(store: Store, kept: KeptBackups) -> None:
    assert kept.listed() == []
    first, second = kept.make(store), kept.make(store)
    assert [each.name for each in kept.listed()] == [second.name, first.name]
    assert first.name.startswith("20261126T03")
    assert first.rows > 0
    assert first.bytes > 0
    assert first.proof is None


def test_a_backup_is_proved_by_restoring_it(store: Store, kept: KeptBackups) -> None:
    made = kept.make(store)
    proof = kept.prove(made.name, NOW).proof
    assert proof is not None
    assert (proof.proved_at_utc, proof.problem) == (NOW, None)
    assert [file.name for file in kept.folder.iterdir()] == [made.name], "nothing of the trial is left"


def test_a_damaged_backup_is_found_out_and_stays_listed_as_such(store: Store, kept: KeptBackups) -> None:
    made = kept.make(store)
    file = kept.folder / made.name / "database.duckdb"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    proof = kept.prove(made.name, NOW).proof
    assert proof is not None
    assert "changed since it was made" in str(proof.problem)
    assert kept.find(made.name).proof == proof


def test_the_oldest_makes_way_once_a_new_one_is_whole(store: Store, kept: KeptBackups) -> None:
    made = [kept.make(store).name for _ in range(MOST_KEPT + 2)]
    assert [each.name for each in kept.listed()] == made[:1:-1]


def test_the_last_one_is_not_removed(store: Store, kept: KeptBackups) -> None:
    first, second = kept.make(store), kept.make(store)
    kept.remove(first.name)
    with pytest.raises(Conflict) as refused:
        kept.remove(second.name)
    assert refused.value.code is Code.LAST_BACKUP


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../plan.duckdb", "/etc", "20261126T030000Z/..", "20261126T030000Z\n", "20261126t030000z", "x"],
)
def test_a_name_leads_nowhere_else(store: Store, kept: KeptBackups, name: str) -> None:
    kept.make(store)
    for ask in (kept.find, kept.place, kept.remove):
        with pytest.raises(NotFound) as refused:
            ask(name)
        assert refused.value.code is Code.BACKUP_NOT_FOUND


def test_a_link_is_no_backup(store: Store, kept: KeptBackups, tmp_path: Path) -> None:
    made = kept.make(store)
    (kept.folder / "20261126T050000Z").symlink_to(kept.folder / made.name)
    assert len(kept.listed()) == 1


def test_what_was_left_in_the_middle_is_cleared_and_no_backup_with_it(store: Store, kept: KeptBackups) -> None:
    made = kept.make(store)
    (kept.folder / ".trial-abc").mkdir()
    (kept.folder / "20261126T060000Z.partial-1").mkdir()
    kept.clear()
    assert [file.name for file in kept.folder.iterdir()] == [made.name]
