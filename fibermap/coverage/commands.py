"""The commands of a planner: each opens a plan version, writes, settles what follows and tells the subscribers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from fibermap.address import corrections, rulings
from fibermap.address.corrections import Author
from fibermap.address.model import Connectivity, ConnectivityEvent, Kind, next_connectivity
from fibermap.address.redirects import follow_redirects
from fibermap.coverage import holds
from fibermap.coverage.distance_rules import assume_planned, change_limit, end_rule, notes_on_rules, rule_for
from fibermap.coverage.model import Class
from fibermap.coverage.reclassify import Flips
from fibermap.coverage.rule_settings import change_settings, settings_in
from fibermap.coverage.settle import settle_version
from fibermap.coverage.versions import current_version, open_version, summarise
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.kernel.events import ConnectivityChanged, PlanPromoted
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork

USES = ("filing", "challenge", "planning", "lists", "public_answers", "sales")
"""What a source may be permitted for; :class:`fibermap.ingest.profiles.Use` says what each means."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that was carried out.

    Attributes
    ----------
    version
        Its plan version.
    ids
        What it made or changed.
    flips
        The verdicts that changed.
    notes
        Sentences on what it did not do, and how that is done.
    """

    version: int
    ids: tuple[int, ...]
    flips: Flips
    notes: tuple[str, ...] = ()


def place_hold(uow: UnitOfWork, order: holds.HoldOrder, settings: Settings) -> Done:
    """Forbid sales on an address, a building or an area, whatever its class; survives every re-ingest."""
    return place_holds(uow, [order], settings)


def place_holds(uow: UnitOfWork, orders: Sequence[holds.HoldOrder], settings: Settings) -> Done:
    """Place several holds for one reason as one plan version; see `place_hold`."""
    first = orders[0]
    label = f"hold {first.code}: {first.reason}"
    return versioned(uow, "hold", label, first.author, settings, lambda v: [holds.insert(uow, o, v) for o in orders])


def release_hold(uow: UnitOfWork, hold_id: int, by: Author, settings: Settings) -> Done:
    """End a hold that a person placed."""

    def work(version: int) -> Sequence[int]:
        holds.close(uow, hold_id, version)
        return [hold_id]

    return versioned(uow, "hold", f"release hold {hold_id}: {by.reason}", by.name, settings, work)


def add_address(uow: UnitOfWork, text: str, lon: float, lat: float, by: Author, settings: Settings) -> Done:
    """Add a provisional address at a place in EPSG:4326."""
    return _correct(uow, f"add {text}", by, settings, lambda v: [corrections.add(uow, text, lon, lat, by, v)])


def move_address(uow: UnitOfWork, address_id: int, lon: float, lat: float, by: Author, settings: Settings) -> Done:
    """Put an address where it really is, degrees in EPSG:4326."""

    def work(version: int) -> Sequence[int]:
        return [corrections.move(uow, address_id, lon, lat, by, version)]

    return _correct(uow, f"move {address_id}", by, settings, work)


def retype_address(
    uow: UnitOfWork, address_id: int, kind: Kind, by: Author, settings: Settings, *, serviceable: bool
) -> Done:
    """Say who is at an address and whether it is sold to."""

    def work(version: int) -> Sequence[int]:
        return [corrections.retype(uow, address_id, by, version, kind=kind, serviceable=serviceable)]

    return _correct(uow, f"retype {address_id}", by, settings, work)


def split_address(uow: UnitOfWork, address_id: int, pattern: str, by: Author, settings: Settings) -> Done:
    """Give a building the units that a pattern stands for, each a provisional address."""
    return _correct(
        uow, f"split {address_id}", by, settings, lambda v: corrections.split(uow, address_id, pattern, by, v)
    )


def retire_address(uow: UnitOfWork, address_id: int, by: Author, settings: Settings) -> Done:
    """Take an address out of the current ones; its history stays."""

    def work(version: int) -> Sequence[int]:
        return [corrections.retire(uow, address_id, by, version)]

    return _correct(uow, f"retire {address_id}", by, settings, work)


Pairs = Sequence[tuple[int, int]]
"""Addresses two by two."""


def merge_addresses(uow: UnitOfWork, pairs: Pairs, by: Author, settings: Settings) -> Done:
    """Make the two addresses of each pair one, whatever the rules say; ``ids`` are the rulings.

    It lasts while the sources say of both what they say now. Raises what :func:`fibermap.address.rulings.join` raises.
    """
    label = f"merge {_in_pairs(pairs)}"
    return _correct(uow, label, by, settings, lambda v: [rulings.join(uow, a, b, by, v) for a, b in pairs])


def keep_addresses_apart(uow: UnitOfWork, pairs: Pairs, by: Author, settings: Settings) -> Done:
    """Say of each pair that it is two addresses, so that no rule makes them one; ``ids`` are the rulings."""
    label = f"keep apart {_in_pairs(pairs)}"
    return _correct(uow, label, by, settings, lambda v: [rulings.keep_apart(uow, a, b, by, v) for a, b in pairs])


def _in_pairs(pairs: Pairs) -> str:
    first, second = pairs[0]
    return f"{first} and {second}" + (f" and {len(pairs) - 1} more pairs" if len(pairs) > 1 else "")


def set_area_class(
    uow: UnitOfWork, area_ids: Sequence[int], class_: Class, by: Author, settings: Settings, *, live_on: date | None
) -> Done:
    """Say that areas are live, or are not yet, whatever their source says; a revision that agrees ends the matter.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for a class that a plan cannot state.
    NotFound
        ``area_not_found`` where one of the ids is no coverage area in force.
    """
    if class_ not in (Class.BUILD, Class.PRE_BUILD):
        raise InputRefused(Code.ARGUMENT_INVALID, f"An area cannot be {class_}.", hint="Give build or pre-build.")

    def work(version: int) -> Sequence[int]:
        opened = uow.sql.rows(
            "area.override",
            """
            INSERT INTO plan_feature BY NAME
            SELECT * REPLACE (nullif($class, source_class) AS override_class, $class AS class,
                              coalesce($live_on, override_live_on) AS override_live_on,
                              $version::INTEGER AS from_version, NULL::INTEGER AS to_version)
            FROM plan_feature
            WHERE to_version IS NULL AND role = 'coverage' AND feature_id IN (SELECT unnest($ids::BIGINT[]))
            RETURNING feature_id
            """,
            {"class": str(class_), "live_on": live_on, "version": version, "ids": list(area_ids)},
        )
        if unknown := sorted(set(area_ids) - {row[0] for row in opened}):
            raise NotFound(
                Code.AREA_NOT_FOUND,
                f"No coverage area in force has the id {', '.join(map(str, unknown))}.",
                hint="`fibermap export areas` lists them.",
            )
        uow.sql.execute(
            "area.close",
            """
            UPDATE plan_feature SET to_version = $version
            WHERE to_version IS NULL AND role = 'coverage' AND from_version < $version
              AND feature_id IN (SELECT unnest($ids::BIGINT[]))
            """,
            {"version": version, "ids": list(area_ids)},
        )
        return [row[0] for row in opened]

    return versioned(uow, "area", f"{len(area_ids)} areas to {class_}: {by.reason}", by.name, settings, work)


def override_permission(uow: UnitOfWork, source: str, uses: Sequence[str], by: Author, settings: Settings) -> Done:
    """Permit exactly these uses, which a source's licence does not name, on record, with author and reason.

    A use brings no other: what is permitted for ``sales`` alone can be sold, and is in no list and no public answer.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for a use that there is not.
    NotFound
        ``source_not_found``.
    """
    unknown = sorted(set(uses) - set(USES))
    if unknown or not uses:
        said = f"There is no use {unknown[0]!r}." if unknown else "No use is named."
        raise InputRefused(Code.ARGUMENT_INVALID, said, hint=f"There are: {', '.join(USES)}.")
    source_id = uow.sql.value("permission.source", "SELECT source_id FROM source WHERE name = ?", [source])
    if source_id is None:
        raise NotFound(Code.SOURCE_NOT_FOUND, f"There is no source {source!r}.", hint="`fibermap status` lists them.")

    def work(version: int) -> Sequence[int]:
        row = [source_id, ",".join(sorted(set(uses))), by.reason, by.name, uow.at_utc, version]
        uow.sql.execute("permission.override", "INSERT INTO permission_override VALUES (?, ?, ?, ?, ?, ?, NULL)", row)
        return [int(source_id)]

    return versioned(uow, "permission", f"permit {', '.join(uses)} for {source}", by.name, settings, work)


def configure(uow: UnitOfWork, changes: Mapping[str, Any], by: Author, settings: Settings) -> Done:
    """Change settings that verdicts depend on, and judge every address under them.

    A distance rule keeps the limit that was agreed to; where that is not the new setting, a note says so.
    """

    def work(version: int) -> Sequence[int]:
        change_settings(uow, changes, version, settings_in(uow, version, settings))
        return []

    said = ", ".join(f"{name} = {value}" for name, value in sorted(changes.items()))
    done = versioned(uow, "settings", f"{said}: {by.reason}", by.name, settings, work)
    return replace(done, notes=tuple(notes_on_rules(uow, set(changes), settings_in(uow, done.version, settings))))


def change_rule(uow: UnitOfWork, target: str, technology: str, limit_m: float, by: Author, settings: Settings) -> Done:
    """Give the distance rule from a ``terminal`` or a ``route`` another limit, metres on the ground.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for a limit that is not above 0 or lies beyond the setting ``terminal_reach_m``.
    NotFound
        ``rule_not_found``: none is in force.
    """
    rule = rule_for(uow, target, technology)

    def work(version: int) -> Sequence[int]:
        change_limit(uow, rule, limit_m, by.name, version, settings_in(uow, version, settings))
        return [rule.rule_id]

    label = f"distance rule from {target} to {limit_m:g} m: {by.reason}"
    return versioned(uow, "rule", label, by.name, settings, work)


def withdraw_rule(uow: UnitOfWork, target: str, technology: str, by: Author, settings: Settings) -> Done:
    """End the distance rule from a ``terminal`` or a ``route``; silent network counts as planned no longer.

    Raises
    ------
    NotFound
        ``rule_not_found``: none is in force.
    """
    rule = rule_for(uow, target, technology)

    def work(version: int) -> Sequence[int]:
        end_rule(uow, rule, version)
        assume_planned(uow, version)
        return [rule.rule_id]

    return versioned(uow, "rule", f"withdraw distance rule from {target}: {by.reason}", by.name, settings, work)


def change_connectivity(uow: UnitOfWork, address_id: int, event: ConnectivityEvent) -> Connectivity:
    """Move a unit's connectivity by what happened there, and return where it is now.

    Raises
    ------
    NotFound
        ``address_not_found``.
    Conflict
        The event cannot happen in the unit's state.
    """
    if not uow.sql.value("connectivity.key", "SELECT count(*) FROM address_key WHERE address_id = ?", [address_id]):
        raise NotFound(
            Code.ADDRESS_NOT_FOUND,
            f"There is no address {address_id}.",
            hint="Look it up with `fibermap check` or in an export.",
        )
    address_id = follow_redirects(uow, address_id, current_version(uow))
    stored = uow.sql.value(
        "connectivity.state", "SELECT state FROM unit_connectivity WHERE address_id = ?", [address_id]
    )
    before = Connectivity(stored or Connectivity.NONE)
    after = next_connectivity(before, event)
    row = [address_id, str(after), uow.at_utc, uow.cause]
    uow.sql.execute(
        "connectivity.write",
        """
        INSERT INTO connectivity VALUES (?, ?, ?, ?)
        ON CONFLICT (address_id) DO UPDATE
        SET state = excluded.state, since = excluded.since, cause = excluded.cause
        """,
        row,
    )
    change = [address_id, str(before), str(after), uow.at_utc, uow.cause]
    uow.sql.execute("connectivity.log", "INSERT INTO connectivity_change VALUES (?, ?, ?, ?, ?)", change)
    uow.emit(ConnectivityChanged(uow.cause, address_id=address_id, before=str(before), after=str(after)))
    return after


def _correct(uow: UnitOfWork, label: str, by: Author, settings: Settings, work: Callable[[int], Sequence[int]]) -> Done:
    return versioned(uow, "correction", label, by.name, settings, work)


def versioned(
    uow: UnitOfWork,
    kind: str,
    label: str,
    author: str,
    settings: Settings,
    work: Callable[[int], Sequence[int]],
) -> Done:
    """Open a plan version, do the ``work`` in it, settle what follows and tell the subscribers."""
    version = open_version(uow, kind=kind, label=label, author=author)
    ids = tuple(work(version))
    outcome = settle_version(uow, version, settings, cause=f"{kind}:{version}")
    summarise(uow, version, {"flips": outcome.flips.counts, "ids": list(ids[:100])})
    uow.emit(PlanPromoted(f"{kind}:{version}", plan_version=version, kind=kind, label=label))
    return Done(version, ids, outcome.flips)
