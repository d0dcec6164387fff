"""The map of a sheet as SVG, in millimetres: land below, then areas, network, and addresses on top."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from fibermap.coverage.model import CLASS_ORDER, Class
from fibermap.exports.sheet.frame import Floats, Frame
from fibermap.maps.palette import EXCLUSION_LINE, LOOKS, NETWORK_LINE, Look, code_of

MOST_SYMBOLS = 12_000
"""Addresses that are drawn one by one; more are drawn as circles that count them."""
CELL_MM = 7.0
_SYMBOL_MM = 0.75
_LABEL_ABOVE_MM2 = 120.0
FONT = "Libertinus Serif"


@dataclass(frozen=True, slots=True)
class Area:
    """A coverage or exclusion area; ``class_`` is None for an exclusion."""

    shape: BaseGeometry
    class_: Class | None
    name: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a sheet shows, in EPSG:4326.

    Attributes
    ----------
    land
        Lines of the land: rivers, railways, highways, boundaries.
    lines, points
        The network, each with whether it is live.
    lon, lat, codes
        float64 and int64 of shape (n,): the addresses, with their class as in
        :data:`~fibermap.coverage.model.CLASS_ORDER`.
    """

    areas: Sequence[Area] = ()
    land: Sequence[BaseGeometry] = ()
    lines: Sequence[tuple[BaseGeometry, bool]] = ()
    points: Sequence[tuple[BaseGeometry, bool]] = ()
    lon: Floats = field(default_factory=lambda: np.empty(0))
    lat: Floats = field(default_factory=lambda: np.empty(0))
    codes: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))

    def box(self) -> tuple[float, float, float, float] | None:
        """Return what there is to see: areas and addresses, else the network; None for nothing."""
        shapes = [area.shape for area in self.areas] or [shape for shape, _ in (*self.lines, *self.points)]
        corners = [shapely.bounds(np.array(shapes, dtype=object))] if shapes else []
        if len(self.lon):
            corners.append(np.column_stack([self.lon, self.lat, self.lon, self.lat]))
        if not corners:
            return None
        all_corners = np.vstack(corners)
        low, high = np.nanmin(all_corners[:, :2], axis=0), np.nanmax(all_corners[:, 2:], axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def draw(contents: Contents, frame: Frame) -> str:
    """Return an SVG document. Whatever names say, they are text in it."""
    wide, high = frame.wide_mm, frame.high_mm
    parts = [
        svg_start(0, 0, wide, high),
        f'<clipPath id="sheet"><rect width="{wide:g}" height="{high:g}"/></clipPath>',
        f'<rect width="{wide:g}" height="{high:g}" fill="#fbfaf6"/><g clip-path="url(#sheet)">',
        *_land(contents.land, frame),
        *_areas(contents.areas, frame),
        *_lines(contents.lines, frame),
        *_points(contents.points, frame),
        *_addresses(contents, frame),
        *_labels(contents.areas, frame),
        f'</g><rect width="{wide:g}" height="{high:g}" fill="none" stroke="#4a4a4a" stroke-width="0.3"/></svg>',
    ]
    return "\n".join(parts)


def svg_start(left: float, top: float, wide: float, high: float) -> str:
    """Return the opening tag of a document of this size in millimetres."""
    box = f'viewBox="{left:g} {top:g} {wide:g} {high:g}" width="{wide:g}mm" height="{high:g}mm"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'


def symbol(class_: Class, size_mm: float = _SYMBOL_MM) -> str:
    """Return the mark of a class around the origin."""
    look, r = LOOKS[class_], size_mm
    pen = f'fill="{look.fill}" stroke="{look.line}" stroke-width="{r * 0.2:.3g}"'
    wide, low, arm = f"{r * 0.95:.3g}", f"{r * 0.75:.3g}", f"{r * 0.7:.3g}"
    match look.shape:
        case "triangle":
            return f'<path d="M0 {-r:g} {wide} {low}H-{wide}Z" {pen}/>'
        case "cross":
            arms = f"M-{arm} -{arm} {arm} {arm}M{arm} -{arm} -{arm} {arm}"
            return f'<path d="{arms}" fill="none" stroke="{look.line}" stroke-width="{r * 0.45:.3g}"/>'
        case _:
            return f'<circle r="{r * 0.85:.3g}" {pen}/>'


def _land(land: Sequence[BaseGeometry], frame: Frame) -> Iterator[str]:
    for path in _paths(land, frame):
        yield f'<path d="{path}" fill="none" stroke="#b9c4c9" stroke-width="0.35"/>'


def _areas(areas: Sequence[Area], frame: Frame) -> Iterator[str]:
    for area in areas:
        look = None if area.class_ is None else LOOKS[area.class_]
        for path in _paths([area.shape], frame):
            yield f'<path d="{path}" fill-rule="evenodd" {_area_pen(look)}/>'


def _area_pen(look: Look | None) -> str:
    if look is None:
        return f'fill="none" stroke="{EXCLUSION_LINE}" stroke-width="0.4" stroke-dasharray="0.5 0.8"'
    dash = ' stroke-dasharray="1.6 0.9"' if look.dash else ""
    return f'fill="{look.fill}" fill-opacity="0.14" stroke="{look.line}" stroke-width="0.35"{dash}'


def _lines(lines: Sequence[tuple[BaseGeometry, bool]], frame: Frame) -> Iterator[str]:
    for shape, live in lines:
        dash = "" if live else ' stroke-dasharray="1.2 0.8"'
        for path in _paths([shape], frame):
            yield f'<path d="{path}" fill="none" stroke="{NETWORK_LINE}" stroke-width="0.3"{dash}/>'


def _points(points: Sequence[tuple[BaseGeometry, bool]], frame: Frame) -> Iterator[str]:
    for shape, live in points:
        x, y = frame.place(shapely.get_coordinates(shape)[:1])[0]
        pen = f'fill="{NETWORK_LINE if live else "#ffffff"}" stroke="{NETWORK_LINE}" stroke-width="0.2"'
        yield f'<rect x="{x - 0.6:.2f}" y="{y - 0.6:.2f}" width="1.2" height="1.2" {pen}/>'


def _addresses(contents: Contents, frame: Frame) -> Iterator[str]:
    placed = frame.place(np.column_stack([contents.lon, contents.lat]))
    inside = ((placed >= 0) & (placed <= (frame.wide_mm, frame.high_mm))).all(axis=1)
    placed, codes = placed[inside], contents.codes[inside]
    if len(placed) > MOST_SYMBOLS:
        yield from _circles(placed, codes)
        return
    for class_ in CLASS_ORDER:
        yield f'<g id="{class_}">'
        mark = symbol(class_)
        for x, y in placed[codes == code_of(class_)]:
            yield f'<g transform="translate({x:.2f} {y:.2f})">{mark}</g>'
        yield "</g>"


def _circles(placed: Floats, codes: np.ndarray) -> Iterator[str]:
    """Draw one circle a square of the sheet, in the look of its most frequent class, with the number in it."""
    cells, cell = np.unique(np.floor(placed / CELL_MM).astype(np.int64), axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    counts = np.zeros((len(cells), len(CLASS_ORDER)), np.int64)
    np.add.at(counts, (cell, codes), 1)
    totals = counts.sum(axis=1)
    middles = np.column_stack([np.bincount(cell, weights=axis) / totals for axis in placed.T])
    for (x, y), total, code in zip(middles, totals, counts.argmax(axis=1), strict=True):
        look = LOOKS[CLASS_ORDER[code]]
        r = 1.2 + 2.2 * (total / totals.max()) ** 0.5
        pen = f'fill="{look.ground}" stroke="{look.line}" stroke-width="0.2"'
        yield f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{r:.2f}" {pen}/>'
        yield _text(x, y + 0.55, f"{total:,}", 1.6, look.ink)


def _labels(areas: Sequence[Area], frame: Frame) -> Iterator[str]:
    for area in areas:
        shape = frame.on_paper(area.shape)
        if area.name and shape.area > _LABEL_ABOVE_MM2:
            middle = shape.representative_point()
            yield _text(middle.x, middle.y, area.name[:60], 2.6, "#1d1d1d")


def _text(x: float, y: float, text: str, size_mm: float, ink: str) -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-family="{FONT}" font-size="{size_mm:g}" text-anchor="middle" fill="{ink}">'
        f"{escape(text)}</text>"
    )


def _paths(shapes: Iterable[BaseGeometry], frame: Frame) -> Iterator[str]:
    for shape in shapes:
        rings = [
            ring
            for part in shapely.get_parts(frame.on_paper(shape))
            for ring in ([part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part])
            if ring.geom_type in ("LineString", "LinearRing")
        ]
        if rings:
            yield "".join(_path(ring) for ring in rings)


def _path(line: BaseGeometry) -> str:
    points = shapely.get_coordinates(line)
    return "M" + " ".join(f"{x:.2f} {y:.2f}" for x, y in points) + ("Z" if line.geom_type == "LinearRing" else "")
