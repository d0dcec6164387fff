"""API keys, for administrators."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fibermap.access.model import Key, Scope, read_words
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.questions import KeyIdQuestion, KeyQuestion
from fibermap_api.models.staff import KeysAnswer, NewKeyAnswer


async def list_keys(call: Call) -> Response:
    """All keys, revoked ones too, newest first. The keys themselves are kept nowhere."""
    keys = await run_in_threadpool(call.service.registry.list_keys)
    return answer({"keys": [_told(key) for key in keys]})


async def create_key(call: Call) -> Response:
    """Make a key. It stands in this answer, and is never shown again."""
    asked: KeyQuestion = call.body
    scopes = read_words(asked.scopes, Scope)
    made = await run_in_threadpool(
        call.service.registry.create_key, scopes, name=asked.name, rate_per_s=asked.rate_per_s
    )
    return answer({**_told(made.key), "key": made.secret}, 201)


async def revoke_key(call: Call) -> Response:
    """Let a key in no more, from now on."""
    await run_in_threadpool(call.service.registry.revoke_key, call.query.key_id)
    return Response(status_code=204)


def _told(key: Key) -> dict[str, Any]:
    told = asdict(key) | {"scopes": sorted(key.scopes)}
    del told["hash"]
    return told


ENDPOINTS = (
    Endpoint("GET", "/v1/keys", list_keys, "List keys", (Scope.ADMIN,), answers=KeysAnswer, tag="administration"),
    Endpoint(
        "POST", "/v1/keys", create_key, "Make a key", (Scope.ADMIN,),
        body=KeyQuestion, answers=NewKeyAnswer, status=201, tag="administration",
    ),
    Endpoint(
        "DELETE", "/v1/keys/{key_id}", revoke_key, "Revoke a key", (Scope.ADMIN,),
        query=KeyIdQuestion, status=204, problems=(404,), tag="administration",
    ),
)  # fmt: skip
