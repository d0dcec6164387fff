"""The verbs, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from fibermap.cli import (
    admitting,
    auditing,
    begun,
    bulk,
    correcting,
    deciding,
    demo,
    drawing,
    exporting,
    ingest,
    keeping,
    leading,
    looking_after,
    money,
    ordering,
    permitting,
    phases,
    questions,
    reporting,
    reviewing,
    ruling,
    selling,
    serving,
    sources,
    telling,
)

app = typer.Typer(
    name="fibermap",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

BRING, ASK, DECIDE, KEEP, SERVE = "Bring in", "Ask", "Decide", "Keep and hand on", "Serve"


def _group(name: str, about: str, panel: str = DECIDE) -> typer.Typer:
    """Return a new verb that has verbs of its own."""
    verbs = typer.Typer(rich_markup_mode="rich")
    app.add_typer(verbs, name=name, help=about, rich_help_panel=panel)
    return verbs


app.command("ingest", rich_help_panel=BRING)(ingest.ingest)
app.command("undo", rich_help_panel=BRING)(deciding.undo)
app.command("classify", rich_help_panel=BRING)(deciding.classify)
app.command("demo", rich_help_panel=BRING)(demo.demo)

app.command("status", rich_help_panel=ASK)(questions.status)
app.command("check", rich_help_panel=ASK)(questions.check)
app.command("check-batch", rich_help_panel=ASK)(questions.check_batch)
app.command("explain", rich_help_panel=ASK)(questions.explain)
app.command("gaps", rich_help_panel=ASK)(questions.gaps)
app.command("report", rich_help_panel=ASK)(reporting.report)
app.command("whatif", rich_help_panel=ASK)(drawing.whatif)
app.command("versions", rich_help_panel=ASK)(questions.versions)
app.command("compare", rich_help_panel=ASK)(questions.compare)
app.command("sql", rich_help_panel=ASK)(questions.sql)
app.command("replay", rich_help_panel=ASK)(questions.replay)

orders = _group("orders", "Orders: what customers have ordered, what it still needs, and what is stuck.")
orders.command("list")(ordering.list_orders)
orders.command("show")(ordering.show)
orders.command("place")(ordering.place)
orders.command("cancel")(ordering.cancel)
orders.command("hold")(ordering.hold)
orders.command("release")(ordering.release)
orders.command("complete")(ordering.complete)
orders.command("fail")(ordering.fail)
orders.command("pay")(ordering.pay)
orders.command("agree-price")(ordering.agree_price)
orders.command("change")(ordering.change)
orders.command("move")(ordering.move)
orders.command("transfer")(ordering.transfer)
orders.command("end")(ordering.end)
orders.command("capacity")(ordering.capacity)
orders.command("fallout")(ordering.fallout)

app.command("bulk", rich_help_panel=DECIDE)(bulk.bulk)
app.command("hold", rich_help_panel=DECIDE)(deciding.hold)
app.command("release", rich_help_panel=DECIDE)(deciding.release)
app.command("permit", rich_help_panel=DECIDE)(permitting.permit)
app.command("connectivity", rich_help_panel=DECIDE)(deciding.connectivity)

address = _group("address", "Correct addresses: what a person knows better than the sources.")
address.command("add")(correcting.add)
address.command("lots")(correcting.lots)
address.command("confirm")(correcting.confirm)
address.command("move")(correcting.move)
address.command("retype")(correcting.retype)
address.command("units")(correcting.units)
address.command("split")(correcting.split)
address.command("retire")(correcting.retire)
address.command("merge")(correcting.merge)
address.command("keep-apart")(correcting.keep_apart)
address.command("disagreements")(correcting.disagreements)
address.command("keep")(correcting.keep)
address.command("withdraw")(correcting.withdraw)

area = _group("area", "Draw coverage areas, and say what they are, whatever their source says.")
area.command("set")(deciding.set_area)
area.command("draw")(drawing.draw)
area.command("edit")(drawing.edit)
area.command("split")(drawing.split)
area.command("merge")(drawing.merge)
area.command("retire")(drawing.retire)

phase = _group("phase", "Phases: how far each is, opened whole or in part, and given another date.")
phase.command("list")(phases.list_phases)
phase.command("show")(phases.show_phase)
phase.command("open")(phases.open_)
phase.command("slip")(phases.slip)
phase.command("due")(phases.due)
phase.command("recallable")(phases.recallable)

review = _group("review", "What only a person can settle: queues, evidence, decisions.")
review.command("queues")(reviewing.queues)
review.command("list")(reviewing.list_items)
review.command("show")(reviewing.show)
review.command("decide")(reviewing.decide)
review.command("undo")(reviewing.undo)
review.command("log")(reviewing.log)
review.command("assign")(reviewing.assign)

leads = _group("leads", "Interest in service: who is interested, at which address, and what became of it.")
leads.command("list")(leading.list_leads)
leads.command("show")(leading.show_lead)
leads.command("capture")(leading.capture)
leads.command("qualify")(leading.qualify)
leads.command("lose")(leading.lose)

preorders = _group("preorders", "Pre-orders: who has signed for what is still to be built, and in which place.")
preorders.command("list")(leading.list_preorders)
preorders.command("show")(leading.show_preorder)
preorders.command("take")(leading.take_preorder)
preorders.command("pay")(leading.pay_preorder)
preorders.command("withdraw")(leading.withdraw)

drafts = _group("drafts", "Orders that were begun and not finished: which there are, and dropped.")
drafts.command("list")(begun.list_drafts)
drafts.command("drop")(begun.drop)

notices = _group("notices", "What customers are told: on its way, sent, and what a person has to see to.")
notices.command("list")(telling.list_notices)
notices.command("show")(telling.show)
notices.command("send")(telling.send)
notices.command("told")(telling.told)
notices.command("not-told")(telling.not_told)
notices.command("again")(telling.again)

zones = _group("zones", "Zones in which people are asked to commit, and how far each is.")
zones.command("list")(leading.list_zones)
zones.command("show")(leading.show_zone)
zones.command("progress")(leading.progress)
zones.command("open")(leading.open_zone)
zones.command("change")(leading.change_zone)
zones.command("close")(leading.close_zone)

money_verbs = _group("money", "Deposits and refunds, and the ledger that holds them.")
money_verbs.command("balances")(money.balances)
money_verbs.command("ledger")(money.ledger)
money_verbs.command("refunds")(money.refunds)
money_verbs.command("refund")(money.refund)
money_verbs.command("close")(money.close)
money_verbs.command("settle")(money.settle)

offers = _group("offers", "What is sold and where: the catalogue, its labels, and the offers of an address.")
offers.command("list")(selling.list_offers)
offers.command("show")(selling.show_offer)
offers.command("label")(selling.show_label)
offers.command("at")(selling.offers_at)
offers.command("load")(selling.load)
offers.command("retire")(selling.retire)
offers.command("export")(selling.export)

rule = _group("rule", "Distance rules, which cover what lies near a network without areas.")
rule.command("list")(ruling.list_rules)
rule.command("set")(ruling.set_rule)
rule.command("withdraw")(ruling.withdraw_rule)

source = _group("source", "Saved sources: what comes again and again, pulled on a schedule.", BRING)
source.command("add")(sources.add_source)
source.command("list")(sources.list_sources)
source.command("pull")(sources.pull_source)
source.command("remove")(sources.remove_source)

settings = _group("settings", "The settings that verdicts depend on.")
settings.command("list")(ruling.list_settings)
settings.command("set")(ruling.set_settings)

app.command("serve", rich_help_panel=SERVE)(serving.serve)

keys = _group("keys", "API keys: which programs may ask the server.", SERVE)
keys.command("create")(admitting.create_key)
keys.command("list")(admitting.list_keys)
keys.command("revoke")(admitting.revoke_key)

users = _group("users", "People who may log in to the server.", SERVE)
users.command("add")(admitting.add_user)
users.command("invite")(admitting.invite_user)
users.command("list")(admitting.list_users)
users.command("disable")(admitting.disable_user)
users.command("password")(admitting.set_password)
users.command("link")(admitting.sign_in_link)
users.command("roles")(admitting.set_roles)
users.command("enable")(admitting.enable_user)
users.command("reset")(admitting.reset_user)
users.command("sign-out")(admitting.end_sessions)

app.command("export", rich_help_panel=KEEP)(exporting.export)

mail = _group("mail", "Who gets no mail.", KEEP)
mail.command("opt-out")(exporting.opt_out)
mail.command("opt-in")(exporting.opt_in)
mail.command("list")(exporting.list_opt_outs)

app.command("map", rich_help_panel=KEEP)(keeping.draw)
app.command("snapshot", rich_help_panel=KEEP)(keeping.snapshot)
app.command("backup", rich_help_panel=KEEP)(keeping.backup)
backups = _group("backups", "Backups that are kept beside the database.", KEEP)
backups.command("list")(looking_after.list_backups)
backups.command("make")(looking_after.make_backup)
backups.command("verify")(looking_after.verify_backup)

events = _group("events", "Who receives events, and what was given up.", KEEP)
events.command("subscribers")(looking_after.subscribers)
events.command("parked")(looking_after.parked)
events.command("retry")(looking_after.retry)

app.command("restore", rich_help_panel=KEEP)(keeping.restore)
app.command("audit", rich_help_panel=KEEP)(auditing.audit)
app.command("doctor", rich_help_panel=KEEP)(keeping.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        from fibermap import __version__

        typer.echo(f"fibermap {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Know for every address whether fiber can be sold there: build, pre-build or out-of-coverage, and why.

    Every verb takes --db FILE (or FIBERMAP_DB) and --json, before the verb or after it.

    Exit codes: 0 done; 1 refused or failed, with the error as JSON on standard error; 3 a finding needs a yes.
    """
