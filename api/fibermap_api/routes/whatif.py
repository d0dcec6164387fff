"""What if we built here, and where nobody has built yet: proposals, unit costs, scenarios and coverage gaps."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import shapely
from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.coverage.area_shapes import read_shape
from fibermap.coverage.gaps import UNSERVED, Gap, find_gaps, ranked
from fibermap.coverage.payback import Construction
from fibermap.coverage.scenarios import keep_scenario, remove_scenario, scenarios
from fibermap.coverage.unit_costs import cost_history, set_unit_costs, unit_costs
from fibermap.coverage.versions import current_version
from fibermap.coverage.whatif import Proposal, what_if
from fibermap.plan import Plan
from fibermap.report.selection import Selection
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.whatif import (
    CostsAnswer,
    GapsAnswer,
    GapsQuestion,
    ScenarioAnswer,
    ScenarioIdQuestion,
    ScenarioQuestion,
    ScenariosAnswer,
    SetCostsQuestion,
    WhatIfAnswer,
    WhatIfQuestion,
)
from fibermap_api.routes.areas import author_of, change, read

_SHAPES = ("Polygon", "MultiPolygon", "LineString", "MultiLineString")
_LINES = ("LineString", "MultiLineString")
_CHECKS = "SELECT count(*) FROM address_check"


async def ask_what_if(call: Call) -> Response:
    """Say what a proposed area or route would pass, its length, cost and payback. Writes nothing."""
    proposal = _proposal(call.body)
    return answer((await read(call, lambda plan, uow: what_if(uow, proposal, plan.settings))).as_json())


async def read_unit_costs(call: Call) -> Response:
    """The unit costs that what-if questions are answered with, and their history."""
    return answer(await read(call, lambda _, uow: _costs(uow)))


async def change_unit_costs(call: Call) -> Response:
    """Set unit costs from now on; those before stay on record."""
    asked: SetCostsQuestion = call.body
    by = author_of(call, asked.reason)

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        set_unit_costs(uow, asked.costs.said(), by)
        return _costs(uow)

    return answer(await change(call, "set_unit_costs", work))


async def list_scenarios(call: Call) -> Response:
    """The what-if questions that are kept, with their answers, to compare."""
    return answer({"scenarios": await read(call, lambda _, uow: scenarios(uow))})


async def add_scenario(call: Call) -> Response:
    """Answer a what-if question, and keep both."""
    asked: ScenarioQuestion = call.body
    proposal, by = _proposal(asked), author_of(call, "keep a scenario")
    question = asked.model_dump(mode="json", exclude={"title"})

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        found = what_if(uow, proposal, plan.settings).as_json()
        return keep_scenario(uow, asked.title, by.name, question, found)

    return answer(await change(call, "keep_scenario", work), 201)


async def delete_scenario(call: Call) -> Response:
    """Take a scenario off the list."""
    await change(call, "remove_scenario", lambda _, uow: remove_scenario(uow, call.query.scenario_id))
    return Response(status_code=204)


async def list_gaps(call: Call) -> Response:
    """Clusters of homes beyond coverage, ranked by addresses, distance to the network or demand. Filters apply."""
    asked: GapsQuestion = call.query

    selection = asked.selection()

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        version, gaps = _gaps(plan, uow, selection)
        shown = ranked(gaps, asked.rank)[: asked.limit]
        return {
            "type": "FeatureCollection",
            "features": [_feature(rank, gap) for rank, gap in enumerate(shown, start=1)],
            "total": len(gaps),
            "plan_version": version,
            "notes": plan.left_out(UNSERVED).notes,
        }

    return answer(await read(call, work))


_KNOWN: WeakKeyDictionary[Plan, tuple[tuple[int, int, str], list[Gap]]] = WeakKeyDictionary()
"""The gaps of a plan as they were last found: finding them again in the same version says the same."""


def _gaps(plan: Plan, uow: UnitOfWork, selection: Selection) -> tuple[int, list[Gap]]:
    version = current_version(uow)
    mark = (version, int(uow.sql.value("gaps.checks", _CHECKS)), urlencode(selection.as_query()))
    known = _KNOWN.get(plan)
    if known is None or known[0] != mark:
        known = _KNOWN[plan] = (mark, find_gaps(uow, plan.settings, *selection.condition()))
    return version, known[1]


def _feature(rank: int, gap: Gap) -> dict[str, Any]:
    said = {"rank": rank, "gap_id": gap.gap_id, "addresses": gap.addresses, "points": gap.points}
    return {
        "type": "Feature",
        "id": gap.gap_id,
        "geometry": shapely.geometry.mapping(gap.geometry),
        "bbox": list(gap.geometry.bounds),
        "properties": {**said, "distance_m": gap.distance_m, "demand": gap.demand},
    }


def _costs(uow: UnitOfWork) -> dict[str, Any]:
    return {"costs": asdict(unit_costs(uow)), "history": cost_history(uow)}


def _proposal(asked: WhatIfQuestion) -> Proposal:
    return Proposal(
        read_shape(asked.geometry.model_dump(), _SHAPES),
        asked.buffer_m,
        None if asked.route is None else read_shape(asked.route.model_dump(), _LINES),
        Construction(asked.construction),
        {} if asked.costs is None else asked.costs.said(),
    )


_R, _P = (Scope.READ,), (Scope.PLAN,)
ENDPOINTS = (
    Endpoint(
        "POST", "/v1/whatif", ask_what_if, "Ask what a build would do", _R,
        body=WhatIfQuestion, answers=WhatIfAnswer, large=True, tag="planning",
    ),
    Endpoint("GET", "/v1/whatif/costs", read_unit_costs, "Read unit costs", _R, answers=CostsAnswer, tag="planning"),
    Endpoint(
        "PUT", "/v1/whatif/costs", change_unit_costs, "Set unit costs", _P,
        body=SetCostsQuestion, answers=CostsAnswer, tag="planning",
    ),
    Endpoint(
        "GET", "/v1/whatif/scenarios", list_scenarios, "List scenarios", _R, answers=ScenariosAnswer, tag="planning",
    ),
    Endpoint(
        "POST", "/v1/whatif/scenarios", add_scenario, "Keep a scenario", _P,
        body=ScenarioQuestion, answers=ScenarioAnswer, status=201, large=True, tag="planning",
    ),
    Endpoint(
        "DELETE", "/v1/whatif/scenarios/{scenario_id}", delete_scenario, "Remove a scenario", _P,
        query=ScenarioIdQuestion, status=204, problems=(404,), tag="planning",
    ),
    Endpoint(
        "GET", "/v1/gaps", list_gaps, "List coverage gaps", _R, query=GapsQuestion, answers=GapsAnswer, tag="planning",
    ),
)  # fmt: skip
