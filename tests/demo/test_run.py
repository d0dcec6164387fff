"""``fibermap demo`` from nothing to a map, on the smallest county that has room for its faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from fibermap.demo.catalogue import PROVIDER
from fibermap.demo.run import Demonstration, run_demo
from fibermap.order.label import label_problems
from fibermap.plan import Plan


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


def test_it_sells_something_of_a_provider_that_does_not_exist(shown: Demonstration) -> None:
    with Plan.open(shown.database, create=False) as plan:
        stated = plan.catalogue.stated()
        assert not [offering.code for offering in stated if label_problems(offering.terms)]
        assert {offering.terms.provider for offering in stated} == {PROVIDER}
        sold: dict[str, set[str]] = {}
        some = "SELECT class, kind, min(address_id) FROM addresses WHERE serviceable AND units > 0 GROUP BY ALL"
        for class_, kind, address_id in plan.store.sql.rows("test.some", some):
            found = plan.catalogue.offers_at(address_id, "portal")
            sold[f"{class_} {kind}"] = {f"{offer.sale} {offer.offering.code}" for offer in found.offers}
    assert {"order FIBER-1000", "order HOME-PACK", "order VOICE"} <= sold["build residential"]
    assert "pre-order FIBER-1000" in sold["pre-build residential"]
    assert sold["out-of-coverage residential"] == set()
