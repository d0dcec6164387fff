"""How the Stripe SDK speaks HTTP here: one request a call, bounded in time and size, following no redirect."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx
import stripe

LARGEST_ANSWER = 4 << 20


class NothingSent(stripe.APIConnectionError):
    """No connection came about, so the request cannot have arrived."""


class BoundedHttp(stripe.HTTPClient):
    """The SDK's client over httpx.

    Parameters
    ----------
    timeout_s
        Longest time that a call may take from beginning to end, however slowly the answer trickles.
    """

    name = "httpx"

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        self._timeout_s = timeout_s
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False)

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        """Make one request and return body, status and headers; raises the SDK's ``APIConnectionError``."""
        until_s = time.monotonic() + self._timeout_s
        try:
            with self._client.stream(method, url, headers=headers, content=post_data or None) as response:
                body = _read(response, until_s)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise NothingSent(type(error).__name__) from error  # type: ignore[no-untyped-call]
        except httpx.HTTPError as error:
            raise _broken(type(error).__name__) from error
        return body.decode("utf-8", "replace"), response.status_code, response.headers

    def close(self) -> None:
        """Close its connections."""
        self._client.close()


def _read(response: httpx.Response, until_s: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER or time.monotonic() > until_s:
            raise _broken("the answer is too large or too slow")
    return bytes(body)


def _broken(why: str) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(why)  # type: ignore[no-untyped-call]
