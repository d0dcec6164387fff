"""The commands of a planner about areas: any number of edits, one plan version, judged in its transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import shapely

from fibermap.address.corrections import Author
from fibermap.coverage import area_overrides
from fibermap.coverage.area_edits import Change, Cut, Draw, Edit, Merge, Retire, Split, apply_edits, touched_ids
from fibermap.coverage.areas import Area, area_versions, load_areas
from fibermap.coverage.commands import Done, versioned
from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork

DRAWN_LAYER = "drawn"


class AreaChanged(Conflict):
    """Somebody has changed an area since it was looked at; ``changes`` says who, what and when."""


def edit_areas(
    uow: UnitOfWork,
    edits: Sequence[Edit],
    by: Author,
    settings: Settings,
    *,
    bases: Mapping[int, int] | None = None,
) -> Done:
    """Carry out edits of areas as one plan version. ``ids`` are the areas that it changed or made, new ones last.

    Parameters
    ----------
    bases
        The versions of the areas that the edits were made on; areas that are not named are taken as they are.

    Raises
    ------
    AreaChanged
        ``area_changed``: an area is not, or no longer, in the version that it was edited in.
    InputRefused
        ``argument_invalid`` without an edit or where nothing changes, and what :func:`apply_edits` refuses.
    NotFound
        ``area_not_found``.
    """
    require_bases(uow, bases or {})
    before = load_areas(uow, touched_ids(edits))
    after = apply_edits(before, edits, sliver_m2=settings.sliver_m2)
    if not after:
        raise InputRefused(Code.ARGUMENT_INVALID, "This changes nothing.", hint="Draw something, or change a field.")

    def work(version: int) -> Sequence[int]:
        return write_areas(uow, before, after, by, version)

    return versioned(uow, "area", f"{label_of(edits)}: {by.reason}", by.name, settings, work)


def require_bases(uow: UnitOfWork, bases: Mapping[int, int]) -> None:
    """Refuse, where an area is not in the version that somebody has looked at."""
    rows = uow.sql.rows(
        "area.bases",
        """
        SELECT feature_id, from_version FROM plan_feature
        WHERE to_version IS NULL AND role = 'coverage' AND feature_id IN (SELECT unnest($ids::BIGINT[]))
        """,
        {"ids": list(bases)},
    )
    now: dict[int, int] = dict(rows)
    for area_id, base in bases.items():
        if now.get(area_id) != base:
            raise _stale(uow, area_id, base)


def _stale(uow: UnitOfWork, area_id: int, base: int) -> AreaChanged:
    versions = area_versions(uow, area_id)
    changes = changes_since(versions, base)
    latest = changes[0] if changes else None
    said = f"{latest['author']} changed it in version {latest['version']}" if latest else "it is not in that version"
    return AreaChanged(
        Code.AREA_CHANGED,
        f"Area {area_id} is no longer as you saw it: {said}.",
        hint="Look at what changed, and edit the area as it is now.",
        area_id=area_id,
        changes=changes,
    )


def changes_since(versions: Sequence[Mapping[str, Any]], base: int) -> list[dict[str, Any]]:
    """Return who changed what of an area after one of its versions, newest first, as JSON values."""
    return [
        {
            "version": row["version"],
            "author": row["author"],
            "label": row["label"],
            "at": row["created_at"].isoformat(),
            "changed": row["changed"],
        }
        for row in versions
        if row["version"] > base
    ] + [
        {"version": row["ended"], "author": "", "label": "The area ended.", "at": None, "changed": ["retired"]}
        for row in versions[:1]
        if row["ended"] is not None
    ]


_VERBS = {Draw: "draw", Change: "change", Split: "split", Merge: "merge", Cut: "cut a hole in", Retire: "retire"}


def label_of(edits: Sequence[Edit]) -> str:
    """Return what the list of versions says of edits: ``draw 2 areas, retire 1 area``."""
    counts: dict[str, int] = {}
    for edit in edits:
        counts[_VERBS[type(edit)]] = counts.get(_VERBS[type(edit)], 0) + _areas_of(edit)
    return ", ".join(f"{verb} {n} area{'' if n == 1 else 's'}" for verb, n in counts.items())


def _areas_of(edit: Edit) -> int:
    return len(edit.area_ids) if isinstance(edit, Merge) else 1


def drawn_id(version: int, new: int) -> int:
    """Return the id that an area gets which was new, and negative, while its edits were made."""
    return stable_id("drawn area", version, -new)


def write_areas(
    uow: UnitOfWork, before: Mapping[int, Area], after: Mapping[int, Area | None], by: Author, version: int
) -> list[int]:
    """Write what edits made of areas, and return the ids of what they changed and made."""
    sourced = [area for area in before.values() if area.source is not None and area.area_id in after]
    area_overrides.decide(uow, sourced, after, by, version)
    changed = {i: area for i, area in after.items() if area is not None and i > 0}
    retired = [area.area_id for area in sourced if after[area.area_id] is None]
    new = {drawn_id(version, i): area for i, area in after.items() if area is not None and i < 0}
    uow.sql.execute("area.reopen", _REOPEN, {"version": version}, edited=_table(changed))
    uow.sql.execute("area.retire", _RETIRE, {"version": version, "ids": retired})
    uow.sql.execute(
        "area.end",
        """
        UPDATE plan_feature SET to_version = $version
        WHERE to_version IS NULL AND from_version < $version AND feature_id IN (SELECT unnest($ids::BIGINT[]))
        """,
        {"version": version, "ids": [i for i in after if i > 0]},
    )
    uow.sql.execute("area.draw", _DRAW, {"version": version}, drawn=_table(new))
    return [*(i for i in after if i > 0), *new]


_EDITED = (
    "name", "phase", "technology", "priority", "expected_live_on", "expected_precision", "network_ready_on",
    "sales_open_on", "geometry", "west", "south", "east", "north", "size_m",
)  # fmt: skip
_REOPEN = f"""
    INSERT INTO plan_feature BY NAME
    SELECT f.* REPLACE (
        {", ".join(f"e.{name} AS {name}" for name in _EDITED)},
        CASE WHEN f.source_id IS NULL THEN e.class ELSE nullif(e.class, f.source_class) END AS override_class,
        e.class AS class, nullif(e.live_on, f.live_on) AS override_live_on,
        $version::INTEGER AS from_version, NULL::INTEGER AS to_version)
    FROM plan_feature f JOIN edited e ON e.feature_id = f.feature_id
    WHERE f.to_version IS NULL AND f.role = 'coverage' AND f.from_version < $version
