"""What opening a phase or moving its date sets off, found by doing it in a transaction that is rolled back.

So the preview is what publishing does, to the address. The caller rolls the unit of work back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from fibermap.address.corrections import Author
from fibermap.coverage.area_impact import CUSTOMERS
from fibermap.coverage.commands import Done
from fibermap.coverage.expected import say_date, say_public
from fibermap.coverage.phase_commands import carry_out, open_phase, slip_phase
from fibermap.coverage.phase_model import Opening, Slip
from fibermap.coverage.phase_store import find_waiting
from fibermap.coverage.rule_settings import recall_minutes, settings_in
from fibermap.coverage.versions import current_version
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork
from fibermap.store.recall import waiting_subscribers

_BY = Author("preview", "preview")
_OF_THEIR_DAY = ("network_not_ready", "sales_not_open")
MOST_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class StaysBehind:
    """Addresses of the part that cannot be sold although it opens, or that deserve a look, and why.

    ``blocks``: it stands in the way of a sale. ``reason`` is a code of
    :class:`fibermap.coverage.model.NotOrderable` or :class:`~fibermap.coverage.model.Flag`, or ``no_terminal``.
    """

    reason: str
    blocks: bool
    addresses: int
    units: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recall:
    """Until when an undo calls off what the change sets off outside, and who waits that long."""

    minutes: int
    until: datetime
    subscribers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpeningPreview:
    """What an opening sets off.

    Attributes
    ----------
    plan_version
        The version that it was weighed against.
    on
        The day on which the classes change.
    flips
        ``{technology: {"from -> to": addresses}}``, as the event of that day says it.
    addresses, units
        ``{"from -> to": count}`` by the best class; units are homes passed.
    orderable
        From which day how many addresses and units can be ordered.
    stays
        What stays behind or deserves a look, and why.
    events_now, events_then
        The events that go out when it is published, and those of the day itself where that is later.
    notices, customers
        Units that become build, whose notices wait for the recall window; and units of those that somebody is connected
        at, whose charges do.
    """

    plan_version: int
    on: date
    flips: dict[str, dict[str, int]]
    addresses: dict[str, int]
    units: dict[str, int]
    orderable: tuple[dict[str, Any], ...]
    stays: tuple[StaysBehind, ...]
    events_now: tuple[dict[str, Any], ...]
    events_then: tuple[dict[str, Any], ...]
    notices: int
    customers: int
    recall: Recall


@dataclass(frozen=True, slots=True)
class SlipPreview:
    """Whom another date touches.

    ``moves``: each date that moves, in words and for the public, with addresses and units. ``features``: areas and
    pieces of network whose date moves. ``public_changes``: units for which the public reads another date.
    """

    plan_version: int
    features: int
    addresses: dict[str, int]
    units: dict[str, int]
    holds: int
    customers: int
    public_changes: int
    moves: tuple[dict[str, Any], ...] = ()
    events_now: tuple[dict[str, Any], ...] = ()
    recall: Recall | None = field(default=None)


def preview_opening(uow: UnitOfWork, opening: Opening, settings: Settings) -> OpeningPreview:
    """Return what opening a phase or a part of it sets off; raises what `open_phase` raises."""
    version = current_version(uow)
    recall = _recall(uow)
    _remember(uow)
    done = open_phase(uow, opening, _BY, settings)
    opened, now, later = done, _events(uow, [done]), []
    if not opening.is_due(uow.at_utc.date()):
        waiting = find_waiting(uow, opening.phase, done.ids[0])
        opened = carry_out(uow, waiting, opening.network_ready_on, settings)
        later = [opened]
    told = _changes(uow)
    inside = _inside(uow, opened)
    return OpeningPreview(
        version,
        max(opening.network_ready_on, uow.at_utc.date()),
        opened.flips.counts,
        told["addresses"],
        told["units"],
        _orderable(inside, max(opening.sales_open_on, uow.at_utc.date())),
        _stays(inside),
        now,
        _events(uow, later),
        sum(count for flip, count in told["units"].items() if flip.endswith("-> build")),
        told["customers"],
        recall,
    )


def preview_slip(uow: UnitOfWork, slip: Slip, settings: Settings) -> SlipPreview:
    """Return whom another date touches; raises what `slip_phase` raises."""
    version, recall = current_version(uow), _recall(uow)
    least = settings_in(uow, version, settings).public_dates
    _remember(uow)
    done = slip_phase(uow, slip, _BY, settings)
    rows = uow.sql.records("phase.slipped", _SLIPPED, {"customers": list(CUSTOMERS)})
    by_class: dict[str, dict[str, int]] = {"addresses": {}, "units": {}}
    for row in rows:
        for name, counts in by_class.items():
            counts[row["class"]] = counts.get(row["class"], 0) + row[name]
    moves = [_move(row, least) for row in rows]
    changed = sum(
        row["units"] for row, move in zip(rows, moves, strict=True) if move["public_from"] != move["public_to"]
    )
    return SlipPreview(
        version,
        len(done.ids) - 1,
        by_class["addresses"],
        by_class["units"],
        sum(row["holds"] for row in rows),
        sum(row["customers"] for row in rows),
        changed,
        tuple(_by_date(moves)),
        _events(uow, [done]),
        recall,
    )


def _recall(uow: UnitOfWork) -> Recall:
    minutes = recall_minutes(uow)
    return Recall(minutes, uow.at_utc + timedelta(minutes=minutes), tuple(waiting_subscribers(uow.sql)))


def _remember(uow: UnitOfWork) -> None:
    uow.sql.execute(
        "phase.remember",
        """
        CREATE OR REPLACE TEMP TABLE phase_before AS
        SELECT address_id, class, expected_live_on, expected_precision FROM verdict WHERE best
        """,
    )


_EVENTS = "SELECT type, payload FROM event WHERE plan_version IN (SELECT unnest($versions::BIGINT[])) ORDER BY event_id"


def _events(uow: UnitOfWork, done: Sequence[Done]) -> tuple[dict[str, Any], ...]:
    """Return the events of versions: their types, and how many verdicts each tells of."""
    import orjson

    found = []
    for type_, payload in uow.sql.rows("phase.events", _EVENTS, {"versions": [each.version for each in done]}):
        counts = orjson.loads(payload).get("counts", {})
        found.append({"type": type_, "addresses": sum(sum(flips.values()) for flips in counts.values())})
    return tuple(found)


_CHANGES = """
    SELECT b.class AS before, a.class AS after, count(*) AS addresses, coalesce(sum(a.units), 0)::BIGINT AS units,
           count(*) FILTER (a.connectivity IN (SELECT unnest($customers::VARCHAR[]))) AS customers
    FROM phase_before b JOIN addresses a USING (address_id)
    WHERE address_id IN (
        SELECT address_id FROM phase_before b JOIN verdict v USING (address_id) WHERE v.best AND v.class <> b.class)
    GROUP BY ALL ORDER BY ALL
