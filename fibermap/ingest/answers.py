"""What people answered once: status words, type words and mapping profiles. Nobody is asked the same twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import orjson

from fibermap.address.model import Kind
from fibermap.address.types import TypeRule, fold_type
from fibermap.ingest.draft import NOT_STATED
from fibermap.ingest.fields import Mapping as FieldMapping
from fibermap.ingest.profiles import BUILT_IN, Profile
from fibermap.ingest.vocabulary import Status, Vocabulary, phase_phrase, with_answers
from fibermap.ingest.words import column_key, phrase_of
from fibermap.kernel.errors import Code, InputRefused
from fibermap.store import UnitOfWork

TYPE_ANSWERS: Mapping[str, TypeRule] = {
    "residential": TypeRule(Kind.RESIDENTIAL, serviceable=True),
    "business": TypeRule(Kind.BUSINESS, serviceable=True),
    "institution": TypeRule(Kind.INSTITUTION, serviceable=True),
    "none": TypeRule(Kind.OTHER, serviceable=False),
}
"""What a person may answer for a type word."""


def remember(
    uow: UnitOfWork, statuses: Mapping[str, str], types: Mapping[str, str], author: str, sources: Collection[str]
) -> None:
    """Keep answers; a later answer replaces an earlier one. Raises ``mapping_invalid`` for one that means nothing.

    A word means the same wherever it stands. What silence (``(none)``) and a numbered phase mean is kept for
    ``sources`` alone: another plan's phase 1 may well not be built.
    """
    with_answers({word: answer for word, answer in statuses.items() if word != NOT_STATED})
    for word, answer in statuses.items():
        _check(answer, tuple(map(str, Status)), word, "status")
        local = _local(word)
        for kept in [_within(local, source) for source in sources] if local else [phrase_of(word)]:
            _keep(uow, "status_word", kept, answer, author)
    for word, answer in types.items():
        _check(answer, tuple(TYPE_ANSWERS), word, "type")
        _keep(uow, "type_word", fold_type(word), answer, author)


def _check(answer: str, allowed: tuple[str, ...], word: str, kind: str) -> None:
    if answer not in allowed:
        raise InputRefused(
            Code.MAPPING_INVALID,
            f"The answer {answer!r} for the {kind} word {word!r} means nothing.",
            hint=f"Answer with one of {', '.join(allowed)}.",
            field=kind,
        )


def _keep(uow: UnitOfWork, table: str, word: str, answer: str, author: str) -> None:
    uow.sql.execute(
        f"answers.keep.{table}",
        f"""
        INSERT INTO {table} VALUES (?, ?, ?, ?)
        ON CONFLICT (word) DO UPDATE
        SET answer = excluded.answer, author = excluded.author, answered_at = excluded.answered_at
        """,
        [word, answer, author, uow.at_utc],
    )


def _local(word: str) -> str | None:
    """Return the form in which a word is kept that means something else in every source: silence, numbered phases."""
    if word == NOT_STATED:
        return word
    phase = phase_phrase(word)
    return f"({phase})" if phase and phrase_of(word) in (phase, phase.removeprefix("phase ")) else None


def _within(local: str, source: str) -> str:
    return f"{local} in {source}"


def statuses(uow: UnitOfWork, source: str) -> dict[str, str]:
    """Return the answers for status words; under ``(none)`` and ``phase 1`` what these mean in the source, if said."""
    kept: dict[str, str] = dict(uow.sql.rows("answers.statuses", "SELECT word, answer FROM status_word"))
    words = {word: answer for word, answer in kept.items() if not word.startswith("(")}
    ending = _within("", source)
    here = {
        word.removesuffix(ending): answer
        for word, answer in kept.items()
        if word.startswith("(") and word.endswith(f"){ending}")
    }
    return words | {word if word == NOT_STATED else word[1:-1]: answer for word, answer in here.items()}


def vocabulary(uow: UnitOfWork) -> Vocabulary:
    """Return the built-in vocabulary with the answers on top."""
    return with_answers(statuses(uow, ""))


def types(uow: UnitOfWork) -> dict[str, TypeRule]:
    """Return the answers for type words."""
    rows = uow.sql.rows("answers.types", "SELECT word, answer FROM type_word")
    return {word: TYPE_ANSWERS[answer] for word, answer in rows}


def profiles(uow: UnitOfWork) -> tuple[Profile, ...]:
    """Return the saved mapping profiles, and then the built-in ones."""
    rows = uow.sql.rows("answers.profiles", "SELECT profile FROM mapping_profile ORDER BY name")
    return (*(Profile.from_json(orjson.loads(row[0])) for row in rows), *BUILT_IN)


def save_mapping(uow: UnitOfWork, name: str, mapping: FieldMapping | Profile) -> None:
    """Keep a mapping under a name; files with all the columns that it reads are then recognised by them."""
    if isinstance(mapping, Profile):
        save_profile(uow, replace(mapping, name=name))
    else:
        signature = frozenset(map(column_key, mapping.columns()))
        save_profile(uow, Profile(name=name, title=name, mapping=mapping, signature=signature))


def save_profile(uow: UnitOfWork, profile: Profile) -> None:
    """Keep a mapping profile under its name, in place of an earlier one of that name."""
    uow.sql.execute(
        "answers.save_profile",
        """
        INSERT INTO mapping_profile VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET profile = excluded.profile, saved_at = excluded.saved_at
        """,
        [profile.name, orjson.dumps(profile.to_json(), option=orjson.OPT_SORT_KEYS).decode(), uow.at_utc],
    )
