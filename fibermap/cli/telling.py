"""Verbs on notices: what customers are told, what a person has to see to, and sending."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from fibermap.cli.options import AsJson, AtMost, Author, Db, State, check_choice, open_plan
from fibermap.cli.output import say, show_rows

NoticeId = Annotated[int, typer.Argument(metavar="ID", help="A notice, as `notices list` prints it.")]


def send(db: Db = None, as_json: AsJson = False) -> None:
    """Send the notices that may leave now. The server does so by itself."""
    with open_plan(db) as plan:
        done = plan.notices.send()
    simulated = " (simulated: nobody receives anything)" if done.messenger == "simulated" else ""
    lines = [f"{done.sent:,} sent{simulated}, {done.put_off:,} put off, {done.to_person:,} wait for a person"]
    if done.broke_off is not None:
        lines.append(f"The round ended early: {done.broke_off}")
    say(lines, asdict(done), as_json=as_json)


def list_notices(
    state: State = None,
    after: Annotated[int, typer.Option("--after", metavar="ID", help="Go on behind this notice.")] = 0,
    limit: AtMost = 100,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """List notices, the latest first, without whom they are to."""
    from fibermap.order.notice_state import STATES

    if state is not None:
        check_choice(state, STATES, "state")
    with open_plan(db) as plan:
        show_rows(plan.notices.list(state, after=after, limit=limit), "notices", as_json=as_json)


def show(notice_id: NoticeId, db: Db = None, as_json: AsJson = False) -> None:
    """Show a notice: whom it is to, what it says, and what became of it."""
    with open_plan(db) as plan:
        _say(plan.notices.get(notice_id), as_json=as_json)


def told(notice_id: NoticeId, author: Author, db: Db = None, as_json: AsJson = False) -> None:
    """Note that you have told a customer what no message told them."""
    with open_plan(db) as plan:
        _say(plan.notices.told(notice_id, author), as_json=as_json)


def not_told(notice_id: NoticeId, db: Db = None, as_json: AsJson = False) -> None:
    """Undo that a customer counts as told."""
    with open_plan(db) as plan:
        _say(plan.notices.not_told(notice_id), as_json=as_json)


def again(notice_id: NoticeId, db: Db = None, as_json: AsJson = False) -> None:
    """Have a notice sent again that failed, or that may have arrived."""
    with open_plan(db) as plan:
        _say(plan.notices.again(notice_id), as_json=as_json)


def _say(notice: dict[str, Any], *, as_json: bool) -> None:
    simulated = " (simulated: nobody received it)" if notice["simulated"] else ""
    lines = [f"Notice {notice['notice_id']} ({notice['kind']}) is {notice['state']}{simulated}"]
    if notice["failure"] is not None:
        lines.append(f"  why: {notice['failure']}, {notice['attempts']} attempts")
    contact = notice["contact"]
    lines.append(f"  to {contact['name'] or 'somebody forgotten'}, {contact['email'] or contact['phone'] or 'no way'}")
    lines += ["", notice["text"]["subject"], "", *notice["text"]["body"].splitlines()]
    say(lines, notice, as_json=as_json)
