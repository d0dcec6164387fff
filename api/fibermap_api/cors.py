"""Pages of other origins: only those that the configuration names, and never with a session."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import Scope

from fibermap.kernel.errors import Code
from fibermap_api.problems import Problem

ALLOWED_HEADERS = ("authorization", "content-type", "idempotency-key", "x-request-id")
EXPOSED_HEADERS = ("x-request-id", "retry-after", "location", "idempotency-replayed")


class Cors(CORSMiddleware):
    """Starlette's, with its refusals as problem documents."""

    def at_once(self, scope: Scope) -> Response | None:
        """Let through what does not come from a page; its answer needs nothing from here."""
        if any(name == b"origin" for name, _ in scope["headers"]):
            return None
        inner: Any = self.app
        found: Response | None = inner.at_once(scope)
        return found

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer a browser that asks before it sends."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        problem = Problem(403, Code.ORIGIN_REFUSED, "Pages of this origin may not do that here.")
        refused = problem.response(request_headers.get("x-request-id", "")[:64])
        refused.headers.append("Vary", "Origin")
        return refused
