"""Every fault planted in the synthetic county is found, and every row that has none is classified as it truly is."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fibermap.demo.address_faults import FORMULAS
from fibermap.demo.files import STATUS_ANSWERS, TYPE_ANSWERS, CountyFiles, write_county
from fibermap.demo.model import Fault
from fibermap.ingest.pipeline import Ingest, Request
from fibermap.ingest.report import IngestReport
from fibermap.kernel.settings import Settings
from fibermap.store import Store

ADDRESSES = 1_500

PLANTED = (
    "ring_closed",
    "ring_too_short",
    "area_self_intersects",
    "repair_large",
    "status_unknown",
    "status_contradicts",
    "areas_overlap",
    "conflicting_areas",
    "area_sliver",
    "area_without_address",
    "no_port",
    "network_link_not_followed",
    "overlay_set_aside",
    "geometry_missing",
    "duplicate_merged",
    "far_apart",
    "no_position",
    "position_swapped",
    "position_zero",
    "unit_in_street",
    "type_unknown",
    "type_not_sold",
    "formula",
    "drop_crosses",
    "drop_over_limit",
)


@dataclass(frozen=True)
class World:
    """The county's files, the report of a dry run without answers, and the database after a run with them."""

    files: CountyFiles
    asked: IngestReport
    done: IngestReport
    store: Store

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.store.preview(lambda uow: uow.sql.rows("test", sql, list(values)), cause="test")

    def value(self, sql: str, *values: Any) -> Any:
        return self.rows(sql, *values)[0][0]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    files = write_county(tmp_path_factory.mktemp("county"), addresses=ADDRESSES)
    paths: list[str | Path] = [str(path) for path in files.inputs]
    store = Store.open(":memory:")
    ingest = Ingest(store, Settings())
    asked = ingest.preview(Request(paths))
    done = ingest.run(Request(paths, statuses=STATUS_ANSWERS, types=TYPE_ANSWERS), yes=True)
    yield World(files, asked, done, store)
    store.close()


def test_the_faults_are_the_ones_listed_here(world: World) -> None:
    assert {fault.code for fault in world.files.faults} == set(PLANTED)


@pytest.mark.parametrize("code", PLANTED)
def test_a_planted_fault_is_found(world: World, code: str) -> None:
    for fault in (fault for fault in world.files.faults if fault.code == code):
        assert _IS_FOUND[fault.shown_as](world, fault), f"{fault.file}: {fault.says}"


def _in_findings(world: World, fault: Fault) -> bool:
    found = [finding for finding in world.asked.findings if finding.code == fault.code]
    samples = [sample for finding in found for sample in finding.samples]
    named = {sample[key] for sample in samples for key in ("area", "other", "name") if key in sample}
    return bool(found) and (not named or set(fault.names) <= named)


def _in_rejections(world: World, fault: Fault) -> bool:
    rows = world.rows("SELECT name FROM rejection WHERE reason = ? AND path = ?", fault.code, fault.file)
    return set(fault.names) <= {name for (name,) in rows}


def _in_flags(world: World, fault: Fault) -> bool:
    if not fault.source_ids:
        return bool(world.value("SELECT count(*) > 0 FROM flag WHERE code = ?", fault.code))
    flagged = world.rows(
        """
        SELECT r.source_id FROM source_records r JOIN flag f USING (address_id)
        WHERE f.code = ? AND r.source = ?
        """,
        fault.code,
        fault.file,
    )
    return set(fault.source_ids) <= {source_id for (source_id,) in flagged}


def _in_reviews(world: World, fault: Fault) -> bool:
    pairs = world.rows(
        """
        SELECT a.source_fid, b.source_fid FROM duplicate_review d
        JOIN source_record a ON a.record_id = d.record_id AND a.to_version IS NULL
        JOIN source_record b ON b.record_id = d.other_record_id AND b.to_version IS NULL
        WHERE d.to_version IS NULL AND d.reason = ?
        """,
        fault.code,
    )
    # The row that is listed twice may be represented by another record of its address, such as the Fabric's.
    return any(set(fault.source_ids) & set(pair) for pair in pairs)


def _is_merged(world: World, fault: Fault) -> bool:
    return len({row["address_id"] for row in _addresses(world, fault)}) == 1


