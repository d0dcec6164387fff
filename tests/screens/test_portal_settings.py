"""The portal says nothing that was not set, and lets nobody embed it that was not named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fibermap.kernel.errors import InputRefused
from fibermap.screens.portal_settings import (
    LONGEST,
    NEEDED,
    PortalSettings,
    check_portal_settings,
    read_portal_settings,
    save_portal_settings,
)
from fibermap.store import Store

OPEN = PortalSettings(
    open=True, name="Larkspur Fiber", consent="You may call me.", terms="Be kind.\nPay.", terms_version="2026-11",
    origins=("https://www.larkspur.example", "https://larkspur.example:8443", "http://localhost:3000"),
)  # fmt: skip


def test_it_is_closed_until_it_is_opened_and_says_what_was_set(tmp_path: Path) -> None:
    with Store.open(tmp_path / "plan.duckdb") as store:
        assert not store.preview(read_portal_settings, cause="read").open
        store.run(lambda uow: save_portal_settings(uow, OPEN, "kim"), cause="save_portal_settings")
        assert store.preview(read_portal_settings, cause="read") == OPEN


@pytest.mark.parametrize("name", NEEDED)
def test_it_does_not_open_without_what_people_agree_to(name: str) -> None:
    with pytest.raises(InputRefused) as refused:
        check_portal_settings(replace(OPEN, **{name: "  "}))
    assert refused.value.where["field"] == name
    check_portal_settings(replace(OPEN, **{name: ""}, open=False))


@pytest.mark.parametrize("name", LONGEST)
def test_texts_are_bounded_and_can_be_read(name: str) -> None:
    for text in ("x" * (LONGEST[name] + 1), "bell\x07"):
        with pytest.raises(InputRefused):
            check_portal_settings(replace(OPEN, **{name: text}))


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*.example", "http://larkspur.example", "https://larkspur.example/", "https://a.example 'self'",
     "https://a.example;script-src *", "https://A.example", "javascript:alert(1)", "https://user@a.example", ""],
)  # fmt: skip
def test_only_sites_outright_may_embed_it(origin: str) -> None:
    with pytest.raises(InputRefused) as refused:
        check_portal_settings(replace(OPEN, origins=("https://www.larkspur.example", origin)))
    assert refused.value.where["field"] == "origins.1"


def test_the_privacy_notice_is_on_the_web() -> None:
    check_portal_settings(replace(OPEN, privacy_url="https://www.larkspur.example/privacy?v=2"))
    for url in ("javascript:alert(1)", "http://a.example", "https://a.example/\"onclick='x'"):
        with pytest.raises(InputRefused):
            check_portal_settings(replace(OPEN, privacy_url=url))
