"""What an action would lead to, told before it is done: it is done, what it wrote is read, and all of it is given up.

There is no second set of rules: a sentence is told only of a row that the transaction itself has written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from fibermap.money.amount import Money
from fibermap.money.simulated_gateway import SimulatedGateway
from fibermap.order.consequence_lines import Consequence, Lines, tell_lines
from fibermap.order.notice_state import WORKLIST
from fibermap.store import Executor, UnitOfWork

T = TypeVar("T")
NOTHING = Consequence("nothing", "Nothing changes.")

_LINES = """
    SELECT subject, subject_id, before, after, why, detail FROM sale_change WHERE changed_at = $now
    ORDER BY rowid OFFSET $known
"""
_KNOWN = "SELECT count(*) FROM sale_change WHERE changed_at = ?"
_ORDERS = """
    SELECT o.order_id, o.kind, o.previous_order_id, o.price, f.name AS offer, a.full_address,
           (SELECT list(name) FROM offering WHERE code IN (SELECT unnest((f.terms->'$.parts')::VARCHAR[]))) AS inside
    FROM customer_order o LEFT JOIN offering f USING (offer_id)
    LEFT JOIN address a ON a.address_id = o.address_id AND a.to_version IS NULL
    WHERE o.order_id IN (SELECT unnest($ids::BIGINT[]))
"""
_PREORDERS = """
    SELECT commitment_id, price, f.name AS offer FROM commitment LEFT JOIN offering f USING (offer_id)
    WHERE commitment_id IN (SELECT unnest($ids::BIGINT[]))
"""
_PORTS = """
    SELECT r.order_id, r.terminal_id, r.port, r.installed_at IS NOT NULL AS installed,
           'port ' || r.port || ' of ' || coalesce(f.name, 'terminal ' || r.terminal_id) AS called
    FROM port_reservation r LEFT JOIN plan_feature f ON f.feature_id = r.terminal_id AND f.to_version IS NULL
    WHERE r.order_id IN (SELECT unnest($ids::BIGINT[])) ORDER BY r.order_id
"""
_HOLDER = "SELECT order_id FROM port_reservation WHERE terminal_id = ? AND port = ?"
_IN_LINE = """
    SELECT order_id, place FROM (
        SELECT order_id, row_number() OVER (PARTITION BY terminal_id ORDER BY since, order_id) AS place
        FROM waiting_list)
    WHERE order_id IN (SELECT unnest($ids::BIGINT[])) ORDER BY order_id
