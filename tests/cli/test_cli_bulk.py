"""Many addresses changed by the command line, after a yes to how many."""

from __future__ import annotations

from pathlib import Path

from tests.cli.commands import fibermap

BY = ("--reason", "Preliminary plat", "--author", "Ann")


def count(db: Path, condition: str) -> int:
    ran = fibermap("sql", f"SELECT count(*) AS n FROM addresses WHERE {condition}", "--db", db, "--json")
    return int(ran.json["rows"][0]["n"])


def test_a_selection_is_counted_confirmed_changed_and_taken_back(db: Path) -> None:
    wish = ("bulk", "--where", "class=build", "--kind", "business", "--phase", "9", "--flag", *BY, "--db", db)

    asked = fibermap(*wish, "--json")
    assert (asked.code, asked.error["code"]) == (3, "needs_yes")
    assert asked.error["changes"]["phase"] == {"none -> 9": 3}
    assert count(db, "phase = '9'") == 0

    done = fibermap(*wish, "--yes")
    assert done.out.startswith("3 addresses changed with plan version 2")
    assert count(db, "phase = '9' AND kind = 'business' AND flags = 'marked' AND class = 'build'") == 3
    fibermap("undo", "--db", db)
    assert count(db, "phase = '9' OR kind = 'business' OR flags = 'marked'") == 0


def test_a_list_names_them_and_says_which_rows_name_none(db: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("address\n2 Elk Ridge Rd 59741\n4 Elk Ridge Rd 59741\n", encoding="utf-8")

    ran = fibermap("bulk", "--list", listed, "--hold", "unsafe", "--yes", *BY, "--db", db)

    assert "1 of 2 rows name no address" in ran.err
    assert "row 3: 4 Elk Ridge Rd 59741: Number not found." in ran.err
    assert count(db, "holds = 'unsafe'") == 1


def test_what_cannot_be_meant_is_refused(db: Path, tmp_path: Path) -> None:
    for more in (
        ("--where", "build"),
        ("--where", "colour=red"),
        ("--list", tmp_path / "none.csv"),
        ("--hold", "rain"),
    ):
        assert fibermap("bulk", *more, "--flag", *BY, "--db", db).code == 1
    assert fibermap("bulk", "--where", "class=build", *BY, "--db", db).error["code"] == "argument_invalid"
