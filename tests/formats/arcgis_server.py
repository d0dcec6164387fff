"""A small ArcGIS server on the loopback that can be told to behave badly."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Parameters = dict[str, str]
Object = dict[str, Any]


@dataclass
class Reply:
    """What goes over the wire instead of a well-behaved answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def error(code: int, message: str = "Unable to complete operation.") -> Reply:
    """An error the ArcGIS way: inside a status 200."""
    return Reply(body=json.dumps({"error": {"code": code, "message": message, "details": []}}).encode())


@dataclass
class Asked:
    """One request as it arrived; ``target`` is the request line's address."""

    method: str
    target: str
    path: str
    parameters: Parameters


@dataclass
class ArcGisServer:
    """One service with one layer of points (object ids 1 to ``count``), and switches for its manners."""

    count: int = 25
    max_record_count: int = 10
    has_paging: bool = True
    knows_ids: bool = True
    knows_object_ids: bool = True
    obeys_offset: bool = True
    obeys_out_sr: bool = True
    says_system: bool = True
    overlap: int = 0
    dropped: frozenset[int] = frozenset()
    unannounced: frozenset[int] = frozenset()
    announced_twice: frozenset[int] = frozenset()
    poisoned: frozenset[int] = frozenset()
    edited_at: int = 1
    token: str | None = None
    interrupt: Callable[[Asked, int], Reply | None] = lambda asked, number: None
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    @property
    def layer_url(self) -> str:
        return f"{self.url}/rest/services/Plan/FeatureServer/0"

    @property
    def service_url(self) -> str:
        return f"{self.url}/rest/services/Plan/FeatureServer"

    def feature_queries(self) -> list[Asked]:
        """Requests for features, without those for ids and counts."""
        queries = [asked for asked in self.asked if asked.path.endswith("/query")]
        return [asked for asked in queries if not {"returnIdsOnly", "returnCountOnly"} & asked.parameters.keys()]

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        reply = self.interrupt(asked, len(self.asked))
        if reply is not None:
            return reply
        if self.token is not None and asked.parameters.get("token") != self.token:
            return error(498, f"Invalid token {asked.parameters.get('token')}.")
        content = self._content(asked)
        return content if isinstance(content, Reply) else Reply(body=json.dumps(content).encode())

    def _content(self, asked: Asked) -> Object | Reply:
        if asked.path.endswith("/FeatureServer"):
            layers = [{"id": 0, "name": "Addresses"}, {"id": 5, "name": "Group", "subLayerIds": [0]}]
            return {"layers": [*layers, {"id": 7, "name": "Photo"}], "tables": []}
        if asked.path.endswith("/7"):
            return {"id": 7, "name": "Photo", "type": "Raster Layer"}
        if asked.path.endswith("/0"):
            return self._about()
        if asked.path.endswith("/0/query"):
            return self._query(asked.parameters)
        return error(404, "Not found")

    def _about(self) -> Object:
        domain = {"type": "codedValue", "codedValues": [{"code": 1, "name": "Build"}]}
        return {
            "id": 0,
            "name": "Addresses",
            "type": "Feature Layer",
            "geometryType": "esriGeometryPoint",
            "objectIdField": "OBJECTID",
            "displayField": "NAME",
            "maxRecordCount": self.max_record_count,
            "advancedQueryCapabilities": {"supportsPagination": self.has_paging},
            "editingInfo": {"lastEditDate": self.edited_at},
            "fields": [
                {"name": "OBJECTID", "type": "esriFieldTypeOID"},
                {"name": "NAME", "type": "esriFieldTypeString"},
                {"name": "STATUS", "type": "esriFieldTypeInteger", "domain": domain},
                {"name": "READY", "type": "esriFieldTypeDate"},
            ],
        }

    def _query(self, parameters: Parameters) -> Object | Reply:
        announced = [n for n in range(1, self.count + 1) if self._matches(n, parameters.get("where", "1=1"))]
        if "returnCountOnly" in parameters:
            return {"count": len(announced)}
        if "returnIdsOnly" in parameters:
            ids = [*announced, *self.announced_twice]
            return {"objectIdFieldName": "OBJECTID", "objectIds": ids} if self.knows_ids else error(400, "Unsupported")
        served = sorted((set(announced) | self.unannounced) - self.dropped)
        if "objectIds" in parameters:
            if not self.knows_object_ids:
                return error(400, "Invalid parameter objectIds")
            wanted = {int(text) for text in parameters["objectIds"].split(",")}
            served = [number for number in served if number in wanted]
        return self._page(served, parameters)

    def _page(self, served: list[int], parameters: Parameters) -> Object | Reply:
        offset = 0
        if "resultOffset" in parameters:
            if not self.has_paging:
                return error(400, "Pagination is not supported.")
            offset = max(0, int(parameters["resultOffset"]) - self.overlap) if self.obeys_offset else 0
        rows = min(int(parameters.get("resultRecordCount", 10**9)), self.max_record_count)
        page = served[offset : offset + rows]
        if self.poisoned & set(page):
            return error(500, "Error performing query operation")
        is_degrees = parameters.get("outSR") == "4326" and self.obeys_out_sr
        system = {"spatialReference": {"wkid": 4326} if is_degrees else {"wkid": 102100, "latestWkid": 3857}}
        return {
            "objectIdFieldName": "OBJECTID",
            **(system if self.says_system else {}),
            "features": [self._feature(number, is_degrees) for number in page],
            "exceededTransferLimit": offset + rows < len(served),
        }

    @staticmethod
    def _feature(number: int, is_degrees: bool) -> Object:
        lon, lat = -111.0 - number / 1000, 45.0
        geometry = {"x": lon, "y": lat} if is_degrees else {"x": lon * 111319.49079327358, "y": 5621521.486192066}
        attributes = {"OBJECTID": number, "NAME": f"No. {number}", "STATUS": 1, "READY": 1759276800000}
        return {"attributes": attributes, "geometry": geometry}

    @staticmethod
    def _matches(number: int, where: str) -> bool:
        bounds = re.findall(r"OBJECTID (>=|<=|>|<) (\d+)", where)
        tests: dict[str, Callable[[int, int], bool]] = {
            ">=": int.__ge__,
            "<=": int.__le__,
            ">": int.__gt__,
            "<": int.__lt__,
        }
        return all(tests[sign](number, int(bound)) for sign, bound in bounds)


@contextmanager
def running(server: ArcGisServer) -> Iterator[ArcGisServer]:
    """Serve on a free port of the loopback until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._reply(self.rfile.read(int(self.headers["content-length"])).decode())

        def _reply(self, query: str) -> None:
            asked = Asked(self.command, self.path, urlsplit(self.path).path, dict(parse_qsl(query)))
            reply = server.answer(asked)
            self.send_response(reply.status)
            for name, value in {"content-length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    server.url = f"http://127.0.0.1:{listener.server_port}"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
