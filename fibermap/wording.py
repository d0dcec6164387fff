"""Results in words: what a planner reads in a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fibermap.address.match import NextAction, Status
from fibermap.coverage.explain import Explanation
from fibermap.coverage.model import Verdict
from fibermap.coverage.reclassify import Flips
from fibermap.coverage.replay import Replay
from fibermap.ingest.pipeline import Undone
from fibermap.ingest.saved_sources import Pulled
from fibermap.kernel.units import format_length

_STATUS = {
    Status.MATCHED: "is",
    Status.CORRECTED: "is, once corrected,",
    Status.CONFIRM: "may be the address below; ask",
    Status.AMBIGUOUS: "fits several addresses; choose one",
    Status.NEEDS_UNIT: "is a building; choose a unit",
    Status.UNIT_NOT_FOUND: "is a building without that unit; choose one",
    Status.NUMBER_NOT_FOUND: "names a street that is known, but not that number",
    Status.STREET_NOT_FOUND: "names a street that is not known",
    Status.OUTSIDE_AREA: "is in a city or ZIP of which no address is known",
    Status.NOT_A_SERVICE_ADDRESS: "is no place that can be served, such as a PO box",
    Status.UNPARSABLE: "cannot be read as an address; give a number and a street",
}


def say_check(answer: Mapping[str, Any], units: str) -> Iterator[str]:
    """Write out a check."""
    match, verdict, typed = answer["match"], answer["serviceability"], answer["input"]["q"]
    offer = "" if verdict is None else f"{verdict['class']}, {say_orderable(','.join(verdict['not_orderable']))}"
    if match["status"] == Status.MATCHED and match["address_id"] is None:
        yield f"{typed}: {verdict['class']} by the plan (a place, not an address)"
    elif match["status"] in (Status.MATCHED, Status.CORRECTED):
        yield f"{match['address']}: {offer}"
        yield f"  address {match['address_id']}, area {verdict['evidence']['name'] or 'none'}"
    else:
        yield f"{typed!r} {_STATUS[match['status']]}. {offer or 'No verdict.'}"
    listed = [unit for unit in answer["units"] or () if unit["address_id"]] or _others(answer)
    for other in listed:
        away = f", {format_length(other['distance_m'], units=units)} away" if "distance_m" in other else ""
        yield f"  {other['address']} (address {other['address_id']}{away})"


def _others(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the candidates that are not the answer itself."""
    settled = answer["match"]["next_action"] == NextAction.ACCEPT
    meant = answer["match"]["address_id"] if settled else None
    return [candidate for candidate in answer["candidates"] if candidate["address_id"] != meant]


def say_orderable(reasons: str | None) -> str:
    """Say whether it may be sold, and if not, why."""
    return "orderable" if not reasons else "not orderable: " + reasons.replace("_", " ").replace(",", ", ")


def say_explanation(explained: Explanation, units: str) -> Iterator[str]:
    """Write out why an address is what it is."""
    address = explained.address
    yield f"{address['full_address']}: {explained.class_}"
    asked = f", on {explained.at:%Y-%m-%d} (a projection)" if explained.at else ""
    yield f"  address {address['address_id']}, plan version {explained.version}{asked}"
    if explained.redirected_from:
        yield f"  {explained.redirected_from} was merged into it"
    for technology, verdict in explained.verdicts.items():
        yield f"  {technology}: {_verdict(verdict, units)}"
        for step in explained.steps[technology]:
            yield f"    {'=>' if step.decides else '- '} {step.answer}"
    for feature in explained.features.values():
        yield f"  {_feature(feature)}"
    yield f"  {say_orderable(','.join(explained.not_orderable))}"
    for correction in explained.corrections:
        decided = ", ".join(f"{name} {value}" for name, value in correction["fields"].items() if value is not None)
        yield f"  {correction['kind']} by {correction['author']}: {correction['reason']} ({decided})".replace(" ()", "")
    for hold in explained.holds:
        yield f"  hold {hold['code']} by {hold['author']}: {hold['reason']}"
    for flag in explained.flags:
        yield f"  flag {flag['code']} {flag['detail']}"
    for record in explained.records:
        yield f"  from {record['source']}, {record['layer']} row {record['row']}: {record['delivery_line']}"
    for change in explained.changes:
        moved = f"{change['from_class'] or 'none'} -> {change['to_class'] or 'none'}"
        yield f"  version {change['version']} ({change['label']}): {change['technology']} {moved}"
    if explained.agrees is False:
        yield "  THE STORED VERDICT IS ANOTHER ONE. Run fibermap replay, then fibermap classify."


