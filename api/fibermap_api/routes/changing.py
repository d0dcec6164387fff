"""Changes that are made once, whatever the number of requests: each keeps its answer in its own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.access.once import Answered
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, answer


async def change_once(
    call: Call, cause: str, work: Callable[[Plan, UnitOfWork], Mapping[str, Any]], status: int = 201
) -> Response:
    """Change something and keep what is answered, in one transaction; for endpoints with ``idempotent=True``.

    ``work`` returns the answer: JSON values, ids and states, never who a customer is.
    """
    desk, once = call.service.desk, call.once
    assert once is not None, "the endpoint says that it is idempotent"

    def both(uow: UnitOfWork) -> Mapping[str, Any]:
        said = work(desk.plan, uow)
        once.keep(uow, Answered(status, said))
        return said

    done = await desk.in_turn(Scope.PLAN, lambda: desk.plan.store.run_alone(both, cause=cause))
    return answer(done, status)
