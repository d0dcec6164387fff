"""The page: a folium map whose libraries, style and data are all in the file."""

from __future__ import annotations

import json
from html import escape
from typing import Any, cast

import folium
from branca.element import Element, Figure
from jinja2 import Template

from fibermap.maps.assets import Assets
from fibermap.maps.contents import MapContents
from fibermap.maps.sheet import write_sheet
from fibermap.maps.text import clean

_NOWHERE = (-125.0, 24.0, -66.0, 50.0)
"""What an empty map shows: the contiguous United States."""


class _Page(Figure):
    """A figure that states its language, scales on phones, and is of a fixed height in a notebook."""

    _template = Template(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<title>{{ this.title }}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "{{ this.header.render(**kwargs) }}\n</head>\n<body>\n{{ this.html.render(**kwargs) }}\n"
        "<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(self, title: str) -> None:
        super().__init__(width="100%", height="640px", title=escape(clean(title, 200)))


class _Verbatim(Element):
    """Text that goes into the page as it is.

    Folium's own elements compile what they are given as a template, so a name such as ``{{ ... }}`` in a file would be
    run. Here the template is fixed and the text is its value.
    """

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class CoverageMap(folium.Map):
    """A :class:`folium.Map` that asks the network for nothing.

    Layers can be added to it as to any folium map. What brings libraries of its own (``folium.Icon``, the plugins)
    fetches those from where folium has them.
    """

    _template = Template("")
    default_js: list[tuple[str, str]] = []  # noqa: RUF012  folium's way of naming what to fetch
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(
        self,
        contents: MapContents,
        assets: Assets,
        *,
        title: str,
        caption: str,
        tiles: str | None,
        attribution: str,
    ) -> None:
        west, south, east, north = contents.bounds or _NOWHERE
        super().__init__(location=((south + north) / 2, (west + east) / 2), zoom_start=5, tiles=None)
        _Page(title).add_child(self)
        self._head = f"<style>\n{assets.style}</style>\n<script>\n{assets.script}\n</script>"
        self._body = write_sheet(contents, map_id=self.get_name(), title=title, caption=caption)
        box = [[south, west], [north, east]]
        self._data = _json({**contents.drawing, "bounds": box})
        if tiles:
            self.add_child(folium.TileLayer(tiles=tiles, attr=escape(attribution) or " ", control=False))

    def render(self, **kwargs: Any) -> None:  # type: ignore[override]
        """Put style, page and script into the figure, then whatever was added to the map."""
        figure, name = cast(Figure, self.get_root()), self.get_name()
        figure.header.add_child(_Verbatim(self._head), name="fibermap_head")
        figure.html.add_child(_Verbatim(self._body), name=name)
        figure.script.add_child(_Verbatim(f'var {name} = coverageMap("{name}", {self._data});'), name=name)
        super().render(**kwargs)  # type: ignore[no-untyped-call]


def _json(value: dict[str, Any]) -> str:
    """Return JSON that is safe inside a script element, whatever its strings hold."""
    said = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return said.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
