"""One connection to a server: requests with a key, patience where the server asks for it, problems as errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import orjson

from fibermap.access.acting import WAY_HEADER, acting
from fibermap.access.refusals import NotAuthenticated, RateExceeded
from fibermap.client.local import check_socket, short_name
from fibermap.client.wire import dumps
from fibermap.kernel.errors import (
    Code,
    Conflict,
    FibermapError,
    InputRefused,
    NeedsYes,
    NotFound,
    NotPermitted,
    ServiceFailed,
)

ATTEMPTS = 5
LONGEST_PAUSE_S = 30.0
CONNECT_S = 5.0
ANSWER_S = 90.0
_PAUSES = (429, 503)
_KINDS: Mapping[int, type[FibermapError]] = {
    400: InputRefused, 401: NotAuthenticated, 403: NotPermitted, 404: NotFound, 405: InputRefused, 408: InputRefused,
    409: Conflict, 413: InputRefused, 414: InputRefused, 415: InputRefused, 422: InputRefused, 431: InputRefused,
    502: ServiceFailed, 503: ServiceFailed,
}  # fmt: skip
_OF_THE_DOCUMENT = ("type", "title", "status", "detail", "code", "hint")
_LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")


class Connection:
    """A server, reached by URL with a key or by its local socket without one.

    Parameters
    ----------
    where
        ``http://`` or ``https://`` and a host, or the path of a socket.
    key
        The API key; a local socket needs none.

    Raises
    ------
    ServiceFailed
        ``service_unreachable``: there is no socket, or it belongs to somebody else.
    InputRefused
        ``argument_invalid``: a URL that is none.
    """

    def __init__(self, where: str | Path, key: str | None = None) -> None:
        self.where = str(where)
        self.is_local = not self.where.startswith(("http://", "https://"))
        self._open = ExitStack()
        headers = {"Accept": "*/*"} | ({"Authorization": f"Bearer {key}"} if key else {})
        timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
        if self.is_local:
            path = Path(self.where).absolute()
            check_socket(path)
            headers[WAY_HEADER] = acting().way
            transport = httpx.HTTPTransport(uds=self._open.enter_context(short_name(path)))
            self._http = httpx.Client(
                transport=transport, base_url="http://fibermap", headers=headers, timeout=timeout, trust_env=False
            )
        else:
            near = _host_of(self.where) in _LOCAL_HOSTS
            base = self.where.rstrip("/")
            self._http = httpx.Client(base_url=base, headers=headers, timeout=timeout, trust_env=not near)
        self._open.enter_context(self._http)

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """Ask, and return the JSON of the answer."""
        return orjson.loads(self._answered(lambda: self._http.request("GET", path, params=params)))

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send JSON, and return the JSON of the answer; None where it has none."""
        content = None if body is None else dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        answer = self._answered(lambda: self._http.request(method, path, content=content, headers=headers))
        return orjson.loads(answer) if answer else None

    def send_once(self, path: str, body: Any, request: str | None) -> Any:
        """Send JSON that is to be carried out once, however often it is sent; ``request`` tells it from any other."""
        key = uuid4().hex if request is None else blake2b(request.encode(), digest_size=16).hexdigest()
        content, headers = dumps(body), {"Content-Type": "application/json", "Idempotency-Key": key}
        return orjson.loads(self._answered(lambda: self._http.request("POST", path, content=content, headers=headers)))

    def call(self, path: str, body: Any) -> bytes:
        """Send JSON for work that may take long, and return the answer as it is."""
        content, headers = dumps(body), {"Content-Type": "application/json"}
        patience = httpx.Timeout(None, connect=CONNECT_S)
        return self._answered(
            lambda: self._http.request("POST", path, content=content, headers=headers, timeout=patience)
        )

    def upload(self, path: str, params: Mapping[str, str], content: Callable[[], Iterator[bytes]], size: int) -> Any:
        """Send a file piece by piece; ``content`` begins it anew for every attempt."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        patience = httpx.Timeout(ANSWER_S, connect=CONNECT_S, read=None)
        return orjson.loads(
            self._answered(
                lambda: self._http.request(
                    "POST", path, params=params, content=content(), headers=headers, timeout=patience
                )
            )
        )

    @contextmanager
    def download(self, path: str, body: Any) -> Iterator[httpx.Response]:
        """Give the answer to a POST of JSON while it arrives."""
        headers = {"Content-Type": "application/json"}
        patience = httpx.Timeout(ANSWER_S, connect=CONNECT_S, read=None)
        with (
            _reached(self.where),
            self._http.stream("POST", path, content=dumps(body), headers=headers, timeout=patience) as response,
        ):
            if response.is_error:
                response.read()
                raise error_of(response)
            yield response

    def close(self) -> None:
        """Let go of the connection."""
        self._open.close()

    def _answered(self, ask: Callable[[], httpx.Response]) -> bytes:
        for attempt in range(1, ATTEMPTS + 1):
            with _reached(self.where):
                response = ask()
            if response.is_success:
                return response.content
            pause_s = _pause_s(response)
            if pause_s is None or attempt == ATTEMPTS:
                break
            time.sleep(pause_s)
        raise error_of(response)


def error_of(response: httpx.Response) -> FibermapError:
    """Return a problem document as the error that it was; whatever else failed as ``service_error``."""
    try:
        document = orjson.loads(response.content)
        code = Code(document["code"])
        message, hint = str(document["detail"]), str(document["hint"])
    except (ValueError, KeyError, TypeError):
        return ServiceFailed(
            Code.SERVICE_ERROR,
            f"The server answered with status {response.status_code}, and not as fibermap does.",
            hint="Check the URL; client and server should be of the same release.",
            url=str(response.url.copy_with(query=None)),
        )
    where = {name: value for name, value in document.items() if name not in _OF_THE_DOCUMENT}
    if response.status_code < 500:
        where.pop("request_id", None)
    if response.status_code == 429:
        return RateExceeded(float(where.get("retry_after_s", 1)))
    kind = NeedsYes if code is Code.NEEDS_YES else _KINDS.get(response.status_code, FibermapError)
    return kind(code, message, hint=hint, **where)


def _pause_s(response: httpx.Response) -> float | None:
    """Return how long the server asks to wait before asking again; None where asking again is of no use."""
    said = response.headers.get("retry-after", "")
    if response.status_code not in _PAUSES or not said.isdigit():
        return None
    return float(said) if float(said) <= LONGEST_PAUSE_S else None


@contextmanager
def _reached(where: str) -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise ServiceFailed(
            Code.SERVICE_UNREACHABLE,
            f"The server cannot be reached: {error}.",
            hint="Check that `fibermap serve` runs, and its URL. What was asked last may have been done all the same.",
            url=where,
        ) from error


def _host_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host:
        raise InputRefused(Code.ARGUMENT_INVALID, f"{url!r} is no URL.", hint="Give http://HOST:PORT.")
    return host
