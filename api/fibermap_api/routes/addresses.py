"""Addresses by id, buildings, and addresses that somebody misses."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.address.missing import MissingReport
from fibermap.coverage.timeline import MOST_ENTRIES
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.checks import AddressAnswer, ExplainAnswer, UnitsAnswer
from fibermap_api.models.questions import AddressQuestion, ExplainQuestion, LocationQuestion, MissingQuestion
from fibermap_api.models.staff import ReportAnswer, TimelineAnswer
from fibermap_api.routes.checks import MAY_CHECK


async def read_address(call: Call) -> Response:
    """One address with everything that follows for it. An id that was merged into another leads to that one."""
    return answer(call.service.answers.address(call.query.address_id, public=call.public))


async def explain_address(call: Call) -> Response:
    """Why an address is what it is: each question asked on the way to the verdict, and the rows it rests on."""
    return answer(call.service.answers.explain(call.query.address_id, call.query.at))


async def read_timeline(call: Call) -> Response:
    """What happened to an address, newest first; for those who may sell also what was sold there. Only where the
    database is: a replica answers 503.
    """
    records, address_id = call.service.records, call.query.address_id
    entries = await run_in_threadpool(records.timeline, address_id)
    if call.caller.may(Scope.SELL):
        sales = await run_in_threadpool(records.sales, address_id)
        entries = sorted([*entries, *sales], key=lambda entry: entry["happened_at"], reverse=True)[:MOST_ENTRIES]
    return answer({"address_id": call.query.address_id, "entries": entries})


async def read_units(call: Call) -> Response:
    """The units of a building, to choose from."""
    return answer(call.service.answers.units(call.query.location_id))


async def report_missing_address(call: Call) -> Response:
    """Somebody misses an address. A person looks at it; it never becomes an address by itself. Not on a replica."""
    records = call.service.records
    call.service.gate.count_report(call.caller)
    said = call.body
    report = MissingReport(said.q, call.caller.id, said.note, said.lon, said.lat)
    report_id = await run_in_threadpool(records.report_missing, report)
    return answer({"report_id": report_id, "state": "open"}, 202)


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/addresses/{address_id}", read_address, "Read an address", (Scope.READ,),
        query=AddressQuestion, answers=AddressAnswer, problems=(404,), from_index=True, tag="addresses",
    ),
    Endpoint(
        "GET", "/v1/addresses/{address_id}/explain", explain_address, "Explain an address", (Scope.READ,),
        query=ExplainQuestion, answers=ExplainAnswer, problems=(404,), from_index=True, tag="addresses",
    ),
    Endpoint(
        "GET", "/v1/addresses/{address_id}/timeline", read_timeline, "Read an address's history", (Scope.READ,),
        query=AddressQuestion, answers=TimelineAnswer, problems=(404,), tag="addresses",
    ),
    Endpoint(
        "GET", "/v1/locations/{location_id}/units", read_units, "List the units of a building", MAY_CHECK,
        query=LocationQuestion, answers=UnitsAnswer, problems=(404,), from_index=True, tag="addresses",
    ),
    Endpoint(
        "POST", "/v1/addresses:report-missing", report_missing_address, "Report a missing address",
        (Scope.REPORT, Scope.SHOP),
        body=MissingQuestion, answers=ReportAnswer, status=202, tag="addresses",
    ),
)  # fmt: skip
