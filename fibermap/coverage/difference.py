"""What changes between two plan versions, as a planner looks at it: addresses that gain, lose or change, and areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from fibermap.coverage.compare import compare
from fibermap.store import UnitOfWork

CHANGES = ("gained", "lost", "changed")
"""``gained``: a better class than before, in the plan; ``lost``: a worse one, out of it; ``changed``: anything else."""

_ADDRESSES = """
    WITH rank AS (SELECT * FROM (VALUES ('build', 0), ('pre-build', 1), ('out-of-coverage', 2), ('unknown', 2),
                                        ('none', 2)) AS r(class, place)),
    names AS (
        SELECT feature_id, arg_max(coalesce(name, source_fid), from_version) AS name FROM plan_feature
        WHERE feature_id IN (SELECT from_area_id FROM found UNION SELECT to_area_id FROM found) GROUP BY feature_id
    )
    SELECT CASE WHEN after.place < before.place THEN 'gained'
                WHEN after.place > before.place THEN 'lost' ELSE 'changed' END AS change,
           found.*, f.name AS from_area, t.name AS to_area
    FROM found
    JOIN rank before ON before.class = found.from_class
    JOIN rank after ON after.class = found.to_class
    LEFT JOIN names f ON f.feature_id = found.from_area_id
    LEFT JOIN names t ON t.feature_id = found.to_area_id
    ORDER BY list_position(['lost', 'gained', 'changed'], change), found.address_id, found.technology
"""
_AREAS = """
    WITH area AS (
        SELECT * FROM plan_feature
        WHERE role IN ('coverage', 'exclusion') AND (from_version > $first OR to_version > $first)
    ),
    before AS (SELECT * FROM area WHERE from_version <= $first AND to_version <= $last),
    after AS (SELECT * FROM area
              WHERE from_version > $first AND from_version <= $last AND (to_version IS NULL OR to_version > $last))
    SELECT CASE WHEN b.feature_id IS NULL THEN 'gained' WHEN a.feature_id IS NULL THEN 'lost'
                ELSE 'changed' END AS change,
           coalesce(a.feature_id, b.feature_id) AS area_id, coalesce(a.name, b.name) AS name,
           coalesce(a.role, b.role) AS role, b.class AS from_class, a.class AS to_class,
           b.phase AS from_phase, a.phase AS to_phase, b.size_m AS from_m2, a.size_m AS to_m2,
           md5(a.geometry) IS DISTINCT FROM md5(b.geometry) AS moved, coalesce(a.geometry, b.geometry) AS geometry
    FROM before b FULL JOIN after a ON a.feature_id = b.feature_id
    WHERE a.feature_id IS NULL OR b.feature_id IS NULL OR (a.content, a.class) IS DISTINCT FROM (b.content, b.class)
    ORDER BY name, area_id
"""
_BY_AREA = """
    SELECT coalesce(CASE WHEN change = 'lost' THEN from_area ELSE to_area END, from_area) AS area,
           coalesce(CASE WHEN change = 'lost' THEN from_area_id ELSE to_area_id END, from_area_id) AS area_id,
           count(*) FILTER (change = 'gained') AS gained, count(*) FILTER (change = 'lost') AS lost,
           count(*) FILTER (change = 'changed') AS changed
    FROM found GROUP BY ALL ORDER BY gained + lost + changed DESC, area, area_id
"""
_FLIPS = """
    SELECT technology, from_class, to_class, count(*) AS addresses FROM found
    WHERE from_class <> to_class GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different.

    Attributes
    ----------
    addresses
        One row per address and technology: ``change`` (one of :data:`CHANGES`), ``address_id``, ``full_address``,
        ``lon`` and ``lat`` (EPSG:4326, NULL without a position), ``technology``, ``from_class`` and ``to_class``
        (``none`` where the address was not there or is gone), the areas and expected dates on both sides.
    areas
        One row per coverage or exclusion area: ``change``, ``area_id``, ``name``, both classes, phases and sizes in
        square metres, whether its outline ``moved``, and ``geometry`` (WKB, EPSG:4326), of the later version if any.
    by_area
        ``area``, ``area_id`` (NULL: no area), and the number of addresses ``gained``, ``lost``, ``changed``.
    flips
        ``technology``, ``from_class``, ``to_class``, ``addresses``.
    """

    addresses: pa.Table
    areas: pa.Table
    by_area: pa.Table
    flips: pa.Table

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many addresses and areas gained, were lost and changed."""
        return {"addresses": count_changes(self.addresses), "areas": count_changes(self.areas)}

    def tables(self) -> dict[str, pa.Table]:
        """Return the tables by name."""
        return {"addresses": self.addresses, "areas": self.areas, "by_area": self.by_area, "flips": self.flips}


def difference_between(uow: UnitOfWork, first: int, last: int) -> Difference:
    """Return what is different in version ``last`` from ``first``, the earlier of both first.

    Inside the transaction that opened ``last`` it says what that version would change. Raises ``NotFound``
    (``version_not_found``); 0 stands for the empty plan.
    """
    first, last = sorted((first, last))
    found = compare(uow, first, last)
    addresses = uow.sql.arrow("difference.addresses", _ADDRESSES, found=found)
    return Difference(
        addresses,
        uow.sql.arrow("difference.areas", _AREAS, {"first": first, "last": last}),
        uow.sql.arrow("difference.by_area", _BY_AREA, found=addresses),
        uow.sql.arrow("difference.flips", _FLIPS, found=addresses),
    )


def count_changes(table: pa.Table) -> dict[str, int]:
    """Return how many rows of ``addresses`` or ``areas`` gained, were lost and changed."""
    counts: dict[str, int] = dict.fromkeys(CHANGES, 0)
    found: Any = table["change"].value_counts()
    for entry in found.to_pylist():
        counts[entry["values"]] = entry["counts"]
    return counts
