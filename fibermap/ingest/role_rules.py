"""What a group of features says of itself, and the rules that read a role from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from fibermap.ingest import role_words as say
from fibermap.ingest.groups import GeometryKind, Mark, Role, Selector
from fibermap.ingest.targets import TARGETS
from fibermap.ingest.values import read_technology
from fibermap.ingest.vocabulary import phase_phrase, read_status, read_status_in_name
from fibermap.ingest.words import Words, column_key, find_phrase, phrase_of, words_of

ASK_BELOW = 0.6
"""A proposal less certain than this is a question."""


@dataclass(frozen=True, slots=True)
class File:
    """What the whole source says: words of its name, if it has one layer, and the first network word anywhere."""

    stem: Words
    network: str | None


@dataclass(frozen=True)
class Evidence:
    """What a group says of itself."""

    selector: Selector
    columns: dict[str, list[str]]
    names: tuple[str, ...]
    file: File

    @cached_property
    def keys(self) -> frozenset[str]:
        return frozenset(map(column_key, self.columns))

    @cached_property
    def stated(self) -> frozenset[str]:
        """Keys of the columns in which anything is stated: exports give every layer the columns of all."""
        return frozenset(column_key(name) for name, values in self.columns.items() if values)

    @cached_property
    def label(self) -> Words:
        """Words of the innermost folder, or of the layer and a one-layer file where there are no folders."""
        if self.selector.folder:
            return words_of(self.selector.folder[-1])
        return words_of(self.selector.layer) + self.file.stem

    @cached_property
    def path(self) -> Words:
        inside = (self.selector.layer, *self.selector.folder)
        return self.file.stem + tuple(word for name in inside for word in words_of(name))

    @cached_property
    def context(self) -> str | None:
        return find_phrase(self.path, say.CONTEXT)

    @cached_property
    def network(self) -> str | None:
        """The word that puts the group into a network plan.

        A layer that is called a thing of the county's has to say it itself: beside an FDA layer, zoning stays zoning.
        """
        return find_phrase(self.path, say.NETWORK) or (None if self.context else self.file.network)

    def values(self, *keys: str) -> list[str]:
        return [value for name, values in self.columns.items() if column_key(name) in keys for value in values]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule makes of the evidence."""

    role: Role
    confidence: float
    reason: str
    point_kind: str | None = None


def point_kind(*texts: str | None) -> str | None:
    """Return the kind of network point that the first telling text names: ``"MST-014"`` is a ``terminal``."""
    for text in texts:
        words = words_of(text)
        for kind, phrases in say.POINT_KINDS.items():
            if find_phrase(words, phrases) or (words and find_phrase((words[0].rstrip("0123456789"),), phrases)):
                return kind
    return None


def _marked(e: Evidence) -> Verdict | None:
    match e.selector.mark:
        case Mark.EXCLUSION:
            return Verdict(Role.EXCLUSION, 0.98, "The features call themselves exclusions.")
        case Mark.HIGHWAY:
            return Verdict(Role.BARRIER, 0.96, "The features are classed as interstates, freeways or highways.")
    return None


def _exclusion_folder(e: Evidence) -> Verdict | None:
    for name in (*reversed(e.selector.folder), e.selector.layer):
        if phrase := find_phrase(words_of(name), say.EXCLUSION):
            return Verdict(Role.EXCLUSION, 0.98, f"It lies in {name!r}, which says {phrase!r}.")
    return None


def _addresses(e: Evidence) -> Verdict | None:
    found = [target for target in ("number", "street_name", "full_address") if _column_for(e, Role.ADDRESSES, target)]
    if "full_address" not in found and len(found) < 2:
        return None
    named = find_phrase(e.path, ("address", "addresses", "addr", "premise", "situs", "fabric", "location"))
    if not named and e.context:
        return None
    if "full_address" in found and len(found) == 1:
        return Verdict(Role.ADDRESSES, 0.85, "A column holds whole street addresses.")
    return Verdict(Role.ADDRESSES, 0.97, "Columns hold house numbers and street names.")


