"""The demonstration: a synthetic county through everything, from its files to a map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fibermap.demo.catalogue import demo_catalogue
from fibermap.demo.files import STATUS_ANSWERS, TYPE_ANSWERS, CountyFiles, write_county
from fibermap.demo.model import Fault
from fibermap.ingest.report import IngestReport
from fibermap.plan import Plan
from fibermap.store.executor import Executor

DATABASE, MAP = "larkspur.duckdb", "map.html"

_FOUND = {
    "rejection": "SELECT count(*) FROM rejection WHERE to_version IS NULL AND reason = $code AND path = $file",
    "flag": "SELECT count(*) FROM flag WHERE code = $code",
    "review": "SELECT count(*) FROM duplicate_review WHERE to_version IS NULL AND reason = $code",
    "terminal": "SELECT count(*) FROM addresses WHERE list_contains($names, terminal) AND NOT orderable",
    "merge": "SELECT count(*) FROM source_records WHERE source = $file AND list_contains($ids, source_id)",
}
_FOUND["address"] = _FOUND["record"] = _FOUND["merge"]
"""Where a planted fault shows (``Fault.shown_as``) -> how many rows show it."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What came of it: the folder, the database and the map, the state of the database, and the planted faults."""

    folder: Path
    database: Path
    map: Path
    report: IngestReport
    changed: int
    status: dict[str, Any]
    faults: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "synthetic": True,
            "folder": str(self.folder),
            "database": str(self.database),
            "map": str(self.map),
            "report": self.report.as_json(),
            "verdicts_changed_by_classify": self.changed,
            "status": self.status,
            "faults": self.faults,
        }


def run_demo(
    folder: Path, database: Path | None, *, seed: int, addresses: int, say: Callable[[str], None]
) -> Demonstration:
    """Write the synthetic county, ingest all its files, classify, and draw the map.

    Parameters
    ----------
    folder
        Where the files and the map are written; made if it is not there.
    database
        The database; None for one in the folder.
    seed, addresses
        What county; see :func:`fibermap.demo.write_county`.
    say
        Is told each line of the story as it happens.
    """
    say(f"SYNTHETIC DATA: Larkspur County does not exist (seed {seed}, about {addresses:,} addresses).")
    files = write_county(folder, seed=seed, addresses=addresses)
    say(f"{len(files.inputs)} files written to {folder}: a plan, the map around it, and four address tables.")
    path = database or folder / DATABASE
    with Plan.open(path) as plan:
        asked, done = _ingest(plan, files, say)
        changed = plan.classify().changed
        say(f"\nEverything judged again: {changed:,} verdicts changed (a promote leaves nothing to change).")
        stated = plan.catalogue.load(demo_catalogue(), "What the operator of Larkspur County sells", "demo")
        say(f"A catalogue of {len(stated.added)} offerings, of a provider that does not exist.")
        status = plan.status()
        say("\n" + "\n".join(status.lines()))
        faults = [_trace(plan.store.sql, fault, asked) for fault in files.faults]
        _say_faults(faults, say)
        plan.map(title="Larkspur County (synthetic)").save(str(folder / MAP))
    say(f"\nThe map, which opens without a network: {folder / MAP}")
    say(f'Ask on: fibermap --db {path} check --lat 46.75 --lon -109.95, or fibermap --db {path} sql "FROM addresses"')
    return Demonstration(folder, path, folder / MAP, done, changed, status.as_json(), faults)


def _ingest(plan: Plan, files: CountyFiles, say: Callable[[str], None]) -> tuple[IngestReport, IngestReport]:
    """Return the report before anybody answered, and the one of the promote after the planner's answers."""
    asked = plan.ingest(*files.inputs, dry_run=True, author="demo")
    say("\nThe dry run, before anybody answered:")
    say("\n".join(asked.lines()))
    for word, answer in {**STATUS_ANSWERS, **TYPE_ANSWERS}.items():
        say(f"  answered: {word!r} is {answer}")
    done = asked.answer(STATUS_ANSWERS, TYPE_ANSWERS).promote(yes=True)
    say("\nPromoted, with yes to what was left:")
    say("\n".join(done.lines()))
    return asked, done


def _trace(sql: Executor, fault: Fault, report: IngestReport) -> dict[str, Any]:
    """Return a planted fault with the number of places where it shows."""
    if fault.shown_as == "finding":
        found = sum(finding.count for finding in report.findings if finding.code == fault.code)
    else:
        values = {"code": fault.code, "file": fault.file, "names": list(fault.names), "ids": list(fault.source_ids)}
        statement = _FOUND[fault.shown_as]
        bound = {name: value for name, value in values.items() if f"${name}" in statement}
        found = int(sql.value("demo.fault", statement, bound))
    return {"code": fault.code, "file": fault.file, "says": fault.says, "shown_as": fault.shown_as, "found": found}


def _say_faults(faults: list[dict[str, Any]], say: Callable[[str], None]) -> None:
    say(f"\n{len(faults)} faults were planted in the files; what became of them:")
    for fault in faults:
        mark = "found" if fault["found"] else "MISSED"
        say(f"  {mark:<6} {fault['code']} ({fault['shown_as']}, {fault['found']:,}): {fault['says']}")
