"""Reports over HTTP: what the plan itself says, for whoever may look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fibermap.access.model import Scope
from fibermap.plan import Plan
from fibermap.report.dashboard.catalogue import REPORTS
from tests.api.answering import Site, site
from tests.report.towns import town

_CHECKED = """
    INSERT INTO address_check BY NAME
    SELECT address_id::VARCHAR AS check_id, now() AS checked_at, '1' AS data_version, '' AS caller,
           'matched' AS status, 'accept' AS next_action, 1.0 AS score, address_id, class, false AS orderable
    FROM addresses
"""


@pytest.fixture(scope="module")
def plan() -> Iterator[Plan]:
    with town() as fm:
        fm.store.sql.execute("test.checked", _CHECKED)
        yield fm


@pytest.fixture(scope="module")
def here(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("api"), plan=plan) as started:
        yield started


def test_every_report_is_listed_and_read(here: Site) -> None:
    key = here.key(Scope.READ)
    listed = here.client.get("/v1/reports", headers=key).json()["reports"]
    assert [report["name"] for report in listed] == list(REPORTS)
    for report in listed:
        said = here.client.get(f"/v1/reports/{report['name']}", headers=key)
        assert said.status_code == 200, said.text
        assert all(list(row) == said.json()["columns"] for row in said.json()["rows"])


def test_a_report_says_what_the_plan_says_of_the_same_addresses(here: Site, plan: Plan) -> None:
    asked = {"class": "build", "kind": "residential"}
    said = here.client.get("/v1/reports/homes", params=asked, headers=here.key(Scope.READ)).json()
    assert said["rows"] == plan.report("homes", **asked).table.to_pylist()
    assert said["left_out"] == 3


def test_a_report_is_not_for_the_public_and_not_of_any_name(here: Site) -> None:
    assert here.client.get("/v1/reports/homes", headers=here.key(Scope.PUBLIC)).status_code == 403
    assert here.client.get("/v1/reports/profits", headers=here.key(Scope.READ)).status_code in (400, 422)


def test_demand_is_read_page_by_page_under_the_filters(here: Site) -> None:
    def ask(**params: object) -> dict[str, Any]:
        said = here.client.get("/v1/demand", params=params, headers=here.key(Scope.READ))
        assert said.status_code == 200, said.text
        return dict(said.json())

    first = ask(limit=2, **{"class": "out-of-coverage"})
    rest = ask(limit=100, after=first["next"], **{"class": "out-of-coverage"})
    assert first["total"] == len(first["rows"]) + len(rest["rows"]) > 2
    assert rest["next"] is None
    assert {row["class"] for row in first["rows"] + rest["rows"]} == {"out-of-coverage"}
    assert sum(row["checks"] for row in ask(by="area")["rows"]) == ask()["total"] == 14
    assert (first["left_out"], first["elsewhere"]) == (3, {"unsettled": 0, "reports": 0})
    assert here.client.get("/v1/demand", params={"after": first["next"], "by": "area"},
                           headers=here.key(Scope.READ)).status_code == 404  # fmt: skip
