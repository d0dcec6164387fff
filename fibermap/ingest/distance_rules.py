"""A plan without coverage areas is not a dead end: what lies near its terminals and routes is proposed instead."""

from __future__ import annotations

from dataclasses import dataclass

from fibermap.coverage.model import Class
from fibermap.ingest.findings import Finding, question
from fibermap.kernel.ids import stable_id
from fibermap.kernel.settings import Settings
from fibermap.kernel.units import format_length
from fibermap.store import UnitOfWork

_MISSING = """
    WITH plan AS (
        SELECT coalesce(technology, 'fiber') AS technology, role, kind FROM plan_feature WHERE to_version IS NULL
    )
    SELECT technology,
           count(*) FILTER (role = 'network_points' AND kind = 'terminal') AS terminals,
           count(*) FILTER (role = 'network_lines') AS routes
    FROM plan
    WHERE technology NOT IN (SELECT technology FROM plan WHERE role = 'coverage')
      AND technology NOT IN (SELECT technology FROM distance_rule WHERE to_version IS NULL)
    GROUP BY technology HAVING terminals + routes > 0 ORDER BY technology
"""


@dataclass(frozen=True, slots=True)
class RuleProposal:
    """Rules for one technology that has a network but no areas: how many terminals and routes they would count from."""

    technology: str
    terminals: int
    routes: int


def propose_rules(uow: UnitOfWork) -> list[RuleProposal]:
    """Return a proposal for every technology with a network, no coverage area and no rule yet."""
    return [RuleProposal(*row) for row in uow.sql.rows("rules.missing", _MISSING)]


def enter_rules(
    uow: UnitOfWork, proposals: list[RuleProposal], settings: Settings, *, version: int, author: str
) -> None:
    """Put the proposed rules in force."""
    for proposal in proposals:
        for target, found, limit_m in (
            ("terminal", proposal.terminals, settings.drop_limit_m),
            ("route", proposal.routes, settings.route_limit_m),
        ):
            if not found:
                continue
            rule_id = stable_id("rule", target, proposal.technology, version)
            limit = min(limit_m, settings.terminal_reach_m)
            row = [rule_id, target, proposal.technology, limit, author, version]
            uow.sql.execute("rules.enter", "INSERT INTO distance_rule VALUES (?, ?, ?, ?, ?, ?, NULL)", row)


def assume_planned(uow: UnitOfWork) -> int:
    """Take network that states no status as pre-build where distances decide, and return how many features that were.

    The cautious reading: nothing becomes serviceable today because a file was silent.
    """
    return uow.sql.execute(
        "rules.assume",
        f"""
        UPDATE plan_feature SET class = '{Class.PRE_BUILD}', status_from = 'assumed: no status is stated'
        WHERE to_version IS NULL AND class IS NULL
          AND (role = 'network_lines' OR (role = 'network_points' AND kind = 'terminal'))
          AND coalesce(technology, 'fiber') IN (SELECT technology FROM distance_rule WHERE to_version IS NULL)
        """,
    )


def ask_about_rules(proposals: list[RuleProposal], assumed: int, served: int, settings: Settings) -> list[Finding]:
    """Return the question that putting the rules in force needs a yes to."""
    if not proposals:
        return []
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
