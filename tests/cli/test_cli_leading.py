"""Leads, pre-orders and zones by the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import fibermap as fm
from tests.builders import ids, ingest, source
from tests.cli.commands import fibermap
from tests.order.lead_town import AREAS, HOMES, PLANNED
from tests.order.selling import plan_terms

SIGNED = datetime(2026, 1, 6, 10, tzinfo=UTC)


@pytest.fixture
def sold(tmp_path: Path) -> tuple[Path, dict[str, int]]:
    """A database with a pre-order in a zone."""
    path = tmp_path / "plan.duckdb"
    with fm.open(path) as plan:
        ingest(plan, source("county", HOMES), source("plan", AREAS))
        offer = plan.catalogue.add(plan_terms(), "new", "ann")
        (south,) = [row["area_id"] for row in plan.sql("SELECT * FROM areas WHERE name = 'South'").table.to_pylist()]
        zone = plan.zones.open("S", "South", [south], goal_value=5)
        taken = plan.preorders.take(
            offer.offer_id, terms_accepted_at=SIGNED, channel="door", where=ids(plan)[PLANNED], name="Ann Lee",
            phone="406-555-0142", consent_at=SIGNED, wording="You may call me.", rep="Al",
        )  # fmt: skip
        return path, {**taken, "zone_id": zone["zone_id"], "offer_id": offer.offer_id}


def test_what_is_sold_is_listed_shown_and_given_up(sold: tuple[Path, dict[str, int]]) -> None:
    db, made = sold
    listed = fibermap("leads", "list", "--state", "committed", "--rep", "Al", "--json", "--db", db).json
    assert [lead["lead_id"] for lead in listed["leads"]] == [made["lead_id"]]
    assert "Ann Lee" not in str(listed), "who they are of is told one by one"
    assert "Ann Lee" in fibermap("leads", "show", made["lead_id"], "--db", db).out
    assert fibermap("preorders", "list", "--json", "--db", db).json["preorders"][0]["place"] == 1
    assert "place 1" in fibermap("preorders", "show", made["preorder_id"], "--db", db).out
    assert fibermap("zones", "list", "--json", "--db", db).json["zones"][0]["counted"] == 1
    assert "fewer than 5 of 5 households" in fibermap("zones", "progress", made["zone_id"], "--db", db).out
    assert fibermap("report", "funnel", "--json", "--db", db).json["rows"][0]["committed"] == 1
    withdrawn = fibermap("preorders", "withdraw", made["preorder_id"], "--author", "ann", "--db", db)
    assert withdrawn.out.endswith("is withdrawn\n")
    lose = ("leads", "lose", made["lead_id"], "--db", db, "--reason")
    assert fibermap(*lose, "boring").error["code"] == "argument_invalid"
    assert "lost" in fibermap(*lose, "price").out
    assert fibermap("leads", "qualify", made["lead_id"], "--db", db).error["code"] == "lead_state_refused"


def test_interest_is_captured_a_word_taken_and_a_zone_looked_after(sold: tuple[Path, dict[str, int]]) -> None:
    db, made = sold
    who = ("--name", "Bo Diaz", "--phone", "406-555-0177", "--consent", "You may call me.", "--db", db)
    lead = fibermap("leads", "capture", "4 Main St, 59741", *who, "--json").json
    assert (lead["next_step"], lead["merged"]) == ("preorder", False)
    assert "taken in by the household" in fibermap("leads", "capture", lead["address_id"], *who).out
    word = ("preorders", "take", made["offer_id"], "--db", db)
    taken = fibermap(*word, "--lead", lead["lead_id"], "--json").json
    assert (taken["state"], taken["place"]) == ("committed", 2)
    assert fibermap(*word, "--address", "6 Main St, 59741", *who[:-2]).out.endswith("is committed, place 3\n")
    assert fibermap(*word, "--lead", lead["lead_id"]).error["code"] == "duplicate_active_order"
    paid = fibermap("preorders", "pay", taken["preorder_id"], "--token", "tok_visa", "--db", db)
    assert paid.error["code"] == "preorder_state_refused"
    at = ("--db", db)
    assert "3 of 5 households" in fibermap("zones", "show", made["zone_id"], *at).out
    change = ("zones", "change", made["zone_id"], *at)
    assert fibermap(*change, "--goal", 6, "--deadline", "2027-06-30", "--json").json["deadline"] == "2027-06-30"
    assert fibermap(*change).error["code"] == "argument_invalid"
    assert fibermap(*change, "--deadline", "soon").error["code"] == "argument_invalid"
    assert "is closed" in fibermap("zones", "close", made["zone_id"], *at).out
    area = fibermap("sql", "SELECT area_id FROM areas WHERE name = 'North'", "--json", *at).json["rows"][0]["area_id"]
    assert "is open: 0 of 2 households" in fibermap("zones", "open", "N", "North", "--goal", 2, "--area", area, *at).out
