"""The application: endpoints behind the frame."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache, partial

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from fibermap import __version__
from fibermap.access.acting import SERVER, acting_as
from fibermap.kernel.clock import SystemClock
from fibermap.money.settle import settle_money
from fibermap_api.cors import ALLOWED_HEADERS, EXPOSED_HEADERS, Cors
from fibermap_api.endpoint import Endpoint
from fibermap_api.frame import Frame
from fibermap_api.idempotency import UnderWay
from fibermap_api.jobs import Jobs
from fibermap_api.logs import get_logger
from fibermap_api.metrics import Metrics
from fibermap_api.openapi import openapi
from fibermap_api.routes import ENDPOINTS
from fibermap_api.screens import Screens, web_root
from fibermap_api.service import Service
from fibermap_api.settings import ApiSettings
from fibermap_api.stack import Application
from fibermap_api.tracing import traced

REFRESH_EVERY_S = 0.05
TAKE_IN_EVERY_S = 2.0
USES_EVERY_S = 30.0
EXPIRE_EVERY_S = 600.0
BACK_UP_EVERY_S = 30.0
"""How often it is looked whether a backup is due."""
PULL_EVERY_S = 5.0
OPEN_EVERY_S = 60.0
SETTLE_EVERY_S = 30.0
"""How often it is looked whether a payment is open at the gateway."""
_log = get_logger()


def create_app(
    service: Service, settings: ApiSettings | None = None, endpoints: Sequence[Endpoint] = ENDPOINTS
) -> Application:
    """Put the application together.

    Parameters
    ----------
    service
        What it stands in front of; the caller closes it afterwards.
    settings
        Bounds and choices; by default from the environment (``FIBERMAP_API_*``).
    endpoints
        What it offers; the document describes all that there is.
    """
    settings = settings or ApiSettings()
    app = Application(
        title="fibermap", version=__version__, openapi_url=None, docs_url=None, redoc_url=None,
        redirect_slashes=False, lifespan=_lifespan,
    )  # fmt: skip
    app.state.service, app.state.settings = service, settings
    app.state.metrics = Metrics()
    app.state.under_way = UnderWay()
    app.state.screens = Screens(web_root())
    app.state.jobs = Jobs(service.jobs_folder, settings, SystemClock())
    app.endpoints = endpoints
    for endpoint in endpoints:
        app.router.routes.append(_route(endpoint))
    app.openapi = cache(lambda: openapi(ENDPOINTS))  # type: ignore[method-assign]
    app.add_middleware(Frame, settings=settings, metrics=app.state.metrics)
    if settings.otel_endpoint:
        traced(app, settings.otel_endpoint)
    if settings.cors_origins:
        app.add_middleware(
            Cors, allow_origins=settings.cors_origins, allow_methods=("GET", "POST", "DELETE"),
            allow_headers=ALLOWED_HEADERS, expose_headers=EXPOSED_HEADERS, max_age=600,
        )  # fmt: skip
    return app


def _route(endpoint: Endpoint) -> Route:
    """Return the route of an endpoint. What ends a path has no colon: behind it stands what is to be done with it."""
    route = Route(endpoint.path, endpoint.handle, methods=[endpoint.method])
    pattern = route.path_regex.pattern
    if pattern.endswith("[^/]+)$"):
        route.path_regex = re.compile(pattern.removesuffix("[^/]+)$") + "[^/:]+)$")
    return route


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    jobs: Jobs = app.state.jobs
    service: Service = app.state.service
    await run_in_threadpool(_take_up, jobs, service)
    work = [jobs.work(service.answers), _expire(jobs, service)]
    work += [_repeat(each, every_s) for each, every_s in _repeated(service) if each is not None]
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        for making in (service.own_ingests, service.own_exports, service.own_backups):
            if making is not None:
                await making.close()
        if service.note_uses is not None:
            await run_in_threadpool(service.note_uses)


def _take_up(jobs: Jobs, service: Service) -> None:
    """Take up what the server before this one left, and forget what it cannot be asked for any more."""
    jobs.load()
    if service.own_desk is not None:
        service.own_desk.clear()
    if service.own_ingests is not None:
        service.own_ingests.load()
    if service.own_exports is not None:
        service.own_exports.clear()
    if service.own_backups is not None:
        service.own_backups.kept.clear()


def _repeated(service: Service) -> Iterator[tuple[Callable[[], object] | None, float]]:
    yield service.note_uses, USES_EVERY_S
    yield service.refresh, REFRESH_EVERY_S
    yield service.take_in, TAKE_IN_EVERY_S
    yield None if service.own_sources is None else service.own_sources.pull_due, PULL_EVERY_S
    yield None if service.own_backups is None else service.own_backups.make_due, BACK_UP_EVERY_S
    yield service.tidy, EXPIRE_EVERY_S
    yield None if service.own_money is None else partial(settle_money, service.own_money), SETTLE_EVERY_S
    yield service.open_due, OPEN_EVERY_S


async def _repeat(work: Callable[[], object], every_s: float) -> None:
    """Do something again and again in a thread; where it fails it is tried again, and all else goes on."""
    while True:
        await asyncio.sleep(every_s)
        try:
            with acting_as(SERVER):
                await run_in_threadpool(work)
        except Exception as error:
            _log.error("background_work_failed", exc_info=error)


async def _expire(jobs: Jobs, service: Service) -> None:
    while True:
        await asyncio.sleep(EXPIRE_EVERY_S)
        jobs.forget_expired()
        if service.own_desk is not None:
            service.own_desk.forget_expired()
        if service.own_exports is not None:
            service.own_exports.forget_expired()
