"""Which column is the house number? Proposing a mapping for a layer, and applying one to its features."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from fibermap.formats.model import LayerInfo
from fibermap.ingest.attributes import clean, clean_columns, column_values, most_common, parse_chunks
from fibermap.ingest.fields import (
    Column,
    Constant,
    FieldSource,
    Folder,
    FolderNamed,
    Joined,
    Mapping,
    Own,
    check_columns,
    columns_read,
)
from fibermap.ingest.groups import Role
from fibermap.ingest.profiles import BUILT_IN, Profile, fitted, recognise
from fibermap.ingest.targets import TARGETS, Target
from fibermap.ingest.vocabulary import DEFAULT_VOCABULARY, read_status
from fibermap.ingest.words import column_key, has_phrase, words_of

_Pick = Callable[[tuple[str, ...]], str | None]

PROFILE_CONFIDENCE = 0.98
FIRST_NAME_CONFIDENCE = 0.95
LAST_NAME_CONFIDENCE = 0.7
OWN_NAME_CONFIDENCE = 0.6
PHASE_FOLDER_CONFIDENCE = 0.8

__all__ = ["Mapping", "MappingProposal", "apply_mapping", "propose_mapping"]


@dataclass(frozen=True, slots=True)
class MappingProposal:
    """A mapping that a person may take as it is or change.

    Attributes
    ----------
    mapping
        The proposal; targets without a source are left out.
    confidence
        Target -> 0..1, how sure the source is.
    samples
        Target -> up to three of the commonest values that it would take.
    profile
        Name of the recognised profile, or ``None``.
    unused
        Columns that no target reads, in the layer's order.
    """

    mapping: Mapping
    confidence: AbstractMapping[str, float]
    samples: AbstractMapping[str, tuple[str, ...]]
    profile: str | None
    unused: tuple[str, ...]


def propose_mapping(
    table: pa.Table, layer: LayerInfo, role: Role, profiles: Collection[Profile] = BUILT_IN
) -> MappingProposal:
    """Propose where each target field of a role comes from.

    Parameters
    ----------
    table
        Features in ``FEATURE_SCHEMA``; those of other layers than ``layer`` are not looked at.
    layer
        The layer, as its source describes it.
    role
        The role that the features have.
    profiles
        Shapes to recognise; a saved profile of the user's goes first.
    """
    own = table.filter(pc.equal(table.column("layer"), layer.name))
    columns = column_values(own, [field.name for field in layer.fields])
    profile = recognise(columns, role, profiles)
    fields: dict[str, FieldSource] = dict(fitted(profile, columns).fields) if profile else {}
    confidence = dict.fromkeys(fields, PROFILE_CONFIDENCE)
    for target, spec in TARGETS[role].items():
        if target not in fields and (found := _best_columns(target, spec, columns)):
            fields[target], confidence[target] = found
    _fill_from_feature(own, role, fields, confidence)
    mapping = Mapping(role, fields)
    samples = {target: _samples(own, mapping, target, columns) for target in fields}
    unused = tuple(name for name in columns if name not in mapping.columns())
    return MappingProposal(mapping, confidence, samples, profile.name if profile else None, unused)


def apply_mapping(table: pa.Table, mapping: Mapping) -> pa.Table:
    """Fill a role's target fields from the features.

    Parameters
    ----------
    table
        Features in ``FEATURE_SCHEMA``, any number of rows; their order is kept.
    mapping
        Checked against the columns that the features have, unless there are no features at all.

    Returns
    -------
    pyarrow.Table
        ``row`` (int64), ``layer`` (string) and every target field of the role (string): trimmed text, NULL where the
        source states nothing or writes ``NULL``, ``<Null>``, ``None``, ``N/A`` and the like.

    Raises
    ------
    InputRefused
        ``mapping_invalid`` where a column stands on no feature, naming the field and the nearest column.
    """
    wanted = mapping.columns()
    stated = clean_columns(table, wanted)
    _check_stated(table, mapping, stated)
    columns = {"row": table.column("row"), "layer": table.column("layer")}
    for target, spec in TARGETS[mapping.role].items():
        source = mapping.fields.get(target)
        values = _values(table, source, stated) if source else pa.nulls(table.num_rows, pa.string())
        columns[target] = _without_zero(values) if spec.zero_is_null else values
    return pa.table(columns)


def _check_stated(table: pa.Table, mapping: Mapping, stated: AbstractMapping[str, pa.ChunkedArray]) -> None:
    if table.num_rows and any(values.null_count == len(values) for values in stated.values()):
        # A column that is always blank is no mistake, one that is missing is: only now is it worth telling them apart.
        columns = {key for rows in parse_chunks(table) for row in rows for key in row}
        check_columns(mapping, columns, layer=table.column("layer")[0].as_py())


def _values(
    table: pa.Table, source: FieldSource, stated: AbstractMapping[str, pa.ChunkedArray]
) -> pa.Array | pa.ChunkedArray:
    match source:
        case Column(names):
            return pc.coalesce(*(stated[name] for name in names))
        case Joined(names):
            joined = pc.binary_join_element_wise(*(stated[name] for name in names), " ", null_handling="skip")
            return clean(joined)
        case Constant(text):
            return clean(pa.repeat(pa.scalar(text, pa.string()), table.num_rows))
        case Own(part):
            return clean(table.column(part))
        case Folder(level):
            return _from_paths(table, lambda path: path[level] if -len(path) <= level < len(path) else None)
        case FolderNamed(word):
            return _from_paths(table, lambda path: folder_named(path, word))


def folder_named(path: Sequence[str], word: str) -> str | None:
    """Return the innermost folder of a path in whose name ``word`` stands whole."""
    return next((name for name in reversed(path) if has_phrase(words_of(name), (word,))), None)


def _from_paths(table: pa.Table, pick: _Pick) -> pa.Array:
    cache: dict[tuple[str, ...], str | None] = {}
    picked = []
    for path in map(tuple, table.column("folder").to_pylist()):
        if path not in cache:
            cache[path] = pick(path)
        picked.append(cache[path])
    return clean(pa.array(picked, pa.string()))


def _without_zero(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    zero = pc.match_substring_regex(values, r"^0+(\.0+)?$")
    return pc.if_else(zero, pa.scalar(None, pa.string()), values)


def _best_columns(
    target: str, spec: Target, columns: AbstractMapping[str, list[str]]
) -> tuple[FieldSource, float] | None:
    """Return the surest column, and for a city the next best behind it, because sources leave cities blank."""
    by_key: dict[str, str] = {}
    for name in columns:
        by_key.setdefault(column_key(name), name)
    named = [(rank, by_key[key]) for rank, key in enumerate(spec.names) if key in by_key]
    fitting = [(rank, name) for rank, name in named if spec.fits(columns[name])]
    if not fitting:
        return None
    if target == "status":
        fitting.sort(key=lambda item: -_share_known(columns[item[1]]))
    step = (FIRST_NAME_CONFIDENCE - LAST_NAME_CONFIDENCE) / max(1, len(spec.names) - 1)
    confidence = FIRST_NAME_CONFIDENCE - fitting[0][0] * step
    kept = fitting if target in ("city", "status") else fitting[:1]
    return Column(tuple(name for _, name in kept)), round(confidence, 2)


def _share_known(values: list[str]) -> float:
    return sum(read_status(value, DEFAULT_VOCABULARY) is not None for value in values) / len(values)


def _fill_from_feature(
    table: pa.Table, role: Role, fields: dict[str, FieldSource], confidence: dict[str, float]
) -> None:
    """Fall back on what features carry beside their attributes: a name, a folder that is called a phase."""
    name_target = {Role.COVERAGE: "area_name", Role.NETWORK_POINTS: "terminal_id", Role.NETWORK_LINES: "line_id"}
    name_target |= {Role.EXCLUSION: "area_name", Role.BARRIER: "name", Role.CONTEXT: "name"}
    target = name_target.get(role)
    if target and target not in fields and table.column("name").null_count < table.num_rows:
        fields[target], confidence[target] = Own("name"), OWN_NAME_CONFIDENCE
    if role is Role.ADDRESSES and "source_id" not in fields and table.column("source_fid").null_count < table.num_rows:
        fields["source_id"], confidence["source_id"] = Own("source_fid"), FIRST_NAME_CONFIDENCE
    folders = pc.unique(table.column("folder").combine_chunks().flatten()).to_pylist()
    phased = any(has_phrase(words_of(name), ("phase",)) for name in folders)
    if phased and "phase" in TARGETS[role] and "phase" not in fields:
        fields["phase"], confidence["phase"] = FolderNamed("phase"), PHASE_FOLDER_CONFIDENCE


def _samples(
    table: pa.Table, mapping: Mapping, target: str, columns: AbstractMapping[str, list[str]]
) -> tuple[str, ...]:
    source = mapping.fields[target]
    names = columns_read(source)
    if names:
        return most_common([value for name in names for value in columns[name]])
    values = _values(table.slice(0, 1_000), source, {})
    return most_common([value for value in values.to_pylist() if value is not None])
