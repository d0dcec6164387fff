"""What is true of each address row, by plain point-in-polygon over the plan as it was meant, without the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from fibermap.demo.ground import lonlat, shape_lonlat
from fibermap.demo.model import Area, Network
from fibermap.demo.network import BUILD, FIBER, FIXED_WIRELESS, PRE_BUILD
from fibermap.demo.records import Record

OUT, UNKNOWN = "out-of-coverage", "unknown"
COLUMNS = ("source", "source_id", "class", "technology", *(FIBER, FIXED_WIRELESS), "serviceable", "held", "fault")

_BEST_FIRST = (BUILD, PRE_BUILD, OUT, UNKNOWN)


def true_rows(records: list[Record], network: Network, files: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield one row in :data:`COLUMNS` for each record, in order.

    ``class`` is the best of the two technologies; fiber is named where both give it. ``unknown`` where nobody can tell
    the place. ``held`` is true within the exclusion.
    """
    spots = [lonlat(*record.spot) if record.spot else (np.nan, np.nan) for record in records]
    xy = np.array(spots, dtype=np.float64)
    fiber = _classes(xy, [area for area in network.areas if area.technology == "Fiber"])
    wireless = _classes(xy, [area for area in network.areas if area.technology != "Fiber"])
    held = _covered(xy, [shape for _, shape in network.exclusions])
    for i, record in enumerate(records):
        best = min((fiber[i], wireless[i]), key=_BEST_FIRST.index)
        yield {
            "source": files[record.table],
            "source_id": record.source_id,
            "class": best,
            "technology": FIBER if fiber[i] == best else FIXED_WIRELESS,
            FIBER: fiber[i],
            FIXED_WIRELESS: wireless[i],
            "serviceable": str(record.serviceable).lower(),
            "held": str(bool(held[i])).lower(),
            "fault": record.fault,
        }


def _classes(xy: npt.NDArray[np.float64], areas: list[Area]) -> npt.NDArray[np.object_]:
    build = _covered(xy, [area.outline for area in areas if area.class_ == BUILD])
    pre_build = _covered(xy, [area.outline for area in areas if area.class_ == PRE_BUILD])
    classes = np.select([np.isnan(xy[:, 0]), build, pre_build], [UNKNOWN, BUILD, PRE_BUILD], OUT)
    return classes.astype(object)


def _covered(xy: npt.NDArray[np.float64], outlines: list[Any]) -> npt.NDArray[np.bool_]:
    """Return whether any outline, as it is written to files, holds the point; its edge counts as inside."""
    covered = np.zeros(len(xy), dtype=bool)
    if outlines:
        shapes = [shape_lonlat(outline) for outline in outlines]
        points = shapely.points(np.nan_to_num(xy, nan=0.0))
        covered[shapely.STRtree(shapes).query(points, predicate="intersects")[0]] = True
    return covered
