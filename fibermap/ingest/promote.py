"""Promote: a draft becomes a plan version, with addresses and verdicts, in one transaction; or it all stays as it was.

The dry run is the same transaction, rolled back at its end, so that what it reports is what a promote does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from fibermap.address.types import TypeTable
from fibermap.coverage import area_overrides
from fibermap.coverage.distance_rules import assume_planned, end_rules
from fibermap.coverage.reclassify import Flips
from fibermap.coverage.settle import settle_version
from fibermap.coverage.versions import current_version, open_version, summarise
from fibermap.formats.model import Outcome
from fibermap.ingest.distance_rules import RuleProposal, enter_rules, propose_rules
from fibermap.ingest.draft import Draft
from fibermap.ingest.identity import identify
from fibermap.ingest.layers import layer_keys
from fibermap.ingest.record_ids import identify_records
from fibermap.ingest.record_rows import RECORD_ROW, record_rows
from fibermap.ingest.vocabulary import Vocabulary
from fibermap.kernel.events import PlanPromoted
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork
from fibermap.store.temporal import Replaced, replace

_IGNORED = ("row",)
"""The position of a thing in its file is no part of what the file says of it."""


@dataclass(frozen=True, slots=True)
class Named:
    """A draft under the name of its source."""

    source: str
    draft: Draft

    @property
    def source_id(self) -> int:
        """The id that follows from the name."""
        return stable_id("source", self.source)


@dataclass(frozen=True, slots=True)
class FileCount:
    """The conservation law of one layer: ``read = ingested + repaired + quarantined + set_aside``."""

    path: str
    layer: str
    read: int
    ingested: int
    repaired: int
    quarantined: int
    set_aside: int

    @property
    def conserved(self) -> bool:
        """Whether nothing was lost."""
        return self.read == self.ingested + self.repaired + self.quarantined + self.set_aside


@dataclass(frozen=True, slots=True)
class Promoted:
    """What a promote did, or would do.

    ``version`` is the new plan version, or the one in force where nothing changed. ``features`` and ``records`` count
    rows opened and closed. ``flips`` are the verdicts that changed. ``previous``: features of each layer in the last
    revision of its source. ``rules``: distance rules that came into force, because the plan has no areas;
    ``rules_ended``: those that areas took the place of; ``assumed``: network features without a status that count as
    pre-build for them.
    """

    version: int
    changed: bool
    features: Replaced
    records: Replaced
    flips: Flips
    unknown_types: Counter[str] = field(default_factory=Counter)
    previous: dict[str, dict[str, int]] = field(default_factory=dict)
    rules: list[RuleProposal] = field(default_factory=list)
    rules_ended: int = 0
    assumed: int = 0


def promote(
    uow: UnitOfWork,
    named: Sequence[Named],
    settings: Settings,
    *,
    author: str,
    types: TypeTable,
    vocabulary: Vocabulary,
    distance_rules: bool = True,
) -> Promoted:
    """Write the drafts as one new plan version. Where they say what is already there, nothing is written at all."""
    before: dict[str, dict[str, int]] = {}
    label = label_of([item.source for item in named])
    version = current_version(uow) + 1
    features, records, unknown = Replaced(0, 0), Replaced(0, 0), Counter[str]()
    for source, drafts in _by_source(named).items():
        uow.tell(f"Entering {source}")
        _enter_source(uow, source, drafts, version)
        keys = layer_keys(uow, drafts[0].source_id, {count.layer for d in drafts for count in file_counts(d.draft)})
        before[source] = _counts_before(uow, drafts[0].source_id, keys)
        features = _plus(features, _write_features(uow, source, drafts, keys, version))
        rows, words = _records(source, drafts, types, vocabulary)
        unknown += words
        records = _plus(records, _write_records(uow, source, identify_records(uow, rows, source, keys), version))
        _write_revision(uow, source, drafts, keys, version)
    waits = any(item.draft.waiting_areas for item in named)  # areas outrank distances, once somebody has answered
    rules = propose_rules(uow, {item.source_id for item in named}) if distance_rules and not waits else []
    if features.nothing and records.nothing and not rules and not _written(uow, version):
        return Promoted(version - 1, False, features, records, Flips(0), unknown, before)
    open_version(uow, kind="promote", label=label, author=author)
    enter_rules(uow, rules, settings, version=version, author=author)
    ended = end_rules(uow, version)
    assumed = assume_planned(uow, version)
    uow.tell("Settling addresses")
    outcome = settle_version(uow, version, settings, cause=f"promote:{label}")
    uow.tell("Finishing")
    summarise(uow, version, {"flips": outcome.flips.counts, "sources": sorted(before)})
    uow.emit(PlanPromoted(f"promote:{label}", plan_version=version, kind="promote", label=label))
    return Promoted(version, True, features, records, outcome.flips, unknown, before, rules, ended, assumed)


def label_of(sources: Sequence[str]) -> str:
    """Return what the list of versions says of a promote: its source, or the first and how many more."""
    distinct = list(dict.fromkeys(sources))
    if len(distinct) <= 2:
        return " and ".join(distinct)
    return f"{distinct[0]} and {len(distinct) - 1} more"


def _plus(one: Replaced, other: Replaced) -> Replaced:
    return Replaced(one.opened + other.opened, one.closed + other.closed)


def _by_source(named: Sequence[Named]) -> dict[str, list[Named]]:
    sources: dict[str, list[Named]] = {}
    for item in named:
        sources.setdefault(item.source, []).append(item)
    return dict(sorted(sources.items()))


def _enter_source(uow: UnitOfWork, source: str, drafts: list[Named], version: int) -> None:
    source_id = drafts[0].source_id
    uow.sql.execute(
        "source.enter",
        "INSERT INTO source VALUES (?, ?, ?) ON CONFLICT (source_id) DO NOTHING",
        [source_id, source, uow.at_utc],
    )
    uses = frozenset.intersection(*(item.draft.permitted_uses for item in drafts))
    profiles = {m.profile for item in drafts for m in item.draft.mappings.values() if m.profile}
    terms = {
        "source_id": source_id,
        "licence": ", ".join(sorted({item.draft.licence for item in drafts})),
        "permitted_uses": ",".join(sorted(map(str, uses))),
        "profile": ",".join(sorted(profiles)) or None,
    }
    schema = pa.schema([("source_id", pa.int64()), *((name, pa.string()) for name in list(terms)[1:])])
    incoming = pa.Table.from_pylist([terms], schema=schema)
    scope = f"source_id = {source_id}"
    replace(uow, "source_terms", key="source_id", incoming=incoming, scope=scope, version=version)


def _write_features(
    uow: UnitOfWork, source: str, drafts: list[Named], keys: Mapping[str, str], version: int
) -> Replaced:
    """Write the plan features; what a person said of one stays until the source says the same."""
    source_id = drafts[0].source_id
    rows = pa.concat_tables([item.draft.plan_rows for item in drafts])
    rows = identify(uow, rows, source_id=source_id, source=source, layer_keys=keys)
    decided = uow.sql.arrow(
        "feature.overrides",
        """
        SELECT i.*, nullif(t.override_class, i.source_class) AS override_class,
               CASE WHEN i.live_on IS NULL OR nullif(t.override_class, i.source_class) IS NOT NULL
                    THEN t.override_live_on END AS override_live_on,
               coalesce(t.override_class, i.source_class) AS class
        FROM incoming i
        LEFT JOIN plan_feature t ON t.feature_id = i.feature_id AND t.to_version IS NULL
        """,
        incoming=rows,
    )
    written = replace(
        uow,
        "plan_feature",
        key="feature_id",
        incoming=decided,
        scope=f"source_id = {source_id}",
        version=version,
        ignore=(*_IGNORED, "override_class", "override_live_on", "class"),
    )
    area_overrides.lay_over(uow, version)
    return written


def _records(
    source: str, drafts: list[Named], types: TypeTable, vocabulary: Vocabulary
) -> tuple[pa.Table, Counter[str]]:
    tables, unknown = [RECORD_ROW.empty_table()], Counter[str]()
    for item in drafts:
        for group in item.draft.addresses:
            rows, words = record_rows(
                group, source_id=item.source_id, source=source, types=types, vocabulary=vocabulary
            )
            tables.append(rows)
            unknown += words
    return pa.concat_tables(tables), unknown


def _write_records(uow: UnitOfWork, source: str, rows: pa.Table, version: int) -> Replaced:
    return replace(
        uow,
        "source_record",
        key="record_id",
        incoming=rows,
        scope=f"source_id = {stable_id('source', source)}",
        version=version,
        ignore=_IGNORED,
    )


def _write_revision(uow: UnitOfWork, source: str, drafts: list[Named], keys: Mapping[str, str], version: int) -> None:
    source_id = drafts[0].source_id
    counts = [(item, count) for item in drafts for count in file_counts(item.draft)]
    revision = pa.table(
        {
            "revision_id": _distinct_ids("revision", source, [(c.path, c.layer) for _, c in counts]),
            "source_id": pa.array([source_id] * len(counts), pa.int64()),
            "path": pa.array([c.path for _, c in counts], pa.string()),
            "layer": pa.array([c.layer for _, c in counts], pa.string()),
            "layer_key": pa.array([keys[c.layer] for _, c in counts], pa.string()),
            "crs": pa.array([_crs(item.draft, c.layer) for item, c in counts], pa.string()),
            **{
                name: pa.array([getattr(c, name) for _, c in counts], pa.int64())
                for name in ("read", "ingested", "repaired", "quarantined", "set_aside")
            },
            "mapping": pa.array([_mapping_json(item.draft, c.layer) for item, c in counts], pa.string()),
        }
    )
    scope = f"source_id = {source_id}"
    replace(uow, "source_revision", key="revision_id", incoming=revision, scope=scope, version=version)
    rejected = pa.concat_tables([_rejections(item) for item in drafts])
    pointers = [rejected[name].to_pylist() for name in ("path", "layer", "row", "part")]
    rejected = rejected.append_column(
        "rejection_id", _distinct_ids("rejection", source, list(zip(*pointers, strict=True)))
    )
    replace(uow, "rejection", key="rejection_id", incoming=rejected, scope=scope, version=version)


def _distinct_ids(kind: str, source: str, keys: Sequence[tuple[object, ...]]) -> pa.Array:
    """Return an id for each key; a key that comes again, as where one file is given twice, gets another."""
    seen: Counter[tuple[object, ...]] = Counter()
    ids = []
    for key in keys:
        ids.append(stable_id(kind, source, *key, seen[key] or None))
        seen[key] += 1
    return pa.array(ids, type=pa.int64())


def file_counts(draft: Draft) -> list[FileCount]:
    """Return the conservation law of every layer of a draft, layers in order of name."""
    layers: dict[str, Counter[str]] = {info.name: Counter() for info in draft.staged.layers}
    counted = draft.outcomes.group_by(["layer", "outcome"]).aggregate([([], "count_all")])
    for layer, outcome, count in zip(*(column.to_pylist() for column in counted.columns), strict=True):
        layers.setdefault(layer, Counter())[outcome] = count
    read = {info.name: info.read for info in draft.staged.layers}
    return [
        FileCount(
            draft.staged.path, layer, max(read.get(layer, 0), fates.total()), *(fates[str(end)] for end in Outcome)
        )
        for layer, fates in sorted(layers.items())
    ]


def _crs(draft: Draft, layer: str) -> str:
    return next((info.crs for info in draft.staged.layers if info.name == layer), "EPSG:4326")


def _mapping_json(draft: Draft, layer: str) -> str:
    taken: dict[str, Any] = {
        str(role): proposal.mapping.to_json() for (name, role), proposal in draft.mappings.items() if name == layer
    }
    return orjson.dumps(taken, option=orjson.OPT_SORT_KEYS).decode()


def _rejections(item: Named) -> pa.Table:
    outcomes = item.draft.outcomes
    rejected = outcomes.filter(pc.not_equal(outcomes["outcome"], str(Outcome.INGESTED)))
    n = rejected.num_rows
    return pa.table(
        {
            "source_id": pa.array([item.source_id] * n, pa.int64()),
            "path": pa.array([item.draft.staged.path] * n, pa.string()),
            **{name: rejected[name] for name in ("layer", "row", "part", "outcome")},
            "reason": pc.fill_null(rejected["reason"], "repaired"),
            "detail": pc.fill_null(rejected["detail"], ""),
            **{name: rejected[name] for name in ("name", "source_fid", "geometry", "attributes")},
        }
    )


def _counts_before(uow: UnitOfWork, source_id: int, keys: Mapping[str, str]) -> dict[str, int]:
    """Return the features of each layer in the last revision, under the name that the layer has now."""
    rows = uow.sql.rows(
        "source.before",
        """
        SELECT layer_key, min(layer), sum(ingested + repaired)::BIGINT FROM source_revision
        WHERE source_id = ? AND to_version IS NULL GROUP BY layer_key
        """,
        [source_id],
    )
    now = {key: layer for layer, key in keys.items()}
    return {now.get(str(key), str(layer)): int(count) for key, layer, count in rows}


def _written(uow: UnitOfWork, version: int) -> bool:
    """Return whether anything but features and records was written for a version: a rejection, a count, a mapping."""
    return bool(
        uow.sql.value(
            "promote.written",
            """
            SELECT (SELECT count(*) FROM rejection WHERE from_version = $version OR to_version = $version)
                 + (SELECT count(*) FROM source_terms WHERE from_version = $version OR to_version = $version)
                 + (SELECT count(*) FROM source_revision WHERE from_version = $version OR to_version = $version)
            """,
            {"version": version},
        )
    )
