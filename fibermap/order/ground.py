"""What is true at an address, as far as selling there is concerned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fibermap.address.model import Kind
from fibermap.coverage.model import Class, NotOrderable


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where an address stands for one technology.

    ``area_id`` is the area that decides, None where something else does; ``expected_precision`` is ``day``, ``month``,
    ``quarter`` or ``year``.
    """

    class_: Class
    area_id: int | None = None
    phase: str | None = None
    expected_live_on: date | None = None
    expected_precision: str | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """One address with everything that decides what may be sold there.

    Attributes
    ----------
    address_id
        The id that the address has now, whatever it was asked by.
    units
        Units that are sold to under this id: more than one for a building without a list of them.
    kind
        Who is there: ``residential``, ``business``, ``institution``, ``other``.
    lon, lat
        Degrees, EPSG:4326; None without a usable position.
    coverage
        By technology; a technology that is not there is out-of-coverage.
    not_orderable
        Every reason against selling today, as the view ``addresses`` gives them, for the best technology.
    terminal_id, ports_free
        The terminal that would serve it and what its source says of free ports; None: not recorded.
    """

    address_id: int
    location_id: int
    full_address: str
    serviceable: bool
    units: int
    kind: Kind
    city: str | None
    state: str | None
    zip: str | None
    lon: float | None
    lat: float | None
    phase: str | None
    coverage: Mapping[str, Coverage]
    not_orderable: tuple[NotOrderable, ...] = ()
    holds: tuple[str, ...] = ()
    sales_open_on: date | None = None
    network_ready_on: date | None = None
    terminal_id: int | None = None
    ports_free: int | None = None

    def class_of(self, technology: str) -> Class:
        """Return the class of one technology."""
        return self.coverage[technology].class_ if technology in self.coverage else Class.OUT
