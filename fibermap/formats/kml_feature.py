"""One piece of a document as a feature: its outcome, and everything it says."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from fibermap.formats.kml_coordinates import GeometryFault, too_many
from fibermap.formats.kml_data import Schemas, read_attributes
from fibermap.formats.kml_fragment import Fragment, parse_fragment, salvaged
from fibermap.formats.kml_geometry import Shape, geometry_elements, read_geometry
from fibermap.formats.kml_lexer import Piece
from fibermap.formats.kml_names import OVERLAYS, local_name
from fibermap.formats.kml_style import SharedStyles
from fibermap.formats.model import Feature, Outcome, json_text
from fibermap.kernel.errors import Code
from fibermap.kernel.settings import Limits


@dataclass(slots=True)
class Context:
    """What a feature's document lends to it."""

    layer: str
    limits: Limits
    styles: SharedStyles
    schemas: Schemas


def build_feature(piece: Piece, row: int, folder: tuple[str, ...], context: Context) -> Feature:
    """Read one placemark, overlay or network link.

    Parameters
    ----------
    piece
        A ``THING``.
    row
        Its 1-based ordinal in the document.
    folder
        Names of the folders around it, outermost first.

    Returns
    -------
    Feature
        Never raises for what the file holds: whatever is wrong is its outcome.
    """
    feature = Feature(row=row, layer=context.layer, folder=folder)
    if piece.is_beyond or piece.is_cut or not piece.is_whole:
        _set_name(feature, salvaged(piece.content[:65536]))
        return _quarantine_piece(feature, piece, context.limits)
    fragment = parse_fragment(piece.content)
    if fragment.fault:
        _set_name(feature, fragment.root)
        return _quarantine(feature, Code.XML_BROKEN, f"{fragment.fault} See line {piece.line}.")
    element = fragment.root[0]
    _set_name(feature, fragment.root)
    feature.attributes = read_attributes(element, context.schemas)
    feature.style = context.styles.resolve(element)
    if piece.name in OVERLAYS or piece.name == "NetworkLink":
        return _set_aside(feature, piece.name, element)
    _set_geometry(feature, element, fragment, context.limits)
    if len(piece.content) > context.limits.attribute_bytes:
        _shorten_attributes(feature, context.limits)
    return feature


def _set_name(feature: Feature, root: etree._Element) -> None:
    if len(root) == 0:
        return
    element = root[0]
    feature.source_fid = element.get("id") or None
    name = next((child.text for child in element if local_name(child.tag) == "name"), None)
    feature.name = (name or "").strip() or None


def _quarantine_piece(feature: Feature, piece: Piece, limits: Limits) -> Feature:
    if piece.is_cut:
        fault = too_many(limits.vertices)
        return _quarantine(feature, fault.code, fault.detail)
    if piece.is_beyond:
        return _quarantine(feature, Code.XML_BROKEN, f"It stands after the end of the document, in line {piece.line}.")
    return _quarantine(feature, Code.XML_BROKEN, f"Its end is missing; it starts in line {piece.line}.")


def _quarantine(feature: Feature, code: Code, detail: str, part: int | None = None) -> Feature:
    feature.outcome, feature.reason, feature.detail, feature.part = Outcome.QUARANTINED, code, detail, part
    return feature


def _set_aside(feature: Feature, name: str, element: etree._Element) -> Feature:
    href = next((e.text or "" for e in element.iter() if local_name(e.tag) == "href"), "").strip()
    feature.outcome = Outcome.SET_ASIDE
    if name == "NetworkLink":
        feature.reason = Code.NETWORK_LINK_NOT_FOLLOWED
        feature.detail = (
            f"It refers to {href or 'nothing'}. Download that file and ingest it if it is part of the plan."
        )
    else:
        feature.reason = Code.OVERLAY_SET_ASIDE
        feature.detail = f"A {name} is a picture ({href or 'without address'}), it holds no geometry to read."
    return feature


def _set_geometry(feature: Feature, element: etree._Element, fragment: Fragment, limits: Limits) -> None:
    elements = geometry_elements(element)
    if not elements:
        feature.outcome, feature.reason = Outcome.SET_ASIDE, Code.GEOMETRY_MISSING
        feature.detail = "It has no geometry."
        return
    try:
        shape = read_geometry(elements, limits=limits)
    except GeometryFault as fault:
        _quarantine(feature, fault.code, fault.detail, fault.part)
        return
    feature.geometry = shape.geometry
    _describe_shape(feature, shape)
    slips = [(Code.XML_BROKEN, fragment.slip, None)] if fragment.slip else []
    repairs = [*shape.repairs, *slips]
    if repairs:
        feature.outcome = Outcome.REPAIRED
        feature.reason, _, feature.part = repairs[0]
        feature.detail = " ".join(dict.fromkeys(sentence for _, sentence, _ in repairs))


def _describe_shape(feature: Feature, shape: Shape) -> None:
    """Keep what a 2-D geometry cannot say: altitude in metres (a range where it varies) and the time of a track."""
    if shape.low_m is not None and shape.high_m is not None:
        is_flat = shape.low_m == shape.high_m
        altitude = shape.low_m if is_flat else f"{shape.low_m:g}..{shape.high_m:g}"
        feature.attributes.setdefault("altitude_m", altitude)
    if shape.times is not None:
        feature.attributes.setdefault("begin", shape.times[0])
        feature.attributes.setdefault("end", shape.times[1])


def _shorten_attributes(feature: Feature, limits: Limits) -> None:
    """Leave out the longest attributes until the rest is within the limit."""
    sizes = {key: len(json_text(value)) + len(key) for key, value in feature.attributes.items()}
    dropped = []
    while sum(sizes.values()) > limits.attribute_bytes:
        longest = max(sizes, key=lambda key: sizes[key])
        dropped.append(longest)
        del sizes[longest], feature.attributes[longest]
    if dropped and feature.outcome in (Outcome.INGESTED, Outcome.REPAIRED):
        feature.outcome, feature.reason = Outcome.REPAIRED, feature.reason or Code.LIMIT_EXCEEDED
        note = f"Attributes too long to keep: {', '.join(key[:40] for key in dropped[:10])}."
        feature.detail = f"{feature.detail} {note}" if feature.detail else note
