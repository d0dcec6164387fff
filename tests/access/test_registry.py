"""Keys, people and logins of a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fibermap.access import registry as registry_module
from fibermap.access.model import Role, Scope
from fibermap.access.refusals import NotAuthenticated, RateExceeded
from fibermap.access.registry import Registry
from fibermap.kernel.errors import Code, Conflict, InputRefused, NotFound
from fibermap.store import Store

PASSWORD = "correct horse battery"


@dataclass
class Hand:
    """A clock whose hand a test moves."""

    at: datetime = datetime(2026, 11, 25, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def store(tmp_path: Path, clock: Hand) -> Iterator[Store]:
    with Store.open(tmp_path / "plan.duckdb", clock=clock) as opened:
        yield opened


@pytest.fixture
def registry(store: Store) -> Registry:
    return Registry(store)


def test_a_key_is_good_at_once_and_after_opening_again(registry: Registry, store: Store) -> None:
    made = registry.create_key({Scope.CHECK}, name="shop")
    for later in (registry, Registry(store)):
        caller = later.gate.caller_of_key(made.secret)
        assert (caller.id, caller.name) == (f"key:{made.key.key_id}", "shop")


def test_no_table_holds_a_key_or_a_token(registry: Registry, store: Store) -> None:
    secret = registry.create_key({Scope.CHECK}).secret
    registry.add_user("pat", {Role.CSR}, PASSWORD)
    token = registry.log_in("pat", PASSWORD)
    kept = str([store.sql.rows("all", f"FROM {table}") for table in ("api_key", "user_account", "user_session")])
    assert [value for value in (secret, token, PASSWORD) if value in kept] == []


def test_a_revoked_key_is_refused_at_once_and_for_good(registry: Registry, store: Store) -> None:
    made = registry.create_key({Scope.CHECK})
    registry.revoke_key(made.key.key_id)
    for later in (registry, Registry(store)):
        with pytest.raises(NotAuthenticated):
            later.gate.caller_of_key(made.secret)
    with pytest.raises(NotFound) as caught:
        registry.revoke_key(made.key.key_id)
    assert caught.value.code == Code.KEY_NOT_FOUND


def test_the_first_key_is_made_once_even_if_it_was_revoked(registry: Registry) -> None:
    first = registry.create_first_key()
    assert first is not None
    assert registry.gate.caller_of_key(first.secret).may(Scope.ADMIN)
    registry.revoke_key(first.key.key_id)
    assert registry.create_first_key() is None


@pytest.mark.parametrize(
    "wrong",
    [{"scopes": []}, {"name": "x" * 101}, {"name": "a\x1b[2J"}, {"rate_per_s": 0.0}, {"rate_per_s": float("nan")}],
)
def test_a_key_that_makes_no_sense_is_refused(registry: Registry, wrong: dict[str, object]) -> None:
    with pytest.raises(InputRefused):
        registry.create_key(**{"scopes": [Scope.CHECK], **wrong})  # type: ignore[arg-type]


def test_when_a_key_was_used_is_written_down_in_batches(registry: Registry, clock: Hand) -> None:
    made = registry.create_key({Scope.CHECK})
    clock.at += timedelta(minutes=5)
    registry.gate.caller_of_key(made.secret)
    assert registry.list_keys()[0].last_used_at is None
    registry.note_uses()
    assert registry.list_keys()[0].last_used_at == clock.at


def test_a_login_opens_a_session_with_the_roles_scopes(registry: Registry) -> None:
    registry.add_user("Pat", {Role.CSR}, PASSWORD)
    caller = registry.gate.caller_of_session(registry.log_in("pat ", PASSWORD))
    assert caller.may(Scope.READ)
    assert not caller.may(Scope.ADMIN)
    assert caller.csrf_token


def test_a_session_holds_over_a_restart(registry: Registry, store: Store) -> None:
    registry.add_user("pat", {Role.CSR}, PASSWORD)
    token = registry.log_in("pat", PASSWORD)
    assert Registry(store).gate.caller_of_session(token).name == "pat"


def test_a_new_login_ends_the_session_before_it(registry: Registry) -> None:
    registry.add_user("pat", {Role.CSR}, PASSWORD)
    first = registry.log_in("pat", PASSWORD)
    second = registry.log_in("pat", PASSWORD, replacing=first)
    assert first != second
    with pytest.raises(NotAuthenticated):
        registry.gate.caller_of_session(first)


@pytest.mark.parametrize("ending", ["log out", "disable", "new password"])
def test_a_session_ends_at_once_and_for_good(registry: Registry, store: Store, ending: str) -> None:
    registry.add_user("pat", {Role.CSR}, PASSWORD)
    token = registry.log_in("pat", PASSWORD)
    match ending:
        case "log out":
            registry.log_out(token)
        case "disable":
            registry.disable_user("pat")
        case _:
            registry.set_password("pat", "another long password")
    for later in (registry, Registry(store)):
        with pytest.raises(NotAuthenticated):
            later.gate.caller_of_session(token)


def test_who_may_not_log_in_learns_nothing_about_why(registry: Registry) -> None:
    registry.add_user("pat", {Role.CSR}, PASSWORD)
    registry.add_user("gone", {Role.CSR}, PASSWORD)
    registry.disable_user("gone")
    said = set()
    for name, password in (("pat", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("", "")):
        with pytest.raises(NotAuthenticated) as caught:
            registry.log_in(name, password)
        said.add(str(caught.value))
    assert len(said) == 1


def test_two_people_cannot_have_one_name(registry: Registry) -> None:
    registry.add_user("pat", {Role.CSR}, PASSWORD)
    with pytest.raises(Conflict) as caught:
        registry.add_user("PAT", {Role.SALES}, PASSWORD)
    assert caught.value.code == Code.USER_EXISTS


@pytest.mark.parametrize("name", ["", "a b", "a,b", "a\u202eb", "x" * 101])
def test_a_name_that_could_mislead_is_refused(registry: Registry, name: str) -> None:
    with pytest.raises(InputRefused):
        registry.add_user(name, {Role.CSR}, PASSWORD)


def test_a_password_that_is_changed_while_somebody_logs_in_with_it_lets_nobody_in(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.add_user("pat", {Role.CSR}, PASSWORD)
    fits = registry_module.password_fits

    def changed_meanwhile(password: str, password_hash: str | None) -> bool:
        found = fits(password, password_hash)
        registry.set_password("pat", "another long password")
        return found

    monkeypatch.setattr(registry_module, "password_fits", changed_meanwhile)
    with pytest.raises(NotAuthenticated):
        registry.log_in("pat", PASSWORD)
    assert len(registry.gate.sessions) == 0


def test_guessing_passwords_is_slowed_down(registry: Registry) -> None:
    for peer in range(5):
        registry.gate.count_login("pat", f"192.0.2.{peer}")
    with pytest.raises(RateExceeded) as caught:
        registry.gate.count_login("pat", "192.0.2.99")
    assert 1 <= caught.value.retry_after_s <= 10


def test_a_public_key_is_allowed_less_than_the_staffs(registry: Registry) -> None:
    public = registry.gate.caller_of_key(registry.create_key({Scope.PUBLIC}).secret)
    staff = registry.gate.caller_of_key(registry.create_key({Scope.CHECK}).secret)
    for _ in range(1000):
        registry.gate.count(staff)
    registry.gate.count(public, cost=1000)
    with pytest.raises(RateExceeded):
        registry.gate.count(public)


def test_a_keys_own_rate_counts(registry: Registry) -> None:
    slow = registry.gate.caller_of_key(registry.create_key({Scope.CHECK}, rate_per_s=0.1).secret)
    registry.gate.count(slow)
    with pytest.raises(RateExceeded):
        registry.gate.count(slow)
