"""One feature's XML parsed alone: strictly first, then with the slips mended that people and tools really make."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from lxml import etree

_PREFIXES = frozenset({b"kml", b"gx", b"atom", b"xal", b"xsi"})
_PREFIX = re.compile(rb"[<\s/]([A-Za-z_][\w.-]*):[A-Za-z_]")
_TEXT_SLIP = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)(?:(\w{2,32});)?|<(?![A-Za-z_/!?:\x80-\xff])",
    re.DOTALL,
)
_OPTIONS = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": True,
            "remove_comments": True, "remove_pis": True}  # fmt: skip
_STRICT = etree.XMLParser(**_OPTIONS)
_FORGIVING = etree.XMLParser(recover=True, **_OPTIONS)


@dataclass(frozen=True, slots=True)
class Fragment:
    """A parsed fragment.

    Attributes
    ----------
    root
        A wrapper element around what the fragment holds.
    slip
        What was mended in its text; None for well-formed XML.
    fault
        Why it cannot be trusted; ``root`` is then what could be salvaged. None otherwise.
    """

    root: etree._Element
    slip: str | None = None
    fault: str | None = None


def parse_fragment(content: bytes) -> Fragment:
    """Parse the UTF-8 of one feature, style or stretch of text outside the context of its document.

    Namespaces are bound to nothing in particular: elements are told apart by local name. Entities besides the five
    of XML and the named ones of HTML do not exist here, so nothing can expand.
    """
    try:
        return Fragment(etree.fromstring(_wrapped(content, _PREFIXES), _STRICT))
    except etree.XMLSyntaxError:
        pass
    prefixes = frozenset(_PREFIX.findall(content)) - {b"xml", b"xmlns"}
    mended = _TEXT_SLIP.sub(_mend, content)
    slip = None if mended == content else "An unescaped & or < in its text was mended."
    try:
        return Fragment(etree.fromstring(_wrapped(mended, _PREFIXES | prefixes), _STRICT), slip)
    except etree.XMLSyntaxError as error:
        return Fragment(salvaged(content), fault=f"Its XML is broken: {error.msg}.")


def salvaged(content: bytes) -> etree._Element:
    """Return what a forgiving parser makes of a broken fragment; good for a name, never for a geometry."""
    root = etree.fromstring(_wrapped(content, _PREFIXES), _FORGIVING)
    return etree.Element("fragment") if root is None else root


def _wrapped(content: bytes, prefixes: frozenset[bytes]) -> bytes:
    declared = b"".join(b' xmlns:%s="kml"' % prefix for prefix in sorted(prefixes))
    return b"<fragment" + declared + b">" + content + b"</fragment>"


def _mend(match: re.Match[bytes]) -> bytes:
    found = match[0]
    if found.startswith(b"<!"):
        return found
    if found == b"<":
        return b"&lt;"
    if match[1] and (text := html.unescape(found.decode())) != found.decode():
        return html.escape(text).encode()
    return b"&amp;" + found[1:]
