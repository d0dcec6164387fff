"""Why an address is what it is: the verdict derived again, step by step, from what was known then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

import numpy as np
import shapely

from fibermap.address import corrections
from fibermap.address.redirects import follow_redirects
from fibermap.coverage import holds
from fibermap.coverage.court import load_rules, point_then, window_of
from fibermap.coverage.decide import Candidate, Case, Place, Step, decide
from fibermap.coverage.evidence import Rule
from fibermap.coverage.features import planned_technologies
from fibermap.coverage.flags import flags_then
from fibermap.coverage.model import CLASS_ORDER, Class, NotOrderable, Verdict
from fibermap.coverage.orderable import Offering, why_not_orderable
from fibermap.coverage.rule_settings import settings_in
from fibermap.coverage.surroundings import bare_points
from fibermap.coverage.versions import current_version, version_as_of
from fibermap.kernel.errors import Code, NotFound
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork
from fibermap.store.temporal import IN_FORCE

SAME_DROP_M = 0.001
"""Drops this near to one another are one: the bulk judge and the single step measure in different ways."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer to *why*.

    Attributes
    ----------
    address
        The address as it stood: ids, NENA fields, position in EPSG:4326.
    version, at
        The plan version that was in force, and the date in the world asked about (None: the plan at its word).
    class_
        The best verdict's class.
    verdicts, steps
        One verdict per technology, and the questions that led to it.
    orderable, not_orderable
        Whether it may be sold on ``at`` (default: on the day of asking), and every reason against it.
    corrections, holds, flags, records, changes
        What a person decided over the sources, holds in force, the flags of that version (with the plan at its word,
        whatever ``at`` is), the source records that it was made from, and every change of its verdicts up to then.
    stored
        What the database holds as the verdicts now; None where another time is asked about.
    agrees
        Whether the derived verdicts are the stored ones; None where nothing is stored for that time.
    redirected_from
        The id that was asked for, where it has been merged into this one.
    """

    address: dict[str, Any]
    version: int
    at: date | None
    class_: Class
    verdicts: dict[str, Verdict]
    steps: dict[str, list[Step]]
    orderable: bool
    not_orderable: list[NotOrderable]
    features: dict[int, dict[str, Any]]
    corrections: list[dict[str, Any]] = field(default_factory=list)
    holds: list[dict[str, Any]] = field(default_factory=list)
    flags: list[dict[str, Any]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    stored: dict[str, dict[str, Any]] | None = None
    agrees: bool | None = None
    redirected_from: int | None = None


def explain(
    uow: UnitOfWork,
    address_id: int,
    settings: Settings,
    *,
    as_of: int | datetime | None = None,
    at: date | None = None,
) -> Explanation:
    """Derive the verdicts of an address again from the geometry and rules that were in force.

    Parameters
    ----------
    address_id
        An address, or an id that was merged into one.
    as_of
        What was known then: a plan version, or a moment; None for now.
    at
        The date in the world asked about; None takes the plan at its word.

    Raises
    ------
    NotFound
        ``address_not_found``: no such address was known; ``version_not_found``: nothing was known then.
    """
    version = version_as_of(uow, as_of)
    settings = settings_in(uow, version, settings)
    found_id = follow_redirects(uow, address_id, version)
    known = _InDatabase(uow, _address(uow, found_id, version), version, settings)
    return explain_known(known, address_id, at=at, today=uow.at_utc.date())


class Known(Protocol):
    """What is known of one address in one version, wherever it is kept.

    Attributes
    ----------
    address
        The row of ``address``, without its versions.
    technologies
        Those that the plan speaks of.
    """

    @property
    def address(self) -> dict[str, Any]: ...
    @property
    def version(self) -> int: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def technologies(self) -> Sequence[str]: ...

    def candidates(self, technology: str) -> Sequence[Candidate]:
        """Return the planned features within reach; others among them do no harm."""

    def rules(self, technology: str) -> Sequence[Rule]:
        """Return the distance rules in force."""

    def features(self, feature_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return features by id, with their source."""

    def corrections(self) -> list[dict[str, Any]]: ...
    def holds(self) -> list[dict[str, Any]]: ...
    def flags(self) -> list[dict[str, Any]]: ...
    def records(self) -> list[dict[str, Any]]: ...
    def changes(self) -> list[dict[str, Any]]: ...

    def stored(self) -> dict[str, dict[str, Any]] | None:
        """Return the verdicts that are kept, by technology; None where the version is not the current one."""


