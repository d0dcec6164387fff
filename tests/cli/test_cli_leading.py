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
        return path, {**taken, "zone_id": zone["zone_id"]}


def test_what_is_sold_is_listed_shown_and_given_up(sold: tuple[Path, dict[str, int]]) -> None:
    db, made = sold
    listed = fibermap("leads", "list", "--state", "committed", "--rep", "Al", "--json", "--db", db).json
    assert [lead["lead_id"] for lead in listed["leads"]] == [made["lead_id"]]
    assert "Ann" not in str(listed), "who they are of is told one by one"
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
