"""Verbs on leads, pre-orders and zones: who is interested, who has signed, and how far each zone is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from fibermap.cli.options import AddOn, AsJson, Author, Channel, Db, DraftId, check_choice, open_plan
from fibermap.cli.output import say, show_rows
from fibermap.kernel.errors import Code, InputRefused
from fibermap.order.lead import LeadState, LostReason
from fibermap.order.preorder import PreOrderState

LeadId = Annotated[int, typer.Argument(metavar="ID", help="The lead.")]
PreOrderId = Annotated[int, typer.Argument(metavar="ID", help="The pre-order.")]
ZoneId = Annotated[int, typer.Argument(metavar="ID", help="The zone.")]
Rep = Annotated[str | None, typer.Option("--rep", metavar="NAME", help="Only with this rep's credit.")]
SpokeWith = Annotated[str | None, typer.Option("--rep", metavar="NAME", help="Who spoke with them.")]
Name = Annotated[str, typer.Option("--name", help="Of the person or the firm.")]
Phone = Annotated[str | None, typer.Option("--phone", help="How they are reached.")]
Email = Annotated[str | None, typer.Option("--email", help="How they are reached.")]
Agreed = Annotated[
    str | None, typer.Option("--consent", metavar="WORDS", help="What they agree to, now, in the words they heard.")
]
Token = Annotated[
    str | None, typer.Option("--token", metavar="TOKEN", help="The gateway's token; never a card number.")
]
Deadline = Annotated[str | None, typer.Option("--deadline", metavar="DATE", help="Until when people are asked.")]
Priority = Annotated[int | None, typer.Option("--priority", help="Where zones overlap the smallest comes first.")]
Areas = Annotated[list[int] | None, typer.Option("--area", metavar="ID", help="A coverage area; may be repeated.")]
Goal = Annotated[float | None, typer.Option("--goal", help="So many households, or with --share up to 1.")]


def capture(
    where: Annotated[str, typer.Argument(metavar="ADDRESS", help="The address as typed, or its id.")],
    name: Name,
    phone: Phone = None,
    email: Email = None,
    channel: Channel = "csr",
    consent: Agreed = None,
    technology: Annotated[str | None, typer.Option("--technology", help="Wanted; without it any.")] = None,
    rep: SpokeWith = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Keep interest at an address; the household's open lead takes it in where there is one."""
    with open_plan(db) as plan:
        told = plan.leads.capture(
            _where(where), name=name, phone=phone, email=email, channel=channel, technology=technology, rep=rep,
            **_agreed(consent),
        )  # fmt: skip
    merged = "taken in by the household's lead" if told["merged"] else "kept"
    lines = [f"Lead {told['lead_id']} at {told['full_address']}: {merged}; next: {told['next_step']}"]
    say(lines, told, as_json=as_json)