def _as_expected(world: World, fault: Fault) -> bool:
    rows = _addresses(world, fault)
    return len(rows) == len(fault.source_ids) and all(
        str(row[column]).lower() == str(value).lower() for row in rows for column, value in fault.expect.items()
    )


def _at_terminal(world: World, fault: Fault) -> bool:
    rows = world.rows("SELECT orderable, not_orderable FROM addresses WHERE terminal = ?", *fault.names)
    return bool(rows) and all(not orderable and "no_port" in why for orderable, why in rows)


def _as_text(world: World, fault: Fault) -> bool:
    rows = world.rows(
        "SELECT attributes FROM source_records WHERE source = ? AND source_id = ?", fault.file, *fault.source_ids
    )
    unescaped = [row[0].replace('\\"', '"') for row in rows]
    return len(rows) == 1 and any(formula in unescaped[0] for formula in FORMULAS)


def _addresses(world: World, fault: Fault) -> list[dict[str, Any]]:
    columns = ("address_id", "class", "unit", "street_name", "serviceable")
    wanted = ", ".join(f"a.{column}" for column in columns)
    rows = world.rows(
        f"""
        SELECT {wanted} FROM source_records r JOIN addresses a USING (address_id)
        WHERE r.source = ? AND r.source_id IN (SELECT unnest(?::VARCHAR[]))
        """,
        fault.file,
        list(fault.source_ids),
    )
    return [dict(zip(columns, row, strict=True)) for row in rows]


_IS_FOUND = {
    "finding": _in_findings,
    "rejection": _in_rejections,
    "flag": _in_flags,
    "review": _in_reviews,
    "merge": _is_merged,
    "address": _as_expected,
    "terminal": _at_terminal,
    "record": _as_text,
}


def test_nothing_is_lost(world: World) -> None:
    assert all(count.conserved for count in world.done.files)
    assert sum(count.read for count in world.done.files) > ADDRESSES


def test_questions_keep_an_unanswered_plan_from_being_promoted(world: World) -> None:
    asked = {finding.code for finding in world.asked.questions}

    assert {"status_unknown", "repair_large"} <= asked


def test_answers_are_not_asked_again(world: World) -> None:
    assert not {"status_unknown", "type_unknown"} & {finding.code for finding in world.done.findings}


def test_every_row_has_the_class_that_is_true_of_it(world: World) -> None:
    found = {(source, fid): (class_, technology) for source, fid, class_, technology in _verdicts(world)}
    wrong = [
        row
        for row in csv.DictReader(world.files.truth.open())
        if found.get((row["source"], row["source_id"])) != (row["class"], row["technology"])
    ]

    assert wrong == []


def _verdicts(world: World) -> list[tuple[Any, ...]]:
    return world.rows("SELECT source, source_id, class, technology FROM source_records")


def test_only_what_can_be_sold_to_is_serviceable(world: World) -> None:
    rows = world.rows("SELECT source, source_id, serviceable FROM source_records")
    found = {(source, fid): str(serviceable).lower() for source, fid, serviceable in rows}
    sound = [row for row in csv.DictReader(world.files.truth.open()) if row["fault"] == ""]

    assert [row for row in sound if found[row["source"], row["source_id"]] != row["serviceable"]] == []


def test_the_refused_easement_holds_exactly_the_addresses_inside(world: World) -> None:
    rows = world.rows("SELECT r.source, r.source_id, a.holds FROM source_records r JOIN addresses a USING (address_id)")
    held = {(source, fid) for source, fid, holds in rows if holds == "exclusion"}
    truth = csv.DictReader(world.files.truth.open())

    assert held == {(row["source"], row["source_id"]) for row in truth if row["held"] == "true"}


def test_blank_cities_and_zips_are_filled_from_boundaries(world: World) -> None:
    unfilled = world.value("SELECT count(*) FROM addresses WHERE zip IS NULL AND lon IS NOT NULL")
    filled = world.value("SELECT count(*) FROM addresses WHERE filled LIKE '%city%'")

    assert unfilled == 0
    assert filled > 0


def test_an_ingest_of_the_same_files_changes_nothing(world: World) -> None:
    paths: list[str | Path] = [str(path) for path in world.files.inputs]

    again = Ingest(world.store, Settings()).preview(Request(paths))

    assert not again.promoted.changed
