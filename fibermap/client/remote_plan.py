"""A plan whose database a server has open: the verbs of ``Plan``, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import orjson
import pyarrow as pa

from fibermap.client.api import Api
from fibermap.client.drafts import RemoteDrafts
from fibermap.client.http import Connection
from fibermap.client.leads import RemoteLeads, RemotePreOrders, RemoteZones
from fibermap.client.money import RemoteMoney
from fibermap.client.notices import RemoteNotices
from fibermap.client.orders import RemoteOrders
from fibermap.client.page import Page
from fibermap.client.registry import RemoteRegistry
from fibermap.client.uploads import send_input
from fibermap.client.verbs import ROOMS, VERBS, Shape, Verb
from fibermap.client.wire import WRITTEN, ReportData, decode, dumps, read_as
from fibermap.exports.model import Written
from fibermap.formats.whole_file import refuse_target
from fibermap.ingest.report import IngestReport, Unanswered
from fibermap.kernel.errors import FibermapError
from fibermap.results import Result
from fibermap.serving.batch import SCHEMA, batch_texts
from fibermap.serving.batch_workers import AT_ONCE

if TYPE_CHECKING:
    import folium

PIECE_BYTES = 1 << 20


class RemotePlan:
    """A plan in another process.

    It has the verbs of :class:`fibermap.plan.Plan`, which return what those return; what it has not is in
    :data:`fibermap.client.verbs.NOT_REMOTE`. Two values differ inside: ``explain`` gives JSON objects where the plan
    gives its own, and ``map`` the page that the server drew.

    Examples
    --------
    >>> fm = fibermap.connect("http://127.0.0.1:8080", key=KEY)  # doctest: +SKIP
    >>> fm.addresses("class = 'build'")  # doctest: +SKIP

    Attributes
    ----------
    api
        The endpoints for checks and staff, with their JSON.
    registry
        Keys and people, for administrators.
    money
        Balances, the ledger and refunds.
    orders
        Product orders, with their ports, prerequisites and history.
    drafts
        Orders and pre-orders that were begun and can be gone on with.
    notices
        What customers are told: queued, sent, to be called for.
    leads, preorders, zones
        The verbs that the plan has for them.
    """

    api: Api
    registry: RemoteRegistry

    def __init__(self, connection: Connection) -> None:
        self._at = connection
        self._reports: set[str] = set()
        self.api = Api(connection)
        self.registry = RemoteRegistry(connection)
        self.money, self.notices = RemoteMoney(connection), RemoteNotices(connection)
        self.leads, self.preorders = RemoteLeads(connection), RemotePreOrders(connection)
        self.zones, self.orders = RemoteZones(connection), RemoteOrders(connection)
        self.drafts = RemoteDrafts(connection)

    def __getattr__(self, name: str) -> Any:
        if name in ROOMS:
            return RemoteRoom(self, name)
        return self.verb(name)

    def __dir__(self) -> list[str]:
        own = (name for name, verb in VERBS.items() if not verb.on_report and not verb.room)
        return [*super().__dir__(), *own, *ROOMS]

    def verb(self, name: str) -> Any:
        """Return what calls a verb, or the value of one that is read; raises ``AttributeError`` where there is none."""
        verb = VERBS.get(name)
        if verb is None or verb.on_report:
            raise AttributeError(f"A plan in another process has no {name!r}.")
        return self._call(verb) if verb.attribute else partial(self._call, verb)

    def ingest(
        self, *inputs: Any, dry_run: bool = False, yes: bool = False, progress: bool = True, **decisions: Any
    ) -> IngestReport:
        """Send files or GeoDataFrames and have them ingested; see :meth:`fibermap.plan.Plan.ingest`.

        A dry run is kept by the server for an hour, to be answered and promoted by whoever made it. ``progress`` has
        no effect here: the reading is done elsewhere.
        """
        sent = [send_input(self._at, item) for item in inputs]
        return self._report(VERBS["ingest"], sent, {"dry_run": dry_run, "yes": yes, **decisions})

    def check_many(self, addresses: Any) -> Result:
        """Check many addresses: a list or column of texts, or a frame or Arrow table with a column ``q``."""
        texts = batch_texts(addresses)
        slices = (texts[first : first + AT_ONCE] for first in range(0, len(texts), AT_ONCE))
        table = pa.concat_tables([SCHEMA.empty_table(), *self.check_slices(slices)])
        return Result(f"{table.num_rows:,} addresses checked", table)

    def check_slices(self, slices: Iterable[Sequence[str | None]]) -> Iterator[pa.Table]:
        """Check any number of addresses, a few thousand in each slice: what `check_many` says, slice by slice."""
        return (self._call(VERBS["check_many"], part).table for part in slices)

    def map_of(self, report: IngestReport) -> folium.Map:
        """Draw what a dry run would leave behind: look before you say yes."""
        from fibermap.maps.draw import draw_dry_run

        return draw_dry_run(report.tables(), self.settings.units)

    def export(self, what: str, path: str | Path, *, where: str = "true", **options: Any) -> Written:
        """Write an export to a file here; see :meth:`fibermap.plan.Plan.export`."""
        target = Path(path)
        refuse_target(target)
        partial_file = target.with_name(f".{target.stem[:80]}-{uuid4().hex}.part")
        try:
            with self._at.download(
                "/v1/plan/export", _body([what, target.name], {"where": where, **options})
            ) as answer:
                with partial_file.open("wb") as file:
                    file.writelines(answer.iter_bytes(PIECE_BYTES))
                partial_file.replace(target)
                return Written(**orjson.loads(answer.headers[WRITTEN]))
        except FibermapError as error:
            if "file" in error.where:
                error.where["file"] = str(path)
            raise
        finally:
            partial_file.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the connection, and of the dry runs that the server still keeps for it."""
        for report_id in self._reports:
            with suppress(FibermapError):
                self._call_on(report_id, "forget")
        self._reports.clear()
        self._at.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return repr(self.status())

    def _repr_html_(self) -> str:
        return str(self.status()._repr_html_())

    def _call(self, verb: Verb, *arguments: Any, **named: Any) -> Any:
        given = [_absolute(value) for value in arguments] if verb.on_this_machine else arguments
        body = self._at.call(f"/v1/plan/{verb.name}", _body(given, named))
        return Page(orjson.loads(body)["html"]) if verb.shape is Shape.PAGE else decode(verb, body)

    def _call_on(self, report_id: str, name: str, *arguments: Any, **named: Any) -> Any:
        verb = VERBS[name]
        if verb.shape is Shape.REPORT:
            return self._report(verb, arguments, named, report_id)
        return decode(verb, self._at.call(f"/v1/plan/{name}", _body(arguments, {}, report_id)))

    def _report(self, verb: Verb, arguments: Any, named: dict[str, Any], on: str | None = None) -> IngestReport:
        """Have a report made, and give it what it can do: each of that asks the server again."""
        document = orjson.loads(self._at.call(f"/v1/plan/{verb.name}", _body(arguments, named, on)))
        data: ReportData = read_as(ReportData, dumps(document["data"]))
        report = IngestReport(**{each.name: getattr(data, each.name) for each in fields(data)})
        if (kept := document["report_id"]) is not None:
            self._reports.add(kept)
            report._promote = lambda agreed: self._done(
                kept, lambda: self._call_on(kept, "promote", yes=agreed.yes, author=agreed.author)
            )
            report._answer = lambda said: self._call_on(kept, "answer", **said)
            report._show = partial(self._call_on, kept, "tables")
            report._differ = partial(self._call_on, kept, "difference")
        if document["unanswered"]:
            raise Unanswered(report)
        return report

    def _done(self, report_id: str, promote: Callable[[], IngestReport]) -> IngestReport:
        done = promote()
        self._reports.discard(report_id)
        return done


class RemoteRoom:
    """A property of a plan in another process that has verbs of its own, such as ``catalogue``."""

    def __init__(self, plan: RemotePlan, name: str) -> None:
        self._plan, self._name = plan, name

    def __getattr__(self, name: str) -> Any:
        return self._plan.verb(f"{self._name}.{name}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(verb.own_name for verb in VERBS.values() if verb.room == self._name)]


def _body(arguments: Any, named: dict[str, Any], report_id: str | None = None) -> dict[str, Any]:
    return {"arguments": list(arguments), "named": named, "report_id": report_id}


def _absolute(value: Any) -> Any:
    """Return a path as one that means the same to a process that was started elsewhere."""
    return Path(value).expanduser().absolute() if isinstance(value, str | Path) else value