def explain_known(known: Known, asked_id: int, *, at: date | None, today: date) -> Explanation:
    """Explain an address from what is known of it; ``asked_id`` may be an id that was merged into it."""
    address = known.address
    decided = decide_known(known, at)
    verdicts = {technology: verdict for technology, (verdict, _) in decided.items()}
    best = best_of(verdicts)
    stored = known.stored() if at is None else None
    features = known.features(sorted(_named(verdicts)))
    held, flags = known.holds(), known.flags()
    blocked = is_blocked((flag["code"] for flag in flags), known.settings)
    offering = offering_of(address, best, features, held=bool(held), flagged=blocked)
    reasons = why_not_orderable(offering, at or today)
    return Explanation(
        address=address,
        version=known.version,
        at=at,
        class_=best.class_,
        verdicts=verdicts,
        steps={technology: steps for technology, (_, steps) in decided.items()},
        orderable=not reasons,
        not_orderable=reasons,
        features=features,
        corrections=known.corrections(),
        holds=held,
        flags=flags,
        records=known.records(),
        changes=known.changes(),
        stored=stored,
        agrees=None if stored is None else _agree(verdicts, stored),
        redirected_from=asked_id if address["address_id"] != asked_id else None,
    )


def decide_known(known: Known, at: date | None) -> dict[str, tuple[Verdict, list[Step]]]:
    """Decide each technology's verdict on an address, and the steps that led to it."""
    return {technology: decide(_case(known, technology, at)) for technology in known.technologies}


def best_of(verdicts: Mapping[str, Verdict]) -> Verdict:
    """Return the verdict that an address takes its class from."""
    return min(verdicts.values(), key=lambda verdict: CLASS_ORDER.index(verdict.class_))


def is_blocked(flags: Iterable[str], settings: Settings) -> bool:
    """Whether a flag, by its code, stands in the way of a sale."""
    return any(code in settings.blocking_flags for code in flags)


def offering_of(
    address: Mapping[str, Any],
    best: Verdict,
    features: Mapping[int, Mapping[str, Any]],
    *,
    held: bool,
    flagged: bool,
) -> Offering:
    """Return what decides whether an address may be sold."""
    area = features.get(best.feature_id or 0, {})
    terminal = features.get(best.terminal_id or 0, {})
    return Offering(
        class_=best.class_,
        serviceable=address["serviceable"],
        held=held,
        permitted=address["sellable"],
        flagged=flagged,
        ports_free=terminal.get("ports_free"),
        network_ready_on=area.get("network_ready_on"),
        sales_open_on=area.get("sales_open_on"),
    )


def _named(verdicts: Mapping[str, Verdict]) -> set[int]:
    named = {v.feature_id for v in verdicts.values()} | {v.terminal_id for v in verdicts.values()}
    return {feature_id for feature_id in named if feature_id is not None}


def _case(known: Known, technology: str, at: date | None) -> Case:
    address = known.address
    place = Place(
        lon=address["lon"],
        lat=address["lat"],
        status=Class(address["status"]) if address["status"] else None,
        terminal_name=address["terminal_name"],
        precise=address["placement"] not in ("street", "parcel", "zip", "city"),
    )
    placed = place.lon is not None and place.lat is not None
    return Case(
        technology=technology,
        place=place,
        candidates=known.candidates(technology) if placed else (),
        rules=known.rules(technology),
        asked=at,
        position_error_m=known.settings.position_error_m,
        reach_m=known.settings.terminal_reach_m,
    )


def candidate_of(row: dict[str, Any]) -> Candidate:
    """Return a planned feature as one that may decide; ``geometry`` is WKB, and the columns are its fields."""
    geometry = shapely.from_wkb(row.pop("geometry"))
    return Candidate(geometry=geometry, class_=Class(row.pop("class")), **row)


