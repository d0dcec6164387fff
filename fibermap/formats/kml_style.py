"""Styles: what a feature is drawn with, after shared styles, style maps and inline styles have had their say.

Standard: OGC 07-147r2 section 12. Colours are written ``aabbggrr`` there and ``#rrggbb`` here; the alpha is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from lxml import etree

from fibermap.formats.kml_names import local_name

MAX_SHARED = 200_000
_HOPS = 10
_COLOUR = re.compile(r"#?(?:[0-9a-fA-F]{2})?([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")

Style = dict[str, str]


@dataclass(slots=True)
class SharedStyles:
    """The styles with an id of one document.

    Attributes
    ----------
    read_on
        Adds what stands after its first use; does nothing when called again.
    aliases
        Names by which the document may call itself in a ``styleUrl`` (``doc.kml#id``).
    """

    read_on: Callable[[], None]
    aliases: frozenset[str] = frozenset()
    _styles: dict[str, Style] = field(default_factory=dict)
    _maps: dict[str, str] = field(default_factory=dict)

    def add(self, element: etree._Element) -> None:
        """Remember a ``Style`` or ``StyleMap`` that has an id."""
        key = element.get("id")
        if not key or len(self._styles) + len(self._maps) >= MAX_SHARED:
            return
        if local_name(element.tag) == "StyleMap":
            url, inline = _normal_pair(element)
            if inline is not None:
                self._styles.setdefault(key, _drawn(inline))
            elif url:
                self._maps.setdefault(key, url)
        else:
            self._styles.setdefault(key, _drawn(element))

    def resolve(self, feature: etree._Element) -> Style | None:
        """Return how a feature is drawn.

        Returns
        -------
        dict or None
            ``line`` and ``fill`` (``#rrggbb``), ``icon`` (address of the image), ``icon_color``, and ``id``: the name
            of the shared style, which often is a status. A style of another file is not fetched; only its ``id``
            is told. None for a feature without style.
        """
        style: Style = {}
        for child in feature:
            match local_name(child.tag):
                case "styleUrl":
                    style = {**self._shared((child.text or "").strip()), **style}
                case "Style":
                    style.update(_drawn(child))
                case "StyleMap":
                    style.update(self._mapped(child))
        return style or None

    def _mapped(self, element: etree._Element) -> Style:
        url, inline = _normal_pair(element)
        return _drawn(inline) if inline is not None else self._shared(url) if url else {}

    def _shared(self, url: str) -> Style:
        if not url:
            return {}
        key = self._key(url)
        if key is None:
            return {"id": url}
        found = self._find(key)
        if found is None:
            self.read_on()
            found = self._find(key)
        return {"id": key, **(found or {})}

    def _key(self, url: str) -> str | None:
        """Return the id of a style of this document, None for another's."""
        file, mark, key = url.rpartition("#")
        if not mark:
            return None if "/" in url else url
        return key if not file or file in self.aliases else None

    def _find(self, key: str) -> Style | None:
        for _ in range(_HOPS):
            if key in self._styles:
                return self._styles[key]
            if key not in self._maps:
                return None
            key = self._key(self._maps[key]) or ""
        return None


def _normal_pair(style_map: etree._Element) -> tuple[str, etree._Element | None]:
    """Return the address and the inline style of the pair that is drawn when nobody points at the feature."""
    for pair in style_map:
        parts = {local_name(child.tag): child for child in pair}
        key = parts["key"].text if "key" in parts else ""
        if (key or "").strip() == "normal":
            url = parts["styleUrl"].text if "styleUrl" in parts else ""
            return (url or "").strip(), parts.get("Style")
    return "", None


def _drawn(style: etree._Element) -> Style:
    drawn: Style = {}
    for child in style:
        parts = {local_name(part.tag): part for part in child}
        colour = _rgb(parts["color"].text) if "color" in parts else None
        match local_name(child.tag):
            case "LineStyle" if colour:
                drawn["line"] = colour
            case "PolyStyle" if colour and not _is_off(parts.get("fill")):
                drawn["fill"] = colour
            case "IconStyle":
                drawn.update(_icon(parts, colour))
    return drawn


def _icon(parts: dict[str, etree._Element], colour: str | None) -> Style:
    icon = parts.get("Icon")
    children = () if icon is None else icon
    href = next(((part.text or "").strip() for part in children if local_name(part.tag) == "href"), "")
    return {**({"icon": href} if href else {}), **({"icon_color": colour} if colour else {})}


def _is_off(element: etree._Element | None) -> bool:
    return element is not None and (element.text or "").strip() in ("0", "false")


def _rgb(text: str | None) -> str | None:
    match = _COLOUR.fullmatch((text or "").strip())
    return f"#{match[3]}{match[2]}{match[1]}".lower() if match else None
