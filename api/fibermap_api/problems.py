"""Problem documents (RFC 9457): every failure in one shape, and the one table from error to status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from fibermap.access.refusals import NotAuthenticated, RateExceeded
from fibermap.address.disagreements import AddressChanged
from fibermap.coverage.area_commands import AreaChanged
from fibermap.coverage.bulk import SelectionChanged
from fibermap.kernel.errors import (
    Code,
    Conflict,
    DatabaseBusy,
    FibermapError,
    InputRefused,
    NeedsYes,
    NotFound,
    NotPermitted,
    ServiceFailed,
    StoreFailed,
)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:fibermap:problem:"
_SHOWN = (
    "field",
    "row",
    "address_id",
    "location_id",
    "limit",
    "retry_after_s",
    "allow",
    "area_id",
    "changes",
    "faults",
    "item_id",
    "decision",
    "next_action",
    "candidates",
    "why",
    "alternative",
    "offer_id",
    "order_id",
    "open",
)
"""What of an error's place may leave the server; files, statements and processes may not."""


class Malformed(InputRefused):
    """The request cannot be read at all."""


class MethodNotAllowed(InputRefused):
    """There is such a path, but not with this method; ``allow`` lists those that there are."""


class MediaTypeRefused(InputRefused):
    """The body is of a kind that is not read here."""


class TooLarge(InputRefused):
    """The body is larger than allowed."""


class UrlTooLong(InputRefused):
    """Path or query are longer than allowed."""


class HeadersTooLarge(InputRefused):
    """The headers are larger than allowed."""


class TooSlow(InputRefused):
    """The request took too long to arrive."""


class Invalid(InputRefused):
    """Values that cannot be used; ``errors`` says which and why, field by field."""

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        self.errors = list(errors)
        fields = sorted({error["field"] for error in errors if error["field"]})
        named = f": {', '.join(fields[:5])}" if fields else ""
        super().__init__(
            Code.ARGUMENT_INVALID, f"The request cannot be used{named}.", hint="`errors` says what is wrong with each."
        )


class PreconditionMissing(InputRefused):
    """A change has to say, in ``If-Match``, what it was made on, and does not."""


class Unavailable(FibermapError):
    """Not here, or not now: this server is a replica, or it has too much to do."""


STATUS: Mapping[type[FibermapError], HTTPStatus] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    NotPermitted: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    AreaChanged: HTTPStatus.PRECONDITION_FAILED,
    AddressChanged: HTTPStatus.PRECONDITION_FAILED,
    SelectionChanged: HTTPStatus.PRECONDITION_FAILED,
    Conflict: HTTPStatus.CONFLICT,
    NeedsYes: HTTPStatus.CONFLICT,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UrlTooLong: HTTPStatus.REQUEST_URI_TOO_LONG,
    MediaTypeRefused: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    PreconditionMissing: HTTPStatus.PRECONDITION_REQUIRED,
    InputRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    RateExceeded: HTTPStatus.TOO_MANY_REQUESTS,
    HeadersTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ServiceFailed: HTTPStatus.BAD_GATEWAY,
    DatabaseBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreFailed: HTTPStatus.INTERNAL_SERVER_ERROR,
    FibermapError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Class of an error -> status; of the nearest class above where one is not listed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One failure as it leaves the server."""

    status: int
    code: Code
    detail: str
    hint: str = ""
    more: Mapping[str, Any] | None = None

    def response(self, request_id: str) -> Response:
        """Return it as a response."""
        body = {
            "type": f"{TYPE_PREFIX}{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": str(self.code),
            "hint": self.hint,
            "request_id": request_id,
            **(self.more or {}),
        }
        return Response(orjson.dumps(body), self.status, headers=self._headers(), media_type=MEDIA_TYPE)

    def _headers(self) -> dict[str, str]:
        more = self.more or {}
        headers = {}
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        if "retry_after_s" in more:
            headers["Retry-After"] = str(more["retry_after_s"])
        if "allow" in more:
            headers["Allow"] = ", ".join(more["allow"])
        return headers


def status_of(error: FibermapError) -> int:
    """Return the status of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem_of(error: Exception) -> Problem:
    """Return any exception as a problem. What went wrong inside stays inside: a status from 500 up says no more
    than that, except where the error is made to be read (`Unavailable`)."""
    if not isinstance(error, FibermapError):
        return internal_problem()
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, Unavailable):
        return internal_problem(status, error.code)
    more = {name: error.where[name] for name in _SHOWN if name in error.where}
    if isinstance(error, Invalid):
        more["errors"] = error.errors
    return Problem(status, error.code, error.message, error.hint, more)


def internal_problem(status: int = HTTPStatus.INTERNAL_SERVER_ERROR, code: Code = Code.INTERNAL_ERROR) -> Problem:
    """Return the problem that tells nothing but that it is ours."""
    return Problem(
        status,
        code,
        "The server could not answer.",
        "Try again; if it stays, report it with the request_id.",
    )
