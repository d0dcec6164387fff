"""Verbs on orders: looked at, held, released, cancelled, carried out; and what is stuck."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from fibermap.cli.options import AddOn, AsJson, AtMost, Author, Channel, Db, DraftId, State, check_choice, open_plan
from fibermap.cli.output import say, show_rows
from fibermap.kernel.errors import Code, InputRefused

OfferId = Annotated[int, typer.Option("--offer", metavar="ID", help="An offer, as `offers at` prints it.")]
NoAddOns = Annotated[bool, typer.Option("--no-add-ons", help="Nothing goes with it; else what they have does.")]
Why = Annotated[str, typer.Option("--reason", metavar="CODE", help="Why, in a word of your own.")]
OrderId = Annotated[int, typer.Argument(metavar="ID", help="An order, as `orders list` prints it.")]


def list_orders(
    state: State = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only those that wait for a port.")] = False,
    after: Annotated[int | None, typer.Option("--after", metavar="ID", help="Go on behind this order.")] = None,
    limit: AtMost = 100,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """List orders by id, without who they are of."""
    from fibermap.order.order_state import OrderState

    if state is not None:
        check_choice(state, OrderState, "state")
    with open_plan(db) as plan:
        found = plan.orders.list(state, waiting=True if waiting else None, after=after, limit=limit)
    show_rows(found, "orders", as_json=as_json)


def show(order_id: OrderId, db: Db = None, as_json: AsJson = False) -> None:
    """Show an order: where it stands, what it still needs, and what happened to it."""
    with open_plan(db) as plan:
        _say(plan.orders.get(order_id), as_json=as_json)


def place(
    address_id: Annotated[int, typer.Argument(metavar="ADDRESS_ID", help="The address, as `check` prints it.")],
    offer_id: Annotated[int, typer.Argument(metavar="OFFER_ID", help="An offer, as `offers at` prints it.")],
    name: Annotated[str, typer.Option("--name", help="Who orders.")],
    phone: Annotated[str | None, typer.Option("--phone", help="How they are reached.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="How they are reached.")] = None,
    channel: Channel = "csr",
    consent: Annotated[
        str | None, typer.Option("--consent", metavar="WORDS", help="What they agree to, now, in the words they heard.")
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", metavar="TOKEN", help="The gateway's token; never a card number.")
    ] = None,
    add_on: AddOn = None,
    draft: DraftId = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Order an offer for a customer, where it is sold today."""
    with open_plan(db) as plan:
        placed = plan.orders.place(
            address_id, offer_id, name=name, phone=phone, email=email, channel=channel, payment_token=token,
            consent_at=None if consent is None else datetime.now(UTC), wording=consent, add_on_ids=add_on or (),
            draft_id=draft,
        )  # fmt: skip
        _say(plan.orders.get(placed.order_id), as_json=as_json)