def _coverage_fields(e: Evidence) -> Verdict | None:
    """Accept polygons as coverage for what their columns say: a status *and* something that only networks have."""
    network = sorted(e.stated & say.NETWORK_FIELDS)
    status = _status_column(e)
    if network and status:
        return Verdict(
            Role.COVERAGE, 0.97, f"Column {status!r} holds build statuses and {network[0]!r} belongs to networks."
        )
    if network and (e.network or len(network) > 1):
        return Verdict(Role.COVERAGE, 0.8, f"Columns such as {network[0]!r} belong to networks.")
    if status and e.network and not find_phrase(e.label, say.CONTEXT):
        return Verdict(
            Role.COVERAGE, 0.9, f"Column {status!r} holds build statuses, and the file speaks of {e.network!r}."
        )
    if status and not e.context:
        sure = 0.85 if _speaks_of_fiber(e, status) else ASK_BELOW - 0.05
        return Verdict(Role.COVERAGE, sure, f"Column {status!r} holds build statuses.")
    return None


def _coverage_folders(e: Evidence) -> Verdict | None:
    """Accept polygons as coverage for what their folders or layer say.

    A folder of wetlands in a phase is wetlands: where the innermost name is a thing of the county's, it speaks alone.
    """
    alone = find_phrase(e.label, (*say.CONTEXT, *say.NEVER_COVERAGE)) is not None
    utility = find_phrase(e.path, say.OTHER_UTILITY)
    if (phrase := find_phrase(e.label if alone else e.path, say.SERVICE_AREA)) and (e.network or not utility):
        sure = 0.92 if e.network else 0.7 if " " in phrase else ASK_BELOW - 0.05
        return Verdict(Role.COVERAGE, sure, f"It is called {phrase!r}.")
    names = (*reversed(e.selector.folder), e.selector.layer)
    if not e.network:
        return None if alone or utility or e.context else _status_alone(names[0])
    for name in names[:1] if alone else names:
        if (status := read_status_in_name(name)) or phase_phrase(name):
            said = f"says {status}" if status else "is a phase"
            return Verdict(Role.COVERAGE, 0.8, f"{name!r} {said}, and the file speaks of {e.network!r}.")
    return None


def _status_alone(name: str | None) -> Verdict | None:
    """Suspect a plan behind folders such as *Existing* and *Proposed*; somebody has to agree."""
    status = read_status_in_name(name)
    reason = f"{name!r} says {status}, but nothing says that it is about a network."
    return Verdict(Role.COVERAGE, ASK_BELOW - 0.05, reason) if status else None


def _named_layer(e: Evidence) -> Verdict | None:
    for role, geometry, phrases in say.NAMED_LAYERS:
        if geometry == e.selector.geometry and (phrase := find_phrase(e.label, phrases)):
            other = find_phrase(e.label, say.CONTEXT)
            if not other and (role is not Role.BOUNDARY or _fills_blanks(e)):
                return Verdict(role, 0.9, f"It is called {phrase!r}.")
    return None


def _mute_boundary(e: Evidence) -> Verdict | None:
    """Recognise city limits and the like that can fill no blank, because no column names the place."""
    phrases = next(phrases for role, _, phrases in say.NAMED_LAYERS if role is Role.BOUNDARY)
    if (phrase := find_phrase(e.label, phrases)) and not _fills_blanks(e):
        return Verdict(Role.CONTEXT, 0.7, f"It is called {phrase!r}, but no column names a city or a ZIP.")
    return None


def _context_layer(e: Evidence) -> Verdict | None:
    if e.context:
        return Verdict(Role.CONTEXT, 0.6 if e.network else 0.85, f"It is called {e.context!r}.")
    return None


def _nowhere(e: Evidence) -> Verdict | None:
    return Verdict(Role.CONTEXT, 0.8, "The features have no geometry.")


def _footprints(e: Evidence) -> Verdict | None:
    if e.keys >= say.FOOTPRINT_FIELDS:
        return Verdict(Role.BUILDING, 0.95, "The columns are those of Microsoft's building footprints.")
    return None


def _waterway_class(e: Evidence) -> Verdict | None:
    classes = e.values("hydroclass", "waterway", "ftype")
    if classes and all(find_phrase(words_of(value), ("river", "stream", "canal", "creek")) for value in classes):
        return Verdict(Role.BARRIER, 0.92, "The features are classed as rivers or streams.")
    return None


def _roads(e: Evidence) -> Verdict | None:
    if len(found := sorted(e.stated & say.ROAD_FIELDS)) >= 2:
        return Verdict(Role.CONTEXT, 0.94, f"Columns such as {found[0]!r} belong to road centrelines.")
    return None


