"""Bounded requests to one host that the user named: JSON in, or a stable error.

Nothing is fetched from anywhere else, redirects included, so that a service cannot lead into a private network. A
token travels in the body of a request and stands in no address, log, message or file.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import orjson
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from fibermap.kernel.errors import Code, InputRefused, NotPermitted, ServiceFailed
from fibermap.kernel.settings import Limits

_MOST_REDIRECTS = 5
_LONGEST_QUERY = 1_500
_TOKEN_CODES = frozenset({401, 403, 498, 499})
_BUSY = 429
_ZLIB_OR_GZIP = 47  # zlib's window size plus "tell by the header"


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard and how patiently a service is asked."""

    requests_per_s: float = 10.0
    attempts: int = 5
    heavy_attempts: int = 2
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0
    connect_s: float = 10.0
    silence_s: float = 60.0
    answer_s: float = 180.0


class AnswerTooHeavy(ServiceFailed):
    """The service broke down over the request, or its answer is too long or too slow: ask for less at a time."""


class RequestRefused(ServiceFailed):
    """The service understood the request and does not do such a thing."""


class _TryAgainError(Exception):
    """A failure that may pass; ``failure`` is what to raise when it does not."""

    def __init__(self, failure: ServiceFailed, wait_s: float = 0.0) -> None:
        super().__init__(failure.message)
        self.failure, self.wait_s = failure, wait_s


@dataclass(frozen=True, slots=True)
class Address:
    """A service's address taken apart: the address to show, and what was hidden in its query."""

    url: str
    token: str | None
    where: str | None


