"""Drafts: edits of areas that are saved while somebody draws, and published or thrown away later.

A draft belongs to its author. Others see that there is one, on which areas, by whom and since when, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from fibermap.address.corrections import Author
from fibermap.coverage.area_commands import changes_since, edit_areas
from fibermap.coverage.area_json import OPS, read_edits
from fibermap.coverage.areas import area_versions
from fibermap.coverage.commands import Done
from fibermap.kernel.errors import Code, Conflict, InputRefused, NotFound
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork

LARGEST_DRAFT_BYTES = 1 << 20
MOST_OPEN = 200
"""Open drafts of one author."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft. ``edits`` are as :func:`fibermap.coverage.area_json.read_edits` reads them, finished or not;
    ``bases`` tells the version of each area that they were made on; ``revision`` counts the saves.
    """

    draft_id: int
    author: str
    title: str
    edits: list[dict[str, Any]]
    bases: dict[int, int]
    revision: int
    state: str
    created_at: datetime
    saved_at: datetime
    plan_version: int | None


@dataclass(frozen=True, slots=True)
class Presence:
    """That somebody works on areas: whose open draft touches which, and when it was last saved."""

    draft_id: int
    author: str
    title: str
    area_ids: tuple[int, ...]
    since: datetime
    saved_at: datetime


_COLUMNS = "draft_id, author, title, edits, bases, revision, state, created_at, saved_at, plan_version"


def save_draft(
    uow: UnitOfWork,
    author: str,
    title: str,
    edits: Sequence[Mapping[str, Any]],
    bases: Mapping[int, int],
    *,
    draft_id: int | None = None,
    revision: int | None = None,
) -> Draft:
    """Keep edits as they are now, finished or not; a new draft without ``draft_id``.

    Raises
    ------
    NotFound
        ``draft_not_found``: it is not there, not open, or somebody else's.
    Conflict
        ``draft_changed``: it has been saved since ``revision``.
    InputRefused
        ``limit_exceeded`` where it is too large or there are too many, ``argument_invalid`` for what is no edit.
    """
    document = orjson.dumps(list(edits)).decode()
    if len(document) > LARGEST_DRAFT_BYTES or len(bases) > 1_000:
        raise InputRefused(Code.LIMIT_EXCEEDED, "The draft is too large.", hint="Publish a part of it first.")
    if odd := [edit for edit in edits if edit.get("op") not in OPS]:
        raise InputRefused(Code.ARGUMENT_INVALID, f"There is no edit {odd[0].get('op')!r}.", hint=", ".join(OPS))
    kept = orjson.dumps({str(area_id): version for area_id, version in bases.items()}).decode()
    if draft_id is None:
        return _insert(uow, author, title, document, kept)
    draft = own_draft(uow, draft_id, author)
    if revision is not None and draft.revision != revision:
        raise Conflict(
            Code.DRAFT_CHANGED,
            f"The draft was saved elsewhere at {draft.saved_at:%H:%M:%S} UTC.",
            hint="Open it again, or save yours as a new one.",
        )
    uow.sql.execute(
        "draft.save",
        """
        UPDATE area_draft SET title = ?, edits = ?, bases = ?, revision = revision + 1, saved_at = ?
        WHERE draft_id = ? AND state = 'open'
        """,
        [title, document, kept, uow.at_utc, draft_id],
    )
    return own_draft(uow, draft_id, author)


def _insert(uow: UnitOfWork, author: str, title: str, edits: str, bases: str) -> Draft:
    count = uow.sql.value(
        "draft.count", "SELECT count(*) FROM area_draft WHERE author = ? AND state = 'open'", [author]
    )
    if count >= MOST_OPEN:
        raise InputRefused(Code.LIMIT_EXCEEDED, f"You have {MOST_OPEN} open drafts.", hint="Discard some.")
    ever = uow.sql.value("draft.ever", "SELECT count(*) FROM area_draft")
    draft_id = stable_id("area draft", author, ever, uow.at_utc.isoformat())
    uow.sql.execute(
        "draft.insert",
        "INSERT INTO area_draft VALUES (?, ?, ?, ?, ?, 1, 'open', ?, ?, NULL)",
        [draft_id, author, title, edits, bases, uow.at_utc, uow.at_utc],
    )
    return own_draft(uow, draft_id, author)


def own_draft(uow: UnitOfWork, draft_id: int, author: str) -> Draft:
    """Return an open draft of an author's; raises ``NotFound`` (``draft_not_found``)."""
    rows = uow.sql.records(
        "draft.load",
        f"SELECT {_COLUMNS} FROM area_draft WHERE draft_id = ? AND author = ? AND state = 'open'",
        [draft_id, author],
    )
    if not rows:
        raise NotFound(Code.DRAFT_NOT_FOUND, "There is no such open draft of yours.", hint="It may be published.")
    return _draft(rows[0])


