"""One endpoint: who may ask, what is read, what is answered. Everything else follows from this table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from fibermap.access.acting import acting_as
from fibermap.access.model import Caller, Scope
from fibermap.access.once import Once
from fibermap_api.admission import actor_of, admit
from fibermap_api.idempotency import REPLAYED, read_once
from fibermap_api.metrics import Metrics
from fibermap_api.models.questions import Previewed, Question
from fibermap_api.requests import JSON, comes_without_body, may_be_left_out, media_type, read_json, read_query
from fibermap_api.service import Service
from fibermap_api.settings import ApiSettings

ANYBODY: tuple[Scope, ...] = ()
"""No key is asked for."""
ANY_CALLER: tuple[Scope, ...] = tuple(Scope)
"""Any valid key or session."""


class Call(NamedTuple):
    """One request on its way: who asks, and what was read. ``query`` and ``body`` are of the endpoint's models.

    ``once`` is what it is carried out once under, where the endpoint is ``idempotent``.
    """

    request: Request
    service: Service
    settings: ApiSettings
    metrics: Metrics
    caller: Caller
    query: Any = None
    body: Any = None
    once: Once | None = None

    @property
    def public(self) -> bool:
        """Whether the caller may see no internals."""
        return not self.caller.may(Scope.CHECK)

    @property
    def is_preview(self) -> bool:
        """Whether it is asked what would follow, and nothing is to be done."""
        return isinstance(self.query, Previewed) and self.query.preview == "true"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is offered at one path with one method.

    Attributes
    ----------
    work
        A plain function where it answers from memory, and so waits for nothing.
    needs
        The caller needs one of these scopes; empty: nobody is asked who they are.
    query, body
        Models of the parameters (those of the path included) and of a JSON body.
    other_bodies
        Media types that the work reads by itself.
    answers
        Model of the answer; None where ``media_types`` says all.
    problems
        Statuses that it can answer beside those that every endpoint can.
    from_index
        Whether all that it answers, but to `other_bodies`, is in the index, so that the database need not be asked.
    idempotent
        Whether a request needs an ``Idempotency-Key``, and is carried out once.
    described
        Whether it stands in the OpenAPI document: not so what only speaks with a client of the same release.
    """

    method: str
    path: str
    work: Callable[[Call], Response | Awaitable[Response]]
    summary: str
    needs: tuple[Scope, ...] = ANYBODY
    query: type[Question] | None = None
    body: type[Question] | None = None
    other_bodies: tuple[str, ...] = ()
    answers: type[BaseModel] | None = None
    status: int = 200
    also: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    media_types: tuple[str, ...] = (JSON,)
    problems: tuple[int, ...] = ()
    large: bool = False
    from_index: bool = False
    idempotent: bool = False
    described: bool = True
    tag: str = ""

    @property
    def writes(self) -> bool:
        """Whether it changes anything, so that a browser's session needs its CSRF token."""
        return self.method not in ("GET", "HEAD")

    @property
    def waits(self) -> bool:
        """Whether an answer may have to wait: for a body, for what the work waits for, or for what it writes."""
        return self.writes or self.body is not None or iscoroutinefunction(self.work)

    def answer_at_once(self, request: Request) -> Response:
        """Admit the caller, read the request, and do the work of an endpoint that does not wait, and so only reads."""
        return self.work(self._call(request))  # type: ignore[return-value]

    async def handle(self, request: Request) -> Response:
        """Admit the caller, read the request, and do the work."""
        call = self._call(request)
        if self.body is not None and not (self.other_bodies and media_type(request.headers) in self.other_bodies):
            call = call._replace(body=await self._body(request, call.settings))
        with acting_as(actor_of(request, call.caller)):
            return await (self._once(call) if self.idempotent else self._done(call))

    @property
    def needs_body(self) -> bool:
        """Whether a request without a body is refused: a PUT always is, for it would put back what was never said."""
        return self.body is not None and not (self.method == "POST" and may_be_left_out(self.body))

    async def _body(self, request: Request, settings: ApiSettings) -> Question:
        assert self.body is not None
        if not self.needs_body and comes_without_body(request):
            return self.body()
        most = settings.batch_bytes if self.large else settings.body_bytes
        return await read_json(request, self.body, most_bytes=most, longest_s=settings.body_s)

    def _call(self, request: Request) -> Call:
        """Admit the caller, and read all but a body."""
        state = request.app.state
        service: Service = state.service
        caller = admit(request, service.gate, self.needs, writes=self.writes)
        query = None
        if self.query is not None:
            query = read_query(request.scope["query_string"], self.query, request.scope["path_params"])
        return Call(request, service, state.settings, state.metrics, caller, query)

    async def _once(self, call: Call) -> Response:
        """Do the work, unless it was done before under the same key: then answer as then."""
        once, desk = read_once(call.request, call.caller, call.body), call.service.desk
        if call.is_preview:  # it is called what it will be called; but nothing is done, so that the key stays free
            return await self._done(call._replace(once=once))
        with call.request.app.state.under_way.alone(once):
            store = desk.plan.store
            found = await desk.in_turn(Scope.READ, lambda: store.preview(once.find, cause="read"))
            if found is not None:
                return answer(found.body, found.status, {REPLAYED: "true"})
            return await self._done(call._replace(once=once))

    async def _done(self, call: Call) -> Response:
        found = self.work(call)
        return found if isinstance(found, Response) else await found


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON; times as ISO 8601 in UTC, ids as numbers, whatever is not finite as null."""
    body = orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)
    return _Json(body, status, headers)


class _Json(Response):
    """A response whose headers are spelled once and for all: they are the same in most."""

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        """Put those given before those that every answer has."""
        given = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()]
        self.raw_headers = [*given, (b"content-length", b"%d" % len(self.body)), _CONTENT_TYPE]


_CONTENT_TYPE = (b"content-type", JSON.encode())
