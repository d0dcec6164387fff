"""Where a target field's value comes from, and a mapping: one such source per target field."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from fibermap.ingest.groups import Role
from fibermap.ingest.targets import TARGETS
from fibermap.kernel.errors import Code, InputRefused

OWN_PARTS = ("name", "layer", "source_fid")


@dataclass(frozen=True, slots=True)
class Column:
    """The first of these columns that states something."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """All that these columns state, in order, with single spaces between."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """The same text for every feature, for example the state of a county's file."""

    text: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the feature's path: 0 is the outermost, -1 the innermost. NULL where the path is too short."""

    level: int


@dataclass(frozen=True, slots=True)
class FolderNamed:
    """The innermost folder in whose name ``word`` stands whole, for example ``phase``."""

    word: str


@dataclass(frozen=True, slots=True)
class Own:
    """What the feature itself carries: its ``name``, ``layer`` or ``source_fid``."""

    part: str


FieldSource = Column | Joined | Constant | Folder | FolderNamed | Own


@dataclass(frozen=True, slots=True)
class Mapping:
    """For a role, the source of each target field that has one.

    Attributes
    ----------
    role
        The role whose targets (:data:`~fibermap.ingest.targets.TARGETS`) are filled.
    fields
        Target field -> source. Targets not named stay NULL.
    """

    role: Role
    fields: AbstractMapping[str, FieldSource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", MappingProxyType(dict(self.fields)))

    def columns(self) -> tuple[str, ...]:
        """Return the attribute columns that the mapping reads, each once."""
        return tuple(dict.fromkeys(name for source in self.fields.values() for name in columns_read(source)))

    def to_json(self) -> dict[str, Any]:
        """Return the mapping as JSON values."""
        return {
            "role": str(self.role),
            "fields": {target: source_to_json(source) for target, source in self.fields.items()},
        }

    @classmethod
    def from_json(cls, data: Any) -> Mapping:
        """Read what :meth:`to_json` wrote, or a person did.

        Raises
        ------
        InputRefused
            ``mapping_invalid``, naming the field and the nearest target that there is.
        """
        if not isinstance(data, dict) or not isinstance(data.get("fields"), dict):
            raise _invalid('A mapping is an object with "role" and "fields".')
        if data.get("role") not in tuple(Role):
            raise _invalid(f"There is no role {data.get('role')!r}.", hint=_nearest(str(data.get("role")), list(Role)))
        role = Role(data["role"])
        for target in data["fields"]:
            check_target(role, target)
        return cls(role, {target: source_from_json(target, source) for target, source in data["fields"].items()})


@dataclass(frozen=True, slots=True)
class LayerMapping:
    """A person's mapping for one layer, above what is proposed and above a mapping for all layers."""

    layer: str
    mapping: Mapping

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"layer": self.layer, **self.mapping.to_json()}

    @classmethod
    def from_json(cls, data: Any) -> LayerMapping:
        """Read ``{"layer": ..., "role": ..., "fields": {...}}``; raises ``mapping_invalid``."""
        if not isinstance(data, dict) or not isinstance(data.get("layer"), str):
            raise _invalid("A mapping of a layer names the layer.", field="layer")
        return cls(data["layer"], Mapping.from_json({key: value for key, value in data.items() if key != "layer"}))


def columns_read(source: FieldSource) -> tuple[str, ...]:
    """Return the attribute columns that a source reads."""
    return source.names if isinstance(source, Column | Joined) else ()


def check_target(role: Role, target: str) -> None:
    """Refuse a target field that the role does not have."""
    if target not in TARGETS[role]:
        hint = _nearest(target, list(TARGETS[role]))
        raise _invalid(f"{role} have no field {target!r}.", hint=hint, field=target)


def check_columns(mapping: Mapping, columns: Collection[str], *, layer: str | None = None) -> None:
    """Refuse a mapping that reads a column which the layer does not have.

    Raises
    ------
    InputRefused
        ``mapping_invalid``, naming the target field, the column, and the nearest column that there is.
    """
    for target, source in mapping.fields.items():
        check_target(mapping.role, target)
        for name in columns_read(source):
            if name not in columns:
                message = f"The mapping takes {target!r} from a column {name!r} that is not there."
                raise _invalid(message, hint=_nearest(name, list(columns)), field=target, column=name, layer=layer)


def source_to_json(source: FieldSource) -> dict[str, Any]:
    """Write a source as a JSON object with one member that says its kind."""
    match source:
        case Column(names):
            return {"column": names[0] if len(names) == 1 else list(names)}
        case Joined(names):
            return {"join": list(names)}
        case Constant(text):
            return {"constant": text}
        case Folder(level):
            return {"folder": level}
        case FolderNamed(word):
            return {"folder_named": word}
        case Own(part):
            return {"own": part}


def source_from_json(target: str, data: Any) -> FieldSource:
    """Read a source; a bare text is the name of a column. Raises ``mapping_invalid``."""
    if isinstance(data, str):
        data = {"column": data}
    source = _source_of_kind(*next(iter(data.items()))) if isinstance(data, dict) and len(data) == 1 else None
    if source is None:
        raise _invalid(
            f"The source of the field {target!r} cannot be read: {str(data)[:80]}.",
            hint='Write {"column": name}, {"join": [names]}, {"constant": text}, {"folder": level}, '
            '{"folder_named": word} or {"own": "name"}.',
            field=target,
        )
    return source


def _source_of_kind(kind: Any, value: Any) -> FieldSource | None:
    source: FieldSource | None = None
    match kind, value:
        case ("column" | "join", str() | [*_]):
            names = (value,) if isinstance(value, str) else tuple(value)
            if names and all(isinstance(name, str) and name for name in names):
                source = Column(names) if kind == "column" else Joined(names)
        case "constant", str(text):
            source = Constant(text)
        case "folder", int(level) if not isinstance(level, bool):
            source = Folder(level)
        case "folder_named", str(word) if word:
            source = FolderNamed(word)
        case "own", str(part) if part in OWN_PARTS:
            source = Own(part)
    return source


def _nearest(name: str, choices: list[str]) -> str:
    """Name the choice that looks most like ``name``, whatever its case, or the first few there are."""
    by_lower = {choice.lower(): str(choice) for choice in choices}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.5)
    if close:
        return f"Did you mean {by_lower[close[0]]!r}?"
    return f"There are: {', '.join(map(str, choices[:12]))}." if choices else "There are none."


def _invalid(message: str, *, hint: str = "", **where: Any) -> InputRefused:
    return InputRefused(Code.MAPPING_INVALID, message, hint=hint, **where)