def take_apart(url: str) -> Address:
    """Check an address and part it from its query.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for anything but http and https with a host, and for a name and password in it.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = httpx.URL(url.strip()).host, parts.port
    except (ValueError, httpx.InvalidURL):
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            "The address is not that of a web service.",
            hint="Give http:// or https://, a host and a path, without name and password.",
        )
    query = {key.lower(): values[0] for key, values in parse_qs(parts.query).items()}
    path = parts.path.rstrip("/").removesuffix("/query")
    return Address(f"{parts.scheme}://{parts.netloc}{path}", query.get("token"), query.get("where"))


class ServiceClient:
    """Asks one host for JSON objects.

    Parameters
    ----------
    url
        Any address of the service; its host is the only one that is asked.
    limits
        ``service_bytes`` bounds an answer, unpacked.
    token
        Sent with every request, or None.
    client
        The transport; by default one is made. Its redirects are never used.
    pace
        Rate, patience and back-off.
    """

    def __init__(
        self,
        url: str,
        *,
        limits: Limits,
        token: str | None = None,
        client: httpx.Client | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._home = httpx.URL(url)
        self._limits, self._token, self._pace = limits, token, pace or Pace()
        self._client = client or httpx.Client()
        self._asked_at = float("-inf")

    def ask(self, url: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Return the JSON object that the service answers.

        Parameters
        ----------
        url
            On the service's host.
        parameters
            ``f=json`` and the token are added. Long requests, and all with a token, are posted.

        Raises
        ------
        AnswerTooHeavy, RequestRefused, ServiceFailed, NotPermitted
            After the retries that make sense; ``service_host_refused``, ``service_token_refused``,
            ``service_unreachable``, ``service_error`` or ``limit_exceeded``.
        """
        retrying = Retrying(
            stop=self._is_enough,
            wait=self._wait_s,
            retry=retry_if_exception_type(_TryAgainError),
            sleep=time.sleep,
            reraise=True,
        )
        try:
            return retrying(self._ask_once, httpx.URL(url), {**parameters, "f": "json"})
        except _TryAgainError as again:
            raise again.failure from None

    def _is_enough(self, state: RetryCallState) -> bool:
        failure = self._failure(state)
        is_heavy = isinstance(failure.failure, AnswerTooHeavy)
        return state.attempt_number >= (self._pace.heavy_attempts if is_heavy else self._pace.attempts)

    def _wait_s(self, state: RetryCallState) -> float:
        backoff_s = self._pace.first_wait_s * 2.0 ** (state.attempt_number - 1)
        return min(self._pace.longest_wait_s, max(backoff_s, self._failure(state).wait_s))

    @staticmethod
    def _failure(state: RetryCallState) -> _TryAgainError:
        failure = state.outcome.exception() if state.outcome else None
        assert isinstance(failure, _TryAgainError)
        return failure

    def _ask_once(self, url: httpx.URL, parameters: dict[str, str]) -> dict[str, Any]:
        for _ in range(_MOST_REDIRECTS):
            self._refuse_elsewhere(url)
            self._keep_pace()
            status, headers, body = self._exchange(url, parameters)
            location = headers.get("location")
            if not (300 <= status < 400 and location):
                return self._judged(url, status, headers, body)
            url = url.join(location).copy_with(query=None, fragment=None)
        raise self._failed(ServiceFailed, Code.SERVICE_ERROR, "The service redirects without end.", url)

    def _refuse_elsewhere(self, url: httpx.URL) -> None:
        """Allow the named host only, on its port or upgraded to https on the usual one."""
        is_same = (url.scheme, url.port) == (self._home.scheme, self._home.port)
        is_upgrade = (url.scheme, url.port, self._home.port) == ("https", None, None)
        if url.host.lower() != self._home.host.lower() or not (is_same or is_upgrade):
            raise NotPermitted(
                Code.SERVICE_HOST_REFUSED,
                f"The service {self._home.host} leads to {url.scheme}://{url.host}, which nobody named.",
                hint="If you trust that address, name it yourself.",
            )

    def _keep_pace(self) -> None:
        wait_s = self._asked_at + 1 / self._pace.requests_per_s - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        self._asked_at = time.monotonic()

    def _exchange(self, url: httpx.URL, parameters: dict[str, str]) -> tuple[int, httpx.Headers, bytes]:
        """Send one request and read its answer, all of it within the limits of size and time."""
        timeout = httpx.Timeout(self._pace.silence_s, connect=self._pace.connect_s)
        secret = {} if self._token is None else {"token": self._token}
        is_posted = self._token is not None or sum(map(len, parameters.values())) > _LONGEST_QUERY
        try:
            with self._client.stream(
                "POST" if is_posted else "GET",
                url,
                params=None if is_posted else parameters,
                data={**parameters, **secret} if is_posted else None,
                headers={"accept-encoding": "gzip, deflate"},
                timeout=timeout,
                follow_redirects=False,
            ) as response:
                return response.status_code, response.headers, self._body(url, response)
        except httpx.TimeoutException:
            failure = self._failed(
                AnswerTooHeavy, Code.SERVICE_UNREACHABLE, "The service does not answer in time.", url
            )
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            message = f"The service cannot be reached ({type(error).__name__})."
            failure = self._failed(ServiceFailed, Code.SERVICE_UNREACHABLE, message, url)
        raise _TryAgainError(failure) from None

    def _body(self, url: httpx.URL, response: httpx.Response) -> bytes:
        """Read and unpack an answer piece by piece, so that neither a bomb nor a trickle gets far."""
        deadline = time.monotonic() + self._pace.answer_s
        most = self._limits.service_bytes
        unpacker = zlib.decompressobj(_ZLIB_OR_GZIP) if response.headers.get("content-encoding") else None
        body = bytearray()
        for piece in response.iter_raw():
            try:
                body += unpacker.decompress(piece, most + 1 - len(body)) if unpacker else piece
            except zlib.error:
                message = "The service's answer cannot be unpacked."
                raise _TryAgainError(self._failed(ServiceFailed, Code.SERVICE_ERROR, message, url)) from None
            if len(body) > most:
                message = f"The service's answer is longer than {most:,} bytes."
                raise self._failed(AnswerTooHeavy, Code.LIMIT_EXCEEDED, message, url)
            if time.monotonic() > deadline:
                message = f"The service took more than {self._pace.answer_s:g} s over one answer."
                raise _TryAgainError(self._failed(AnswerTooHeavy, Code.SERVICE_UNREACHABLE, message, url))
        return bytes(body)

    def _judged(self, url: httpx.URL, status: int, headers: httpx.Headers, body: bytes) -> dict[str, Any]:
        """Return the answer, or raise for the status and for the error that ArcGIS hides in a status 200."""
        answer = _decoded(body)
        error = answer.get("error") if answer else None
        if isinstance(error, dict):
            code, told = (
                error.get("code"),
                " ".join(str(part) for part in [error.get("message"), error.get("details")] if part),
            )
        else:
            code, told = status, f"status {status}"
        if isinstance(code, int) and code >= 400:
            raise self._refusal(url, code, told, headers)
        if isinstance(error, dict):
            raise self._refusal(url, 400, told, headers)
        if answer is None:
            message = "The service answers with something else than a JSON object."
            raise _TryAgainError(self._failed(ServiceFailed, Code.SERVICE_ERROR, message, url))
        return answer

    def _refusal(self, url: httpx.URL, code: int, told: str, headers: httpx.Headers) -> Exception:
        message = f"The service answers with error {code}: {self._scrubbed(told)}"
        if code in _TOKEN_CODES:
            return NotPermitted(
                Code.SERVICE_TOKEN_REFUSED,
                message,
                hint="Give a token that may read this layer; tokens expire.",
                url=_shown(url),
            )
        if code == _BUSY:
            return _TryAgainError(
                self._failed(ServiceFailed, Code.SERVICE_ERROR, message, url), _retry_after_s(headers)
            )
        if code >= 500:
            return _TryAgainError(
                self._failed(AnswerTooHeavy, Code.SERVICE_ERROR, message, url), _retry_after_s(headers)
            )
        return self._failed(RequestRefused, Code.SERVICE_ERROR, message, url)

    def _failed(self, kind: type[ServiceFailed], code: Code, message: str, url: httpx.URL) -> ServiceFailed:
        hint = "Check the address in a browser, or try again later."
        return kind(code, message, hint=hint, url=_shown(url))

    def _scrubbed(self, text: str) -> str:
        """Shorten what a service says, and take the token out of it."""
        for secret in {self._token, quote(self._token, safe="")} if self._token else ():
            text = text.replace(secret or "", "***")
        return " ".join(text.split())[:300]


def _shown(url: httpx.URL) -> str:
    return str(url.copy_with(query=None, fragment=None))


def _decoded(body: bytes) -> dict[str, Any] | None:
    """Decode a JSON object, bare NaN included; None for anything else."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            answer = orjson.loads(orjson.dumps(json.loads(body)))
        except (ValueError, TypeError, RecursionError):
            return None
    return answer if isinstance(answer, dict) else None


def _retry_after_s(headers: httpx.Headers) -> float:
    """Read how long the service wants to be left alone, seconds or a date; 0 where it does not say."""
    value = headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value[:6])
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
