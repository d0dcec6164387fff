"""The notebook facade: one object for a plan database, from ingest to export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import pyarrow as pa

from fibermap import results, wording
from fibermap.access.witness import note, witnessed
from fibermap.address.mail import MAIL_OPT_OUTS, mail_opt_outs
from fibermap.address_decisions import AddressDecisions
from fibermap.administration import Administration
from fibermap.area_decisions import AreaDecisions
from fibermap.bulk_decisions import BulkDecisions
from fibermap.coverage import gaps
from fibermap.coverage.compare import compare
from fibermap.coverage.distance_rules import rules_in_force
from fibermap.coverage.explain import explain
from fibermap.coverage.permissions import LeftOut, left_out
from fibermap.coverage.reclassify import Flips, reclassify_all
from fibermap.coverage.replay import replay
from fibermap.coverage.rule_settings import keep_settings, settings_in
from fibermap.coverage.status import status
from fibermap.coverage.versions import current_version, list_versions
from fibermap.decisions import Decisions
from fibermap.exports.catalogue import export
from fibermap.exports.model import Material, Which, Written
from fibermap.flows import Rounds, subscribe_all
from fibermap.formats.model import json_text
from fibermap.ingest import answers, saved_sources
from fibermap.ingest.fields import Mapping as FieldMapping
from fibermap.ingest.pipeline import Ingest, Readable, Request, UndoPreview
from fibermap.ingest.profiles import Profile
from fibermap.ingest.report import IngestReport
from fibermap.kernel.settings import Settings
from fibermap.phase_decisions import PhaseDecisions
from fibermap.progress import reading_progress
from fibermap.report.dashboard.reports import Reports
from fibermap.results import Answer, Result
from fibermap.review_decisions import ReviewDecisions
from fibermap.selling import Selling
from fibermap.serving.answer import Answerer
from fibermap.serving.batch import SCHEMA, batch_texts
from fibermap.serving.batch_workers import AT_ONCE, check_slices
from fibermap.serving.live import Live
from fibermap.serving.question import Question
from fibermap.store import Deliveries, Outbox, Store, UnitOfWork, query

if TYPE_CHECKING:
    import folium
    import geopandas as gpd

T = TypeVar("T")


class Plan(
    Decisions, AddressDecisions, AreaDecisions, BulkDecisions, PhaseDecisions, ReviewDecisions, Selling, Reports,
    Administration,
):  # fmt: skip
    """An open plan database.

    Examples
    --------
    >>> fm = fibermap.open("plan.duckdb")  # doctest: +SKIP
    >>> fm.ingest("addresses.geojson", "plan.kmz")  # doctest: +SKIP
    >>> fm.explain(fm.check("14 Elk Ridge Rd")["match"]["address_id"])  # doctest: +SKIP
    """

    def __init__(self, store: Store, settings: Settings | None = None) -> None:
        outbox = Outbox(store)
        subscribe_all(outbox)
        self.rounds = Rounds(store, outbox)
        self.store = witnessed(store)
        self._given = settings or Settings()
        if not store.sql.value("settings.any", "SELECT count(*) FROM rule_setting"):
            store.run(lambda uow: keep_settings(uow, self._given), cause="keep_settings")
        self.bringing = Ingest(store, self._given)
        self.live = Live(store, self._given)
        store.published = lambda types: self.rounds.deliver() if self.rounds.hears(types) else None

    @classmethod
    def open(cls, path: str | Path, *, create: bool = True, settings: Settings | None = None) -> Self:
        """Open a database file, or ``":memory:"``; see :meth:`fibermap.store.Store.open` for the errors."""
        return cls(Store.open(path, create=create), settings)

    @property
    def settings(self) -> Settings:
        """The settings in force: what the database keeps, and the limits of this machine."""
        return self._read(lambda uow: settings_in(uow, current_version(uow), self._given))

    # -- bringing things in -------------------------------------------------------------------------------------

    def ingest(
        self, *inputs: Readable, dry_run: bool = False, yes: bool = False, progress: bool = True, **decisions: Any
    ) -> IngestReport:
        """Read files, live layers or GeoDataFrames, and promote them as a new plan version.

        Parameters
        ----------
        *inputs
            Paths, ``http(s)`` addresses of layers, or GeoDataFrames. All of them become one plan version.
        dry_run
            Only report what would change; ``report.promote()`` then does it.
        yes
            Say yes to every finding that needs one.
        progress
            Show how far the reading is.
        **decisions
            The fields of :class:`fibermap.ingest.pipeline.Request`: ``source``, ``roles``, ``mapping``, ``crs``,
            ``layer_mappings``, ``statuses``, ``types``, ``distance_rules``, ``licence``, ``permitted_uses``,
            ``author``.

        Raises
        ------
        NeedsYes
            A finding needs a yes; nothing was written. The error lists them.
        InputRefused
            An input cannot be read; the error names file, layer and row.
        """
        request = Request(inputs=inputs, **decisions)
        with reading_progress(show=progress) as watch:
            if dry_run:
                return self.bringing.preview(request, watch)
            return self.bringing.run(request, yes=yes, watch=watch)

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """The mappings that are kept here under a name, and then the built-in ones."""
        return self._read(answers.profiles)

    def save_mapping(self, name: str, mapping: FieldMapping | Profile) -> None:
        """Keep a mapping under a name; files with all the columns that it reads are then recognised by them."""
        self.store.run(lambda uow: answers.save_mapping(uow, name, mapping), cause=f"save_mapping:{name}")

    def undo(self, version: int | None = None, *, author: str = "planner") -> Answer:
        """Take the latest plan version back; nothing is erased."""
        return Answer(self.bringing.undo(version, author=author), lambda undone: list(wording.say_undone(undone)))

    @property
    def sources(self) -> Result:
        """The saved sources: where each comes from, when it is pulled, and how its last pull ended."""
        return Result("Saved sources", self._read(saved_sources.as_table))

    def add_source(self, name: str, url: str | None = None, **how: Any) -> None:
        """Save a source under a name, in place of one of that name.

        Parameters
        ----------
        name
            What its addresses or areas are from now on known by; the same name replaces what it brought before.
        url
            The address of a live layer; None: its files are sent by hand.
        **how
            ``role``, ``crs``, ``schedule`` (``every 6 hours``, ``daily at 03:00``, UTC), ``most_changed`` (the share
            of addresses, 0 to 1, that may change without a planner), ``author``.
        """
        source = saved_sources.SavedSource(name, url, **how)
        self.store.run(lambda uow: saved_sources.save_source(uow, source), cause=f"add_source:{name}")

    def pull_source(self, name: str) -> Answer:
        """Read a saved source again now; it is published where that is harmless, else the answer says why it waits."""
        pulled = saved_sources.pull(self.store, self.bringing, name)
        return Answer(pulled, lambda found: list(wording.say_pulled(found)))

    def remove_source(self, name: str) -> None:
        """Forget a saved source; what it brought stays."""
        self.store.run(lambda uow: saved_sources.remove_source(uow, name), cause=f"remove_source:{name}")

    def preview_undo(self, version: int | None = None) -> UndoPreview:
        """Say what taking the latest plan version back would do, and do nothing."""
        return self.bringing.preview_undo(version)

    def classify(self) -> Answer:
        """Judge every address again. After a promote this changes nothing."""

        def work(uow: UnitOfWork) -> Flips:
            flips = reclassify_all(uow, current_version(uow), self.settings, cause="classify")
            if flips.changed:
                note(uow, "verdicts", "", {"judged": flips.judged, "changed": flips.changed})
            return flips

        flips = self.store.run_alone(work, cause="classify")
        return Answer(flips, lambda f: [f"{f.judged:,} addresses judged, {f.changed:,} verdicts changed"])

    # -- asking -------------------------------------------------------------------------------------------------

    def check(
        self,
        text: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        lat: float | None = None,
        lon: float | None = None,
        address_id: int | None = None,
        at: date | None = None,
    ) -> Answer:
        """Check an address as typed, by its fields or by its id, or a place by latitude and longitude.

        Parameters
        ----------
        fields
            ``street`` (with the house number), ``unit``, ``city``, ``state``, ``zip``.
        at
            The date in the world asked about; None takes the plan at its word.

        Returns
        -------
        Answer
            The response: ``match``, ``candidates``, ``units`` and, only where the identity is settled,
            ``serviceability``. A value of it is ``answer["match"]["status"]``.
        """
        asked = Question(q=text, fields=fields, lat=lat, lon=lon, address_id=address_id, at=at)
        found = Answerer(self.live.refresh(), public=False).answer(asked, self.store.clock.now())
        return Answer(deepcopy(found), lambda response: list(wording.say_check(response, self.settings.units)))

    def check_many(self, addresses: Any) -> Result:
        """Check many addresses: a list or column of texts, or a frame or Arrow table with a column ``q``.

        Returns
        -------
        Result
            One row an address, in order; the columns are those of `fibermap.serving.batch.SCHEMA`.
        """
        texts = batch_texts(addresses)
        slices = (texts[first : first + AT_ONCE] for first in range(0, len(texts), AT_ONCE))
        table = pa.concat_tables([SCHEMA.empty_table(), *self.check_slices(slices)])
        return Result(f"{table.num_rows:,} addresses checked", table)

    def check_slices(self, slices: Iterable[Sequence[str | None]]) -> Iterator[pa.Table]:
        """Check any number of addresses, a few thousand in each slice: what `check_many` says, slice by slice."""
        return check_slices(self.live.refresh(), self.live.share, slices, self.store.clock.now())

    def explain(self, address_id: int, *, as_of: int | datetime | None = None, at: date | None = None) -> Answer:
        """Say why an address is what it is: ``as_of`` a version or moment of knowledge, ``at`` a date in the world."""
        found = self._read(lambda uow: explain(uow, address_id, self.settings, as_of=as_of, at=at))
        return Answer(found, lambda explained: list(wording.say_explanation(explained, self.settings.units)))

    def replay(self) -> Answer:
        """Derive every verdict again by another road and compare."""
        found = self.store.preview(lambda uow: replay(uow, self.settings), cause="replay")
        return Answer(found, lambda replayed: list(wording.say_replay(replayed)))

    def status(self) -> Answer:
        """Return the state of the database in one look."""
        state = self._read(lambda uow: status(uow, str(self.store.path or ":memory:")))
        pending = self.store.sql.value("status.parked", "SELECT count(*) FROM delivery WHERE state = 'parked'")
        state |= {"events_parked": int(pending or 0), "events_waiting": 0}
        return Answer(state, lambda value: list(wording.say_status(value)))

    def addresses(self, where: str = "true", *, limit: int = 10_000_000) -> gpd.GeoDataFrame:
        """Return the current addresses that satisfy a SQL condition on the view ``addresses`` and may be listed.

        A warning, and ``attrs["left_out"]`` of the frame, say how many may not, and why.
        """
        return results.to_list(self._select("listed_addresses", where, limit), self.left_out(where))

    def left_out(self, where: str = "true") -> LeftOut:
        """Return how many of the addresses that satisfy a condition lists do not show, because of their licence."""
        return left_out(self.store, where)

    @property
    def areas(self) -> gpd.GeoDataFrame:
        """The coverage and exclusion areas in force, in EPSG:4326."""
        return results.to_geo(self._select("areas"))

    @property
    def network(self) -> gpd.GeoDataFrame:
        """Terminals, cabinets and routes in force, in EPSG:4326."""
        return results.to_geo(self._select("network"))

    @property
    def source_records(self) -> Result:
        """Every address record that was read, with the address and class it came to."""
        return Result("Source records", self._select("source_records"))

    @property
    def rejections(self) -> Result:
        """Everything that was read and not ingested as it stood, with reason and pointer."""
        return Result("Not ingested as it stood", self._select("rejection", "to_version IS NULL"))

    @property
    def versions(self) -> Result:
        """The plan versions, newest first."""
        rows = [results.to_json(version) for version in self._read(list_versions)]
        for row in rows:
            row["summary"] = json_text(row["summary"])
        return Result(f"{len(rows)} plan versions", pa.Table.from_pylist(rows))

    def compare(self, first: int, last: int) -> Result:
        """Return what two plan versions say differently, one row per address and technology."""
        table = self._read(lambda uow: compare(uow, first, last))
        return Result(f"Version {first} against {last}: {table.num_rows:,} verdicts differ", table)

    @property
    def distance_rules(self) -> Result:
        """The distance rules in force: technology, target (``terminal`` or ``route``), limit in metres, author."""
        table = pa.Table.from_pylist([asdict(rule) for rule in self._read(rules_in_force)])
        return Result(f"{table.num_rows} distance rules", table)

    @property
    def mail_opt_outs(self) -> Result:
        """Who gets no mail: address, since when, who wrote it down and why."""
        found = self._read(mail_opt_outs)
        return Result(f"{len(found):,} addresses get no mail", pa.Table.from_pylist(found, schema=MAIL_OPT_OUTS))

    def gaps(self) -> Result:
        """Return the clusters of serviceable addresses beyond coverage, most addresses first."""
        found = self._read(lambda uow: gaps.find_gaps(uow, self.settings))
        return Result(f"{len(found)} coverage gaps", gaps.as_table(found), self.left_out(gaps.UNSERVED))

    def sql(self, statement: str) -> Result:
        """Answer a question in SQL: read-only, bounded in rows and time, no files."""
        answer = query(self.store, statement)
        more = " (cut off)" if answer.truncated else ""
        return Result(f"{answer.table.num_rows:,} rows{more}", answer.table)

    def map(
        self, where: str = "true", *, gaps: bool = False, title: str = "Coverage", tiles: str | None = None
    ) -> folium.Map:
        """Draw addresses, areas and network as a map that opens without a network.

        Parameters
        ----------
        where
            Which addresses: a SQL condition on the view ``addresses``.
        gaps
            Draw the coverage gaps too.
        tiles
            Template of a tile server for a basemap (``https://.../{z}/{x}/{y}.png``); only then is a network needed.

        See Also
        --------
        Plan.map_of : A dry run on the map, before anything is written.
        """
        from fibermap.maps.draw import draw_map

        versions = self._read(list_versions)
        caption = f"Plan version {versions[0].version}, {versions[0].created_at:%Y-%m-%d}" if versions else ""
        return draw_map(
            results.to_geo(self._select("listed_addresses", where)),
            areas=self.areas,
            network=self.network,
            gaps=self.gaps().gdf if gaps else None,
            title=title,
            caption=caption,
            units=self.settings.units,
            tiles=tiles,
            notes=self.left_out(where).notes,
        )

    def map_of(self, report: IngestReport) -> folium.Map:
        """Draw what a dry run would leave behind: look before you say yes."""
        from fibermap.maps.draw import draw_dry_run

        return draw_dry_run(report.tables(), self.settings.units)

    # -- keeping ------------------------------------------------------------------------------------------------

    def export(self, what: str, path: str | Path, *, where: str | Which = "true", **options: Any) -> Written:
        """Write an export to a file, and say how many rows it has and what it left out, by reason.

        Parameters
        ----------
        what
            A name of :data:`fibermap.exports.catalogue.EXPORTS`: ``addresses``, ``mailing-list``, ``map`` ...
        where
            Which addresses: a SQL condition on the view ``addresses``.
        **options
            What the export asks for beside that, such as ``phase`` for a contractor pack.
        """
        which = where if isinstance(where, Which) else Which(where)
        version = self._read(current_version)
        material = Material(self._ask, which, self.settings.units, version, self.store.clock.now().date())
        return export(material, what, Path(path), options)

    def deliver(self) -> Deliveries:
        """Deliver events to all who react to them, and start the orders whose time has come.

        Changes that are made here are delivered at once; this is for what a time was waited for.
        """
        return self.rounds.deliver()

    def close(self) -> None:
        """Release the file."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return repr(self.status())

    def _repr_html_(self) -> str:
        return self.status()._repr_html_()

    def _read(self, work: Callable[[UnitOfWork], T]) -> T:
        return self.store.preview(work, cause="read")

    def _ask(self, statement: str, params: Mapping[str, Any]) -> pa.Table:
        return query(
            self.store, statement, dict(params), limit_rows=50_000_000, limit_bytes=8 << 30, timeout_s=600
        ).table

    def _select(self, relation: str, where: str = "true", limit: int = 10_000_000) -> pa.Table:
        statement = f"SELECT * FROM {relation} WHERE {where} LIMIT {int(limit)}"
        if where in ("true", "to_version IS NULL"):
            return self.store.sql.arrow(f"select.{relation}", statement)
        return query(self.store, statement, limit_rows=limit, limit_bytes=4 << 30, timeout_s=300).table
