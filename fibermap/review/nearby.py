"""The addresses that a missing one may be: near the place where somebody misses it, or written much alike."""

from __future__ import annotations

from typing import Any

from fibermap.address.keys import street_key
from fibermap.address.model import AddressParts
from fibermap.spatial.metres import few_distances_m, metres_per_degree_at
from fibermap.store import UnitOfWork

REACH_M = 500.0
MOST = 10


def nearby(uow: UnitOfWork, parts: AddressParts, lon: float | None, lat: float | None) -> list[dict[str, Any]]:
    """Return up to `MOST` current addresses, the likeliest first.

    Each has ``address_id, full_address, class, lon, lat``, ``same_street``, ``same_number``, and ``distance_m`` on the
    ground to the place in EPSG:4326 that the report names, None without one.
    """
    east_m, north_m = metres_per_degree_at(min(max(lat or 0.0, -89.0), 89.0))
    rows = uow.sql.records(
        "review.nearby",
        """
        SELECT a.address_id, a.full_address, coalesce(v.class, 'unknown') AS class, a.lon, a.lat,
               a.street_key = $street AS same_street, coalesce(a.number = $number, false) AS same_number
        FROM address a LEFT JOIN verdict v ON v.address_id = a.address_id AND v.best
        WHERE a.to_version IS NULL AND (
            ($street <> '' AND a.street_key = $street)
            OR (abs(a.lon - $lon) * $east_m < $reach_m AND abs(a.lat - $lat) * $north_m < $reach_m))
        ORDER BY (same_street AND same_number) DESC,
                 coalesce(pow((a.lon - $lon) * $east_m, 2) + pow((a.lat - $lat) * $north_m, 2), abs(a.number - $number))
                 NULLS LAST, a.address_id
        LIMIT $most
        """,
        {
            "street": street_key(parts), "number": parts.number, "lon": lon, "lat": lat, "east_m": east_m,
            "north_m": north_m, "reach_m": REACH_M, "most": MOST,
        },
    )  # fmt: skip
    return [row | {"distance_m": _apart_m(row, lon, lat)} for row in rows]


def _apart_m(row: dict[str, Any], lon: float | None, lat: float | None) -> float | None:
    if lon is None or lat is None or row["lon"] is None:
        return None
    return few_distances_m(lon, lat, [(row["lon"], row["lat"])])[0]
