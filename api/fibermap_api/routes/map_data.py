"""What the map and the table are drawn from: tiles, their description, the legend's counts, rows."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.kernel.errors import Code, NotPermitted
from fibermap.report.bbox import Bbox
from fibermap.report.legend import count_by_class, words_to_filter_by
from fibermap.report.rows import Sort, page_of_rows
from fibermap.report.screen_source import State
from fibermap.report.selection import Selection
from fibermap.report.tiles import PUBLIC, Layer, draw_tile
from fibermap.report.world import Tile
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.map_style import base_url, style, tile_json
from fibermap_api.models.screen import (
    FiltersAnswer,
    LayerQuestion,
    LegendAnswer,
    LegendQuestion,
    NoQuestion,
    TableAnswer,
    TableQuestion,
    TileJson,
    TileQuestion,
)
from fibermap_api.screen_desk import Shown

MVT = "application/vnd.mapbox-vector-tile"
MAY_SEE = (Scope.READ, Scope.PUBLIC)
_GZIP_LEVEL = 3
_WORTH_COMPRESSING_BYTES = 500
_PUBLIC_FILTERS = {"class"}


async def send_tile(call: Call) -> Response:
    """A vector tile (MVT) of addresses, areas, the network or demand. Every feature carries `id`, `class` and `count`:
    true points when near, groups with a negative id when far. Filters apply. Where there is nothing the tile is empty.
    """
    asked, public = call.query, _is_public(call)
    layer, tile = Layer(asked.layer), Tile(asked.z, asked.x, asked.y)
    selection = _selection(call, asked.selection(), layer)

    def draw(shown: Shown) -> Response:
        headers = _headers(shown.screen.state, public, selection)
        if headers["etag"] in call.request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        body = draw_tile(shown.screen.sql, layer, tile, selection, public=public)
        if len(body) >= _WORTH_COMPRESSING_BYTES and "gzip" in call.request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            body = gzip.compress(body, _GZIP_LEVEL, mtime=0)
        return Response(body, headers=headers, media_type=MVT)

    return await call.service.screen.ask(draw)


async def describe_tiles(call: Call) -> Response:
    """The TileJSON of a layer; its tiles carry the same filters."""
    asked, public = call.query, _is_public(call)
    layer = Layer(asked.layer)
    selection = _selection(call, asked.selection(), layer)
    filters, base = urlencode(selection.as_query()), base_url(call.request)
    return await _said(call, lambda shown: tile_json(shown.screen, layer, filters, base, public=public))


async def send_style(call: Call) -> Response:
    """A style for MapLibre that draws every layer the caller may see, classes by colour."""
    _selection(call, Selection(), Layer.ADDRESSES)
    return answer(style(PUBLIC if _is_public(call) else Layer, base_url(call.request)))


async def count_legend(call: Call) -> Response:
    """How many addresses and units of each class are in view and pass the filters."""
    asked, public = call.query, _is_public(call)
    selection, bbox = _selection(call, asked.selection(), Layer.ADDRESSES), _bbox(asked.bbox)

    def count(shown: Shown) -> dict[str, Any]:
        found = count_by_class(shown.screen.sql, selection, bbox, public=public)
        if public:
            found["classes"] = [{**row, "orderable": None} for row in found["classes"]]
        return {**found, "left_out": 0 if public else shown.screen.state.left_out}

    return await _said(call, count)


async def list_filters(call: Call) -> Response:
    """The words that there are to filter by, each with the addresses it would leave."""
    return await _said(call, lambda shown: {"filters": words_to_filter_by(shown.screen.sql)})


async def list_rows(call: Call) -> Response:
    """The addresses in view that pass the filters, as rows, page by page: the table beside the map."""
    asked = call.query
    selection, bbox, sort = asked.selection(), _bbox(asked.bbox), Sort.from_text(asked.sort)

    def read(shown: Shown) -> dict[str, Any]:
        page = page_of_rows(shown.screen.sql, selection, bbox, sort=sort, after=asked.after, limit=asked.limit)
        return {**page, "left_out": shown.screen.state.left_out}

    return await _said(call, read)


async def _said(call: Call, read: Callable[[Shown], dict[str, Any]]) -> Response:
    """Answer what was read with the state that it is of, or 304 where the caller has that already."""
    public = _is_public(call)

    def work(shown: Shown) -> Response:
        state = shown.screen.state
        headers = _headers(state, public)
        if headers["etag"] in call.request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        versions = {"plan_version": state.plan_version, "data_version": state.data_version}
        return answer({**read(shown), **versions}, headers=headers)

    return await call.service.screen.ask(work)


def _headers(state: State, public: bool, selection: Selection | None = None) -> dict[str, str]:
    """Return the headers of an answer, which differ whenever it may: state and reader; the URL has the rest.

    Except of tiles: MapLibre takes one with the mark of the one before, under whichever URL, for the same tile.
    Taken before the reading: an answer is of this state or of a later one, so that nobody keeps too old a one.
    """
    filters = "" if selection is None else urlencode(selection.as_query())
    of = f"-{sha256(filters.encode()).hexdigest()[:16]}" if filters else ""
    etag = f'W/"{state.stamp}{"-public" if public else ""}{of}"'
    return {"etag": etag, "cache-control": "private, no-cache", "vary": "accept-encoding, authorization, cookie"}


def _is_public(call: Call) -> bool:
    return not call.caller.may(Scope.READ)


def _selection(call: Call, selection: Selection, layer: Layer) -> Selection:
    """Return the filters, once the caller may see the layer and filter by them.

    Raises
    ------
    NotPermitted
        ``public_map_off``; ``scope_missing`` for a layer or filter that tells of what is internal.
    """
    if not _is_public(call):
        return selection
    if not call.service.gate.visitors:
        raise NotPermitted(
            Code.PUBLIC_MAP_OFF, "The public map is not switched on.", hint="Use a key that has the scope read."
        )
    if layer not in PUBLIC or not set(selection.as_query()) <= _PUBLIC_FILTERS:
        raise NotPermitted(
            Code.SCOPE_MISSING, "The public may not see that.", hint="Ask for addresses or areas, filtered by class."
        )
    return selection


def _bbox(text: str | None) -> Bbox | None:
    return None if text is None else Bbox.from_text(text)


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/tiles/{layer}/{z}/{x}/{y}.mvt", send_tile, "Draw a tile", MAY_SEE,
        query=TileQuestion, media_types=(MVT,), problems=(404,), tag="map",
    ),
    Endpoint(
        "GET", "/v1/tiles/{layer}.json", describe_tiles, "Describe a layer's tiles", MAY_SEE,
        query=LayerQuestion, answers=TileJson, tag="map",
    ),
    Endpoint("GET", "/v1/style.json", send_style, "A style for the map", MAY_SEE, query=NoQuestion, tag="map"),
    Endpoint(
        "GET", "/v1/legend", count_legend, "Count what is in view", MAY_SEE,
        query=LegendQuestion, answers=LegendAnswer, tag="map",
    ),
    Endpoint(
        "GET", "/v1/filters", list_filters, "List what can be filtered by", (Scope.READ,),
        query=NoQuestion, answers=FiltersAnswer, tag="map",
    ),
    Endpoint(
        "GET", "/v1/table", list_rows, "List what is in view", (Scope.READ,),
        query=TableQuestion, answers=TableAnswer, problems=(404,), tag="map",
    ),
)  # fmt: skip
