"""Random histories of a small county: ingests, corrections, holds and phases; the laws hold after any of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from fibermap.kernel.errors import FibermapError
from fibermap.plan import Plan
from tests.builders import area, box, home, ingest, line, rows, source, terminal

Step = tuple[str, int]

COUNTIES = (
    [home(n, 40 * n) for n in range(1, 9)],
    [home(n, 40 * n + 3) for n in (1, 2, 3, 5, 6, 7, 8, 11)],
    [home(n, 40 * n, TYPE="Garage" if n == 3 else "Single Family") for n in range(1, 7)]
    + [home(7, None), home(20, 300, UNIT="A"), home(21, 300, UNIT="B", ADDNUM="20")],
    [],
)
SECONDS = (
    [home(n, 40 * n + 8, OBJECTID=100 + n) for n in (2, 3, 4, 9)],
    [home(n, 40 * n + 90, OBJECTID=100 + n) for n in (2, 3)] + [home(15, 350, ZIP=None)],
)
PLANS = (
    [area("North", "Build", box(20, -30, 170, 30)), area("South", "Pre-build", box(150, -30, 290, 30))],
    [area("North", "Pre-build", box(20, -30, 170, 30)), area("South", "Pre-build", box(150, -30, 290, 30), PHASE="2")],
    [area("North", "Build", box(20, -30, 128, 30)), area("East", "Build", box(245, -30, 400, 30))],
)
EXCLUSIONS = ([area("Easement", None, box(70, -30, 130, 30))], [area("Easement", None, box(100, -30, 210, 30))])
TERMINALS = (
    [terminal("T1", 60, 20, PORTS_FREE=2), terminal("T2", 300, 20, status="Pre-build")],
    [terminal("T1", 60, 20, PORTS_FREE=0), terminal("T3", 200, -20)],
)
RIVERS = ([line((100, -100), (100, 100), NAME="Gallatin River")],)
ZIPS = (
    [
        area("59741", None, box(-100, -100, 300, 100), ZIP="59741"),
        area("59730", None, box(300, -100, 600, 100), ZIP="59730"),
    ],
)
BUILDINGS = ([area("b1", None, box(160, 5, 175, 25)), area("b2", None, box(110, 2, 125, 12))],)

WIRELESS = ([area("Mast", "Build", box(180, -60, 420, 60), TECHNOLOGY="Fixed Wireless")], [])
ROUTES = ([line((0, -60), (400, -60), STATUS="Build")], [line((0, -60), (400, 90))])
CITIES = ([area("Manhattan", None, box(-100, -100, 150, 100), CITY="Manhattan")],)
FABRIC = ([home(n, 40 * n + 4, OBJECTID=700 + n, FCC_LOCATION_ID=f"10000000{n:02d}") for n in (2, 3, 30)],)

_SOURCES: dict[str, tuple[Any, ...]] = {
    "county": COUNTIES,
    "second": SECONDS,
    "plan": PLANS,
    "holds": EXCLUSIONS,
    "terminals": TERMINALS,
    "rivers": RIVERS,
    "zips": ZIPS,
    "other_plan": WIRELESS,
    "routes": ROUTES,
    "cities": CITIES,
    "buildings": BUILDINGS,
}


def _bring(name: str) -> Callable[[Plan, int], None]:
    def act(fm: Plan, which: int) -> None:
        ingest(fm, source(name, _SOURCES[name][which % len(_SOURCES[name])]))

    return act


def _pick(fm: Plan, which: int) -> int:
    known = [
        row["address_id"] for row in rows(fm, "SELECT address_id FROM address WHERE to_version IS NULL ORDER BY 1")
    ]
    return known[which % len(known)] if known else 1


def _move(fm: Plan, which: int) -> None:
    lon, lat = box(60 * which, 0, 60 * which + 1, 1).exterior.coords[0]
    fm.move_address(_pick(fm, which), lon, lat, "seen there", "ann")


def _add(fm: Plan, which: int) -> None:
    lon, lat = box(40 * which + 2, 3, 40 * which + 3, 4).exterior.coords[0]
    fm.add_address(["Lot 14, Elk Ridge", "4 Main St", "15 Main St"][which % 3], lon, lat, "new", "ann")


def _area_class(fm: Plan, which: int) -> None:
    areas = [row["area_id"] for row in rows(fm, "SELECT area_id FROM areas WHERE role = 'coverage' ORDER BY 1")]
    fm.set_area_class(areas[which % 2 : which % 2 + 1], ["build", "pre-build"][which // 2 % 2], "lit", "ann")


def _hold(fm: Plan, which: int) -> None:
    if which % 3 == 0:
        fm.hold("do_not_serve", "dog", "ann", address_id=_pick(fm, which))
    elif which % 3 == 1:
        location = rows(fm, f"SELECT location_id FROM address WHERE address_id = {_pick(fm, which)}")
        fm.hold("no_mdu_agreement", "owner", "ann", location_id=location[0]["location_id"] if location else 1)
    else:
        fm.hold("unsafe", "mud", "ann", area=box(50 * which, -20, 50 * which + 60, 20))


def _release(fm: Plan, which: int) -> None:
    held = rows(fm, "SELECT hold_id FROM hold WHERE to_version IS NULL AND feature_id IS NULL ORDER BY 1")
    fm.release_hold(held[which % len(held)]["hold_id"] if held else 1, "done", "ann")


def _rule(fm: Plan, which: int) -> None:
    said = fm.merge_addresses if which % 2 else fm.keep_addresses_apart
    said(_pick(fm, which), _pick(fm, which + 1 + which // 2), "seen there", "ann")


def _review(fm: Plan, which: int) -> None:
    waiting = fm.reviews().table.to_pylist()
    item = waiting[which % len(waiting)] if waiting else {"item_id": 1, "queue": "flag"}
    choices = {"duplicate": ("merge", "split", "hold"), "flag": ("accept", "hold")}
    choice = choices.get(item["queue"], ("accept", "discard"))[which % 2]
    fm.decide_review([item["item_id"]], choice, "seen", "ann")


def _think_again(fm: Plan, which: int) -> None:
    made = fm.review_decisions().table.to_pylist()
    fm.undo_review(made[which % len(made)]["decision_id"] if made else 1, "thought again", "ann")


ACTIONS: dict[str, Callable[[Plan, int], object]] = {
    **{name: _bring(name) for name in _SOURCES},
    "fabric": lambda fm, n: ingest(fm, source("fabric", FABRIC[0]), permitted_uses=frozenset({"filing"})),
    "permit": lambda fm, n: fm.override_permission("fabric", ["lists", "public_answers", "sales"], "bought", "ann"),
    "configure": lambda fm, n: fm.configure("rural", "ann", duplicate_m=20.0 + 15 * n, position_error_m=2.0 + n),
    "move": _move,
    "add": _add,
    "retype": lambda fm, n: fm.retype_address(_pick(fm, n), "business", "shop", "ann", serviceable=n % 2 == 0),
    "split": lambda fm, n: fm.split_address(_pick(fm, n), "1-3", "flats", "ann"),
    "retire": lambda fm, n: fm.retire_address(_pick(fm, n), "gone", "ann"),
    "area": _area_class,
    "hold": _hold,
    "rule": _rule,
    "review": _review,
    "think again": _think_again,
    "release": _release,
}

steps = st.lists(st.tuples(st.sampled_from(sorted(ACTIONS)), st.integers(0, 7)), min_size=3, max_size=7)
"""Histories begin with a county and a plan; what cannot be done then is refused and leaves nothing."""


def act(fm: Plan, step: Step) -> bool:
    """Take one step; return whether it was possible."""
    try:
        ACTIONS[step[0]](fm, step[1])
    except FibermapError:
        return False
    return True