"""
_RETIRE = """
    INSERT INTO plan_feature BY NAME
    SELECT * REPLACE ('retired' AS role, NULL::VARCHAR AS class,
                      $version::INTEGER AS from_version, NULL::INTEGER AS to_version)
    FROM plan_feature
    WHERE to_version IS NULL AND role = 'coverage' AND from_version < $version
      AND feature_id IN (SELECT unnest($ids::BIGINT[]))
"""
_DRAW = f"""
    INSERT INTO plan_feature BY NAME
    SELECT * EXCLUDE (class, live_on), class, class AS override_class, live_on, 'coverage' AS role,
           '{DRAWN_LAYER}' AS layer, 0 AS row, '' AS folder, '{{}}' AS attributes, '{DRAWN_LAYER}' AS status_from,
           md5_number(geometry::VARCHAR) AS content, $version::INTEGER AS from_version
    FROM drawn
"""
_ROW = pa.schema(
    [
        ("feature_id", pa.int64()), ("class", pa.string()), ("name", pa.string()), ("phase", pa.string()),
        ("technology", pa.string()), ("priority", pa.int32()), ("expected_live_on", pa.date32()),
        ("expected_precision", pa.string()), ("live_on", pa.date32()), ("network_ready_on", pa.date32()),
        ("sales_open_on", pa.date32()), ("geometry", pa.binary()),
        *((side, pa.float64()) for side in ("west", "south", "east", "north", "size_m")),
    ]
)  # fmt: skip


def _table(areas: Mapping[int, Area]) -> pa.Table:
    return pa.Table.from_pylist([row_of(area_id, area) for area_id, area in areas.items()], schema=_ROW)


def row_of(area_id: int, area: Area) -> dict[str, Any]:
    """Return an area as columns of ``plan_feature``."""
    west, south, east, north = area.geometry.bounds
    return {
        **{name: str(value) if name == "class" else value for name, value in area.says().items()},
        "feature_id": area_id,
        "geometry": shapely.to_wkb(area.geometry),
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "size_m": area.size_m2,
    }
