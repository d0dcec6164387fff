"""Verbs about areas that a person draws, from GeoJSON files, and what a build would pass and cost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from fibermap.cli.confirming import confirmed
from fibermap.cli.options import AsJson, Author, Db, Reason, Yes, check_choice, open_plan
from fibermap.cli.output import say, show_done
from fibermap.kernel.errors import Code, InputRefused

LARGEST_BYTES = 16 << 20
GeoJson = Annotated[
    Path, typer.Argument(metavar="FILE.geojson", help="A GeoJSON geometry, feature or feature collection in EPSG:4326.")
]
Area = Annotated[int, typer.Argument(metavar="ID", help="The area, by the area_id of an export.")]
_FIELDS = (
    "class", "name", "phase", "technology", "priority", "expected_live_on", "expected_precision", "live_on",
    "network_ready_on", "sales_open_on",
)  # fmt: skip


def draw(
    file: GeoJson,
    reason: Reason,
    author: Author,
    class_: Annotated[
        str | None, typer.Option("--class", metavar="CLASS", help="build or pre-build, where a feature says none.")
    ] = None,
    yes: Yes = False,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Draw areas that no source has: each feature of a file, with its properties, as one plan version."""
    if class_ is not None:
        check_choice(class_, ("build", "pre-build"), "class of an area")
    given = {} if class_ is None else {"class": class_}
    edits = [
        {"op": "draw", "geometry": feature["geometry"], "properties": given | _said(feature)}
        for feature in _features(file)
    ]
    _publish(edits, {}, reason, author, yes=yes, db=db, as_json=as_json)


def edit(
    file: GeoJson,
    reason: Reason,
    author: Author,
    yes: Yes = False,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Give areas the shape and fields of the features with their area_id, whatever their source says.

    A feature with a `version` is refused where the area is no longer in that one.
    """
    edits, bases = [], {}
    for row, feature in enumerate(_features(file), start=1):
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
    _publish(edits, bases, reason, author, yes=yes, db=db, as_json=as_json)


def split(
    area_id: Area,
    file: GeoJson,
    reason: Reason,
    author: Author,
    yes: Yes = False,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Cut an area along the line of a file; the largest part stays the area, the others become new ones."""
    edits = [{"op": "split", "area_id": area_id, "line": feature["geometry"]} for feature in _features(file)]
    _publish(edits, {}, reason, author, yes=yes, db=db, as_json=as_json)


def merge(
    ids: Annotated[list[int], typer.Argument(metavar="ID ID...", help="Areas; the first takes in the others.")],
    reason: Reason,
    author: Author,
    yes: Yes = False,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Make several areas one, which keeps what the first says."""
    _publish([{"op": "merge", "area_ids": ids}], {}, reason, author, yes=yes, db=db, as_json=as_json)


def retire(
    ids: Annotated[list[int], typer.Argument(metavar="ID...", help="Areas, by the area_id of an export.")],
    reason: Reason,
    author: Author,
    yes: Yes = False,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Take areas out of the plan, whatever their sources repeat. Their history stays."""
    edits = [{"op": "retire", "area_id": area_id} for area_id in ids]
    _publish(edits, {}, reason, author, yes=yes, db=db, as_json=as_json)


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
    import shapely

    from fibermap.kernel.units import read_length

    check_choice(construction, ("aerial", "buried"), "construction")
    buffer_m = read_length(buffer)
    if buffer_m is None:
        raise InputRefused(Code.ARGUMENT_INVALID, f"--buffer {buffer!r} is no length.", hint="Give 200ft or 60m.")
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in _features(file)]
    shape = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
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


def _publish(
    edits: list[dict[str, Any]],
    bases: dict[int, int],
    reason: str,
    author: str,
    *,
    yes: bool,
    db: Path | None,
    as_json: bool,
) -> None:
    with open_plan(db) as plan:
        decide = partial(plan.edit_areas, edits, reason, author, bases=bases)
        done = confirmed(decide, yes=yes, as_json=as_json)
    count = len(done.ids)
    show_done(f"{count:,} area{'' if count == 1 else 's'} edited", done, as_json=as_json)


def _said(feature: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an area among the properties of a feature; empty ones say nothing."""
    properties = feature.get("properties") or {}
    return {name: properties[name] for name in _FIELDS if properties.get(name) is not None}


def _features(file: Path) -> list[dict[str, Any]]:
    """Read the features of a GeoJSON file; a bare geometry is one.

    Raises
    ------
    InputRefused
        ``file_missing``, ``file_too_large``, ``json_broken`` or ``geometry_missing``.
    """
    if not file.is_file():
        raise InputRefused(Code.FILE_MISSING, "There is no such file.", hint="Check the path.", file=str(file))
    with file.open("rb") as opened:
        content = opened.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise InputRefused(Code.FILE_TOO_LARGE, "The drawing is too large.", hint="Ingest it.", file=str(file))
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputRefused(Code.JSON_BROKEN, f"The file is not JSON: {error}.", file=str(file)) from error
    kind = document.get("type") if isinstance(document, dict) else None
    found = document.get("features") if kind == "FeatureCollection" else [document]
    if kind not in ("FeatureCollection", "Feature"):
        found = [{"type": "Feature", "geometry": document, "properties": {}}]
    if not isinstance(found, list) or not found or not all(_has_geometry(feature) for feature in found):
        raise InputRefused(
            Code.GEOMETRY_MISSING, "The file holds no drawing.", hint="Write GeoJSON features.", file=str(file)
        )
    return found


def _has_geometry(feature: Any) -> bool:
    return isinstance(feature, dict) and isinstance(feature.get("geometry"), dict) and "type" in feature["geometry"]
