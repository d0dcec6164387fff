"""The rows of ``plan_feature``: read for a version and a window, replaced by a revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from fibermap.coverage.model import CLASS_ORDER, PLANNED, Class
from fibermap.store import UnitOfWork
from fibermap.store.temporal import IN_FORCE

NEVER_PRIORITY = 2**31 - 1
"""Priority of a feature that states none: after every stated one."""


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle in degrees, EPSG:4326, edges included."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """Features of one role and technology, in order of precedence: position 0 wins.

    All arrays have the shape ``(n,)``. ``class_code`` is the position in :data:`CLASS_ORDER`; ``expected_live_on`` is
    ``datetime64[D]`` with NaT for none; ``geometry`` holds shapely geometries in EPSG:4326.
    """

    feature_id: npt.NDArray[np.int64]
    class_code: npt.NDArray[np.int8]
    expected_live_on: npt.NDArray[np.datetime64]
    expected_precision: npt.NDArray[np.object_]
    terminal_name: npt.NDArray[np.object_]
    geometry: npt.NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.feature_id)

    def take(self, index: npt.NDArray[np.intp]) -> FeatureSet:
        """Return the features at ``index``, in that order."""
        return FeatureSet(*(getattr(self, name)[index] for name in self.__slots__))


def precedence(
    class_code: npt.NDArray[np.int8], priority: npt.NDArray[np.int64], feature_id: npt.NDArray[np.int64]
) -> npt.NDArray[np.intp]:
    """Return the order in which features win: build before pre-build, then priority (1 first), then id."""
    return np.lexsort((feature_id, priority, class_code))


_SELECT = """
    SELECT feature_id, class, coalesce(priority, 2147483647)::BIGINT AS priority,
           expected_live_on, expected_precision, terminal_name, geometry
    FROM plan_feature
    WHERE role = $role AND class IN ('build', 'pre-build')
      AND coalesce(technology, 'fiber') = $technology
"""


def load_features(
    uow: UnitOfWork,
    *,
    role: str,
    technology: str,
    version: int,
    window: Window | None = None,
    kinds: Sequence[str] | None = None,
) -> FeatureSet:
    """Return the planned features of a role that hold in a version and touch a window."""
    return from_arrow(feature_rows(uow, role=role, technology=technology, version=version, window=window, kinds=kinds))


def feature_rows(
    uow: UnitOfWork,
    *,
    role: str,
    technology: str,
    version: int,
    window: Window | None = None,
    kinds: Sequence[str] | None = None,
) -> pa.Table:
    """Return the rows that :func:`load_features` makes a feature set of."""
    parameters: dict[str, object] = {"role": role, "technology": technology, "version": version}
    where = f" AND {IN_FORCE}"
    if window is not None:
        where += " AND west <= $east AND east >= $west AND south <= $north AND north >= $south"
        parameters |= {"west": window.west, "south": window.south, "east": window.east, "north": window.north}
    if kinds is not None:
        where += " AND kind IN (SELECT unnest($kinds::VARCHAR[]))"
        parameters["kinds"] = list(kinds)
    return uow.sql.arrow(f"features.load.{role}", _SELECT + where, parameters)


def from_arrow(table: pa.Table) -> FeatureSet:
    """Build a feature set, in order of precedence, from the columns that :func:`load_features` selects."""
    codes = {str(klass): code for code, klass in enumerate(CLASS_ORDER)}
    class_code = np.array([codes[value] for value in table["class"].to_pylist()], dtype=np.int8)
    feature_id = table["feature_id"].to_numpy().astype(np.int64)
    order = precedence(class_code, table["priority"].to_numpy().astype(np.int64), feature_id)
    unordered = FeatureSet(
        feature_id=feature_id,
        class_code=class_code,
        expected_live_on=np.array(table["expected_live_on"].to_pylist(), dtype="datetime64[D]"),
        expected_precision=np.array(table["expected_precision"].to_pylist(), dtype=object),
        terminal_name=np.array(table["terminal_name"].to_pylist(), dtype=object),
        geometry=shapely.from_wkb(np.array(table["geometry"].to_pylist(), dtype=object)),
    )
    return unordered.take(order)


def planned_technologies(uow: UnitOfWork, version: int) -> list[str]:
    """Return the technologies that the plan speaks of, fiber always among them, sorted."""
    rows = uow.sql.rows(
        "features.technologies",
        f"SELECT DISTINCT coalesce(technology, 'fiber') FROM plan_feature WHERE class IS NOT NULL AND {IN_FORCE}",
        {"version": version},
    )
    return sorted({"fiber", *(row[0] for row in rows)})


def class_of(code: int) -> Class:
    """Return the class for a code of a bulk array."""
    return CLASS_ORDER[code]


def is_planned(class_code: npt.NDArray[np.int8]) -> npt.NDArray[np.bool_]:
    """Return where a bulk array says build or pre-build."""
    return class_code < len(PLANNED)
