"""Is it built? Every feature's build status, where it was read, and the words that nobody has explained yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from fibermap.ingest.attributes import clean_columns
from fibermap.ingest.fields import Column, Mapping
from fibermap.ingest.mapping import apply_mapping
from fibermap.ingest.vocabulary import (
    DEFAULT_VOCABULARY,
    Status,
    Vocabulary,
    phase_phrase,
    read_status,
    read_status_in_name,
    with_answers,
)

__all__ = [
    "Contradiction",
    "Resolved",
    "Status",
    "UnknownWord",
    "read_status",
    "resolve_status",
    "unknown_words",
    "with_answers",
]

_NONE, _UNKNOWN = 0, -1
_CODES = {None: _NONE, Status.BUILD: 1, Status.PRE_BUILD: 2, Status.IGNORED: 3}
_STATUSES = np.array([None, *Status], dtype=object)

_Codes = npt.NDArray[np.int8]
_Texts = npt.NDArray[np.object_]
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """A word that somebody has to explain: where it stands (``attribute STATUS``), and on how many features."""

    word: str
    where: str
    count: int


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements about the same features that disagree; the first one counts."""

    believed: str
    overruled: str
    status: Status
    other: Status
    count: int


class Resolved(NamedTuple):
    """The outcome of :func:`resolve_status`.

    Attributes
    ----------
    statuses
        string array, one value per feature: ``build``, ``pre-build``, ``ignored``, or NULL where nothing that is
        understood is stated.
    evidence
        string array: where the status was read, for example ``folder 'Phase 4 - Design'``; NULL with the status.
    unknown
        Words to ask about, commonest first. The answers go into the vocabulary (:func:`with_answers`).
    contradictions
        Disagreements, commonest first.
    silent
        Features that state nothing at all, known or unknown.
    asked
        bool array of shape (n,): the features that wait for an answer to one of the ``unknown`` words.
    """

    statuses: pa.Array
    evidence: pa.Array
    unknown: tuple[UnknownWord, ...]
    contradictions: tuple[Contradiction, ...]
    silent: int
    asked: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """One place where a status may stand: per feature the text, its meaning as a code, and how to cite it."""

    where: str
    texts: _Texts
    codes: _Codes

    def cite(self, row: int) -> str:
        return f"{self.where} {self.texts[row]!r}"


def unknown_words(
    column: pa.Array | pa.ChunkedArray, vocabulary: Vocabulary = DEFAULT_VOCABULARY
) -> list[tuple[str, int]]:
    """Return the distinct status words of a column that the vocabulary does not know, with counts, commonest first."""
    counts = Counter(word for word in column.to_pylist() if word is not None)
    return [(word, count) for word, count in _ranked(counts) if read_status(word, vocabulary) is None]


def resolve_status(
    table: pa.Table,
    mapping: Mapping,
    vocabulary: Vocabulary = DEFAULT_VOCABULARY,
    legend: AbstractMapping[str, str] | None = None,
) -> Resolved:
    """Find the build status of every feature.

    The places are, strongest first: the mapped status columns in their order (domain labels and HTML tables are
    attributes like any other), folders from the innermost outwards, the layer's name, the style through the legend,
    the phase. An attribute that is stated but not understood settles the matter as *unknown*: weaker evidence does
    not speak for it until somebody has said what it means. Where several places are understood and disagree, the
    strongest counts and the contradiction is reported.

    Parameters
    ----------
    table
        Features in ``FEATURE_SCHEMA``.
    mapping
        The mapping of the features' role; its ``status`` and ``phase`` are read if there are any.
    vocabulary
        Phrase -> status, with the answers that people gave. A numbered phase counts only through an answer for
        ``phase <n>``.
    legend
        Colour (``#rrggbb``), icon or style name -> status word, as the plan's legend explains them. Without a legend
        only the *name* of a style is read, never its colours.
    """
    evidence = [
        *_attribute_evidence(table, mapping, vocabulary),
        *_folder_evidence(table, vocabulary),
        _named_evidence("layer", table.column("layer").to_pylist(), vocabulary),
        _style_evidence(table, vocabulary, legend or {}),
        _phase_evidence(table, mapping, vocabulary),
    ]
    winner = _winner(evidence, table.num_rows)
    settled = _settled(evidence, winner)
    cited = [evidence[winner[row]].cite(row) if settled[row] else None for row in range(table.num_rows)]
    asked, waiting = _questions(evidence, winner, settled)
    return Resolved(
        statuses=pa.array(_STATUSES[settled], pa.string()),
        evidence=pa.array(cited, pa.string()),
        unknown=tuple(UnknownWord(word, where, count) for (where, word), count in _ranked(asked)),
        contradictions=_contradictions(evidence, winner, settled),
        silent=int(((settled == _NONE) & ~waiting).sum()),
        asked=waiting,
    )


def _attribute_evidence(table: pa.Table, mapping: Mapping, vocabulary: Vocabulary) -> list[_Evidence]:
    source = mapping.fields.get("status")
    if source is None:
        return []
    if isinstance(source, Column):
        columns = clean_columns(table, source.names)
    else:
        columns = {"status": apply_mapping(table, Mapping(mapping.role, {"status": source})).column("status")}
    return [
        _evidence(f"attribute {name}", values.to_pylist(), lambda word: read_status(word, vocabulary), strict=True)
        for name, values in columns.items()
    ]


