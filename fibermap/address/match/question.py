"""One typed address, read and folded, ready to be compared."""

from __future__ import annotations

from dataclasses import dataclass

from fibermap.address.keys import street_key, street_text, unit_of
from fibermap.address.match.model import Fault
from fibermap.address.match.shape import Shape, readings, shape_of
from fibermap.address.model import AddressParts
from fibermap.address.normalise import fold_text
from fibermap.address.number import spell_number
from fibermap.address.place import fold_city

_GENERIC = frozenset({"HWY", "RTE"})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for, in the spelling of keys; ``""`` and None where nothing was typed.

    Attributes
    ----------
    number_text
        The house number with prefix and suffix, as one writes it.
    key, shape
        The street's key, and that key taken apart.
    spelling
        The street's words as typed, standardised and not folded.
    slips
        Faults of the text that had to be put right before it could be read.
    """

    parts: AddressParts
    number: int | None
    number_text: str
    key: str
    shape: Shape
    unit: str
    zip: str
    city: str
    state: str
    spelling: str
    slips: tuple[Fault, ...] = ()

    @property
    def generic_route(self) -> bool:
        """Whether the road is called a highway and nothing else, as people call any numbered road."""
        return self.parts.pre_type in _GENERIC

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Every way in which the street may be meant."""
        return readings(self.shape)

    @property
    def says_place(self) -> bool:
        """Whether a ZIP or a city was typed."""
        return bool(self.zip or self.city)


def question_of(parts: AddressParts, slips: tuple[Fault, ...] = ()) -> Question:
    """Fold the parts of a typed address; ``slips``: what had to be put right before they could be read."""
    key = street_key(parts)
    return Question(
        parts,
        parts.number,
        spell_number(parts.number_prefix, parts.number, parts.number_suffix),
        key,
        shape_of(key),
        unit_of(parts),
        parts.zip or "",
        fold_city(fold_text(parts.city)) if parts.city else "",
        parts.state or "",
        street_text(parts),
        slips,
    )
