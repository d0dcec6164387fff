"""How good the data is: what is missing, doubtful or was not understood, each with where to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from fibermap.address.match.model import Status
from fibermap.coverage.model import Flag
from fibermap.report.dashboard.ground import Ground


@dataclass(frozen=True, slots=True)
class _Check:
    """One thing to count: among addresses by a condition of the view, or among something else by a statement."""

    code: str
    label: str
    definition: str
    condition: str
    filter: str = ""


_FLAGS = {
    Flag.DROP_OVER_LIMIT: "Drop over the limit",
    Flag.DROP_CROSSES: "Drop crosses a barrier",
    Flag.FOOTPRINT_CLASS_DIFFERS: "Building of another class",
    Flag.NEAR_EDGE: "Near the edge of an area",
    Flag.CONFLICTING_AREAS: "Areas that conflict",
}
_OF_ADDRESSES: tuple[_Check, ...] = (
    _Check("no_position", "Without coordinates", "No source says where it is, so it has no class.", "lon IS NULL"),
    _Check("unknown_class", "Unknown class", "No verdict could be given.", "class = 'unknown'", "class=unknown"),
    _Check("no_place", "Without city or ZIP code", "Neither a source nor a boundary says it.",
           "city IS NULL OR zip IS NULL"),
    _Check("no_fabric_id", "Serviceable without a Fabric id", "It cannot be filed with the FCC.",
           "serviceable AND fcc_location_id IS NULL"),
    _Check("provisional", "Provisional", "Entered by a person; no source has it yet.", "provisional"),
    _Check("merged", "Merged from several records", "Duplicates that a rule found to be one address.", "records > 1"),
    *(
        _Check(str(flag), label, "A person should look.", f"list_contains(string_split(flags, ','), '{flag}')",
               f"flag={flag}")
        for flag, label in _FLAGS.items()
    ),
)  # fmt: skip
_OF_RECORDS: tuple[_Check, ...] = (
    _Check("quarantined", "Quarantined", "Rows that could have counted and could not be read or understood.",
           "SELECT sum(quarantined), sum(read) FROM source_revision WHERE to_version IS NULL"),
    _Check("set_aside", "Set aside", "Rows that are not meant to count.",
           "SELECT sum(set_aside), sum(read) FROM source_revision WHERE to_version IS NULL"),
    _Check("repaired", "Repaired", "Geometries that were mended while they were read.",
           "SELECT sum(repaired), sum(read) FROM source_revision WHERE to_version IS NULL"),
    _Check("unmatched", "Records without an address", "Address records that came to no address.",
           """
           SELECT count(*) FILTER (l.record_id IS NULL), count(*)
           FROM source_record r LEFT JOIN record_address l ON l.record_id = r.record_id AND l.to_version IS NULL
           WHERE r.to_version IS NULL
           """),
    _Check("duplicates", "Possible duplicates", "Pairs that may be one address; nobody has decided yet.",
           "SELECT count(*), NULL FROM review_queue WHERE queue = 'duplicate'"),
    _Check("not_found", "Checks that found nothing", "Questions to which no address of the plan is the answer.",
           f"SELECT count(*) FILTER (status IN ('{Status.STREET_NOT_FOUND}', '{Status.NUMBER_NOT_FOUND}')), count(*) "
           "FROM address_check"),
    _Check("reported_missing", "Reported missing", "Addresses that somebody says are not in the plan.",
           "SELECT count(*), NULL FROM review_queue WHERE queue = 'missing'"),
)  # fmt: skip
QUALITY = pa.schema(
    [
        ("check", pa.string()), ("label", pa.string()), ("about", pa.string()), ("count", pa.int64()),
        ("of", pa.int64()), ("share", pa.float64()), ("definition", pa.string()), ("filter", pa.string()),
    ]
)  # fmt: skip


def quality(ground: Ground) -> pa.Table:
    """Return what is wrong with the data, one row a check.

    Returns
    -------
    pyarrow.Table
        :data:`QUALITY`; ``about`` is ``addresses`` (the chosen ones) or ``records`` (of all sources, whatever the
        filters); ``share`` is ``count / of``, NULL where there is no whole; ``filter`` a query string of the shared
        filters that leaves what is counted, empty where none does.
    """
    counts = ", ".join(f"count(*) FILTER ({check.condition}) AS {check.code}" for check in _OF_ADDRESSES)
    (found,) = ground.ask("report.quality.addresses", f"count(*) AS addresses, {counts}").to_pylist()
    rows = [_row(check, "addresses", found[check.code], found["addresses"]) for check in _OF_ADDRESSES]
    for check in _OF_RECORDS:
        ((count, of),) = ground.plan.sql.rows(f"report.quality.{check.code}", check.condition)
        rows.append(_row(check, "records", count, of))
    return pa.Table.from_pylist(rows, schema=QUALITY)


def _row(check: _Check, about: str, count: int | None, of: int | None) -> dict[str, Any]:
    return {
        "check": check.code, "label": check.label, "about": about, "count": int(count or 0), "of": of,
        "share": (count or 0) / of if of else None, "definition": check.definition, "filter": check.filter,
    }  # fmt: skip
