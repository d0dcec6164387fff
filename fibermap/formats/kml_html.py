"""The HTML that ArcGIS, Google and others put into ``description``: tables are attributes, the rest text."""

from __future__ import annotations

from lxml import etree, html

_NULLS = frozenset({"<Null>", "<null>", "Null", "NULL"})
_PARSER = html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True, huge_tree=False, encoding="utf-8")


def table_attributes(text: str) -> tuple[dict[str, str | None], str]:
    """Read the two-column rows of all tables, nested ones too, as ArcGIS writes them.

    Parameters
    ----------
    text
        The content of a ``description``.

    Returns
    -------
    attributes : dict
        First cell -> second cell, in order; ``None`` where ArcGIS wrote ``<Null>``. Empty without such a table.
    rest : str
        The text outside those rows, white space collapsed; the description unchanged where there is no such table.
    """
    if "<table" not in text.lower():
        return {}, text
    try:
        document = html.document_fromstring(text.encode("utf-8", "replace"), parser=_PARSER)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return {}, text
    attributes: dict[str, str | None] = {}
    for row in list(document.iter("tr")):
        cells = [cell for cell in row if cell.tag in ("td", "th")]
        if _is_pair(cells):
            attributes.setdefault(_words(cells[0]).rstrip(":").rstrip(), _value(cells[1]))
            row.clear(keep_tail=True)
    if not attributes:
        return {}, text
    for hidden in document.xpath("//head | //style | //script"):
        hidden.clear(keep_tail=True)
    return attributes, _words(document)


def _is_pair(cells: list[html.HtmlElement]) -> bool:
    """Tell a row of name and value from a header, a title and a row that only holds another table."""
    if len(cells) != 2 or all(cell.tag == "th" for cell in cells):
        return False
    return bool(_words(cells[0]).rstrip(":")) and all(cell.find(".//table") is None for cell in cells)


def _value(cell: html.HtmlElement) -> str | None:
    text = _words(cell)
    return None if text in _NULLS else text


def _words(element: html.HtmlElement) -> str:
    return " ".join(str(element.text_content()).split())
