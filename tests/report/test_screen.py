"""The tables behind the screens keep up with the database: patched or built anew, they are the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from threading import Event, Thread
from typing import Any

import pytest

from fibermap.address.missing import MissingReport, report_missing
from fibermap.kernel.errors import StoreFailed
from fibermap.plan import Plan
from fibermap.report import screen as screen_module
from fibermap.report.screen import Screen
from tests.builders import area, box, home, ids, ingest, source, terminal
from tests.report.towns import HOMES, first_id, shown, town

TABLES = {
    "addresses": "SELECT * FROM addresses ORDER BY address_id",
    "feature": "SELECT * FROM feature ORDER BY feature_id",
    "outline": "SELECT * REPLACE (ST_AsWKB(geometry) AS geometry) FROM outline ORDER BY feature_id, level",
    "area_count": "SELECT * FROM area_count ORDER BY feature_id",
    "demand": "SELECT * FROM demand ORDER BY ALL",
}


@pytest.fixture
def plan() -> Iterator[Plan]:
    with town() as fm:
        yield fm


def tables(screen: Screen) -> dict[str, list[Any]]:
    return {name: screen.sql.rows("test", statement) for name, statement in TABLES.items()}


def area_id(fm: Plan, name: str) -> int:
    return int(fm.store.sql.value("test", f"SELECT area_id FROM areas WHERE name = '{name}'"))


EDITS: dict[str, Callable[[Plan], object]] = {
    "hold": lambda fm: fm.hold(code="unsafe", reason="bees", author="pat", address_id=ids(fm)["3 Main St"]),
    "move": lambda fm: fm.move_address(ids(fm)["5 Main St"], -111.29, 45.8501, reason="seen", author="pat"),
    "retire": lambda fm: fm.retire_address(ids(fm)["7 Main St"], reason="gone", author="pat"),
    "area class": lambda fm: fm.set_area_class([area_id(fm, "South")], "build", reason="open", author="pat"),
    "connectivity": lambda fm: fm.change_connectivity(ids(fm)["2 Main St"], "network_passed", "order:1"),
    "new houses": lambda fm: ingest(fm, source("county", [*HOMES, home(30, 100, 5), home(31, 500)])),
    "new plan": lambda fm: ingest(fm, source("plan", [area("West", "Build", box(0, -30, 100, 30), PHASE="P9")])),
    "new ports": lambda fm: ingest(fm, source("terminals", [terminal("T1", 60, 20, PORTS_FREE="0")])),
    "undo": lambda fm: fm.undo(),
    "settings": lambda fm: fm.configure("policy", "pat", blocking_flags=("near_edge",)),
    "licence": lambda fm: fm.override_permission("second", ["lists"], reason="asked", author="pat"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_after_an_edit_they_are_as_if_built_anew(plan: Plan, edit: str) -> None:
    with shown(plan) as screen:
        before = screen.state
        EDITS[edit](plan)
        assert screen.refresh().stamp != before.stamp
        with shown(plan) as anew:
            assert tables(screen) == tables(anew)
            assert screen.state == anew.state


def test_small_edits_are_patched_in_until_there_were_many(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    build = Screen._build
    monkeypatch.setattr(Screen, "_build", lambda self, uow: (built.append(1), build(self, uow))[1])
    with shown(plan) as screen:
        EDITS["hold"](plan)
        screen.refresh()
        assert len(built) == 1
        monkeypatch.setattr(screen_module, "MOST_PATCHED", 0)
        EDITS["move"](plan)
        screen.refresh()
        assert len(built) == 2


def test_they_hold_what_the_view_says(plan: Plan) -> None:
    with shown(plan) as screen:
        wanted = {row["address_id"]: row for row in plan.store.sql.records("test", "FROM addresses WHERE listed")}
        found = screen.sql.records("test", "SELECT * EXCLUDE (x, y, expected) FROM addresses")
        assert len(found) == len(wanted)
        for row in found:
            assert row == {name: wanted[row["address_id"]][name] for name in row}


def test_they_lie_in_the_order_of_their_places(plan: Plan) -> None:
    with shown(plan) as screen:
        square = "{'min_x': 0, 'min_y': 0, 'max_x': 4294967296, 'max_y': 4294967296}::BOX_2D"
        codes = [
            row[0]
            for row in screen.sql.rows("test", f"SELECT ST_Hilbert(x::DOUBLE, y::DOUBLE, {square}) FROM addresses")
        ]
        placed = [code for code in codes if code is not None]
        assert placed == sorted(placed)
        assert codes[len(placed) :] == [None]


def test_demand_is_what_was_asked_for_in_vain_and_what_somebody_misses(plan: Plan) -> None:
    at = {"lon": -111.25, "lat": 45.9}
    plan.check(lon=at["lon"], lat=at["lat"])
    plan.check("1 Main St 59741")
    plan.store.run(lambda uow: report_missing(uow, MissingReport("9 Elm St", "user:1", None, **at)), cause="test")
    with shown(plan) as screen:
        found = screen.sql.rows("test", "SELECT source, class, asked, round(lon, 5), round(lat, 5) FROM demand")
        assert ("report", "unknown", 1, *at.values()) in found


def test_demand_is_looked_at_now_and_then(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    with shown(plan) as screen:
        stamp = screen.state.stamp
        report = MissingReport("9 Elm St", "user:1", None, -111.25, 45.9)
        plan.store.run(lambda uow: report_missing(uow, report), cause="test")
        assert screen.refresh().stamp == stamp
        monkeypatch.setattr(screen_module, "DEMAND_LOOK_S", 0.0)
        assert screen.refresh().stamp != stamp
        assert screen.sql.value("test", "SELECT sum(asked) FROM demand") == 1


def test_readers_always_find_one_whole_state(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """While tables are swapped under them, readers in threads see every address once and fail never."""
    seen: list[object] = []
    stop = Event()
    with shown(plan) as screen:
        there = screen.sql.value("test", "SELECT count(*) FROM addresses")

        def read() -> None:
            while not stop.is_set():
                try:
                    seen.append(
                        screen.sql.value("test", "SELECT count(*) FROM addresses JOIN addresses b USING (address_id)")
                    )
                except Exception as error:  # any failure of a reader is what is looked for
                    seen.append(error)

        readers = [Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        with plan.store.unit_of_work(cause="test") as uow:
            for n in count():
                screen._build(uow)
                if n >= 30 and len(seen) > 10:
                    break
        stop.set()
        for reader in readers:
            reader.join()
    assert set(seen) == {there}


def test_a_reading_sees_one_state_however_many_questions_it_has(plan: Plan) -> None:
    held = "SELECT count(*) FROM addresses WHERE holds IS NOT NULL"
    with shown(plan) as screen, ThreadPoolExecutor(1) as elsewhere:
        with screen.one_state():
            before = screen.sql.value("test", held)
            free = screen.sql.value("test", "SELECT min(address_id) FROM addresses WHERE holds IS NULL")
            plan.hold(code="unsafe", reason="bees", author="pat", address_id=free)
            elsewhere.submit(screen.refresh).result()
            assert screen.sql.value("test", held) == before
        assert screen.sql.value("test", held) == before + 1
        with suppress(StoreFailed), screen.one_state():
            screen.sql.value("test", "SELECT nothing")
        assert screen.sql.value("test", held) == before + 1, "a reading that fails is in nobody's way"


def test_it_follows_by_itself(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_module, "LOOK_S", 0.01)
    screen = Screen(plan.store)
    screen.follow()
    try:
        before = screen.state.data_version
        plan.hold(code="unsafe", reason="bees", author="pat", address_id=first_id(plan))
        for _ in range(6_000):
            if screen.state.data_version != before:
                break
            Event().wait(0.01)
        assert screen.state.data_version != before
    finally:
        screen.close()
