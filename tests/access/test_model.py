"""Scopes and roles."""

from __future__ import annotations

import pytest

from fibermap.access.model import ROLE_SCOPES, Caller, Role, Scope, read_words, scopes_of, with_implied
from fibermap.kernel.errors import InputRefused


def test_every_role_may_do_something() -> None:
    assert set(ROLE_SCOPES) == set(Role)
    assert all(ROLE_SCOPES.values())


def test_an_administrator_may_do_everything() -> None:
    assert scopes_of([Role.ADMIN]) == set(Scope)


def test_only_administrators_manage_keys_and_only_planners_change_the_plan() -> None:
    assert [role for role in Role if Scope.ADMIN in scopes_of([role])] == [Role.ADMIN]
    assert [role for role in Role if Scope.PLAN in scopes_of([role])] == [Role.PLANNER, Role.ADMIN]


def test_a_provider_sees_no_internals() -> None:
    assert not scopes_of([Role.PROVIDER]) & {Scope.CHECK, Scope.READ}


def test_checking_brings_suggestions_but_no_reading() -> None:
    assert with_implied({Scope.CHECK}) == {Scope.CHECK, Scope.SUGGEST}


def test_a_caller_may_do_what_any_of_its_scopes_allows() -> None:
    caller = Caller("key:1", "", with_implied({Scope.PUBLIC}))
    assert caller.may(Scope.CHECK, Scope.PUBLIC)
    assert not caller.may(Scope.CHECK)


def test_words_are_read_whatever_their_case() -> None:
    assert read_words([" Check", "SUGGEST"], Scope) == {Scope.CHECK, Scope.SUGGEST}


@pytest.mark.parametrize("words", [[], ["everything"], ["check", ""]])
def test_an_unknown_scope_is_refused_and_the_known_ones_are_named(words: list[str]) -> None:
    with pytest.raises(InputRefused, match="public, suggest, check"):
        read_words(words, Scope)
