"""The ingest command: read, draft, preview, promote. And undo, which takes the latest version back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

import pyarrow as pa

from fibermap.address.types import TypeTable
from fibermap.coverage.difference import Difference, difference_between
from fibermap.coverage.reclassify import Flips
from fibermap.coverage.rule_settings import settings_in
from fibermap.coverage.settle import settle_version
from fibermap.coverage.versions import current_version, open_version, summarise, version_to_undo
from fibermap.formats.model import FeatureSource
from fibermap.formats.open import open_source
from fibermap.ingest import answers
from fibermap.ingest.distance_rules import ask_about_rules
from fibermap.ingest.draft import Choices, make_draft
from fibermap.ingest.fields import LayerMapping
from fibermap.ingest.fields import Mapping as FieldMapping
from fibermap.ingest.finding_places import with_places
from fibermap.ingest.findings import Finding
from fibermap.ingest.frame import FrameSource, frame_name
from fibermap.ingest.layer_view import layer_views, open_words
from fibermap.ingest.obstacles import Consequences, look_after, look_before
from fibermap.ingest.profiles import Profile, Use
from fibermap.ingest.promote import Named, Promoted, file_counts, label_of, promote
from fibermap.ingest.report import Agreement, IngestReport, Unanswered, Watch
from fibermap.ingest.resume import ResumeFolder
from fibermap.ingest.roles import RoleOverride
from fibermap.ingest.stage import Progress, Staged, stage
from fibermap.ingest.survey import survey_drafts, survey_result
from fibermap.kernel.errors import Code, Conflict
from fibermap.kernel.events import PlanPromoted
from fibermap.kernel.settings import Settings
from fibermap.store import Store, UnitOfWork
from fibermap.store.temporal import restore

if TYPE_CHECKING:
    import geopandas as gpd

Readable: TypeAlias = "str | PurePath | gpd.GeoDataFrame | FeatureSource"
"""A path, the address of a live layer, a frame, or a source that has been opened already."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks to be ingested, and what she decided about it beforehand.

    Attributes
    ----------
    inputs
        Files, addresses of live layers, or GeoDataFrames.
    source
        The source's name; None: each file's name without its directory.
    roles, mapping, layer_mappings, crs
        Decisions in place of what would be proposed; a mapping for one layer outranks that for all of its role.
    statuses, types
        Meanings of status words (``build``, ``pre-build``, ``ignored``) and type words (``residential``, ``business``,
        ``institution``, ``none``), remembered.
    distance_rules
        Whether a plan without areas may be covered by distance from its network.
    licence, permitted_uses
        What the source may be used for; None keeps what its recognised profile permits.
    """

    inputs: Sequence[Readable]
    source: str | None = None
    roles: Sequence[RoleOverride] = ()
    mapping: FieldMapping | Profile | None = None
    layer_mappings: Sequence[LayerMapping] = ()
    crs: str | None = None
    statuses: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    distance_rules: bool = True
    licence: str | None = None
    permitted_uses: frozenset[Use] | None = None
    token: str | None = field(default=None, repr=False)
    author: str = "planner"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a dry run found, and the plan version that it was made on: on the same one it would be found again."""

    version: int
    findings: list[Finding]


SHOWN = ("addresses", "areas", "network")
"""The views that a map of a dry run is drawn from."""


