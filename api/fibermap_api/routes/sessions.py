"""Logins for the screens."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from fibermap.access.model import Caller
from fibermap.access.refusals import no_credentials
from fibermap_api.admission import SESSION_COOKIE, refuse_other_sites, session_token
from fibermap_api.endpoint import ANY_CALLER, Call, Endpoint, answer
from fibermap_api.models.questions import LoginQuestion
from fibermap_api.models.screens import LinkQuestion, OwnPasswordQuestion
from fibermap_api.models.staff import SessionAnswer
from fibermap_api.passwords import with_password
from fibermap_api.settings import ApiSettings


async def log_in(call: Call) -> Response:
    """Open a session: sets a cookie, always with a new token. Send `csrf_token` as `X-CSRF-Token` with every write."""
    refuse_other_sites(call.request)
    registry, asked = call.service.registry, call.body
    registry.gate.count_login(asked.name.strip().lower(), _peer(call.request))
    token = await with_password(registry.log_in, asked.name, asked.password, replacing=session_token(call.request))
    return _opened(call, token)


async def log_in_by_link(call: Call) -> Response:
    """Open a session with the token of a sign-in link, which lets in this once."""
    refuse_other_sites(call.request)
    registry, token = call.service.registry, call.body.token
    registry.gate.count_login("link", _peer(call.request))
    session = await run_in_threadpool(registry.log_in_by_link, token, replacing=session_token(call.request))
    return _opened(call, session)


async def change_own_password(call: Call) -> Response:
    """Change one's own password; every other session of one's own ends."""
    kind, _, user_id = call.caller.id.partition(":")
    if kind != "user":
        raise no_credentials()
    registry, asked = call.service.registry, call.body
    registry.gate.count_login(call.caller.name, _peer(call.request))
    session = await with_password(registry.change_own_password, int(user_id), asked.current, asked.password)
    return _opened(call, session)


async def who_am_i(call: Call) -> Response:
    """Whose key or session this is, and what it may do."""
    return answer(_told(call.caller))


async def log_out(call: Call) -> Response:
    """End the session."""
    token = session_token(call.request)
    if token is None or call.caller.csrf_token is None:
        raise no_credentials()
    await run_in_threadpool(call.service.registry.log_out, token)
    response = Response(status_code=204)
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=_secure(call), path="/")
    return response


def _opened(call: Call, token: str) -> Response:
    response = answer(_told(call.service.registry.gate.caller_of_session(token)))
    response.set_cookie(SESSION_COOKIE, token, httponly=True, samesite="lax", secure=_secure(call), path="/")
    return response


def _told(caller: Caller) -> dict[str, object]:
    return {
        "id": caller.id,
        "name": caller.name,
        "scopes": sorted(caller.scopes),
        "csrf_token": caller.csrf_token,
    }


def _secure(call: Call) -> bool:
    settings: ApiSettings = call.settings
    return settings.cookie_secure or call.request.url.scheme == "https"


def _peer(request: Request) -> str:
    return request.client.host if request.client else "unknown"


ENDPOINTS = (
    Endpoint(
        "POST", "/v1/session", log_in, "Log in",
        body=LoginQuestion, answers=SessionAnswer, problems=(401, 403, 429), tag="session",
    ),
    Endpoint(
        "POST", "/v1/session:link", log_in_by_link, "Log in by a link",
        body=LinkQuestion, answers=SessionAnswer, problems=(401, 403, 429), tag="session",
    ),
    Endpoint(
        "PUT", "/v1/session/password", change_own_password, "Change one's own password", ANY_CALLER,
        body=OwnPasswordQuestion, answers=SessionAnswer, tag="session",
    ),
    Endpoint("GET", "/v1/session", who_am_i, "Who am I", ANY_CALLER, answers=SessionAnswer, tag="session"),
    Endpoint("DELETE", "/v1/session", log_out, "Log out", ANY_CALLER, status=204, tag="session"),
)  # fmt: skip
