"""The state of a database in one look: what is in it, how it is classified, and what waits for a person."""

from __future__ import annotations

from typing import Any

from fibermap.address.disagreements import disagreements
from fibermap.coverage.permissions import permitted_on_record
from fibermap.coverage.versions import current_version
from fibermap.store import UnitOfWork

_CLASSES = """
    SELECT class, count(*) AS addresses, sum(units)::BIGINT AS homes_passed, count(*) FILTER (orderable) AS orderable
    FROM addresses GROUP BY class
    ORDER BY list_position(['build', 'pre-build', 'out-of-coverage', 'unknown'], class)
"""
_TECHNOLOGIES = """
    SELECT technology, class, count(*) AS addresses FROM verdict GROUP BY technology, class
    ORDER BY technology, list_position(['build', 'pre-build', 'out-of-coverage', 'unknown'], class)
"""
_SOURCES = """
    SELECT s.name, t.licence, t.permitted_uses, r.path, r.layer, r.crs, r.read, r.ingested, r.repaired, r.quarantined,
           r.set_aside, r.from_version AS version
    FROM source s
    JOIN source_revision r ON r.source_id = s.source_id AND r.to_version IS NULL
    JOIN source_terms t ON t.source_id = s.source_id AND t.to_version IS NULL
    ORDER BY s.name, r.path, r.layer
"""
_COUNTS = """
    SELECT (SELECT count(*) FROM address WHERE to_version IS NULL AND NOT listed) AS not_listed,
           (SELECT count(*) FROM hold WHERE to_version IS NULL) AS holds,
           (SELECT count(DISTINCT address_id) FROM address_flag) AS flags,
           (SELECT count(*) FROM duplicate_review WHERE to_version IS NULL) AS duplicates_to_review,
           (SELECT count(*) FROM plan_feature WHERE to_version IS NULL AND role = 'coverage') AS areas,
           (SELECT count(*) FROM plan_feature WHERE to_version IS NULL AND kind = 'terminal') AS terminals
"""


def status(uow: UnitOfWork, path: str) -> dict[str, Any]:
    """Return the state as JSON values; ``homes_passed`` counts units that one sells to, not address points."""
    counts = uow.sql.records("status.counts", _COUNTS)[0]
    return {
        "path": path,
        "plan_version": current_version(uow),
        "classes": uow.sql.records("status.classes", _CLASSES),
        "technologies": uow.sql.records("status.technologies", _TECHNOLOGIES),
        "sources": uow.sql.records("status.sources", _SOURCES),
        "permitted_on_record": permitted_on_record(uow),
        **counts,
        "disagreements": len(disagreements(uow)),
    }
