"""The words that say whether something is built, and what they mean. A word that is not here is asked about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from fibermap.ingest.words import phrase_of, segments_of, words_of
from fibermap.kernel.errors import Code, InputRefused


class Status(StrEnum):
    """What a status word says of the network."""

    BUILD = "build"
    PRE_BUILD = "pre-build"
    IGNORED = "ignored"
    """Neither there nor coming: abandoned, cancelled, out of service. The feature gives no coverage."""


Vocabulary = Mapping[str, Status]
"""Normalised phrase (:func:`~fibermap.ingest.words.phrase_of`) -> status."""

_BUILD = """
    build, built, as built, asbuilt, in service, live, active, lit, on net, serviceable, operational, existing,
    ready for service, rfs, service available, services available, available, connected, activated, energized,
    commissioned, network live, currently serviceable, ready to connect, ready for activation, in operation,
    service class 1, service class 2, service class 3, service class 5, service class 6
"""
_PRE_BUILD = """
    pre build, prebuild, pre built, construction, under construction, in construction, construction started,
    construction commenced, construction in progress, under build, in build, in progress, building, build commenced,
    build in progress, build preparation, build prep, build planned, to be built, not built, not yet built, unbuilt,
    design, in design, under design, designing, designed, design in progress, design complete, detailed design,
    high level design, low level design, hld, lld, final design, preliminary design, engineering, in engineering,
    permitting, in permitting, permit, permitted, permits submitted, permit pending, permits pending, make ready,
    proposed, planned, planning, in planning, future, future build, future phase, preconstruction, pre construction,
    funded, awarded, committed, approved for construction, issued for construction, ifc, ready for construction, rfc,
    ready for build, ready to build, survey, surveying, coming soon, not yet in service, not yet live,
    pending construction, service class 0, service class 4
"""
_IGNORED = """
    abandoned, cancelled, canceled, decommissioned, retired, removed, out of service, not in service, disconnected,
    rejected, withdrawn, do not build, no build, not planned, not serviceable, unserviceable, out of scope,
    out of coverage, out of footprint, not available, no service, not served, not feasible, deleted, obsolete
"""


def _spread(phrases: str, status: Status) -> dict[str, Status]:
    return {phrase_of(phrase): status for phrase in phrases.split(",")}


DEFAULT_VOCABULARY: Vocabulary = MappingProxyType(
    _spread(_BUILD, Status.BUILD) | _spread(_PRE_BUILD, Status.PRE_BUILD) | _spread(_IGNORED, Status.IGNORED)
)
"""Words with one meaning in the trade, those of NBN's roll-out and of the Open Fibre Data Standard among them.

Not here, because they mean different things to different people, and so are asked about: *inactive* (OFDS: passive
network complete but not lit; elsewhere: switched off), *complete* (of what?), *on hold*, *RFA* (ready for acceptance,
or for activation), *Phase 2* and bare numbers and letters.
"""

OFDS_VOCABULARY: Vocabulary = MappingProxyType({**DEFAULT_VOCABULARY, "inactive": Status.PRE_BUILD})
"""For files in the Open Fibre Data Standard (codelists ``nodeStatus`` and ``spanStatus``)."""

_NAME_FILLER = frozenset(
    phrase_of(
        "area areas zone zones network fiber fibre ftth fttp plan plans polygon polygons boundary boundaries layer "
        "route routes cable cables map footprint coverage service fda fdas fdh terminal terminals line lines "
        "point points"
    ).split()
)
"""Words that may stand beside a status in the name of a folder without changing its meaning."""

_PHASE = re.compile(r"\b(?:phase|ph|stage|tranche) ?(?P<number>\d{1,3}(?: \d{1,3})?[a-z]?)\b", re.ASCII)
_NUMBER = re.compile(r"\d{1,3}", re.ASCII)
_ORDINAL = re.compile(r"^\d{1,2} ", re.ASCII)
_TWO_SIDED = frozenset({"build", "building", "design", "permit", "survey", "available", "connected"})
"""Phrases believed in a name only where they are a whole segment: ``Phase 2 Build`` is a project, not a state."""


def read_status(word: str | None, vocabulary: Vocabulary = DEFAULT_VOCABULARY) -> Status | None:
    """Return what a status word means, or ``None`` where the vocabulary does not know the *whole* of it."""
    return vocabulary.get(phrase_of(word)) if word else None


def read_status_in_name(name: str | None, vocabulary: Vocabulary = DEFAULT_VOCABULARY) -> Status | None:
    """Return the status that the name of a folder, layer, phase or legend entry states.

    A segment of the name (``Phase 3 - Under Construction`` has two) counts when nothing is left of it beside a known
    phrase, a phase number and words such as *network* or *area*: ``Live Areas`` states a status, ``Live Oak`` does not.
    Segments that state different things state nothing.
    """
    found = {status for segment in segments_of(name) if (status := _segment_status(segment, vocabulary))}
    return found.pop() if len(found) == 1 else None


def phase_phrase(text: str | None) -> str | None:
    """Return ``"phase 3"`` for ``"3"``, ``"Phase 3 - North"`` or ``"PH3"``; ``None`` where no phase is numbered.

    That is the phrase under which an answer to "is phase 3 built?" is kept in a vocabulary.
    """
    phrase = phrase_of(text)
    if _NUMBER.fullmatch(phrase.removesuffix(" 0")):
        return f"phase {int(phrase.removesuffix(' 0'))}"
    match = _PHASE.search(phrase)
    return f"phase {match['number']}" if match else None


def with_answers(answers: Mapping[str, str], base: Vocabulary = DEFAULT_VOCABULARY) -> Vocabulary:
    """Add a person's answers (``{"Splicing": "pre-build", "phase 1": "build"}``), which outrank the built-in meanings.

    Raises
    ------
    InputRefused
        ``mapping_invalid`` where an answer is not ``build``, ``pre-build`` or ``ignored``, or its word is empty.
    """
    words: dict[str, Status] = dict(base)
    for word, answer in answers.items():
        phrase = phrase_of(word)
        if not phrase or answer not in tuple(Status):
            raise InputRefused(
                Code.MAPPING_INVALID,
                f"The answer {answer!r} for the status word {word!r} means nothing.",
                hint=f"Answer with one of {', '.join(Status)}.",
                field="status",
            )
        words[f"phase {int(phrase)}" if _NUMBER.fullmatch(phrase) else phrase] = Status(answer)
    return MappingProxyType(words)


def _segment_status(segment: str, vocabulary: Vocabulary) -> Status | None:
    words = words_of(segment)
    whole = vocabulary.get(" ".join(words))
    if whole:
        return whole
    # Years stay: "RFS 2027" is not ready for service.
    rest = " ".join(_ORDINAL.sub("", _PHASE.sub(" ", " ".join(words))).split())
    bare = _without_filler(rest, vocabulary)
    return None if bare in _TWO_SIDED else vocabulary.get(bare)


def _without_filler(phrase: str, vocabulary: Vocabulary) -> str:
    """Drop filler words from both ends, unless the phrase is known with them (``service available``)."""
    words = phrase.split()
    while words and " ".join(words) not in vocabulary and words[-1] in _NAME_FILLER:
        words.pop()
    while words and " ".join(words) not in vocabulary and words[0] in _NAME_FILLER:
        words.pop(0)
    return " ".join(words)
