"""A plan over HTTP with a key, from a server that is another process."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

import fibermap
from fibermap.client.remote_plan import RemotePlan
from fibermap.ingest.report import Unanswered
from fibermap.kernel.errors import Code, DatabaseBusy, FibermapError
from fibermap.order.order_commands import Placed
from fibermap.results import Result
from tests.cli.village import write_plan
from tests.client.serving import Served, serving
from tests.order.selling import add_on_terms, plan_terms


@pytest.fixture(scope="module")
def remote(served: Served) -> Iterator[RemotePlan]:
    with fibermap.connect(served.url, key=served.key) as connected:
        yield connected


def code_of(work: object, *arguments: object, **named: object) -> Code:
    with pytest.raises(FibermapError) as refused:
        work(*arguments, **named)  # type: ignore[operator]
    return refused.value.code


def test_frames_tables_and_answers_are_those_of_an_open_plan(remote: RemotePlan, village: Path) -> None:
    with fibermap.open(village / "village.duckdb") as here:
        assert_geodataframe_equal(remote.addresses("class = 'build'"), here.addresses("class = 'build'"))
        assert_geodataframe_equal(remote.areas, here.areas)
        assert repr(remote.gaps()) == repr(here.gaps())
        assert remote.source_records.table.equals(here.source_records.table)
        assert remote.settings.model_dump() == here.settings.model_copy(update={"blocking_flags": ()}).model_dump()
        address_id = int(here.addresses()["address_id"].iloc[0])
        there, explained = remote.explain(address_id), here.explain(address_id)
        assert (repr(there), there._repr_html_()) == (repr(explained), explained._repr_html_())
        assert there.address["full_address"] == explained.address["full_address"]
        assert remote.replay().proven
        assert remote.profiles == here.profiles
        assert remote.check_many(["1 Elk Ridge Rd", "nowhere"]).df["status"].tolist()[0] == "matched"
        assert "<html" in remote.map().html
        assert "addresses" in remote.__dir__()


def test_the_catalogue_is_that_of_an_open_plan(remote: RemotePlan, village: Path, tmp_path: Path) -> None:
    copied = tmp_path / "plan.duckdb"
    copied.write_bytes((village / "village.duckdb").read_bytes())
    with fibermap.open(copied) as here:
        address_id = int(here.addresses("class = 'build'")["address_id"].iloc[0])
        for plan in (here, remote):
            stated = plan.catalogue.load([plan_terms(), add_on_terms()], "spring", "pat")
            assert [offering.code for offering in stated.added] == ["FIBER-500", "VOICE"]
        assert remote.catalogue.offers_at(address_id, "portal") == here.catalogue.offers_at(address_id, "portal")
        first = here.catalogue.revisions("FIBER-500")[0]
        assert remote.catalogue.offering(first.offer_id) == first
        quoted = here.catalogue.quote(first.offer_id)
        assert remote.catalogue.quote(first.offer_id) == quoted
        assert remote.catalogue.price_on(quoted) == here.catalogue.price_on(quoted)
        assert remote.catalogue.offerings().table.equals(here.catalogue.offerings().table)
        assert "quote" in dir(remote.catalogue)
        assert code_of(remote.catalogue.offering, 5) is Code.OFFERING_NOT_FOUND
        assert code_of(remote.catalogue.add, {"code": "A"}, "r", "pat") is Code.ARGUMENT_INVALID


def test_leads_preorders_and_zones_are_taken_as_in_an_open_plan(
    remote: RemotePlan, village: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "plan.duckdb"
    copied.write_bytes((village / "village.duckdb").read_bytes())
    with fibermap.open(copied) as here:
        assert _sells_ahead(remote) == _sells_ahead(here)


def _sells_ahead(plan: Any) -> list[dict[str, Any]]:
    """Walk through the verbs that sell ahead, and return what each said but for ids that are drawn and moments."""
    area_id = int(plan.areas.query("`class` == 'pre-build'")["area_id"].iloc[0])
    offer = plan.catalogue.add(plan_terms("AHEAD-500"), "spring", "pat")
    home, other = plan.addresses("class = 'pre-build'")["address_id"].tolist()[:2]
    agreed = {"consent_at": datetime(2026, 1, 5, tzinfo=UTC), "wording": "You may call me."}
    ann = {"name": "Ann Lee", "phone": "406-555-0142", "channel": "door", "rep": "Al", **agreed}
    opened = plan.zones.open("N-1", "North", [area_id], goal_value=3.0, with_deposit=False)
    captured = plan.leads.capture(home, **ann, technology="fiber")
    taken = plan.preorders.take(
        offer.offer_id, terms_accepted_at=datetime(2026, 1, 6, tzinfo=UTC), channel="door", lead_id=captured["lead_id"]
    )
    second = plan.preorders.take(
        offer.offer_id, terms_accepted_at=datetime(2026, 1, 6, tzinfo=UTC), where=other, **ann | {"name": "Bo"}
    )
    told = [
        opened, captured, taken, second, plan.zones.get(opened["zone_id"]),
        plan.zones.change(opened["zone_id"], goal_value=5.0, deadline=date(2027, 6, 30)),
        plan.preorders.withdraw(taken["preorder_id"], author="pat"), plan.leads.lose(captured["lead_id"], "price"),
        plan.zones.close(opened["zone_id"]), {"ended": plan.leads.withdraw_consent(captured["lead_id"])},
    ]  # fmt: skip
    names = ("state", "place", "full_address", "merged", "credit", "next_step", "rep", "zone", "goal_value", "deadline",
             "progress", "public_name", "ended", "technology", "deposit_due", "price_locked_until")  # fmt: skip
    return [{name: str(each[name]) for name in names if name in each} for each in told]


def test_a_dry_run_is_answered_drawn_and_promoted_once(remote: RemotePlan, tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "new_plan.geojson", west="Splicing")
    report = remote.ingest(plan, dry_run=True)
    assert not report.committed
    assert [finding.code for finding in report.questions] == ["status_unknown"]
    assert remote.map_of(report) is not None
    with pytest.raises(Unanswered):
        report.promote()
    answered = report.answer(statuses={"Splicing": "pre-build"})
    assert answered.questions == []
    done = answered.promote()
    assert done.committed
    assert remote.status()["plan_version"] == done.plan_version
    assert code_of(answered.promote) is Code.REPORT_ALREADY_PROMOTED
    remote.undo()


def test_a_frame_is_ingested(remote: RemotePlan) -> None:
    frame = gpd.GeoDataFrame(
        {"BUILD_STATUS": ["In Service"], "geometry": [shapely.box(-111.21, 45.89, -111.19, 45.91)]}
    )
    assert code_of(remote.ingest, frame, dry_run=True) is Code.CRS_MISSING
    assert remote.ingest(frame.set_crs(4326), dry_run=True, source="sketch").files[0].read == 1


def test_somebody_elses_dry_run_is_not_there(remote: RemotePlan, served: Served, tmp_path: Path) -> None:
    report = remote.ingest(write_plan(tmp_path / "mine.geojson"), dry_run=True)
    assert report is not None
    (kept,) = list(remote._reports)[-1:]
    with fibermap.connect(served.db) as other:
        assert code_of(other._call_on, kept, "tables") is Code.REPORT_NOT_FOUND


def test_a_key_may_do_what_its_scopes_say(remote: RemotePlan, served: Served, tmp_path: Path) -> None:
    made = remote.registry.create_key({"read"}, name="reader")
    with fibermap.connect(served.url, key=made.secret) as reader:
        assert reader.status()["plan_version"] >= 1
        assert code_of(reader.undo) is Code.SCOPE_MISSING
        assert code_of(reader.ingest, write_plan(tmp_path / "p.geojson")) is Code.SCOPE_MISSING
        assert code_of(reader.backup, tmp_path / "copy") is Code.SCOPE_MISSING
        assert code_of(reader.registry.list_keys) is Code.SCOPE_MISSING
    assert code_of(fibermap.connect, served.url) is Code.CREDENTIALS_MISSING
    assert code_of(fibermap.connect, served.url, key="fmk_x") is Code.CREDENTIALS_REFUSED


def test_the_small_client_asks_the_endpoints(remote: RemotePlan) -> None:
    found = remote.api.check("1 Elk Ridge Rd")
    address_id = found["match"]["address_id"]
    assert remote.api.address(address_id)["address_id"] == address_id
    assert [one["match"]["status"] for one in remote.api.check_many(["1 Elk Ridge Rd", {"address_id": address_id}])]
    assert remote.api.suggest("1 elk")["suggestions"]
    assert remote.api.explain(address_id)
    assert remote.api.timeline(address_id) is not None
    assert remote.api.report_missing("77 New Rd", note="corner lot") > 0
    assert remote.api.data_version()
    assert code_of(remote.api.address, 5) is Code.ADDRESS_NOT_FOUND


@pytest.mark.parametrize(
    "given",
    [
        {"upload": "0" * 32, "name": "a.csv", "given": "a.csv"}, {"url": "file:///etc/passwd"}, {"path": "/etc/passwd"},
        "/etc/passwd", 5, {"upload": ["x"], "frame": True},
    ],
)  # fmt: skip
def test_no_file_of_the_server_can_be_read(remote: RemotePlan, given: object) -> None:
    body = {"arguments": [given], "named": {"dry_run": True}}
    assert code_of(remote._at.call, "/v1/plan/ingest", body) in (Code.ARGUMENT_INVALID, Code.UPLOAD_NOT_FOUND)


@pytest.mark.parametrize(
    "name", ["../x", "/etc/x", "a/../../x", "a//b", ".", "", "a\x00b", "x" * 300, "/".join("a" * 20)]
)
def test_no_name_leads_out_of_the_spool(remote: RemotePlan, served: Served, name: str) -> None:
    said = httpx.post(
        f"{served.url}/v1/plan/uploads",
        params={"name": name},
        content=b"x",
        headers={"Authorization": f"Bearer {served.key}", "Content-Type": "application/octet-stream"},
        trust_env=False,
        timeout=60,
    )
    assert said.status_code == 422


def test_the_socket_is_this_users_and_goes_with_the_server(village: Path, tmp_path: Path) -> None:
    db = tmp_path / "plan.duckdb"
    db.write_bytes((village / "village.duckdb").read_bytes())
    socket = tmp_path / "plan.duckdb.sock"
    with serving(db):
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
        with pytest.raises(DatabaseBusy) as busy:
            fibermap.open(db)
        assert str(socket) in busy.value.hint
        assert "http://127.0.0.1" in busy.value.hint
    assert not socket.exists()
    assert code_of(fibermap.connect, db) is Code.SERVICE_UNREACHABLE


def test_orders_are_sold_changed_moved_and_ended_as_in_an_open_plan(
    remote: RemotePlan, village: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "plan.duckdb"
    copied.write_bytes((village / "village.duckdb").read_bytes())
    with fibermap.open(copied) as here:
        assert _orders(remote) == _orders(here)
        assert remote.notices.list("queued").table.equals(here.notices.list("queued").table)
        assert remote.notices.send() == here.notices.send()
        for decide in (remote.notices.get, remote.notices.not_told, remote.notices.again):
            assert code_of(decide, 404) is Code.NOTICE_NOT_FOUND


def _orders(plan: Any) -> list[Any]:
    """Walk through every verb of orders, and return what each said, without what differs between two databases."""
    plan.configure("no payment page, which only a server has", "pat", order_deposit_cents=0)
    shelf = [plan_terms("GIG-1"), plan_terms("GIG-2"), add_on_terms("PHONE")]
    stated = plan.catalogue.load(shelf, "spring", "pat").added
    first, second, voice = (offering.offer_id for offering in stated)
    one, two = plan.addresses("orderable")["address_id"].tolist()[:2]
    ann = {"name": "Ann Lee", "phone": "406-555-0142", "channel": "phone", "wording": "You may call me.",
           "consent_at": datetime(2026, 1, 5, tzinfo=UTC)}  # fmt: skip
    sold = plan.orders.place(one, first, **ann, request="one")
    orders, own_id = plan.orders, sold.order_id
    told = [
        sold, orders.place(one, first, **ann, request="one"), orders.hold(own_id), orders.release(own_id),
        orders.pay_with(own_id, "tok_visa"), orders.agree_price(own_id), orders.change(own_id, second, "other"),
        orders.complete(own_id), orders.change(own_id, first, "back", add_on_ids=[voice]),
        orders.list("completed", address_id=one),
    ]  # fmt: skip
    changed = told[8]["order_id"]
    told += [orders.complete(changed), orders.move(changed, two, first, "move"), orders.end(changed, "moved")]
    orders.cancel(told[-1]["order_id"], "stays", "pat")
    told += [orders.transfer(changed, second, **ann | {"name": "Bo Ray"}, request="bo", add_on_ids=[])]
    told += [orders.fallout()]
    told += [orders.fail(told[11].order_id, "no_access"), orders.list("failed"), orders.set_capacity("fiber", 12)]
    told.append(code_of(orders.get, 404))
    told += [plan.drafts.list(one), code_of(plan.drafts.drop, 404)]
    plain = json.dumps([_plain(each) for each in told], default=str, sort_keys=True)
    for number, order_id in enumerate((own_id, changed, *(each.order_id for each in told if isinstance(each, Placed)))):
        plain = plain.replace(str(order_id), str(number))
    answers: list[Any] = json.loads(plain.replace(str(told[12]["order_id"]), "99"))
    return answers


def _plain(value: Any) -> Any:
    """Leave out what is drawn at random, and moments."""
    if isinstance(value, Placed):
        return asdict(value)
    if isinstance(value, Result):
        return _plain(value.table.to_pylist())
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        drawn = ("contact_id", "account_number", "placed_at", "changed_at", "price_agreed_at")
        return {name: _plain(each) for name, each in value.items() if name not in drawn}
    return value
