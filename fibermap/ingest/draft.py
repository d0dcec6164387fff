"""Draft: what a staged source would become, once every group has a role and every field a source. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from fibermap.formats.model import LayerInfo, Outcome
from fibermap.ingest.feature_rows import PLAN_ROW, Stated, feature_rows
from fibermap.ingest.fields import LayerMapping
from fibermap.ingest.fields import Mapping as FieldMapping
from fibermap.ingest.groups import Role, Selector, rows_by_selector
from fibermap.ingest.mapping import MappingProposal, apply_mapping, propose_mapping
from fibermap.ingest.profiles import ALL_USES, BUILT_IN, Profile, Use, fitted
from fibermap.ingest.roles import RoleOverride, RoleProposal, apply_role, propose_roles
from fibermap.ingest.stage import Staged
from fibermap.ingest.status import Contradiction, UnknownWord, resolve_status, unknown_words
from fibermap.ingest.values import is_other_technology, read_technology
from fibermap.ingest.vocabulary import DEFAULT_VOCABULARY, OFDS_VOCABULARY, Status, Vocabulary, with_answers
from fibermap.kernel.errors import Code

NOT_STATED = "(none)"
"""The word under which a person answers for features that state no status at all."""

_USABLE = pa.array([str(Outcome.INGESTED), str(Outcome.REPAIRED)])
_PLANNED_ROLES = frozenset({Role.COVERAGE, Role.NETWORK_LINES, Role.NETWORK_POINTS})


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person decided about a source; everything else is proposed.

    ``mapping`` is taken for the layers of its role, ``layer_mappings`` each for one layer. ``answers`` explain status
    words, :data:`NOT_STATED` among them. ``permitted_uses`` None keeps what the recognised profile permits.
    """

    roles: Sequence[RoleOverride] = ()
    mapping: FieldMapping | Profile | None = None
    layer_mappings: Sequence[LayerMapping] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    profiles: Collection[Profile] = BUILT_IN
    licence: str | None = None
    permitted_uses: frozenset[Use] | None = None


@dataclass(frozen=True, slots=True)
class AddressGroup:
    """Address rows of one layer: the staged rows and their mapped fields as text."""

    layer: str
    features: pa.Table
    mapped: pa.Table


@dataclass(frozen=True, slots=True)
class Draft:
    """A source ready to be promoted.

    ``outcomes`` has one row per staged feature: layer, row, part, outcome, reason, detail and what a person needs to
    find it again; that is the conservation law's right-hand side. ``unknown`` are status words to be explained,
    ``silent`` counts planned features that state no status. ``unknown_technologies`` counts the planned features of
    each technology word that nobody knows. ``waiting_areas`` counts the coverage areas that wait for an answer about
    their status.
    """

    staged: Staged
    proposals: tuple[RoleProposal, ...]
    mappings: Mapping[tuple[str, Role], MappingProposal]
    plan_rows: pa.Table
    addresses: tuple[AddressGroup, ...]
    outcomes: pa.Table
    unknown: tuple[UnknownWord, ...]
    contradictions: tuple[Contradiction, ...]
    silent: Mapping[Role, int]
    unknown_technologies: Mapping[str, int]
    waiting_areas: int
    licence: str
    permitted_uses: frozenset[Use]


def make_draft(staged: Staged, choices: Choices) -> Draft:
    """Propose or take over roles and mappings, read statuses and dates, and settle what becomes of every row."""
    proposals = apply_role(propose_roles(staged.features, staged.layers, staged.path), choices.roles)
    desk = _Desk(staged, choices, proposals)
    for proposal, rows in _groups(staged.features, proposals):
        desk.take(proposal, rows)
    return desk.draft()


def _groups(table: pa.Table, proposals: Sequence[RoleProposal]) -> list[tuple[RoleProposal, npt.NDArray[np.int64]]]:
    usable = pc.is_in(table["outcome"], value_set=_USABLE).to_numpy(zero_copy_only=False)
    found = rows_by_selector(table, [proposal.selector for proposal in proposals])
    joined: dict[tuple[str | None, Role, str | None], list[npt.NDArray[np.int64]]] = {}
    example: dict[tuple[str | None, Role, str | None], RoleProposal] = {}
    for index, proposal in enumerate(proposals):
        key = (proposal.selector.layer, proposal.role, proposal.point_kind)
        joined.setdefault(key, []).append(np.flatnonzero((found == index) & usable))
        example.setdefault(key, proposal)
    groups = [(example[key], np.sort(np.concatenate(rows))) for key, rows in joined.items()]
    return [(proposal, rows) for proposal, rows in groups if len(rows)]


