"""The map as a sheet of paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fibermap.exports.model import CHOSEN, Material, Written
from fibermap.exports.sheet.contents import read_contents
from fibermap.exports.sheet.page import Page, write_sheet
from fibermap.kernel.errors import Code, InputRefused


@dataclass(frozen=True, slots=True)
class Printing:
    """How a map is printed.

    Attributes
    ----------
    title
        Heading of the sheet.
    west, south, east, north
        What it shows, degrees in EPSG:4326; all None for everything that was asked for.
    """

    title: str = "Coverage"
    west: float | None = None
    south: float | None = None
    east: float | None = None
    north: float | None = None

    def __post_init__(self) -> None:
        """Refuse a window that is none: ``argument_invalid``."""
        sides = (self.west, self.south, self.east, self.north)
        if all(side is None for side in sides):
            return
        west, south, east, north = (float("nan") if side is None else side for side in sides)
        if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
            raise InputRefused(
                Code.ARGUMENT_INVALID,
                "The window of the map cannot be read.",
                hint="Give west, south, east and north in degrees, west below east and south below north.",
            )

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """The window; None for everything."""
        if self.west is None or self.south is None or self.east is None or self.north is None:
            return None
        return self.west, self.south, self.east, self.north


def write_map(material: Material, path: Path, printing: Printing) -> Written:
    """Write the map as PDF, with title, legend, scale, date and plan version."""
    contents, tallies = read_contents(material, printing.box)
    box = printing.box or contents.box()
    if box is None:
        raise InputRefused(
            Code.ARGUMENT_INVALID, "There is nothing to print.", hint="Ask for other addresses, or ingest a plan first."
        )
    hidden = material.ask(f"SELECT count(*) AS n FROM {CHOSEN} WHERE NOT listed")["n"][0].as_py()
    notes = [f"{hidden:,} addresses are left out: their sources do not permit lists."] if hidden else []
    page = Page(printing.title, caption(material), material.units, tallies, tuple(notes))
    write_sheet(path, page, contents, box)
    return Written(1, {"source_not_permitted": hidden} if hidden else {})


def caption(material: Material) -> str:
    """Return what a sheet says of its origin."""
    return f"Plan version {material.version}, printed {material.today:%B} {material.today.day}, {material.today.year}"
