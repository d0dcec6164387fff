"""Who may do what: every endpoint, with every scope and every role. An endpoint that is not listed here fails."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fibermap.access.model import Role, Scope
from fibermap_api.routes import ENDPOINTS
from tests.api.answering import BUILDING, HOUSE, Site, site

P, S, C, R, M, A = Scope.PUBLIC, Scope.SUGGEST, Scope.CHECK, Scope.READ, Scope.METRICS, Scope.ADMIN
ALL = frozenset(Scope)
NOBODY: frozenset[Scope] = frozenset()
JOB = "0" * 32
READING = (
    "settings profiles check check_many explain replay status addresses left_out areas network source_records "
    "bulk_preview match_list phases phase preview_phase preview_slip recall_windows "
    "preview_lots preview_units what_if unit_costs area_impact validate_area area_versions area_disagreements "
    "catalogue.offers_at catalogue.offerings catalogue.stated catalogue.offering catalogue.revisions catalogue.quote "
    "catalogue.price_on "
    "rejections versions compare gaps sql report map distance_rules disagreements mail_opt_outs sources export doctor"
)
"""Verbs of the plan that change nothing in it."""
ON_ITS_MACHINE = "backup publish_snapshot"
"""Verbs that write to the server's own disk, so that nobody may ask for them from elsewhere."""
ADMINISTERING = "audit subscribers parked_events retry_parked backups keep_backup verify_backup"
"""Verbs for administrators."""
CHANGING = (
    "uploads ingest answer promote tables difference forget undo classify hold release_hold add_address move_address "
    "retype_address split_address retire_address set_area_class override_permission configure set_distance_rule "
    "set_unit_costs draw_area edit_area split_area merge_areas cut_hole retire_areas edit_areas "
    "open_phase open_due_phases slip_phase bulk_change add_lots confirm_address keep_correction withdraw_correction "
    "withdraw_distance_rule change_connectivity save_mapping opt_out_of_mail opt_in_to_mail "
    "catalogue.add catalogue.revise catalogue.retire catalogue.load "
    "add_source pull_source remove_source merge_addresses keep_addresses_apart "
    "review_queues reviews review decide_review undo_review review_decisions assign_review"
)
MATRIX: dict[tuple[str, str], frozenset[Scope] | None] = {
    ("GET", "/v1/address-check"): frozenset({P, Scope.SHOP, C, R, A}),
    ("POST", "/v1/address-check"): frozenset({P, Scope.SHOP, C, R, A}),
    ("POST", "/v1/address-check:batch"): frozenset({C, R, A}),
    ("GET", "/v1/address-suggest"): frozenset({P, S, Scope.SHOP, C, R, A}),
    ("GET", "/v1/addresses/{address_id}"): frozenset({R, A}),
    ("GET", "/v1/addresses/{address_id}/explain"): frozenset({R, A}),
    ("GET", "/v1/addresses/{address_id}/timeline"): frozenset({R, A}),
    ("GET", "/v1/locations/{location_id}/units"): frozenset({P, C, R, A}),
    ("GET", "/v1/phases"): frozenset({R, A}),
    ("GET", "/v1/phases/details"): frozenset({R, A}),
    ("POST", "/v1/phases:preview"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/phases:open"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/phases:preview-slip"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/phases:slip"): frozenset({Scope.PLAN, A}),
    **{
        ("GET", path): frozenset({P, Scope.SHOP, C, R, Scope.SELL, A})
        for path in ("/v1/offers", "/v1/offers/{offer_id}/label", "/v1/labels.csv")
    },
    ("GET", "/v1/offerings"): frozenset({R, A}),
    ("GET", "/v1/offerings/{offer_id}"): frozenset({R, A}),
    ("POST", "/v1/offerings"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/offerings/{offer_id}:revise"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/offerings/{offer_id}:retire"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/bulk"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/bulk:preview"): frozenset({R, A}),
    ("POST", "/v1/bulk:match"): frozenset({R, A}),
    ("POST", "/v1/addresses"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/addresses:preview-lots"): frozenset({R, A}),
    ("POST", "/v1/addresses:add-lots"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/addresses:disagreements"): frozenset({R, A}),
    ("GET", "/v1/addresses:provisional"): frozenset({R, A}),
    ("PATCH", "/v1/addresses/{address_id}"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/addresses/{address_id}:retire"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/addresses/{address_id}:confirm"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/addresses/{address_id}:preview-units"): frozenset({R, A}),
    ("POST", "/v1/addresses/{address_id}:split"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/corrections/{correction_id}:keep"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/corrections/{correction_id}:withdraw"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/addresses:report-missing"): frozenset({Scope.REPORT, Scope.SHOP, A}),
    ("GET", "/v1/jobs/{job_id}"): frozenset({C, R, A}),
    ("GET", "/v1/jobs/{job_id}/result"): frozenset({C, R, A}),
    ("DELETE", "/v1/jobs/{job_id}"): frozenset({C, R, A}),
    ("GET", "/v1/tiles/{layer}/{z}/{x}/{y}.mvt"): frozenset({R, A}),
    ("GET", "/v1/tiles/{layer}.json"): frozenset({R, A}),
    ("GET", "/v1/style.json"): frozenset({R, A}),
    ("GET", "/v1/legend"): frozenset({R, A}),
    ("GET", "/v1/filters"): frozenset({R, A}),
    ("GET", "/v1/table"): frozenset({R, A}),
    ("GET", "/v1/search"): frozenset({R, A}),
    ("GET", "/v1/addresses/{address_id}/card"): frozenset({R, A}),
    ("GET", "/v1/demand"): frozenset({R, A}),
    ("GET", "/v1/reports"): frozenset({R, A}),
    ("GET", "/v1/reports/{name}"): frozenset({R, A}),
    ("GET", "/v1/exports"): frozenset({R, A}),
    ("POST", "/v1/exports"): frozenset({R, A}),
    ("GET", "/v1/exports/{export_id}"): frozenset({R, A}),
    ("GET", "/v1/exports/{export_id}/file"): frozenset({R, A}),
    ("DELETE", "/v1/exports/{export_id}"): frozenset({R, A}),
    ("POST", "/v1/session"): None,
    ("POST", "/v1/session:link"): None,
    ("PUT", "/v1/session/password"): ALL,
    ("GET", "/v1/portal"): frozenset({Scope.SHOP, Scope.SELL, A}),
    ("GET", "/v1/portal/zone"): frozenset({Scope.SHOP, A}),
    ("POST", "/v1/portal/interest"): frozenset({Scope.SHOP, A}),
    ("POST", "/v1/portal/preorders"): frozenset({Scope.SHOP, A}),
    ("POST", "/v1/portal/orders"): frozenset({Scope.SHOP, A}),
    ("GET", "/v1/follow/{token}"): frozenset({Scope.SHOP, Scope.SELL, A}),
    ("POST", "/v1/follow/{token}:cancel"): frozenset({Scope.SHOP, Scope.SELL, A}),
    ("POST", "/v1/follow/{token}:pay"): frozenset({Scope.SHOP, Scope.SELL, A}),
    ("POST", "/v1/follow/{token}:remember"): frozenset({Scope.SHOP, Scope.SELL, A}),
    ("POST", "/v1/drafts"): frozenset({Scope.SHOP, Scope.SELL, A}),
    ("GET", "/v1/drafts"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/drafts/{draft_id}:drop"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/settings/portal"): frozenset({A}),
    ("PUT", "/v1/settings/portal"): frozenset({A}),
    ("GET", "/v1/settings/map"): frozenset({P, R, A}),
    ("PUT", "/v1/settings/map"): frozenset({A}),
    ("GET", "/v1/session"): ALL,
    ("DELETE", "/v1/session"): ALL,
    ("GET", "/v1/keys"): frozenset({A}),
    ("POST", "/v1/keys"): frozenset({A}),
    ("DELETE", "/v1/keys/{key_id}"): frozenset({A}),
    ("GET", "/v1/audit"): frozenset({A}),
    ("GET", "/v1/audit.csv"): frozenset({A}),
    ("GET", "/v1/settings"): frozenset({A}),
    ("POST", "/v1/settings:preview"): frozenset({A}),
    ("PUT", "/v1/settings"): frozenset({A}),
    ("GET", "/v1/events"): frozenset({A}),
    ("POST", "/v1/events:retry"): frozenset({A}),
    ("GET", "/v1/backups"): frozenset({A}),
    ("POST", "/v1/backups"): frozenset({A}),
    ("PUT", "/v1/backups:schedule"): frozenset({A}),
    ("POST", "/v1/backups/{name}:verify"): frozenset({A}),
    ("GET", "/v1/backups/{name}/file"): frozenset({A}),
    ("DELETE", "/v1/backups/{name}"): frozenset({A}),
    ("GET", "/v1/doctor"): frozenset({A}),
    ("POST", "/v1/users:invite"): frozenset({A}),
    ("PUT", "/v1/users/{name}/roles"): frozenset({A}),
    ("POST", "/v1/users/{name}/enable"): frozenset({A}),
    ("POST", "/v1/users/{name}/end-sessions"): frozenset({A}),
    ("POST", "/v1/users/{name}/reset"): frozenset({A}),
    ("GET", "/v1/users"): frozenset({A}),
    ("POST", "/v1/users"): frozenset({A}),
    ("POST", "/v1/users/{name}/disable"): frozenset({A}),
    ("PUT", "/v1/users/{name}/password"): frozenset({A}),
    ("POST", "/v1/users/{name}/sign-in-link"): frozenset({A}),
    ("GET", "/"): None,
    ("GET", "/portal"): None,
    ("GET", "/payment-done"): None,
    ("GET", "/simulated-payment/{page_id}"): None,
    ("POST", "/simulated-payment/{page_id}"): None,
    ("GET", "/portal/embed.js"): None,
    ("GET", "/assets/{release}/{path:path}"): None,
    ("POST", "/v1/ingests"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/ingests"): frozenset({R, A}),
    ("GET", "/v1/ingests/{ingest_id}"): frozenset({R, A}),
    ("POST", "/v1/ingests/{ingest_id}:answer"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/ingests/{ingest_id}:promote"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/ingests/{ingest_id}:discard"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/ingests/{ingest_id}/diff"): frozenset({R, A}),
    ("GET", "/v1/ingests/{ingest_id}/diff.geojson"): frozenset({R, A}),
    ("GET", "/v1/ingests/{ingest_id}/findings/{number}"): frozenset({R, A}),
    ("GET", "/v1/plan-versions"): frozenset({R, A}),
    ("GET", "/v1/plan-versions/compare"): frozenset({R, A}),
    ("GET", "/v1/plan-versions/compare.geojson"): frozenset({R, A}),
    ("GET", "/v1/plan-versions/{version}"): frozenset({R, A}),
    ("GET", "/v1/plan-versions/{version}/undo-preview"): frozenset({R, A}),
    ("POST", "/v1/plan-versions/{version}:undo"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/sources"): frozenset({R, A}),
    ("POST", "/v1/sources"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/sources/{name}:pull"): frozenset({Scope.PLAN, A}),
    ("DELETE", "/v1/sources/{name}"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/reviews"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/reviews/{item_id}"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/reviews:decide"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/reviews:assign"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/review-decisions"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/review-decisions/{decision_id}:undo"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/money/balances"): frozenset({Scope.MONEY, A}),
    ("GET", "/v1/money/ledger"): frozenset({Scope.MONEY, A}),
    ("GET", "/v1/money/refunds"): frozenset({Scope.MONEY, A}),
    ("POST", "/v1/money/deposits/{deposit_id}:refund"): frozenset({Scope.MONEY, A}),
    ("POST", "/v1/money/refunds/{refund_id}:close"): frozenset({Scope.MONEY, A}),
    ("POST", "/v1/money:settle"): frozenset({Scope.MONEY, A}),
    ("POST", "/v1/webhooks/payments"): None,
    ("GET", "/healthz"): None,
    ("GET", "/readyz"): None,
    ("GET", "/metrics"): frozenset({M, A}),
    ("GET", "/openapi.json"): None,
    ("GET", "/v1/areas"): frozenset({R, A}),
    ("POST", "/v1/areas"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/areas:validate"): frozenset({R, A}),
    ("POST", "/v1/areas:impact"): frozenset({R, A}),
    ("POST", "/v1/areas:publish"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/areas:merge"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/areas:disagreements"): frozenset({R, A}),
    ("POST", "/v1/areas/{area_id}:split"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/areas/{area_id}/versions"): frozenset({R, A}),
    ("GET", "/v1/areas/{area_id}"): frozenset({R, A}),
    ("PATCH", "/v1/areas/{area_id}"): frozenset({Scope.PLAN, A}),
    ("DELETE", "/v1/areas/{area_id}"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/holds"): frozenset({R, A}),
    ("POST", "/v1/holds"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/holds/{hold_id}:release"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/whatif"): frozenset({R, A}),
    ("GET", "/v1/whatif/costs"): frozenset({R, A}),
    ("PUT", "/v1/whatif/costs"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/whatif/scenarios"): frozenset({R, A}),
    ("POST", "/v1/whatif/scenarios"): frozenset({Scope.PLAN, A}),
    ("DELETE", "/v1/whatif/scenarios/{scenario_id}"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/gaps"): frozenset({R, A}),
    ("GET", "/v1/area-drafts"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/area-drafts"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/area-drafts/{draft_id}:publish"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/area-drafts/{draft_id}"): frozenset({Scope.PLAN, A}),
    ("PUT", "/v1/area-drafts/{draft_id}"): frozenset({Scope.PLAN, A}),
    ("DELETE", "/v1/area-drafts/{draft_id}"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/preorders"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/preorders"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/preorders/{preorder_id}"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/preorders/{preorder_id}:pay"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/preorders/{preorder_id}:withdraw"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/notices"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/notices/{notice_id}"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/notices:send"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/notices/{notice_id}:told"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/notices/{notice_id}:not-told"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/notices/{notice_id}:again"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/zones"): frozenset({R, Scope.SELL, Scope.PLAN, A}),
    ("POST", "/v1/zones"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/zones/{zone_id}"): frozenset({R, Scope.SELL, Scope.PLAN, A}),
    ("PATCH", "/v1/zones/{zone_id}"): frozenset({Scope.PLAN, A}),
    ("POST", "/v1/zones/{zone_id}:close"): frozenset({Scope.PLAN, A}),
    ("GET", "/v1/zones/{zone_id}/progress"): frozenset({P, R, Scope.SELL, Scope.PLAN, A}),
    ("POST", "/v1/leads"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/leads"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/leads/{lead_id}"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/leads/{lead_id}:qualify"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/leads/{lead_id}:lose"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/leads/{lead_id}:withdraw-consent"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/leads/{lead_id}:forget"): frozenset({A}),
    ("GET", "/v1/desk"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/desk:search"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/desk/addresses/{address_id}"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/desk/queues"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/desk/queues/{queue}"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/orders"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/orders"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/orders:fallout"): frozenset({Scope.SELL, A}),
    ("GET", "/v1/orders/{order_id}"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/orders/{order_id}:cancel"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/orders/{order_id}:hold"): frozenset({Scope.SELL, A}),
    ("POST", "/v1/orders/{order_id}:release"): frozenset({Scope.SELL, A}),
    ("PUT", "/v1/orders:capacity"): frozenset({Scope.SELL, A}),
    **{
        ("POST", f"/v1/orders/{{order_id}}:{verb}"): frozenset({Scope.SELL, A})
        for verb in ["change", "move", "transfer", "end", "complete", "fail", "pay", "agree-price"]
    },
    **{("POST", f"/v1/plan/{verb}"): frozenset({R, A}) for verb in READING.split()},
    **{("POST", f"/v1/plan/{verb}"): frozenset({A}) for verb in ADMINISTERING.split()},
    **{("POST", f"/v1/plan/{verb}"): NOBODY for verb in ON_ITS_MACHINE.split()},
    **{("POST", f"/v1/plan/{verb}"): frozenset({Scope.PLAN, A}) for verb in CHANGING.split()},
}
"""Which single scopes are enough; None: nobody is asked."""
ROLES: dict[Role, frozenset[Scope]] = {
    Role.PLANNER: frozenset({R, C, S, Scope.REPORT, Scope.PLAN}),
    Role.SALES: frozenset({R, C, S, Scope.REPORT, Scope.SELL}),
    Role.CSR: frozenset({R, C, S, Scope.REPORT, Scope.SELL}),
    Role.DISPATCHER: frozenset({R, C, S}),
    Role.TECHNICIAN: frozenset({R, C, S, Scope.REPORT}),
    Role.FINANCE: frozenset({R, C, S, Scope.MONEY}),
    Role.ADMIN: ALL,
    Role.PROVIDER: frozenset({P, S, Scope.REPORT}),
}
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/address-check"): {"q": "a"},
    ("POST", "/v1/address-check:batch"): {"checks": [{"q": "a"}]},
    ("POST", "/v1/addresses:report-missing"): {"q": "a"},
    ("POST", "/v1/keys"): {"scopes": ["check"]},
    ("POST", "/v1/sources"): {"name": "by hand"},
    ("POST", "/v1/ingests"): {"url": "https://gis.example/0"},
    ("POST", "/v1/ingests/{ingest_id}:answer"): {},
    ("POST", "/v1/ingests/{ingest_id}:promote"): {},
    ("POST", "/v1/exports"): {"what": "areas"},
}
GIVEN = {
    "lead_id": 5,
    "token": "A" * 36,
    "page_id": f"cs_simulated_{'A' * 32}",
    "order_id": 5,
    "queue": "held",
    "zone_id": 5,
    "preorder_id": 5,
    "notice_id": 5,
    "offer_id": 5,
    "area_id": 5,
    "draft_id": 5,
    "correction_id": 5,
    "scenario_id": 5,
    "address_id": HOUSE, "location_id": BUILDING, "job_id": JOB, "key_id": 5, "name": "nobody",
    "release": "any", "path": "js/main.js", "ingest_id": JOB, "number": 0, "version": 1,
    "layer": "addresses", "z": 0, "x": 0, "y": 0, "export_id": JOB, "hold_id": 5, "item_id": 5, "decision_id": 5,
    "deposit_id": 5, "refund_id": 5,
}  # fmt: skip


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("api"), metrics_on_loopback=False) as started:
        yield started


@pytest.fixture(scope="module")
def keys(guarded: Site) -> dict[Scope, dict[str, str]]:
    """Return the headers of one key for each scope."""
    return {scope: guarded.key(scope) for scope in Scope}


def ask(site: Site, method: str, path: str, headers: dict[str, str]) -> int:
    """Send a request that would do something if it were let in, and return the status."""
    body = BODIES.get((method, path))
    url = path.replace(":path", "").format(**GIVEN)
    params = (
        {"q": "a"}
        if method == "GET" and path.startswith(("/v1/address-check", "/v1/address-suggest", "/v1/search"))
        else {}
    )
    said = site.client.request(method, url, headers=headers, json=body, params=params)
    if said.headers.get("retry-after") == "1":  # the table is longer than what a public caller may ask at once
        time.sleep(1)
        said = site.client.request(method, url, headers=headers, json=body, params=params)
    return said.status_code


def test_every_endpoint_is_listed() -> None:
    assert set(MATRIX) == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
    assert set(ROLES) == set(Role)


def test_the_application_has_no_other_routes(guarded: Site) -> None:
    there = {
        (method, route.path)
        for route in guarded.client.app.router.routes
        for method in getattr(route, "methods", ["?"]) - {"HEAD"}
    }
    assert there == set(MATRIX)


@pytest.mark.parametrize(("method", "path"), MATRIX, ids=lambda value: value.strip("/").replace("/", "_"))
def test_a_key_may_do_what_its_scope_says_and_nothing_else(
    guarded: Site, keys: dict[Scope, dict[str, str]], method: str, path: str
) -> None:
    allowed = MATRIX[method, path]
    without = ask(guarded, method, path, {})
    assert (without == 401) == (allowed is not None), without
    for scope in Scope if allowed is not None else ():
        status = ask(guarded, method, path, keys[scope])
        if (method, path) == ("DELETE", "/v1/session"):
            assert status == 401, "a key has no session to end"
        else:
            assert (status != 403) == (scope in allowed), (scope, status)
            assert status != 401


@pytest.mark.parametrize("role", Role)
def test_a_person_may_do_what_the_role_says_and_nothing_else(guarded: Site, role: Role) -> None:
    guarded.client.forget()
    headers = guarded.log_in(role, name=f"the-{role}")
    for (method, path), allowed in MATRIX.items():
        if allowed is None or path == "/v1/session":
            continue
        status = ask(guarded, method, path, headers)
        assert (status != 403) == bool(ROLES[role] & allowed), (path, status)
    guarded.client.forget()


def test_a_public_key_gets_no_internals(guarded: Site) -> None:
    def drop(scope: Scope) -> Any:
        said = guarded.client.get("/v1/address-check", params={"q": "1 Main St"}, headers=guarded.key(scope)).json()
        return said["serviceability"]["drop"]

    assert drop(Scope.PUBLIC) is None
    assert drop(Scope.CHECK) is not None


def test_metrics_are_for_this_machine_only_and_not_through_a_proxy(tmp_path: Path) -> None:
    with site(tmp_path) as here:
        assert here.client.get("/metrics").status_code == 401
        near = here.near()
        assert near.get("/metrics").status_code == 200
        assert near.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 401
