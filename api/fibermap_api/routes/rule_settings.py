"""The settings that verdicts depend on, over HTTP, for administrators; each change is a plan version."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.coverage import commands
from fibermap.coverage.commands import Done
from fibermap.coverage.setting_list import list_settings
from fibermap.coverage.versions import current_version
from fibermap.plan import Plan
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.settings import SettingsAnswer, SettingsDone, SettingsQuestion
from fibermap_api.routes.areas import author_of, change, read

_PATH = "/v1/settings"


async def read_settings(call: Call) -> Response:
    """Every setting that is kept with the plan: value, default, what it means, and what a change of it reaches."""

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        told = [asdict(state) for state in list_settings(uow, plan.settings)]
        return {"settings": told, "plan_version": current_version(uow)}

    return answer(await read(call, work))


async def preview_settings(call: Call) -> Response:
    """Which addresses would change class under other settings. Writes nothing."""
    asked: SettingsQuestion = call.body
    by = author_of(call, asked.reason)
    return answer(_told(await read(call, lambda plan, uow: _configure(plan, uow, asked, by))))


async def change_settings(call: Call) -> Response:
    """Put other settings in force as a plan version, which can be undone, and judge every address under them."""
    asked: SettingsQuestion = call.body
    by = author_of(call, asked.reason)
    return answer(_told(await change(call, "configure", lambda plan, uow: _configure(plan, uow, asked, by))))


def _configure(plan: Plan, uow: UnitOfWork, asked: SettingsQuestion, by: Any) -> Done:
    return commands.configure(uow, asked.changes.said(), by, plan.settings)


def _told(done: Done) -> dict[str, Any]:
    return {"plan_version": done.version, "changes": done.flips.counts, "notes": list(done.notes)}


_A = (Scope.ADMIN,)
ENDPOINTS = (
    Endpoint("GET", _PATH, read_settings, "Read the settings", _A, answers=SettingsAnswer, tag="administration"),
    Endpoint(
        "POST", f"{_PATH}:preview", preview_settings, "Weigh other settings", _A,
        body=SettingsQuestion, answers=SettingsDone, tag="administration",
    ),
    Endpoint(
        "PUT", _PATH, change_settings, "Change settings", _A,
        body=SettingsQuestion, answers=SettingsDone, problems=(409,), tag="administration",
    ),
)  # fmt: skip
