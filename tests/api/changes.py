"""How every endpoint that may change something does, as an administrator asks; and which change nothing, and why."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from itertools import count
from typing import Any

import shapely

from fibermap.access.follow_links import Followed
from fibermap.access.model import Role, Scope
from fibermap.client.verbs import VERBS
from fibermap.money.amount import Money
from fibermap.money.payments import DepositOrder, take_deposit
from fibermap.order.ground import Ground
from fibermap.order.order import Sold, Wanted
from fibermap.order.order_commands import place_order
from fibermap.store.delivery import save_subscription
from fibermap.store.recall import Timing
from tests.api.answering import PASSWORD, Client, Site
from tests.cli.village import write_plan
from tests.order.selling import plan_terms

NAME = "auditor"
_numbers = count(1)
NOW = partial(datetime.now, UTC)


class Auditor:
    """An administrator with a key, who looks into the log."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.headers = site.key(Scope.ADMIN, name=NAME)

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Send a request that has to succeed, and return the document."""
        headers = {**self.headers, **more.pop("headers", {})}
        said = self.site.client.request(method, path, headers=headers, json=body, **more)
        assert said.status_code < 300, said.text
        return said.json() if said.headers.get("content-type") == "application/json" else None

    def verb(self, name: str, *arguments: Any, **named: Any) -> Any:
        """Give a command of the plan."""
        return self.ask("POST", f"/v1/plan/{name}", {"arguments": list(arguments), "named": named})

    def newest(self) -> dict[str, Any]:
        """Return the newest entry but for those of the server itself, which works in the background."""
        entries: list[dict[str, Any]] = self.ask("GET", "/v1/audit?limit=20")["entries"]
        return next(entry for entry in entries if entry["way"] != "server")

    def sql(self, statement: str) -> Any:
        """Return the first value of an answer from the database."""
        return self.site.service.desk.plan.store.sql.value("test", statement)

    def house(self) -> int:
        """Return an address."""
        return int(self.sql("SELECT address_id FROM address WHERE to_version IS NULL AND record_id IS NOT NULL"))

    def area(self) -> tuple[int, int]:
        """Draw an area of its own where nothing is, and return it with its version."""
        body = {"geometry": square(next(_numbers)), "properties": {"class": "build", "name": "New"}, "reason": "r"}
        drawn = self.ask("POST", "/v1/areas", body)
        return drawn["area_ids"][0], drawn["plan_version"]

    def rule(self) -> None:
        """Have a distance rule in force."""

        def work(uow: Any) -> None:
            uow.sql.execute("test.clear", "DELETE FROM distance_rule")
            uow.sql.execute(
                "test.rule", "INSERT INTO distance_rule VALUES (1, 'terminal', 'fiber', 90, 'pat', 1, NULL)"
            )

        self.site.service.desk.plan.store.run(work, cause="test")

    def client(self) -> tuple[Client, str, str]:
        """Add a person who signs in by themselves: their client, name and CSRF token."""
        name = f"person{next(_numbers)}"
        self.site.registry.add_user(name, [Role.CSR], PASSWORD)
        client = Client(self.site.client.app, self.site.client.portal, f"192.0.2.{next(_numbers) % 200 + 1}")
        said = client.post("/v1/session", json={"name": name, "password": PASSWORD})
        return client, name, said.json()["csrf_token"]


def square(number: int) -> dict[str, Any]:
    """Return a polygon of its own, far away from the village."""
    west, south = -100 + 0.01 * number, 40.0
    ring = [[west, south], [west + 0.005, south], [west + 0.005, south + 0.005], [west, south + 0.005], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def line(number: int) -> dict[str, Any]:
    """Return a line through the middle of a square."""
    west = -100 + 0.01 * number + 0.0025
    return {"type": "LineString", "coordinates": [[west, 39.9], [west, 40.1]]}


def promote(a: Auditor) -> None:
    plan = json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"BUILD_STATUS": "In Service"}, "geometry": square(next(_numbers))}
    ]})  # fmt: skip
    parts = [("file", (f"more{next(_numbers)}.geojson", plan.encode()))]
    ingest_id = a.ask("POST", "/v1/ingests", files=parts, data={"role": "coverage"})["id"]
    told = settled(a, ingest_id)
    yes = [number for number, finding in enumerate(told["report"]["findings"]) if finding["needs_yes"]]
    a.ask("POST", f"/v1/ingests/{ingest_id}:promote", {"yes": yes})
    assert settled(a, ingest_id)["state"] == "done"


def settled(a: Auditor, ingest_id: str) -> dict[str, Any]:
    for _ in range(1_200):
        told: dict[str, Any] = a.ask("GET", f"/v1/ingests/{ingest_id}")
        if told["state"] not in ("queued", "running", "receiving"):
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def held(a: Auditor) -> int:
    return int(a.verb("hold", "unsafe", "a dog", NAME, address_id=a.house())["ids"][0])


def change_area(a: Auditor, method: str, suffix: str = "", **body: Any) -> None:
    area_id, version = a.area()
    path = f"/v1/areas/{area_id}{suffix}"
    if suffix == ":split":
        body["line"] = {"type": "LineString", "coordinates": [[x, 41] for x in (-100, -99)]}
    a.ask(method, path, body or None, headers={"If-Match": f'"{version}"'})


def split_area(a: Auditor) -> None:
    number = next(_numbers)
    drawn = a.ask("POST", "/v1/areas", {"geometry": square(number), "properties": {"class": "build"}, "reason": "r"})
    headers = {"If-Match": f'"{drawn["plan_version"]}"'}
    a.ask("POST", f"/v1/areas/{drawn['area_ids'][0]}:split", {"line": line(number), "reason": "r"}, headers=headers)


def draft(a: Auditor) -> dict[str, Any]:
    edit = {"op": "draw", "geometry": square(next(_numbers)), "properties": {"class": "build"}}
    told: dict[str, Any] = a.ask("POST", "/v1/area-drafts", {"title": "North", "edits": [edit], "bases": {}})
    return told


def save_draft(a: Auditor) -> None:
    kept = draft(a)
    body = {"title": "South", "edits": kept["edits"], "bases": {}, "revision": kept["revision"]}
    a.ask("PUT", f"/v1/area-drafts/{kept['draft_id']}", body)


def scenario(a: Auditor) -> int:
    body = {"title": "North", "geometry": square(next(_numbers))}
    return int(a.ask("POST", "/v1/whatif/scenarios", body)["scenario_id"])


def saved_source(a: Auditor) -> str:
    name = f"source{next(_numbers)}"
    a.ask("POST", "/v1/sources", {"name": name, "url": "http://127.0.0.1:9/rest/0", "role": "addresses"})
    return name


def person(a: Auditor) -> str:
    name = f"person{next(_numbers)}"
    a.ask("POST", "/v1/users", {"name": name, "roles": ["csr"], "password": PASSWORD})
    return name


def enable(a: Auditor) -> None:
    name = person(a)
    a.ask("POST", f"/v1/users/{name}/disable")
    a.ask("POST", f"/v1/users/{name}/enable")


def parked(a: Auditor) -> None:
    """Have an event that was given up."""

    def park(uow: Any) -> None:
        save_subscription(uow, "mailer", [], 0, Timing.AT_ONCE)
        uow.sql.execute(
            "test.park",
            "INSERT OR REPLACE INTO delivery SELECT 'mailer', min(event_id), 'parked', 8, now(), NULL, 'no' FROM event",
        )

    a.site.service.desk.plan.store.run(park, cause="test")


def retry(a: Auditor) -> None:
    parked(a)
    assert a.ask("POST", "/v1/events:retry", {"subscriber": "mailer"}) == {"retried": 1}


def quiet(a: Auditor, method: str, path: str) -> dict[str, Any]:
    """Begin something about backups, and return them once nothing is being done."""
    a.ask(method, path)
    for _ in range(1_200):
        told: dict[str, Any] = a.ask("GET", "/v1/backups")
        if told["doing"] is None:
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def free_second(a: Auditor) -> None:
    """Wait for a second without a backup: there is one of each."""
    before = {each["name"] for each in a.ask("GET", "/v1/backups")["backups"]}
    while str(NOW().strftime("%Y%m%dT%H%M%SZ")) in before:
        time.sleep(0.1)


def backup(a: Auditor) -> str:
    """Make a backup, and return its name."""
    free_second(a)
    return str(quiet(a, "POST", "/v1/backups")["backups"][0]["name"])


def remove_backup(a: Auditor) -> None:
    backup(a)
    a.ask("DELETE", f"/v1/backups/{backup(a)}")


def sign_in_by_link(a: Auditor) -> None:
    name = person(a)
    token = a.site.registry.create_sign_in_link(name)
    said = a.site.client.post("/v1/session:link", json={"token": token})
    assert said.status_code == 200
    a.site.client.forget()


def sign_out(a: Auditor) -> None:
    client, _, token = a.client()
    assert client.delete("/v1/session", headers={"X-CSRF-Token": token}).status_code == 204


def own_password(a: Auditor) -> None:
    client, _, token = a.client()
    body = {"current": PASSWORD, "password": "another long password"}
    assert client.request("PUT", "/v1/session/password", json=body, headers={"X-CSRF-Token": token}).status_code == 200


def undo(a: Auditor) -> None:
    a.area()
    version = a.sql("SELECT max(version) FROM plan_version")
    a.ask("POST", f"/v1/plan-versions/{version}:undo", {})


def edits(*ids: int) -> dict[str, Any]:
    return {"edits": [{"op": "retire", "area_id": area_id} for area_id in ids], "bases": {}, "reason": "r"}


def merged(a: Auditor) -> list[int]:
    number = next(_numbers)
    east = square(number)
    east["coordinates"] = [[[x + 0.005, y] for x, y in east["coordinates"][0]]]
    said = {"class": "build"}
    return [a.ask("POST", "/v1/areas", {"geometry": each, "properties": said, "reason": "r"})["area_ids"][0]
            for each in (square(number), east)]  # fmt: skip


def wkt(number: int) -> str:
    return str(shapely.geometry.shape(square(number)).wkt)


def drawn(a: Auditor) -> tuple[int, int]:
    number = next(_numbers)
    return int(a.verb("draw_area", wkt(number), "r", NAME, class_="build")["ids"][0]), number


def verb_split(a: Auditor) -> None:
    area_id, number = drawn(a)
    a.verb("split_area", area_id, shapely.geometry.shape(line(number)).wkt, "r", NAME)


def verb_cut(a: Auditor) -> None:
    area_id, number = drawn(a)
    a.verb("cut_hole", area_id, shapely.from_wkt(wkt(number)).buffer(-0.001).wkt, "r", NAME)


def verb_undo(a: Auditor) -> None:
    a.area()
    a.verb("undo", author=NAME)


def verb_opt_in(a: Auditor) -> None:
    a.verb("opt_out_of_mail", [a.house()], "r", NAME)
    a.verb("opt_in_to_mail", [a.house()], "r", NAME)


def verb_ingest(a: Auditor) -> None:
    source = write_plan(a.site.service.jobs_folder.parent / f"plan{next(_numbers)}.geojson", west="Planned")
    sent = a.ask("POST", f"/v1/plan/uploads?name={source.name}", content=source.read_bytes(),
                 headers={"Content-Type": "application/octet-stream"})  # fmt: skip
    given = {"upload": sent["upload_id"], "name": source.name, "given": str(source)}
    a.verb("ingest", given, yes=True, author=NAME)


def verb_promote(a: Auditor) -> None:
    source = write_plan(a.site.service.jobs_folder.parent / f"plan{next(_numbers)}.geojson", east="Planned")
    sent = a.ask("POST", f"/v1/plan/uploads?name={source.name}", content=source.read_bytes(),
                 headers={"Content-Type": "application/octet-stream"})  # fmt: skip
    given = {"upload": sent["upload_id"], "name": source.name, "given": str(source)}
    report_id = a.verb("ingest", given, dry_run=True)["report_id"]
    body = {"named": {"yes": True, "author": NAME}, "report_id": report_id}
    a.ask("POST", "/v1/plan/promote", body)


def after_rule(name: str, *arguments: Any) -> Callable[[Auditor], object]:
    def work(a: Auditor) -> None:
        a.rule()
        a.verb(name, *arguments)

    return work


def phase() -> dict[str, Any]:
    return {"phase": f"Phase {next(_numbers)}"}


def missed(a: Auditor) -> dict[str, Any]:
    """Report an address that somebody misses, and return it as what waits for review."""
    body = {"q": f"{next(_numbers)} Missing Rd, 59741", "lat": 45.85, "lon": -111.2975}
    report = a.ask("POST", "/v1/addresses:report-missing", body)["report_id"]
    items = a.ask("GET", "/v1/reviews?queue=missing&limit=500")["items"]
    return next(item for item in items if item["subject_id"] == report)


def decided(a: Auditor) -> int:
    item = missed(a)
    seen = [{"item_id": item["item_id"], "facts": item["facts"]}]
    return int(a.ask("POST", "/v1/reviews:decide", {"items": seen, "choice": "discard"})["decision_ids"][0])


def two(a: Auditor) -> tuple[int, int]:
    """Return two addresses that records are of."""
    known = "SELECT address_id FROM address WHERE to_version IS NULL AND record_id IS NOT NULL ORDER BY address_id DESC"
    return int(a.sql(f"{known} LIMIT 1")), int(a.sql(f"{known} LIMIT 1 OFFSET 1"))


def planned(a: Auditor) -> str:
    """Draw an area of a phase of its own, and return the phase."""
    name = f"Phase {next(_numbers)}"
    said = {"class": "pre-build", "phase": name, "expected_live_on": "2030-01-01"}
    a.ask("POST", "/v1/areas", {"geometry": square(next(_numbers)), "properties": said, "reason": "r"})
    return name


def open_due(a: Auditor) -> None:
    a.verb("open_phase", planned(a), "r", NAME, network_ready_on="2031-01-01")
    a.verb("open_due_phases", "2032-01-01")


def lots() -> dict[str, Any]:
    """Return a row of lots of its own, far away from the village."""
    return {"shape": line(next(_numbers)), "name": f"Lot {{n}}, Row {next(_numbers)}", "count": 2}


def correct(a: Auditor, method: str, suffix: str, **body: Any) -> None:
    """Add an address, and change it."""
    number = next(_numbers)
    added = a.ask(
        "POST", "/v1/addresses", {"text": f"{number} Ash St", "lon": -99.0, "lat": 40 + 0.01 * number, "reason": "r"}
    )
    headers = {"If-Match": f'"{added["plan_version"]}"'}
    a.ask(method, f"/v1/addresses/{added['address_ids'][0]}{suffix}", {**body, "reason": "r"}, headers=headers)


def disputed(a: Auditor) -> int:
    """Let a source say something new of what a person corrected, and return the correction."""
    address_id = a.house()
    a.verb("move_address", address_id, -111.3, 45.8502, "r", NAME)

    def work(uow: Any) -> None:
        uow.sql.execute(
            "test.moved",
            """
            UPDATE source_record SET lon = lon + 0.001 WHERE to_version IS NULL
              AND record_id = (SELECT record_id FROM address WHERE address_id = ? AND to_version IS NULL)
            """,
            [address_id],
        )

    a.site.service.desk.plan.store.run(work, cause="test")
    found = a.ask("GET", "/v1/addresses:disagreements")["disagreements"]
    return next(int(each["correction_id"]) for each in found if each["address_id"] == address_id)


def settle(verb: str) -> Callable[[Auditor], object]:
    return lambda a: a.ask("POST", f"/v1/corrections/{disputed(a)}:{verb}", {"reason": "r"})


def provisional(a: Auditor) -> int:
    number = next(_numbers)
    return int(a.verb("add_address", f"{number} Oak St", -98.0, 40 + 0.01 * number, "r", NAME)["ids"][0])


LEADS = "/v1/leads"
AGREED = {"at": "2026-01-05T09:00:00Z", "wording": "You may call me."}


def interested(a: Auditor, path: str = LEADS) -> dict[str, Any]:
    """Capture interest in a building without a list of units."""
    number = next(_numbers)
    asked = {
        "address_id": a.house(), "contact": {"name": f"Ann {number}", "phone": "406-555-0142"}, "consent": AGREED,
        **channel(path),
    }  # fmt: skip
    told: dict[str, Any] = a.ask("POST", path, asked, headers={"Idempotency-Key": f"{number:016}"})
    return told


def lead(a: Auditor, suffix: str = "", body: Any = None) -> int:
    """Capture a lead, and do something with it."""
    lead_id = int(interested(a)["lead_id"])
    if suffix:
        a.ask("POST", f"{LEADS}/{lead_id}{suffix}", body)
    return lead_id


def lost(a: Auditor) -> None:
    lead(a, ":lose", {"reason": "price"})


def qualified(a: Auditor) -> None:
    lost(a)
    lead(a, ":qualify")


def deposit(a: Auditor, token: str = "tok_visa") -> int:
    """Take a deposit, and return it."""
    desk = a.site.service.money
    number = next(_numbers)
    return take_deposit(desk, DepositOrder("lead:1", Money(5_000, "USD"), token, f"key-{number}")).payment_id


def refund(a: Auditor, token: str = "tok_visa") -> dict[str, Any]:
    told: dict[str, Any] = a.ask("POST", f"/v1/money/deposits/{deposit(a, token)}:refund", {"reason": "moved away"})
    return told


def close_refund(a: Auditor) -> None:
    waiting = refund(a, "tok_refundFail")
    body = {"paid_by": "cheque", "note": "cheque 118"}
    a.ask("POST", f"/v1/money/refunds/{waiting['refund_id']}:close", body)


class Shop:
    """Sells one offer everywhere."""

    def sell(self, ground: Ground, offer_id: int, channel: str, on: date) -> Sold:
        return Sold("fiber", "{}")


def ordered(a: Auditor, *suffixes: str, body: Any = None) -> None:
    """Place an order, and do something with it."""
    wanted = Wanted(provisional(a), 1, 7, "phone", f"request {next(_numbers)}")
    placed = a.site.service.desk.plan.store.run(lambda uow: place_order(uow, wanted, Shop()), cause="place_order")
    for suffix in suffixes:
        a.ask("POST", f"/v1/orders/{placed.order_id}{suffix}", body)


def promised(a: Auditor, path: str = "/v1/preorders", deposit_cents: int = 0) -> dict[str, Any]:
    """Pre-order at an address of an area that is planned."""
    number = next(_numbers)
    a.verb("configure", "r", NAME, preorder_deposit_cents=deposit_cents)
    ring = square(number)
    a.ask("POST", "/v1/areas", {"geometry": ring, "properties": {"class": "pre-build"}, "reason": "r"})
    (west, south) = ring["coordinates"][0][0]
    place = (west + 0.002, south + 0.002)
    home = int(a.verb("add_address", f"{number} Elk St", *place, "r", NAME)["ids"][0])
    plan = a.site.service.desk.plan
    offer = plan.catalogue.add(plan_terms(f"PLAN-{number:05}-X"), "r", NAME)
    asked = {
        "address_id": home, "contact": {"name": "Ann", "phone": "406-555-0142"}, "consent": AGREED,
        "offer_id": offer.offer_id, "terms_accepted_at": "2026-01-05T09:00:00Z", **channel(path),
    }  # fmt: skip
    told: dict[str, Any] = a.ask("POST", path, asked, headers={"Idempotency-Key": f"{number:020}"})
    return told


def preordered(a: Auditor, suffix: str = "", body: Any = None, deposit_cents: int = 0) -> int:
    """Pre-order, do something with that, and return its id."""
    preorder_id: int = promised(a, deposit_cents=deposit_cents)["preorder_id"]
    if suffix:
        more = {} if suffix == ":withdraw" else {"headers": {"Idempotency-Key": f"pay-{next(_numbers):020}"}}
        a.ask("POST", f"/v1/preorders/{preorder_id}{suffix}", body, **more)
    return preorder_id


def noticed(a: Auditor, *suffixes: str) -> None:
    """Decide about a notice that failed."""
    notice_id = next(_numbers)
    statement = """
        INSERT INTO notice BY NAME
        SELECT ? AS notice_id, 7 AS contact_id, 'order_placed' AS kind, 'order' AS subject, 7 AS subject_id,
               '{}' AS facts, 'failed' AS state, now() AS queued_at, now() AS changed_at
    """
    a.site.service.desk.plan.store.run(lambda uow: uow.sql.execute("test", statement, [notice_id]), cause="test")
    for suffix in suffixes:
        a.ask("POST", f"/v1/notices/{notice_id}{suffix}")


def zone(a: Auditor) -> int:
    """Open a zone over an area of its own."""
    asked = {
        "code": f"Z{next(_numbers)}",
        "public_name": "North",
        "area_ids": [a.area()[0]],
        "goal_value": 5,
    }
    return int(a.ask("POST", "/v1/zones", asked)["zone_id"])


def offering() -> dict[str, Any]:
    """Return an add-on of a code of its own."""
    return {"code": f"ADD-{next(_numbers)}", "name": "Voice", "provider": "Example", "kind": "add-on",
            "monthly_cents": 1500, "valid_from": "2026-01-01"}  # fmt: skip


def stated(a: Auditor) -> tuple[int, dict[str, Any]]:
    """State an offering, and return its id and what was stated."""
    said = offering()
    return int(a.ask("POST", "/v1/offerings", {"terms": said, "reason": "r"})["offer_id"]), said


def revised(a: Auditor) -> None:
    offer_id, said = stated(a)
    a.ask("POST", f"/v1/offerings/{offer_id}:revise", {"terms": said | {"monthly_cents": 1600}, "reason": "r"})


def verb_revise(a: Auditor) -> None:
    offer_id, said = stated(a)
    a.verb("catalogue.revise", offer_id, said | {"monthly_cents": 1600}, "r", NAME)


def sold(a: Auditor, path: str = "/v1/orders") -> None:
    """Order at an address that is built, which nobody has ordered at before."""
    plan = a.site.service.desk.plan
    if plan.catalogue.offerings().table.num_rows == 0 or not plan.catalogue.revisions("FIBER-500"):
        plan.catalogue.add(plan_terms(), "r", NAME)
    address_id = a.sql(
        """
        SELECT address_id FROM addresses WHERE orderable
          AND address_id NOT IN (SELECT address_id FROM active_order) ORDER BY address_id
        """
    )
    asked = {
        "address_id": address_id, "contact": {"name": "Ann", "phone": "406-555-0142"}, "consent": AGREED,
        "offer_id": plan.catalogue.revisions("FIBER-500")[-1].offer_id, **channel(path),
    }  # fmt: skip
    a.ask("POST", path, asked, headers={"Idempotency-Key": f"{next(_numbers):016}"})


def built(a: Auditor) -> int:
    """Return an address of its own in an area that is built."""
    ring = square(next(_numbers))
    a.ask("POST", "/v1/areas", {"geometry": ring, "properties": {"class": "build"}, "reason": "r"})
    (west, south) = ring["coordinates"][0][0]
    place = (west + 0.002, south + 0.002)
    return int(a.verb("add_address", f"{next(_numbers)} Fir St", *place, "r", NAME)["ids"][0])


def plan_of(a: Auditor) -> int:
    """State a plan of its own, and return the offer."""
    return a.site.service.desk.plan.catalogue.add(plan_terms(f"PLAN-{next(_numbers):05}-Y"), "r", NAME).offer_id


def sold_at(a: Auditor, address_id: int) -> int:
    """Order and pay at an address."""
    asked = {
        "address_id": address_id, "contact": {"name": "Ann", "phone": "406-555-0142"}, "consent": AGREED,
        "offer_id": plan_of(a), "payment_token": "tok_visa", "channel": "door",
    }  # fmt: skip
    told = a.ask("POST", "/v1/orders", asked, headers={"Idempotency-Key": f"{next(_numbers):016}"})
    return int(told["order_id"])


def served(a: Auditor) -> int:
    """Have a service that runs, and return its order."""
    order_id = sold_at(a, built(a))
    a.ask("POST", f"/v1/orders/{order_id}:complete")
    return order_id


def lapsed(a: Auditor) -> int:
    """Have an order whose price was promised until a day that is over."""
    order_id = sold_at(a, built(a))

    def promise(uow: Any) -> None:
        uow.sql.execute(
            "test.promise",
            """
            INSERT INTO commitment BY NAME
            SELECT order_id AS commitment_id, 1 AS lead_id, address_id, offer_id, technology, 'converted' AS state,
                   placed_at AS terms_accepted_at, '1' AS terms, price, DATE '2026-01-01' AS price_locked_until,
                   placed_at AS committed_at, order_id, changed_at FROM customer_order WHERE order_id = ?
            """,
            [order_id],
        )
        uow.sql.execute("test.of", "UPDATE customer_order SET commitment_id = order_id WHERE order_id = ?", [order_id])

    a.site.service.desk.plan.store.run(promise, cause="test")
    return order_id


def on(a: Auditor, order_id: int, suffix: str, body: Any = None) -> None:
    """Do something with an order."""
    a.ask("POST", f"/v1/orders/{order_id}{suffix}", body, headers={"Idempotency-Key": f"{next(_numbers):016}"})


def begun(a: Auditor, suffix: str = "", body: Any = None) -> None:
    """Begin an order, and do something with it by its link."""
    plan = a.site.service.desk.plan
    if not plan.catalogue.revisions("FIBER-500"):
        plan.catalogue.add(plan_terms(), "r", NAME)
    asked = {
        "address_id": a.sql("SELECT address_id FROM addresses WHERE orderable ORDER BY address_id"),
        "offer_id": plan.catalogue.revisions("FIBER-500")[-1].offer_id,
    }
    token = a.ask("POST", "/v1/drafts", asked, headers={"Idempotency-Key": f"{next(_numbers):016}"})["follow"]
    if suffix:
        a.ask("POST", f"/v1/follow/{token}{suffix}", body)


def dropped(a: Auditor) -> None:
    """Begin an order that comes to nothing."""
    begun(a)
    draft_id = a.sql("SELECT draft_id FROM sale_draft WHERE state = 'open' ORDER BY begun_at DESC, draft_id")
    a.ask("POST", f"/v1/drafts/{draft_id}:drop")


def asked_to_pay(a: Auditor) -> None:
    """Have a pre-order whose customer pays its deposit by the link."""
    plan = a.site.service.desk.plan
    preorder_id = preordered(a, deposit_cents=5_000)
    links = a.site.service.records.follow_links
    token = links.sign(Followed.COMMITMENT, preorder_id, plan.store.clock.now())
    a.ask("POST", f"/v1/follow/{token}:pay", headers={"host": "127.0.0.1"})


def channel(path: str) -> dict[str, str]:
    """Return what says where something is sold, but at the portal, which is one."""
    return {} if path.startswith("/v1/portal") else {"channel": "door"}


OWN_PASSWORD, PLAN = {"password": "another long password"}, "/v1/plan/"
CALLS: dict[tuple[str, str], Callable[[Auditor], object]] = {
    ("POST", "/v1/addresses:report-missing"): lambda a: a.ask(
        "POST", "/v1/addresses:report-missing", {"q": "9 Elm St"}
    ),
    ("POST", "/v1/addresses"): lambda a: correct(a, "PATCH", "", kind="business", serviceable=True),
    ("POST", "/v1/preorders"): preordered,
    ("POST", "/v1/preorders/{preorder_id}:pay"): lambda a: preordered(
        a, ":pay", {"payment_token": "tok_visa"}, deposit_cents=5_000
    ),
    ("POST", "/v1/preorders/{preorder_id}:withdraw"): lambda a: preordered(a, ":withdraw", {"why": "customer"}),
    ("POST", "/v1/notices/{notice_id}:told"): lambda a: noticed(a, ":told"),
    ("POST", "/v1/notices/{notice_id}:not-told"): lambda a: noticed(a, ":told", ":not-told"),
    ("POST", "/v1/notices/{notice_id}:again"): lambda a: noticed(a, ":again"),
    ("POST", "/v1/zones"): zone,
    ("PATCH", "/v1/zones/{zone_id}"): lambda a: a.ask("PATCH", f"/v1/zones/{zone(a)}", {"public_name": "South"}),
    ("POST", "/v1/zones/{zone_id}:close"): lambda a: a.ask("POST", f"/v1/zones/{zone(a)}:close"),
    ("POST", LEADS): lead,
    ("POST", LEADS + "/{lead_id}:qualify"): qualified,
    ("POST", LEADS + "/{lead_id}:lose"): lost,
    ("POST", LEADS + "/{lead_id}:withdraw-consent"): lambda a: lead(a, ":withdraw-consent"),
    ("POST", LEADS + "/{lead_id}:forget"): lambda a: lead(a, ":forget"),
    ("POST", "/v1/desk:search"): lambda a: a.ask("POST", "/v1/desk:search", {"text": "ann"}),
    ("POST", "/v1/orders"): sold,
    ("POST", "/v1/portal/interest"): lambda a: interested(a, "/v1/portal/interest"),
    ("POST", "/v1/portal/preorders"): lambda a: promised(a, "/v1/portal/preorders"),
    ("POST", "/v1/portal/orders"): lambda a: sold(a, "/v1/portal/orders"),
    ("POST", "/v1/drafts"): begun,
    ("POST", "/v1/drafts/{draft_id}:drop"): dropped,
    ("POST", "/v1/follow/{token}:cancel"): lambda a: begun(a, ":cancel"),
    ("POST", "/v1/follow/{token}:pay"): asked_to_pay,
    ("POST", "/v1/follow/{token}:remember"): lambda a: begun(
        a, ":remember", {"contact": {"name": "Ann", "phone": "406-555-0142"}, "consent": AGREED}
    ),
    ("PUT", "/v1/settings/portal"): lambda a: a.ask("PUT", "/v1/settings/portal", {"name": f"Fiber {next(_numbers)}"}),
    ("POST", "/v1/orders/{order_id}:cancel"): lambda a: ordered(a, ":cancel", body={"reason": "price"}),
    ("POST", "/v1/orders/{order_id}:hold"): lambda a: ordered(a, ":hold"),
    ("POST", "/v1/orders/{order_id}:release"): lambda a: ordered(a, ":hold", ":release"),
    ("POST", "/v1/orders/{order_id}:pay"): lambda a: ordered(a, ":pay", body={"payment_token": "tok_visa"}),
    ("POST", "/v1/orders/{order_id}:complete"): lambda a: on(a, sold_at(a, built(a)), ":complete"),
    ("POST", "/v1/orders/{order_id}:fail"): lambda a: on(a, sold_at(a, built(a)), ":fail", {"reason": "no_access"}),
    ("POST", "/v1/orders/{order_id}:change"): lambda a: on(a, served(a), ":change", {"offer_id": plan_of(a)}),
    ("POST", "/v1/orders/{order_id}:move"): lambda a: on(
        a, served(a), ":move", {"address_id": built(a), "offer_id": plan_of(a)}
    ),
    ("POST", "/v1/orders/{order_id}:transfer"): lambda a: on(
        a,
        served(a),
        ":transfer",
        {
            "contact": {"name": "Bo", "phone": "406-555-0143"},
            "consent": AGREED,
            "channel": "door",
            "offer_id": plan_of(a),
        },
    ),
    ("POST", "/v1/orders/{order_id}:end"): lambda a: on(a, served(a), ":end", {"reason": "moved"}),
    ("POST", "/v1/orders/{order_id}:agree-price"): lambda a: on(a, lapsed(a), ":agree-price"),
    ("PUT", "/v1/orders:capacity"): lambda a: a.ask(
        "PUT", "/v1/orders:capacity", {"technology": "fiber", "weekly": next(_numbers)}
    ),
    ("POST", "/v1/bulk"): lambda a: a.ask("POST", "/v1/bulk", {"selection": {}, **phase(), "reason": "r"}),
    ("POST", PLAN + "bulk_change"): lambda a: a.verb("bulk_change", {}, "r", NAME, **phase()),
    ("POST", "/v1/offerings"): stated,
    ("POST", "/v1/offerings/{offer_id}:revise"): revised,
    ("POST", "/v1/offerings/{offer_id}:retire"): lambda a: a.ask(
        "POST", f"/v1/offerings/{stated(a)[0]}:retire", {"reason": "r"}
    ),
    ("POST", PLAN + "catalogue.add"): lambda a: a.verb("catalogue.add", offering(), "r", NAME),
    ("POST", PLAN + "catalogue.revise"): verb_revise,
    ("POST", PLAN + "catalogue.retire"): lambda a: a.verb("catalogue.retire", stated(a)[0], "r", NAME),
    ("POST", PLAN + "catalogue.load"): lambda a: a.verb("catalogue.load", [offering()], "r", NAME),
    ("POST", "/v1/reviews:decide"): decided,
    ("POST", "/v1/reviews:assign"): lambda a: a.ask(
        "POST", "/v1/reviews:assign", {"item_ids": [missed(a)["item_id"]], "assignee": "ann"}
    ),
    ("POST", "/v1/review-decisions/{decision_id}:undo"): lambda a: a.ask(
        "POST", f"/v1/review-decisions/{decided(a)}:undo", {}
    ),
    ("POST", PLAN + "decide_review"): lambda a: a.verb("decide_review", [missed(a)["item_id"]], "discard", "r", NAME),
    ("POST", PLAN + "merge_addresses"): lambda a: a.verb("merge_addresses", *two(a), "r", NAME),
    ("POST", PLAN + "keep_addresses_apart"): lambda a: a.verb("keep_addresses_apart", *two(a), "r", NAME),
    ("POST", PLAN + "undo_review"): lambda a: a.verb("undo_review", decided(a), "r", NAME),
    ("POST", PLAN + "assign_review"): lambda a: a.verb("assign_review", [missed(a)["item_id"]], "ann", NAME),
    ("POST", "/v1/phases:open"): lambda a: a.ask(
        "POST", "/v1/phases:open", {"phase": planned(a), "network_ready_on": "2031-01-01", "reason": "r"}
    ),
    ("POST", "/v1/phases:slip"): lambda a: a.ask(
        "POST", "/v1/phases:slip", {"phase": planned(a), "expected_on": "2031-06-30", "reason": "r"}
    ),
    ("POST", PLAN + "open_phase"): lambda a: a.verb("open_phase", planned(a), "r", NAME, network_ready_on="2031-01-01"),
    ("POST", PLAN + "open_due_phases"): open_due,
    ("POST", PLAN + "slip_phase"): lambda a: a.verb("slip_phase", planned(a), "2031-06-30", "r", NAME),
    ("POST", "/v1/addresses:add-lots"): lambda a: a.ask("POST", "/v1/addresses:add-lots", {**lots(), "reason": "r"}),
    ("PATCH", "/v1/addresses/{address_id}"): lambda a: correct(a, "PATCH", "", lon=-99.1, lat=40.0),
    ("POST", "/v1/addresses/{address_id}:retire"): lambda a: correct(a, "POST", ":retire"),
    ("POST", "/v1/addresses/{address_id}:confirm"): lambda a: correct(a, "POST", ":confirm"),
    ("POST", "/v1/addresses/{address_id}:split"): lambda a: correct(a, "POST", ":split", pattern="1-3"),
    ("POST", "/v1/corrections/{correction_id}:keep"): settle("keep"),
    ("POST", "/v1/corrections/{correction_id}:withdraw"): settle("withdraw"),
    ("POST", "/v1/session"): Auditor.client,
    ("POST", "/v1/session:link"): sign_in_by_link,
    ("PUT", "/v1/session/password"): own_password,
    ("DELETE", "/v1/session"): sign_out,
    ("PUT", "/v1/settings/map"): lambda a: a.ask("PUT", "/v1/settings/map", {"title": f"County {next(_numbers)}"}),
    ("POST", "/v1/keys"): lambda a: a.ask("POST", "/v1/keys", {"scopes": ["check"], "name": "shop"}),
    ("DELETE", "/v1/keys/{key_id}"): lambda a: a.ask(
        "DELETE", f"/v1/keys/{a.ask('POST', '/v1/keys', {'scopes': ['check']})['key_id']}"
    ),
    ("POST", "/v1/users"): person,
    ("POST", "/v1/users:invite"): lambda a: a.ask(
        "POST", "/v1/users:invite", {"name": f"person{next(_numbers)}", "roles": ["csr"]}
    ),
    ("PUT", "/v1/users/{name}/roles"): lambda a: a.ask("PUT", f"/v1/users/{person(a)}/roles", {"roles": ["planner"]}),
    ("POST", "/v1/users/{name}/enable"): enable,
    ("POST", "/v1/users/{name}/end-sessions"): lambda a: a.ask("POST", f"/v1/users/{a.client()[1]}/end-sessions"),
    ("POST", "/v1/users/{name}/reset"): lambda a: a.ask("POST", f"/v1/users/{person(a)}/reset"),
    ("PUT", "/v1/settings"): lambda a: a.ask(
        "PUT", "/v1/settings", {"changes": {"gap_minimum": next(_numbers) + 100}, "reason": "r"}
    ),
    ("POST", "/v1/events:retry"): retry,
    ("POST", "/v1/backups"): backup,
    ("PUT", "/v1/backups:schedule"): lambda a: a.ask(
        "PUT", "/v1/backups:schedule", {"schedule": f"every {next(_numbers)} hours"}
    ),
    ("POST", "/v1/backups/{name}:verify"): lambda a: quiet(a, "POST", f"/v1/backups/{backup(a)}:verify"),
    ("DELETE", "/v1/backups/{name}"): remove_backup,
    ("POST", "/v1/users/{name}/disable"): lambda a: a.ask("POST", f"/v1/users/{person(a)}/disable"),
    ("PUT", "/v1/users/{name}/password"): lambda a: a.ask("PUT", f"/v1/users/{person(a)}/password", OWN_PASSWORD),
    ("POST", "/v1/users/{name}/sign-in-link"): lambda a: a.ask("POST", f"/v1/users/{person(a)}/sign-in-link"),
    ("POST", "/v1/ingests/{ingest_id}:promote"): promote,
    ("POST", "/v1/plan-versions/{version}:undo"): undo,
    ("POST", "/v1/sources"): saved_source,
    ("POST", "/v1/sources/{name}:pull"): lambda a: a.ask("POST", f"/v1/sources/{saved_source(a)}:pull"),
    ("DELETE", "/v1/sources/{name}"): lambda a: a.ask("DELETE", f"/v1/sources/{saved_source(a)}"),
    ("POST", "/v1/areas"): Auditor.area,
    ("POST", "/v1/areas:publish"): lambda a: a.ask("POST", "/v1/areas:publish", edits(a.area()[0])),
    ("POST", "/v1/areas:merge"): lambda a: a.ask("POST", "/v1/areas:merge", {"area_ids": merged(a), "reason": "r"}),
    ("POST", "/v1/areas/{area_id}:split"): split_area,
    ("PATCH", "/v1/areas/{area_id}"): lambda a: change_area(a, "PATCH", properties={"phase": "2"}, reason="r"),
    ("DELETE", "/v1/areas/{area_id}"): lambda a: change_area(a, "DELETE", "?reason=r"),
    ("POST", "/v1/holds"): lambda a: a.ask(
        "POST", "/v1/holds", {"code": "unsafe", "reason": "a dog", "address_id": a.house()}
    ),
    ("POST", "/v1/holds/{hold_id}:release"): lambda a: a.ask("POST", f"/v1/holds/{held(a)}:release", {"reason": "r"}),
    ("PUT", "/v1/whatif/costs"): lambda a: a.ask(
        "PUT", "/v1/whatif/costs", {"costs": {"drop_usd": 600 + next(_numbers)}, "reason": "r"}
    ),
    ("POST", "/v1/whatif/scenarios"): scenario,
    ("DELETE", "/v1/whatif/scenarios/{scenario_id}"): lambda a: a.ask("DELETE", f"/v1/whatif/scenarios/{scenario(a)}"),
    ("POST", "/v1/area-drafts"): draft,
    ("PUT", "/v1/area-drafts/{draft_id}"): save_draft,
    ("DELETE", "/v1/area-drafts/{draft_id}"): lambda a: a.ask("DELETE", f"/v1/area-drafts/{draft(a)['draft_id']}"),
    ("POST", "/v1/area-drafts/{draft_id}:publish"): lambda a: a.ask(
        "POST", f"/v1/area-drafts/{draft(a)['draft_id']}:publish", {"reason": "r"}
    ),
    ("POST", "/v1/money/deposits/{deposit_id}:refund"): refund,
    ("POST", "/v1/money/refunds/{refund_id}:close"): close_refund,
    ("POST", PLAN + "ingest"): verb_ingest,
    ("POST", PLAN + "promote"): verb_promote,
    ("POST", PLAN + "undo"): verb_undo,
    ("POST", PLAN + "retry_parked"): lambda a: (parked(a), a.verb("retry_parked", "mailer")),
    ("POST", PLAN + "keep_backup"): lambda a: (free_second(a), a.verb("keep_backup")),
    ("POST", PLAN + "verify_backup"): lambda a: a.verb("verify_backup", backup(a)),
    ("POST", PLAN + "hold"): held,
    ("POST", PLAN + "release_hold"): lambda a: a.verb("release_hold", held(a), "r", NAME),
    ("POST", PLAN + "add_address"): lambda a: a.verb(
        "add_address", f"{next(_numbers)} Oak St", -111.3, 45.85, "r", NAME
    ),
    ("POST", PLAN + "add_lots"): lambda a: a.verb(
        "add_lots", "MULTIPOINT ((-97 40), (-97 41))", f"Lot {{n}}, Row {next(_numbers)}", "r", NAME
    ),
    ("POST", PLAN + "confirm_address"): lambda a: a.verb("confirm_address", provisional(a), "r", NAME),
    ("POST", PLAN + "keep_correction"): lambda a: a.verb("keep_correction", disputed(a), "r", NAME),
    ("POST", PLAN + "withdraw_correction"): lambda a: a.verb("withdraw_correction", disputed(a), "r", NAME),
    ("POST", PLAN + "move_address"): lambda a: a.verb("move_address", a.house(), -111.3001, 45.85, "r", NAME),
    ("POST", PLAN + "retype_address"): lambda a: a.verb(
        "retype_address", a.house(), "business", "r", NAME, serviceable=True
    ),
    ("POST", PLAN + "split_address"): lambda a: a.verb("split_address", a.house(), "1-3", "r", NAME),
    ("POST", PLAN + "retire_address"): lambda a: a.verb("retire_address", a.house(), "r", NAME),
    ("POST", PLAN + "set_area_class"): lambda a: a.verb("set_area_class", [a.area()[0]], "pre-build", "r", NAME),
    ("POST", PLAN + "draw_area"): drawn,
    ("POST", PLAN + "edit_area"): lambda a: a.verb("edit_area", drawn(a)[0], "r", NAME, phase="3"),
    ("POST", PLAN + "split_area"): verb_split,
    ("POST", PLAN + "merge_areas"): lambda a: a.verb("merge_areas", merged(a), "r", NAME),
    ("POST", PLAN + "cut_hole"): verb_cut,
    ("POST", PLAN + "retire_areas"): lambda a: a.verb("retire_areas", [drawn(a)[0]], "r", NAME),
    ("POST", PLAN + "edit_areas"): lambda a: a.verb(
        "edit_areas", [{"op": "retire", "area_id": drawn(a)[0]}], "r", NAME
    ),
    ("POST", PLAN + "override_permission"): lambda a: a.verb(
        "override_permission", "houses.csv", ["sales"], "agreed", NAME
    ),
    ("POST", PLAN + "configure"): lambda a: a.verb("configure", "r", NAME, gap_minimum=next(_numbers) + 5),
    ("POST", PLAN + "set_distance_rule"): after_rule("set_distance_rule", "terminal", 80.0, "r", NAME),
    ("POST", PLAN + "withdraw_distance_rule"): after_rule("withdraw_distance_rule", "terminal", "r", NAME),
    ("POST", PLAN + "set_unit_costs"): lambda a: a.verb(
        "set_unit_costs", {"drop_usd": 1.0 + next(_numbers)}, "r", NAME
    ),
    ("POST", PLAN + "opt_out_of_mail"): lambda a: a.verb("opt_out_of_mail", [a.house()], "r", NAME),
    ("POST", PLAN + "opt_in_to_mail"): verb_opt_in,
    ("POST", PLAN + "change_connectivity"): lambda a: a.verb(
        "change_connectivity", a.house(), "network_passed", "work-order:1"
    ),
    ("POST", PLAN + "save_mapping"): lambda a: a.verb(
        "save_mapping",
        f"mapping{next(_numbers)}",
        {"mapping": {"role": "addresses", "fields": {"full_address": "FULLADDR"}}},
    ),
    ("POST", PLAN + "add_source"): lambda a: a.verb("add_source", f"source{next(_numbers)}"),
    ("POST", PLAN + "pull_source"): lambda a: a.verb("pull_source", saved_source(a)),
    ("POST", PLAN + "remove_source"): lambda a: a.verb("remove_source", saved_source(a)),
}
"""How each changes something."""
ASKS = "asks, and changes nothing"
DRY = "of a dry run: nothing is written before it is promoted"
KEPT_APART = "files for whoever asked, beside the database, forgotten by themselves"
EXEMPT: dict[tuple[str, str], str] = {
    ("POST", "/v1/address-check"): ASKS,
    ("POST", "/v1/address-check:batch"): ASKS,
    ("POST", "/v1/addresses:preview-lots"): ASKS,
    ("POST", "/v1/bulk:preview"): ASKS,
    ("POST", "/v1/phases:preview"): ASKS,
    **{("POST", PLAN + name): ASKS for name in ("review_queues", "reviews", "review", "review_decisions")},
    ("POST", "/v1/phases:preview-slip"): ASKS,
    ("POST", "/v1/bulk:match"): ASKS,
    ("POST", "/v1/addresses/{address_id}:preview-units"): ASKS,
    ("POST", "/v1/areas:validate"): ASKS,
    ("POST", "/v1/areas:impact"): ASKS,
    ("POST", "/v1/whatif"): ASKS,
    ("POST", "/v1/settings:preview"): ASKS,
    ("POST", "/v1/money:settle"): "writes what the gateway says; `payment` and the ledger have it",
    ("POST", "/simulated-payment/{page_id}"): "what is paid at a simulated page; `payment` and the ledger have it",
    ("POST", "/v1/webhooks/payments"): "what the gateway says, kept in `payment_webhook`",
    ("POST", "/v1/notices:send"): "writes what the mail server says; `notice` has it",
    ("DELETE", "/v1/jobs/{job_id}"): KEPT_APART,
    ("POST", "/v1/exports"): KEPT_APART,
    ("DELETE", "/v1/exports/{export_id}"): KEPT_APART,
    ("POST", "/v1/ingests"): DRY,
    ("POST", "/v1/ingests/{ingest_id}:answer"): DRY,
    ("POST", "/v1/ingests/{ingest_id}:discard"): DRY,
    ("POST", PLAN + "uploads"): DRY,
    **{("POST", PLAN + name): DRY for name in ("answer", "tables", "difference", "forget")},
    (
        "POST",
        PLAN + "classify",
    ): "repairs verdicts that are derived; where it does, `test_audit` of access says it is noted",
    **{("POST", PLAN + verb.name): ASKS for verb in VERBS.values() if verb.scope is Scope.READ},
    **{("POST", PLAN + name): ASKS for name in ("review", "reviews", "review_queues", "review_decisions")},
    **{("POST", PLAN + name): ASKS for name in ("audit", "subscribers", "parked_events", "backups")},
}
"""What leaves no entry, and why."""
