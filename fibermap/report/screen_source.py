"""What screens show, read from the database set by set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import shapely

from fibermap.report.world import pixel_m, to_metres, to_units
from fibermap.serving.build import data_version
from fibermap.serving.overlay import changed_since
from fibermap.store import UnitOfWork
from fibermap.store.executor import named_sql

LEVELS: tuple[int, ...] = (6, 9, 12, 20)
"""Zooms up to which each outline of a shape is drawn; up to the last one it is exact."""

_FEW = 2_000

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class State:
    """Which state of the database screens show.

    Attributes
    ----------
    data_version
        The plan version and the latest event, such as ``7.31``.
    today
        The day that orderable is of, UTC.
    left_out
        Current addresses that may not be shown, because their sources permit no lists.
    demand
        Tells one state of the demand from the next.
    """

    data_version: str
    today: date
    left_out: int
    demand: str = ""

    @property
    def plan_version(self) -> int:
        """The plan version."""
        return int(self.data_version.partition(".")[0])

    @property
    def stamp(self) -> str:
        """What differs whenever anything that is shown may differ."""
        return f"{self.data_version}-{self.today:%Y%m%d}-{self.demand}"


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed since a state: ids of addresses and features, sorted."""

    addresses: Ids
    features: Ids


def read_state(uow: UnitOfWork) -> State:
    """Return the state that the database is in."""
    left_out = uow.sql.value("screen.left_out", "SELECT count(*) FROM address WHERE to_version IS NULL AND NOT listed")
    return State(*read_mark(uow), left_out, read_demand_mark(uow))


def read_mark(uow: UnitOfWork) -> tuple[str, date]:
    """Return what tells cheaply whether anything but the demand has changed: data version and day."""
    today = uow.sql.value("screen.today", "SELECT (current_timestamp AT TIME ZONE 'UTC')::DATE")
    return data_version(uow), today


def read_demand_mark(uow: UnitOfWork) -> str:
    """Return what differs once somebody has asked, reported or left a line."""
    return str(
        uow.sql.value(
            "screen.demand_mark",
            """
            SELECT concat_ws('.', (SELECT count(*) FROM address_check),
                (SELECT count(*) FROM review_queue WHERE queue = 'missing'),
                (SELECT epoch_ms(max(reported_at)) FROM missing_report),
                (SELECT epoch_ms(max(changed_at)) FROM lead),
                (SELECT concat_ws('-', count(*), count(to_version)) FROM redirect))
            """,
        )
    )


def read_addresses(uow: UnitOfWork, wanted: Ids | None = None) -> pa.Table:
    """Return all addresses that may be shown, or the ``wanted`` ones among them, with their place in the world."""
    statement = named_sql("fibermap.report", "screen_addresses")
    if wanted is None:
        table = uow.sql.arrow("screen.addresses", statement)
    elif len(wanted) <= _FEW:  # as numbers they reach the tables below the view: a third of the time
        listed = ", ".join(str(int(address_id)) for address_id in wanted)
        table = uow.sql.arrow("screen.addresses", f"{statement} WHERE address_id IN ({listed or 'NULL'})")
    else:
        some = pa.table({"address_id": wanted})
        table = uow.sql.arrow(
            "screen.addresses", f"{statement} WHERE address_id IN (SELECT address_id FROM wanted)", wanted=some
        )
    return _placed(table, table["lon"], table["lat"])


def read_features(uow: UnitOfWork, wanted: Ids | None = None) -> pa.Table:
    """Return all areas and the network, or the ``wanted`` features among them; points with their place in the world."""
    some = pa.table({"feature_id": np.empty(0, np.int64) if wanted is None else wanted})
    table = uow.sql.arrow(
        "screen.features", named_sql("fibermap.report", "screen_features"), {"all": wanted is None}, wanted=some
    )
    is_point = np.array(table["role"].to_pylist(), dtype=object) == "network_points"
    centres = shapely.get_coordinates(
        shapely.centroid(shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False)))
    )
    lon, lat = (pa.array(centres[:, axis], mask=~is_point) for axis in (0, 1))
    return _placed(table, lon, lat)


