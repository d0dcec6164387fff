"""The written part of a map: heading, legend, notes, and the table that says what the map shows."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FileSystemLoader, Template
from markupsafe import Markup

from fibermap.coverage.model import CLASS_ORDER
from fibermap.maps.assets import WEB
from fibermap.maps.contents import MapContents
from fibermap.maps.palette import swatch
from fibermap.maps.text import clean, count

MOST_ROWS = 400
"""Areas that the table names one by one."""


def write_sheet(contents: MapContents, *, map_id: str, title: str, caption: str) -> str:
    """Return the body of the page. Everything that came from a file is escaped."""
    return _template().render(
        map_id=map_id,
        title=clean(title, 200),
        caption=clean(caption, 300),
        tallies=contents.tallies,
        swatches={class_: Markup(swatch(class_)) for class_ in CLASS_ORDER},  # noqa: S704  our own drawing
        areas=contents.areas[:MOST_ROWS],
        more=contents.areas[MOST_ROWS:],
        notes=contents.notes,
    )


@cache
def _template() -> Template:
    pages = Environment(loader=FileSystemLoader(WEB), autoescape=True)
    pages.filters |= {"counted": count, "grouped": "{:,}".format}
    return pages.get_template("coverage_map.html")
