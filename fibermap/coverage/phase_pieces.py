"""Areas of which only a part is opened: cut in pieces, and made one again once the pieces say the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.areas import Area
from fibermap.coverage.model import Class
from fibermap.coverage.phase_cuts import rejoined, without
from fibermap.spatial.metres import area_m2


@dataclass(frozen=True, slots=True)
class Family:
    """An area and what was cut out of it. ``whole`` is its shape before the first cut."""

    root_id: int
    whole: BaseGeometry
    pieces: tuple[int, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        """The area and its pieces."""
        return (self.root_id, *self.pieces)


@dataclass(slots=True)
class Division:
    """What comes of shares of areas that say something new.

    Attributes
    ----------
    after
        The areas that are otherwise than before, by id; new ones under negative ids, None for what became part of
        another one.
    family_of
        The family of each new one.
    opened
        The areas that hold the shares.
    """

    after: dict[int, Area | None] = field(default_factory=dict)
    family_of: dict[int, Family] = field(default_factory=dict)
    opened: list[int] = field(default_factory=list)


def divide(
    before: Mapping[int, Area], families: Iterable[Family], shares: Mapping[int, BaseGeometry], said: Mapping[str, Any]
) -> Division:
    """Let the share of each area say something new.

    A share of an area becomes an area of its own. Pieces of one area that are build and say the same become one again,
    so that a phase that was opened part by part ends as one that was opened whole.

    Parameters
    ----------
    before
        Every area of the families.
    families
        The families of the areas in ``shares``, each once.
    said
        As :func:`fibermap.coverage.areas.read_fields` gives it.
    """
    division, now = Division(), dict(before)
    for family in families:
        new = _cut(now, family, shares, said, division)
        _rejoin(now, replace(family, pieces=(*family.pieces, *new)), division)
        division.family_of |= {i: family for i in new if i in now}
    changed = {i: now.get(i) for i in (*before, *now) if now.get(i) != before.get(i)}
    division.after.update(changed)
    return division


def _cut(
    now: dict[int, Area],
    family: Family,
    shares: Mapping[int, BaseGeometry],
    said: Mapping[str, Any],
    division: Division,
) -> list[int]:
    """Cut the shares out of the areas of a family, and return the new ones."""
    new: list[int] = []
    for area_id in [i for i in family.ids if i in shares and i in now]:
        area, share = now[area_id], shares[area_id]
        rest = None if share is area.geometry else without(area.geometry, share)
        if rest is None:
            now[area_id] = area.with_fields(said)
            division.opened.append(area_id)
            continue
        fresh = min((0, *now)) - 1
        now[area_id] = _shaped(area, rest)
        piece = replace(area, area_id=fresh, version=0, source=None, edited=()).with_fields(said)
        now[fresh] = _shaped(piece, share)
        new.append(fresh)
        division.opened.append(fresh)
    return new


def _rejoin(now: dict[int, Area], family: Family, division: Division) -> None:
    living = [i for i in family.ids if i in now]
    kept: dict[tuple[Any, ...], list[int]] = {}
    for area_id in living:
        kept.setdefault(tuple(now[area_id].says().values()), []).append(area_id)
    for alike in kept.values():
        first, *others = alike
        if now[first].class_ is not Class.BUILD or not others:
            continue
        now[first] = _shaped(now[first], rejoined([now[i].geometry for i in alike], family.whole))
        for area_id in others:
            del now[area_id]
        division.opened[:] = list(dict.fromkeys(first if i in others else i for i in division.opened))


def _shaped(area: Area, shape: BaseGeometry) -> Area:
    return replace(area, geometry=shapely.force_2d(shape), size_m2=float(area_m2(shape)[0]))
