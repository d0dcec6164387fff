"""How each class looks: a colour that colour-blind readers tell apart, and a shape for those who see none."""

from __future__ import annotations

from dataclasses import dataclass

from fibermap.coverage.model import CLASS_ORDER, Class


@dataclass(frozen=True, slots=True)
class Look:
    """The look of a class.

    Attributes
    ----------
    shape
        ``circle``, ``triangle``, ``cross`` or ``ring``: the marker of a single address.
    fill, line
        Colours as ``#rrggbb``; ``line`` has a contrast of at least 3 to 1 against the map's ground.
    dash
        SVG dash pattern of outlines, ``""`` for a solid line.
    ground, ink
        What a group of addresses is filled with, and the colour of the number on it, at least 4.5 to 1.
    """

    shape: str
    fill: str
    line: str
    dash: str
    ground: str
    ink: str


LOOKS: dict[Class, Look] = {
    Class.BUILD: Look("circle", "#0072b2", "#004b76", "", "#0072b2", "#ffffff"),
    Class.PRE_BUILD: Look("triangle", "#e69f00", "#7a4b00", "7 4", "#e69f00", "#1f1300"),
    Class.OUT: Look("cross", "#6b6b6b", "#4a4a4a", "", "#ffffff", "#333333"),
    Class.UNKNOWN: Look("ring", "#ffffff", "#8a2f6b", "1 3", "#ffffff", "#6d1f53"),
}
"""Blue and orange of the palette of Okabe and Ito (2008), grey, and a purple ring."""

EXCLUSION_LINE = "#8b0000"
GAP_LINE = "#8a2f6b"
NETWORK_LINE = "#2f2f2f"

_SWATCHES = {
    "circle": '<circle cx="8" cy="8" r="5.5"/>',
    "triangle": '<path d="M8 1.8 14.5 13.5H1.5Z"/>',
    "cross": '<path d="M3 3 13 13M13 3 3 13" stroke-width="3"/>',
    "ring": '<circle cx="8" cy="8" r="5" stroke-width="2.5"/>',
}


def code_of(class_: object) -> int:
    """Return the index of a class in :data:`~fibermap.coverage.model.CLASS_ORDER`; what is no class is unknown."""
    return next((index for index, known in enumerate(CLASS_ORDER) if known == class_), len(CLASS_ORDER) - 1)


def swatch(class_: Class) -> str:
    """Return the legend's picture of a class as SVG; decoration, hidden from screen readers."""
    look = LOOKS[class_]
    return (
        f'<svg aria-hidden="true" width="16" height="16" viewBox="0 0 16 16" fill="{look.fill}"'
        f' stroke="{look.line}" stroke-width="1.5">{_SWATCHES[look.shape]}</svg>'
    )
