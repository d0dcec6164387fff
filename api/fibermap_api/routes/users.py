"""People and their roles, for administrators."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fibermap.access.model import Role, Scope, User, read_words
from fibermap.access.registry import LINK_LASTS
from fibermap.access.secrets import link_path
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.questions import PasswordQuestion, UserNameQuestion, UserQuestion
from fibermap_api.models.screens import LinkAnswer
from fibermap_api.models.staff import UserAnswer, UsersAnswer
from fibermap_api.passwords import with_password


async def list_users(call: Call) -> Response:
    """Everybody who may log in, and who might once."""
    users = call.service.registry.gate.users.values()
    return answer({"users": [_told(user) for user in sorted(users, key=lambda user: user.name)]})


async def add_user(call: Call) -> Response:
    """Add a person, with roles and a first password."""
    asked: UserQuestion = call.body
    user = await with_password(
        call.service.registry.add_user, asked.name, read_words(asked.roles, Role), asked.password
    )
    return answer(_told(user), 201)


async def disable_user(call: Call) -> Response:
    """Let a person in no more, and end what they have open."""
    user = await with_password(call.service.registry.disable_user, call.query.name)
    return answer(_told(user))


async def set_password(call: Call) -> Response:
    """Give a person another password, and end what they have open."""
    await with_password(call.service.registry.set_password, call.query.name, call.body.password)
    return Response(status_code=204)


async def create_sign_in_link(call: Call) -> Response:
    """Make a link that signs a person in once, within an hour, without a password."""
    token = await run_in_threadpool(call.service.registry.create_sign_in_link, call.query.name)
    return answer({"path": link_path(token), "valid_min": int(LINK_LASTS.total_seconds()) // 60}, 201)


def _told(user: User) -> dict[str, Any]:
    return {
        "user_id": user.user_id,
        "name": user.name,
        "roles": sorted(user.roles),
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
    }


ENDPOINTS = (
    Endpoint("GET", "/v1/users", list_users, "List people", (Scope.ADMIN,), answers=UsersAnswer, tag="administration"),
    Endpoint(
        "POST", "/v1/users", add_user, "Add a person", (Scope.ADMIN,),
        body=UserQuestion, answers=UserAnswer, status=201, problems=(409,), tag="administration",
    ),
    Endpoint(
        "POST", "/v1/users/{name}/disable", disable_user, "Disable a person", (Scope.ADMIN,),
        query=UserNameQuestion, answers=UserAnswer, problems=(404,), tag="administration",
    ),
    Endpoint(
        "POST", "/v1/users/{name}/sign-in-link", create_sign_in_link, "Let a person sign in by a link", (Scope.ADMIN,),
        query=UserNameQuestion, answers=LinkAnswer, status=201, problems=(404,), tag="administration",
    ),
    Endpoint(
        "PUT", "/v1/users/{name}/password", set_password, "Give a person another password", (Scope.ADMIN,),
        query=UserNameQuestion, body=PasswordQuestion, status=204, problems=(404,), tag="administration",
    ),
)  # fmt: skip
