"""Distance rules: what lies near a terminal or a route counts as covered where a plan has no areas.

A rule holds because a person said yes to it, with the limit that it had then; settings that change later do not
change it. It has its own commands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fibermap.coverage.model import Class
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.kernel.settings import Settings
from fibermap.kernel.units import format_length
from fibermap.store import UnitOfWork

TARGETS = {"terminal": "drop_limit_m", "route": "route_limit_m"}
"""What a rule measures from, and the setting that new rules of that kind take their limit from."""


@dataclass(frozen=True, slots=True)
class DistanceRule:
    """A rule in force: addresses within ``limit_m`` metres on the ground of a ``target`` are covered."""

    rule_id: int
    technology: str
    target: str
    limit_m: float
    author: str


def rules_in_force(uow: UnitOfWork) -> list[DistanceRule]:
    """Return the rules in force now, by technology and target."""
    rows = uow.sql.rows(
        "rules.in_force",
        """
        SELECT rule_id, technology, target, limit_m, author FROM distance_rule
        WHERE to_version IS NULL ORDER BY technology, target DESC
        """,
    )
    return [DistanceRule(*row) for row in rows]


def rule_for(uow: UnitOfWork, target: str, technology: str) -> DistanceRule:
    """Return the rule in force for a target and a technology, or refuse.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for a target that is neither ``terminal`` nor ``route``.
    NotFound
        ``rule_not_found``.
    """
    if target not in TARGETS:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"There is no rule from a {target!r}.", hint=f"There are: {', '.join(TARGETS)}."
        )
    for rule in rules_in_force(uow):
        if (rule.target, rule.technology) == (target, technology):
            return rule
    raise NotFound(
        Code.RULE_NOT_FOUND,
        f"No distance rule from a {target} is in force for {technology}.",
        hint="`fibermap rule list` lists the rules; ingest proposes one where a network comes without areas.",
    )


def write_rule(uow: UnitOfWork, rule: DistanceRule, version: int) -> None:
    """Put a rule in force from ``version`` on; an earlier one with its id gives way to it."""
    end_rule(uow, rule, version)
    row = [rule.rule_id, rule.target, rule.technology, rule.limit_m, rule.author, version]
    uow.sql.execute("rules.write", "INSERT INTO distance_rule VALUES (?, ?, ?, ?, ?, ?, NULL)", row)


def end_rule(uow: UnitOfWork, rule: DistanceRule, version: int) -> None:
    """End a rule."""
    uow.sql.execute(
        "rules.end_one",
        "UPDATE distance_rule SET to_version = ? WHERE to_version IS NULL AND rule_id = ?",
        [version, rule.rule_id],
    )


def change_limit(
    uow: UnitOfWork, rule: DistanceRule, limit_m: float, author: str, version: int, settings: Settings
) -> None:
    """Give a rule another limit, metres on the ground.

    Raises
    ------
    InputRefused
        ``argument_invalid`` unless the limit is above 0 and at most ``terminal_reach_m``, beyond which no network is
        looked for.
    """
    if not 0 < limit_m <= settings.terminal_reach_m:
        most = format_length(settings.terminal_reach_m, units=settings.units)
        raise InputRefused(
            Code.ARGUMENT_INVALID,
            f"A distance rule cannot have the limit {limit_m:g} m.",
            hint=f"Give one above 0 and at most {most} (the setting terminal_reach_m).",
        )
    write_rule(uow, replace(rule, limit_m=float(limit_m), author=author), version)


def notes_on_rules(uow: UnitOfWork, changed: set[str], settings: Settings) -> list[str]:
    """Return a sentence for each rule in force that settings which changed leave as it was agreed."""
    notes = []
    for rule in rules_in_force(uow):
        name = TARGETS[rule.target]
        wanted_m = min(getattr(settings, name), settings.terminal_reach_m)
        if name in changed and rule.limit_m != wanted_m:
            now = format_length(rule.limit_m, units=settings.units)
            command = f"fibermap rule set {rule.target} {wanted_m:g}m --technology {rule.technology}"
            notes.append(
                f"The distance rule from a {rule.target} ({rule.technology}) stays at {now}, as it was agreed to. "
                f"To change it: `{command}`."
            )
    return notes


_END = """
    UPDATE distance_rule SET to_version = $version
    WHERE to_version IS NULL AND technology IN (
        SELECT coalesce(technology, 'fiber') FROM plan_feature WHERE to_version IS NULL AND role = 'coverage')
"""


def end_rules(uow: UnitOfWork, version: int) -> int:
    """End the rules of technologies that have coverage areas by now, and return how many those were.

    Distances stood in for areas; where the areas came first no rule would have been proposed.
    """
    return uow.sql.execute("rules.end", _END, {"version": version})


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