class Ingest:
    """The ingest of one database."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._resume = ResumeFolder(store.path)

    def preview(self, request: Request, watch: Watch | None = None) -> IngestReport:
        """Read the inputs and report what a promote would do. Writes nothing; ``report.promote()`` does it."""
        staged = self.stage(request, watch)
        return self._preview(request, staged, watch)

    def run(self, request: Request, *, yes: bool = False, watch: Watch | None = None) -> IngestReport:
        """Read the inputs and promote them, unless a finding needs a yes that was not given (``Unanswered``)."""
        return self._commit(request, self.stage(request, watch), Agreement(yes, watch=watch))

    def stage(self, request: Request, watch: Watch | None = None) -> list[tuple[str, Staged]]:
        """Read every input to its end and return each with the name of its source."""
        return [self._stage_one(item, request, watch) for item in request.inputs]

    def _stage_one(self, item: Readable, request: Request, watch: Watch | None) -> tuple[str, Staged]:
        if isinstance(item, FeatureSource):
            return request.source or item.path, stage(item, path=display_name(item.path))
        if not isinstance(item, str | PurePath):
            name = request.source or frame_name(item)
            return name, stage(FrameSource(item, name, request.crs), path=name)
        path = display_name(str(item))
        opened = open_source(
            str(item),
            limits=self._settings.limits,
            crs=request.crs,
            token=request.token,
            resume_folder=self._resume.path,
        )
        progress: Progress | None = (lambda rows: watch(f"Reading {path}", rows, 0)) if watch else None
        staged = stage(opened, path=path, progress=progress)
        self._resume.tidy()
        return request.source or path, staged

    def _preview(self, request: Request, staged: list[tuple[str, Staged]], watch: Watch | None = None) -> IngestReport:
        """Promote, look at what came of it, and give it all up."""

        def work(uow: UnitOfWork) -> IngestReport:
            uow.watch = watch
            return self._look(uow, request, staged)

        return self._store.preview(work, cause=_cause(staged))

    def _look(self, uow: UnitOfWork, request: Request, staged: list[tuple[str, Staged]]) -> IngestReport:
        """Promote in a transaction that will be rolled back, and report what a planner should see of it."""
        before, facts = current_version(uow), look_before(uow)
        named, findings, promoted = self._promote(uow, request, staged)
        difference = difference_between(uow, before, promoted.version)
        return replace(
            _report(named, with_places(findings, named), promoted),
            layers=layer_views(named),
            words=open_words(named, promoted),
            consequences=look_after(uow, facts, difference, before + 1),
            _promote=lambda agreed: self._commit(request, staged, agreed, Shown(before, findings)),
            _answer=lambda said: self._answered(request, staged, said),
            _show=lambda: self._shown(request, staged),
            _differ=difference.tables,
        )

    def _answered(
        self, request: Request, staged: list[tuple[str, Staged]], decisions: Mapping[str, Any]
    ) -> IngestReport:
        """Make the dry run again under further decisions; only another coordinate system needs the inputs again."""
        decided = _decided(request, decisions)
        again = self.stage(decided) if decided.crs != request.crs else staged
        return self._preview(decided, again)

    def _commit(
        self,
        request: Request,
        staged: list[tuple[str, Staged]],
        agreed: Agreement,
        shown: Shown | None = None,
    ) -> IngestReport:
        """Promote for good, as the dry run showed that somebody agreed to."""
        request = replace(request, author=agreed.author or request.author)

        def work(uow: UnitOfWork) -> IngestReport:
            uow.watch = agreed.watch
            before = current_version(uow)
            if shown is not None and shown.version != before:
                raise _stale(before)
            if agreed.yes:
                return _report(*self._promote(uow, request, staged, shown))
            report = self._look(uow, request, staged)
            if report.questions:
                raise Unanswered(report)
            return report

        done = self._store.run_alone(work, cause=_cause(staged))
        return IngestReport(done.files, done.findings, done.roles, done.promoted, committed=True)

    def _shown(self, request: Request, staged: list[tuple[str, Staged]]) -> dict[str, pa.Table]:
        """Return addresses, areas and network as they would be, for a map of the dry run."""

        def work(uow: UnitOfWork) -> dict[str, pa.Table]:
            self._promote(uow, request, staged)
            return {view: uow.sql.arrow(f"show.{view}", f"SELECT * FROM {view}") for view in SHOWN}

        return self._store.preview(work, cause="show")

    def _promote(
        self, uow: UnitOfWork, request: Request, staged: list[tuple[str, Staged]], shown: Shown | None = None
    ) -> tuple[list[Named], list[Finding], Promoted]:
        settings = settings_in(uow, current_version(uow), self._settings)
        sources = {source for source, _ in staged}
        answers.remember(uow, request.statuses, request.types, request.author, sources)
        choices = Choices(
            roles=request.roles,
            mapping=request.mapping,
            layer_mappings=request.layer_mappings,
            profiles=answers.profiles(uow),
            licence=request.licence,
            permitted_uses=request.permitted_uses,
        )
        said = {source: answers.statuses(uow, source) for source in sources}
        named = [Named(source, make_draft(item, replace(choices, answers=said[source]))) for source, item in staged]
        promoted = promote(
            uow,
            named,
            settings,
            author=request.author,
            types=TypeTable(answers.types(uow)),
            vocabulary=answers.vocabulary(uow),
            distance_rules=request.distance_rules,
        )
        if shown is not None:
            return named, shown.findings, promoted
        findings = survey_drafts(named, settings) + survey_result(uow, named, promoted, settings)
        served = _served(promoted.flips)
        findings += ask_about_rules(promoted.rules, promoted.rules_ended, promoted.assumed, served, settings)
        return named, findings, promoted

    def undo(self, version: int | None = None, *, author: str = "planner") -> Undone:
        """Take the latest plan version back by appending one that holds what held before it. Erases nothing.

        Raises
        ------
        InputRefused
            ``nothing_to_undo``.
        Conflict
            ``undo_not_latest``: ``version`` is not the latest in force.
        """

        return self._store.run_alone(lambda uow: self._undo(uow, version, author), cause="undo")

    def preview_undo(self, version: int | None = None) -> UndoPreview:
        """Say what taking a version back would do, and do nothing; raises what `undo` raises."""

        def work(uow: UnitOfWork) -> UndoPreview:
            before, facts = current_version(uow), look_before(uow)
            undone = self._undo(uow, version, "planner")
            difference = difference_between(uow, before, undone.version)
            return UndoPreview(undone, difference, look_after(uow, facts, difference, undone.version))

        return self._store.preview(work, cause="undo")

    def _undo(self, uow: UnitOfWork, version: int | None, author: str) -> Undone:
        taken = version_to_undo(uow, version)
        label = f"undo {taken.version} ({taken.label})"
        opened = open_version(uow, kind="undo", label=label, author=author, undoes=taken.version)
        restore(uow, before=taken.version, version=opened)
        outcome = settle_version(uow, opened, self._settings, cause=f"undo:{taken.version}")
        summarise(uow, opened, {"flips": outcome.flips.counts, "undoes": taken.version})
        uow.emit(PlanPromoted(f"undo:{taken.version}", plan_version=opened, kind="undo", label=label))
        return Undone(taken.version, taken.label, opened, outcome.flips)


def _cause(staged: list[tuple[str, Staged]]) -> str:
    return f"promote:{label_of([name for name, _ in staged])}"


def _report(named: list[Named], findings: list[Finding], promoted: Promoted) -> IngestReport:
    return IngestReport(
        files=[count for item in named for count in file_counts(item.draft)],
        findings=sorted(findings, key=lambda finding: not finding.needs_yes),
        roles={item.source: list(item.draft.proposals) for item in named},
        promoted=promoted,
        committed=False,
    )


def _stale(version: int) -> Conflict:
    return Conflict(
        Code.REPORT_STALE,
        f"Plan version {version} came into force after this report was made, so it may no longer be true.",
        hint="Make the dry run again and look at what it says now.",
    )


@dataclass(frozen=True, slots=True)
class Undone:
    """An undo: the version taken back and its label, the version that did it, and the verdicts that changed."""

    undone: int
    label: str
    version: int
    flips: Flips

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "undone": self.undone,
            "label": self.label,
            "plan_version": self.version,
            "changes": self.flips.counts,
        }


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What an undo would do: to which verdicts, where, and to whom."""

    undone: Undone
    difference: Difference
    consequences: Consequences