def _folder_evidence(table: pa.Table, vocabulary: Vocabulary) -> list[_Evidence]:
    """Return the innermost folder that states a status, then the outermost, so that their disagreement shows."""
    paths = [tuple(path) for path in table.column("folder").to_pylist()]
    speaking = {path: [name for name in path if read_status_in_name(name, vocabulary)] for path in set(paths)}
    inner = [speaking[path][-1] if speaking[path] else None for path in paths]
    outer = [speaking[path][0] if len(speaking[path]) > 1 else None for path in paths]
    return [_named_evidence("folder", inner, vocabulary), _named_evidence("outer folder", outer, vocabulary)]


def _named_evidence(where: str, texts: list[str | None], vocabulary: Vocabulary) -> _Evidence:
    return _evidence(where, texts, lambda name: read_status_in_name(name, vocabulary))


def _style_evidence(table: pa.Table, vocabulary: Vocabulary, legend: AbstractMapping[str, str]) -> _Evidence:
    by_key = {key.casefold(): word for key, word in legend.items()}

    def word_of(style: str | None) -> str | None:
        members: dict[str, Any] = orjson.loads(style) if style else {}
        keys = (str(members.get(part, "")).casefold() for part in ("name", "fill", "line", "icon"))
        return next((by_key[key] for key in keys if key in by_key), members.get("name"))

    words = {style: word_of(style) for style in set(table.column("style").to_pylist())}
    return _named_evidence("style", [words[style] for style in table.column("style").to_pylist()], vocabulary)


def _phase_evidence(table: pa.Table, mapping: Mapping, vocabulary: Vocabulary) -> _Evidence:
    texts: list[str | None] = [None] * table.num_rows
    if "phase" in mapping.fields:
        only_phase = Mapping(mapping.role, {"phase": mapping.fields["phase"]})
        texts = apply_mapping(table, only_phase).column("phase").to_pylist()

    def meaning(text: str) -> Status | None:
        return read_status_in_name(text, vocabulary) or vocabulary.get(phase_phrase(text) or "")

    return _evidence("phase", texts, meaning)


def _evidence(
    where: str, texts: list[str | None], meaning: Callable[[str], Status | None], *, strict: bool = False
) -> _Evidence:
    """Read each distinct text once. ``strict`` evidence that is stated but not understood counts as unknown."""
    fallback = _UNKNOWN if strict else _NONE
    codes = {text: _CODES[meaning(text)] or fallback for text in set(texts) if text is not None}
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return _Evidence(
        where, array, np.array([codes.get(text, _NONE) if text else _NONE for text in texts], dtype=np.int8)
    )


def _winner(evidence: list[_Evidence], rows: int) -> npt.NDArray[np.int64]:
    """Return for each row the position of the first evidence that says anything, or -1."""
    winner = np.full(rows, -1, dtype=np.int64)
    for position in reversed(range(len(evidence))):
        winner[evidence[position].codes != _NONE] = position
    return winner


def _settled(evidence: list[_Evidence], winner: npt.NDArray[np.int64]) -> _Codes:
    """Return the winning code of each row, none where the winner is not understood or there is none."""
    codes = np.stack([item.codes for item in evidence])[winner, np.arange(len(winner))]
    return np.where(winner < 0, _NONE, np.maximum(codes, _NONE)).astype(np.int8)


def _questions(
    evidence: list[_Evidence], winner: npt.NDArray[np.int64], settled: _Codes
) -> tuple[Counter[tuple[str, str]], npt.NDArray[np.bool_]]:
    """Count, for the features without a status, the one word per feature whose meaning would settle it."""
    asked: Counter[tuple[str, str]] = Counter()
    waiting = np.zeros(len(settled), dtype=np.bool_)
    phase = evidence[-1]
    for row in np.flatnonzero(settled == _NONE).tolist():
        waiting[row] = winner[row] >= 0 or phase.texts[row] is not None
        if winner[row] >= 0:
            stated = evidence[winner[row]]
            asked[stated.where, stated.texts[row]] += 1
        elif (numbered := phase_phrase(phase.texts[row])) is not None:
            asked[phase.where, _dotted(numbered)] += 1
        elif phase.texts[row] is not None:
            asked[phase.where, phase.texts[row]] += 1
    return asked, waiting


def _dotted(phase: str) -> str:
    """Write ``phase 2 1`` as its file did, ``phase 2.1``; both are the same phrase in an answer."""
    return ".".join(phase.rsplit(" ", 1)) if phase.count(" ") == 2 else phase


def _contradictions(
    evidence: list[_Evidence], winner: npt.NDArray[np.int64], settled: _Codes
) -> tuple[Contradiction, ...]:
    found: Counter[tuple[str, str, int, int]] = Counter()
    for position, weaker in enumerate(evidence):
        differs = (settled > _NONE) & (weaker.codes > _NONE) & (weaker.codes != settled) & (winner < position)
        for row in np.flatnonzero(differs).tolist():
            key = (evidence[winner[row]].cite(row), weaker.cite(row), int(settled[row]), int(weaker.codes[row]))
            found[key] += 1
    return tuple(
        Contradiction(believed, overruled, _STATUSES[status], _STATUSES[other], count)
        for (believed, overruled, status, other), count in _ranked(found)
    )


def _ranked(counts: Counter[_Key]) -> list[tuple[_Key, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
