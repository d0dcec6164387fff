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

Work: TypeAlias = Callable[[Plan, UnitOfWork], Mapping[str, Any]]
"""Changes something and returns the answer: JSON values, ids and states; what is kept never says who a customer is."""


async def change_once(call: Call, cause: str, work: Work, status: int = 201) -> Response:
    """Change something and keep what is answered, in one transaction; for endpoints with ``idempotent=True``."""
    desk, once = call.service.desk, call.once
    assert once is not None, "the endpoint says that it is idempotent"

    def both(uow: UnitOfWork) -> Mapping[str, Any]:
        said = work(desk.plan, uow)
        once.keep(uow, Answered(status, said))
        return said

    done = await desk.in_turn(Scope.PLAN, lambda: desk.plan.store.run_alone(both, cause=cause))
    return answer(done, status)


async def sell(
    call: Call, cause: str, work: Work, status: int = 200, *, afterwards: Callable[[], Awaitable[None]] | None = None
) -> Response:
    """Change something about sales, once where the endpoint says so; or, asked for a preview, tell what would follow.

    Parameters
    ----------
    afterwards
        What leaves the database once the change is committed, such as a call of a payment gateway; not of a preview.
    """
    if call.is_preview:
        return answer(await change(call, cause, lambda plan, uow: _weighed(plan, uow, work)))
    if call.once is not None:
        said = await change_once(call, cause, work, status)
    else:
        said = answer(await change(call, cause, work), status)
    if afterwards is not None:
        await afterwards()
    return said


def _weighed(plan: Plan, uow: UnitOfWork, work: Work) -> dict[str, Any]:
    told, result = weighed(uow, plan.store.sql, lambda uow: work(plan, uow))
    return {"consequences": [asdict(each) for each in told], "result": result}
