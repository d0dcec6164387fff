"""What a planner is asked about roles: which guesses somebody should look at before they count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fibermap.ingest.findings import Finding, counted, question, warning
from fibermap.ingest.groups import Role, Selector
from fibermap.ingest.roles import ASK_BELOW, RoleProposal, summarise

ROLE_TITLES = {
    Role.ADDRESSES: "addresses",
    Role.COVERAGE: "coverage areas",
    Role.EXCLUSION: "exclusion areas",
    Role.NETWORK_LINES: "network lines",
    Role.NETWORK_POINTS: "network points",
    Role.BARRIER: "barriers",
    Role.BOUNDARY: "boundaries",
    Role.BUILDING: "buildings",
    Role.PARCEL: "parcels",
    Role.CONTEXT: "context",
}
"""Role -> what a person calls the features that have it."""

_DECIDING = frozenset({Role.ADDRESSES, Role.COVERAGE, Role.EXCLUSION, Role.NETWORK_LINES, Role.NETWORK_POINTS})


def say_roles(source: str, proposals: Sequence[RoleProposal]) -> Iterator[str]:
    """Yield one line per group of a source: what it is taken for, how surely, and why."""
    for proposal in summarise(proposals):
        features = counted(proposal.count, "feature")
        why = proposal.reasons[0] if proposal.reasons else ""
        title = ROLE_TITLES[proposal.role]
        yield f"{source}: {_place(proposal.selector)}: {features} as {title} ({proposal.confidence:.0%}). {why}".strip()


def question_roles(source: str, proposals: Sequence[RoleProposal]) -> Iterator[Finding]:
    """Ask about uncertain roles that decide something, and point at what was left aside for want of a better guess."""
    for proposal in summarise(proposals):
        if proposal.confidence >= ASK_BELOW:
            continue
        group, title = _place(proposal.selector), ROLE_TITLES[proposal.role]
        features = counted(proposal.count, "feature")
        if proposal.role in _DECIDING:
            message = (
                f"{source}: is it right to take {group}, {features}, as {title}? {proposal.reasons[0]} "
                f"Say yes, or give another role: --role {proposal.selector.layer!r}=context."
            )
            yield question("role_unsure", message, count=proposal.count, source=source)
        else:
            message = (
                f"{source}: {group}, {features}, is kept as context and decides nothing. If it is part of the plan, "
                f"say so: --role {proposal.selector.layer!r}=coverage."
            )
            yield warning("role_unknown", message, count=proposal.count, source=source)


def _place(selector: Selector) -> str:
    kind = f" ({selector.geometry}s)" if selector.geometry in ("point", "line", "area") else ""
    return f"{' / '.join((selector.layer or 'every layer', *selector.folder))}{kind}"
