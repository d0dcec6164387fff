"""Reports over HTTP: what the plan itself says, for whoever may look."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fibermap.access.model import Scope
from fibermap.plan import Plan
from fibermap.report.dashboard.catalogue import REPORTS
from tests.api.answering import Site, site
from tests.report.towns import town


@pytest.fixture(scope="module")
def plan() -> Iterator[Plan]:
    with town() as fm:
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
