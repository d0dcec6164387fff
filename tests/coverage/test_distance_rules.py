"""Distance rules that were agreed to: kept through changes of settings, changed and withdrawn by commands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fibermap.kernel.errors import InputRefused, NotFound
from fibermap.plan import Plan
from tests.builders import (
    classes,
    differences,
    furnished,
    home,
    ids,
    ingest,
    line,
    rows,
    sound,
    source,
    state,
    terminal,
)

HOMES = [home(n, 100 * n) for n in range(1, 4)]


@pytest.fixture
def fm() -> Iterator[Plan]:
    """A plan of a silent terminal and a live route, both at 0 m, under the rules that ingest proposed."""
    with furnished(_furnish) as plan:
        yield plan


def _furnish(plan: Plan) -> None:
    ingest(plan, source("county", HOMES))
    ingest(
        plan,
        source("terminals", [terminal("T1", 0, status=None)]),
        source("routes", [line((0, -200), (0, 200), STATUS="Build")]),
    )


def limits(fm: Plan) -> dict[str, float]:
    return {row["target"]: row["limit_m"] for row in fm.distance_rules.table.to_pylist()}


def test_a_changed_setting_leaves_the_rule_and_says_so(fm: Plan) -> None:
    done = fm.configure("rural", "ann", drop_limit_m=250.0)
    assert [note.split(",")[0] for note in done.notes] == [
        "The distance rule from a terminal (fiber) stays at 500 ft",
    ]
    assert limits(fm) == {"terminal": pytest.approx(152.4), "route": pytest.approx(91.44)}
    assert fm.configure("as it was", "ann", drop_limit_m=152.4).notes == ()
    assert fm.configure("other", "ann", position_error_m=3.0).notes == ()


def test_a_changed_rule_is_a_version_that_history_and_undo_know(fm: Plan) -> None:
    before = state(fm)
    version = fm.status().value["plan_version"]
    assert classes(fm)["2 Main St"] == "out-of-coverage"
    would = fm.set_distance_rule("terminal", 250.0, "flat ground", "bob", dry_run=True)
    assert differences(before, state(fm)) == {}
    done = fm.set_distance_rule("terminal", 250.0, "flat ground", "bob")
    assert done.flips.counts == would.flips.counts == {"fiber": {"out-of-coverage -> pre-build": 1}}
    assert classes(fm)["2 Main St"] == "pre-build"
    assert fm.explain(ids(fm)["2 Main St"], as_of=version).class_ == "out-of-coverage"
    sound(fm)
    fm.undo()
    assert differences(before, state(fm)) == {}


def test_a_rule_that_is_withdrawn_covers_nothing_and_the_other_one_goes_on(fm: Plan) -> None:
    fm.set_distance_rule("route", 120.0, "short laterals", "bob")
    fm.withdraw_distance_rule("terminal", "terminals are a sketch", "bob")
    assert limits(fm) == {"route": 120.0}
    assert classes(fm)["1 Main St"] == "build"
    before = state(fm)
    fm.withdraw_distance_rule("route", "so are the routes", "bob")
    assert set(classes(fm).values()) == {"out-of-coverage"}
    assert rows(fm, "SELECT class FROM network WHERE role = 'network_points'") == [{"class": None}]  # silent again
    sound(fm)
    fm.undo()
    assert differences(before, state(fm)) == {}


def test_a_rule_that_was_changed_outlasts_a_refresh_of_the_network(fm: Plan) -> None:
    fm.set_distance_rule("terminal", 250.0, "flat ground", "bob")
    assert ingest(fm, source("terminals", [terminal("T1", 5, status=None)]), yes=False).questions == []
    assert limits(fm)["terminal"] == 250.0


@pytest.mark.parametrize("limit_m", [0.0, -1.0, float("nan"), float("inf"), 2_001.0])
def test_a_limit_beyond_reach_or_none_at_all_is_refused(fm: Plan, limit_m: float) -> None:
    with pytest.raises(InputRefused, match="terminal_reach_m"):
        fm.set_distance_rule("terminal", limit_m, "why", "bob")


def test_only_a_rule_in_force_is_changed(fm: Plan) -> None:
    fm.withdraw_distance_rule("route", "no", "bob")
    with pytest.raises(NotFound, match="route"):
        fm.set_distance_rule("route", 100.0, "why", "bob")
    with pytest.raises(NotFound, match="fixed_wireless"):
        fm.withdraw_distance_rule("terminal", "why", "bob", technology="fixed_wireless")
    with pytest.raises(InputRefused, match="pole"):
        fm.withdraw_distance_rule("pole", "why", "bob")
