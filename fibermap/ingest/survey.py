"""Survey: the findings of an ingest, from the drafts themselves and from the database as the promote leaves it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow.compute as pc

from fibermap.coverage.model import Class
from fibermap.formats.model import Outcome
from fibermap.ingest.draft import NOT_STATED, Draft
from fibermap.ingest.findings import Finding, Severity, counted, question, warning
from fibermap.ingest.groups import Role
from fibermap.ingest.profiles import Use
from fibermap.ingest.promote import Named, Promoted, file_counts
from fibermap.ingest.role_findings import question_roles
from fibermap.ingest.survey_areas import survey_areas
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork

SHRUNK, GROWN = 0.5, 2.0
"""A revision with less or more than these shares of the last one's features is far from it."""


def survey_drafts(named: Sequence[Named], settings: Settings) -> list[Finding]:
    """Return what the drafts show by themselves."""
    by_draft = [finding for item in named for finding in _survey_draft(item, settings)]
    return [*_status_words(named), *by_draft]


def _status_words(named: Sequence[Named]) -> Iterator[Finding]:
    """Ask about every status word once, however many groups and files use it."""
    counts: Counter[str] = Counter()
    places: dict[str, list[str]] = {}
    for item in named:
        for word in item.draft.unknown:
            counts[word.word] += word.count
            place = f"{item.source}, {word.where}"
            if place not in places.setdefault(word.word, []):
                places[word.word].append(place)
    for text, count in counts.most_common():
        message = (
            f"What does the status {text!r} mean ({counted(count, 'feature')}; {'; '.join(places[text][:3])})? "
            f"Answer with --status {text!r}=build, pre-build or ignored; without an answer it counts for nothing."
        )
        yield question("status_unknown", message, count=count, samples=({"word": text, "count": count},))


def _survey_draft(item: Named, settings: Settings) -> Iterator[Finding]:
    draft = item.draft
    yield from _notices(item)
    yield from question_roles(item.source, draft.proposals)
    yield from _technologies(item)
    yield from _status_questions(item)
    yield from _repairs(item, settings)
    yield from _rejections(item)
    yield from _unplaced(item)
    if missing := [use for use in (Use.LISTS, Use.PUBLIC_ANSWERS, Use.SALES) if use not in draft.permitted_uses]:
        uses = ", ".join(sorted(draft.permitted_uses)) or "nothing"
        stays_out = " and ".join(missing).replace("_", " ")
        message = f"{item.source}: its licence permits {uses} only; what it alone knows stays out of {stays_out}."
        yield Finding("licence_restricts", message, source=item.source)


def _unplaced(item: Named) -> Iterator[Finding]:
    """Address rows without a usable position are taken in, and of unknown class until somebody places them."""
    rows = [
        {"layer": group.layer, "row": row["row"], "detail": row["detail"] or "no coordinates"}
        for group in item.draft.addresses
        for row in group.features.filter(group.features["geometry"].is_null()).select(["row", "detail"]).to_pylist()
    ]
    if rows:
        message = (
            f"{item.source}: {len(rows):,} addresses have no usable position. They are taken in and stay unknown until "
            "they are placed."
        )
        yield warning("address_unplaced", message, count=len(rows), source=item.source, samples=tuple(rows))


def _notices(item: Named) -> Iterator[Finding]:
    for notice in item.draft.staged.notices:
        severity = Severity.QUESTION if notice.needs_yes else Severity.WARNING
        yield Finding(str(notice.code), f"{item.source}: {notice.message}", severity, 1, item.source, notice.needs_yes)


def _technologies(item: Named) -> Iterator[Finding]:
    for word, count in item.draft.unknown_technologies.items():
        message = (
            f"{item.source}: what technology is {word!r} ({counted(count, 'feature')})? Until it is mapped to fiber "
            "or fixed wireless, it counts for nothing. Say yes to leave it out."
        )
        yield question("technology_unknown", message, count=count, source=item.source, samples=({"word": word},))


