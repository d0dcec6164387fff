"""Plans to ask, and the index of one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fibermap.plan import Plan
from fibermap.serving.answer import Answerer
from fibermap.serving.build import build_index
from fibermap.serving.index import Index, open_index
from fibermap.serving.question import Question
from tests.builders import area, box, home, ingest, source, terminal

BUILDING = [home(20, 300, UNIT=unit, OBJECTID=200 + at) for at, unit in enumerate("AB")]
HOMES = [home(n, 40 * n) for n in range(1, 9)]
PLAN = [area("North", "Build", box(20, -30, 170, 30)), area("South", "Pre-build", box(170, -30, 290, 30))]


def small_town(fm: Plan) -> None:
    """Ingest eight houses, a building of two units, two areas and a terminal."""
    ingest(fm, source("county", HOMES + BUILDING), source("plan", PLAN), source("terminals", [terminal("T1", 60, 20)]))


def index_of(fm: Plan) -> Index:
    """Return the index of a plan as it is."""
    return open_index(fm.store.preview(lambda uow: build_index(uow, fm.settings), cause="test"))


def ask(index: Index, *, public: bool = False, **asked: Any) -> dict[str, Any]:
    """Return the answer to a question as it stands now."""
    return Answerer(index, public=public).answer(Question(**asked), datetime.now(UTC))
