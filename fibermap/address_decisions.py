"""What a person knows better of addresses: added, moved, split, retired, in rows of lots, and held against sources."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from shapely.geometry.base import BaseGeometry

from fibermap.address.corrections import Author
from fibermap.address.disagreements import disagreements
from fibermap.address.lots import LotRow, Numbering, Side
from fibermap.address.model import Kind
from fibermap.coverage import address_commands, commands
from fibermap.coverage.commands import Done
from fibermap.kernel.settings import Settings
from fibermap.store import Store, UnitOfWork


class AddressDecisions(ABC):
    """The verbs of :class:`fibermap.plan.Plan` about addresses. Places are in EPSG:4326, longitude first.

    Each is a plan version, and can be undone.
    """

    store: Store

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """The settings in force."""

    @abstractmethod
    def _decide(self, work: Callable[[UnitOfWork], Done], cause: str, *, dry_run: bool = False) -> Done: ...

    def add_address(self, text: str, lon: float, lat: float, reason: str, author: str) -> Done:
        """Add a provisional address such as ``Lot 14, Elk Ridge``."""
        by = Author(author, reason)
        return self._decide(lambda uow: commands.add_address(uow, text, lon, lat, by, self.settings), "add_address")

    def add_lots(
        self,
        shape: BaseGeometry,
        name: str,
        reason: str,
        author: str,
        *,
        count: int | None = None,
        first: int = 1,
        step: int = 1,
        side: str = "right",
        setback_m: float = 15.0,
        dry_run: bool = False,
    ) -> Done:
        """Add a row of provisional lots as one plan version: at points, or ``count`` of them along a line.

        ``name`` has ``{n}`` where the number stands: ``Lot {n}, Elk Ridge``. Along a line they stand ``setback_m``
        metres to its ``left``, its ``right`` or alternating on ``both`` sides. Source or person confirms them later.
        """
        lots = LotRow(shape, Numbering(name, first, step), count, Side(side), setback_m).lots()
        by = Author(author, reason)
        return self._decide(
            lambda uow: address_commands.add_lots(uow, lots, by, self.settings), "add_lots", dry_run=dry_run
        )

    def preview_lots(
        self,
        shape: BaseGeometry,
        name: str,
        *,
        count: int | None = None,
        first: int = 1,
        step: int = 1,
        side: str = "right",
        setback_m: float = 15.0,
    ) -> list[dict[str, Any]]:
        """Say where :meth:`add_lots` would put each lot, which class it would have, and what is known there already."""
        lots = LotRow(shape, Numbering(name, first, step), count, Side(side), setback_m).lots()
        return self.store.preview(lambda uow: address_commands.look_at_lots(uow, lots, self.settings), cause="read")

    def confirm_address(self, address_id: int, reason: str, author: str) -> Done:
        """Say that a provisional address is real, before any source does."""
        by = Author(author, reason)
        return self._decide(
            lambda uow: address_commands.confirm_address(uow, address_id, by, self.settings), "confirm_address"
        )

    def move_address(self, address_id: int, lon: float, lat: float, reason: str, author: str) -> Done:
        """Put an address where it really is."""
        by = Author(author, reason)
        return self._decide(
            lambda uow: commands.move_address(uow, address_id, lon, lat, by, self.settings), "move_address"
        )

    def retype_address(self, address_id: int, kind: str, reason: str, author: str, *, serviceable: bool) -> Done:
        """Say who is at an address, and whether it is sold to."""
        by, what, sold = Author(author, reason), Kind(kind), serviceable
        return self._decide(
            lambda uow: commands.retype_address(uow, address_id, what, by, self.settings, serviceable=sold),
            "retype_address",
        )

    def split_address(self, address_id: int, pattern: str, reason: str, author: str, *, dry_run: bool = False) -> Done:
        """Give a building units by pattern: ``1-24``, ``A-D``, ``1-12 x A-F`` for floors 1 to 12 with A to F each."""
        by = Author(author, reason)
        return self._decide(
            lambda uow: commands.split_address(uow, address_id, pattern, by, self.settings),
            "split_address",
            dry_run=dry_run,
        )

    def preview_units(self, address_id: int, pattern: str) -> list[dict[str, Any]]:
        """Say which units :meth:`split_address` would give a building, and which of them it has already."""
        return self.store.preview(lambda uow: address_commands.look_at_units(uow, address_id, pattern), cause="read")

    def retire_address(self, address_id: int, reason: str, author: str, *, dry_run: bool = False) -> Done:
        """Take an address out of the current ones; ``dry_run`` only says which verdicts would change."""
        by = Author(author, reason)
        return self._decide(
            lambda uow: commands.retire_address(uow, address_id, by, self.settings), "retire_address", dry_run=dry_run
        )

    def disagreements(self) -> list[Mapping[str, Any]]:
        """Return the corrections whose sources now say something else than when they were made."""
        return list(self.store.preview(disagreements, cause="read"))

    def keep_correction(self, correction_id: int, reason: str, author: str, *, seen: int | None = None) -> Done:
        """Let a correction stand against what its source says now; ``seen`` is that of the disagreement looked at."""
        by = Author(author, reason)
        return self._decide(
            lambda uow: address_commands.keep_correction(uow, correction_id, by, self.settings, seen=seen),
            "keep_correction",
        )

    def withdraw_correction(self, correction_id: int, reason: str, author: str, *, seen: int | None = None) -> Done:
        """Take the source's word in the place of a correction; ``seen`` as for keeping it."""
        by = Author(author, reason)
        return self._decide(
            lambda uow: address_commands.withdraw_correction(uow, correction_id, by, self.settings, seen=seen),
            "withdraw_correction",
        )
