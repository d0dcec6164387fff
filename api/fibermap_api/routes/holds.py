"""Holds over HTTP: what may not be sold though it is there, placed, reviewed and released by name."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.coverage import commands
from fibermap.coverage.area_shapes import read_shape
from fibermap.coverage.hold_list import holds_in_force
from fibermap.coverage.holds import HoldOrder
from fibermap.coverage.model import HoldCode
from fibermap.coverage.versions import current_version
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.holds import (
    HoldDone,
    HoldQuestion,
    HoldsAnswer,
    HoldsQuestion,
    PlaceHoldQuestion,
    ReleaseHoldQuestion,
)
from fibermap_api.routes.areas import author_of, change, read


async def list_holds(call: Call) -> Response:
    """The holds in force as GeoJSON, the next to be reviewed first; those of exclusion areas say `from_source`."""

    def work(_: Plan, uow: UnitOfWork) -> dict[str, Any]:
        features = holds_in_force(uow, call.query.due_by)
        return {"type": "FeatureCollection", "features": features, "plan_version": current_version(uow)}

    return answer(await read(call, work))


async def place_hold(call: Call) -> Response:
    """Forbid sales on an address, a building or an area. Its class stays what it is; no new revision ends the hold."""
    asked: PlaceHoldQuestion = call.body
    order = HoldOrder(
        HoldCode(asked.code), asked.reason, author_of(call, asked.reason).name, asked.address_id, asked.location_id,
        None if asked.area is None else read_shape(asked.area.model_dump()), asked.document, asked.review_on,
    )  # fmt: skip
    done = await change(call, "hold", lambda plan, uow: commands.place_hold(uow, order, plan.settings))
    return answer({"hold_id": done.ids[0], "plan_version": done.version}, 201)


async def release_hold(call: Call) -> Response:
    """End a hold that a person placed. One of an exclusion area ends when its source no longer has the area."""
    by, hold_id = author_of(call, call.body.reason), call.query.hold_id
    done = await change(call, "release_hold", lambda plan, uow: commands.release_hold(uow, hold_id, by, plan.settings))
    return answer({"hold_id": hold_id, "plan_version": done.version})


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/holds", list_holds, "List holds", (Scope.READ,),
        query=HoldsQuestion, answers=HoldsAnswer, tag="plan",
    ),
    Endpoint(
        "POST", "/v1/holds", place_hold, "Place a hold", (Scope.PLAN,),
        body=PlaceHoldQuestion, large=True, answers=HoldDone, status=201, problems=(400, 404, 409, 422), tag="plan",
    ),
    Endpoint(
        "POST", "/v1/holds/{hold_id}:release", release_hold, "Release a hold", (Scope.PLAN,),
        query=HoldQuestion, body=ReleaseHoldQuestion, answers=HoldDone, problems=(404, 409), tag="plan",
    ),
)  # fmt: skip