def _network_lines(e: Evidence) -> Verdict | None:
    fields = sorted(e.stated & say.NETWORK_FIELDS)
    if fields:
        return Verdict(Role.NETWORK_LINES, 0.93, f"Columns such as {fields[0]!r} belong to networks.")
    utility = find_phrase(e.path, say.OTHER_UTILITY)
    if (phrase := find_phrase(e.path, say.ROUTE)) and not utility:
        return Verdict(Role.NETWORK_LINES, 0.92 if e.network else 0.75, f"It is called {phrase!r}.")
    if e.network and not utility and (phrase := find_phrase(e.label, say.WEAK_ROUTE)):
        return Verdict(Role.NETWORK_LINES, 0.85, f"It is called {phrase!r}.")
    return _part_of_plan(e, Role.NETWORK_LINES)


def _network_points(e: Evidence) -> Verdict | None:
    named = _common_kind([*e.names, *e.values("type", "kind", "equipmenttype", "devicetype", "nodetype")])
    label = point_kind(e.selector.folder[-1] if e.selector.folder else e.selector.layer)
    kind = named if named in say.SURE_POINT_KINDS else label or named
    if fields := sorted(e.stated & say.NETWORK_FIELDS):
        reason = f"Columns such as {fields[0]!r} belong to networks."
        return Verdict(Role.NETWORK_POINTS, 0.85, reason, kind or "site")
    if kind and find_phrase(e.path, say.OTHER_UTILITY) is None:
        sure = 0.92 if e.network else 0.8 if kind in say.SURE_POINT_KINDS else 0.45
        return Verdict(Role.NETWORK_POINTS, sure, f"They are named as network points of the kind {kind!r}.", kind)
    part = _part_of_plan(e, Role.NETWORK_POINTS)
    return replace(part, point_kind="site") if part else None


def _part_of_plan(e: Evidence, role: Role) -> Verdict | None:
    """Accept lines and points that say nothing themselves but lie in a plan's phases."""
    if not e.network:
        return None
    for name in reversed(e.selector.folder):
        if phase_phrase(name) or read_status_in_name(name):
            return Verdict(role, 0.75, f"It lies in {name!r} of a file that speaks of {e.network!r}.")
    return None


def _column_for(e: Evidence, role: Role, target: str) -> str | None:
    spec = TARGETS[role][target]
    for name, values in e.columns.items():
        if column_key(name) in spec.names and spec.fits(values):
            return name
    return None


def _status_column(e: Evidence) -> str | None:
    names = TARGETS[Role.COVERAGE]["status"].names
    for name, values in e.columns.items():
        if column_key(name) in names and values:
            known = sum(read_status(value) is not None for value in values)
            if known >= 0.5 * len(values):
                return name
    return None


_FIBER_WORDS = frozenset(
    {
        "pre build",
        "prebuild",
        "serviceable",
        "lit",
        "on net",
        "rfs",
        "ready for service",
        "hld",
        "lld",
        "not serviceable",
    }
)


def _speaks_of_fiber(e: Evidence, column: str) -> bool:
    """Tell whether the words are none of a planning department's, which has *built* and *proposed* things too."""
    if any(phrase_of(value) in _FIBER_WORDS for value in e.columns[column]):
        return True
    technologies = e.values(*TARGETS[Role.COVERAGE]["technology"].names)
    return any(read_technology(value) and not value[:1].isdigit() for value in technologies)


def _fills_blanks(e: Evidence) -> bool:
    return any(_column_for(e, Role.BOUNDARY, target) for target in ("city", "zip", "county"))


def _common_kind(texts: Sequence[str]) -> str | None:
    """Return the kind that at least four fifths of the texts name."""
    kinds = [point_kind(text) for text in texts]
    best = max(set(kinds), key=kinds.count, default=None)
    return best if best and kinds.count(best) >= 0.8 * len(kinds) else None


RULES: dict[GeometryKind, tuple[Callable[[Evidence], Verdict | None], ...]] = {
    GeometryKind.AREA: (
        _marked,
        _exclusion_folder,
        _coverage_fields,
        _coverage_folders,
        _footprints,
        _waterway_class,
        _named_layer,
        _mute_boundary,
        _context_layer,
    ),
    GeometryKind.LINE: (_marked, _roads, _network_lines, _waterway_class, _named_layer, _context_layer),
    GeometryKind.POINT: (_addresses, _network_points, _context_layer),
    GeometryKind.NONE: (_addresses, _nowhere),
}
