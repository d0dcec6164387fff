"""What customers are told, kind by kind: plain texts with places for facts. Wording is changed here alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fibermap.messages.message import LONGEST_SUBJECT, one_line

_LONGEST_FACT = 300


@dataclass(frozen=True, slots=True)
class Wording:
    """A kind of notice in words; what stands in braces are facts. A line whose only fact is empty is left out."""

    subject: str
    body: str


_ENDING = """
Your account number: {account_number}
{link_line}
{support_line}

{operator}

This message is about your own order. It is no advertisement.
"""
WORDINGS: Mapping[str, Wording] = {
    "order_placed": Wording(
        "Your order for {address}",
        """Hello {name},

the network at {address} is ready, and your pre-order has become an order.

What you ordered: {offer}
What it costs: {price}
{next_line}
"""
        + _ENDING,
    ),
    "phase_slipped": Wording(
        "The date for {address} has moved",
        """Hello {name},

the date on which the network reaches {address} has moved.

Expected before: {was_on}
Expected now: {now_on}
{lock_line}

You may wait: then you need not do anything, and your place in the queue stays yours.
{refund_line}
"""
        + _ENDING,
    ),
}
"""By kind."""


def written(kind: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """Return subject and body of a notice with its facts, each of which is one line whatever is in it."""
    wording = WORDINGS[kind]
    said = {name: one_line(value, _LONGEST_FACT) for name, value in facts.items()}
    lines = (_line(line, said) for line in wording.body.split("\n"))
    body = "\n".join(line for line in lines if line is not None)
    while "\n\n\n" in body:
        body = body.replace("\n\n\n", "\n\n")
    return one_line(wording.subject.format_map(said), LONGEST_SUBJECT), body.strip() + "\n"


def _line(line: str, said: Mapping[str, str]) -> str | None:
    empty = any(f"{{{name}}}" in line and not value for name, value in said.items())
    return None if empty else line.format_map(said)
