"""The statements behind a tile: each row is one feature, with its geometry in the tile's units, and its rank."""

from __future__ import annotations

from fibermap.report.screen_source import LEVELS
from fibermap.report.world import BITS, EXTENT, MOST_ZOOM, Tile, pixel_m

HERE = "x BETWEEN $west AND $east AND y BETWEEN $north AND $south"
"""In the tile; both ends are in it."""

_BUFFER = 64
"""Units around a tile that its shapes reach into, so that their outlines do not show its edges."""
_OUTWARDS = {"west": -1, "east": 1, "south": -1, "north": 1}
_NAMES_FROM = 10
_SHORT_LINES_FROM = 12
"""The zoom from which on lines shorter than a pixel are drawn."""
_INTERNAL = """
    'units': units, 'orderable': orderable, 'held': nullif(holds IS NOT NULL, false),
    'flagged': nullif(flags IS NOT NULL, false), 'expected': expected, 'kind': kind::VARCHAR,
    'connectivity': nullif(connectivity::VARCHAR, 'none')
"""


def addresses(tile: Tile, where: str, public: bool) -> str:
    """Return the addresses of a tile one by one."""
    return f"""
        SELECT {{'geom': {_point(tile, "x", "y")}, 'id': address_id, 'class': class::VARCHAR,
                 'count': 1{"" if public else f", {_INTERNAL}"}}} AS feature, address_id AS rank
        FROM addresses WHERE {where}
    """


def address_groups(tile: Tile, where: str, cells: int, public: bool) -> str:
    """Return the addresses of a tile by cell, class and the day that they are expected on, each group at its middle.

    The largest group comes first, so that a map draws the smaller ones on top of it.
    """
    by = "" if public else ", expected"
    more = "" if public else ", 'units': units, 'expected': expected"
    return f"""
        SELECT {{'geom': {_point(tile, "middle_x", "middle_y")},
                 'id': CASE WHEN members = 1 THEN first_id ELSE -rank END, 'class': class::VARCHAR,
                 'count': members{more}}} AS feature, [-members, rank] AS rank
        FROM (
            SELECT *, row_number() OVER (ORDER BY cell_x, cell_y, class{by}) AS rank
            FROM (
                SELECT {_cell(tile, cells)}, class{by}, count(*) AS members, sum(units)::BIGINT AS units,
                       min(address_id) AS first_id, avg(x) AS middle_x, avg(y) AS middle_y
                FROM addresses WHERE {where} GROUP BY cell_x, cell_y, class{by}
            )
        )
    """


def areas(tile: Tile, condition: str, most: int, public: bool) -> str:
    """Return the areas of a tile, the largest first and so below; ``count`` is the addresses that each one decides."""
    names = f", 'name': name, 'label': {_label(tile)}, 'phase': phase" if tile.z >= _NAMES_FROM else ""
    more = "" if public else f", 'role': role, 'technology': technology, 'expected': expected{names}"
    count = "answerable" if public else "addresses"
    return f"""
        SELECT {{'geom': geom, 'id': feature_id, 'class': class, 'count': coalesce({count}, 0){more}}} AS feature,
               row_number() OVER (ORDER BY size_m DESC, feature_id) AS rank
        FROM ({_shapes(tile, f"layer = 'areas' AND {condition}", most)}) LEFT JOIN area_count USING (feature_id)
    """


def _label(tile: Tile) -> str:
    """Return the name in the one tile that its area's label stands in, so that the map writes it once."""
    edge = tile.metres
    across = f"label_x >= {edge['west']!r} AND label_x < {edge['east']!r}"
    return f"CASE WHEN {across} AND label_y >= {edge['south']!r} AND label_y < {edge['north']!r} THEN name END"


def network(tile: Tile, where: str, condition: str, cells: int | None, most: int) -> str:
    """Return the lines and the points of a tile; ``cells`` None: each point by itself."""
    return f"""
        {_network_lines(tile, condition, most)}
        UNION ALL
        {_network_points(tile, where) if cells is None else _network_groups(tile, where, cells)}
    """


def demand_groups(tile: Tile, addresses: str, places: str, cells: int) -> str:
    """Return how often was asked in vain, by cell, class now and source; never the one place that was asked about.

    ``addresses`` and ``places`` are the conditions of what is about addresses, and of what is not.
    """
    return f"""
        SELECT {{'geom': {_point(tile, "middle_x", "middle_y")}, 'id': -rank, 'class': class, 'source': source,
                 'count': asked}} AS feature, rank
        FROM (
            SELECT *, row_number() OVER (ORDER BY cell_x, cell_y, class, source) AS rank
            FROM (
                SELECT {_cell(tile, cells)}, class, source, sum(asked)::BIGINT AS asked,
                       sum(x * asked) / sum(asked) AS middle_x, sum(y * asked) / sum(asked) AS middle_y
                FROM (
                    SELECT a.x, a.y, a.class, demand.source, demand.asked
                    FROM (SELECT address_id, x, y, class::VARCHAR AS class FROM addresses WHERE {addresses}) a
                    JOIN demand USING (address_id)
                    UNION ALL
                    SELECT x, y, class, source, asked FROM demand WHERE address_id IS NULL AND {places}
                )
                GROUP BY cell_x, cell_y, class, source
            )
        )
    """


