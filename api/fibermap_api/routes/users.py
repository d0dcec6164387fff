"""People and their roles, for administrators."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from fibermap.access.model import Presence, Role, Scope, User, read_words
from fibermap.access.registry import INVITATION_LASTS, LINK_LASTS, NO_PASSWORD
from fibermap.access.secrets import link_path
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.questions import (
    InvitationQuestion,
    PasswordQuestion,
    RolesQuestion,
    UserNameQuestion,
    UserQuestion,
)
from fibermap_api.models.screens import LinkAnswer
from fibermap_api.models.staff import InvitationAnswer, UserAnswer, UsersAnswer
from fibermap_api.passwords import with_password


async def list_users(call: Call) -> Response:
    """Everybody who may log in, and who might once; who can, who is in, and when they were last seen."""
    registry = call.service.registry
    presence = await run_in_threadpool(registry.presence)
    users = sorted(registry.gate.users.values(), key=lambda user: user.name)
    return answer({"users": [_told(user, presence.get(user.user_id)) for user in users]})


async def add_user(call: Call) -> Response:
    """Add a person, with roles and a first password."""
    asked: UserQuestion = call.body
    user = await with_password(
        call.service.registry.add_user, asked.name, read_words(asked.roles, Role), asked.password
    )
    return answer(_told(user), 201)


async def invite_user(call: Call) -> Response:
    """Add a person without a password, and make a link that lets them in once, within three days."""
    asked: InvitationQuestion = call.body
    roles = read_words(asked.roles, Role)
    user, token = await run_in_threadpool(call.service.registry.invite_user, asked.name, roles)
    return answer({**_told(user), **_link(token, INVITATION_LASTS)}, 201)


async def set_roles(call: Call) -> Response:
    """Give a person these roles and no others, from their next request on. Nobody changes their own."""
    registry = call.service.registry
    user = await run_in_threadpool(registry.set_roles, call.query.name, read_words(call.body.roles, Role))
    return answer(_told(user))


async def disable_user(call: Call) -> Response:
    """Let a person in no more, and end what they have open. The last administrator stays."""
    user = await run_in_threadpool(call.service.registry.disable_user, call.query.name)
    return answer(_told(user))


async def enable_user(call: Call) -> Response:
    """Let a person in again who was disabled."""
    user = await run_in_threadpool(call.service.registry.enable_user, call.query.name)
    return answer(_told(user))


async def end_sessions(call: Call) -> Response:
    """End whatever a person has open, wherever: they have to sign in again."""
    await run_in_threadpool(call.service.registry.end_sessions, call.query.name)
    return Response(status_code=204)


async def reset_user(call: Call) -> Response:
    """Take a person's password away, end what they have open, and make a link that lets them in once in an hour."""
    token = await run_in_threadpool(call.service.registry.reset_user, call.query.name)
    return answer(_link(token, LINK_LASTS), 201)


async def set_password(call: Call) -> Response:
    """Give a person another password, and end what they have open."""
    await with_password(call.service.registry.set_password, call.query.name, call.body.password)
    return Response(status_code=204)


async def create_sign_in_link(call: Call) -> Response:
    """Make a link that signs a person in once, within an hour, without a password."""
    token = await run_in_threadpool(call.service.registry.create_sign_in_link, call.query.name)
    return answer(_link(token, LINK_LASTS), 201)


def _link(token: str, lasts: timedelta) -> dict[str, Any]:
    return {"path": link_path(token), "valid_min": int(lasts.total_seconds()) // 60}


def _told(user: User, presence: Presence | None = None) -> dict[str, Any]:
    presence = presence or Presence()
    return {
        "user_id": user.user_id,
        "name": user.name,
        "roles": sorted(user.roles),
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
        "has_password": user.password_hash != NO_PASSWORD,
        "sessions": presence.sessions,
        "last_seen_at": presence.last_seen_at,
    }


ENDPOINTS = (
    Endpoint("GET", "/v1/users", list_users, "List people", (Scope.ADMIN,), answers=UsersAnswer, tag="administration"),
    Endpoint(
        "POST", "/v1/users", add_user, "Add a person", (Scope.ADMIN,),
        body=UserQuestion, answers=UserAnswer, status=201, problems=(409,), tag="administration",
    ),
    Endpoint(
        "POST", "/v1/users:invite", invite_user, "Invite a person", (Scope.ADMIN,),
        body=InvitationQuestion, answers=InvitationAnswer, status=201, problems=(409,), tag="administration",
    ),
    Endpoint(
        "PUT", "/v1/users/{name}/roles", set_roles, "Give a person other roles", (Scope.ADMIN,),
        query=UserNameQuestion, body=RolesQuestion, answers=UserAnswer, problems=(404, 409), tag="administration",
    ),
    Endpoint(
        "POST", "/v1/users/{name}/disable", disable_user, "Disable a person", (Scope.ADMIN,),
        query=UserNameQuestion, answers=UserAnswer, problems=(404, 409), tag="administration",
    ),
    Endpoint(
        "POST", "/v1/users/{name}/enable", enable_user, "Let a person in again", (Scope.ADMIN,),
        query=UserNameQuestion, answers=UserAnswer, problems=(404,), tag="administration",
    ),
    Endpoint(
        "POST", "/v1/users/{name}/end-sessions", end_sessions, "End a person's sessions", (Scope.ADMIN,),
        query=UserNameQuestion, status=204, problems=(404,), tag="administration",
    ),
    Endpoint(
        "POST", "/v1/users/{name}/reset", reset_user, "Reset a person's password", (Scope.ADMIN,),
        query=UserNameQuestion, answers=LinkAnswer, status=201, problems=(404,), tag="administration",
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
