"""Verbs about areas that a person draws, from GeoJSON files, and what a build would pass and cost."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from fibermap.cli.confirming import confirmed
from fibermap.cli.decision import Confirmable, decision
from fibermap.cli.geojson import features_of, one_shape
from fibermap.cli.options import AsJson, Db, check_choice, open_plan
from fibermap.cli.output import say, show_done
from fibermap.kernel.errors import Code, InputRefused

GeoJson = Annotated[
    Path, typer.Argument(metavar="FILE.geojson", help="A GeoJSON geometry, feature or feature collection in EPSG:4326.")
]
Area = Annotated[int, typer.Argument(metavar="ID", help="The area, by the area_id of an export.")]
_FIELDS = (
    "class", "name", "phase", "technology", "priority", "expected_live_on", "expected_precision", "live_on",
    "network_ready_on", "sales_open_on",
)  # fmt: skip


@decision
def draw(
    by: Confirmable,
    file: GeoJson,
    class_: Annotated[
        str | None, typer.Option("--class", metavar="CLASS", help="build or pre-build, where a feature says none.")
    ] = None,
) -> None:
    """Draw areas that no source has: each feature of a file, with its properties, as one plan version."""
    if class_ is not None:
        check_choice(class_, ("build", "pre-build"), "class of an area")
    given = {} if class_ is None else {"class": class_}
    edits = [
        {"op": "draw", "geometry": feature["geometry"], "properties": given | _said(feature)}
        for feature in features_of(file)
    ]
    _publish(edits, {}, by)


@decision
def edit(
    by: Confirmable,
    file: GeoJson,
) -> None:
    """Give areas the shape and fields of the features with their area_id, whatever their source says.

    A feature with a `version` is refused where the area is no longer in that one.
    """
    edits, bases = [], {}
    for row, feature in enumerate(features_of(file), start=1):
        properties = feature.get("properties") or {}
        area_id = properties.get("area_id", feature.get("id"))
        if not isinstance(area_id, int):
            raise InputRefused(
                Code.FIELD_MISSING, "A feature names no area_id.", hint="`fibermap export areas` writes it.", row=row
            )
        edits.append(
            {"op": "change", "area_id": area_id, "geometry": feature["geometry"], "properties": _said(feature)}
        )
        if isinstance(properties.get("version"), int):
            bases[area_id] = properties["version"]
    _publish(edits, bases, by)


@decision
def split(
    by: Confirmable,
    area_id: Area,
    file: GeoJson,
) -> None:
    """Cut an area along the line of a file; the largest part stays the area, the others become new ones."""
    edits = [{"op": "split", "area_id": area_id, "line": feature["geometry"]} for feature in features_of(file)]
    _publish(edits, {}, by)


@decision
def merge(
    by: Confirmable,
    ids: Annotated[list[int], typer.Argument(metavar="ID ID...", help="Areas; the first takes in the others.")],
) -> None:
    """Make several areas one, which keeps what the first says."""
    _publish([{"op": "merge", "area_ids": ids}], {}, by)


@decision
def retire(
    by: Confirmable,
    ids: Annotated[list[int], typer.Argument(metavar="ID...", help="Areas, by the area_id of an export.")],
) -> None:
    """Take areas out of the plan, whatever their sources repeat. Their history stays."""
    edits = [{"op": "retire", "area_id": area_id} for area_id in ids]
    _publish(edits, {}, by)


def whatif(
    file: GeoJson,
    buffer: Annotated[
        str, typer.Option("--buffer", metavar="LENGTH", help="How far from a route a home may be: 200ft, 60m.")
    ] = "200ft",
    construction: Annotated[str, typer.Option("--construction", help="aerial or buried.")] = "buried",
    cost: Annotated[
        list[str] | None, typer.Option("--cost", metavar="NAME=VALUE", help="A unit cost for this question alone.")
    ] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say what a proposed area or route would pass, cost and bring: homes, new route, dollars, payback."""
    from fibermap.kernel.units import read_length

    check_choice(construction, ("aerial", "buried"), "construction")
    buffer_m = read_length(buffer)
    if buffer_m is None:
        raise InputRefused(Code.ARGUMENT_INVALID, f"--buffer {buffer!r} is no length.", hint="Give 200ft or 60m.")
    shape = one_shape(features_of(file))
    with open_plan(db) as plan:
        told = plan.what_if(shape, buffer_m=buffer_m, construction=construction, costs=_costs(cost or []))
        units = plan.settings.units
    say(list(_lines(told, units)), told, as_json=as_json)


def _lines(told: dict[str, Any], units: str) -> list[str]:
    from fibermap.kernel.units import format_length

    money = told["economics"]
    months = money["payback_months"]
    homes = ", ".join(f"{count:,} {class_}" for class_, count in told["homes"].items())
    estimated = " (estimated)" if told["route_estimated"] else ""
    return [
        f"{told['homes_passed']:,} homes passed{f': {homes}' if homes else ''}",
        f"{format_length(told['route_m'], units=units)} of new {told['construction']} route{estimated}",
        f"${money['cost_usd']:,.0f}: {money['new_homes']:,} new homes, {money['connections']:,.0f} of them connected",
        "It never pays back" if months is None else f"It pays back in {months:,.0f} months",
    ]


def _costs(pairs: Sequence[str]) -> dict[str, float]:
    costs = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        try:
            costs[name.strip()] = float(value)
        except ValueError as error:
            raise InputRefused(
                Code.ARGUMENT_INVALID, f"--cost {pair!r} cannot be read.", hint="Write --cost take_rate=0.45."
            ) from error
    return costs


def _publish(edits: list[dict[str, Any]], bases: dict[int, int], by: Confirmable) -> None:
    with open_plan(by.db) as plan:
        decide = partial(plan.edit_areas, edits, by.reason, by.author, bases=bases)
        done = confirmed(decide, by)
    count = len(done.ids)
    show_done(f"{count:,} area{'' if count == 1 else 's'} edited", done, as_json=by.as_json)


def _said(feature: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an area among the properties of a feature; empty ones say nothing."""
    properties = feature.get("properties") or {}
    return {name: properties[name] for name in _FIELDS if properties.get(name) is not None}
