"""The index as files: a change is a small file, and whoever looks at any moment sees one state whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fibermap.kernel.errors import Code, FibermapError
from fibermap.plan import Plan
from fibermap.serving import live as live_module
from fibermap.serving import published as published_module
from fibermap.serving.answers import Answers
from fibermap.serving.live import Live, index_path
from fibermap.serving.published import Published
from fibermap.serving.question import Question
from fibermap.store import Store
from tests.builders import ids
from tests.serving.test_overlay import Now
from tests.serving.towns import small_town


@pytest.fixture
def fm(tmp_path: Path) -> Iterator[Plan]:
    with Plan(Store.open(tmp_path / "plan.duckdb")) as plan:
        small_town(plan)
        yield plan


def held(published: Published) -> tuple[str, bool]:
    """Return from which state a house is answered, and whether it is held in it."""
    said = Answers(lambda: published.index, Now()).check(Question(q="1 Main St"))
    return said["data_version"], "hold" in said["serviceability"]["not_orderable"]


def hold(fm: Plan, live: Live, number: int) -> str:
    """Hold the house, and return the state that is published then."""
    fm.hold("do_not_serve", f"letter {number}", "ann", address_id=ids(fm)["1 Main St"])
    return live.refresh().data_version


def layers(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.*.layer"))


def test_a_change_is_a_small_file_that_is_taken_up(fm: Plan, tmp_path: Path) -> None:
    fm.live.publish()
    published = Published(index_path(tmp_path / "plan.duckdb"))
    before = held(published)
    assert (before[1], layers(index_path(tmp_path / "plan.duckdb"))) == (False, [])
    version = hold(fm, fm.live, 1)
    assert held(published) == before, "nobody has looked yet"
    published.refresh()
    assert held(published) == (version, True)
    assert held(Published(index_path(tmp_path / "plan.duckdb"))) == (version, True), "also who comes later"


def test_a_layer_is_merged_once_the_index_lags(fm: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "SHORTEST_LAG_S", 0.0)
    path = index_path(tmp_path / "plan.duckdb")
    fm.live.publish()
    published = Published(path)
    version = hold(fm, fm.live, 1)
    fm.live._merge()
    assert layers(path) == []
    published.refresh()
    assert held(published) == (version, True)
    fm.live._merge()
    assert (held(published), layers(path)) == ((version, True), [])


def test_nobody_is_answered_from_before_a_change_while_it_is_merged(
    fm: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, mark = index_path(tmp_path / "plan.duckdb"), published_module._mark
    fm.live.publish()
    published = Published(path)
    version = hold(fm, fm.live, 1)
    published.refresh()
    merges = {".index"}

    def merged_after(looked_at: Path) -> Any:
        """Look at a file, and have the layer merged just then."""
        found = mark(looked_at)
        if looked_at.suffix in merges:
            merges.clear()
            fm.live._renew()
        return found

    monkeypatch.setattr(published_module, "_mark", merged_after)
    published.refresh()
    assert (held(published), merges) == ((version, True), set())
    version = hold(fm, fm.live, 2)
    merges.add(".layer")
    assert (held(Published(path)), merges) == ((version, True), set()), "also who comes just then"


def test_it_is_published_in_another_place_too_with_what_belongs_to_it(fm: Plan, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    there = tmp_path / "elsewhere" / "town.index"
    fm.live.publish(there, lambda: {"keys": b"[]"})
    version = hold(fm, fm.live, 1)
    published = Published(there)
    assert (held(published), published.texts) == ((version, True), {"keys": b"[]"})


def test_what_was_kept_is_taken_up_again_with_what_has_changed_since(fm: Plan, tmp_path: Path) -> None:
    fm.live.publish()
    before = index_path(tmp_path / "plan.duckdb").stat().st_ino
    hold(fm, fm.live, 1)
    again = Live(fm.store, fm.settings)
    again.publish()
    assert index_path(tmp_path / "plan.duckdb").stat().st_ino == before, "it is not built anew"
    assert held(Published(index_path(tmp_path / "plan.duckdb"))) == (again.index.data_version, True)


def test_a_layer_of_a_past_that_is_no_more_is_forgotten(fm: Plan, tmp_path: Path) -> None:
    path = index_path(tmp_path / "plan.duckdb")
    fm.live.publish()
    before = fm.live.index.data_version
    shutil.copy(path, tmp_path / "old")
    hold(fm, fm.live, 1)
    (left,) = layers(path)
    shutil.copy(left, tmp_path / "layer")
    fm.undo()
    hold(fm, fm.live, 2)
    shutil.copy(tmp_path / "layer", left)
    again = Live(fm.store, fm.settings)
    again.publish()
    assert held(Published(path))[0] == again.index.data_version != before


def test_what_is_damaged_anywhere_is_refused_and_what_was_there_before_answers(fm: Plan, tmp_path: Path) -> None:
    path = index_path(tmp_path / "plan.duckdb")
    fm.live.publish()
    published = Published(path)
    before = held(published)
    after = hold(fm, fm.live, 1), True
    for file in (*layers(path), path):
        whole = file.read_bytes()
        for at in (whole.index(b"Main"), whole.rindex(b"Main"), len(whole) - 20):
            damaged = bytearray(whole)
            damaged[at] ^= 0x40
            _replace(file, bytes(damaged))
            with pytest.raises(FibermapError) as refused:
                published.refresh()
            assert refused.value.code == Code.INDEX_BROKEN
            published.refresh()  # it is not looked at again
            assert held(published) in (before, after)
        _replace(file, whole)
    published.refresh()
    assert held(published) == after


def test_in_whatever_order_files_arrive_each_state_is_a_whole_one(fm: Plan, tmp_path: Path) -> None:
    path, there = index_path(tmp_path / "plan.duckdb"), tmp_path / "there" / "plan.duckdb.index"
    there.parent.mkdir()
    fm.live.publish()
    truth = dict([held(Published(path))])
    shutil.copy(path, there)
    published = Published(there)
    for number in range(6):
        fm.live.refresh()
        hold(fm, fm.live, number)
        if number % 2:
            fm.live._renew()
        truth.update([held(Published(path))])
        files = [*layers(path), path]
        for file in files if number % 3 else reversed(files):
            _replace(there.parent / file.name, file.read_bytes())
            published.refresh()
            version, is_held = held(published)
            assert truth[version] == is_held
        assert held(published) == held(Published(path))


def _replace(file: Path, content: bytes) -> None:
    fresh: Any = file.with_name(f".{file.name}.fresh")
    fresh.write_bytes(content)
    fresh.replace(file)
