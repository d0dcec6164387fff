"""The holds in force as a list: what each stands on, how many addresses it holds, when somebody looks again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import shapely

from fibermap.store import UnitOfWork

MOST_HOLDS = 5_000

_HOLDS = f"""
WITH counted AS (
    SELECT h.hold_id, count(*) AS addresses, min(a.full_address) AS first_address, avg(a.lon) AS lon, avg(a.lat) AS lat
    FROM address_hold h JOIN address a ON a.address_id = h.address_id AND a.to_version IS NULL
    GROUP BY h.hold_id
)
SELECT h.hold_id, h.scope, h.code, h.reason, h.author, h.document, h.review_on, h.placed_at, h.address_id,
       h.location_id, h.feature_id IS NOT NULL AS from_source, coalesce(c.addresses, 0) AS addresses, c.first_address,
       c.lon, c.lat, h.geometry
FROM hold h LEFT JOIN counted c ON c.hold_id = h.hold_id
WHERE h.to_version IS NULL AND ($due_by IS NULL OR h.review_on <= $due_by)
ORDER BY h.review_on NULLS LAST, h.placed_at DESC, h.hold_id LIMIT {MOST_HOLDS}
"""


def holds_in_force(uow: UnitOfWork, due_by: date | None = None) -> list[dict[str, Any]]:
    """Return the holds in force as GeoJSON features in EPSG:4326, the next to be reviewed first, at most `MOST_HOLDS`.

    A feature's geometry is the held area, or the middle of the held addresses; None where none has a position.
    ``due_by`` keeps those that are to be reviewed by then.
    """
    rows = uow.sql.records("hold.list", _HOLDS, {"due_by": due_by})
    return [_feature(row) for row in rows]


def _feature(row: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in row.items() if name not in ("geometry", "lon", "lat")}
    return {"type": "Feature", "id": row["hold_id"], "geometry": _geometry(row), "properties": said}


def _geometry(row: Mapping[str, Any]) -> Any:
    if row["geometry"] is not None:
        return shapely.geometry.mapping(shapely.from_wkb(row["geometry"]))
    return None if row["lon"] is None else {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
