"""Pure geometry on float64 longitude and latitude (EPSG:4326) or local metres. No database, no files."""

from __future__ import annotations

from fibermap.spatial.areas import AreaIndex
from fibermap.spatial.classify import AreaCover, classify_points, classify_table

__all__ = ["AreaCover", "AreaIndex", "classify_points", "classify_table"]
