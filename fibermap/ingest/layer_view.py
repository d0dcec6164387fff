"""A layer as a planner is shown it: which column is taken for what, how surely, its first rows, and open words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from fibermap.ingest.attributes import parse_chunks
from fibermap.ingest.draft import NOT_STATED
from fibermap.ingest.fields import Column, FieldSource, Joined, Mapping, source_to_json
from fibermap.ingest.groups import Role
from fibermap.ingest.mapping import MappingProposal, apply_mapping
from fibermap.ingest.promote import Named, Promoted
from fibermap.ingest.roles import rows_by_role
from fibermap.ingest.targets import TARGETS

PREVIEW_ROWS = 5
LONGEST_CELL = 200


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field: where it is taken from, as a mapping file says it, how surely (0..1), and its commonest values."""

    target: str
    taken_from: dict[str, Any]
    confidence: float
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LayerView:
    """The features of one layer that have one role.

    Attributes
    ----------
    fields, targets
        The fields that are filled, and all that the role has.
    columns
        The columns of the layer.
    rows
        The first few features, field by field, NULL where nothing is stated.
    """

    source: str
    layer: str
    role: str
    profile: str | None
    features: int
    fields: tuple[FieldView, ...]
    targets: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[dict[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class OpenWord:
    """A word that nobody has explained yet; ``kind`` is ``status`` or ``type``, ``where`` says where it stands."""

    kind: str
    word: str
    where: str
    count: int


def layer_views(named: Sequence[Named]) -> list[LayerView]:
    """Return every layer of every source, role by role."""
    return [view for item in named for view in _views(item)]


def open_words(named: Sequence[Named], promoted: Promoted) -> list[OpenWord]:
    """Return the words to be explained, each once, commonest first; :data:`NOT_STATED` stands for no status at all."""
    counts: Counter[str] = Counter()
    where: dict[str, str] = {}
    for item in named:
        for unknown in item.draft.unknown:
            counts[unknown.word] += unknown.count
            where.setdefault(unknown.word, f"{item.source}, {unknown.where}")
        if silent := item.draft.silent.get(Role.COVERAGE, 0):
            counts[NOT_STATED] += silent
            where.setdefault(NOT_STATED, item.source)
    statuses = [OpenWord("status", word, where[word], count) for word, count in counts.most_common()]
    return statuses + [OpenWord("type", word, "", count) for word, count in promoted.unknown_types.most_common()]


def _views(item: Named) -> list[LayerView]:
    features = item.draft.staged.features
    by_role = rows_by_role(features, item.draft.proposals)
    codes = features["layer"].dictionary_encode().combine_chunks()
    layers = codes.dictionary.to_pylist()
    layer_of = codes.indices.to_numpy(zero_copy_only=False)
    views = []
    for (layer, role), proposal in item.draft.mappings.items():
        rows = by_role.get(role, np.empty(0, dtype=np.int64))
        rows = rows[layer_of[rows] == layers.index(layer)] if layer in layers else rows[:0]
        views.append(_view(item, layer, role, proposal, rows))
    return views


def _view(item: Named, layer: str, role: Role, proposal: MappingProposal, rows: Any) -> LayerView:
    first = item.draft.staged.features.take(pa.array(rows[:PREVIEW_ROWS]))
    preview = apply_mapping(first, _stated(first, proposal.mapping))
    filled = list(proposal.mapping.fields)
    columns = dict.fromkeys((*proposal.mapping.columns(), *proposal.unused))
    return LayerView(
        item.source,
        layer,
        str(role),
        proposal.profile,
        len(rows),
        tuple(
            FieldView(
                target,
                source_to_json(source),
                round(float(proposal.confidence.get(target, 1.0)), 2),
                tuple(value[:LONGEST_CELL] for value in proposal.samples.get(target, ())),
            )
            for target, source in proposal.mapping.fields.items()
        ),
        tuple(TARGETS[role]),
        tuple(columns),
        tuple(_shortened(row) for row in preview.select(filled).to_pylist()) if filled else (),
    )


def _stated(features: pa.Table, mapping: Mapping) -> Mapping:
    """Return the mapping without columns that stand on none of a few features: others of the layer may have them."""
    there = {key for rows in parse_chunks(features) for row in rows for key in row}
    fields: dict[str, FieldSource] = {}
    for target, source in mapping.fields.items():
        match source:
            case Column(names) | Joined(names):
                known = tuple(name for name in names if name in there)
                if known:
                    fields[target] = type(source)(known)
            case _:
                fields[target] = source
    return Mapping(mapping.role, fields)


def _shortened(row: dict[str, str | None]) -> dict[str, str | None]:
    return {name: None if value is None else value[:LONGEST_CELL] for name, value in row.items()}
