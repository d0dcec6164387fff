"""Where the street ends and the city begins, in a line that has no comma between them."""

from __future__ import annotations

from collections.abc import Collection

from fibermap.address.place import fold_city
from fibermap.address.routes import match_route, split_glued
from fibermap.address.vocabulary import DIRECTIONS, STREET_TYPES, STRONG_TYPES, TWO_WORD_TYPES

_SAINT_NAMES = """
ALBANS ANTHONY AUGUSTINE CHARLES CLAIR CLOUD FRANCIS GABRIEL GEORGE HELENA HELENS IGNACE JAMES JOE JOHN JOHNS
JOHNSBURY JOSEPH LEO LOUIS LUCIE MARIES MARTINVILLE MARY MARYS MATTHEWS MICHAEL MICHAELS PAUL PETER PETERS
PETERSBURG REGIS ROBERT SIMONS STEPHEN STEPHENS"""
_SAINTS = frozenset(_SAINT_NAMES.split())
_TRAILING = {"ALT", "BUS", "BYP", "EXT", "FRONTAGE"}


def split_city(tokens: list[str], cities: Collection[str], *, says_place: bool) -> tuple[list[str], list[str]]:
    """Part the words of a line into street and city.

    Parameters
    ----------
    tokens
        The words behind the house number, state and ZIP taken off.
    cities
        Known cities, folded; the longest that ends the line is the city.
    says_place
        Whether a state or ZIP followed: only then is a weak type (Lakes, Springs) taken for the end of the street.

    Returns
    -------
    tuple
        The words of the street, never none where there are words, and the words of the city.
    """
    start = _known_city(tokens, cities)
    if start is None:
        start = _after_route(tokens) or _after_type(tokens, says_place=says_place)
    return tokens[:start], tokens[start:]


def _known_city(tokens: list[str], cities: Collection[str]) -> int | None:
    if not cities:
        return None
    for start in range(1, len(tokens)):
        has_name = any(token not in DIRECTIONS for token in tokens[:start])
        if has_name and fold_city(" ".join(tokens[start:])) in cities:
            return start
    return None


def _after_route(tokens: list[str]) -> int | None:
    """Return the index behind a numbered road at the beginning of the line, with its direction."""
    split = split_glued(tuple(tokens))
    for start in range(min(3, len(split))):
        route = match_route(split, start)
        if route is not None:
            end = route.end
            while end < len(split) and (split[end] in DIRECTIONS or split[end] in _TRAILING):
                end += 1
            return end - (len(split) - len(tokens))
        if split[start] not in DIRECTIONS and split[start] not in {"OLD", "NEW", "ALT", "BUS"}:
            return None
    return None


def _after_type(tokens: list[str], *, says_place: bool) -> int:
    """Return the index behind the last strong type, else behind the first weak one, else behind everything."""
    strong = [index for index in range(1, len(tokens)) if _is_strong(tokens, index)]
    weak = [index for index in range(1, len(tokens) - 1) if tokens[index] in STREET_TYPES] if says_place else []
    if not strong and not weak:
        return len(tokens)
    end = (strong[-1] if strong else weak[0]) + 1
    if end < len(tokens) and tokens[end] in DIRECTIONS:
        end += 1
    return end


def _is_strong(tokens: list[str], index: int) -> bool:
    if (tokens[index - 1], tokens[index]) in TWO_WORD_TYPES and index > 1:
        return True
    short = STREET_TYPES.get(tokens[index])
    is_saint = tokens[index] == "ST" and index + 1 < len(tokens) and tokens[index + 1] in _SAINTS
    return short in STRONG_TYPES and not is_saint
