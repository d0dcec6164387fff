"""People as administrators look after them: invited, given roles, reset, disabled; and what is refused."""

from __future__ import annotations

import pytest

from fibermap.access.acting import Actor, Way, acting_as
from fibermap.access.model import Role, Scope, User
from fibermap.access.refusals import NotAuthenticated
from fibermap.access.registry import Registry
from fibermap.kernel.errors import Code, Conflict, FibermapError, InputRefused, NotPermitted
from fibermap.store import Store

PASSWORD = "correct horse battery"


@pytest.fixture
def registry() -> Registry:
    registry = Registry(Store.open(":memory:"))
    registry.add_user("ann", [Role.ADMIN], PASSWORD)
    registry.add_user("pat", [Role.CSR], PASSWORD)
    return registry


def actor(user: User) -> Actor:
    return Actor(f"user:{user.user_id}", user.name, Way.SCREEN)


def user(registry: Registry, name: str) -> User:
    return next(each for each in registry.list_users() if each.name == name)


def test_somebody_is_invited_by_a_link_and_has_no_password_until_they_choose_one(registry: Registry) -> None:
    invited, token = registry.invite_user("Kim", [Role.PLANNER])
    assert registry.presence()[invited.user_id].has_password is False
    session = registry.log_in_by_link(token)
    assert registry.gate.caller_of_session(session).name == "kim"
    registry.change_own_password(invited.user_id, "", PASSWORD)
    assert registry.presence()[invited.user_id].has_password is True


def test_roles_count_from_the_next_request_on(registry: Registry) -> None:
    session = registry.log_in("pat", PASSWORD)
    assert not registry.gate.caller_of_session(session).may(Scope.PLAN)
    registry.set_roles("pat", [Role.PLANNER])
    assert registry.gate.caller_of_session(session).may(Scope.PLAN)


def test_who_is_in_is_counted_and_can_be_sent_out(registry: Registry) -> None:
    first, _ = registry.log_in("pat", PASSWORD), registry.log_in("pat", PASSWORD)
    pat = user(registry, "pat").user_id
    assert registry.presence()[pat].sessions == 2
    assert registry.presence()[pat].last_seen_at is not None
    registry.end_sessions("pat")
    assert registry.presence()[pat].sessions == 0
    with pytest.raises(NotAuthenticated):
        registry.gate.caller_of_session(first)


def test_a_reset_ends_everything_and_lets_in_by_a_link_only(registry: Registry) -> None:
    session = registry.log_in("pat", PASSWORD)
    token = registry.reset_user("pat")
    for enter in (lambda: registry.gate.caller_of_session(session), lambda: registry.log_in("pat", PASSWORD)):
        with pytest.raises(NotAuthenticated):
            enter()
    assert registry.log_in_by_link(token)


def test_who_was_disabled_can_be_let_in_again(registry: Registry) -> None:
    registry.disable_user("pat")
    registry.enable_user("pat")
    assert registry.log_in("pat", PASSWORD)


def test_nobody_changes_their_own_account(registry: Registry) -> None:
    registry.set_roles("pat", [Role.ADMIN])
    with acting_as(actor(user(registry, "pat"))):
        for change in (
            lambda: registry.set_roles("pat", [Role.ADMIN, Role.PLANNER]),
            lambda: registry.disable_user("pat"),
        ):
            with pytest.raises(NotPermitted) as refused:
                change()
            assert refused.value.code is Code.OWN_ACCOUNT
        registry.set_roles("ann", [Role.PLANNER])


def test_the_last_administrator_stays(registry: Registry) -> None:
    for change in (lambda: registry.set_roles("ann", [Role.PLANNER]), lambda: registry.disable_user("ann")):
        with pytest.raises(Conflict) as refused:
            change()
        assert refused.value.code is Code.LAST_ADMIN
    registry.set_roles("pat", [Role.ADMIN])
    registry.disable_user("ann")
    with pytest.raises(Conflict):
        registry.set_roles("pat", [Role.CSR])


@pytest.mark.parametrize("roles", [[], [Role.CSR]])
def test_a_refused_change_changes_nothing(registry: Registry, roles: list[Role]) -> None:
    with pytest.raises((InputRefused, FibermapError)):
        registry.set_roles("ann" if roles else "pat", roles)
    assert user(registry, "ann").roles == {Role.ADMIN}
    assert user(registry, "pat").roles == {Role.CSR}
