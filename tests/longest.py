"""Which files of tests take longest: a run of several workers begins with them, so that none is left alone with one."""

from __future__ import annotations

from pathlib import PurePath

LONGEST = (
    "spatial/test_classify.py",
    "api/test_audit.py", "flow/test_hostile.py", "ui/test_desk.py", "api/test_description.py", "ui/test_areas.py",
    "ui/test_entry.py", "ui/test_map.py", "flow/test_foreign_plans.py", "api/test_front.py", "api/test_ingests.py",
    "coverage/test_phases.py", "ingest/test_promote.py", "notebook/test_notebooks.py", "ui/test_gaps.py",
    "ui/test_reference_county.py", "ui/test_sources.py", "flow/test_linear.py", "api/test_crash.py",
    "client/test_hostile_calls.py", "review/test_review.py", "coverage/test_permissions.py", "address/test_settle.py",
    "address/test_corrections.py", "coverage/test_laws.py", "ui/test_review.py", "ui/test_addresses.py",
    "ui/test_admin.py", "ui/test_exports.py", "ui/test_dashboards.py", "flow/test_kill_sales.py", "flow/test_kill.py",
    "ui/test_bulk.py", "ui/test_phases.py", "ui/test_bring_in.py", "ui/test_versions.py", "api/test_serve.py",
    "client/test_command_line.py", "coverage/test_bulk.py", "cli/test_cli_contract.py", "client/test_over_http.py",
)  # fmt: skip
"""Files below ``tests/``, longest first by the clock of a whole run with three workers; forty seconds and more each.
Before them the one that compiles what classifies large tables, which every process then finds compiled."""


def turn(file: PurePath) -> tuple[int, bool]:
    """Return when a file is begun, as a key to sort by: the longest, then other screens, then the rest."""
    name = "/".join(file.parts[-2:])
    return (LONGEST.index(name) if name in LONGEST else len(LONGEST)), file.parts[-2] != "ui"