def outlines(features: pa.Table) -> pa.Table:
    """Return the shapes of areas and lines in metres of EPSG:3857, one for each of :data:`LEVELS`, and their bounds."""
    shaped = features.filter(pa.compute.is_null(features["x"]))
    exact = to_metres(shapely.from_wkb(shaped["geometry"].to_numpy(zero_copy_only=False)))
    return pa.concat_tables(_outlined(shaped["feature_id"], exact, level) for level in LEVELS)


def read_demand(uow: UnitOfWork) -> pa.Table:
    """Return the view ``demand``: how often was asked in vain, by address or place, class, source and day."""
    table = uow.sql.arrow("screen.demand", "SELECT * FROM demand")
    return _placed(table, table["lon"], table["lat"])


def read_flags(uow: UnitOfWork) -> pa.Table:
    """Return the flags as they are, to tell later which have changed."""
    return uow.sql.arrow("screen.flags", "SELECT address_id, code, detail FROM address_flag")


def read_holds(uow: UnitOfWork) -> pa.Table:
    """Return the holds on addresses as they are, to tell later which have changed."""
    return uow.sql.arrow("screen.holds", "SELECT address_id, hold_id FROM address_hold")


def changes_since(uow: UnitOfWork, state: State, *, flags: pa.Table, holds: pa.Table) -> Changes | None:
    """Return what has changed since a state; None where that may be anything.

    An address that an area or terminal names shows its name, phase and dates, so it changes with it; the caller knows
    which those are.
    """
    since = {"version": state.plan_version}
    ruled = uow.sql.value(
        "screen.rules_changed",
        "SELECT count(*) FROM rule_setting WHERE from_version > $version OR to_version > $version",
        since,
    )
    if ruled:
        return None
    features = uow.sql.arrow(
        "screen.features_changed",
        """
        SELECT DISTINCT feature_id FROM plan_feature
        WHERE from_version > $version OR to_version > $version ORDER BY feature_id
        """,
        since,
    )
    return Changes(
        changed_since(uow, state.data_version, flags=flags, holds=holds),
        np.asarray(features["feature_id"].to_numpy(), dtype=np.int64),
    )


def _outlined(ids: pa.ChunkedArray, exact: npt.NDArray[np.object_], level: int) -> pa.Table:
    drawn = exact if level == LEVELS[-1] else shapely.simplify(exact, pixel_m(level) / 4, preserve_topology=False)
    drawn = np.where(shapely.is_empty(drawn), exact, drawn)  # smaller than that, but there
    drawn = shapely.orient_polygons(drawn, exterior_cw=True)  # as vector tiles want them, where y runs down
    bounds, label = shapely.bounds(drawn), shapely.get_coordinates(shapely.point_on_surface(exact))
    return pa.table(
        {
            "feature_id": ids,
            "level": pa.array(np.full(len(drawn), level, dtype=np.int32)),
            "geometry": pa.array(shapely.to_wkb(drawn), type=pa.binary()),
            "label_x": label[:, 0],
            "label_y": label[:, 1],
            **{side: bounds[:, at] for at, side in enumerate(("west", "south", "east", "north"))},
        }
    )


def _placed(table: pa.Table, lon: pa.ChunkedArray, lat: pa.ChunkedArray) -> pa.Table:
    """Return a table with ``x`` and ``y`` in the world's units, NULL where there is no place."""
    nowhere = np.asarray(pa.compute.is_null(lon)) | np.asarray(pa.compute.is_null(lat))
    x, y = to_units(_filled(lon), _filled(lat))
    return table.append_column("x", pa.array(x, mask=nowhere)).append_column("y", pa.array(y, mask=nowhere))


def _filled(degrees: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return np.asarray(pa.compute.fill_null(degrees, 0.0).to_numpy(zero_copy_only=False), dtype=np.float64)
