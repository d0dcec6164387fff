"""``fibermap demo`` from nothing to a map, on the smallest county that has room for its faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from fibermap.demo.run import Demonstration, run_demo


@pytest.fixture(scope="module")
def told() -> list[str]:
    return []


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, told: list[str]) -> Demonstration:
    if not (Path(__file__).resolve().parents[2] / "fibermap" / "web" / "vendor" / "leaflet").is_dir():
        pytest.skip("the browser libraries are not there: make setup")
    return run_demo(tmp_path_factory.mktemp("demo"), None, seed=7, addresses=600, say=told.append)


def test_every_planted_fault_is_found(shown: Demonstration) -> None:
    assert len(shown.faults) > 20
    assert not [fault for fault in shown.faults if not fault["found"]]


def test_the_county_is_promoted_and_judging_it_again_changes_nothing(shown: Demonstration) -> None:
    assert shown.report.plan_version == 1
    assert shown.changed == 0


def test_the_map_is_there_and_asks_the_network_for_nothing(shown: Demonstration) -> None:
    page = shown.map.read_text(encoding="utf-8")

    assert "Larkspur County" in page
    assert 'src="http' not in page


def test_it_says_that_it_is_synthetic_what_it_asked_and_where_the_map_is(shown: Demonstration, told: list[str]) -> None:
    story = "\n".join(told)

    assert story.startswith("SYNTHETIC DATA")
    assert "'Splicing' is pre-build" in story
    assert str(shown.map) in story
