"""The map's settings: what is kept, and which hosts a browser may be sent to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fibermap.kernel.errors import InputRefused
from fibermap.screens.map_settings import (
    Imagery,
    ImageryKind,
    MapSettings,
    check_map_settings,
    read_map_settings,
    save_map_settings,
)
from fibermap.store import Store
from fibermap_api.screens import policy_of

AERIAL = Imagery("Aerial", ImageryKind.XYZ, "https://tiles.example/{z}/{x}/{y}.jpg", "County of Larkspur")
FILE = Imagery("Ortho", ImageryKind.PMTILES, "https://files.example:8443/larkspur.pmtiles")


def test_what_is_saved_is_what_is_read() -> None:
    settings = MapSettings("Larkspur", (AERIAL, FILE), public_viewer=True)
    with Store.open(":memory:") as store:
        assert store.preview(read_map_settings, cause="read") == MapSettings()
        for each in (MapSettings("before"), settings):
            store.run(lambda uow, each=each: save_map_settings(uow, each, "pat"), cause="settings")
        assert store.preview(read_map_settings, cause="read") == settings


def test_the_policy_names_the_hosts_and_nothing_of_their_paths() -> None:
    origins = MapSettings(imagery=(AERIAL, FILE, replace(AERIAL, title="again"))).origins
    assert origins == ["https://files.example:8443", "https://tiles.example"]
    policy = policy_of([], origins)
    assert "img-src 'self' data: blob: https://files.example:8443 https://tiles.example;" in policy
    assert "connect-src 'self' https://files.example:8443 https://tiles.example;" in policy


def test_imagery_of_the_servers_own_host_opens_no_other() -> None:
    assert MapSettings(imagery=(replace(AERIAL, url="/imagery/{z}/{x}/{y}.png"),)).origins == []


@pytest.mark.parametrize(
    "url",
    [
        "https://tiles.example/{z}/{x}/{y}.jpg; script-src *",
        "https://tiles.example/{z}/{x}/{y}.jpg'",
        "https://*/{z}/{x}/{y}.jpg",
        "https://user:secret@tiles.example/{z}/{x}/{y}.jpg",
        "https://tiles.example\n/{z}/{x}/{y}.jpg",
        "javascript:alert(1)//{z}{x}{y}",
        "data:image/png,{z}{x}{y}",
        "//tiles.example/{z}/{x}/{y}.jpg",
        "https://tiles.example/{z}/{x}.jpg",
        "https://tiles.example",
    ],
)
def test_an_address_that_could_loosen_the_policy_or_shows_nothing_is_refused(url: str) -> None:
    with pytest.raises(InputRefused) as refused:
        check_map_settings(MapSettings(imagery=(replace(AERIAL, url=url),)))
    assert refused.value.where["field"] == "imagery.0.url"


def test_titles_and_their_number_are_bounded() -> None:
    for settings in (
        MapSettings("x" * 81),
        MapSettings(imagery=(replace(AERIAL, title=" "),)),
        MapSettings(imagery=(replace(AERIAL, attribution="a\x00b"),)),
        MapSettings(imagery=(AERIAL,) * 9),
    ):
        with pytest.raises(InputRefused):
            check_map_settings(settings)