def cancel(
    order_id: OrderId,
    reason: Annotated[str, typer.Option("--reason", metavar="CODE", help="Why, in a word: price, moved ...")],
    author: Author,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """End an order before its service begins; its port goes to the next in line, its deposit back."""
    with open_plan(db) as plan:
        _say(plan.orders.cancel(order_id, reason, author), as_json=as_json)


def hold(order_id: OrderId, db: Db = None, as_json: AsJson = False) -> None:
    """Stop an order until it is released."""
    with open_plan(db) as plan:
        _say(plan.orders.hold(order_id), as_json=as_json)


def release(order_id: OrderId, db: Db = None, as_json: AsJson = False) -> None:
    """Let an order go on that a person has stopped."""
    with open_plan(db) as plan:
        _say(plan.orders.release(order_id), as_json=as_json)


def complete(order_id: OrderId, db: Db = None, as_json: AsJson = False) -> None:
    """Note that an order is carried out; refused while anything that it needs is open."""
    with open_plan(db) as plan:
        _say(plan.orders.complete(order_id), as_json=as_json)


def fail(order_id: OrderId, reason: Why, db: Db = None, as_json: AsJson = False) -> None:
    """Note that an order came to nothing on site; its port goes to the next in line."""
    with open_plan(db) as plan:
        _say(plan.orders.fail(order_id, reason), as_json=as_json)


def pay(
    order_id: OrderId,
    token: Annotated[str, typer.Option("--token", metavar="TOKEN", help="The gateway's token; never a card number.")],
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say what an order is paid with; nothing is charged by that."""
    with open_plan(db) as plan:
        _say(plan.orders.pay_with(order_id, token), as_json=as_json)


def agree_price(order_id: OrderId, db: Db = None, as_json: AsJson = False) -> None:
    """Agree on the price of today, where the one that was promised has lapsed."""
    with open_plan(db) as plan:
        _say(plan.orders.agree_price(order_id), as_json=as_json)


def change(
    order_id: OrderId,
    offer: OfferId,
    channel: Channel = "csr",
    add_on: AddOn = None,
    no_add_ons: NoAddOns = False,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Put another offer, or other add-ons, in the place of an order's; where its service runs, by an order of its own.

    Its offer again keeps the plan. Without --add-on and --no-add-ons the customer keeps what they have.
    """
    with open_plan(db) as plan:
        changed = plan.orders.change(order_id, offer, channel=channel, add_on_ids=_add_ons(add_on, no_add_ons))
        _say(changed, as_json=as_json)


def move(
    order_id: OrderId,
    address_id: Annotated[int, typer.Option("--to", metavar="ADDRESS_ID", help="Where to, as `check` prints it.")],
    offer: OfferId,
    channel: Channel = "csr",
    add_on: AddOn = None,
    no_add_ons: NoAddOns = False,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Order for the customer of a service at another address; completing that ends the service where it was."""
    with open_plan(db) as plan:
        add_on_ids = _add_ons(add_on, no_add_ons)
        moved = plan.orders.move(order_id, address_id, offer, channel=channel, add_on_ids=add_on_ids)
        _say(plan.orders.get(moved.order_id), as_json=as_json)


def transfer(
    order_id: OrderId,
    offer: OfferId,
    name: Annotated[str, typer.Option("--name", help="Who follows.")],
    phone: Annotated[str | None, typer.Option("--phone", help="How they are reached.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="How they are reached.")] = None,
    channel: Channel = "csr",
    consent: Annotated[
        str | None, typer.Option("--consent", metavar="WORDS", help="What they agree to, now, in the words they heard.")
    ] = None,
    add_on: AddOn = None,
    no_add_ons: NoAddOns = False,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Order for another customer where a service runs; it goes forward once that service has ended."""
    with open_plan(db) as plan:
        placed = plan.orders.transfer(
            order_id, offer, name=name, phone=phone, email=email, channel=channel,
            consent_at=None if consent is None else datetime.now(UTC), wording=consent,
            add_on_ids=_add_ons(add_on, no_add_ons),
        )  # fmt: skip
        _say(plan.orders.get(placed.order_id), as_json=as_json)


def end(order_id: OrderId, reason: Why, db: Db = None, as_json: AsJson = False) -> None:
    """Order the end of a service that runs; completing that order frees its port."""
    with open_plan(db) as plan:
        _say(plan.orders.end(order_id, reason), as_json=as_json)


def capacity(
    technology: Annotated[str, typer.Argument(metavar="TECHNOLOGY", help="fiber or fixed_wireless.")],
    weekly: Annotated[int | None, typer.Option("--weekly", min=1, help="Orders a week; without it any number.")] = None,
    zone: Annotated[int, typer.Option("--zone", metavar="ID", help="In this zone; without it everywhere else.")] = 0,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say how many pre-orders are released a week once they are live."""
    from fibermap.coverage.model import Technology

    check_choice(technology, Technology, "technology")
    with open_plan(db) as plan:
        plan.orders.set_capacity(technology, weekly, zone)
    value = {"technology": technology, "zone_id": zone, "weekly": weekly}
    say([f"{technology}: {'any number' if weekly is None else f'{weekly:,}'} a week"], value, as_json=as_json)


def fallout(db: Db = None, as_json: AsJson = False) -> None:
    """List what is stuck and goes on only if somebody does something, each with what to do next."""
    with open_plan(db) as plan:
        show_rows(plan.orders.fallout(), "fallout", as_json=as_json)


def _add_ons(named: list[int] | None, none: bool) -> list[int] | None:
    if named and none:
        raise InputRefused(
            Code.ARGUMENT_INVALID, "--add-on and --no-add-ons say different things.", hint="Give one of them."
        )
    return [] if none else named or None


def _say(order: dict[str, Any], *, as_json: bool) -> None:
    lines = [f"Order {order['order_id']} ({order['kind']}) is {order['state']}"]
    sold = [line["name"] for line in order["price"].get("lines", ()) if line["charge"] == "monthly"]
    lines += [f"  {name}" for name in dict.fromkeys(sold)]
    if order["account_number"]:
        lines.append(f"  account {order['account_number']}")
    if order["held_why"]:
        lines.append(f"  held: {order['held_why']}")
    if order["port"]:
        lines.append(f"  port {order['port']['port']} of terminal {order['port']['terminal_id']}")
    if order["place_in_line"]:
        lines.append(f"  number {order['place_in_line']} in line for a port")
    for each in order["prerequisites"]:
        said = f": {each['why']} {each['next_step']}" if each["why"] else ""
        lines.append(f"  {each['state']:<12} {each['label']}{said}")
    say(lines, order, as_json=as_json)
