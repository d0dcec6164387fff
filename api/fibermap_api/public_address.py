"""Where customers reach this server: what its settings say, and on the machine itself whatever they asked for.

An address that came in with a request is never given to anybody else, except for this machine's own.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool

from fibermap.access.follow_links import Followed
from fibermap.order.paying import Payer, Returns
from fibermap_api.endpoint import Call
from fibermap_api.map_style import base_url

PAID_AT = "/payment-done"
"""The page to which customers come back where there is no portal."""


def public_base(call: Call) -> str | None:
    """Return where customers reach this server; None where nobody has said so."""
    here = base_url(call.request) if _is_this_machine(call.request.url.hostname or "") else None
    return call.settings.public_base or here


async def returns_of(call: Call) -> Returns | None:
    """Return what says where customers come back to from a payment page; None where they could not."""
    base = public_base(call)
    if base is None:
        return None
    if not call.service.gate.shoppers:
        return lambda payer, payer_id: base + PAID_AT
    links = await run_in_threadpool(lambda: call.service.records.follow_links)

    def follow(payer: Payer, payer_id: int) -> str:
        return links.address(f"{base}/portal", Followed[payer.upper()], payer_id, datetime.now(UTC))

    return follow


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