"""
_PAYMENTS = (
    "SELECT payment_id, amount, currency, gateway, token IS NULL AS at_page FROM payment WHERE intended_at = $now"
)
_REFUNDS = "SELECT refund_id, amount, currency FROM refund WHERE intended_at = $now"
_NOTICES = "SELECT notice_id, state FROM notice WHERE changed_at = $now"
_CONTACTS = "SELECT contact_id, name = '' AS gone FROM contact WHERE changed_at = $now"
_DRAFTS = "SELECT draft_id, state FROM sale_draft WHERE changed_at = $now AND state <> 'open'"
_CONSENTS = "SELECT consent_id FROM consent WHERE withdrawn_at = $now"


def weighed(uow: UnitOfWork, before: Executor, work: Callable[[UnitOfWork], T]) -> tuple[list[Consequence], T]:
    """Do some work, tell what it leads to, and give it up: nothing of it is left.

    Parameters
    ----------
    before
        Reads what is committed, and so what was there before.

    Returns
    -------
    tuple
        The consequences in the order in which they come about, and what the work returned.
    """
    known = int(uow.sql.value("consequence.known", _KNOWN, [uow.at_utc]))
    result = work(uow)
    told = consequences(uow, before, known)
    uow.rollback()
    return told, result


def consequences(uow: UnitOfWork, before: Executor, known: int) -> list[Consequence]:
    """Tell what a unit of work has written; ``known`` lines of its moment were in the history when it began."""
    rows = uow.sql.records("consequence.lines", _LINES, {"now": uow.at_utc, "known": known})
    lines = Lines.of(rows, lambda ids: _by_id(uow, _ORDERS, ids), lambda ids: _by_id(uow, _PREORDERS, ids))
    sides = _Sides(before, uow)
    told = [
        *tell_lines(uow, lines),
        *_ports(sides, lines),
        *_line(sides, lines),
        *_money(sides),
        *_begun(sides),
        *_people(sides),
    ]
    return told or [NOTHING]


def _by_id(uow: UnitOfWork, statement: str, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    rows = uow.sql.records("consequence.of", statement, {"ids": list(ids)})
    return {next(iter(row.values())): row for row in rows}


@dataclass(frozen=True, slots=True)
class _Sides:
    """The same questions before and after."""

    before: Executor
    uow: UnitOfWork

    def ask(self, statement: str, **given: Any) -> tuple[dict[int, dict[str, Any]], dict[int, dict[str, Any]]]:
        """Return rows by their first column, as they were and as they are."""
        was, now = (
            {next(iter(row.values())): row for row in sql.records("consequence.side", statement, given)}
            for sql in (self.before, self.uow.sql)
        )
        return was, now

    def new(self, statement: str, **given: Any) -> list[dict[str, Any]]:
        """Return the rows that are, and were not so."""
        was, now = self.ask(statement, **given)
        return [row for key, row in now.items() if was.get(key) != row]


def _ports(sides: _Sides, lines: Lines) -> Iterator[Consequence]:
    was, now = sides.ask(_PORTS, ids=lines.touched)
    for order_id, port in now.items():
        held = was.get(order_id)
        where = port["called"]
        if held is not None:
            if port["installed"] and not held["installed"]:
                yield Consequence("port_installed", f"{lines.who(order_id)} is on {where}.")
            continue
        holder = sides.before.value("consequence.holder", _HOLDER, [port["terminal_id"], port["port"]])
        if holder is None:
            yield Consequence("port_reserved", f"{lines.who(order_id)} gets {where}.")
        elif holder == lines.orders[order_id]["previous_order_id"]:
            yield Consequence("port_kept", f"{lines.who(order_id)} takes {where} over.")
        else:
            yield Consequence("port_to_next", f"{lines.who(order_id)}, the next in line, gets {where}.")
    for order_id, port in was.items():
        holder = sides.uow.sql.value("consequence.holder", _HOLDER, [port["terminal_id"], port["port"]])
        if order_id not in now and holder is None:
            yield Consequence("port_freed", f"That frees {port['called']}.")


def _line(sides: _Sides, lines: Lines) -> Iterator[Consequence]:
    was, now = sides.ask(_IN_LINE, ids=lines.touched)
    for order_id, row in now.items():
        if order_id not in was:
            said = (
                f"No port is free: {lines.who(order_id, begins=False)} waits for one as number {row['place']} in line."
            )
            yield Consequence("in_line", said)
    served = sides.ask(_PORTS, ids=lines.touched)[1]
    for order_id in was:
        if order_id not in now and order_id not in served:
            yield Consequence("out_of_line", f"{lines.who(order_id)} gives up its place in line for a port.")


def _money(sides: _Sides) -> Iterator[Consequence]:
    now = {"now": sides.uow.at_utc}
    for row in sides.new(_PAYMENTS, **now):
        simulated = ", which is simulated" if row["gateway"] == SimulatedGateway.name else ""
        said = f"A deposit of {_amount(row)} is then asked of the payment gateway{simulated}."
        if row["at_page"]:
            said = f"A payment page{simulated} is opened, where the customer pays a deposit of {_amount(row)}."
        yield Consequence("deposit_asked", said)
    for row in sides.new(_REFUNDS, **now):
        yield Consequence("deposit_back", f"The deposit of {_amount(row)} goes back to the customer.")


def _amount(row: Mapping[str, Any]) -> str:
    return str(Money(row["amount"], row["currency"]))


_BEGUN = {
    "finished": "What was begun is finished by this: its link leads here.",
    "given_up": "What was begun is dropped: its link leads to nothing any more. Interest that was noted with it stays.",
}


def _begun(sides: _Sides) -> Iterator[Consequence]:
    for row in sides.new(_DRAFTS, now=sides.uow.at_utc):
        yield Consequence(f"draft_{row['state']}", _BEGUN[row["state"]])


def _people(sides: _Sides) -> Iterator[Consequence]:
    now = {"now": sides.uow.at_utc}
    notices = [row["state"] for row in sides.new(_NOTICES, **now)]
    queued = sum(state in ("waiting", "queued") for state in notices)
    if queued:
        yield Consequence("notice_queued", f"{_count(queued, 'notice')} to the customer will be queued.")
    if told := sum(state == "told" for state in notices):
        yield Consequence("notice_told", f"{_count(told, 'notice')} will count as told by you; nothing is sent.")
    if waits := sum(state in WORKLIST for state in notices):
        yield Consequence("notice_waits", f"{_count(waits, 'notice')} will wait for somebody who tells the customer.")
    queued += told + waits
    if len(notices) > queued:
        yield Consequence(
            "notice_recalled", f"{_count(len(notices) - queued, 'notice')} that would be sent never will be."
        )
    contacts = [row["gone"] for row in sides.new(_CONTACTS, **now)]
    if not all(contacts):
        yield Consequence("contact_kept", "Who the customer is, and how they are reached, is kept.")
    if any(contacts):
        yield Consequence("contact_erased", "The name, phone number and e-mail address are erased for good.")
    if ended := sides.new(_CONSENTS, **now):
        yield Consequence(
            "consent_ended", f"{_count(len(ended), 'consent')} of the customer will end: no word is sent to them."
        )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
