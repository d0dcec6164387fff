"""A plan without coverage areas is not a dead end: what lies near its terminals and routes is proposed instead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fibermap.coverage.distance_rules import DistanceRule, write_rule
from fibermap.ingest.findings import Finding, question
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.kernel.units import format_length
from fibermap.store import UnitOfWork

_MISSING = """
    WITH plan AS (
        SELECT coalesce(technology, 'fiber') AS technology, role, kind, source_id FROM plan_feature
        WHERE to_version IS NULL
    )
    SELECT technology,
           count(*) FILTER (role = 'network_points' AND kind = 'terminal') AS terminals,
           count(*) FILTER (role = 'network_lines') AS routes
    FROM plan
    WHERE technology NOT IN (SELECT technology FROM plan WHERE role = 'coverage')
      AND technology NOT IN (SELECT technology FROM distance_rule WHERE to_version IS NULL)
    GROUP BY technology
    HAVING terminals + routes > 0 AND count(*) FILTER (
        source_id IN (SELECT unnest($sources::BIGINT[]))
        AND (role = 'network_lines' OR (role = 'network_points' AND kind = 'terminal'))) > 0
    ORDER BY technology
"""


@dataclass(frozen=True, slots=True)
class RuleProposal:
    """Rules for one technology that has a network but no areas: how many terminals and routes they would count from."""

    technology: str
    terminals: int
    routes: int


def propose_rules(uow: UnitOfWork, sources: Collection[int]) -> list[RuleProposal]:
    """Return a proposal for every technology with a network, no coverage area and no rule yet.

    Only sources that bring some of that network raise the matter, so that a no is not asked for again with every
    refresh of the addresses.
    """
    rows = uow.sql.rows("rules.missing", _MISSING, {"sources": sorted(sources)})
    return [RuleProposal(*row) for row in rows]


def enter_rules(
    uow: UnitOfWork, proposals: list[RuleProposal], settings: Settings, *, version: int, author: str
) -> None:
    """Put the proposed rules in force."""
    for proposal in proposals:
        for target, found, wanted_m in (
            ("terminal", proposal.terminals, settings.drop_limit_m),
            ("route", proposal.routes, settings.route_limit_m),
        ):
            if not found:
                continue
            rule_id = stable_id("rule", target, proposal.technology, version)
            limit_m = min(wanted_m, settings.terminal_reach_m)
            write_rule(uow, DistanceRule(rule_id, proposal.technology, target, limit_m, author), version)


def ask_about_rules(
    proposals: list[RuleProposal], ended: int, assumed: int, served: int, settings: Settings
) -> list[Finding]:
    """Return the question that putting rules in force needs a yes to, and the note that others have ended."""
    if not proposals:
        message = "The plan has coverage areas now, so the distance rules that stood in for them have ended."
        return [Finding("distance_rules_ended", message, count=ended)] if ended else []
    terminals = sum(proposal.terminals for proposal in proposals)
    routes = sum(proposal.routes for proposal in proposals)
    drop = format_length(settings.drop_limit_m, units=settings.units)
    route = format_length(settings.route_limit_m, units=settings.units)
    silent = f" {assumed:,} of them state no status and count as pre-build." if assumed else ""
    message = (
        f"The plan has no coverage areas, but {terminals:,} terminals and {routes:,} routes.{silent} "
        f"Say yes to cover what lies within {drop} of a terminal or {route} of a route: {served:,} addresses. "
        "Say no, and ingest with --no-distance-rules, to cover nothing."
    )
    return [question("distance_rules_proposed", message, count=served)]
