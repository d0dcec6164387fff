"""A plan without coverage areas is not a dead end: what lies near its terminals and routes is proposed instead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fibermap.coverage.model import Class
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
_END = """
    UPDATE distance_rule SET to_version = $version
    WHERE to_version IS NULL AND technology IN (
        SELECT coalesce(technology, 'fiber') FROM plan_feature WHERE to_version IS NULL AND role = 'coverage')
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


def end_rules(uow: UnitOfWork, version: int) -> int:
    """End the rules of technologies that have coverage areas by now, and return how many those were.

    Distances stood in for areas; where the areas came first no rule would have been proposed.
    """
    return uow.sql.execute("rules.end", _END, {"version": version})


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


_ASSUMED = "assumed: no status is stated"
_OTHERWISE = f"""
    WITH network AS (
        SELECT feature_id, class, coalesce(override_class, source_class, CASE
                   WHEN status_word IS NULL AND (role = 'network_lines' OR kind = 'terminal')
                        AND coalesce(technology, 'fiber') IN (
                            SELECT technology FROM distance_rule WHERE to_version IS NULL)
                   THEN '{Class.PRE_BUILD}' END) AS wanted
        FROM plan_feature WHERE to_version IS NULL AND role IN ('network_points', 'network_lines')
    )
    SELECT feature_id, wanted, CASE WHEN wanted IS NOT NULL THEN '{_ASSUMED}' END AS status_from
    FROM network WHERE wanted IS DISTINCT FROM class
"""
_REWRITE = """
    UPDATE plan_feature SET class = o.wanted, status_from = o.status_from FROM otherwise o
    WHERE plan_feature.feature_id = o.feature_id AND to_version IS NULL AND from_version = $version
"""
_REOPEN = """
    INSERT INTO plan_feature BY NAME
    SELECT f.* REPLACE (o.wanted AS class, o.status_from AS status_from, $version::INTEGER AS from_version)
    FROM plan_feature f JOIN otherwise o ON o.feature_id = f.feature_id
    WHERE f.to_version IS NULL AND f.from_version < $version
"""
_CLOSE = """
    UPDATE plan_feature SET to_version = $version
    WHERE to_version IS NULL AND from_version < $version AND feature_id IN (SELECT feature_id FROM otherwise)
"""


def assume_planned(uow: UnitOfWork, version: int) -> int:
    """Take silent network as pre-build where distances decide, and return how many features that is.

    The cautious reading: nothing becomes serviceable today because a file was silent. Where the rules have ended, what
    was assumed is taken back. A status that is stated and not understood is no silence.
    """
    otherwise = uow.sql.arrow("rules.otherwise", _OTHERWISE)
    if otherwise.num_rows:
        for name, statement in (("rewrite", _REWRITE), ("reopen", _REOPEN), ("close", _CLOSE)):
            uow.sql.execute(f"rules.assume.{name}", statement, {"version": version}, otherwise=otherwise)
    return int(
        uow.sql.value(
            "rules.assumed",
            f"SELECT count(*) FROM plan_feature WHERE to_version IS NULL AND status_from = '{_ASSUMED}'",
        )
    )


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
