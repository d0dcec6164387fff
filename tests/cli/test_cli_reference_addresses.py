"""Six thousand addresses as people type them, through the command line: no silent false match, and most need nobody."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.commands import fibermap, fibermap_program
from tests.reference import reference_data

SURE = {"accept", "choose_unit"}


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[dict[str, object], dict[str, str]]]:
    """Each query with its row of the answers."""
    folder = tmp_path_factory.mktemp("reference")
    queries = [json.loads(line) for line in reference_data("address/queries.jsonl").read_text().splitlines()]
    _write_questions(folder / "in.csv", [query["q"] for query in queries])
    table, db = reference_data("address/reference.parquet"), folder / "plan.duckdb"
    assert fibermap_program("--db", db, "ingest", table, "--role", "addresses", "--yes", "--json").code == 0
    assert fibermap("--db", db, "check-batch", folder / "in.csv", folder / "out.csv", "--json").code == 0
    with (folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["q"] for row in rows] == [query["q"] for query in queries]
    return list(zip(queries, rows, strict=True))


def _write_questions(path: Path, questions: list[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["q"])
        writer.writerows([question] for question in questions)


def _is_right(query: dict[str, object], row: dict[str, str]) -> bool:
    truth = query["truth"]
    assert isinstance(truth, list)
    return row["source_id"] in map(str, truth)


def test_nothing_is_answered_that_is_not_there_or_not_meant(
    answered: list[tuple[dict[str, object], dict[str, str]]],
) -> None:
    silent = [
        (query, row)
        for query, row in answered
        if (row["next_action"] in SURE or row["class"])
        and query["expect"] != "needs_unit"
        and (query["expect"] != "match" or not _is_right(query, row))
    ]
    assert silent == []


def test_what_is_meant_is_found_and_most_of_it_needs_nobody(
    answered: list[tuple[dict[str, object], dict[str, str]]],
) -> None:
    to_match = [(query, row) for query, row in answered if query["expect"] == "match"]
    right = [row for query, row in to_match if _is_right(query, row)]
    accepted = [row for row in right if row["next_action"] == "accept"]
    assert len(right) >= 0.995 * len(to_match)
    assert len(accepted) >= 0.95 * len(to_match)
