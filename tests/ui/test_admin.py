"""The administration as its user walks through it: people, keys, settings, the log, events and backups."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.ui.conftest import Served, each_look, idle, open_panel
from tests.ui.screens import picture, serious_findings

TABS = ("People", "Keys", "Settings", "Audit log", "Events", "Backups")


def tab(page: Page, name: str) -> None:
    """Show a tab, and wait until it has something to show."""
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tabpanel", name=name).locator("table, .empty, .notice").first).to_be_visible()


def named(page: Page, name: str) -> Any:
    return page.get_by_role("table", name=name)


def test_people_are_invited_given_roles_and_disabled_but_never_oneself(admin: Page) -> None:
    open_panel(admin, "admin")
    admin.get_by_role("button", name="Invite a person").click()
    admin.get_by_label("Name to sign in with").fill("kim")
    admin.get_by_label("Planner").check()
    admin.get_by_role("button", name="Make the invitation").click()
    once = admin.get_by_role("dialog", name="Invitation for kim")
    expect(once.get_by_role("textbox")).to_have_value(re.compile("/#sign-in=fml_"))
    once.get_by_role("button", name="I have kept it").click()
    people = named(admin, "People")
    expect(people.get_by_role("row", name="kim")).to_contain_text("Invited")

    people.get_by_role("button", name="kim").click()
    dialog = admin.get_by_role("dialog", name="kim")
    dialog.get_by_label("Sales").check()
    dialog.get_by_role("button", name="Save roles").click()
    expect(people.get_by_role("row", name="kim")).to_contain_text("Planner, Sales")
    people.get_by_role("button", name="kim").click()
    dialog.get_by_role("button", name="Disable").click()
    admin.get_by_role("dialog", name="Disable kim?").get_by_role("button", name="Disable").click()
    expect(people.get_by_role("row", name="kim")).to_contain_text("Disabled")

    people.get_by_role("button", name="admin", exact=True).click()
    own = admin.get_by_role("dialog", name="admin")
    expect(own).to_contain_text("This is your own account")
    expect(own.get_by_role("button", name="Disable")).to_have_count(0)
    own.get_by_role("button", name="Close").click()


def test_a_key_is_shown_once_and_revoked_and_a_setting_is_weighed_before_it_is_changed(admin: Page) -> None:
    open_panel(admin, "admin")
    tab(admin, "Keys")
    admin.get_by_role("button", name="Make a key").click()
    admin.get_by_label("What it is for").fill("web shop")
    admin.get_by_label("Check addresses").check()
    admin.get_by_role("button", name="Make the key").click()
    once = admin.get_by_role("dialog", name="Key for web shop")
    assert once.get_by_role("textbox").input_value().startswith("fmk_")
    once.get_by_role("button", name="I have kept it").click()
    admin.get_by_role("button", name="Revoke web shop").click()
    admin.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(named(admin, "Keys").get_by_role("row", name="web shop")).to_contain_text("Revoked")

    tab(admin, "Settings")
    rules = named(admin, "Rules of the plan")
    rules.get_by_role("button", name="Drop limit").click()
    dialog = admin.get_by_role("dialog", name="Drop limit")
    expect(dialog.get_by_label("Value, feet")).to_have_value("500")
    dialog.get_by_label("Value, feet").fill("450")
    dialog.get_by_label("Why").fill("As agreed")
    dialog.get_by_role("button", name="See what it changes").click()
    dialog.get_by_role("button", name="Put in force").click()
    expect(rules.get_by_role("row", name="Drop limit")).to_contain_text("450 ft")
    expect(rules.get_by_role("row", name="Drop limit")).to_contain_text("admin")
    admin.get_by_role("button", name="Undo").click()
    expect(rules.get_by_role("row", name="Drop limit")).not_to_contain_text("450 ft")


def test_the_log_tells_before_and_after_and_backups_are_made_verified_and_fetched(admin: Page, server: Served) -> None:
    server.ask("PUT", "/v1/settings/map", json={"title": "Larkspur"})
    open_panel(admin, "admin")
    tab(admin, "Audit log")
    log = named(admin, "Changes, newest first")
    admin.get_by_text("Search the log").click()
    admin.get_by_label("Command").select_option("save_map_settings")
    admin.get_by_role("button", name="Search").click()
    log.get_by_role("row").nth(1).get_by_role("button").click()
    dialog = admin.get_by_role("dialog")
    expect(dialog).to_contain_text("by a program")
    expect(dialog.get_by_role("table", name="Before and after")).to_contain_text("Larkspur")
    dialog.get_by_role("button", name="Close").click()
    with admin.expect_download() as saved:
        admin.get_by_role("link", name="Save as CSV").click()
    assert saved.value.path().read_text().startswith("audit_id,")

    tab(admin, "Backups")
    admin.get_by_role("button", name="Back up now").click()
    kept = named(admin, "Backups, newest first")
    expect(kept.get_by_role("row")).to_have_count(2)
    expect(kept).to_contain_text("Read back")
    admin.get_by_role("button", name="Verify the backup").click()
    expect(kept).to_contain_text("Restored")
    with admin.expect_download() as fetched:
        admin.get_by_role("link", name="Fetch the backup").click()
    assert fetched.value.path().stat().st_size > 1_000_000
    admin.get_by_label("Make a backup").select_option("daily at 03:00")
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    admin.get_by_role("button", name="Check now").click()
    expect(admin.get_by_role("button", name="Check again")).to_be_visible()


def test_what_was_parked_says_how_it_failed_and_is_tried_anew(admin: Page) -> None:
    told = {
        "event_id": 42, "type": "PlanPromoted", "at_utc": "2026-11-25T08:00:00Z", "cause": "hold:8", "plan_version": 8,
        "address_id": None, "payload": {"kind": "hold"},
    }  # fmt: skip
    parked = {
        **told,
        "subscriber": "mailer",
        "attempts": 8,
        "parked_at_utc": "2026-11-25T09:00:00Z",
        "error": "No route",
    }
    subscriber = {
        "subscriber": "mailer", "event_types": ["PlanPromoted"], "created_at_utc": "2026-11-25T07:00:00Z",
        "retired_at_utc": None, "waits": False, "delivered": 3,
        "behind": 0, "oldest_waiting_at_utc": None, "error": None, "parked": 1,
    }  # fmt: skip
    asked: list[Any] = []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            asked.append(route.request.post_data_json)
            route.fulfill(json={"retried": 1})
        else:
            given = [] if asked else [parked]
            route.fulfill(json={"events": [told], "next": None, "subscribers": [subscriber], "parked": given})

    admin.route(re.compile("/v1/events"), answer)
    open_panel(admin, "admin")
    tab(admin, "Events")
    expect(named(admin, "Subscribers")).to_contain_text("1 parked")
    picture(admin, "admin-events-parked-wide-light")
    named(admin, "Parked deliveries").get_by_role("button", name="mailer").press("Enter")
    dialog = admin.get_by_role("dialog")
    expect(dialog).to_contain_text("No route")
    expect(dialog).to_contain_text("8 times")
    dialog.get_by_role("button", name="Try anew").press("Enter")
    expect(admin.get_by_text("Nothing was given up.")).to_be_visible()
    assert asked == [{"subscriber": "mailer", "event_id": 42}]


def test_the_tabs_are_walked_by_keyboard_and_kept_in_the_address(admin: Page) -> None:
    open_panel(admin, "admin")
    admin.get_by_role("tab", name="People").press("ArrowRight")
    expect(admin.get_by_role("tab", name="Keys")).to_have_attribute("aria-selected", "true")
    assert "item=keys" in admin.url
    admin.reload()
    idle(admin)
    expect(admin.get_by_role("tab", name="Keys")).to_have_attribute("aria-selected", "true")


def test_every_tab_is_fit_to_be_seen(admin: Page) -> None:
    page = open_panel(admin, "admin")
    for name in TABS:
        tab(page, name)
        for look in each_look(page):
            picture(page, f"admin-{name.lower().replace(' ', '-')}-{look}")
            assert serious_findings(page) == [], (name, look)
