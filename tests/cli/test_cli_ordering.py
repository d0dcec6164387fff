"""Orders, by the command line: placed, looked at, held, released, cancelled, and what is stuck."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fibermap.order.offering_json import terms_json
from tests.cli.commands import fibermap
from tests.order.selling import add_on_terms, plan_terms

HOUSE = "1 Elk Ridge Rd 59741"


def test_an_order_is_placed_looked_after_and_cancelled(db: Path, tmp_path: Path) -> None:
    file = tmp_path / "catalogue.json"
    file.write_text(json.dumps([terms_json(plan_terms())]), encoding="utf-8")
    fibermap("offers", "load", file, "--reason", "spring", "--author", "Ann", "--db", db)
    at = fibermap("offers", "at", HOUSE, "--db", db, "--json").json
    what = (at["address_id"], at["offers"][0]["offer_id"])
    customer = ("--name", "Ann Lee", "--phone", "406-555-0142", "--consent", "You may call me.")
    placed = fibermap("orders", "place", *what, *customer, "--db", db, "--json").json
    assert (placed["state"], placed["has_payment_method"]) == ("pending", False)
    order = ("orders", "show", placed["order_id"], "--db", db)
    assert "open         There is a payment method or a deposit" in fibermap(*order).out
    assert fibermap("orders", "hold", placed["order_id"], "--db", db, "--json").json["state"] == "held"
    assert fibermap("orders", "release", placed["order_id"], "--db", db, "--json").json["state"] == "pending"
    again = fibermap("orders", "place", *what, *customer, "--db", db)
    assert "duplicate_active_order" in again.err
    early = fibermap("orders", "complete", placed["order_id"], "--db", db)
    assert "order_state_refused" in early.err or "prerequisite_open" in early.err
    gone = ("--reason", "price", "--author", "Ann", "--db", db, "--json")
    assert fibermap("orders", "cancel", placed["order_id"], *gone).json["state"] == "cancelled"
    assert fibermap("orders", "list", "--state", "cancelled", "--db", db, "--json").json["count"] == 1
    assert fibermap("orders", "fallout", "--db", db, "--json").json["count"] == 0
    assert fibermap("drafts", "list", "--db", db, "--json").json["count"] == 0
    assert "draft_not_found" in fibermap("drafts", "drop", "404", "--db", db).err
    assert "120 a week" in fibermap("orders", "capacity", "fiber", "--weekly", "120", "--db", db).out


def test_a_service_is_paid_for_completed_changed_moved_transferred_and_ended(db: Path, tmp_path: Path) -> None:
    file = tmp_path / "catalogue.json"
    shelf = [plan_terms(), plan_terms("FIBER-900"), add_on_terms()]
    file.write_text(json.dumps([terms_json(each) for each in shelf]), encoding="utf-8")
    fibermap("offers", "load", file, "--reason", "spring", "--author", "Ann", "--db", db)
    at = fibermap("offers", "at", HOUSE, "--db", db, "--json").json
    first, second, voice = (each["offer_id"] for each in at["offers"])

    def do(verb: str, *arguments: object) -> Any:
        return fibermap("orders", verb, *arguments, "--db", db, "--json").json

    ann = ("--name", "Ann Lee", "--phone", "406-555-0142", "--consent", "You may call me.")
    own_id = do("place", at["address_id"], first, *ann, "--add-on", voice)["order_id"]
    assert do("pay", own_id, "--token", "tok_visa")["state"] == "inProgress"
    assert do("agree-price", own_id)["price_agreed_at"] is None
    assert do("change", own_id, "--offer", second)["price"]["add_on_ids"] == [voice]
    both = fibermap("orders", "change", own_id, "--offer", first, "--add-on", voice, "--no-add-ons", "--db", db)
    assert (both.code, "different things" in both.err) == (1, True)
    assert do("complete", own_id)["state"] == "completed"
    homes = fibermap("sql", "SELECT address_id FROM addresses WHERE orderable", "--db", db, "--json").json["rows"]
    there = next(each["address_id"] for each in homes if each["address_id"] != at["address_id"])
    moved = do("move", own_id, "--to", there, "--offer", first, "--no-add-ons")
    assert (moved["kind"], moved["address_id"]) == ("move", there)
    assert moved["price"]["add_on_ids"] == []
    assert do("fail", moved["order_id"], "--reason", "no_access")["state"] == "failed"
    bo = ("--name", "Bo Ray", "--phone", "406-555-0143", "--consent", "You may call me.")
    assert do("transfer", own_id, "--offer", first, *bo)["kind"] == "transfer"
    ending = do("end", own_id, "--reason", "moved")
    assert (ending["kind"], do("complete", ending["order_id"])["state"]) == ("cancel", "completed")
