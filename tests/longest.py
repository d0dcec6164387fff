"""Which files of tests take longest: a run of several workers begins with them, so that none is left alone with one."""

from __future__ import annotations

from pathlib import PurePath

LONGEST = (
    "api/test_description.py", "ui/test_map.py", "flow/test_hostile.py", "notebook/test_notebooks.py",
    "order/test_consequences.py", "ui/test_desk.py", "ui/test_areas.py", "api/test_audit.py", "coverage/test_phases.py",
    "report/test_screen.py", "api/test_ingests.py", "ui/test_admin.py", "review/test_review.py", "ui/test_portal.py",
    "client/test_command_line.py", "api/test_areas.py", "api/test_front.py", "order/test_sales_laws.py",
    "ui/test_bring_in.py", "flow/test_foreign_plans.py", "coverage/test_orderable.py", "api/test_serve.py",
    "ui/test_phases.py", "address/test_settle.py", "ui/test_shell.py", "coverage/test_permissions.py",
    "api/test_permissions.py", "cli/test_cli_correcting.py", "serving/test_answer.py", "ingest/test_promote.py",
    "ui/test_card.py", "client/test_over_http.py", "money/test_kill.py", "flow/test_kill_sales.py", "flow/test_kill.py",
)  # fmt: skip
"""Files below ``tests/``, longest first by processor time; half a minute and more each."""


def turn(file: PurePath) -> tuple[int, bool]:
    """Return when a file is begun, as a key to sort by: the longest, then other screens, then the rest."""
    name = "/".join(file.parts[-2:])
    return (LONGEST.index(name) if name in LONGEST else len(LONGEST)), file.parts[-2] != "ui"
