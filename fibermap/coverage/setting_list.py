"""The settings that verdicts depend on as a person sees them: value, default, what each means and touches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from fibermap.coverage.model import Flag
from fibermap.coverage.rule_settings import KEPT, settings_in
from fibermap.coverage.versions import current_version
from fibermap.kernel.settings import Settings
from fibermap.store import UnitOfWork

Kind = Literal["length_m", "number", "whole", "choice", "words"]

TOUCHES: Mapping[str, str] = {
    "units": "What screens, prints and exports show; no verdict.",
    "duplicate_m": "Which records are one address, from the next ingest on.",
    "drop_limit_m": "Addresses that are judged by their distance to a terminal, and flags of long drops.",
    "route_limit_m": "Addresses that are judged by their distance to a route.",
    "terminal_reach_m": "Which terminal serves an address, and so its drop.",
    "sliver_m2": "What a dry run and a drawing report as slivers.",
    "repair_change": "Which repairs of a dry run need a yes.",
    "position_error_m": "Flags of addresses near the edge of an area.",
    "gap_link_m": "The list of coverage gaps.",
    "gap_minimum": "The list of coverage gaps.",
    "blocking_flags": "Which addresses may be sold.",
    "recall_minutes": "How long notices and charges wait after a plan version, from the next one on.",
    "public_dates": "What the public is told of dates.",
    "check_text_days": "How long what was typed in checks is kept.",
    "consent": "Which leads, pre-orders and orders are refused without a consent.",
    "phone_region": "How phone numbers of customers are read from now on.",
    "preorder_terms": "Which version is kept with pre-orders from now on; what was signed stays.",
    "preorder_deposit_cents": "What pre-orders from now on ask for; what stands stays.",
    "order_deposit_cents": "What orders from now on ask for at the gateway's page; what stands stays.",
    "credit_days": "Which rep has the credit when a household is captured again.",
}
"""What a change of each reaches."""


@dataclass(frozen=True, slots=True)
class SettingState:
    """One setting as it stands.

    Attributes
    ----------
    kind
        ``length_m`` metres, ``number``, ``whole``, ``choice`` one of ``choices``, ``words`` any of ``choices``.
    since_version, changed_by, changed_at
        The plan version that gave it this value, by whom and when; None where the database was made with it.
    """

    name: str
    value: Any
    default: Any
    kind: Kind
    choices: tuple[str, ...]
    meaning: str
    touches: str
    since_version: int | None = None
    changed_by: str | None = None
    changed_at: datetime | None = None


def list_settings(uow: UnitOfWork, given: Settings) -> list[SettingState]:
    """Return every setting that is kept with the plan, in the order in which they are declared."""
    now = settings_in(uow, current_version(uow), given)
    changed = {
        name: (version, author, at)
        for name, version, author, at in uow.sql.rows(
            "settings.changed",
            """
            SELECT s.name, v.version, v.author, v.created_at
            FROM rule_setting s JOIN plan_version v ON v.version = s.from_version WHERE s.to_version IS NULL
            """,
        )
    }
    return [_state(name, getattr(now, name), changed.get(name, (None, None, None))) for name in KEPT]


def _state(name: str, value: Any, changed: tuple[int | None, str | None, datetime | None]) -> SettingState:
    field = Settings.model_fields[name]
    kind, choices = _kind_of(name, field.annotation)
    return SettingState(
        name, value, field.default, kind, choices, field.description or "", TOUCHES[name], *changed
    )  # fmt: skip


def _kind_of(name: str, annotation: Any) -> tuple[Kind, tuple[str, ...]]:
    if annotation is int:
        return "whole", ()
    if annotation is float:
        return ("length_m" if name.endswith("_m") else "number"), ()
    return ("words", tuple(Flag)) if name == "blocking_flags" else ("choice", get_args(annotation))
