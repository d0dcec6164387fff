"""Keys, tokens and passwords."""

from __future__ import annotations

import pytest

from fibermap.access.passwords import hash_password, password_fits
from fibermap.access.secrets import csrf_token_of, hash_of, hint_of, new_key, new_session_token
from fibermap.kernel.errors import InputRefused


def test_a_key_is_256_random_bits_and_never_the_same() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) == len("fmk_") + 43 for key in keys)


def test_the_hint_shows_little_of_a_key() -> None:
    assert len(hint_of(new_key())) == 10


def test_a_key_of_broken_unicode_has_a_hash_like_any_other() -> None:
    assert len(hash_of("\udcff")) == 64


def test_the_csrf_token_follows_from_the_session_and_does_not_show_it() -> None:
    token = new_session_token()
    assert csrf_token_of(token) == csrf_token_of(token)
    assert token not in csrf_token_of(token)
    assert csrf_token_of(token) != hash_of(token)


def test_a_password_fits_its_own_hash_only() -> None:
    hashed = hash_password("correct horse battery")
    assert hashed.startswith("$argon2id$")
    assert password_fits("correct horse battery", hashed)
    assert not password_fits("correct horse batterY", hashed)


def test_nobodys_password_fits_nothing() -> None:
    assert not password_fits("", None)
    assert not password_fits("x" * 100_000, None)


@pytest.mark.parametrize("password", ["", "short", "x" * 257])
def test_a_password_of_the_wrong_length_is_refused(password: str) -> None:
    with pytest.raises(InputRefused, match="12 to 256"):
        hash_password(password)
