"""Draw a plan, or what a dry run would make of it, on a map in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from fibermap.coverage.permissions import LeftOut
from fibermap.maps.assets import read_assets
from fibermap.maps.contents import MapContents, gather
from fibermap.maps.page import CoverageMap
from fibermap.results import to_geo

if TYPE_CHECKING:
    import folium
    import geopandas as gpd
    import pyarrow as pa


def draw_map(
    addresses: gpd.GeoDataFrame,
    *,
    areas: gpd.GeoDataFrame,
    network: gpd.GeoDataFrame,
    gaps: gpd.GeoDataFrame | None = None,
    title: str = "Coverage",
    caption: str = "",
    units: Literal["us", "metric"] = "us",
    tiles: str | None = None,
    attribution: str = "",
    notes: Sequence[str] = (),
) -> folium.Map:
    """Draw addresses over areas and network.

    Up to 5,000 addresses are drawn one by one, with a shape and a colour for each class. More are grouped: circles
    sized by the number of addresses, in the colour of the most frequent class, which split up as one zooms in. So
    the file stays below 3 MB however many addresses there are.

    Parameters
    ----------
    addresses
        Rows of the view ``addresses``; points in EPSG:4326 (x is longitude). A row without geometry is counted in
        the legend and the table, and not drawn. Columns that are missing are taken as unknown.
    areas, network, gaps
        Rows of :attr:`fibermap.plan.Plan.areas`, :attr:`~fibermap.plan.Plan.network` and
        :meth:`~fibermap.plan.Plan.gaps`, in EPSG:4326. ``gaps=None`` draws no gaps.
    title, caption
        The heading, and a line below it, for instance the plan version and the date of the data.
    units
        ``"us"`` writes lengths in feet and miles, ``"metric"`` in metres.
    tiles
        The URL template of a base map (``https://.../{z}/{x}/{y}.png``). None, the default, draws no base map, and
        the map asks the network for nothing.
    attribution
        Whom to credit for ``tiles``.
    notes
        Sentences on what is not on the map, for below it.

    Returns
    -------
    folium.Map
        Shows itself in a notebook; ``.save("map.html")`` writes it. Folium layers can be added to it, but those
        that come with libraries of their own ask the network for them.

    Raises
    ------
    InputRefused
        ``browser_library_missing``: the package was built without Leaflet.
    """
    contents: MapContents = gather(addresses, areas, network, gaps, units)
    contents = replace(contents, notes=[*notes, *contents.notes])
    return CoverageMap(contents, read_assets(), title=title, caption=caption, tiles=tiles, attribution=attribution)


def draw_dry_run(tables: Mapping[str, pa.Table], units: Literal["us", "metric"]) -> folium.Map:
    """Draw what a dry run would leave behind, of the addresses those that may be listed.

    ``tables`` are those of :meth:`fibermap.ingest.report.IngestReport.tables`.
    """
    every = tables["addresses"]
    listed = every.filter(every["listed"])
    frames = {name: to_geo(table) for name, table in {**tables, "addresses": listed}.items()}
    return draw_map(
        **frames,
        title="What this ingest would do",
        caption="Dry run: nothing of this is written yet",
        units=units,
        notes=LeftOut(every.num_rows - listed.num_rows).notes,
    )
