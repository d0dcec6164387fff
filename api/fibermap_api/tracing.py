"""OpenTelemetry, where it is configured: one span a request, continuing the caller's trace. Nothing typed goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fibermap.kernel.errors import Code, InputRefused
from fibermap_api.frame import route_of

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


def traced(app: FastAPI, endpoint: str) -> None:
    """Send spans of every request to a collector.

    Parameters
    ----------
    endpoint
        Where it takes OTLP over HTTP, such as ``http://127.0.0.1:4318/v1/traces``.

    Raises
    ------
    InputRefused
        ``argument_invalid``: the extra ``otel`` is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise InputRefused(
            Code.ARGUMENT_INVALID, "OpenTelemetry is not installed.", hint="Install fibermap with the extra `otel`."
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "fibermap"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    app.add_middleware(Spans, tracer=provider.get_tracer("fibermap_api"))


class Spans:
    """One span a request, named by its route."""

    def __init__(self, app: ASGIApp, tracer: Any) -> None:
        self._app = app
        self._tracer = tracer

    def at_once(self, scope: Scope) -> Response | None:
        """Leave it: a span is told as the request goes through."""
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind, StatusCode

        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        kept = {name: carrier[name] for name in ("traceparent", "tracestate") if name in carrier}
        with self._tracer.start_as_current_span(
            scope["method"],
            context=extract(kept),
            kind=SpanKind.SERVER,
            record_exception=False,  # its message may repeat what was typed
            set_status_on_exception=False,
        ) as span:

            async def send_noted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            await self._app(scope, receive, send_noted)
            route = route_of(scope)
            span.update_name(f"{scope['method']} {route}")
            span.set_attributes({"http.request.method": scope["method"], "http.route": route})
