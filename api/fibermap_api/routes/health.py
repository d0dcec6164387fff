"""For those who run the server: alive, ready, measured, described."""

from __future__ import annotations

from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap_api.admission import admit, is_forwarded
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.staff import HealthAnswer, ReadyAnswer

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def read_health(_: Call) -> Response:
    """The process is alive."""
    return answer({"status": "ok"})


async def read_readiness(call: Call) -> Response:
    """It answers checks, and from which data; `owner` says whether everything else is answered too."""
    version, has_database = call.service.answers.data_version(), call.service.own_registry is not None
    owner = "up" if has_database else "none"
    return answer({"status": "ok", "data_version": version, "replica": not has_database, "owner": owner})


async def read_metrics(call: Call) -> Response:
    """Measurements in Prometheus' text format: with the scope `metrics`, or from this machine without a key."""
    admit_to_metrics(call)
    call.metrics.jobs_waiting = call.request.app.state.jobs.waiting()
    return Response(call.metrics.text(), media_type=METRICS_TYPE)


def admit_to_metrics(call: Call) -> None:
    """Raise as `admit` unless the caller may read the measurements; the process in front lets nobody else through."""
    if is_forwarded(call.request) or (call.settings.metrics_on_loopback and _from_this_machine(call.request)):
        return
    admit(call.request, call.service.gate, (Scope.METRICS,), writes=False)


async def read_openapi(call: Call) -> Response:
    """This description."""
    return answer(call.request.app.openapi())


def _from_this_machine(request: Request) -> bool:
    """Whether the request comes from this machine itself, and not through a proxy on it as far as that can be told."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


ENDPOINTS = (
    Endpoint("GET", "/healthz", read_health, "Is it alive", answers=HealthAnswer, from_index=True, tag="operation"),
    Endpoint("GET", "/readyz", read_readiness, "Is it ready", answers=ReadyAnswer, tag="operation"),
    Endpoint(
        "GET", "/metrics", read_metrics, "Measurements",
        media_types=("text/plain",), problems=(401, 403, 429), tag="operation",
    ),
    Endpoint("GET", "/openapi.json", read_openapi, "Describe this API", from_index=True, tag="operation"),
)  # fmt: skip
