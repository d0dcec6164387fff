"""What two plan versions say differently about the same addresses."""

from __future__ import annotations

import pyarrow as pa

from fibermap.coverage.versions import version_as_of
from fibermap.store import UnitOfWork

_DIFFERENCES = """
    WITH between_them AS (
        SELECT * FROM verdict_change WHERE version > $first AND version <= $last
    ),
    ends AS (   -- the first change tells what held before, the last one what holds after
        SELECT address_id, technology,
               arg_min_null(from_class, version) AS from_class, arg_max_null(to_class, version) AS to_class,
               arg_min_null(from_feature_id, version) AS from_feature_id,
               arg_max_null(to_feature_id, version) AS to_feature_id,
               arg_min_null(from_expected_live_on, version) AS from_expected_live_on,
               arg_max_null(to_expected_live_on, version) AS to_expected_live_on
        FROM between_them GROUP BY ALL
    )
    SELECT e.address_id, a.full_address, a.lon, a.lat, e.technology,
           coalesce(e.from_class, 'none') AS from_class, coalesce(e.to_class, 'none') AS to_class,
           e.from_feature_id AS from_area_id, e.to_feature_id AS to_area_id,
           e.from_expected_live_on, e.to_expected_live_on
    FROM ends e
    LEFT JOIN (
        SELECT address_id, arg_max(full_address, from_version) AS full_address,
               arg_max(lon, from_version) AS lon, arg_max(lat, from_version) AS lat
        FROM address WHERE from_version <= $last GROUP BY address_id
    ) a USING (address_id)
    WHERE e.from_class IS DISTINCT FROM e.to_class OR e.from_feature_id IS DISTINCT FROM e.to_feature_id
       OR e.from_expected_live_on IS DISTINCT FROM e.to_expected_live_on
    ORDER BY from_class, to_class, address_id, technology
"""


def compare(uow: UnitOfWork, first: int, last: int) -> pa.Table:
    """Return one row for each address and technology whose verdict in version ``last`` is not that of ``first``.

    Raises ``NotFound`` (``version_not_found``) for a version that is not there; 0 stands for the empty plan.
    """
    first, last = sorted((first, last))
    for version in (first, last):
        if version:
            version_as_of(uow, version)
    return uow.sql.arrow("compare", _DIFFERENCES, {"first": first, "last": last})
