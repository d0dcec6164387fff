"""Made-up service areas and addresses with the habits of real ones, reproducible from a seed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

_STATE = (-114.0, 44.0, -108.0, 49.0)
_AREAS_PER_TOWN = 20
_TOWN_DEG = 0.04
_ON_VERTEX, _ON_EDGE, _IN_COUNTRY = 0.005, 0.005, 0.15


def towns(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return town centres, shape ``(count, 2)``."""
    west, south, east, north = _STATE
    return np.column_stack([rng.uniform(west, east, count), rng.uniform(south, north, count)])


def make_areas(count: int, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """Return valid polygons in towns: 20 to 500 vertices, round to ragged, a tenth multipart, a tenth with holes."""
    centres = towns(max(1, count // _AREAS_PER_TOWN), rng)
    return np.array([_area(centres[rng.integers(len(centres))], rng) for _ in range(count)], dtype=object)


def _area(town: npt.NDArray[np.float64], rng: np.random.Generator) -> shapely.Geometry:
    kind = rng.random()
    centre = town + rng.normal(0, _TOWN_DEG, 2)
    radius = np.exp(rng.uniform(np.log(0.002), np.log(0.02)))
    outline = _outline(centre, radius, rng)
    if kind < 0.1:
        apart = _outline(centre + np.array([3.5 * radius, 0.0]), radius, rng)
        return shapely.MultiPolygon([shapely.Polygon(outline), shapely.Polygon(apart)])
    if kind < 0.2:
        return shapely.Polygon(outline, [centre + (outline - centre) * 0.4])
    return shapely.Polygon(outline)


def _outline(centre: npt.NDArray[np.float64], radius: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return a ring that is round, lobed, or ragged like one traced along parcels."""
    vertices = int(rng.integers(20, 500))
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    lobes = sum(rng.normal(0, 0.25 / wave) * np.sin(wave * angle + rng.uniform(0, 6)) for wave in range(2, 8))
    bumps = rng.uniform(-1, 1, vertices) * rng.choice([0.0, 0.02, 0.2])
    reach = radius * np.clip(1 + lobes * rng.integers(0, 2) + bumps, 0.3, 1.7)
    return centre + np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])


def make_points(
    count: int, areas: npt.NDArray[np.object_], rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return longitudes and latitudes: most in towns, some between them, some exactly on vertices, some along edges."""
    west, south, east, north = _STATE
    vertices = shapely.get_coordinates(areas)
    kind = rng.random(count)
    near = vertices[rng.integers(len(vertices), size=count)] + rng.normal(0, 0.008, (count, 2))
    country = np.column_stack([rng.uniform(west, east, count), rng.uniform(south, north, count)])
    points = np.where((kind < _IN_COUNTRY)[:, None], country, near)
    on_vertex = kind > 1 - _ON_VERTEX
    points[on_vertex] = vertices[rng.integers(len(vertices), size=on_vertex.sum())]
    on_edge = (kind > 1 - _ON_VERTEX - _ON_EDGE) & ~on_vertex
    first = rng.integers(len(vertices) - 1, size=on_edge.sum())
    points[on_edge] = (vertices[first] + vertices[first + 1]) / 2
    return np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