@dataclass(frozen=True, slots=True)
class _InDatabase:
    """What the database knows of an address as of a version."""

    uow: UnitOfWork
    address: dict[str, Any]
    version: int
    settings: Settings

    @property
    def technologies(self) -> Sequence[str]:
        return planned_technologies(self.uow, self.version)

    def candidates(self, technology: str) -> list[Candidate]:
        here = bare_points(np.array([self.address["lon"]]), np.array([self.address["lat"]]))
        near = window_of(here, self.settings.terminal_reach_m)
        where = {"version": self.version, "technology": technology, **asdict(near)}
        return [candidate_of(row) for row in self.uow.sql.records("explain.candidates", _CANDIDATES, where)]

    def rules(self, technology: str) -> Sequence[Rule]:
        return load_rules(self.uow, technology, self.version)

    def features(self, feature_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        return _features(self.uow, feature_ids, self.version)

    def corrections(self) -> list[dict[str, Any]]:
        return corrections.on_address(self.uow, self._id, self.version)

    def holds(self) -> list[dict[str, Any]]:
        return holds.on_address(self.uow, self.address, self.version)

    def flags(self) -> list[dict[str, Any]]:
        return _flags(self.uow, self._id, self.version, self.settings)

    def records(self) -> list[dict[str, Any]]:
        return _records(self.uow, self._id, self.version)

    def changes(self) -> list[dict[str, Any]]:
        return _changes(self.uow, self._id, self.version)

    def stored(self) -> dict[str, dict[str, Any]] | None:
        return _stored(self.uow, self._id) if self.version == current_version(self.uow) else None

    @property
    def _id(self) -> int:
        return int(self.address["address_id"])


def _address(uow: UnitOfWork, address_id: int, version: int) -> dict[str, Any]:
    rows = uow.sql.records(
        "explain.address",
        f"SELECT * EXCLUDE (content, from_version, to_version) FROM address WHERE address_id = $id AND {IN_FORCE}",
        {"id": address_id, "version": version},
    )
    if not rows:
        raise NotFound(
            Code.ADDRESS_NOT_FOUND,
            f"There is no address {address_id} in plan version {version}.",
            hint="Look it up with `fibermap check` or in an export.",
        )
    return rows[0]


_CANDIDATES = f"""
    SELECT feature_id, role, class, geometry, name, phase, priority, terminal_name,
           expected_live_on, expected_precision, coalesce(override_live_on, live_on) AS live_on
    FROM plan_feature
    WHERE {IN_FORCE} AND class IN ('build', 'pre-build') AND coalesce(technology, 'fiber') = $technology
      AND (role IN ('coverage', 'network_lines') OR (role = 'network_points' AND kind = 'terminal'))
      AND west <= $east AND east >= $west AND south <= $north AND north >= $south
"""


def _features(uow: UnitOfWork, feature_ids: Sequence[int], version: int) -> dict[int, dict[str, Any]]:
    rows = uow.sql.records(
        "explain.features",
        f"""
        SELECT f.feature_id, f.role, f.kind, f.name, f.class, f.phase, f.status_word, f.status_from, f.override_class,
               f.folder, f.layer, f.row, f.source_fid, f.ports_free, f.ports_total, f.network_ready_on,
               f.sales_open_on, f.expected_live_on, f.expected_precision, s.name AS source
        FROM plan_feature f LEFT JOIN source s USING (source_id)
        WHERE feature_id IN (SELECT unnest($ids::BIGINT[])) AND {IN_FORCE}
        """,
        {"ids": list(feature_ids), "version": version},
    )
    return {row["feature_id"]: row for row in rows}


def _flags(uow: UnitOfWork, address_id: int, version: int, settings: Settings) -> list[dict[str, Any]]:
    if version < current_version(uow):
        found = flags_then(uow, point_then(uow, address_id, version), version, settings) + uow.sql.records(
            "explain.marks", _MARKS, {"id": address_id, "version": version}
        )
        return sorted(found, key=lambda flag: str(flag["code"]))
    return uow.sql.records(
        "explain.flags", "SELECT code, detail FROM address_flag WHERE address_id = ? ORDER BY code", [address_id]
    )


_MARKS = f"""
    SELECT 'marked' AS code, json_object('name', reason, 'author', author)::VARCHAR AS detail
    FROM correction WHERE kind = 'flag' AND address_id = $id AND {IN_FORCE}
"""


def _records(uow: UnitOfWork, address_id: int, version: int) -> list[dict[str, Any]]:
    held = IN_FORCE.replace("from_version", "ra.from_version").replace("to_version", "ra.to_version")
    kept = IN_FORCE.replace("from_version", "r.from_version").replace("to_version", "r.to_version")
    return uow.sql.records(
        "explain.records",
        f"""
        SELECT s.name AS source, r.layer, r.row, r.source_fid, r.delivery_line, r.lon, r.lat, r.type_raw, r.placement
        FROM record_address ra JOIN source_record r USING (record_id) JOIN source s USING (source_id)
        WHERE ra.address_id = $id AND {held} AND {kept} ORDER BY 1, 2, 3, r.source_fid
        """,
        {"id": address_id, "version": version},
    )


def _changes(uow: UnitOfWork, address_id: int, version: int) -> list[dict[str, Any]]:
    return uow.sql.records(
        "explain.changes",
        """
        SELECT c.version, p.created_at, p.kind, p.label, p.author, c.technology, c.from_class, c.to_class,
               c.from_feature_id, c.to_feature_id, c.from_expected_live_on, c.to_expected_live_on
        FROM verdict_change c JOIN plan_version p USING (version)
        WHERE c.address_id = ? AND c.version <= ? ORDER BY c.version, c.technology
        """,
        [address_id, version],
    )


def _stored(uow: UnitOfWork, address_id: int) -> dict[str, dict[str, Any]]:
    rows = uow.sql.records(
        "explain.stored",
        "SELECT * EXCLUDE (address_id, best) FROM verdict WHERE address_id = ? ORDER BY technology",
        [address_id],
    )
    return {row["technology"]: row for row in rows}


def _agree(verdicts: dict[str, Verdict], stored: dict[str, dict[str, Any]]) -> bool:
    if verdicts.keys() != stored.keys():
        return False
    return all(_is_stored(verdict, stored[technology]) for technology, verdict in verdicts.items())


def _is_stored(verdict: Verdict, row: dict[str, Any]) -> bool:
    names = ("evidence", "confidence", "feature_id", "rule_id", "terminal_id", "expected_live_on", "expected_precision")
    alike = verdict.class_ == row["class"] and all(getattr(verdict, name) == row[name] for name in names)
    return alike and abs((verdict.drop_m or 0.0) - (row["drop_m"] or 0.0)) <= SAME_DROP_M
