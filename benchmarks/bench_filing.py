"""The list for the FCC, and the coverage gaps, of a large plan.

``python -m benchmarks.bench_filing [--addresses 1000000] [--areas 5000] [--database FILE]``

Some addresses have no Fabric location, some a hold, some are not sold to; every row that is filed is looked up again in
the tables, apart from the export, for each of the reasons that keep a location out.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.large_plan import given_plan
from benchmarks.measure import measure
from benchmarks.promise import Promise, report
from fibermap.plan import Plan

ALLOWED_S = 60.0
_GB_PER_MILLION = 1.5
FILING: dict[str, Any] = {
    "provider_id": 130077,
    "brand_name": "Lark Fiber",
    "offers": {"fiber": {"code": 50, "down_mbps": 1000, "up_mbps": 500}},
}
_LOCATED = """
    UPDATE source_record SET fcc_location_id = (1000000000 + row)::VARCHAR
    WHERE source_id = 1 AND hash(record_id) % 20 <> 0
"""
_PERMITTED = "UPDATE source_terms SET permitted_uses = permitted_uses || ',filing' WHERE source_id = 1"
_NOT_SOLD_TO = "UPDATE address SET serviceable = false WHERE hash(address_id) % 30 = 0"
_HELD = "SELECT address_id FROM address WHERE to_version IS NULL ORDER BY hash(address_id) LIMIT 20"
_WRONG = """
    SELECT count(*) FROM read_csv($file, header = true) f
    LEFT JOIN source_record r ON r.fcc_location_id = f.location_id::VARCHAR AND r.to_version IS NULL
    LEFT JOIN record_address ra ON ra.record_id = r.record_id AND ra.to_version IS NULL
    LEFT JOIN address a ON a.address_id = ra.address_id AND a.to_version IS NULL
    LEFT JOIN verdict v ON v.address_id = a.address_id AND v.technology = 'fiber'
    WHERE r.record_id IS NULL OR coalesce(v.class, '') <> 'build' OR NOT a.serviceable
       OR a.address_id IN (SELECT address_id FROM held)
"""


def prepare(plan: Plan) -> list[int]:
    """Give addresses Fabric locations and reasons to be left out; return those that are held."""
    for statement in (_LOCATED, _PERMITTED, _NOT_SOLD_TO):
        plan.store.sql.execute("bench.prepare", statement)
    held = [int(address_id) for (address_id,) in plan.store.sql.rows("bench.held", _HELD)]
    for address_id in held:
        plan.hold("owner_refusal", "benchmark", "benchmark", address_id=address_id)
    return held


def named_by_an_exclusion(database: Path, file: Path, held: list[int]) -> int:
    """Return how many rows of a list should not be in it, by a query of its own on the closed database."""
    with duckdb.connect(str(database), read_only=True) as sql:
        sql.execute("CREATE TEMP TABLE held AS SELECT unnest($held::BIGINT[]) AS address_id", {"held": held})
        found = sql.execute(_WRONG, {"file": str(file)}).fetchone()
    return int(found[0]) if found else -1


def bench(path: Path) -> tuple[list[Promise], list[str]]:
    """File, look for gaps, and look at what was filed."""
    file = path.with_name("availability.csv")
    with Plan.open(path) as plan:
        held = prepare(plan)
        filed = measure(lambda: plan.export("fcc-availability", file, **FILING))
        gaps = measure(plan.gaps)
    wrong = named_by_an_exclusion(path, file, held)
    promises = [
        Promise(f"{filed.value.rows:,} rows for the FCC written", ALLOWED_S, filed.seconds),
        Promise("  rows that an exclusion names", 0, wrong, ""),
    ]
    left_out = ", ".join(f"{reason} {count:,}" for reason, count in filed.value.left_out.items())
    return promises, [f"left out: {left_out}", f"{len(gaps.value.gdf):,} coverage gaps found in {gaps.seconds:.2f} s"]


def main() -> int:
    """Build a plan, or copy one that is there, and measure on it."""
    with given_plan(__doc__, _GB_PER_MILLION) as path:
        return report(*bench(path))


if __name__ == "__main__":
    sys.exit(main())
