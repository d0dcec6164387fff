"""The card of an address: what it may have, why, and how that came about, with everything that lies on the map."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import orjson
import shapely

from fibermap.coverage.expected import say_date, say_public
from fibermap.coverage.explain import Explanation, best_of, explain
from fibermap.coverage.model import Verdict
from fibermap.coverage.timeline import timeline
from fibermap.kernel.settings import Settings
from fibermap.results import to_json
from fibermap.store import UnitOfWork
from fibermap.store.temporal import IN_FORCE

_IDENTITY = (
    "address_id", "location_id", "fcc_location_id", "full_address", "delivery_line", "unit", "city", "state", "zip",
    "county", "lon", "lat", "placement", "kind", "serviceable", "unit_count", "provisional", "corrected",
)  # fmt: skip


def card(
    uow: UnitOfWork, address_id: int, settings: Settings, *, as_of: int | datetime | None = None, at: date | None = None
) -> dict[str, Any]:
    """Put together the card of an address.

    Parameters
    ----------
    address_id
        An address, or an id that was merged into one.
    as_of
        What was known then: a plan version, or a moment; None for now.
    at
        The date in the world asked about; None takes the plan at its word.

    Returns
    -------
    dict
        JSON values. ``technologies`` has a verdict each with the questions that led to it; ``evidence`` is a GeoJSON
        FeatureCollection of the address, what decides, the terminal and the straight drop to it. Lengths are metres.

    Raises
    ------
    NotFound
        ``address_not_found``, ``version_not_found``.
    """
    why = explain(uow, address_id, settings, as_of=as_of, at=at)
    best = best_of(why.verdicts)
    shapes = _shapes(uow, why)
    own_id = int(why.address["address_id"])
    return {
        "address": {name: why.address[name] for name in _IDENTITY} | {"version": _since(uow, own_id, why.version)},
        "redirected_from": why.redirected_from,
        "plan_version": why.version,
        "at": None if at is None else at.isoformat(),
        "class": str(why.class_),
        "orderable": why.orderable,
        "not_orderable": [str(reason) for reason in why.not_orderable],
        "technologies": [_technology(why, verdict, settings) for verdict in why.verdicts.values()],
        "terminal": _terminal(why, best),
        "evidence": _evidence(why, best, shapes),
        "holds": to_json(why.holds),
        "flags": [{"code": flag["code"], "detail": _read(flag["detail"])} for flag in why.flags],
        "corrections": to_json(why.corrections),
        "records": to_json(why.records),
        "timeline": to_json(timeline(uow, own_id)),
        "versions": _versions(uow, own_id),
    }


def _since(uow: UnitOfWork, address_id: int, version: int) -> int:
    """Return the version since which the address is as it is told: who changes it names that."""
    told = {"id": address_id, "version": version}
    return int(
        uow.sql.value("card.since", f"SELECT from_version FROM address WHERE address_id = $id AND {IN_FORCE}", told)
    )


def _technology(why: Explanation, verdict: Verdict, settings: Settings) -> dict[str, Any]:
    decides = why.features.get(verdict.feature_id or 0)
    too_long = verdict.drop_m is not None and verdict.drop_m > settings.drop_limit_m
    return {
        "technology": verdict.technology,
        "class": str(verdict.class_),
        "evidence": str(verdict.evidence),
        "confidence": str(verdict.confidence),
        "decided_by": None if decides is None else to_json(decides),
        "rule_id": verdict.rule_id,
        "drop_m": verdict.drop_m,
        "drop_over_limit": too_long,
        "expected": {
            "date": None if verdict.expected_live_on is None else verdict.expected_live_on.isoformat(),
            "precision": verdict.expected_precision,
            "text": say_date(verdict.expected_live_on, verdict.expected_precision),
            "public": say_public(verdict.expected_live_on, verdict.expected_precision, settings.public_dates),
        },
        "steps": [
            {
                "evidence": str(step.evidence), "answer": step.answer, "decides": step.decides,
                "feature_id": step.feature_id, "distance_m": step.distance_m,
            }
            for step in why.steps[verdict.technology]
        ],
    }  # fmt: skip


def _terminal(why: Explanation, best: Verdict) -> dict[str, Any] | None:
    if best.terminal_id is None:
        return None
    told = why.features.get(best.terminal_id, {})
    names = ("name", "kind", "class", "ports_free", "ports_total", "source")
    return {"terminal_id": best.terminal_id, "drop_m": best.drop_m, **{name: told.get(name) for name in names}}


def _shapes(uow: UnitOfWork, why: Explanation) -> dict[int, Any]:
    rows = uow.sql.rows(
        "card.shapes",
        f"""
        SELECT feature_id, geometry FROM plan_feature
        WHERE feature_id IN (SELECT unnest($ids::BIGINT[])) AND {IN_FORCE}
        """,
        {"ids": list(why.features), "version": why.version},
    )
    return {feature_id: shapely.from_wkb(geometry) for feature_id, geometry in rows}


def _evidence(why: Explanation, best: Verdict, shapes: Mapping[int, Any]) -> dict[str, Any]:
    lon, lat = why.address["lon"], why.address["lat"]
    here = None if lon is None or lat is None else shapely.Point(lon, lat)
    found = [] if here is None else [_drawn("address", here, id=why.address["address_id"], name=None)]
    for feature_id, told in why.features.items():
        part = "terminal" if feature_id == best.terminal_id else "decides"
        if feature_id in shapes:
            found.append(_drawn(part, shapes[feature_id], id=feature_id, name=told["name"], **{"class": told["class"]}))
    if here is not None and best.terminal_id is not None and best.terminal_id in shapes:
        drop = shapely.LineString([here, shapely.centroid(shapes[best.terminal_id])])
        found.append(_drawn("drop", drop, id=-1, name=None, length_m=best.drop_m))
    return {"type": "FeatureCollection", "features": found}


def _drawn(part: str, shape: Any, **properties: Any) -> dict[str, Any]:
    geometry = orjson.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": {"part": part, **properties}, "geometry": geometry}


def _versions(uow: UnitOfWork, address_id: int) -> list[dict[str, Any]]:
    """Return the plan versions in which anything about the address changed, the latest first: what to look back to."""
    return to_json(  # type: ignore[no-any-return]
        uow.sql.records(
            "card.versions",
            """
            SELECT p.version, p.created_at, p.kind, p.label, p.author FROM plan_version p
            WHERE p.version IN (
                SELECT version FROM verdict_change WHERE address_id = $id
                UNION SELECT from_version FROM address WHERE address_id = $id
                UNION SELECT to_version FROM address WHERE address_id = $id)
            ORDER BY p.version DESC LIMIT 200
            """,
            {"id": address_id},
        )
    )


def _read(text: Any) -> Any:
    return orjson.loads(text) if isinstance(text, str) else text
