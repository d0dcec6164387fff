"""Changes that are made once, whatever the number of requests: each keeps its answer in its own transaction.

And changes that are weighed before they are made: each tells what it would lead to, and leaves nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, TypeAlias

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.access.once import Answered
from fibermap.order.consequences import weighed
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, answer
from fibermap_api.routes.areas import change

Then: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Does what leaves the database, such as a call of a payment gateway, and returns what is answered of it."""
Work: TypeAlias = Callable[[Plan, UnitOfWork], Mapping[str, Any]]
"""Changes something and returns the answer: JSON values, ids and states; what is kept never says who a customer is."""


async def change_once(
    call: Call, cause: str, work: Work, status: int = 201, *, afterwards: Then | None = None
) -> Response:
    """Change something and keep what is answered, in one transaction; for endpoints with ``idempotent=True``.

    What comes of ``afterwards`` is kept in its place, so that it is answered again, too.
    """
    desk, once = call.service.desk, call.once
    assert once is not None, "the endpoint says that it is idempotent"

    def both(uow: UnitOfWork) -> Mapping[str, Any]:
        said = work(desk.plan, uow)
        once.keep(uow, Answered(status, said))
        return said

    done = await desk.in_turn(Scope.PLAN, lambda: desk.plan.store.run_alone(both, cause=cause))
    told = done if afterwards is None else await afterwards(done)
    if told is not done:
        final = Answered(status, told)
        await desk.in_turn(Scope.PLAN, lambda: desk.plan.store.run(lambda uow: once.keep(uow, final), cause=cause))
    return answer(told, status)


async def sell(call: Call, cause: str, work: Work, status: int = 200, *, afterwards: Then | None = None) -> Response:
    """Change something about sales, once where the endpoint says so; or, asked for a preview, tell what would follow.

    Parameters
    ----------
    afterwards
        What leaves the database once the change is committed; not of a preview.
    """
    if call.is_preview:
        return answer(await change(call, cause, lambda plan, uow: _weighed(plan, uow, work)))
    if call.once is not None:
        return await change_once(call, cause, work, status, afterwards=afterwards)
    said = await change(call, cause, work)
    return answer(said if afterwards is None else await afterwards(said), status)


def _weighed(plan: Plan, uow: UnitOfWork, work: Work) -> dict[str, Any]:
    told, result = weighed(uow, plan.store.sql, lambda uow: work(plan, uow))
    return {"consequences": [asdict(each) for each in told], "result": result}
