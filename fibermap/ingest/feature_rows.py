"""From staged features to rows of ``plan_feature``: what the plan and the map say, in the plan's own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from fibermap.ingest.groups import Role
from fibermap.ingest.values import read_count, read_date, read_priority, read_technology
from fibermap.spatial.metres import area_m2, length_m

FOLDER_SEPARATOR = " / "

PLAN_ROW = pa.schema(
    [
        ("feature_id", pa.int64()),
        ("source_id", pa.int64()),
        ("role", pa.string()),
        ("kind", pa.string()),
        ("layer", pa.string()),
        ("row", pa.int64()),
        ("folder", pa.string()),
        ("source_fid", pa.string()),
        ("name", pa.string()),
        ("source_class", pa.string()),
        ("status_word", pa.string()),
        ("status_from", pa.string()),
        ("technology", pa.string()),
        ("phase", pa.string()),
        ("priority", pa.int32()),
        ("cabinet", pa.string()),
        ("splitter", pa.string()),
        ("terminal_name", pa.string()),
        ("ports_total", pa.int32()),
        ("ports_free", pa.int32()),
        ("expected_live_on", pa.date32()),
        ("expected_precision", pa.string()),
        ("live_on", pa.date32()),
        ("network_ready_on", pa.date32()),
        ("sales_open_on", pa.date32()),
        ("geometry", pa.binary()),
        ("west", pa.float64()),
        ("south", pa.float64()),
        ("east", pa.float64()),
        ("north", pa.float64()),
        ("size_m", pa.float64()),
        ("attributes", pa.string()),
    ]
)
"""What a source says of a plan feature; ``feature_id`` and ``source_id`` are filled when it is promoted."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One group of features of one role: the staged rows, their mapped fields, and their build status if they have one.

    ``mapped`` has the target fields of the role as text; ``status`` and ``evidence`` have one value per row.
    """

    role: Role
    kind: str | None
    features: pa.Table
    mapped: pa.Table
    status: pa.Array
    evidence: pa.Array


_NAME_FIELDS = ("area_name", "terminal_id", "line_id", "name", "structure_id", "parcel_id")
_BOUNDARY_KINDS = ("zip", "city")


def feature_rows(stated: Stated) -> pa.Table:
    """Return the rows in :data:`PLAN_ROW`, in the order of the staged features, without their ids.

    A boundary that names both a ZIP and a city becomes two rows, because each fills a field of its own.
    """
    geometry = shapely.from_wkb(stated.features["geometry"].to_numpy(zero_copy_only=False))
    measured = _measure(geometry)
    rows = [
        row
        for i, (feature, mapped) in enumerate(zip(stated.features.to_pylist(), stated.mapped.to_pylist(), strict=True))
        for row in _rows(stated, feature, mapped, i, measured)
    ]
    return pa.Table.from_pylist(rows, schema=PLAN_ROW)


def _measure(geometry: npt.NDArray[np.object_]) -> dict[str, npt.NDArray[np.float64]]:
    bounds = shapely.bounds(geometry)
    dimension = shapely.get_dimensions(geometry)
    size = np.full(len(geometry), np.nan)
    size[dimension == 2] = area_m2(geometry[dimension == 2])
    size[dimension == 1] = length_m(geometry[dimension == 1])
    return {"west": bounds[:, 0], "south": bounds[:, 1], "east": bounds[:, 2], "north": bounds[:, 3], "size_m": size}


def _rows(
    stated: Stated, feature: dict[str, Any], mapped: dict[str, Any], i: int, measured: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    row = _plan_row(stated, feature, mapped, i)
    row |= {name: None if np.isnan(values[i]) else float(values[i]) for name, values in measured.items()}
    if stated.role is not Role.BOUNDARY:
        yield row
        return
    for kind in _BOUNDARY_KINDS:
        if mapped.get(kind):
            yield row | {"kind": kind, "name": mapped[kind]}


def _plan_row(stated: Stated, feature: dict[str, Any], mapped: dict[str, Any], i: int) -> dict[str, Any]:
    expected = read_date(mapped.get("expected_live_on"))
    technology = read_technology(mapped.get("technology"))
    name = next((mapped[field] for field in _NAME_FIELDS if mapped.get(field)), feature["name"])
    return {
        "role": str(stated.role),
        "kind": stated.kind or mapped.get("kind"),
        "layer": feature["layer"],
        "row": feature["row"],
        "folder": FOLDER_SEPARATOR.join(feature["folder"]),
        "source_fid": feature["source_fid"],
        "name": name,
        "source_class": stated.status[i].as_py(),
        "status_word": mapped.get("status"),
        "status_from": stated.evidence[i].as_py(),
        "technology": str(technology) if technology else None,
        "phase": mapped.get("phase"),
        "priority": read_priority(mapped.get("priority")),
        "cabinet": mapped.get("cabinet"),
        "splitter": mapped.get("splitter"),
        "terminal_name": mapped.get("terminal_id"),
        "ports_total": read_count(mapped.get("ports_total") or mapped.get("capacity")),
        "ports_free": read_count(mapped.get("ports_free")),
        "expected_live_on": expected.on if expected else None,
        "expected_precision": str(expected.precision) if expected else None,
        **{field: _date(mapped.get(field)) for field in ("live_on", "network_ready_on", "sales_open_on")},
        "geometry": feature["geometry"],
        "attributes": feature["attributes"],
    }


def _date(text: str | None) -> Any:
    stated = read_date(text)
    return stated.on if stated else None
