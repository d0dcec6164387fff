"""The page of the simulated gateway as a customer sees it: HTML without a script, and nothing from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from jinja2 import Environment, StrictUndefined

from fibermap.money.simulated_gateway import NEEDS_CUSTOMER
from fibermap.money.simulated_page import SimulatedPage

CARDS: Mapping[str, str] = {
    "tok_visa": "Visa that works",
    NEEDS_CUSTOMER: "Card that needs 3-D Secure",
    "tok_chargeDeclined": "Card that is declined",
    "tok_chargeDeclinedInsufficientFunds": "Card without enough money",
    "tok_chargeDeclinedExpiredCard": "Card that has expired",
    "tok_refundFail": "Visa that works, and takes nothing back",
}
"""What may be chosen in the place of a card."""
REFUSED: Mapping[str, str] = {
    "card_declined": "The card was declined.",
    "insufficient_funds": "There is not enough money on the card.",
    "expired_card": "The card has expired.",
    "authentication_required": "The bank was not told that it is you.",
}
STYLE = """
body{margin:0;background:#f3f4f6;color:#111827;font:400 1rem/1.5 system-ui,Arial,sans-serif}
main{box-sizing:border-box;max-width:30rem;margin:0 auto;padding:1.5rem 1rem}
.simulated{border:3px dashed #92400e;background:#fff7ed;color:#7c2d12;padding:.75rem;font-weight:700}
.refused{border-left:6px solid #b91c1c;background:#fff;padding:.5rem .75rem}
fieldset{border:1px solid #6b7280;background:#fff;padding:.5rem 1rem;margin:0 0 1rem}
label{display:flex;align-items:center;gap:.75rem;min-height:2.75rem}
button{min-height:2.75rem;padding:0 1.25rem;margin:0 .5rem .5rem 0;border:2px solid #1d4ed8;border-radius:.375rem;
background:#1d4ed8;color:#fff;font:inherit;cursor:pointer}
button.plain{background:#fff;color:#1d4ed8}
:focus-visible{outline:3px solid #f59e0b;outline-offset:2px}
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title><style>{{ style }}</style></head>
<body><main>
<h1>{{ title }}</h1>
{% if page %}
<p class="simulated">Simulated payment page. No money moves.</p>
<p>{{ page.description.capitalize() }}: <strong>{{ page.money }}</strong></p>
{% if not is_open %}
<p role="status">Nobody can pay here any more: it was paid, closed, or has expired.</p>
<form method="post"><button name="do" value="cancel">Go back</button></form>
{% elif asks_bank %}
<p>3-D Secure: your bank asks whether it is you.</p>
<form method="post"><button name="do" value="confirm">It is me</button>
<button name="do" value="refuse" class="plain">It is not me</button></form>
{% else %}
{% if refused %}<p class="refused" role="alert">{{ refused }} Choose another one.</p>{% endif %}
<form method="post">
<fieldset><legend>Test card</legend>
{% for token, name in cards.items() %}
<label><input type="radio" name="card" value="{{ token }}"{% if loop.first %} checked{% endif %}> {{ name }}</label>
{% endfor %}
</fieldset>
<button name="do" value="pay">Pay {{ page.money }}</button>
<button name="do" value="cancel" class="plain">Cancel</button>
</form>
{% endif %}
{% else %}
<p>You can close this page. If you paid, it counts as soon as the payment is confirmed; if you did not, open the
payment link again.</p>
{% endif %}
</main></body>
</html>
"""
_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(_PAGE)
_STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'"
"""The Content-Security-Policy: the page's own look, forms that come back here, and nothing else."""


def payment_page(page: SimulatedPage, *, is_open: bool, asks_bank: bool = False, refused: str | None = None) -> str:
    """Return the page; ``refused`` is the gateway's word for why the card that was chosen is not taken."""
    said = None if refused is None else REFUSED.get(refused, "The card was not taken.")
    return _shown(title="Simulated payment", page=page, is_open=is_open, asks_bank=asks_bank, refused=said)


def done_page() -> str:
    """Return the page to which customers come back where there is no portal."""
    return _shown(title="Thank you", page=None, is_open=False, asks_bank=False, refused=None)


def _shown(**said: Any) -> str:
    return _TEMPLATE.render(style=STYLE, cards=CARDS, **said)
