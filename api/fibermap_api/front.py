"""The process in front: it answers from the index what can be, and passes everything else on to the owner.

It never waits for the owner's interpreter, so that checks stay fast whatever is done to the plan meanwhile, and it goes
on answering them where the owner is away.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

from fibermap_api.admission import has_credentials
from fibermap_api.app import create_app
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.forward import Forwarder
from fibermap_api.frame import framed, request_id_of
from fibermap_api.logs import get_logger
from fibermap_api.metrics import Metrics, together
from fibermap_api.problems import problem_of
from fibermap_api.requests import media_type
from fibermap_api.routes import ENDPOINTS, health
from fibermap_api.service import Service
from fibermap_api.settings import ApiSettings
from fibermap_api.stack import Application

PASSED_ON = "passed_on"
"""The route under which requests are counted that could not be passed on."""
_log = get_logger()


def create_front(service: Service, settings: ApiSettings, owner: Path) -> Front:
    """Put the process in front together.

    Parameters
    ----------
    service
        What answers from the index, as on a replica.
    owner
        The socket at which the process listens that has the database open.
    """
    forwarder = Forwarder(owner, service.gate, settings)
    endpoints = [endpoint for endpoint in ENDPOINTS if endpoint.from_index] + _operation(forwarder)
    app = create_app(service, settings, endpoints)
    own = [_Own(endpoint, Route(endpoint.path, endpoint.handle, methods=[endpoint.method])) for endpoint in endpoints]
    return Front(app, own, forwarder, app.state.metrics)


@dataclass(frozen=True, slots=True)
class _Own:
    endpoint: Endpoint
    route: Route

    def stays(self, scope: Scope) -> bool | None:
        """Whether a request is answered here; None where it is none of this endpoint."""
        match = self.route.matches(scope)[0]
        if match is Match.NONE:
            return None
        if match is Match.PARTIAL:  # another method: the owner knows what there is; but a preflight needs nobody
            return True if scope["method"] == "OPTIONS" else None
        return self.takes(scope)

    def takes(self, scope: Scope) -> bool:
        """Whether a request to this endpoint is answered here."""
        if self.endpoint.needs and not has_credentials(scope):
            return False  # the owner knows who is logged in, and whether anybody may look
        return not self.endpoint.other_bodies or media_type(Headers(scope=scope)) not in self.endpoint.other_bodies


class Front:
    """Sends each request to where it is answered."""

    def __init__(self, app: Application, own: list[_Own], forwarder: Forwarder, metrics: Metrics) -> None:
        self._app = app
        self._own = own
        self._plain = {(own.endpoint.method, own.endpoint.path): own for own in own if "{" not in own.endpoint.path}
        self._forwarder = forwarder
        self._metrics = metrics

    def at_once(self, scope: Scope) -> Response | None:
        """Answer a request that waits for nothing; None where it may have to wait, or is answered elsewhere."""
        return self._app.at_once(scope) if self._stays(scope) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] != "http" or self._stays(scope):
            await self._app(scope, receive, send)
        else:
            await self._pass_on(scope, receive, send)

    def _stays(self, scope: Scope) -> bool:
        plain = self._plain.get((scope["method"], scope["path"]))
        if plain is not None:
            return plain.takes(scope)
        said = (own.stays(scope) for own in self._own)
        return next((stays for stays in said if stays is not None), False)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        began_s = time.perf_counter()
        scope["request_id"] = request_id_of(scope)
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._forwarder(scope, receive, send_noted)
        except Exception as error:
            if started:
                raise  # half an answer is out: all that is left is to close the connection
            refused = problem_of(error).response(scope["request_id"])
            refused.raw_headers = framed(refused.raw_headers, scope["request_id"])
            await refused(scope, receive, send)
            self._tell(scope, refused, error, time.perf_counter() - began_s)

    def _tell(self, scope: Scope, refused: Response, error: Exception, seconds: float) -> None:
        self._metrics.count(scope["method"], PASSED_ON, refused.status_code, seconds)
        _log.error(
            "not_passed_on",
            status=refused.status_code,
            ms=round(seconds * 1000, 2),
            request_id=scope["request_id"],
            code=str(getattr(error, "code", None)),
        )


def _operation(forwarder: Forwarder) -> list[Endpoint]:
    """Return the endpoints that tell about both processes."""

    async def read_readiness(call: Call) -> Response:
        is_there = await forwarder.get("/readyz") is not None
        version = call.service.answers.data_version()
        owner = "up" if is_there else "away"
        return answer({"status": "ok", "data_version": version, "replica": False, "owner": owner})

    async def read_metrics(call: Call) -> Response:
        health.admit_to_metrics(call)
        theirs = await forwarder.get("/metrics")
        return Response(together(call.metrics.text(), theirs), media_type=health.METRICS_TYPE)

    return [
        Endpoint("GET", "/readyz", read_readiness, "Is it ready"),
        Endpoint("GET", "/metrics", read_metrics, "Measurements"),
    ]
