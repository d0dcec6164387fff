"""The OpenAPI document, made from the table of endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from fibermap import __version__
from fibermap.access.model import Scope
from fibermap_api.endpoint import Endpoint
from fibermap_api.idempotency import PARAMETER
from fibermap_api.job_files import CSV, NDJSON
from fibermap_api.models.consequences import WeighedAnswer
from fibermap_api.models.ingests import HowQuestion
from fibermap_api.models.problems import ProblemDocument
from fibermap_api.models.questions import Previewed, Question, as_parameters, ways_example
from fibermap_api.multipart import FORM
from fibermap_api.problems import MEDIA_TYPE
from fibermap_api.requests import JSON

_REF = "#/components/schemas/{model}"
_FILES: dict[str, dict[str, Any]] = {
    NDJSON: {
        "schema": {
            "type": "string",
            "pattern": r"\S",
            "description": 'One question a line, as in a single check: {"q": "4067 Center Ave, Quill Creek"}',
        },
    },
    CSV: {
        "schema": {
            "type": "string",
            "pattern": r'^q(,[^\r\n]*)?\r?\n[^\s,"]',
            "description": "A header with a column q, or the other names of a single check, and one question a row. "
            "Columns of other names are passed over.",
        },
        "example": 'q\r\n"4067 Center Ave, Quill Creek"\r\n',
    },
    FORM: {
        "schema": {
            "type": "object",
            "properties": {
                "file": {
                    "type": "string",
                    "format": "binary",
                    "description": "A file; more than one as the same field again. A geodatabase as its files, named "
                    "with their folder.",
                },
                **HowQuestion.as_form(),
            },
            "required": ["file"],
            "additionalProperties": False,
        },
    },
}
_ALWAYS = (400, 414, 431, 500, 503)
_ABOUT = """Can this address be served, with what, and from when?

Send a key as `Authorization: Bearer KEY`. Every failure is a problem document (RFC 9457) with a stable `code`. An
address that is not found is an answer, with status 200. Times are UTC, coordinates degrees in EPSG:4326, lengths
metres.

What lies below `/v1/plan/` is not described: it is spoken by `fibermap.connect` and the command line with a server of
their own release, and changes without notice.
"""


def openapi(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of all endpoints."""
    paths: dict[str, dict[str, Any]] = {}
    endpoints = [endpoint for endpoint in endpoints if endpoint.described]
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "fibermap", "version": __version__, "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": _schemas(endpoints),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
                "session": {"type": "apiKey", "in": "cookie", "name": "fibermap_session", "description": "A login."},
            },
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.work.__name__,
        "summary": endpoint.summary,
        "description": " ".join((endpoint.work.__doc__ or "").split()),
        "tags": [endpoint.tag],
        "responses": {str(status): response for status, response in _responses(endpoint)},
        "security": _security(endpoint),
    }
    if endpoint.needs:
        operation["x-scopes"] = sorted(endpoint.needs)
    if endpoint.query is not None:
        operation["parameters"] = as_parameters(endpoint.query, endpoint.path)
    if endpoint.idempotent:
        operation["parameters"] = [*operation.get("parameters", ()), dict(PARAMETER)]
    if endpoint.body is not None:
        operation["requestBody"] = {"required": endpoint.needs_body, "content": _bodies(endpoint)}
    return operation


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    """Return how one says who one is; an empty list: nobody is asked, an empty choice: while the portal is open."""
    known: list[dict[str, list[str]]] = [{"key": []}, {"session": []}]
    if endpoint.needs == (Scope.SHOP,):
        return [{}, *known]
    return known if endpoint.needs else []


def _bodies(endpoint: Endpoint) -> dict[str, Any]:
    assert endpoint.body is not None
    bodies: dict[str, Any] = {JSON: {"schema": _ref(endpoint.body), "example": example_of(endpoint.body)}}
    return bodies | {kind: _FILES[kind] for kind in endpoint.other_bodies if kind != JSON}


def _responses(endpoint: Endpoint) -> Iterable[tuple[int, dict[str, Any]]]:
    told = _success(endpoint.status, endpoint.answers, endpoint.media_types)
    if _previews(endpoint):
        weighed = _success(200, WeighedAnswer, (JSON,))
        if endpoint.status != HTTPStatus.OK:
            yield 200, weighed
        else:
            shapes = [each["content"][JSON]["schema"] for each in (told, weighed)]
            told["content"][JSON]["schema"] = {"anyOf": shapes}
    yield endpoint.status, told
    for status, model in endpoint.also.items():
        yield status, _success(status, model, (JSON,))
    expected = {*_ALWAYS, *endpoint.problems}
    if endpoint.needs:
        expected |= {401, 403, 429}
    if endpoint.query is not None:
        expected |= {422}
    if endpoint.idempotent:
        expected |= {409, 422}
    if endpoint.body is not None:
        expected |= {408, 413, 415, 422}
    for status in sorted(expected):
        yield status, _failure(status)


def _success(status: int, model: type[BaseModel] | None, media_types: Iterable[str]) -> dict[str, Any]:
    told: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if model is not None:
        told["content"] = {JSON: {"schema": _ref(model), "example": example_of(model)}}
    elif status != HTTPStatus.NO_CONTENT:
        told["content"] = {
            kind: {"schema": {} if kind.endswith("json") else {"type": "string"}} for kind in media_types
        }
    return told


def _failure(status: int) -> dict[str, Any]:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": _ref(ProblemDocument)}},
    }


def _previews(endpoint: Endpoint) -> bool:
    return endpoint.query is not None and issubclass(endpoint.query, Previewed)


def _schemas(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    models: set[type[BaseModel]] = {ProblemDocument}
    questions: set[type[BaseModel]] = set()
    for endpoint in endpoints:
        models |= {model for model in (endpoint.answers, *endpoint.also.values()) if model is not None}
        models |= {WeighedAnswer} if _previews(endpoint) else set()
        questions |= {endpoint.body} if endpoint.body is not None else set()
    told = [(model, "serialization") for model in models] + [(model, "validation") for model in questions]
    _, schema = models_json_schema(
        sorted(told, key=lambda pair: pair[0].__name__),  # type: ignore[arg-type]
        ref_template=_REF,
    )
    return dict(schema["$defs"])


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def example_of(model: type[BaseModel]) -> Any:
    """Return an example of a model: its own, or one put together from those of its fields."""
    extra = model.model_config.get("json_schema_extra")
    if isinstance(extra, dict) and extra.get("examples"):
        return extra["examples"][0]  # type: ignore[index]
    if issubclass(model, Question) and model.ways:
        return ways_example(model.model_json_schema())
    example = {}
    for name, field in model.model_fields.items():
        if field.examples:
            example[name] = field.examples[0]
    return example
