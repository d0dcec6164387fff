"""Spans go to a collector over OTLP, and nothing in them tells who asked or about which address."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue

import httpx
import pytest

from fibermap.access.model import Scope
from tests.api.loopback import serving

service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TYPED = "1 Main St"


class Collector(BaseHTTPRequestHandler):
    """Takes exports as an OpenTelemetry collector does, in protobuf over HTTP."""

    heard: Queue[bytes]

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        assert self.headers["Content-Type"] == "application/x-protobuf"
        self.heard.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def collecting() -> Iterator[tuple[str, Queue[bytes]]]:
    """Collect on loopback; gives the endpoint and what it heard."""
    handler = type("Handler", (Collector,), {"heard": Queue()})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", handler.heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_spans_reach_a_collector_and_say_nothing_of_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")  # milliseconds
    with collecting() as (endpoint, heard), serving(tmp_path, otel_endpoint=endpoint) as (site, url):
        key = site.key(Scope.CHECK)
        with httpx.Client(base_url=url, headers=key, timeout=60) as client:
            traced = {"traceparent": f"00-{TRACE}-{PARENT}-01", "User-Agent": "Ada's phone"}
            asked = client.get("/v1/address-check", params={"q": TYPED}, headers=traced)
            assert asked.status_code == 200
            assert client.get("/v1/address-check", params={"q": "fail"}).status_code == 500
            assert client.get(f"/v1/{TYPED}").status_code == 404
        raw, spans = b"", []
        while len(spans) < 3:
            raw += (piece := heard.get(timeout=60))
            sent = service.ExportTraceServiceRequest.FromString(piece).resource_spans
            spans += [span for resource in sent for scope in resource.scope_spans for span in scope.spans]
    span = next(each for each in spans if each.trace_id.hex() == TRACE)
    assert span.name == "GET /v1/address-check"
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    assert {each.key for each in span.attributes} == {
        "http.request.method",
        "http.route",
        "http.response.status_code",
    }
    token = key["Authorization"].removeprefix("Bearer ")
    for secret in (TYPED, "Main", token, "phone", "127.0.0.1", "secret", "fail"):
        assert secret.encode() not in raw, secret
