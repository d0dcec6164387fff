"""The shortest way from a request to its endpoint: the frame, a look at the path, the work.

What FastAPI puts between for applications of other kinds (form limits, exit stacks, handlers of exceptions) has nothing
to do here: the frame answers whatever fails, and an endpoint reads its request by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, Protocol

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from fibermap.kernel.errors import Code, NotFound
from fibermap.kernel.lazy import lazy
from fibermap_api.admission import has_credentials
from fibermap_api.endpoint import Endpoint
from fibermap_api.problems import Malformed, MethodNotAllowed


class Layer(Protocol):
    """One layer of ours around the endpoints."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...

    def at_once(self, scope: Scope) -> Response | None:
        """Answer a request that waits for nothing, with all that this layer does; None where that is not possible."""


class Application(FastAPI):
    """FastAPI, with nothing but our own middleware between a request and its endpoint."""

    endpoints: Iterable[Endpoint] = ()

    def build_middleware_stack(self) -> Layer:
        """Return the way of a request, outermost first."""
        app: Any = Dispatch(self.router, self.endpoints)
        for middleware, arguments, named in reversed(self.user_middleware):
            app = middleware(app, *arguments, **named)
        outermost: Layer = app
        return outermost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take up a request."""
        if scope["type"] != "http":
            self.middleware_stack = self._outermost
            await super().__call__(scope, receive, send)
            return
        scope["app"] = self
        await self._outermost(scope, receive, send)

    def at_once(self, scope: Scope) -> Response | None:
        """Answer a request that waits for nothing; None where it may have to wait."""
        scope["app"] = self
        return self._outermost.at_once(scope)

    @lazy
    def _outermost(self) -> Layer:
        return self.build_middleware_stack()


class Dispatch:
    """Find the endpoint of a request: by its path, where that stands as it is, else by the router's patterns."""

    def __init__(self, router: ASGIApp, endpoints: Iterable[Endpoint]) -> None:
        self._router = router
        self._plain = {(each.method, each.path): each for each in endpoints if "{" not in each.path}
        self._at_once = {asked: each for asked, each in self._plain.items() if not each.waits}

    def at_once(self, scope: Scope) -> Endpoint | None:
        """Return the endpoint of a request that waits for nothing, None for any other.

        Who comes without a key may be known by a session, or by where the request is from: others look at that.
        """
        endpoint = self._find(self._at_once, scope)
        return None if endpoint is not None and endpoint.needs and not has_credentials(scope) else endpoint

    def _find(self, among: Mapping[tuple[str, str], Endpoint], scope: Scope) -> Endpoint | None:
        endpoint = among.get((scope.get("method", ""), scope.get("path", "")))
        if endpoint is None or scope.get("root_path"):
            return None
        scope["endpoint"], scope["path_params"] = endpoint.handle, {}
        return endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._find(self._plain, scope)
        if endpoint is None:
            await self._by_pattern(scope, receive, send)
            return
        response = await endpoint.handle(Request(scope, receive, send))
        await response(scope, receive, send)

    async def _by_pattern(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._router(scope, receive, send)
        except HTTPException as error:
            _refuse(scope, error)


def _refuse(scope: Scope, error: HTTPException) -> NoReturn:
    """Turn what the router refuses into an error of ours; the frame answers it."""
    if error.status_code == 405:
        there = [
            method
            for route in scope["app"].router.routes
            if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE
            for method in route.methods or ()
        ]
        allow = sorted({method for method in there if method != "HEAD"})
        raise MethodNotAllowed(
            Code.METHOD_NOT_ALLOWED, "There is no such method here.", hint=f"There is: {', '.join(allow)}.", allow=allow
        )
    if error.status_code == 404:
        raise NotFound(
            Code.ROUTE_NOT_FOUND, "There is nothing at this path.", hint="/openapi.json lists what there is."
        )
    raise Malformed(Code.REQUEST_UNREADABLE, "The request cannot be read.")
