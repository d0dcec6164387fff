"""What the HTTP layer stands in front of: answers from memory, the gate, and the database where there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from fibermap.access.gate import Gate
from fibermap.access.registry import Registry
from fibermap.address.missing import MissingReport, report_missing
from fibermap.coverage.timeline import timeline
from fibermap.kernel.errors import Code
from fibermap.store import Store
from fibermap_api.problems import Unavailable

Json: TypeAlias = Mapping[str, Any]
"""An object of JSON values, as `orjson` writes it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, already bounded and valid: exactly one of text, fields, place and id.

    Attributes
    ----------
    q
        An address as typed.
    fields
        Its parts by name.
    lat, lon
        A place, degrees in EPSG:4326.
    address_id
        An address known by id.
    at
        The date in the world asked about; None for today.
    channel
        Where the question comes from, such as ``web``; kept with it.
    """

    q: str | None = None
    fields: Mapping[str, str] | None = None
    lat: float | None = None
    lon: float | None = None
    address_id: int | None = None
    at: date | None = None
    channel: str | None = None


class Answers(Protocol):
    """What answers from memory, on the owner of a database and on a replica alike.

    ``public`` asks for an answer without internals. Unknown ids raise ``NotFound``.
    """

    def data_version(self) -> str:
        """Return what the answers rest on."""

    def check(self, asked: Asked, *, public: bool, caller: str) -> Json:
        """Answer one question."""

    def check_many(self, asked: Sequence[Asked], *, public: bool, caller: str) -> Sequence[Json]:
        """Answer many, in their order, as `check` would each."""

    def suggest(self, text: str, limit: int, *, public: bool) -> Json:
        """Return how what was typed so far may go on."""

    def address(self, address_id: int, *, public: bool) -> Json:
        """Return one address."""

    def explain(self, address_id: int, at: date | None) -> Json:
        """Say why an address is what it is."""

    def units(self, location_id: int, *, public: bool) -> Json:
        """Return the units of a building."""


class Records:
    """What only the database knows: histories, and what people report."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def timeline(self, address_id: int) -> list[dict[str, Any]]:
        """Return everything that happened to an address, newest first; raises ``NotFound``."""
        return self._store.preview(lambda uow: timeline(uow, address_id), cause="read")

    def report_missing(self, report: MissingReport) -> int:
        """Keep a report of a missing address and return its id."""
        return self._store.run(lambda uow: report_missing(uow, report), cause="report:missing")


@dataclass(frozen=True, slots=True)
class Service:
    """One server.

    Attributes
    ----------
    answers, gate
        What every request needs.
    jobs_folder
        Where batch jobs are kept.
    own_registry, own_records
        The database's; None on a replica.
    """

    answers: Answers
    gate: Gate
    jobs_folder: Path
    own_registry: Registry | None = None
    own_records: Records | None = None

    @property
    def registry(self) -> Registry:
        """Keys, people and logins; raises `Unavailable` on a replica."""
        if self.own_registry is None:
            raise _not_on_replica()
        return self.own_registry

    @property
    def records(self) -> Records:
        """Histories and reports; raises `Unavailable` on a replica."""
        if self.own_records is None:
            raise _not_on_replica()
        return self.own_records


def _not_on_replica() -> Unavailable:
    return Unavailable(
        Code.NOT_ON_REPLICA, "This server is a replica and has no database.", hint="Ask the server that owns it."
    )