def display_name(path: str) -> str:
    """Return a file's name without its directory, or a live layer's address without its query, where tokens travel."""
    if path.lower().startswith(("http://", "https://")):
        try:
            parts = urlsplit(path)
        except ValueError:  # no address at all: whoever reads it says so
            return path.partition("?")[0]
        return f"{parts.hostname or ''}{parts.path.rstrip('/')}"
    return PurePath(path.rstrip("/\\")).name or path


def _decided(request: Request, decisions: Mapping[str, Any]) -> Request:
    """Return the request with decisions added: words to those explained before, a layer's mapping in its place."""
    merged = dict(decisions)
    for name in ("statuses", "types"):
        merged[name] = {**getattr(request, name), **decisions.get(name, {})}
    later = {(each.layer, each.mapping.role): each for each in decisions.get("layer_mappings", ())}
    kept = [each for each in request.layer_mappings if (each.layer, each.mapping.role) not in later]
    merged["layer_mappings"] = (*kept, *later.values())
    merged["roles"] = (*request.roles, *decisions.get("roles", ()))
    return replace(request, **merged)


def _served(flips: Flips) -> int:
    return sum(
        count
        for changes in flips.counts.values()
        for flip, count in changes.items()
        if flip.endswith(("-> build", "-> pre-build"))
    )
