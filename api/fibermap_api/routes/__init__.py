"""The endpoints, by what they are about."""

from __future__ import annotations

from fibermap_api.endpoint import Endpoint
from fibermap_api.routes import addresses, checks, health, jobs, keys, map_settings, plan, screens, sessions, users

ENDPOINTS: tuple[Endpoint, ...] = (
    *checks.ENDPOINTS,  # first: the most asked for is found first
    *addresses.ENDPOINTS,
    *jobs.ENDPOINTS,
    *sessions.ENDPOINTS,
    *keys.ENDPOINTS,
    *users.ENDPOINTS,
    *health.ENDPOINTS,
    *plan.ENDPOINTS,
    *map_settings.ENDPOINTS,
    *screens.ENDPOINTS,
)