"""


def _changes(uow: UnitOfWork) -> dict[str, Any]:
    rows = uow.sql.records("phase.changes", _CHANGES, {"customers": list(CUSTOMERS)})
    of = {name: {f"{row['before']} -> {row['after']}": row[name] for row in rows} for name in ("addresses", "units")}
    return {**of, "customers": sum(row["customers"] for row in rows)}


_INSIDE = """
    SELECT full_address, class, units, terminal_id, flags, not_orderable FROM addresses
    WHERE area_id IN (SELECT unnest($ids::BIGINT[])) ORDER BY full_address
"""


def _inside(uow: UnitOfWork, done: Done) -> list[dict[str, Any]]:
    """Return the addresses that what was opened decides."""
    return uow.sql.records("phase.inside", _INSIDE, {"ids": list(done.ids[1:])})


def _orderable(inside: Sequence[Mapping[str, Any]], on: date) -> tuple[dict[str, Any], ...]:
    free = [row for row in inside if not _against(row)]
    if not free:
        return ()
    return ({"on": on, "addresses": len(free), "units": sum(row["units"] for row in free)},)


def _against(row: Mapping[str, Any]) -> list[str]:
    return [reason for reason in (row["not_orderable"] or "").split(",") if reason and reason not in _OF_THEIR_DAY]


def _stays(inside: Sequence[Mapping[str, Any]]) -> tuple[StaysBehind, ...]:
    reasons: dict[str, list[Mapping[str, Any]]] = {}
    looks: dict[str, list[Mapping[str, Any]]] = {}
    for row in inside:
        for reason in _against(row):
            reasons.setdefault(reason, []).append(row)
        if "drop_over_limit" in (row["flags"] or "").split(","):
            looks.setdefault("drop_over_limit", []).append(row)
        if row["terminal_id"] is None:
            looks.setdefault("no_terminal", []).append(row)
    found = [_stay(reason, True, rows) for reason, rows in sorted(reasons.items())]
    return tuple(found + [_stay(reason, False, rows) for reason, rows in sorted(looks.items())])


def _stay(reason: str, blocks: bool, rows: Sequence[Mapping[str, Any]]) -> StaysBehind:
    examples = tuple(str(row["full_address"]) for row in rows[:MOST_EXAMPLES])
    return StaysBehind(reason, blocks, len(rows), sum(row["units"] for row in rows), examples)


_SLIPPED = """
    SELECT a.class, b.expected_live_on AS was_on, b.expected_precision AS was_precision, a.expected_live_on AS now_on,
           a.expected_precision AS now_precision, count(*) AS addresses, coalesce(sum(a.units), 0)::BIGINT AS units,
           count(*) FILTER (a.holds IS NOT NULL) AS holds,
           count(*) FILTER (a.connectivity IN (SELECT unnest($customers::VARCHAR[]))) AS customers
    FROM phase_before b JOIN addresses a USING (address_id)
    WHERE address_id IN (
        SELECT address_id FROM phase_before b JOIN verdict v USING (address_id)
        WHERE v.best AND (v.expected_live_on IS DISTINCT FROM b.expected_live_on
                          OR v.expected_precision IS DISTINCT FROM b.expected_precision))
    GROUP BY ALL ORDER BY ALL
"""


def _move(row: Mapping[str, Any], least: str) -> dict[str, Any]:
    was, now = (row["was_on"], row["was_precision"]), (row["now_on"], row["now_precision"])
    return {
        "from": say_date(*was),
        "to": say_date(*now),
        "public_from": say_public(*was, least),
        "public_to": say_public(*now, least),
        "addresses": row["addresses"],
        "units": row["units"],
    }


def _by_date(moves: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each move once, whatever the classes of its addresses."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for move in moves:
        key = tuple(move[name] for name in ("from", "to", "public_from", "public_to"))
        kept = found.setdefault(key, {**move, "addresses": 0, "units": 0})
        kept["addresses"] += move["addresses"]
        kept["units"] += move["units"]
    return list(found.values())
