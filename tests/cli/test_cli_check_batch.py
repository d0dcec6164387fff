"""`fibermap check-batch` writes an answer for each line, in order, or leaves the target as it was."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.cli.commands import fibermap


def test_the_answers_stand_in_the_order_of_the_questions(db: Path, tmp_path: Path) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text('id,q\n7,"2 elk ridge road"\n8,4 Elk Ridge Rd\n9,\n', encoding="utf-8")
    said = fibermap("check-batch", str(given), str(out), "--db", db, "--json").json
    assert said["count"] == 3
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["q"] for row in rows] == ["2 elk ridge road", "4 Elk Ridge Rd", ""]
    assert [row["status"] for row in rows] == ["matched", "number_not_found", "unparsable"]
    assert [row["class"] for row in rows] == ["build", "", ""]
    assert rows[0]["source_id"]
    assert rows[0]["address_id"].isdigit()
    assert rows[0]["next_action"] == "accept"


def test_what_cannot_be_read_leaves_the_target_alone(db: Path, tmp_path: Path) -> None:
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    out.write_text("kept", encoding="utf-8")
    for content, code in ((b"address\n1 Main St\n", "field_missing"), (b"q\n\xff\xfe1\n", "encoding_unknown")):
        given.write_bytes(content)
        assert fibermap("check-batch", str(given), str(out), "--db", db).error["code"] == code
    assert fibermap("check-batch", str(tmp_path / "none.csv"), str(out), "--db", db).error["code"] == "file_missing"
    assert out.read_text(encoding="utf-8") == "kept"
    assert {path.name for path in tmp_path.iterdir() if path.suffix == ".csv"} == {"in.csv", "out.csv"}
