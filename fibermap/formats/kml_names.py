"""The element names of KML that decide what a document holds, by local name: prefixes and namespaces vary in the wild.

Names and nesting as in KML 2.0 and 2.1 (Google) and OGC 07-147r2 and 12-007r2 (KML 2.2 and 2.3).
"""

from __future__ import annotations

from functools import lru_cache

ROOT = "kml"
CONTAINERS = frozenset({"Folder", "Document"})
OVERLAYS = frozenset({"GroundOverlay", "ScreenOverlay", "PhotoOverlay"})
THINGS = OVERLAYS | {"Placemark", "NetworkLink"}
"""What a document holds and ``read`` counts; old documents add names of their own by ``Schema parent="Placemark"``."""

SHARED = frozenset({"Style", "StyleMap", "Schema"})

GEOMETRIES = frozenset({"Point", "LineString", "LinearRing", "Polygon", "Track", "Model"})
COLLECTIONS = frozenset(
    {"MultiGeometry", "GeometryCollection", "MultiTrack", "MultiPoint", "MultiLineString", "MultiPolygon"}
)

FEATURE_FIELDS = frozenset(
    {
        "name", "visibility", "open", "author", "link", "address", "AddressDetails", "phoneNumber", "Snippet",
        "snippet", "description", "LookAt", "Camera", "TimeStamp", "TimeSpan", "styleUrl", "Style", "StyleMap",
        "Region", "Metadata", "ExtendedData", "balloonVisibility", "altitudeMode", "drawOrder",
    }
)  # fmt: skip
"""What the standard allows inside a feature besides its geometry."""

SHAPES = GEOMETRIES | COLLECTIONS
STANDARD_CHILDREN = FEATURE_FIELDS | SHAPES

RESERVED = THINGS | CONTAINERS | SHARED | GEOMETRIES | COLLECTIONS | FEATURE_FIELDS | {ROOT, "coordinates", "Pair"}
"""Names that no ``Schema`` of a document can redefine."""


@lru_cache(maxsize=4096)
def local_name(tag: str) -> str:
    """Return a tag without its namespace (``{uri}name``) or prefix (``prefix:name``)."""
    return tag.rpartition("}")[2].rpartition(":")[2]
