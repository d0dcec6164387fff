"""Address tables that are known by their columns: who publishes them, which column is the id, which the position.

Sources: FCC Broadband Serviceable Location Fabric data dictionary; US DOT National Address Database schema;
OpenAddresses CSV; NENA-STA-006 (site/structure address point); Esri Local Government Information Model.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fibermap.formats.known_fields import ID_FIELDS, pick_field


@dataclass(frozen=True, slots=True)
class TableProfile:
    """One published table.

    Attributes
    ----------
    name
        Stable, for mappings and licences: ``fcc_fabric_active`` and so on.
    marks
        Columns, lower case, that together occur in no other table.
    ids
        Columns that hold the source's own id, best first. Whether the values are unique is for ingest to see: a
        Fabric location with several addresses has several rows.
    """

    name: str
    marks: frozenset[str]
    ids: tuple[str, ...]


PROFILES = (
    TableProfile(
        "fcc_fabric_supplemental",
        frozenset({"location_id", "address_id", "address_primary"}),
        ("address_id", "location_id"),
    ),
    TableProfile("fcc_fabric_active", frozenset({"location_id", "address_primary", "bsl_flag"}), ("location_id",)),
    TableProfile("fcc_fabric_supplemental", frozenset({"location_id", "address_primary"}), ("location_id",)),
    TableProfile("nad", frozenset({"add_number", "natgrid", "uuid"}), ("uuid",)),
    TableProfile("openaddresses", frozenset({"lon", "lat", "number", "street", "hash"}), ("hash", "id")),
    TableProfile("openaddresses", frozenset({"lon", "lat", "number", "street", "postcode"}), ("hash", "id")),
    TableProfile("nena", frozenset({"add_number", "st_name", "nguid"}), ("nguid",)),
    TableProfile("nena", frozenset({"add_number", "st_name", "site_nguid"}), ("site_nguid",)),
    TableProfile("nena", frozenset({"add_number", "st_name", "esiteid"}), ("esiteid",)),
    TableProfile("esri_local_government", frozenset({"addrnum", "roadname", "fulladdr"}), ("siteaddid", "addptkey")),
    TableProfile("esri_local_government", frozenset({"addrnum", "roadname", "addptkey"}), ("siteaddid", "addptkey")),
)
"""The more telling first."""

LONLAT_COLUMNS = (
    ("longitude", "latitude"),
    ("lon", "lat"),
    ("long", "lat"),
    ("lng", "lat"),
    ("long_", "lat_"),
    ("intptlon", "intptlat"),
    ("intptlong", "intptlat"),
    ("gps_longitude", "gps_latitude"),
)
"""Columns that hold degrees, lower case, longitude first."""

XY_COLUMNS = (
    ("point_x", "point_y"),
    ("x", "y"),
    ("x_coord", "y_coord"),
    ("xcoord", "ycoord"),
    ("x_coordinate", "y_coordinate"),
    ("coord_x", "coord_y"),
    ("centroid_x", "centroid_y"),
    ("easting", "northing"),
)
"""Columns that hold degrees or metres or feet, lower case, east first."""

SHAPE_COLUMNS = (
    "wkt",
    "wkt_geom",
    "geom_wkt",
    "geometry_wkt",
    "the_geom",
    "geom",
    "geometry",
    "shape",
    "wkb",
    "geojson",
)
"""Columns that may hold a whole geometry as WKT, hexadecimal WKB or GeoJSON."""


def detect_profile(columns: Iterable[str]) -> TableProfile | None:
    """Return the published table that has these columns, whatever their case; None for any other."""
    present = {column.lower() for column in columns}
    return next((profile for profile in PROFILES if profile.marks <= present), None)


def id_column(columns: Iterable[str]) -> str | None:
    """Return the column that holds the source's own id: the profile's, else one known to be an id."""
    names = list(columns)
    profile = detect_profile(names)
    return pick_field(names, (*(profile.ids if profile else ()), *ID_FIELDS))


def pick_pair(columns: Iterable[str], pairs: Iterable[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the first pair of columns that is there, spelled as in the table."""
    by_name = {name.strip().lower(): name for name in reversed(list(columns))}
    return next(((by_name[x], by_name[y]) for x, y in pairs if x in by_name and y in by_name), None)