def _network_lines(tile: Tile, condition: str, most: int) -> str:
    shortest_m = 0.0 if tile.z >= _SHORT_LINES_FROM else pixel_m(tile.z)
    where = f"layer = 'network' AND size_m >= {shortest_m!r} AND {condition}"
    return f"""
        SELECT {{'geom': geom, 'id': feature_id, 'class': class, 'count': 1, 'kind': coalesce(kind, 'route'),
                 'name': name, 'ports_free': NULL::INTEGER}} AS feature,
               [0, row_number() OVER (ORDER BY size_m DESC, feature_id)] AS rank
        FROM ({_shapes(tile, where, most)})
    """


def _network_points(tile: Tile, where: str) -> str:
    return f"""
        SELECT {{'geom': {_point(tile, "x", "y")}, 'id': feature_id, 'class': class, 'count': 1,
                 'kind': coalesce(kind, 'point'), 'name': name, 'ports_free': ports_free}} AS feature,
               [1, feature_id] AS rank
        FROM feature WHERE {where}
    """


def _network_groups(tile: Tile, where: str, cells: int) -> str:
    return f"""
        SELECT {{'geom': {_point(tile, "middle_x", "middle_y")},
                 'id': CASE WHEN members = 1 THEN first_id ELSE -rank END, 'class': class, 'count': members,
                 'kind': kind, 'name': NULL::VARCHAR, 'ports_free': NULL::INTEGER}} AS feature, [1, rank] AS rank
        FROM (
            SELECT *, row_number() OVER (ORDER BY cell_x, cell_y, class, kind) AS rank
            FROM (
                SELECT {_cell(tile, cells)}, class, coalesce(kind, 'point') AS kind, count(*) AS members,
                       min(feature_id) AS first_id, avg(x) AS middle_x, avg(y) AS middle_y
                FROM feature WHERE {where} GROUP BY ALL
            )
        )
    """


def _point(tile: Tile, x: str, y: str) -> str:
    """Return the tile's unit that a place in the world's units is in."""
    size = 1 << (MOST_ZOOM - tile.z)
    return f"ST_Point(floor(({x} - $west) / {size}), floor(({y} - $north) / {size}))"


def _shapes(tile: Tile, where: str, most: int) -> str:
    """Return the largest areas or lines that reach into a tile, with ``geom`` in its units.

    Clipping costs twenty times as much as moving and scaling, so only what crosses the tile's edge is clipped. What is
    smaller than a unit is not drawn.
    """
    edge, unit_m = tile.metres, tile.unit_m
    west, north = edge["west"], edge["north"]
    inner = {side: edge[side] + sign * _BUFFER * unit_m for side, sign in _OUTWARDS.items()}
    box = f"{{'min_x': {west!r}, 'min_y': {edge['south']!r}, 'max_x': {edge['east']!r}, 'max_y': {north!r}}}::BOX_2D"
    return f"""
        SELECT * EXCLUDE (geometry), CASE
            WHEN outline_west >= {inner["west"]!r} AND outline_east <= {inner["east"]!r}
                 AND outline_south >= {inner["south"]!r} AND outline_north <= {inner["north"]!r}
            THEN ST_Affine(geometry, {1 / unit_m!r}, 0, 0, {-1 / unit_m!r}, {-west / unit_m!r}, {north / unit_m!r})
            ELSE ST_AsMVTGeom(geometry, {box}, {EXTENT}, {_BUFFER}, true) END AS geom
        FROM (
            SELECT feature.*, geometry, label_x, label_y, outline.west AS outline_west, outline.east AS outline_east,
                   outline.south AS outline_south, outline.north AS outline_north
            FROM outline JOIN feature USING (feature_id)
            WHERE level = {_level(tile)} AND {where}
              AND outline.west <= {edge["east"]!r} AND outline.east >= {west!r}
              AND outline.south <= {north!r} AND outline.north >= {edge["south"]!r}
              AND greatest(outline.east - outline.west, outline.north - outline.south) >= {unit_m!r}
            ORDER BY size_m DESC, feature_id LIMIT {most}
        )
    """


def _cell(tile: Tile, cells: int) -> str:
    """Return the columns that tell which cell of a tile a place is in; ``cells`` is a power of two."""
    shift = BITS - tile.z - (cells.bit_length() - 1)
    return f"(x - $west) >> {shift} AS cell_x, (y - $north) >> {shift} AS cell_y"


def _level(tile: Tile) -> int:
    return next(level for level in LEVELS if level >= tile.z)