def _status_questions(item: Named) -> Iterator[Finding]:
    if silent := item.draft.silent.get(Role.COVERAGE, 0):
        message = (
            f"{item.source}: no status is stated anywhere for {counted(silent, 'coverage area')}. Answer for them with "
            f"--status {NOT_STATED!r}=build or pre-build; without an answer they stay out."
        )
        yield question("status_missing", message, count=silent, source=item.source)
    for clash in item.draft.contradictions:
        message = (
            f"{item.source}: on {counted(clash.count, 'feature')} {clash.believed} says {clash.status} and "
            f"{clash.overruled} says {clash.other}; the first one counts."
        )
        yield warning("status_contradicts", message, count=clash.count, source=item.source)


def _repairs(item: Named, settings: Settings) -> Iterator[Finding]:
    repairs = item.draft.staged.repairs
    if not repairs:
        return
    large = [repair for repair in repairs if repair.change > settings.repair_change]
    samples = tuple(
        {"layer": r.layer, "row": r.row, "name": r.name, "change": round(r.change, 4), "area_m2": round(r.after_m2)}
        for r in sorted(repairs, key=lambda r: -r.change)
    )
    message = f"{item.source}: repaired {counted(len(repairs), 'polygon')} whose edge crossed itself."
    yield warning("geometry_repaired", message, count=len(repairs), source=item.source, samples=samples)
    planned = [r for r in large if _is_coverage(item.draft, r.layer)]
    if planned:
        names = ", ".join(str(r.name or f"row {r.row}") for r in planned[:3])
        message = (
            f"{item.source}: the repair changed {counted(len(planned), 'coverage area')} by more than "
            f"{settings.repair_change:.0%} ({names}). Look before you say yes."
        )
        yield question("repair_large", message, count=len(planned), source=item.source, samples=samples)


def _is_coverage(draft: Draft, layer: str) -> bool:
    return any(proposal.role is Role.COVERAGE and proposal.selector.layer == layer for proposal in draft.proposals)


def _rejections(item: Named) -> Iterator[Finding]:
    outcomes = item.draft.outcomes
    for end in (Outcome.QUARANTINED, Outcome.SET_ASIDE, Outcome.REPAIRED):
        rows = outcomes.filter(pc.equal(outcomes["outcome"], str(end)))
        counts = Counter(rows["reason"].to_pylist())
        for reason, count in sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0]))):
            if end is Outcome.REPAIRED and reason == "area_self_intersects":
                continue
            yield _rejection(item, end, str(reason), rows, count)


def _rejection(item: Named, end: Outcome, reason: str, rows: Any, count: int) -> Finding:
    of_reason = rows.filter(pc.equal(rows["reason"], reason)).slice(0, 20).to_pylist()
    samples = tuple(
        {key: row[key] for key in ("layer", "row", "part", "name", "detail") if row[key] is not None}
        for row in of_reason
    )
    detail = of_reason[0]["detail"] if of_reason and of_reason[0]["detail"] else ""
    sentence = f"{detail[:1].upper()}{detail[1:].rstrip('.')}." if detail else ""
    message = f"{item.source}: {count:,} {str(end).replace('_', ' ')} ({reason}). {sentence}".strip()
    severity = Severity.WARNING if end is Outcome.QUARANTINED else Severity.INFO
    return Finding(f"{end}_{reason}", message, severity, count, item.source, False, samples)


def survey_result(uow: UnitOfWork, named: Sequence[Named], promoted: Promoted, settings: Settings) -> list[Finding]:
    """Return what shows once the drafts are in place. Runs inside the promote's transaction."""
    found = [*_types(promoted), *_distances_from_last(named, promoted), *_losses(promoted)]
    if promoted.changed:
        found += [*survey_areas(uow, promoted.version, settings), *_half_a_picture(uow)]
        found += list(_nothing_overlaps(uow, named)) or list(_addresses_elsewhere(uow, named))
    return found


def _types(promoted: Promoted) -> Iterator[Finding]:
    for word, count in promoted.unknown_types.most_common():
        message = (
            f"Nobody has said yet whether addresses of type {word!r} ({count:,}) are sold to; until then they are not. "
            f"Answer with --type {word!r}=residential, business, institution or none."
        )
        yield warning("type_unknown", message, count=count, samples=({"word": word, "count": count},))


