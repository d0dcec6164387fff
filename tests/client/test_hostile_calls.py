"""Whatever is sent to a verb of the plan, the server refuses or answers, and does not fail."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from fibermap.client.verbs import VERBS
from tests.client.serving import Served

ODD: tuple[Any, ...] = (
    None, True, -1, 10**30, 1e308, "", "\x00", "x" * 5_000, "'; DROP TABLE address; --", [], [[[]]],
    {}, {"a": {"b": 1}},
)  # fmt: skip
BODIES: tuple[Any, ...] = (
    *({"arguments": [odd]} for odd in ODD), *({"arguments": [odd] * 4} for odd in ODD),
    *({"named": {"x": odd}} for odd in ODD),
    {"report_id": "0" * 32}, {"named": {"self": 1}}, {"named": {"dry_run": True, "inputs": ["/etc/passwd"]}},
    {"named": {"": 1}}, {"arguments": {}}, {"surprise": 1}, [], None,
)  # fmt: skip


@pytest.mark.parametrize(
    "verb", sorted(set(VERBS) - {"undo", "classify", "map", "replay", "doctor", "publish_snapshot"})
)
def test_odd_arguments_are_refused_or_answered(served: Served, verb: str) -> None:
    headers = {"Authorization": f"Bearer {served.key}"}
    with httpx.Client(base_url=served.url, headers=headers, trust_env=False, timeout=60) as client:
        statuses = {client.post(f"/v1/plan/{verb}", json=body).status_code for body in BODIES}
    assert not {status for status in statuses if status >= 500}, statuses
