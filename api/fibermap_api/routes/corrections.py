"""Addresses as a planner knows them better: added, moved, split, retired, in rows of lots, and held against sources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.address.corrections import Author
from fibermap.address.disagreements import disagreements
from fibermap.coverage import address_commands, commands
from fibermap.coverage.commands import Done
from fibermap.coverage.versions import current_version
from fibermap.kernel.settings import Settings
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.areas import ReasonQuestion
from fibermap_api.models.corrections import (
    AddAddressQuestion,
    AddLotsQuestion,
    AddressDisagreementsAnswer,
    ChangeAddressQuestion,
    CorrectedAnswer,
    CorrectionQuestion,
    LotsAnswer,
    LotsQuestion,
    ProvisionalAnswer,
    SettleQuestion,
    SplitAddressQuestion,
    UnitsPreviewAnswer,
    UnitsQuestion,
)
from fibermap_api.models.questions import AddressQuestion
from fibermap_api.routes.areas import author_of, base_of, change, read

Command = Callable[[UnitOfWork, Author, Settings], Done]


async def add_address(call: Call) -> Response:
    """Add a provisional address. It keeps its id when a source brings it."""
    asked: AddAddressQuestion = call.body
    return await _done(
        call,
        "add_address",
        lambda uow, by, settings: commands.add_address(uow, asked.text, asked.lon, asked.lat, by, settings),
        201,
    )


async def preview_lots(call: Call) -> Response:
    """Say where each lot of a row would stand, what class it would have, and what is known there. Writes nothing."""
    lots = call.body.row().lots()
    return await _told(call, lambda plan, uow: {"lots": address_commands.look_at_lots(uow, lots, plan.settings)})


async def add_lots(call: Call) -> Response:
    """Add a row of provisional lots as one plan version."""
    lots = call.body.row().lots()
    return await _done(
        call, "add_lots", lambda uow, by, settings: address_commands.add_lots(uow, lots, by, settings), 201
    )


async def change_address(call: Call) -> Response:
    """Move an address, or say who is there. It has to be as it was when you looked: If-Match names its version."""
    asked: ChangeAddressQuestion = call.body
    address_id, base = call.query.address_id, base_of(call, "address")

    def work(uow: UnitOfWork, by: Author, settings: Settings) -> Done:
        _require(uow, address_id, base)
        if asked.lon is not None and asked.lat is not None:
            return commands.move_address(uow, address_id, asked.lon, asked.lat, by, settings)
        assert asked.kind is not None
        assert asked.serviceable is not None
        return commands.retype_address(uow, address_id, asked.kind, by, settings, serviceable=asked.serviceable)

    return await _done(call, "retype_address" if asked.lon is None else "move_address", work)


async def retire_address(call: Call) -> Response:
    """Take an address out of the current ones; its history stays. Needs If-Match."""
    address_id, base = call.query.address_id, base_of(call, "address")

    def work(uow: UnitOfWork, by: Author, settings: Settings) -> Done:
        _require(uow, address_id, base)
        return commands.retire_address(uow, address_id, by, settings)

    return await _done(call, "retire_address", work)


async def confirm_address(call: Call) -> Response:
    """Say that a provisional address is real, before any source does."""
    address_id = call.query.address_id
    return await _done(
        call,
        "confirm_address",
        lambda uow, by, settings: address_commands.confirm_address(uow, address_id, by, settings),
    )


async def preview_units(call: Call) -> Response:
    """Say which units a pattern stands for at a building, and which it has already. Writes nothing."""
    address_id, pattern = call.query.address_id, call.body.pattern
    return await _told(call, lambda _, uow: {"units": address_commands.look_at_units(uow, address_id, pattern)})


async def split_address(call: Call) -> Response:
    """Give a building the units that a pattern stands for, each a provisional address."""
    address_id, pattern = call.query.address_id, call.body.pattern
    return await _done(
        call,
        "split_address",
        lambda uow, by, settings: commands.split_address(uow, address_id, pattern, by, settings),
        201,
    )


async def list_disagreements(call: Call) -> Response:
    """Corrections of addresses whose sources say something new since, for a person to settle."""
    return await _told(call, lambda _, uow: {"disagreements": disagreements(uow)})


async def keep_correction(call: Call) -> Response:
    """Keep what a person said against what the source says now; listed again once it says something else."""
    correction_id, seen = call.query.correction_id, call.body.seen
    return await _done(
        call,
        "keep_correction",
        lambda uow, by, settings: address_commands.keep_correction(uow, correction_id, by, settings, seen=seen),
    )


async def withdraw_correction(call: Call) -> Response:
    """Take the source's word in the place of the correction."""
    correction_id, seen = call.query.correction_id, call.body.seen
    return await _done(
        call,
        "withdraw_correction",
        lambda uow, by, settings: address_commands.withdraw_correction(uow, correction_id, by, settings, seen=seen),
    )


