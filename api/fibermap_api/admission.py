"""Who is asking, may they, and does the request come from a page of ours."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from fibermap.access.acting import WAY_HEADER, Actor, Way, local_user
from fibermap.access.gate import Gate
from fibermap.access.model import Caller, Scope
from fibermap.access.refusals import NotAuthenticated, no_credentials, wrong_credentials
from fibermap.kernel.errors import Code, NotPermitted

SESSION_COOKIE = "fibermap_session"
CSRF_HEADER = "x-csrf-token"
NOBODY = Caller("nobody", "", frozenset())
LOCAL = "fibermap_local"
"""The mark, in a connection's state, of requests that came by the socket beside the database."""
FORWARDED = "fibermap_forwarded"
"""The mark of requests that the process in front has passed on; it has counted those with keys."""
OPERATOR = Caller("local", "the user who started the server", frozenset(Scope))
LONGEST_CREDENTIAL = 200


def admit(request: Request, gate: Gate, needs: tuple[Scope, ...], *, writes: bool) -> Caller:
    """Return who asks, once they may.

    Raises
    ------
    NotAuthenticated
        No key or session, or one that is not valid.
    NotPermitted
        ``scope_missing``, or ``csrf_refused`` for a write with a session but without its token.
    RateExceeded
        Too many requests.
    """
    if not needs:
        return NOBODY
    caller = identify(request, gate)
    request.scope["caller"] = caller
    if not (is_forwarded(request) and has_credentials(request.scope)):
        gate.count(caller)
    if not caller.may(*needs):
        raise NotPermitted(
            Code.SCOPE_MISSING,
            "This key or role may not do that.",
            hint=f"It needs one of: {', '.join(sorted(needs))}.",
        )
    if writes and caller.csrf_token is not None:
        refuse_other_sites(request)
        given = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), caller.csrf_token.encode()):
            raise NotPermitted(
                Code.CSRF_REFUSED,
                "The CSRF token is missing or wrong.",
                hint="Send it as X-CSRF-Token; see /v1/session.",
            )
    return caller


def identify(request: Request, gate: Gate) -> Caller:
    """Return whose key or session a request carries; a key goes first. Raises ``NotAuthenticated``."""
    if is_local(request):
        return OPERATOR
    header = _authorization(request.scope)
    if header is not None:
        kind, _, key = header.decode("latin-1").partition(" ")
        if kind.lower() != "bearer" or not key or len(key) > LONGEST_CREDENTIAL:
            raise wrong_credentials()
        return gate.caller_of_key(key)
    token, visitor = session_token(request), gate.visitor(request.client.host if request.client else "unknown")
    try:
        if token is None:
            raise no_credentials()
        return gate.caller_of_session(token)
    except NotAuthenticated:
        # A page that was signed in says so by its token, and has to hear that its session is over.
        if visitor is None or CSRF_HEADER in request.headers:
            raise
        return visitor


def actor_of(request: Request, caller: Caller) -> Actor:
    """Return who acts, for the audit log. Whoever comes by the local socket says whether from the command line."""
    if is_local(request):
        return local_user(Way.CLI if request.headers.get(WAY_HEADER) == Way.CLI else Way.PYTHON)
    return Actor(caller.id, caller.name, Way.HTTP if has_credentials(request.scope) else Way.SCREEN)


def has_credentials(scope: Mapping[str, Any]) -> bool:
    """Whether a request carries a key, of whatever worth."""
    return _authorization(scope) is not None


def _authorization(scope: Mapping[str, Any]) -> bytes | None:
    """Return what stands in ``Authorization``; read where it arrives, since each request asks for it several times."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return bytes(value)
    return None


def is_local(request: Request) -> bool:
    """Whether a request came by the socket beside the database, so from the user who started the server."""
    return LOCAL in request.scope.get("state", ())


def is_forwarded(request: Request) -> bool:
    """Whether a request was passed on by the process in front."""
    return FORWARDED in request.scope.get("state", ())


def session_token(request: Request) -> str | None:
    """Return the token in the session cookie; None where there is none."""
    if "cookie" not in request.headers:
        return None
    token = request.cookies.get(SESSION_COOKIE)
    return token if token and len(token) <= LONGEST_CREDENTIAL else None


def refuse_other_sites(request: Request) -> None:
    """Refuse what a browser says was sent by a page of another site; raises ``NotPermitted``."""
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise NotPermitted(
            Code.CSRF_REFUSED, "The request comes from a page of another site.", hint="Call with a key instead."
        )
