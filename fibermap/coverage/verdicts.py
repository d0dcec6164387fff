"""The tables ``verdict`` and ``verdict_change``: the verdict in force, and every change of one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fibermap.coverage.court import best_technology
from fibermap.coverage.evidence import CONFIDENCE_ORDER, EVIDENCE_ORDER, Judged
from fibermap.coverage.features import planned_technologies
from fibermap.coverage.model import CLASS_ORDER
from fibermap.store import UnitOfWork


def verdict_table(address_id: npt.NDArray[np.int64], verdicts: dict[str, Judged]) -> pa.Table:
    """Return verdicts as rows of the table ``verdict``, one per address and technology, without its version."""
    best = best_technology(verdicts)
    return pa.concat_tables(
        _rows(address_id, technology, judged, best == position)
        for position, (technology, judged) in enumerate(verdicts.items())
    )


def _rows(address_id: npt.NDArray[np.int64], technology: str, judged: Judged, best: npt.NDArray[np.bool_]) -> pa.Table:
    n = len(address_id)
    return pa.table(
        {
            "address_id": address_id,
            "technology": _words([technology], np.zeros(n, dtype=np.int8)),
            "class": _words([str(c) for c in CLASS_ORDER], judged.class_code),
            "evidence": _words([str(e) for e in EVIDENCE_ORDER], judged.evidence_code),
            "feature_id": pa.array(judged.feature_id, mask=judged.feature_id == 0),
            "rule_id": pa.array(judged.rule_id, mask=judged.rule_id == 0),
            "terminal_id": pa.array(judged.terminal_id, mask=judged.terminal_id == 0),
            "drop_m": pa.array(judged.drop_m, mask=np.isnan(judged.drop_m)),
            "confidence": _words([str(c) for c in CONFIDENCE_ORDER], judged.confidence_code),
            "expected_live_on": pa.array(judged.expected_live_on),
            "expected_precision": pa.array(judged.expected_precision, type=pa.string()),
            "best": best,
        }
    )


def _words(words: list[str], codes: npt.NDArray[np.int8]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, type=pa.int8()), pa.array(words))


# Found once by their ids, and from then on by their places in the table.
_CHANGED = """
    CREATE OR REPLACE TEMP TABLE verdict_changed AS
    SELECT j.*, v.rowid AS place,
           v.class AS from_class, v.feature_id AS from_feature_id, v.expected_live_on AS from_expected_live_on
    FROM judged j LEFT JOIN verdict v ON v.address_id = j.address_id AND v.technology = j.technology
    WHERE v.address_id IS NULL
       OR (v.class, v.evidence, v.confidence, v.best) <> (j.class, j.evidence, j.confidence, j.best)
       OR v.feature_id IS DISTINCT FROM j.feature_id OR v.rule_id IS DISTINCT FROM j.rule_id
       OR v.terminal_id IS DISTINCT FROM j.terminal_id OR v.drop_m IS DISTINCT FROM j.drop_m
       OR v.expected_live_on IS DISTINCT FROM j.expected_live_on
       OR v.expected_precision IS DISTINCT FROM j.expected_precision
"""
_UPDATE = """
    UPDATE verdict SET class = c.class, evidence = c.evidence, feature_id = c.feature_id, rule_id = c.rule_id,
           terminal_id = c.terminal_id, drop_m = c.drop_m, confidence = c.confidence,
           expected_live_on = c.expected_live_on, expected_precision = c.expected_precision, best = c.best,
           version = $version
    FROM verdict_changed c
    WHERE verdict.rowid = c.place
"""
_INSERT = """
    INSERT INTO verdict BY NAME
    SELECT * EXCLUDE (place, from_class, from_feature_id, from_expected_live_on), $version AS version
    FROM verdict_changed WHERE place IS NULL
"""
_LOG = """
    INSERT INTO verdict_change
    SELECT $batch, $version, address_id, technology, from_class, class, from_feature_id, feature_id,
           from_expected_live_on, expected_live_on
    FROM verdict_changed
    WHERE from_class IS DISTINCT FROM class OR from_feature_id IS DISTINCT FROM feature_id
       OR from_expected_live_on IS DISTINCT FROM expected_live_on
"""


def write(uow: UnitOfWork, judged: pa.Table, version: int, batch_id: int) -> int:
    """Write what came out differently, log it under ``batch_id``, and return how many rows that were."""
    ours = {"version": version}
    uow.sql.execute("verdict.changed", _CHANGED, judged=judged)
    uow.sql.execute("verdict.update", _UPDATE, ours)
    uow.sql.execute("verdict.insert", _INSERT, ours)
    uow.sql.execute("verdict.log", _LOG, {"batch": batch_id, "version": version})
    changed = int(uow.sql.value("verdict.count_changed", "SELECT count(*) FROM verdict_changed"))
    uow.sql.execute("verdict.changed.drop", "DROP TABLE verdict_changed")
    return changed


_LOG_GONE = """
    INSERT INTO verdict_change
    SELECT $batch, $version, address_id, technology, class, NULL, feature_id, NULL, expected_live_on, NULL
    FROM verdict WHERE address_id IN (SELECT address_id FROM gone) OR technology NOT IN (SELECT technology FROM planned)
"""
_DELETE_GONE = """
    DELETE FROM verdict
    WHERE address_id IN (SELECT address_id FROM gone) OR technology NOT IN (SELECT technology FROM planned)
"""
_GONE = """
    SELECT DISTINCT address_id FROM address WHERE to_version = $version
    EXCEPT SELECT address_id FROM address WHERE from_version = $version AND to_version IS NULL
"""


def forget_gone(uow: UnitOfWork, version: int, batch_id: int, technologies: list[str]) -> int:
    """Log and remove verdicts of addresses that ended with ``version`` and of technologies that left the plan.

    What else is said of an address that ended, its flags and holds, goes with them.
    """
    gone = uow.sql.arrow("verdict.gone", _GONE, {"version": version})
    if not gone.num_rows and set(technologies) >= set(planned_technologies(uow, version - 1)):
        return 0
    tables = {"gone": gone, "planned": pa.table({"technology": pa.array(technologies, type=pa.string())})}
    for table in ("flag", "address_hold"):
        uow.sql.execute(
            f"{table}.delete_gone", f"DELETE FROM {table} WHERE address_id IN (SELECT address_id FROM gone)", **tables
        )
    uow.sql.execute("verdict.log_gone", _LOG_GONE, {"batch": batch_id, "version": version}, **tables)
    return uow.sql.execute("verdict.delete_gone", _DELETE_GONE, **tables)


def flip_counts(uow: UnitOfWork, batch_id: int) -> dict[str, dict[str, int]]:
    """Return ``{technology: {"from -> to": addresses}}`` of a batch, class changes only."""
    rows = uow.sql.rows(
        "verdict.flips",
        """
        SELECT technology, coalesce(from_class, 'none') || ' -> ' || coalesce(to_class, 'none') AS flip, count(*)
        FROM verdict_change
        WHERE batch_id = $batch AND from_class IS DISTINCT FROM to_class
        GROUP BY ALL ORDER BY ALL
        """,
        {"batch": batch_id},
    )
    counts: dict[str, dict[str, int]] = {}
    for technology, flip, addresses in rows:
        counts.setdefault(technology, {})[flip] = addresses
    return counts
