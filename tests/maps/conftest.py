"""Opens maps in a browser, and fails a test whose map reaches for the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import folium
import pytest
from playwright.sync_api import Browser, Page

WIDE, PHONE = (1400, 900), (390, 844)


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Open a map, or a page of HTML, and check at the end that it was silent and asked the network for nothing."""
    complaints: list[str] = []

    def open_page(shown: folium.Map | str, size: tuple[int, int] = WIDE) -> Page:
        file = tmp_path / "map.html"
        if isinstance(shown, str):
            file.write_text(shown, encoding="utf-8")
        else:
            shown.save(str(file))
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.set_default_timeout(60_000)
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: None if _is_local(asked.url) else complaints.append(asked.url))
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in browser.contexts:
        context.close()
    assert complaints == []


def _is_local(url: str) -> bool:
    return url.startswith(("file:", "data:", "blob:", "about:"))
