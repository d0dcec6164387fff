"""The shortest way from a request to its endpoint: the frame, a look at the path, the work.

What FastAPI puts between for applications of other kinds (form limits, exit stacks, handlers of exceptions) has nothing
to do here: the frame answers whatever fails, and an endpoint reads its request by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from fibermap.kernel.errors import Code, NotFound
from fibermap_api.endpoint import Endpoint
from fibermap_api.problems import Malformed, MethodNotAllowed


class Application(FastAPI):
    """FastAPI, with nothing but our own middleware between a request and its endpoint."""

    endpoints: Iterable[Endpoint] = ()

    def build_middleware_stack(self) -> ASGIApp:
        """Return the way of a request, outermost first."""
        app: ASGIApp = Dispatch(self.router, self.endpoints)
        for middleware, arguments, named in reversed(self.user_middleware):
            app = middleware(app, *arguments, **named)
        return app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take up a request."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        scope["app"] = self
        await self.middleware_stack(scope, receive, send)


class Dispatch:
    """Find the endpoint of a request: by its path, where that stands as it is, else by the router's patterns."""

    def __init__(self, router: ASGIApp, endpoints: Iterable[Endpoint]) -> None:
        self._router = router
        self._plain = {(each.method, each.path): each for each in endpoints if "{" not in each.path}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._plain.get((scope.get("method", ""), scope.get("path", "")))
        if endpoint is None or scope.get("root_path"):
            await self._by_pattern(scope, receive, send)
            return
        scope["endpoint"], scope["path_params"] = endpoint.handle, {}
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
