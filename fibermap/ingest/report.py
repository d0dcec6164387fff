"""The dry-run report: what a promote would do, to whom, and what is in the way. Read it, then say yes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias

from fibermap.ingest.findings import Finding, Severity, counted
from fibermap.ingest.layer_view import LayerView, OpenWord
from fibermap.ingest.obstacles import Consequences
from fibermap.ingest.promote import FileCount, Promoted
from fibermap.ingest.role_findings import say_roles
from fibermap.ingest.roles import RoleProposal, summarise
from fibermap.kernel.errors import Code, Conflict, NeedsYes
from fibermap.kernel.text import printable

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


Watch: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much: 0 of 0 where that cannot be told."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """That a dry run is to be done: whether to every question, by whom (None: who asked for it), and who looks on."""

    yes: bool = False
    author: str | None = None
    watch: Watch | None = field(default=None, repr=False)


@dataclass(slots=True)
class IngestReport:
    """What an ingest found, and what it did or would do.

    Attributes
    ----------
    files
        The conservation law of every layer.
    findings
        What a planner should know, questions first.
    roles
        The proposed or chosen role of each group of features, by source.
    promoted
        What the promote did or would do.
    committed
        Whether it has been done.
    layers, words
        Of a dry run: what is taken from where, with the first rows, and the words that are to be explained.
    consequences
        Of a dry run: whom the change would touch.
    """

    files: list[FileCount]
    findings: list[Finding]
    roles: dict[str, list[RoleProposal]]
    promoted: Promoted
    committed: bool
    layers: list[LayerView] = field(default_factory=list)
    words: list[OpenWord] = field(default_factory=list)
    consequences: Consequences | None = None
    _promote: Callable[[Agreement], IngestReport] | None = field(default=None, repr=False)
    _answer: Callable[[Mapping[str, Any]], IngestReport] | None = field(default=None, repr=False)
    _show: Callable[[], dict[str, pa.Table]] | None = field(default=None, repr=False)
    _differ: Callable[[], dict[str, pa.Table]] | None = field(default=None, repr=False)

    @property
    def questions(self) -> list[Finding]:
        """The findings that need a yes before anything is written."""
        return [finding for finding in self.findings if finding.needs_yes]

    @property
    def plan_version(self) -> int | None:
        """The plan version in force after it; None for a dry run."""
        return self.promoted.version if self.committed else None

    def promote(self, *, yes: bool = False, author: str | None = None, watch: Watch | None = None) -> IngestReport:
        """Do what the dry run showed, and return the report of it.

        Parameters
        ----------
        yes
            Say yes to every finding that needs one.
        author
            Who says so; None: whoever asked for the dry run.
        watch
            Called with ``(what is being done, how much is done, of how much)``; 0 of 0 where that cannot be told.

        Raises
        ------
        NeedsYes
            ``needs_yes``: there are questions and ``yes`` is False. Nothing was written.
        Conflict
            ``report_already_promoted``: it has been done. ``report_stale``: the plan has changed since.
        """
        if self._promote is None or self.committed:
            raise Conflict(Code.REPORT_ALREADY_PROMOTED, "This report has been promoted already.")
        if self.questions and not yes:
            raise Unanswered(self)
        done = self._promote(Agreement(yes, author, watch))
        self._promote = self._answer = self._show = self._differ = None
        return done

    def answer(
        self,
        statuses: Mapping[str, str] | None = None,
        types: Mapping[str, str] | None = None,
        **decisions: Any,
    ) -> IngestReport:
        """Return the dry run that follows from answers, without reading the inputs again unless ``crs`` is given.

        Parameters
        ----------
        statuses, types
            Meanings of status and type words, as in :class:`fibermap.ingest.pipeline.Request`; remembered once the
            returned report is promoted.
        **decisions
            Other fields of the request, in place of what was proposed or decided before: ``roles``, ``mapping``,
            ``layer_mappings``, ``crs``, ``distance_rules``, ``licence``, ``permitted_uses``.

        Raises
        ------
        Conflict
            ``report_already_promoted``: it has been done.
        InputRefused
            ``mapping_invalid`` for an answer that means nothing.
        """
        if self._answer is None or self.committed:
            raise Conflict(Code.REPORT_ALREADY_PROMOTED, "This report has been promoted already.")
        return self._answer({"statuses": statuses or {}, "types": types or {}, **decisions})

    def tables(self) -> dict[str, pa.Table]:
        """Return ``addresses``, ``areas`` and ``network`` as a promote would leave them, to be looked at on a map.

        Raises
        ------
        Conflict
            ``report_already_promoted``: what it showed is in the database by now.
        """
        return self._looked_at(self._show)

    def difference(self) -> dict[str, pa.Table]:
        """Return what a promote would change: the tables of :class:`fibermap.coverage.difference.Difference`.

        Raises
        ------
        Conflict
            ``report_already_promoted``: compare the plan versions instead.
        """
        return self._looked_at(self._differ)

    def _looked_at(self, look: Callable[[], dict[str, pa.Table]] | None) -> dict[str, pa.Table]:
        if look is None:
            raise Conflict(
                Code.REPORT_ALREADY_PROMOTED, "This report has been promoted already.", hint="Draw the plan itself."
            )
        return look()

    def as_json(self) -> dict[str, Any]:
        """Return the report as the CLI prints it."""
        return {
            "files": [
                {
                    "path": count.path,
                    "layer": count.layer,
                    "read": count.read,
                    "ingested": count.ingested,
                    "repaired": count.repaired,
                    "quarantined": count.quarantined,
                    "set_aside": count.set_aside,
                }
                for count in self.files
            ],
            "roles": [
                {
                    "source": source,
                    "layer": proposal.selector.layer,
                    "folder": list(proposal.selector.folder),
                    "geometry": proposal.selector.geometry,
                    "role": str(proposal.role),
                    "confidence": round(proposal.confidence, 2),
                    "reasons": list(proposal.reasons),
                    "features": proposal.count,
                }
                for source, proposals in self.roles.items()
                for proposal in summarise(proposals)
            ],
            "findings": [finding.as_json() for finding in self.findings],
            "changes": self.promoted.flips.counts,
            "unchanged": not self.promoted.changed,
            "plan_version": self.plan_version,
            "mappings": [asdict(layer) for layer in self.layers],
            "words": [asdict(word) for word in self.words],
            "consequences": None if self.consequences is None else asdict(self.consequences),
        }

    @property
    def df(self) -> pd.DataFrame:
        """The conservation law as a frame, one row per layer."""
        import pandas as pd

        return pd.DataFrame(self.as_json()["files"])

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """Return the report as plain text, one line each."""
        done = f"Plan version {self.promoted.version}" if self.committed else "Dry run, nothing written"
        if not self.promoted.changed:
            done = f"Nothing has changed; plan version {self.promoted.version} stays in force"
        lines = [done]
        for count in self.files:
            lines.append(
                f"  {count.path} [{count.layer}]: read {count.read:,} = {count.ingested:,} ingested"
                f" + {count.repaired:,} repaired + {count.quarantined:,} quarantined + {count.set_aside:,} set aside"
            )
        lines += [f"  {line}" for source, found in self.roles.items() for line in say_roles(source, found)]
        for technology, flips in self.promoted.flips.counts.items():
            for flip, addresses in flips.items():
                lines.append(f"  {technology}: {flip}: {counted(addresses, 'address', 'addresses')}")
        lines += [f"  {_MARKS[finding.severity]} {finding.message}" for finding in self.findings]
        return [printable(line) for line in lines]

    def _repr_html_(self) -> str:
        files = self.df.to_html(index=False, border=0)
        flips = "".join(
            f"<tr><td>{escape(technology)}</td><td>{escape(flip)}</td><td>{n:,}</td></tr>"
            for technology, changes in self.promoted.flips.counts.items()
            for flip, n in changes.items()
        )
        findings = "".join(
            f"<li><b>{escape(str(finding.severity))}</b> {escape(finding.message)}</li>" for finding in self.findings
        )
        roles = "".join(
            f"<li>{escape(line)}</li>" for source, found in self.roles.items() for line in say_roles(source, found)
        )
        head = f"<p><b>{escape(self.lines()[0])}</b></p>"
        return f"{head}{files}<ul>{roles}</ul><table>{flips}</table><ul>{findings}</ul>"


_MARKS = {Severity.QUESTION: "[needs a yes]", Severity.WARNING: "[look]", Severity.INFO: "[note]"}


class Unanswered(NeedsYes):
    """The findings that somebody has to agree to, with the dry run (``report``) that found them."""

    def __init__(self, report: IngestReport) -> None:
        questions = report.questions
        said = " ".join(finding.message for finding in questions[:3])
        super().__init__(
            Code.NEEDS_YES,
            f"{len(questions)} finding(s) need a yes before anything is written: {said}",
            hint="Answer them, or say yes to all with --yes (in Python: report.promote(yes=True)).",
            findings=[finding.as_json() for finding in questions],
        )
        self.report = report