def _distances_from_last(named: Sequence[Named], promoted: Promoted) -> Iterator[Finding]:
    now: dict[str, Counter[str]] = {}
    for item in named:
        counts = now.setdefault(item.source, Counter())
        for count in file_counts(item.draft):
            counts[count.layer] += count.ingested + count.repaired
    for source, layers in now.items():
        for layer, before in promoted.previous.get(source, {}).items():
            after = layers.get(layer, 0)
            if before >= 10 and not SHRUNK * before <= after <= GROWN * before:
                message = f"{source}: {layer} had {before:,} features in its last revision and has {after:,} now."
                yield question("count_far_from_last", message, count=abs(after - before), source=source)


def _losses(promoted: Promoted) -> Iterator[Finding]:
    for technology, flips in promoted.flips.counts.items():
        lost = sum(n for flip, n in flips.items() if flip.startswith(f"{Class.BUILD} -> "))
        if lost:
            message = f"{lost:,} addresses leave build ({technology}). Orders and customers there need a look."
            yield warning("addresses_leave_build", message, count=lost)


def _nothing_overlaps(uow: UnitOfWork, named: Sequence[Named]) -> Iterator[Finding]:
    rows = uow.sql.rows(
        "survey.extents",
        """
        WITH plan AS (
            SELECT source_id, min(west) AS west, max(east) AS east, min(south) AS south, max(north) AS north,
                   count(*) AS areas
            FROM plan_feature WHERE to_version IS NULL AND role = 'coverage' GROUP BY source_id
        ), homes AS (
            SELECT min(lon) AS west, max(lon) AS east, min(lat) AS south, max(lat) AS north
            FROM address WHERE to_version IS NULL
        )
        SELECT plan.source_id, plan.areas
        FROM plan, homes
        WHERE plan.east < homes.west OR plan.west > homes.east OR plan.north < homes.south OR plan.south > homes.north
        """,
    )
    sources = {item.source_id: item.source for item in named}
    for source_id, areas in rows:
        if source_id in sources:
            message = (
                f"{sources[source_id]}: none of its {counted(areas, 'coverage area')} lies where the addresses are. "
                "Is a coordinate system wrong? Give the right one with --crs."
            )
            yield question("nothing_overlaps", message, count=areas, source=sources[source_id])


def _addresses_elsewhere(uow: UnitOfWork, named: Sequence[Named]) -> Iterator[Finding]:
    """Ask about a source whose addresses all lie outside what the whole plan spans."""
    rows = uow.sql.rows(
        "survey.elsewhere",
        """
        WITH plan AS (
            SELECT min(west) AS west, max(east) AS east, min(south) AS south, max(north) AS north
            FROM plan_feature WHERE to_version IS NULL AND role = 'coverage'
        ), homes AS (
            SELECT source_id, min(lon) AS west, max(lon) AS east, min(lat) AS south, max(lat) AS north,
                   count(*) AS addresses
            FROM source_record WHERE to_version IS NULL AND lon IS NOT NULL GROUP BY source_id
        )
        SELECT homes.source_id, homes.addresses
        FROM plan, homes
        WHERE plan.east < homes.west OR plan.west > homes.east OR plan.north < homes.south OR plan.south > homes.north
        """,
    )
    sources = {item.source_id: item.source for item in named}
    for source_id, addresses in rows:
        if source_id in sources:
            message = (
                f"{sources[source_id]}: none of its {counted(addresses, 'address', 'addresses')} lies where the plan "
                "is. Is a coordinate system wrong? Give the right one with --crs."
            )
            yield question("nothing_overlaps", message, count=addresses, source=sources[source_id])


def _half_a_picture(uow: UnitOfWork) -> Iterator[Finding]:
    """Say what is still missing where nothing can be classified, or everything is out of coverage."""
    row = uow.sql.row(
        "survey.picture",
        """
        SELECT (SELECT count(*) FROM address WHERE to_version IS NULL),
               count(*) FILTER (role IN ('coverage', 'network_lines', 'network_points')),
               count(*) FILTER (role = 'parcel')
        FROM plan_feature WHERE to_version IS NULL
        """,
    )
    addresses, planned, parcels = row or (0, 0, 0)
    if planned and not addresses:
        also = " If the parcels are to stand for addresses, ingest them with --role addresses." if parcels else ""
        message = f"There are no addresses yet: ingest the address points, and each is classified.{also}"
        yield Finding("no_addresses", message, count=planned)
    if addresses and not planned:
        message = "There is no plan yet: nothing covers any address until coverage areas or a network are ingested."
        yield Finding("no_plan", message, count=addresses)
