"""The keys in force."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fibermap.access.model import Key, Scope
from fibermap.access.ring import KeyRing
from fibermap.access.secrets import hash_of, hint_of
from fibermap.kernel.errors import InputRefused

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def key(secret: str, *scopes: Scope, revoked_at: datetime | None = None) -> Key:
    return Key(7, "shop", hint_of(secret), hash_of(secret), frozenset(scopes), None, NOW, revoked_at=revoked_at)


def test_it_finds_a_key_with_everything_that_its_scopes_bring() -> None:
    caller = KeyRing.of([key("fmk_a", Scope.READ)]).find("fmk_a")
    assert caller is not None
    assert caller.id == "key:7"
    assert caller.scopes == {Scope.READ, Scope.CHECK, Scope.SUGGEST}


def test_it_does_not_find_what_is_unknown_or_revoked() -> None:
    ring = KeyRing.of([key("fmk_a", Scope.CHECK, revoked_at=NOW)])
    assert ring.find("fmk_a") is None
    assert ring.find("") is None


def test_what_a_replica_carries_finds_the_same_and_holds_no_key() -> None:
    ring = KeyRing.of([key("fmk_a", Scope.CHECK), key("fmk_b", Scope.PUBLIC)])
    carried = ring.to_bytes()
    assert b"fmk_" not in carried
    assert KeyRing.from_bytes(carried).find("fmk_b") == ring.find("fmk_b")


def test_a_scope_of_a_later_release_grants_nothing() -> None:
    carried = KeyRing.of([key("fmk_a", Scope.CHECK)]).to_bytes().replace(b'"check"', b'"conquer"')
    caller = KeyRing.from_bytes(carried).find("fmk_a")
    assert caller is not None
    assert caller.scopes == {Scope.SUGGEST}


@pytest.mark.parametrize("content", [b"", b"{}x", b"[1]", b'[{"hash": 1}]', b"\xff"])
def test_a_damaged_ring_is_refused(content: bytes) -> None:
    with pytest.raises(InputRefused):
        KeyRing.from_bytes(content)
