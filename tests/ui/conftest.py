"""A server on a small synthetic county for the tests of a file, and a browser with somebody signed in.

The fixtures a panel's tests need::

    def test_something(planner: Page, server: Served) -> None:
        open_panel(planner, "areas")
        idle(planner)

``planner``, ``viewer`` (sales: looks, changes nothing), ``csr`` (sells) and ``admin`` are pages that are signed in,
which the tests of a file share, each with nothing open; ``anonymous`` is not. ``seen_on(page, size, theme)`` shows one
as on a phone, ``open_as(role, size, theme, path)`` opens further ones. It fails, at the end of the test or of the file,
where a page wrote to the console, threw, or reached for another host.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.ui.county import county
from tests.ui.serving import COOKIE, Served, served

WIDE, PHONE = (1440, 900), (390, 844)
SETTLES_MS = 120_000
"""Machines that build are slow, and draw without a graphics card."""
expect.set_options(timeout=SETTLES_MS)


Looks: TypeAlias = Sequence[tuple[tuple[int, int], str]]
"""Sizes and themes to show a page in, one after the other."""
LOOKS: Looks = ((WIDE, "light"), (PHONE, "dark"))
every_look = pytest.mark.parametrize(
    "looks",
    [
        pytest.param(LOOKS, id="looks"),
        pytest.param(((WIDE, "dark"), (PHONE, "light")), id="other looks", marks=pytest.mark.slow),
    ],
)
"""Each width and each theme once, and the other pairs in the sweep; for `each_look`."""


class OpenAs(Protocol):
    """Opens a page; see `open_as`."""

    def __call__(
        self, role: str | None, path: str = "/", size: tuple[int, int] = WIDE, theme: str = "light"
    ) -> Page: ...


LEAVE_IT_AS_IT_IS = {"card", "dashboards", "exports", "holds", "map", "search", "shell", "whatif"}
"""Files whose tests look at the county, or take back what they change: they share a server."""


@pytest.fixture(scope="session")
def lent_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose county every test leaves as it is."""
    with served(county(), tmp_path_factory.mktemp("lent")) as running:
        yield running


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a county of its own for the tests of one file, which may change it."""
    if request.path.stem.removeprefix("test_") in LEAVE_IT_AS_IT_IS:
        yield request.getfixturevalue("lent_server")
    else:
        with served(county(), tmp_path_factory.mktemp("served")) as running:
            yield running


@pytest.fixture(scope="module")
def empty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on the first day: people, but no addresses and no plan."""
    with served(None, tmp_path_factory.mktemp("empty")) as running:
        yield running


@pytest.fixture
def open_on(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page of any server."""
    with pages_of(browser) as open_page:
        yield open_page


@contextmanager
def pages_of(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages until the block ends; none of them may have complained."""
    complaints: list[str] = []
    opened: list[BrowserContext] = []

    def open_page(
        server: Served, role: str | None, path: str = "/", size: tuple[int, int] = WIDE, theme: str = "light"
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce", timezone_id="America/Denver", has_touch=size == PHONE, accept_downloads=True,
        )  # fmt: skip
        opened.append(context)
        context.set_default_timeout(SETTLES_MS)
        if role is not None:
            context.add_cookies([{"name": COOKIE, "value": server.session_of(role), "url": server.url}])
        page = context.new_page()
        page.on("console", lambda said: _note(complaints, said))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: None if _is_ours(asked.url, server.url) else complaints.append(asked.url))
        page.goto(server.url + path)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert complaints == []


@pytest.fixture
def open_as(open_on: Callable[..., Page], server: Served) -> OpenAs:
    """Open a page of the county's server, signed in with a role, or as nobody (None)."""

    def open_page(role: str | None, path: str = "/", size: tuple[int, int] = WIDE, theme: str = "light") -> Page:
        return open_on(server, role, path, size, theme)

    return open_page


@pytest.fixture(scope="module")
def kept(browser: Browser, server: Served) -> Iterator[Callable[[str], Page]]:
    """Lend the page of a role that the tests of one file share: to load it takes most of what they take."""
    loaded: dict[str, tuple[Page, str]] = {}
    with pages_of(browser) as open_page:

        def lend(role: str) -> Page:
            if role not in loaded:
                page = idle(open_page(server, role))
                loaded[role] = page, page.url.partition("#")[2]
            return _as_loaded(*loaded[role])

        yield lend


def _as_loaded(page: Page, view: str) -> Page:
    """Show again what a page showed when it was loaded: all of it is in its address, but for what lies above it."""
    page.unroute_all()
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    page.emulate_media(media="screen", color_scheme="light")
    for _ in range(page.get_by_role("dialog").count()):
        page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.evaluate("document.querySelectorAll('.toast').forEach(toast => toast.remove())")
    show_view(page, view)
    expect(page.locator(".side")).to_be_hidden()
    return idle(page)


@pytest.fixture
def planner(kept: Callable[[str], Page]) -> Page:
    return kept("planner")


@pytest.fixture
def viewer(kept: Callable[[str], Page]) -> Page:
    return kept("sales")


@pytest.fixture
def admin(kept: Callable[[str], Page]) -> Page:
    return kept("admin")


@pytest.fixture
def csr(kept: Callable[[str], Page]) -> Page:
    return kept("csr")


@pytest.fixture
def anonymous(open_as: OpenAs) -> Page:
    return open_as(None)


def idle(page: Page) -> Page:
    """Wait until the map has settled."""
    page.wait_for_selector("body[data-map=idle]", timeout=SETTLES_MS)
    return page


def each_look(page: Page, looks: Looks = LOOKS) -> Iterator[str]:
    """Show a page in each look and yield its name, as ``phone-dark``. One that is loaded anew takes far longer."""
    for size, theme in looks:
        seen_on(page, size, theme)
        yield f"{'phone' if size == PHONE else 'wide'}-{theme}"


def seen_on(page: Page, size: tuple[int, int], theme: str) -> Page:
    """Show a page that is loaded in another size and theme, and wait until it is drawn so."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    return idle(page) if page.locator("canvas.maplibregl-canvas").count() else page


def show_view(page: Page, view: str) -> None:
    """Have a page show a view, what stands behind the # of its address, and wait until it has taken it up."""
    page.evaluate(
        """view => location.hash.slice(1) === view || new Promise(taken => {
            addEventListener("hashchange", () => taken(true), { once: true });
            location.hash = view;
        })""",
        view,
    )


def open_panel(page: Page, panel: str) -> Page:
    """Open a panel by its id, as its button in the rail does, and wait until it is there."""
    page.evaluate("panel => import('fibermap/view').then(({ view }) => view.set({ panel, item: null }))", panel)
    page.wait_for_selector(f".side[data-panel={panel}] .content > *")
    return page


def hold(page: Page, url: str) -> list[Route]:
    """Hold back what a page asks at an address, and return it as it comes: ``continue_`` lets one go on."""
    asked: list[Route] = []

    def keep(route: Route) -> None:
        asked.append(route)

    page.route(url, keep)
    return asked


def _note(complaints: list[str], said: Any) -> None:
    """Note what a page wrote to the console; that an answer was no success is for the test to judge."""
    if said.type in ("error", "warning") and "Failed to load resource" not in said.text and "WebGL" not in said.text:
        complaints.append(said.text)


def _is_ours(url: str, server: str) -> bool:
    return url.startswith((server, "data:", "blob:", "about:"))