class _Desk:
    """Collects the groups of one source as they are mapped."""

    def __init__(self, staged: Staged, choices: Choices, proposals: Sequence[RoleProposal]) -> None:
        self.staged = staged
        self.choices = choices
        self.proposals = tuple(proposals)
        self.mappings: dict[tuple[str, Role], MappingProposal] = {}
        self.plan_rows: list[pa.Table] = []
        self.addresses: list[AddressGroup] = []
        self.unknown: list[UnknownWord] = []
        self.contradictions: list[Contradiction] = []
        self.silent: dict[Role, int] = {}
        self.unknown_technologies: Counter[str] = Counter()
        self.waiting_areas = 0
        self.fate = {name: staged.features[name].to_pylist() for name in ("outcome", "reason", "detail")}
        answers = dict(choices.answers)
        silence = answers.pop(NOT_STATED, None)
        self.silence = Status(silence) if silence else None
        self.answers = answers

    def take(self, proposal: RoleProposal, rows: npt.NDArray[np.int64]) -> None:
        """Map one group."""
        whole = len(rows) == self.staged.features.num_rows  # a table of addresses is one group: no second copy of it
        features = self.staged.features if whole else self.staged.features.take(pa.array(rows))
        role, layer = proposal.role, proposal.selector.layer or self.staged.path
        mapping = self._mapping(features, layer, role)
        mapped = apply_mapping(features, mapping)
        if role is Role.ADDRESSES:
            self.addresses.append(AddressGroup(layer, features, mapped))
            self._ask_addresses(layer, mapped)
            return
        placed = features["geometry"].is_valid().to_numpy(zero_copy_only=False)
        self._settle_unplaced(rows[~placed])
        rows, keep = rows[placed], pa.array(np.flatnonzero(placed))
        features, mapped = features.take(keep), mapped.take(keep)
        if role in _PLANNED_ROLES:
            keep = pa.array(np.flatnonzero(self._is_classified(mapped["technology"].to_pylist(), rows)))
            rows, features, mapped = rows[keep.to_numpy()], features.take(keep), mapped.take(keep)
        status, evidence = self._status(features, mapping, role, rows)
        kept = np.array([s != str(Status.IGNORED) and (s is not None or role is not Role.COVERAGE) for s in status])
        at = pa.array(np.flatnonzero(kept)) if len(kept) else pa.array([], type=pa.int64())
        stated = Stated(
            role,
            proposal.point_kind,
            features.take(at),
            mapped.take(at),
            pa.array(status, type=pa.string()).take(at),
            pa.array(evidence, type=pa.string()).take(at),
        )
        self.plan_rows.append(feature_rows(stated))

    def _mapping(self, features: pa.Table, layer: str, role: Role) -> FieldMapping:
        info = next((known for known in self.staged.layers if known.name == layer), LayerInfo(layer, 0))
        proposal = propose_mapping(features, info, role, self.choices.profiles)
        own = [
            each.mapping for each in self.choices.layer_mappings if each.layer == layer and each.mapping.role is role
        ]
        chosen = self.choices.mapping
        taken = proposal.mapping
        if own:
            taken = own[-1]
        elif isinstance(chosen, Profile) and chosen.mapping.role is role:
            columns = [f.name for f in info.fields] + list(proposal.unused) + list(proposal.mapping.columns())
            taken = fitted(chosen, columns)
        elif isinstance(chosen, FieldMapping) and chosen.role is role:
            taken = FieldMapping(role, {**proposal.mapping.fields, **chosen.fields})
        self.mappings[layer, role] = replace(proposal, mapping=taken)
        return taken

    def _vocabulary(self, layer: str, role: Role) -> Vocabulary:
        profile = self._profile(layer, role)
        base = OFDS_VOCABULARY if profile and profile.vocabulary == "ofds" else DEFAULT_VOCABULARY
        return with_answers(self.answers, base)

    def _profile(self, layer: str, role: Role) -> Profile | None:
        if isinstance(self.choices.mapping, Profile):
            return self.choices.mapping
        proposal = self.mappings.get((layer, role))
        return next((p for p in self.choices.profiles if proposal and p.name == proposal.profile), None)

    def _status(
        self, features: pa.Table, mapping: FieldMapping, role: Role, rows: npt.NDArray[np.int64]
    ) -> tuple[list[str | None], list[str | None]]:
        if role not in _PLANNED_ROLES or not len(rows):
            return [None] * len(rows), [None] * len(rows)
        layer = features["layer"][0].as_py()
        resolved = resolve_status(features, mapping, self._vocabulary(layer, role))
        status, evidence = resolved.statuses.to_pylist(), resolved.evidence.to_pylist()
        if self.silence:
            for row in np.flatnonzero(~resolved.asked):
                if status[row] is None:
                    status[row], evidence[row] = str(self.silence), f"answer for {NOT_STATED}"
        self.contradictions += resolved.contradictions
        at = np.array(status, dtype=object)
        dropped = rows[at == str(Status.IGNORED)]
        self._settle(
            dropped, Outcome.SET_ASIDE, Code.STATUS_IGNORED, "Its status says that it is not part of the plan."
        )
        if role is Role.COVERAGE:
            open_rows = rows[[word is None for word in status]]
            self.waiting_areas += len(open_rows)
            self._settle(
                open_rows, Outcome.QUARANTINED, Code.STATUS_UNKNOWN, "Nobody has said yet what its status means."
            )
        self.unknown += resolved.unknown
        if not self.silence:
            self.silent[role] = self.silent.get(role, 0) + resolved.silent
        return status, evidence

    def _is_classified(self, words: list[str | None], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Tell which rows are of a technology that is classified; the others give no coverage, whatever their status.

        Silence is fiber. A copper area that is live must not become a fiber area that is live.
        """
        other = np.array([is_other_technology(word) for word in words], dtype=np.bool_)
        known = np.array([word is None or read_technology(word) is not None for word in words], dtype=np.bool_)
        self._settle(rows[other], Outcome.SET_ASIDE, Code.TECHNOLOGY_OTHER, "Copper, cable and satellite stay out.")
        asked = ~known & ~other
        self._settle(rows[asked], Outcome.QUARANTINED, Code.TECHNOLOGY_UNKNOWN, "Nobody knows its technology.")
        self.unknown_technologies.update(str(words[i]) for i in np.flatnonzero(asked))
        return known

    def _ask_addresses(self, layer: str, mapped: pa.Table) -> None:
        """Ask about status words of an address source too; until somebody answers they state nothing."""
        if "status" in mapped.column_names:
            words = unknown_words(mapped["status"], self._vocabulary(layer, Role.ADDRESSES))
            self.unknown += [UnknownWord(word, "status of addresses", count) for word, count in words]

    def _settle_unplaced(self, rows: npt.NDArray[np.int64]) -> None:
        """Set aside what has no geometry; where the reader said what is wrong with it, that stands."""
        broken = np.array([self.fate["reason"][row] not in (None, Code.GEOMETRY_MISSING) for row in rows], dtype=bool)
        self._settle(rows[~broken], Outcome.SET_ASIDE, Code.GEOMETRY_MISSING, "It has no geometry to put on a map.")
        for row in rows[broken]:
            self.fate["outcome"][row] = str(Outcome.QUARANTINED)

    def _settle(self, rows: npt.NDArray[np.int64], outcome: Outcome, reason: Code, detail: str) -> None:
        for row in rows:
            self.fate["outcome"][row] = str(outcome)
            self.fate["reason"][row] = str(reason)
            self.fate["detail"][row] = detail

    def draft(self) -> Draft:
        """Return everything that was collected."""
        profiles = [self._profile(layer, role) for layer, role in self.mappings]
        uses = [profile.permitted_uses for profile in profiles if profile]
        licences = [profile.licence for profile in profiles if profile]
        restricted = frozenset(ALL_USES).intersection(*uses) if uses else frozenset(ALL_USES)
        return Draft(
            staged=self.staged,
            proposals=self.proposals,
            mappings=self.mappings,
            plan_rows=pa.concat_tables([PLAN_ROW.empty_table(), *self.plan_rows]),
            addresses=tuple(self.addresses),
            outcomes=self._outcomes(),
            unknown=tuple(self.unknown),
            contradictions=tuple(self.contradictions),
            silent=self.silent,
            unknown_technologies=self.unknown_technologies,
            waiting_areas=self.waiting_areas,
            licence=self.choices.licence or (licences[0] if licences else "not_stated"),
            permitted_uses=restricted if self.choices.permitted_uses is None else self.choices.permitted_uses,
        )

    def _outcomes(self) -> pa.Table:
        kept = ("layer", "row", "part", "name", "source_fid", "geometry", "attributes")
        columns = {name: self.staged.features[name] for name in kept}
        columns |= {name: pa.array(values, type=pa.string()) for name, values in self.fate.items()}
        return pa.table(columns)


def place_addresses(features: pa.Table) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return longitude and latitude of address features, NaN for none; an area stands for a point on its surface."""
    geometry = shapely.from_wkb(features["geometry"].to_numpy(zero_copy_only=False))
    points = np.where(shapely.get_dimensions(geometry) == 2, shapely.point_on_surface(geometry), geometry)
    points = np.where(shapely.get_type_id(points) == 0, points, shapely.centroid(points))
    return shapely.get_x(points), shapely.get_y(points)


def role_overrides(role: Role | None) -> tuple[RoleOverride, ...]:
    """Return the decision that ``--role`` stands for: everything in the source has this role."""
    return () if role is None else (RoleOverride(role, Selector()),)