def _verdict(verdict: Verdict, units: str) -> str:
    said = f"{verdict.class_} by {str(verdict.evidence).replace('_', ' ')}, confidence {verdict.confidence}"
    if verdict.expected_live_on:
        said += f", expected {verdict.expected_live_on} ({verdict.expected_precision})"
    if verdict.drop_m is not None:
        said += f", drop {format_length(verdict.drop_m, units=units)}"
    return said


def _feature(feature: dict[str, Any]) -> str:
    place = " / ".join(part for part in (feature["layer"], feature["folder"]) if part)
    said = f"status from {feature['status_from']}" if feature["status_from"] else "no status stated"
    if feature["override_class"]:
        said = f"a person says {feature['override_class']}"
    return f"{feature['name']}: {feature['class']}, {said}; {feature['source']}, {place}, row {feature['row']}"


def say_flips(flips: Flips) -> Iterator[str]:
    """Write out how many addresses changed from what to what."""
    for technology, counts in flips.counts.items():
        for flip, count in counts.items():
            yield f"  {technology}: {flip}: {count:,} {'address' if count == 1 else 'addresses'}"


def say_undone(undone: Undone) -> Iterator[str]:
    """Write out what was taken back."""
    yield f"Version {undone.undone} ({undone.label}) taken back by version {undone.version}"
    yield from say_flips(undone.flips)


def say_pulled(pulled: Pulled) -> Iterator[str]:
    """Say how a pull of a saved source ended."""
    done = {
        "published": f"published as plan version {pulled.plan_version}",
        "unchanged": "nothing has changed",
        "waiting": "waits for a planner; nothing was written",
        "failed": "failed; nothing was written",
    }
    yield f"{pulled.name}: {done.get(pulled.state, pulled.state)}"
    yield from (f"  {reason.message}" for reason in pulled.reasons)


def say_replay(replay: Replay) -> Iterator[str]:
    """Write out a replay."""
    share = 1.0 if not replay.verdicts else 1 - replay.differences / max(replay.verdicts, replay.differences)
    yield f"{replay.verdicts:,} verdicts derived again, {replay.differences:,} differ ({share:.2%} proven)"
    for sample in replay.samples:
        stored, derived = sample["stored_class"], sample["derived_class"]
        yield f"  address {sample['address_id']} {sample['technology']}: stored {stored}, derived {derived}"


def say_status(status: dict[str, Any]) -> Iterator[str]:
    """Write out the state of a database."""
    yield f"{status['path']}: plan version {status['plan_version']}"
    for row in status["classes"]:
        yield f"  {row['class']}: {row['addresses']:,} addresses, {row['homes_passed']:,} units sold to"
    for source in status["sources"]:
        yield f"  source {source['name']}: {source['ingested']:,} of {source['read']:,} ingested ({source['licence']})"
    for given in status["permitted_on_record"]:
        yield f"  permitted for {given['source']}: {given['uses']}, by {given['author']}: {given['reason']}"
    if status["not_listed"]:
        yield f"  in no list, because their sources do not permit it: {status['not_listed']:,}"
    for name in ("holds", "flags", "duplicates_to_review", "disagreements", "events_waiting", "events_parked"):
        if status[name]:
            yield f"  {name.replace('_', ' ')}: {status[name]:,}"
    if not status["sources"]:
        yield "  empty: start with `fibermap ingest FILE...`, address points and a plan, in any order"
