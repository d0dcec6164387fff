"""Vector tiles: true points when near, groups with counts when far; the same bytes for the same state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from fibermap.report import tile_features as features
from fibermap.report.selection import Selection
from fibermap.report.world import EXTENT, Tile
from fibermap.store import Executor

POINTS_FROM = 14
"""The zoom from which on each address is a point of its own."""
TERMINALS_FROM = 13
"""The zoom from which on each terminal is a point of its own."""
MOST_POINTS = 10_000
"""Points in one tile, beyond which they are grouped however near it is."""
MOST_BYTES = 500_000
FAR_CELLS, NEAR_CELLS = (16, 8, 4, 2), (64, 32, 16, 8)
"""Cells along an edge of a tile, with room for a count where it is far; the first number that makes it small enough."""
MOST_SHAPES = (20_000, 5_000, 1_000, 200)
"""Areas or lines in one tile, the largest; the first number that makes a tile small enough."""

_T = TypeVar("_T")


class Layer(StrEnum):
    """What there are tiles of."""

    ADDRESSES = "addresses"
    AREAS = "areas"
    NETWORK = "network"
    DEMAND = "demand"


PUBLIC: tuple[Layer, ...] = (Layer.ADDRESSES, Layer.AREAS)
"""What the public may see: where there is or will be service, and nothing of how."""


def draw_tile(sql: Executor, layer: Layer, tile: Tile, selection: Selection, *, public: bool = False) -> bytes:
    """Return a tile, ``b""`` where there is nothing in it.

    Every feature has ``id``, ``class`` and ``count``: an address has its own id, a group a negative number. Each
    address that may be shown and has a place is in exactly one tile of a zoom and counts there once.

    Parameters
    ----------
    sql
        The tables of a `Screen`.
    selection
        Filters addresses; areas and the network by what they have in common with addresses, see
        `Selection.condition_on_features`, and the demand at addresses as these; what is about no address see
        `Selection.condition_on_places`.
    public
        Only what the public may see: addresses that public answers may contain, and nothing but the class.
    """
    return _PAINTERS[layer](sql, tile, selection, public)


def _addresses(sql: Executor, tile: Tile, selection: Selection, public: bool) -> bytes:
    condition, params = selection.condition()
    where = f"{features.HERE} AND {condition}" + (" AND answerable" if public else "")
    values = {**tile.units, **params}
    if tile.z >= POINTS_FROM and _count(sql, f"addresses WHERE {where}", values) <= MOST_POINTS:
        return _tile(sql, Layer.ADDRESSES, features.addresses(tile, where, public), values)
    return _small_enough(
        FAR_CELLS if tile.z < POINTS_FROM else NEAR_CELLS,
        lambda cells: _tile(sql, Layer.ADDRESSES, features.address_groups(tile, where, cells, public), values),
    )


def _areas(sql: Executor, tile: Tile, selection: Selection, public: bool) -> bytes:
    condition, params = selection.condition_on_features()
    return _small_enough(
        MOST_SHAPES,
        lambda most: _tile(sql, Layer.AREAS, features.areas(tile, condition, most, public), params),
    )


def _network(sql: Executor, tile: Tile, selection: Selection, _public: bool) -> bytes:
    condition, params = selection.condition_on_features()
    where = f"layer = 'network' AND {features.HERE} AND {condition}"
    values = {**tile.units, **params}
    near = tile.z >= TERMINALS_FROM and _count(sql, f"feature WHERE {where}", values) <= MOST_POINTS
    return _small_enough(
        list(zip(FAR_CELLS if tile.z < TERMINALS_FROM else NEAR_CELLS, MOST_SHAPES, strict=True)),
        lambda size: _tile(
            sql, Layer.NETWORK, features.network(tile, where, condition, None if near else size[0], size[1]), values
        ),
    )


def _demand(sql: Executor, tile: Tile, selection: Selection, _public: bool) -> bytes:
    condition, params = selection.condition()
    elsewhere, more = selection.condition_on_places()
    at_addresses, at_places = f"{features.HERE} AND {condition}", f"{features.HERE} AND {elsewhere}"
    values = {**tile.units, **params, **more}
    return _small_enough(
        FAR_CELLS,
        lambda cells: _tile(sql, Layer.DEMAND, features.demand_groups(tile, at_addresses, at_places, cells), values),
    )


_PAINTERS: dict[Layer, Callable[[Executor, Tile, Selection, bool], bytes]] = {
    Layer.ADDRESSES: _addresses,
    Layer.AREAS: _areas,
    Layer.NETWORK: _network,
    Layer.DEMAND: _demand,
}


def _count(sql: Executor, rows: str, values: dict[str, Any]) -> int:
    return int(sql.value("tile.count", f"SELECT count(*) FROM {rows}", values))


def _small_enough(sizes: Sequence[_T], draw: Callable[[_T], bytes]) -> bytes:
    """Return the first tile of at most `MOST_BYTES`, or else the coarsest."""
    drawn = b""
    for size in sizes:
        drawn = draw(size)
        if len(drawn) <= MOST_BYTES:
            break
    return drawn


def _tile(sql: Executor, layer: Layer, rows: str, values: dict[str, Any]) -> bytes:
    """Encode rows of ``feature`` and ``rank``. Only an order inside the aggregate makes the bytes the same."""
    statement = f"""
        WITH drawn AS ({rows})
        SELECT count(*), ST_AsMVT(feature, '{layer}', {EXTENT}, 'geom' ORDER BY rank)
        FROM drawn WHERE feature.geom IS NOT NULL
    """
    row = sql.row(f"tile.{layer}", statement, values)
    return b"" if row is None or row[0] == 0 else bytes(row[1])
