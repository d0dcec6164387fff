"""The frame of the screens: signing in, the map that starts by itself, the policy of the page."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect

from tests.ui.conftest import Looks, Page, Served, each_look, every_look, hold, idle, open_panel
from tests.ui.county import PASSWORD
from tests.ui.screens import picture, serious_findings

LATE = [
    ("review", "**/v1/reviews*"),
    ("areas", "**/v1/areas*"),
    ("gaps", "**/v1/gaps*"),
    ("versions", "**/v1/plan-versions*"),
]
"""Panels that move the map, name an item or fill themselves once they have an answer, and what they ask for."""


def test_somebody_signs_in_and_sees_the_map(anonymous: Page) -> None:
    anonymous.get_by_label("Name").fill("planner")
    anonymous.get_by_label("Password").fill(PASSWORD.format(role="planner"))
    anonymous.get_by_role("button", name="Sign in").click()
    idle(anonymous)
    assert anonymous.get_by_role("button", name="Layers").is_visible()


def test_a_wrong_password_is_said_plainly(anonymous: Page) -> None:
    anonymous.get_by_label("Name").fill("planner")
    anonymous.get_by_label("Password").fill("not the password")
    anonymous.get_by_role("button", name="Sign in").click()
    expect(anonymous.get_by_role("alert")).to_contain_text("The name or the password is not right.")


@every_look
def test_the_page_has_nothing_that_axe_finds_serious(anonymous: Page, planner: Page, looks: Looks) -> None:
    anonymous.get_by_role("button", name="Sign in").wait_for()
    for look in each_look(anonymous, looks):
        picture(anonymous, f"sign-in-{look}")
        assert serious_findings(anonymous) == [], look
    assert planner.get_by_role("button", name="Admin", exact=True).count() == 0, "it is for admins"
    open_panel(planner, "layers")
    for look in each_look(planner, looks):
        picture(planner, f"shell-{look}")
        assert serious_findings(planner) == [], look


@pytest.mark.parametrize(("panel", "asks"), LATE)
def test_what_a_panel_has_asked_for_is_not_wanted_once_it_is_left(planner: Page, panel: str, asks: str) -> None:
    hold(planner, asks)  # it answers never, and so after whatever comes next
    with planner.expect_request(asks):
        planner.evaluate("panel => import('fibermap/view').then(({ view }) => view.set({ panel }))", panel)
    with planner.expect_event("requestfailed", lambda asked: asked.url.split("?")[0].endswith(asks[4:-1])):
        open_panel(planner, "filters")
    expect(planner.get_by_role("heading", name="Filters")).to_be_visible()
    expect(planner.locator(".side .notice.bad")).to_have_count(0)


def test_the_page_and_its_files_travel_with_policy_and_marks(server: Served) -> None:
    page = httpx.get(server.url)
    policy = page.headers["content-security-policy"]
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-cache"
    assert httpx.get(server.url, headers={"if-none-match": page.headers["etag"]}).status_code == 304
    script = page.text.split('<script type="module" src="')[1].split('"')[0]
    sent = httpx.get(server.url + script)
    assert sent.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in sent.headers["cache-control"]
    assert sent.headers["x-content-type-options"] == "nosniff"


OUTSIDE = ("../fibermap_api/app.py", "%2e%2e/fibermap_api/app.py", "js/../../fibermap_api/app.py", "js%5cmain.js")


@pytest.mark.parametrize("path", [*OUTSIDE, "js", "tsconfig.xml", ""])
def test_nothing_but_the_files_of_the_screens_is_sent(server: Served, path: str) -> None:
    answered = httpx.get(f"{server.url}/assets/any/{path}")
    assert answered.status_code == 404
    assert answered.headers["content-type"] == "application/problem+json"
