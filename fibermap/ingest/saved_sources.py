"""Saved sources: pulled again and again on a schedule, and published by themselves only where that is harmless."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

import orjson
import pyarrow as pa

from fibermap.ingest.draft import role_overrides
from fibermap.ingest.fields import LayerMapping
from fibermap.ingest.groups import Role
from fibermap.ingest.obstacles import Obstacle
from fibermap.ingest.pipeline import Ingest, Request
from fibermap.ingest.report import IngestReport, Unanswered
from fibermap.ingest.schedule import read_schedule, retry_at
from fibermap.kernel.errors import Code, FibermapError, InputRefused, NotFound
from fibermap.store import Store, UnitOfWork

MOST_CHANGED = 0.05
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")
_URL = re.compile(r"https?://[^\x00-\x20\x7f?#]+(?:\?[^\x00-\x20\x7f#]*)?", re.IGNORECASE)
State = Literal["published", "unchanged", "waiting", "failed", "discarded"]


@dataclass(frozen=True, slots=True)
class SavedSource:
    """A source as it is kept; see the table ``saved_source``."""

    name: str
    url: str | None = None
    role: str | None = None
    crs: str | None = None
    mappings: tuple[LayerMapping, ...] = ()
    schedule: str | None = None
    most_changed: float = MOST_CHANGED
    author: str = "planner"
    due_at: datetime | None = None
    failures: int = 0

    def request(self) -> Request:
        """Return what is to be ingested at a pull."""
        if self.url is None:
            raise InputRefused(
                Code.ARGUMENT_INVALID, f"{self.name} has no address to pull from.", hint="Send its files instead."
            )
        role = None if self.role is None else Role(self.role)
        return Request(
            [self.url], source=self.name, roles=role_overrides(role), crs=self.crs, layer_mappings=self.mappings,
            author=f"saved source {self.name}",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pulled:
    """A pull: how it ended, why it waits or failed, and the dry run that waits for a planner."""

    name: str
    state: State
    plan_version: int | None = None
    reasons: tuple[Obstacle, ...] = ()
    report: IngestReport | None = field(default=None, repr=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "name": self.name,
            "state": self.state,
            "plan_version": self.plan_version,
            "reasons": [asdict(reason) for reason in self.reasons],
        }


def check_source(source: SavedSource) -> None:
    """Refuse a source that could not be pulled; raises ``InputRefused`` (``argument_invalid``)."""
    if not _NAME.fullmatch(source.name):
        raise _invalid("name", "The name of a source has letters, digits, spaces, dots and dashes, up to 80.")
    if source.url is not None and not _URL.fullmatch(source.url):
        raise _invalid("url", "The address of a source is that of a layer on a web server.")
    if source.url is not None and "token=" in source.url.lower():
        raise _invalid("url", "A saved address carries no token: it would be kept for everybody to see.")
    if source.role is not None and source.role not in tuple(Role):
        raise _invalid("role", f"There is no role {source.role!r}.")
    if not 0 <= source.most_changed <= 1:
        raise _invalid("most_changed", "The share of addresses that may change lies between 0 and 1.")
    if source.schedule is not None:
        read_schedule(source.schedule)
        if source.url is None:
            raise _invalid("schedule", "Only a source with an address is pulled on a schedule.")


def save_source(uow: UnitOfWork, source: SavedSource) -> SavedSource:
    """Keep a source, in place of one of its name; the first pull of one with a schedule is due at once."""
    check_source(source)
    schedule = None if source.schedule is None else str(read_schedule(source.schedule))
    due_at = None if schedule is None else uow.at_utc
    mappings = orjson.dumps([each.to_json() for each in source.mappings]).decode()
    row = [source.name, source.url, source.role, source.crs, mappings, schedule, source.most_changed, source.author]
    uow.sql.execute("saved_source.remove", "DELETE FROM saved_source WHERE name = ?", [source.name])
    uow.sql.execute(
        "saved_source.save",
        "INSERT INTO saved_source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
        [*row, uow.at_utc, due_at],
    )
    return find_source(uow, source.name)


def remove_source(uow: UnitOfWork, name: str) -> None:
    """Forget a source. What it brought stays in the plan, and so does the record of its pulls."""
    find_source(uow, name)
    uow.sql.execute("saved_source.remove", "DELETE FROM saved_source WHERE name = ?", [name])


def list_sources(uow: UnitOfWork) -> list[SavedSource]:
    """Return all sources by name."""
    rows = uow.sql.records(
        "saved_source.list", "SELECT * EXCLUDE (mappings, saved_at), mappings FROM saved_source ORDER BY name"
    )
    return [
        SavedSource(**{**row, "mappings": tuple(map(LayerMapping.from_json, orjson.loads(row["mappings"])))})
        for row in rows
    ]


def as_table(uow: UnitOfWork) -> pa.Table:
    """Return the sources with how the last pull of each ended: ``NULL`` where there was none."""
    return uow.sql.arrow(
        "saved_source.table",
        """
        SELECT s.name, s.url, s.role, s.schedule, s.most_changed, s.author, s.due_at, s.failures,
               p.state AS last_state, p.ended_at AS last_pull_at, p.plan_version AS last_plan_version
        FROM saved_source s LEFT JOIN (
            SELECT * FROM source_pull QUALIFY row_number() OVER (PARTITION BY name ORDER BY ended_at DESC) = 1
        ) p ON p.name = s.name ORDER BY s.name
        """,
    )


def find_source(uow: UnitOfWork, name: str) -> SavedSource:
    """Return a source by name; raises ``NotFound`` (``source_not_found``)."""
    for source in list_sources(uow):
        if source.name == name:
            return source
    raise NotFound(Code.SOURCE_NOT_FOUND, f"There is no saved source {name!r}.", hint="List them, or save it first.")


def due_sources(uow: UnitOfWork) -> list[SavedSource]:
    """Return the sources whose time has come, the longest overdue first."""
    due = [source for source in list_sources(uow) if source.due_at is not None and source.due_at <= uow.at_utc]
    return sorted(due, key=lambda source: (source.due_at, source.name))


def make_due(uow: UnitOfWork, name: str) -> SavedSource:
    """Have a source pulled as soon as the server comes to it."""
    find_source(uow, name).request()
    uow.sql.execute("saved_source.due", "UPDATE saved_source SET due_at = ? WHERE name = ?", [uow.at_utc, name])
    return find_source(uow, name)


def last_pulls(uow: UnitOfWork, most: int = 10) -> dict[str, list[dict[str, Any]]]:
    """Return the last pulls of each source, newest first."""
    rows = uow.sql.records(
        "source_pull.last",
        """
        SELECT * FROM source_pull QUALIFY row_number() OVER (PARTITION BY name ORDER BY ended_at DESC) <= ?
        ORDER BY name, ended_at DESC
        """,
        [most],
    )
    pulls: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        pulls.setdefault(row.pop("name"), []).append({**row, "reasons": orjson.loads(row["reasons"])})
    return pulls


def pull(store: Store, ingest: Ingest, name: str) -> Pulled:
    """Read a source again, and publish what it says where that is harmless; otherwise it waits for a planner.

    Whatever goes wrong is kept with the source and tried again later: nothing is lost without a word.
    """
    source = store.preview(lambda uow: find_source(uow, name), cause="read")
    try:
        report = ingest.preview(source.request())
        pulled = _decide(source, report)
    except FibermapError as error:
        pulled = Pulled(name, "failed", reasons=(Obstacle(str(error.code), str(error), 1),))
    store.run(lambda uow: _note(uow, source, pulled), cause=f"pull_source:{name}")
    return pulled


def reasons_to_wait(report: IngestReport, most_changed: float) -> tuple[Obstacle, ...]:
    """Return why a planner has to look: open questions, addresses that must not be touched unseen, too much at once."""
    asked = tuple(Obstacle(finding.code, finding.message, finding.count) for finding in report.questions)
    touches = report.consequences
    if touches is None:
        return asked
    large: tuple[Obstacle, ...] = ()
    if touches.share > most_changed:
        message = (
            f"{touches.touched:,} of {touches.of:,} addresses change ({touches.share:.1%}); "
            f"at most {most_changed:.1%} may without a planner."
            if touches.of
            else f"{touches.touched:,} addresses are the first of all: a planner looks at them."
        )
        large = (Obstacle("share_over_limit", message, touches.touched),)
    return (*asked, *touches.obstacles, *large)


def note_decision(uow: UnitOfWork, name: str, state: State, plan_version: int | None, author: str) -> None:
    """Keep what a planner decided about a pull that waited."""
    _keep(uow, Pulled(name, state, plan_version), author)


def _decide(source: SavedSource, report: IngestReport) -> Pulled:
    reasons = reasons_to_wait(report, source.most_changed)
    if reasons:
        return Pulled(source.name, "waiting", reasons=reasons, report=report)
    try:
        done = report.promote(author=f"saved source {source.name}")
    except Unanswered as unanswered:
        return Pulled(source.name, "waiting", reasons=reasons_to_wait(unanswered.report, source.most_changed))
    if not done.promoted.changed:
        return Pulled(source.name, "unchanged")
    return Pulled(source.name, "published", done.plan_version)


def _note(uow: UnitOfWork, source: SavedSource, pulled: Pulled) -> None:
    _keep(uow, pulled, f"saved source {source.name}")
    failures = source.failures + 1 if pulled.state == "failed" else 0
    due_at = None
    if source.schedule is not None:
        schedule = read_schedule(source.schedule)
        due_at = retry_at(schedule, failures, uow.at_utc) if failures else schedule.after(uow.at_utc)
    # Whoever had it pulled, or saved it anew, while this pull was under way wants another one: that stays due.
    uow.sql.execute(
        "saved_source.next",
        "UPDATE saved_source SET due_at = ?, failures = ? WHERE name = ? AND due_at IS NOT DISTINCT FROM ?",
        [due_at, failures, source.name, source.due_at],
    )


def _keep(uow: UnitOfWork, pulled: Pulled, author: str) -> None:
    reasons: Sequence[Mapping[str, Any]] = [asdict(reason) for reason in pulled.reasons]
    row = [pulled.name, uow.at_utc, pulled.state, pulled.plan_version, orjson.dumps(reasons).decode(), author]
    uow.sql.execute("source_pull.keep", "INSERT INTO source_pull VALUES (?, ?, ?, ?, ?, ?)", row)


def _invalid(name: str, message: str) -> InputRefused:
    return InputRefused(Code.ARGUMENT_INVALID, message, field=name)
