"""Verbs on leads, pre-orders and zones: who is interested, who has signed, and how far each zone is."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from fibermap.cli.options import AsJson, Author, Db, check_choice, open_plan
from fibermap.cli.output import say, show_rows
from fibermap.order.lead import LeadState, LostReason
from fibermap.order.preorder import PreOrderState

LeadId = Annotated[int, typer.Argument(metavar="ID", help="The lead.")]
PreOrderId = Annotated[int, typer.Argument(metavar="ID", help="The pre-order.")]
Rep = Annotated[str | None, typer.Option("--rep", metavar="NAME", help="Only with this rep's credit.")]


def list_leads(
    state: Annotated[list[str] | None, typer.Option("--state", help="Only in this state; may be repeated.")] = None,
    rep: Rep = None,
    channel: Annotated[str | None, typer.Option("--channel", help="Only from this channel.")] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """List leads, without who they are of."""
    for word in state or ():
        check_choice(word, LeadState, "state of a lead")
    with open_plan(db) as plan:
        show_rows(plan.leads.list(state or (), rep=rep, channel=channel), "leads", as_json=as_json)


def show_lead(lead_id: LeadId, db: Db = None, as_json: AsJson = False) -> None:
    """Show one lead: whom it is of, what it took in, and what happened to it."""
    with open_plan(db) as plan:
        told = plan.leads.get(lead_id)
    say(_lead_lines(told), told, as_json=as_json)


def qualify(lead_id: LeadId, db: Db = None, as_json: AsJson = False) -> None:
    """Note that somebody has spoken with the customer, and that they mean it."""
    with open_plan(db) as plan:
        told = plan.leads.qualify(lead_id)
    say([f"Lead {lead_id} is {told['state']}"], told, as_json=as_json)


def lose(
    lead_id: LeadId,
    reason: Annotated[str, typer.Option("--reason", help=f"Why: {', '.join(LostReason)}.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Give a lead up, with a reason."""
    check_choice(reason, LostReason, "reason")
    with open_plan(db) as plan:
        told = plan.leads.lose(lead_id, reason)
    say([f"Lead {lead_id} is {told['state']}: {reason}"], told, as_json=as_json)


def list_preorders(
    state: Annotated[list[str] | None, typer.Option("--state", help="Only in this state; may be repeated.")] = None,
    zone: Annotated[int | None, typer.Option("--zone", metavar="ID", help="Only of this zone.")] = None,
    phase: Annotated[str | None, typer.Option("--phase", metavar="NAME", help="Only of this phase.")] = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """List pre-orders with their place in the queue, without who they are of."""
    for word in state or ():
        check_choice(word, PreOrderState, "state of a pre-order")
    with open_plan(db) as plan:
        show_rows(plan.preorders.list(state or (), zone_id=zone, phase=phase), "preorders", as_json=as_json)


def show_preorder(preorder_id: PreOrderId, db: Db = None, as_json: AsJson = False) -> None:
    """Show one pre-order: its place, whom it is of, what happened to it, and what they are to be told."""
    with open_plan(db) as plan:
        told = plan.preorders.get(preorder_id)
    place = "no place yet" if told["place"] is None else f"place {told['place']}"
    lines = [f"{told['full_address']}: {told['state']}, {place}", *_timeline(told)]
    lines += [
        f"  to be told: {notice['kind']} ({notice['state']}; not sent by this release)" for notice in told["notices"]
    ]
    say(lines, told, as_json=as_json)


def withdraw(preorder_id: PreOrderId, author: Author, db: Db = None, as_json: AsJson = False) -> None:
    """Take a pre-order back; its deposit goes back, and its lead stays."""
    with open_plan(db) as plan:
        told = plan.preorders.withdraw(preorder_id, author=author)
    say([f"Pre-order {preorder_id} is {told['state']}"], told, as_json=as_json)


def list_zones(db: Db = None, as_json: AsJson = False) -> None:
    """List the zones with how far each is."""
    with open_plan(db) as plan:
        show_rows(plan.zones.list(), "zones", as_json=as_json)


def progress(
    zone_id: Annotated[int, typer.Argument(metavar="ID", help="The zone.")], db: Db = None, as_json: AsJson = False
) -> None:
    """Say of a zone what everybody may know."""
    with open_plan(db) as plan:
        told = plan.zones.progress(zone_id)
    counted = f"fewer than {told['fewer_than']}" if told["counted"] is None else told["counted"]
    say([f"{told['name']}: {counted} of {told['goal']} {told['counts']}"], told, as_json=as_json)


def _lead_lines(told: dict[str, Any]) -> list[str]:
    contact = told["contact"]
    reached = ", ".join(each for each in (contact["name"], contact["phone"], contact["email"]) if each)
    head = f"{told['full_address']}: {told['state']}, credit of {told['rep'] or 'nobody'}"
    return [head, f"  {reached or 'forgotten'}", *_timeline(told)]


def _timeline(told: dict[str, Any]) -> list[str]:
    return [f"  {step['changed_at']}: {step['after']} ({step['why']})" for step in told["timeline"]]