async def list_provisional(call: Call) -> Response:
    """Addresses that a person added and that wait for a source or a person, the newest first."""
    return await _told(call, lambda _, uow: address_commands.provisional_addresses(uow))


def _require(uow: UnitOfWork, address_id: int, base: int | None) -> None:
    if base is not None:
        address_commands.require_base(uow, address_id, base)


async def _told(call: Call, work: Callable[[Plan, UnitOfWork], dict[str, Any]]) -> Response:
    return answer(await read(call, lambda plan, uow: work(plan, uow) | {"plan_version": current_version(uow)}))


async def _done(call: Call, command: str, work: Command, status: int = 200) -> Response:
    by = author_of(call, call.body.reason)
    done = await change(call, command, lambda plan, uow: work(uow, by, plan.settings))
    said = {"plan_version": done.version, "address_ids": list(done.ids), "flips": done.flips.counts}
    return answer(said, status)


_R, _P, _TAG = (Scope.READ,), (Scope.PLAN,), "corrections"
ENDPOINTS = (
    Endpoint(
        "POST", "/v1/addresses", add_address, "Add an address", _P,
        body=AddAddressQuestion, answers=CorrectedAnswer, status=201, problems=(409,), tag=_TAG,
    ),
    Endpoint(
        "POST", "/v1/addresses:preview-lots", preview_lots, "Look at a row of lots", _R,
        body=LotsQuestion, answers=LotsAnswer, tag=_TAG,
    ),
    Endpoint(
        "POST", "/v1/addresses:add-lots", add_lots, "Add a row of lots", _P,
        body=AddLotsQuestion, answers=CorrectedAnswer, status=201, problems=(409,), tag=_TAG,
    ),
    Endpoint(
        "GET", "/v1/addresses:disagreements", list_disagreements, "List disagreements on addresses", _R,
        answers=AddressDisagreementsAnswer, tag=_TAG,
    ),
    Endpoint(
        "GET", "/v1/addresses:provisional", list_provisional, "List provisional addresses", _R,
        answers=ProvisionalAnswer, tag=_TAG,
    ),
    Endpoint(
        "PATCH", "/v1/addresses/{address_id}", change_address, "Correct an address", _P, query=AddressQuestion,
        body=ChangeAddressQuestion, answers=CorrectedAnswer, problems=(404, 409, 412, 428), tag=_TAG,
    ),
    Endpoint(
        "POST", "/v1/addresses/{address_id}:retire", retire_address, "Retire an address", _P, query=AddressQuestion,
        body=ReasonQuestion, answers=CorrectedAnswer, problems=(404, 409, 412, 428), tag=_TAG,
    ),
    Endpoint(
        "POST", "/v1/addresses/{address_id}:confirm", confirm_address, "Confirm an address", _P, query=AddressQuestion,
        body=ReasonQuestion, answers=CorrectedAnswer, problems=(404, 409), tag=_TAG,
    ),
    Endpoint(
        "POST", "/v1/addresses/{address_id}:preview-units", preview_units, "Look at units by pattern", _R,
        query=AddressQuestion, body=UnitsQuestion, answers=UnitsPreviewAnswer, problems=(404,), tag=_TAG,
    ),
    Endpoint(
        "POST", "/v1/addresses/{address_id}:split", split_address, "Split an address into units", _P,
        query=AddressQuestion, body=SplitAddressQuestion, answers=CorrectedAnswer, status=201,
        problems=(404, 409), tag=_TAG,
    ),
    Endpoint(
        "POST", "/v1/corrections/{correction_id}:keep", keep_correction, "Keep a correction", _P,
        query=CorrectionQuestion, body=SettleQuestion, answers=CorrectedAnswer, problems=(404, 409, 412), tag=_TAG,
    ),
    Endpoint(
        "POST", "/v1/corrections/{correction_id}:withdraw", withdraw_correction, "Withdraw a correction", _P,
        query=CorrectionQuestion, body=SettleQuestion, answers=CorrectedAnswer, problems=(404, 409, 412), tag=_TAG,
    ),
)  # fmt: skip
