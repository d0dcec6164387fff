"""What is this layer? A role for every group of features, with the reasons, for a person to confirm or change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fibermap.formats.model import LayerInfo
from fibermap.ingest import role_words as say
from fibermap.ingest.attributes import columns_of, sample_rows
from fibermap.ingest.groups import (
    EVERYTHING,
    GeometryKind,
    Group,
    Mark,
    Role,
    Selector,
    rows_by_selector,
    split_into_groups,
)
from fibermap.ingest.role_rules import ASK_BELOW, RULES, Evidence, File, Verdict, point_kind
from fibermap.ingest.words import find_phrase, words_of

__all__ = [
    "ASK_BELOW",
    "GeometryKind",
    "Mark",
    "Role",
    "RoleOverride",
    "RoleProposal",
    "Selector",
    "apply_role",
    "point_kind",
    "propose_roles",
    "rows_by_role",
    "summarise",
]

SAMPLE_PER_GROUP = 200


@dataclass(frozen=True, slots=True)
class RoleProposal:
    """A role for the features that a selector picks.

    Attributes
    ----------
    selector
        Which features; the selectors of a file's proposals share no feature and leave none out.
    role
        What they seem to be.
    confidence
        0..1; below :data:`ASK_BELOW` somebody should look.
    reasons
        Sentences for a person, the weightiest first.
    count
        How many features there are.
    point_kind
        For network points ``terminal``, ``cabinet``, ``splitter``, ``olt``, ``structure`` or ``site``; else ``None``.
    """

    selector: Selector
    role: Role
    confidence: float
    reasons: tuple[str, ...]
    count: int
    point_kind: str | None = None


@dataclass(frozen=True, slots=True)
class RoleOverride:
    """A person's decision: everything that the selector covers has this role. The default selector covers all."""

    role: Role
    selector: Selector = EVERYTHING


def propose_roles(table: pa.Table, layers: tuple[LayerInfo, ...] = (), source_name: str = "") -> list[RoleProposal]:
    """Propose a role for each group of features of a source.

    Parameters
    ----------
    table
        All features of the source, in ``FEATURE_SCHEMA``.
    layers
        The source's layers; their fields count even where no feature states them.
    source_name
        The file's name; layers of GeoJSON and tables often say nothing by themselves.

    Returns
    -------
    list of RoleProposal
        In order of first appearance; every feature is selected by exactly one.
    """
    fields = {layer.name: [field.name for field in layer.fields] for layer in layers}
    groups = split_into_groups(table)
    file = _file(groups, source_name)
    return [_propose(_evidence(table, group, fields, file), len(group.rows)) for group in groups]


def apply_role(
    proposals: Sequence[RoleProposal], override: RoleOverride | Role | Iterable[RoleOverride]
) -> list[RoleProposal]:
    """Return the proposals with a person's decisions in place of the guesses; a later decision outranks an earlier.

    ``override`` may be a bare role, which then holds for everything, as ``--role`` does.
    """
    decisions = [RoleOverride(override)] if isinstance(override, Role) else override
    decisions = [decisions] if isinstance(decisions, RoleOverride) else list(decisions)
    changed = list(proposals)
    for decision in decisions:
        for index, proposal in enumerate(changed):
            if decision.selector.covers(proposal.selector):
                kind = (proposal.point_kind or "site") if decision.role is Role.NETWORK_POINTS else None
                changed[index] = replace(
                    proposal, role=decision.role, confidence=1.0, reasons=("You said so.",), point_kind=kind
                )
    return changed


def rows_by_role(table: pa.Table, proposals: Sequence[RoleProposal]) -> dict[Role, npt.NDArray[np.int64]]:
    """Return the row positions of each role that occurs, ascending. Rows that no proposal selects are context."""
    found = rows_by_selector(table, [proposal.selector for proposal in proposals])
    roles = np.array([*(proposal.role for proposal in proposals), Role.CONTEXT], dtype=object)[found]
    return {role: rows for role in Role if len(rows := np.flatnonzero(roles == role))}


def summarise(proposals: Sequence[RoleProposal]) -> list[RoleProposal]:
    """Join proposals of one layer that say the same, so that a person reads a few lines and not one per folder.

    The joined selector is the folder path that they share; confidence is the lowest. For reading only: where folders
    with another role lie under the shared path, the joined selector covers them too.
    """
    joined: dict[tuple[object, ...], RoleProposal] = {}
    for proposal in proposals:
        at = proposal.selector
        key = (at.layer, at.geometry, at.mark, proposal.role, proposal.point_kind)
        before = joined.get(key)
        joined[key] = _join(before, proposal) if before else proposal
    return list(joined.values())


def _join(one: RoleProposal, other: RoleProposal) -> RoleProposal:
    shared = []
    for mine, theirs in zip(one.selector.folder, other.selector.folder, strict=False):
        if mine != theirs:
            break
        shared.append(mine)
    return replace(
        one,
        selector=replace(one.selector, folder=tuple(shared)),
        confidence=min(one.confidence, other.confidence),
        reasons=tuple(dict.fromkeys(one.reasons + other.reasons))[:5],
        count=one.count + other.count,
    )


def _file(groups: list[Group], source_name: str) -> File:
    stem = words_of(source_name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0])
    layers = {group.selector.layer or "" for group in groups}
    folders = {folder for group in groups for folder in group.selector.folder}
    words = stem + tuple(word for name in sorted(layers | folders) for word in words_of(name))
    return File(stem if len(layers) == 1 else (), find_phrase(words, say.NETWORK))


def _evidence(table: pa.Table, group: Group, fields: dict[str, list[str]], file: File) -> Evidence:
    step = max(1, len(group.rows) // SAMPLE_PER_GROUP)
    picked = table.select(["name", "attributes"]).take(pa.array(group.rows[::step]))
    listed: dict[str, list[str]] = {name: [] for name in fields.get(group.selector.layer or "", [])}
    names = tuple(name for name in picked.column("name").to_pylist() if name)
    return Evidence(group.selector, listed | columns_of(sample_rows(picked)), names, file)


def _propose(evidence: Evidence, count: int) -> RoleProposal:
    rules = RULES[evidence.selector.geometry or GeometryKind.NONE]
    verdicts = [verdict for rule in rules if (verdict := rule(evidence))]
    verdicts.append(Verdict(Role.CONTEXT, 0.5, "Nothing says that it is anything but context."))
    best = max(verdicts, key=lambda verdict: verdict.confidence)
    reasons = [v.reason for v in sorted(verdicts, key=lambda v: -v.confidence) if v.role is best.role]
    return RoleProposal(evidence.selector, best.role, best.confidence, tuple(reasons), count, best.point_kind)
