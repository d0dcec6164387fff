"""The speeds of an answer: of each technology those of the fastest plan that is sold at the address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fibermap.order.offers_json import speeds_json
from fibermap.serving.ground import ground_of
from fibermap.serving.verdict import Standing


def serviceability(standing: Standing, *, public: bool) -> dict[str, Any]:
    """Return how an address stands, with speeds where the catalogue sells a plan there today; null anywhere else."""
    said, catalogue = standing.as_json(public=public), standing.index.planned.catalogue
    if not len(catalogue):
        return said
    now = standing if standing.at is None else replace(standing, at=None)
    speeds = speeds_json(catalogue.fastest_at(ground_of(now), standing.today))
    technologies = [each | {"speeds": speeds.get(each["technology"])} for each in said["technologies"]]
    return said | {"technologies": technologies}
