"""What a contractor takes to the field: map file, sheet of addresses with terminals and drops, printed map."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.model import Class
from fibermap.exports.lists import in_feet
from fibermap.exports.model import CHOSEN, Material, Which, Written
from fibermap.exports.printing import Printing, caption, write_map
from fibermap.exports.workbook import write_workbook
from fibermap.formats.whole_file import whole_file
from fibermap.formats.write import write_features
from fibermap.kernel.errors import Code, InputRefused, NotFound
from fibermap.maps.palette import LOOKS, NETWORK_LINE
from fibermap.results import to_geo
from fibermap.spatial.metres import metres_per_degree

_FEATURES = """
    SELECT role, kind, class, coalesce(name, terminal_name) AS name, phase, cabinet, ports_total, ports_free, geometry
    FROM plan_feature
    WHERE to_version IS NULL AND role IN ('coverage', 'exclusion', 'network_points', 'network_lines')
"""
NETWORK_AROUND_M = 150.0
"""How far beyond the addresses the network is shown."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_COLOURS = {**{str(class_): look.fill for class_, look in LOOKS.items()}, "network": NETWORK_LINE}
_README = """{title}
{caption}

map.kmz         areas, network and addresses for Google Earth and GIS, in folders
addresses.xlsx  every address with coordinates, terminal and drop; the same as addresses.csv
map.pdf         the map on paper

Coordinates are degrees of latitude and longitude (WGS84). {lengths} A drop is the straight line from the terminal
to the address, as the plan has it; measure on site before cutting cable.

{rows} addresses.{left_out}
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the plan a pack is for: a phase or a cabinet, or neither, for all addresses that were asked for."""

    phase: str | None = None
    cabinet: str | None = None

    def __post_init__(self) -> None:
        """Refuse two scopes at once: ``argument_invalid``."""
        if self.phase is not None and self.cabinet is not None:
            raise InputRefused(
                Code.ARGUMENT_INVALID, "A pack is for a phase or for a cabinet.", hint="Give one of both."
            )

    @property
    def title(self) -> str:
        """What the pack is headed."""
        if self.phase is not None:
            return f"Phase {self.phase}" if not self.phase.lower().startswith("phase") else self.phase
        return f"Cabinet {self.cabinet}" if self.cabinet is not None else "Contractor pack"

    def narrow(self, which: Which) -> Which:
        """Return the addresses that were asked for and are in the scope."""
        if self.phase is not None:
            return Which(f"({which.sql}) AND phase = $scope_phase", {**which.params, "scope_phase": self.phase})
        if self.cabinet is not None:
            inside = (
                "SELECT feature_id FROM plan_feature WHERE to_version IS NULL AND $scope_cabinet IN (cabinet, name) "
                "AND (role = 'coverage' OR role = 'network_points')"
            )
            condition = f"({which.sql}) AND (area_id IN ({inside}) OR terminal_id IN ({inside}))"
            return Which(condition, {**which.params, "scope_cabinet": self.cabinet})
        return which


def write_pack(material: Material, path: Path, scope: Scope) -> Written:
    """Write the pack as a ZIP archive.

    Raises
    ------
    NotFound
        ``scope_is_empty``: no address that may be listed is in the scope.
    InputRefused
        ``export_target_refused``.
    """
    narrowed = replace(material, which=scope.narrow(material.which))
    asked = narrowed.ask(_ADDRESSES)
    addresses = asked.filter(asked["listed"]).drop_columns(["listed"])
    if not addresses.num_rows:
        raise NotFound(
            Code.SCOPE_IS_EMPTY,
            f"There is no address in {scope.title} that may be listed.",
            hint='`fibermap sql "SELECT phase, count(*) FROM addresses GROUP BY phase"` shows what there is.',
        )
    hidden = asked.num_rows - addresses.num_rows
    left_out = {"source_not_permitted": hidden} if hidden else {}
    with TemporaryDirectory(prefix="fibermap-pack-") as folder, whole_file(path) as temporary:
        _write_parts(narrowed, Path(folder), addresses, scope, left_out)
        _pack(Path(folder), temporary)
    return Written(addresses.num_rows, left_out)


# One row an address; the order is that of a walk along each street.
_ADDRESSES = f"""
SELECT address_id, full_address AS address, class, phase, area_name AS area, terminal, drop_m, units, kind,
       technology, connectivity, holds, flags, expected_live_on, round(lat, 7) AS lat, round(lon, 7) AS lon, listed
FROM {CHOSEN} ORDER BY city, street_name, post_type, number, unit, address_id
"""


def _write_parts(
    material: Material, folder: Path, addresses: pa.Table, scope: Scope, left_out: Mapping[str, int]
) -> None:
    sheet = in_feet(addresses) if material.units == "us" else addresses
    write_features(folder / "addresses.csv", to_geo(sheet), layer="addresses")
    write_workbook(folder / "addresses.xlsx", sheet, title=scope.title)
    _write_kmz(material, folder / "map.kmz", sheet, scope.title)
    if len(addresses["lon"].drop_null()):
        write_map(material, folder / "map.pdf", Printing(scope.title))
    lengths = "Drops are in feet." if material.units == "us" else "Drops are in metres."
    said = "".join(f"\n{count:,} more are left out: {reason}." for reason, count in left_out.items())
    readme = _README.format(
        title=scope.title, caption=caption(material), lengths=lengths, rows=f"{addresses.num_rows:,}", left_out=said
    )
    (folder / "README.txt").write_text(readme, encoding="utf-8")


def _write_kmz(material: Material, path: Path, sheet: pa.Table, title: str) -> None:
    import geopandas as gpd
    import pandas as pd

    from fibermap.formats.kml_write import write_kml

    points = to_geo(sheet).rename(columns={"address": "name"})
    points = points.assign(folder=[("Addresses", class_) for class_ in points["class"]], colour=points["class"])
    ground = shapely.MultiPoint([shape for shape in points.geometry if shape is not None]).convex_hull
    features = to_geo(_near(material, ground))
    network = features["role"].str.startswith("network")
    features["folder"] = np.where(network, "Network", "Areas")
    features["colour"] = features["class"].where(~network, "network").fillna(str(Class.UNKNOWN))
    everything = gpd.GeoDataFrame(
        pd.concat([features, points], ignore_index=True), geometry="geometry", crs="EPSG:4326"
    )
    write_kml(
        path, everything, name=title, name_column="name", folder_column="folder", colour_column="colour",
        colours=_COLOURS,
    )  # fmt: skip


def _near(material: Material, ground: BaseGeometry) -> pa.Table:
    """Return the areas that touch the ground of the addresses, and the network on it and around it."""
    if ground.is_empty:
        return material.ask(f"{_FEATURES} LIMIT 0")
    reach_deg = NETWORK_AROUND_M / float(metres_per_degree(ground.centroid.y)[0])
    around = shapely.buffer(ground, reach_deg)
    west, south, east, north = around.bounds
    found = material.ask(
        f"{_FEATURES} AND west <= $east AND east >= $west AND south <= $north AND north >= $south "
        "ORDER BY role, name, feature_id",
        west=west, south=south, east=east, north=north,
    )  # fmt: skip
    shapes = shapely.from_wkb(found["geometry"].to_numpy(zero_copy_only=False))
    network = np.array([role.startswith("network") for role in found["role"].to_pylist()], dtype=bool)
    near = np.where(network, shapely.intersects(shapes, around), shapely.intersects(shapes, ground))
    return found.filter(pa.array(near, pa.bool_()))


def _pack(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(folder.iterdir()):
            entry = zipfile.ZipInfo(part.name, date_time=_EPOCH)
            entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, part.read_bytes())
