"""What the map says about a place: the city and ZIP whose polygons hold it, and the class that it would get."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from fibermap.coverage.court import Court, window_of
from fibermap.coverage.evidence import Points
from fibermap.kernel.settings import Settings
from fibermap.spatial.classify import AreaCover
from fibermap.store import UnitOfWork

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]


class MapSurroundings:
    """Answers for many places at once from the features in force in a version.

    The boundaries are read once, when they are first asked for, the areas around the places asked about every time.
    """

    def __init__(self, uow: UnitOfWork, version: int, settings: Settings) -> None:
        self._uow = uow
        self._version = version
        self._settings = settings
        self._boundaries: dict[str, tuple[Texts, AreaCover]] = {}

    def boundary(self, kind: str, lon: Floats, lat: Floats) -> Texts:
        """Return the name of the ``zip`` or ``city`` polygon that holds each place, None where none does."""
        if kind not in self._boundaries:
            self._boundaries[kind] = _load_boundaries(self._uow, kind)
        names, cover = self._boundaries[kind]
        index = cover.classify(lon, lat)
        found = np.full(len(lon), None, dtype=object)
        found[index >= 0] = names[index[index >= 0]]
        return found

    def class_code(self, lon: Floats, lat: Floats) -> npt.NDArray[np.int8]:
        """Return the best class that each place would get from the plan alone, as a position in ``CLASS_ORDER``."""
        places = bare_points(lon, lat)
        court = Court(self._uow, self._version, self._settings, window_of(places, self._settings.terminal_reach_m))
        return court.class_code(places)


def bare_points(lon: Floats, lat: Floats) -> Points:
    """Return places without an address."""
    n = len(lon)
    return Points(
        address_id=np.zeros(n, dtype=np.int64),
        lon=lon,
        lat=lat,
        status_code=np.full(n, -1, dtype=np.int8),
        terminal_name=np.full(n, None, dtype=object),
        precise=np.ones(n, dtype=bool),
    )


def _load_boundaries(uow: UnitOfWork, kind: str) -> tuple[Texts, AreaCover]:
    table = uow.sql.arrow(
        "boundary.load",
        """
        SELECT name, geometry FROM plan_feature
        WHERE role = 'boundary' AND kind = ? AND to_version IS NULL AND name IS NOT NULL
        ORDER BY size_m, feature_id   -- the smallest is the most particular: a town before its postal area
        """,
        [kind],
    )
    shapes = shapely.from_wkb(np.array(table["geometry"].to_pylist(), dtype=object))
    names = np.array(table["name"].to_pylist(), dtype=object)
    return names, AreaCover(list(shapes), np.zeros(len(shapes), dtype=np.int64))