def take_preorder(
    offer_id: Annotated[int, typer.Argument(metavar="OFFER_ID", help="An offer, as `offers at` prints it.")],
    lead: Annotated[int | None, typer.Option("--lead", metavar="ID", help="Whose word it is; or an address.")] = None,
    where: Annotated[str | None, typer.Option("--address", help="As typed, or its id; with who signs.")] = None,
    name: Annotated[str, typer.Option("--name", help="Who signs.")] = "",
    phone: Phone = None,
    email: Email = None,
    channel: Channel = "csr",
    consent: Agreed = None,
    token: Token = None,
    rep: SpokeWith = None,
    add_on: AddOn = None,
    draft: DraftId = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Take a household's word, signed now, for an offer where its technology is planned."""
    with open_plan(db) as plan:
        told = plan.preorders.take(
            offer_id, terms_accepted_at=datetime.now(UTC), channel=channel, lead_id=lead, payment_token=token, rep=rep,
            where=None if where is None else _where(where), name=name, phone=phone, email=email,
            add_on_ids=add_on or (), draft_id=draft, **_agreed(consent),
        )  # fmt: skip
    say(_stands(told), told, as_json=as_json)


def pay_preorder(
    preorder_id: PreOrderId,
    token: Annotated[str, typer.Option("--token", metavar="TOKEN", help="The gateway's token; never a card number.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Pay the deposit of a pre-order; it then has its place."""
    with open_plan(db) as plan:
        told = plan.preorders.pay(preorder_id, token)
    say(_stands(told), told, as_json=as_json)


def open_zone(
    code: Annotated[str, typer.Argument(metavar="CODE", help="What the house calls it; it stays.")],
    public_name: Annotated[str, typer.Argument(metavar="NAME", help="What everybody reads.")],
    goal: Annotated[float, typer.Option("--goal", help="So many households, or with --share up to 1.")],
    area: Areas = None,
    share: Annotated[bool, typer.Option("--share", help="The goal is a share of the units sold to.")] = False,
    priority: Annotated[int, typer.Option("--priority", help="Where zones overlap the smallest comes first.")] = 100,
    with_deposit: Annotated[bool, typer.Option("--with-deposit", help="Only those count that paid one.")] = False,
    deadline: Deadline = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Open a zone over coverage areas, in which people are asked to commit."""
    with open_plan(db) as plan:
        told = plan.zones.open(
            code, public_name, area or [], goal_kind="share" if share else "count", goal_value=goal,
            with_deposit=with_deposit, deadline=_day(deadline), priority=priority,
        )  # fmt: skip
    say(_zone_lines(told), told, as_json=as_json)


def change_zone(
    zone_id: ZoneId,
    public_name: Annotated[str | None, typer.Option("--name", help="What everybody reads.")] = None,
    goal: Goal = None,
    area: Areas = None,
    priority: Priority = None,
    deadline: Deadline = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Give a zone other values; what is not named stays, and so does its code."""
    named = {
        "public_name": public_name, "goal_value": goal, "area_ids": area, "priority": priority,
        "deadline": _day(deadline),
    }  # fmt: skip
    changes = {name: value for name, value in named.items() if value not in (None, [])}
    if not changes:
        raise InputRefused(Code.ARGUMENT_INVALID, "Nothing is to be changed.", hint="Name what is: --goal, --name ...")
    with open_plan(db) as plan:
        told = plan.zones.change(zone_id, **changes)
    say(_zone_lines(told), told, as_json=as_json)


def close_zone(zone_id: ZoneId, db: Db = None, as_json: AsJson = False) -> None:
    """Stop asking people in a zone; what was counted stays."""
    with open_plan(db) as plan:
        told = plan.zones.close(zone_id)
    say(_zone_lines(told), told, as_json=as_json)


def show_zone(zone_id: ZoneId, db: Db = None, as_json: AsJson = False) -> None:
    """Show a zone with how far it is, for whoever looks after it."""
    with open_plan(db) as plan:
        told = plan.zones.get(zone_id)
    say(_zone_lines(told), told, as_json=as_json)


def _where(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def _agreed(wording: str | None) -> dict[str, Any]:
    return {} if wording is None else {"consent_at": datetime.now(UTC), "wording": wording}


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"--deadline cannot be read: {text!r}.", hint="Like 2027-06-30."
        ) from error


def _stands(told: dict[str, Any]) -> list[str]:
    place = "no place until its deposit is paid" if told["place"] is None else f"place {told['place']}"
    return [f"Pre-order {told['preorder_id']} is {told['state']}, {place}"]


def _zone_lines(told: dict[str, Any]) -> list[str]:
    far = told["progress"]
    return [f"Zone {told['zone_id']} ({told['code']}) is {told['state']}: {far['counted']} of {far['goal']} households"]


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
    lines = [f"{told['full_address']}: {told['state']}, {place}, account {told['account_number']}", *_timeline(told)]
    lines += [f"  to be told: {notice['kind']} ({notice['state']})" for notice in told["notices"]]
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


def progress(zone_id: ZoneId, db: Db = None, as_json: AsJson = False) -> None:
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
