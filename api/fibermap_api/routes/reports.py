"""Reports: one table each, of the chosen addresses."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.report.bbox import Bbox
from fibermap.report.dashboard.catalogue import REPORTS, Made, make_report
from fibermap.report.dashboard.ground import Ground, Wish
from fibermap.report.demand import By, DemandSort, demand_elsewhere, page_of_demand
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.demand import DemandAnswer, DemandQuestion
from fibermap_api.models.reports import DashboardAnswer, ReportQuestion, ReportsAnswer
from fibermap_api.models.screen import NoQuestion
from fibermap_api.screen_desk import Shown


async def list_reports(call: Call) -> Response:
    """The reports that there are."""
    told = [{"name": report.name, "title": report.title, "about": report.about} for report in REPORTS.values()]
    return answer({"reports": told})


async def read_report(call: Call) -> Response:
    """A report, as rows. Filters choose the addresses as they are today; what is not about addresses is about
    everything. Every number of addresses is also one of units: homes are units.
    """
    asked: ReportQuestion = call.query
    wish = asked.wish()

    def make(shown: Shown) -> dict[str, Any]:
        state, today = shown.screen.state, shown.store.clock.now().date()
        made = shown.store.preview(
            lambda uow: make_report(asked.name, Ground(shown.screen.sql, "addresses", uow, today, wish)), cause="read"
        )
        return _told(made, state.left_out) | {"plan_version": state.plan_version, "data_version": state.data_version}

    return answer(await call.service.screen.ask(make))


async def list_demand(call: Call) -> Response:
    """What was asked for in vain, by address or by area, with the interest there is, page by page. It counts checks
    that settled on an address where nothing could be ordered at that time, and says nothing of who asked. Filters
    apply, to the addresses as they are today.
    """
    asked: DemandQuestion = call.query
    by, sort, bbox = By(asked.by), DemandSort.from_text(asked.sort), asked.bbox and Bbox.from_text(asked.bbox)
    wish = Wish(asked.selection())

    def read(shown: Shown) -> dict[str, Any]:
        state, today = shown.screen.state, shown.store.clock.now().date()

        def page(uow: UnitOfWork) -> dict[str, Any]:
            ground = Ground(shown.screen.sql, "addresses", uow, today, wish)
            found = page_of_demand(ground, by, bbox or None, sort=sort, after=asked.after, limit=asked.limit)
            return found | {"elsewhere": demand_elsewhere(ground)}

        versions = {"plan_version": state.plan_version, "data_version": state.data_version}
        return shown.store.preview(page, cause="read") | {"left_out": state.left_out} | versions

    return answer(await call.service.screen.ask(read))


def _told(made: Made, left_out: int) -> dict[str, Any]:
    report, table = made.report, made.table
    return {
        "name": report.name, "title": report.title, "about": report.about, "rows": table.to_pylist(),
        "columns": table.column_names, "notes": list(made.notes), "left_out": left_out,
    }  # fmt: skip


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/reports", list_reports, "List reports", (Scope.READ,),
        query=NoQuestion, answers=ReportsAnswer, tag="reports",
    ),
    Endpoint(
        "GET", "/v1/reports/{name}", read_report, "Read a report", (Scope.READ,),
        query=ReportQuestion, answers=DashboardAnswer, tag="reports",
    ),
    Endpoint(
        "GET", "/v1/demand", list_demand, "List what was asked for in vain", (Scope.READ,),
        query=DemandQuestion, answers=DemandAnswer, problems=(404,), tag="reports",
    ),
)  # fmt: skip
