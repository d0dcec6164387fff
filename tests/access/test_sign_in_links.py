"""Links that sign in once: the first administrator's, and those for people who have no password yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from fibermap.access.model import Role, Scope
from fibermap.access.refusals import NotAuthenticated
from fibermap.access.registry import FIRST_ADMIN, LINK_LASTS, Registry
from fibermap.kernel.errors import InputRefused
from fibermap.store import Store


class Watch:
    """A clock that a test puts forward."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 25, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def registry(clock: Watch) -> Iterator[Registry]:
    with Store.open(":memory:", clock=clock) as store:
        yield Registry(store)


def test_the_first_administrator_signs_in_without_a_password(registry: Registry) -> None:
    token = registry.create_first_link()
    assert token is not None
    caller = registry.gate.caller_of_session(registry.log_in_by_link(token))
    assert (caller.name, caller.may(Scope.ADMIN)) == (FIRST_ADMIN, True)


def test_there_is_a_first_link_only_while_there_is_nobody(registry: Registry) -> None:
    registry.add_user("pat", [Role.CSR], "correct horse battery")
    assert registry.create_first_link() is None


def test_a_link_lets_in_once(registry: Registry) -> None:
    token = registry.create_first_link() or ""
    registry.log_in_by_link(token)
    with pytest.raises(NotAuthenticated):
        registry.log_in_by_link(token)


def test_a_link_is_over_after_an_hour(registry: Registry, clock: Watch) -> None:
    token = registry.create_first_link() or ""
    clock.at += LINK_LASTS + timedelta(seconds=1)
    with pytest.raises(NotAuthenticated):
        registry.log_in_by_link(token)


def test_a_link_of_somebody_disabled_lets_nobody_in(registry: Registry) -> None:
    registry.add_user("pat", [Role.CSR], "correct horse battery")
    token = registry.create_sign_in_link("pat")
    registry.disable_user("pat")
    with pytest.raises(NotAuthenticated):
        registry.log_in_by_link(token)


def test_nobody_gets_in_by_an_empty_password(registry: Registry) -> None:
    registry.create_first_link()
    with pytest.raises(NotAuthenticated):
        registry.log_in(FIRST_ADMIN, "")


def test_the_first_password_needs_no_other_and_the_next_one_does(registry: Registry) -> None:
    session = registry.log_in_by_link(registry.create_first_link() or "")
    user_id = next(iter(registry.gate.users))
    registry.change_own_password(user_id, "", "correct horse battery")
    with pytest.raises(NotAuthenticated):
        registry.gate.caller_of_session(session)
    assert registry.log_in(FIRST_ADMIN, "correct horse battery")
    with pytest.raises(InputRefused) as refused:
        registry.change_own_password(user_id, "wrong", "another horse battery")
    assert refused.value.where["field"] == "current"
