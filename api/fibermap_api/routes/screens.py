"""The browser application: one page, and the files it is made of. What it shows comes from the other endpoints."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from fibermap_api.endpoint import Call, Endpoint
from fibermap_api.screens import ASSETS, Asset, policy_of

_FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
_OF_WORKERS = policy_of(())
"""A worker's policy is that of its script, not of the page. The map's worker fetches tiles, all from this server."""


async def show_page(call: Call) -> Response:
    """The page."""
    page = await run_in_threadpool(call.request.app.state.screens.page)
    records = call.service.own_records
    origins = [] if records is None else (await run_in_threadpool(records.map_settings)).origins
    response = sent(call.request, page.asset, ASK_AGAIN)
    response.headers["content-security-policy"] = policy_of(page.script_hashes, origins)
    response.headers["cross-origin-opener-policy"] = "same-origin"
    return response


async def send_asset(call: Call) -> Response:
    """One file of a release. Its name changes with the release, so it is never asked for twice."""
    path = call.request.path_params["path"]
    asset = await run_in_threadpool(call.request.app.state.screens.asset, path)
    response = sent(call.request, asset, _FOR_EVER)
    response.headers["content-security-policy"] = _OF_WORKERS
    return response


def sent(request: Request, asset: Asset, cache_control: str) -> Response:
    """Send a file as the browser takes it, or say that it has it already."""
    headers = {"etag": asset.etag, "cache-control": cache_control, "vary": "accept-encoding"}
    if asset.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if asset.gzipped is None or "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(asset.body, headers=headers, media_type=asset.media_type)
    headers["content-encoding"] = "gzip"
    return Response(asset.gzipped, headers=headers, media_type=asset.media_type)


ENDPOINTS = (
    Endpoint("GET", "/", show_page, "The screens", from_index=True, described=False, tag="screens"),
    Endpoint(
        "GET",
        ASSETS + "/{release}/{path:path}",
        send_asset,
        "A file of them",
        from_index=True,
        described=False,
        tag="screens",
    ),
)
