"""A small typed client of the endpoints under /v1. Answers are the JSON objects that the API describes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any, TypeAlias

from fibermap.client.http import Connection

Json: TypeAlias = dict[str, Any]
BATCH = 1_000
"""Most questions that go into one request."""


class Api:
    """The endpoints for checks and staff.

    Every method raises the error that the server met, with its code: ``NotFound``, ``InputRefused``, ``NotPermitted``,
    ``NotAuthenticated``, ``RateExceeded`` once patience is at its end, ``ServiceFailed`` where nobody answers.
    """

    def __init__(self, connection: Connection) -> None:
        self._at = connection

    def check(
        self,
        q: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        lat: float | None = None,
        lon: float | None = None,
        address_id: int | None = None,
        at: date | None = None,
        channel: str | None = None,
    ) -> Json:
        """Check an address as typed, by its fields (``street``, ``unit``, ``city``, ``state``, ``zip``), place or id.

        Parameters
        ----------
        lat, lon
            A place, degrees in EPSG:4326.
        at
            The date in the world asked about; None for today.
        channel
            Where the question comes from, such as ``web``.
        """
        asked = {"q": q, **(fields or {}), "lat": lat, "lon": lon, "address_id": address_id, "at": at}
        return self._json("POST", "/v1/address-check", _given({**asked, "channel": channel}))

    def check_many(self, questions: Iterable[str | Mapping[str, Any]]) -> Iterator[Json]:
        """Check many, texts or objects as `check` sends them, and yield the answers in their order."""
        asked = ({"q": one} if isinstance(one, str) else dict(one) for one in questions)
        while some := list(islice(asked, BATCH)):
            yield from self._json("POST", "/v1/address-check:batch", {"checks": some})["checks"]

    def suggest(self, q: str, limit: int | None = None) -> Json:
        """Return how what was typed so far may go on."""
        return self._get("/v1/address-suggest", {"q": q, "limit": limit})

    def address(self, address_id: int) -> Json:
        """Return one address with all that follows for it."""
        return self._get(f"/v1/addresses/{int(address_id)}")

    def explain(self, address_id: int, *, at: date | None = None) -> Json:
        """Say why an address is what it is."""
        return self._get(f"/v1/addresses/{int(address_id)}/explain", {"at": None if at is None else at.isoformat()})

    def timeline(self, address_id: int) -> list[Json]:
        """Return what happened to an address, newest first."""
        entries: list[Json] = self._get(f"/v1/addresses/{int(address_id)}/timeline")["entries"]
        return entries

    def units(self, location_id: int) -> Json:
        """Return the units of a building."""
        return self._get(f"/v1/locations/{int(location_id)}/units")

    def report_missing(
        self, q: str, *, note: str | None = None, lat: float | None = None, lon: float | None = None
    ) -> int:
        """Report an address that is missing, for a person to look at; return the id of the report."""
        asked = _given({"q": q, "note": note, "lat": lat, "lon": lon})
        return int(self._json("POST", "/v1/addresses:report-missing", asked)["report_id"])

    def data_version(self) -> str:
        """Return from which data the server answers."""
        return str(self._get("/readyz")["data_version"])

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Json:
        found: Json = self._at.get(path, _given(params or {}))
        return found

    def _json(self, method: str, path: str, body: Mapping[str, Any]) -> Json:
        found: Json = self._at.send(method, path, body)
        return found


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
