"""The settings of the map: everybody who sees the map may read them, an administrator may change them."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.screens.map_settings import Imagery, ImageryKind, MapSettings
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.screens import MapSettingsAnswer, MapSettingsQuestion

_PATH = "/v1/settings/map"


async def read_map_settings(call: Call) -> Response:
    """What everybody's map has in common: its title, the imagery to choose from, whether the public may look."""
    return answer(await run_in_threadpool(_told, call))


async def change_map_settings(call: Call) -> Response:
    """Change them, for everybody, from the next load of the page on. They may ask the hosts named here, no others."""
    asked: MapSettingsQuestion = call.body
    imagery = tuple(Imagery(**{**row.model_dump(), "kind": ImageryKind(row.kind)}) for row in asked.imagery)
    settings = MapSettings(asked.title, imagery, asked.public_viewer)
    save = call.service.records.save_map_settings
    await run_in_threadpool(save, settings, call.caller.name, call.service.gate)
    return answer(await run_in_threadpool(_told, call))


def _told(call: Call) -> dict[str, object]:
    records = call.service.records
    return {**records.map_settings().as_json(), "units": records.units()}


ENDPOINTS = (
    Endpoint(
        "GET", _PATH, read_map_settings, "The map's settings", (Scope.READ, Scope.PUBLIC),
        answers=MapSettingsAnswer, tag="screens",
    ),
    Endpoint(
        "PUT", _PATH, change_map_settings, "Change the map's settings", (Scope.ADMIN,),
        body=MapSettingsQuestion, answers=MapSettingsAnswer, tag="screens",
    ),
)  # fmt: skip
