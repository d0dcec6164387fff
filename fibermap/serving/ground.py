"""What is true at an address as far as selling goes, from the index: what `fibermap.order.ground_store` reads too."""

from __future__ import annotations

from datetime import date
from typing import Any

from fibermap.address.model import Kind
from fibermap.coverage.model import Class, Evidence
from fibermap.order.ground import Coverage, Ground
from fibermap.serving.index import At, Index
from fibermap.serving.offer import Shared
from fibermap.serving.planned import read_json
from fibermap.serving.verdict import Standing

_ADDRESS = (
    "address_id",
    "location_id",
    "full_address",
    "serviceable",
    "units",
    "kind",
    "city",
    "state",
    "zip",
    "lon",
    "lat",
)
_AREA = ("phase", "network_ready_on", "sales_open_on")
_PHASE = "phase"


def ground_at(index: Index, where: At, today: date) -> Ground:
    """Return what is true at an address on the day of asking."""
    return ground_of(Standing(index, where, None, today))


def ground_of(standing: Standing) -> Ground:
    """Return what is true where somebody asks how an address stands, on the day of asking: not on another date."""
    index, where = standing.index, standing.where
    said = where.book.addresses.some(where.row, _ADDRESS)
    verdicts = [Shared(*where.book.verdicts(row)) for row in _rows(where, "verdicts")]
    best, planned, own_phase = standing.offer.best, index.planned, _own_phase(where)
    area = planned.feature(best.feature_id, _AREA)
    holds = where.book.groups["holds"].columns
    return Ground(
        **{**said, "kind": Kind(said["kind"])},
        phase=own_phase or area.get("phase"),
        coverage={
            each.technology: _coverage(each, own_phase or planned.feature(each.feature_id, (_PHASE,)).get(_PHASE))
            for each in verdicts
        },
        not_orderable=standing.offer.not_orderable,
        holds=tuple(sorted({holds.cell("code", row) for row in _rows(where, "holds")})),
        sales_open_on=area.get("sales_open_on"),
        network_ready_on=area.get("network_ready_on"),
        terminal_id=best.terminal_id,
        ports_free=planned.feature(best.terminal_id, ("ports_free",)).get("ports_free"),
    )


def _rows(where: At, name: str) -> Any:
    return where.book.groups[name].rows_of(where.book.id_at(where.row))


def _coverage(shared: Shared, phase: str | None) -> Coverage:
    return Coverage(
        Class(shared.class_),
        shared.feature_id if shared.evidence == Evidence.AREA else None,
        phase,
        shared.expected_live_on,
        shared.expected_precision,
    )


def _own_phase(where: At) -> str | None:
    """Return the phase that a person gave to the address itself, the latest word."""
    cell = where.book.groups["corrections"].columns.cell
    said = [row for row in _rows(where, "corrections") if cell("kind", row) == _PHASE]
    phase: str | None = read_json(cell("fields", said[-1])).get(_PHASE) if said else None
    return phase
