"""The endpoints, by what they are about."""

from __future__ import annotations

from fibermap_api.endpoint import Endpoint
from fibermap_api.routes import (
    addresses,
    area_drafts,
    areas,
    audit,
    cards,
    checks,
    corrections,
    exports,
    health,
    holds,
    ingests,
    jobs,
    keys,
    map_data,
    map_settings,
    plan,
    plan_versions,
    reports,
    screens,
    sessions,
    sources,
    users,
    whatif,
)  # fmt: skip

ENDPOINTS: tuple[Endpoint, ...] = (
    *checks.ENDPOINTS,  # first: the most asked for is found first
    *addresses.ENDPOINTS,
    *corrections.ENDPOINTS,
    *map_data.ENDPOINTS,
    *cards.ENDPOINTS,
    *jobs.ENDPOINTS,
    *sessions.ENDPOINTS,
    *keys.ENDPOINTS,
    *users.ENDPOINTS,
    *audit.ENDPOINTS,
    *health.ENDPOINTS,
    *areas.ENDPOINTS,
    *area_drafts.ENDPOINTS,
    *whatif.ENDPOINTS,
    *plan.ENDPOINTS,
    *exports.ENDPOINTS,
    *holds.ENDPOINTS,
    *map_settings.ENDPOINTS,
    *reports.ENDPOINTS,
    *screens.ENDPOINTS,
    *ingests.ENDPOINTS,
    *plan_versions.ENDPOINTS,
    *sources.ENDPOINTS,
)