def own_drafts(uow: UnitOfWork, author: str) -> list[Draft]:
    """Return the open drafts of an author, the last saved first."""
    rows = uow.sql.records(
        "draft.list",
        f"SELECT {_COLUMNS} FROM area_draft WHERE author = ? AND state = 'open' ORDER BY saved_at DESC, draft_id",
        [author],
    )
    return [_draft(row) for row in rows]


def _draft(row: dict[str, Any]) -> Draft:
    bases = {int(area_id): version for area_id, version in orjson.loads(row["bases"]).items()}
    return Draft(**row | {"edits": orjson.loads(row["edits"]), "bases": bases})


def others_at_work(uow: UnitOfWork, author: str) -> list[Presence]:
    """Return who else has open drafts on which areas, the last saved first."""
    rows = uow.sql.records(
        "draft.others",
        """
        SELECT draft_id, author, title, bases, created_at, saved_at FROM area_draft
        WHERE author <> ? AND state = 'open' AND bases <> '{}' ORDER BY saved_at DESC LIMIT 200
        """,
        [author],
    )
    return [
        Presence(
            row["draft_id"],
            row["author"],
            row["title"],
            tuple(sorted(map(int, orjson.loads(row["bases"])))),
            row["created_at"],
            row["saved_at"],
        )
        for row in rows
    ]


def stale_bases(uow: UnitOfWork, draft: Draft) -> list[dict[str, Any]]:
    """Return the areas of a draft that have changed under it: its version, the version now, who changed what.

    ``now`` is None where the area is gone.
    """
    rows = uow.sql.rows(
        "draft.bases",
        """
        SELECT feature_id, from_version FROM plan_feature
        WHERE to_version IS NULL AND role = 'coverage' AND feature_id IN (SELECT unnest($ids::BIGINT[]))
        """,
        {"ids": list(draft.bases)},
    )
    now: dict[int, int] = dict(rows)
    return [
        {
            "area_id": area_id,
            "base": base,
            "now": now.get(area_id),
            "changes": _changes(uow, area_id, base),
        }
        for area_id, base in sorted(draft.bases.items())
        if now.get(area_id) != base
    ]


def _changes(uow: UnitOfWork, area_id: int, base: int) -> list[dict[str, Any]]:
    """Return who changed an area after a version; nobody where there never was such an area."""
    try:
        return changes_since(area_versions(uow, area_id), base)
    except NotFound:
        return []


def publish_draft(uow: UnitOfWork, draft_id: int, by: Author, settings: Settings) -> Done:
    """Carry out the edits of a draft as one plan version; raises as :func:`edit_areas` does."""
    draft = own_draft(uow, draft_id, by.name)
    done = edit_areas(uow, read_edits(draft.edits), by, settings, bases=draft.bases)
    _end(uow, draft_id, "published", done.version)
    return done


def discard_draft(uow: UnitOfWork, draft_id: int, author: str) -> None:
    """Take a draft off the list; raises ``NotFound`` (``draft_not_found``)."""
    own_draft(uow, draft_id, author)
    _end(uow, draft_id, "discarded", None)


def _end(uow: UnitOfWork, draft_id: int, state: str, plan_version: int | None) -> None:
    uow.sql.execute(
        "draft.end",
        "UPDATE area_draft SET state = ?, plan_version = ?, saved_at = ? WHERE draft_id = ?",
        [state, plan_version, uow.at_utc, draft_id],
    )
