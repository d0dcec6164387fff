"""What the county is made of, before any file is written. Places are metres east and north of its middle."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from shapely.geometry.base import BaseGeometry

from fibermap.demo.ground import Spot


@dataclass(frozen=True, slots=True)
class Town:
    """A town: where it lies, how its grid is turned, and which share of the county's addresses it has."""

    name: str
    initials: str
    zip: str
    x_m: float
    y_m: float
    turn_deg: float
    share: float


TOWNS = (
    Town("Juniper Ford", "JF", "59991", 0.0, 0.0, 0.0, 0.46),
    Town("Quill Creek", "QC", "59992", 14_000.0, 6_000.0, 14.0, 0.18),
    Town("Cinder Bend", "CB", "59993", -13_000.0, 5_000.0, -9.0, 0.13),
    Town("Hob Siding", "HS", "59994", 9_000.0, -7_500.0, 5.0, 0.09),
    Town("Three Larks", "TL", "59995", -9_000.0, -12_000.0, -4.0, 0.06),
)
"""The rest of the addresses lies on rural roads."""

CAPITAL, STATE_PLANE_TOWN, HTML_TOWN, WIRELESS_TOWN, ESRI_TOWN = range(len(TOWNS))


@dataclass(frozen=True, slots=True)
class Street:
    """A street in its parts, as the county writes them."""

    name: str
    post_type: str = ""
    pre_directional: str = ""
    pre_type: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.pre_directional, self.pre_type, self.name, self.post_type) if part)


@dataclass(frozen=True, slots=True)
class Use:
    """What a structure is: the county's type word, the Fabric's code, and whether one sells to it."""

    word: str
    fabric_code: str
    is_served: bool = True


@dataclass(frozen=True, slots=True)
class Block:
    """Land that is served as a whole: its district, its outline, and where terminals stand."""

    block_id: int
    town: int
    district: str
    cell: BaseGeometry
    terminals: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """A building. ``units`` are the ones the county lists; ``unit_count`` is all that is known where it lists none."""

    structure_id: int
    block_id: int
    town: int
    street: Street
    number: int
    x_m: float
    y_m: float
    use: Use
    unit_type: str = ""
    units: tuple[str, ...] = ()
    unit_count: int | None = None

    @property
    def addresses(self) -> int:
        """How many addresses the county has for it."""
        return max(1, len(self.units))


@dataclass(frozen=True, slots=True)
class Barriers:
    """What a drop does not cross: a river with its width, a railway and a highway."""

    river: BaseGeometry
    railway: BaseGeometry
    highway: BaseGeometry


@dataclass(frozen=True, slots=True)
class County:
    """Everything that was there before the operator came. ``vacant`` is land that is kept free of addresses."""

    seed: int
    blocks: tuple[Block, ...]
    structures: tuple[Structure, ...]
    barriers: Barriers
    vacant: BaseGeometry


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the plan. ``expected`` is the date as the operator wrote it, ``class_`` what its status means."""

    number: int
    title: str
    status: str
    class_: str
    expected: str
    expected_on: date

    @property
    def folder(self) -> str:
        """The name of its folder in the operator's file."""
        return f"Phase {self.number} - {self.title}"


@dataclass(frozen=True, slots=True)
class Area:
    """A service area. ``outline`` is what it covers; ``rings`` is what the file says where that is faulty.

    ``status`` is the word in the file, ``class_`` what a person who knows the plan would say.
    """

    name: str
    phase: Phase
    status: str
    class_: str
    outline: BaseGeometry
    households: int = 0
    technology: str = "Fiber"
    in_esri: bool = False
    rings: tuple[tuple[Spot, ...], ...] | None = None


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal; ``ports_free`` None where nobody recorded it."""

    name: str
    area: str
    phase: Phase
    x_m: float
    y_m: float
    ports_total: int
    ports_free: int | None
    in_esri: bool


@dataclass(frozen=True, slots=True)
class Route:
    """A cable along its terminals."""

    name: str
    phase: Phase
    line: BaseGeometry
    strands: int


@dataclass(frozen=True, slots=True)
class Network:
    """The operator's plan."""

    areas: tuple[Area, ...]
    terminals: tuple[Terminal, ...]
    routes: tuple[Route, ...]
    cabinets: tuple[tuple[str, Phase, Spot], ...]
    exclusions: tuple[tuple[str, BaseGeometry], ...]
    tower: Spot


@dataclass(frozen=True, slots=True)
class Fault:
    """A planted fault, and where the engine has to show it.

    Attributes
    ----------
    code
        What it shows up as: a finding's code, a rejection's reason, a flag, a review reason, or a name of its own.
    shown_as
        ``finding``, ``rejection``, ``flag`` or ``review``: there, under its code. ``merge``: all rows are one address.
        ``address``: in the columns of ``expect``. ``terminal``: nobody at the named terminal is orderable.
        ``record``: the row's text is kept as it is.
    file
        The file it stands in.
    says
        For a person: what is wrong, and what is expected.
    names
        Names of the features at fault.
    source_ids
        The source's own ids of the address rows at fault.
    expect
        Column of the view ``addresses`` -> value, for ``shown_as`` ``address``.
    """

    code: str
    shown_as: str
    file: str
    says: str
    names: tuple[str, ...] = ()
    source_ids: tuple[str, ...] = ()
    expect: dict[str, str | None] = field(default_factory=dict)
