"""The commands of a planner about phases: open one, whole or in part, and give what is not open another date.

An opening whose day has not come cuts its part out at once and leaves it pre-build until :func:`open_due` finds that
the day has come, so that the verdicts change, and subscribers hear of it, on that day and not before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry

from fibermap.address.corrections import Author
from fibermap.coverage.area_commands import drawn_id, write_areas
from fibermap.coverage.areas import read_fields
from fibermap.coverage.commands import Done, versioned
from fibermap.coverage.model import Class
from fibermap.coverage.phase_members import PhaseFeatures
from fibermap.coverage.phase_model import Opening, Slip
from fibermap.coverage.phase_pieces import divide
from fibermap.coverage.phase_store import (
    KeptOpening,
    Moved,
    due_openings,
    families_of,
    find_waiting,
    keep_opening,
    keep_pieces,
    keep_slips,
    living_areas,
    openings,
    write_network,
)
from fibermap.coverage.versions import current_version
from fibermap.kernel.errors import Code, Conflict, InputRefused
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork


def require_version(uow: UnitOfWork, seen: int | None) -> None:
    """Refuse where the plan is no longer the one that somebody has looked at.

    Raises
    ------
    Conflict
        ``report_stale``.
    """
    now = current_version(uow)
    if seen is not None and seen != now:
        raise Conflict(
            Code.REPORT_STALE,
            f"The plan has changed since the preview: it is at version {now}, not {seen}.",
            hint="Look at the preview again.",
        )


def open_phase(uow: UnitOfWork, opening: Opening, by: Author, settings: Settings) -> Done:
    """Open a phase or a part of it: at once where the network is ready, else on that day.

    ``ids`` are the opening, then the areas and the network that it opens.

    Raises
    ------
    InputRefused
        ``phase_nothing_to_open``: nothing in that part waits.
    NotFound
        ``phase_not_found``.
    """
    members = PhaseFeatures(uow, opening.phase).members(opening.part)
    if members.nothing:
        raise InputRefused(
            Code.PHASE_NOTHING_TO_OPEN,
            f"Nothing in {opening.part.in_words() or 'the phase'} of {opening.phase!r} waits to be opened.",
            hint="It is open already, or serves nothing of the phase; `fibermap phase show` lists the parts.",
        )
    today = uow.at_utc.date()

    def work(version: int) -> Sequence[int]:
        fields = opening.fields(today)
        areas = _write_shares(uow, members.shares, fields, by, version)
        write_network(uow, members.network, fields, by, version)
        state = "open" if opening.is_due(today) else "waiting"
        opening_id = stable_id("opening", version)
        kept = KeptOpening(opening_id, opening, state, tuple(areas), members.network, by, uow.at_utc, version)
        keep_opening(uow, kept)
        return [opening_id, *areas, *members.network]

    return versioned(uow, "phase", f"{opening.label()}: {by.reason}", by.name, settings, work)


def open_due(uow: UnitOfWork, on: date, settings: Settings) -> list[Done]:
    """Open what was to be open by a day, each opening as a plan version in the name of whoever decided it."""
    return [carry_out(uow, waiting, on, settings) for waiting in due_openings(uow, on)]


def carry_out(uow: UnitOfWork, waiting: KeptOpening, on: date, settings: Settings) -> Done:
    """Open what waits, as on a day on which its network is ready; ``ids`` as those of :func:`open_phase`."""
    opening, by = waiting.opening, waiting.by

    def work(version: int) -> Sequence[int]:
        living = living_areas(uow, waiting.areas)
        shares = {i: area.geometry for i, area in living.items() if area.class_ is Class.PRE_BUILD}
        fields = opening.fields(on)
        areas = _write_shares(uow, shares, fields, by, version)
        write_network(uow, waiting.network, fields, by, version)
        keep_opening(uow, replace(waiting, state="open", areas=tuple(areas), version=version))
        return [waiting.opening_id, *areas, *waiting.network]

    part = opening.part.in_words()
    label = f"network ready: {opening.phase}{f', {part}' if part else ''}"
    return versioned(uow, "phase", f"{label} ({by.reason})", by.name, settings, work)


def _write_shares(
    uow: UnitOfWork, shares: Mapping[int, BaseGeometry], fields: Mapping[str, Any], by: Author, version: int
) -> list[int]:
    """Write what shares of areas say from now on, and return the ids of the areas that hold them."""
    if not shares:
        return []
    families = families_of(uow, living_areas(uow, shares))
    before = living_areas(uow, [i for family in families for i in family.ids])
    # A whole area is given by its very shape, and what was loaded anew is another object.
    ours = {i: before[i].geometry if before[i].geometry == share else share for i, share in shares.items()}
    division = divide(before, families, ours, read_fields(fields))
    after = division.after
    write_areas(uow, {i: before[i] for i in after if i > 0}, after, by, version)
    gone = [i for i, area in after.items() if area is None]
    keep_pieces(uow, {drawn_id(version, i): family for i, family in division.family_of.items()}, gone, version)
    return [i if i > 0 else drawn_id(version, i) for i in division.opened]


def slip_phase(uow: UnitOfWork, slip: Slip, by: Author, settings: Settings) -> Done:
    """Give what is not open another expected date; the one that it had is kept, and so is every move after it.

    ``ids`` are the slip, then the areas and the network whose date moves.

    Raises
    ------
    InputRefused
        ``argument_invalid`` where no date moves, or an opening is moved to a day that has come.
    NotFound
        ``phase_not_found``: there is no such phase, or no such opening waits.
    """
    waiting = _moved_opening(uow, slip)
    if waiting is None:
        features = PhaseFeatures(uow, slip.phase)
        fixed = {i for each in openings(uow, slip.phase) if each.state == "waiting" for i in each.areas + each.network}
        ids = [*features.waiting_areas, *(piece.feature_id for piece in features.waiting_network)]
        ids = [i for i in ids if i not in fixed]
        fields: dict[str, Any] = {"expected_live_on": slip.expected_on, "expected_precision": slip.precision}
    else:
        ids, fields = [*waiting.areas, *waiting.network], waiting.opening.fields(uow.at_utc.date())
    moved = _moved(uow, ids, slip)
    if not moved:
        raise InputRefused(Code.ARGUMENT_INVALID, "No date would move.", hint="Give another date.", field="expected_on")

    def work(version: int) -> Sequence[int]:
        areas = living_areas(uow, [each.feature_id for each in moved])
        said = read_fields(fields)
        write_areas(uow, areas, {i: area.with_fields(said) for i, area in areas.items()}, by, version)
        write_network(uow, [m.feature_id for m in moved if m.feature_id not in areas], fields, by, version)
        slip_id = stable_id("slip", version)
        keep_slips(uow, slip_id, slip.phase, moved, (slip.expected_on, slip.precision), by, version)
        if waiting is not None:
            keep_opening(uow, replace(waiting, version=version))
        return [slip_id, *(each.feature_id for each in moved)]

    label = f"{slip.phase} expected {slip.expected_on.isoformat()} ({slip.precision}): {by.reason}"
    return versioned(uow, "phase", label, by.name, settings, work)


def _moved_opening(uow: UnitOfWork, slip: Slip) -> KeptOpening | None:
    """Return the opening that a slip moves, as it is with its new day; sales open no earlier than that."""
    if slip.opening_id is None:
        return None
    if slip.expected_on <= uow.at_utc.date():
        raise InputRefused(
            Code.ARGUMENT_INVALID, "An opening can only wait for a day to come.",
            hint="Open it today instead.", field="expected_on",
        )  # fmt: skip
    kept = find_waiting(uow, slip.phase, slip.opening_id)
    sales = max(kept.opening.sales_open_on, slip.expected_on)
    return replace(kept, opening=replace(kept.opening, network_ready_on=slip.expected_on, sales_open_on=sales))


def _moved(uow: UnitOfWork, ids: Sequence[int], slip: Slip) -> list[Moved]:
    rows = uow.sql.rows(
        "phase.moved",
        """
        SELECT feature_id, expected_live_on, expected_precision FROM plan_feature
        WHERE to_version IS NULL AND class = 'pre-build' AND feature_id IN (SELECT unnest($ids::BIGINT[]))
          AND (expected_live_on IS DISTINCT FROM $on OR expected_precision IS DISTINCT FROM $precision)
        ORDER BY feature_id
        """,
        {"ids": list(ids), "on": slip.expected_on, "precision": slip.precision},
    )
    return [Moved(*row) for row in rows]
