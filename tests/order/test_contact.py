"""Who is spoken with: what is taken for a phone number, an e-mail address and a consent, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, InputRefused
from fibermap.kernel.settings import Settings
from fibermap.order.consent import read_consent
from fibermap.order.contact import Contact, read_contact

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONLINE_ONLY = Settings(consent="online")


@pytest.mark.parametrize(
    "typed", ["406-555-0142", "(406) 555 0142", "+1 406 555 0142", "1.406.555.0142", " 4065550142 "]
)
def test_a_phone_number_is_kept_as_it_is_dialled_from_anywhere(typed: str) -> None:
    assert read_contact("Ann Lee", typed).phone == "+14065550142"


def test_a_number_with_a_country_code_is_read_as_such() -> None:
    assert read_contact("Ann Lee", "+44 20 7946 0958").phone == "+442079460958"


@pytest.mark.parametrize("typed", ["911", "555-0142", "406-555-0142 ext 4", "nobody", "1" * 60])
def test_what_cannot_be_dialled_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_contact("Ann Lee", typed)
    assert (refused.value.code, refused.value.where) == (Code.CONTACT_INVALID, {"field": "phone"})
    assert typed not in str(refused.value)


@pytest.mark.parametrize("field", ["name", "phone", "email"])
def test_a_card_number_is_taken_nowhere(field: str) -> None:
    said = {"name": "Ann", "phone": "406-555-0142", "email": "ann@example.com"}
    typed = said | {field: {"email": "4111111111111111@example.com"}.get(field, "4111 1111 1111 1111")}
    with pytest.raises(InputRefused) as refused:
        read_contact(**typed)
    assert (refused.value.code, refused.value.where) == (Code.CARD_NUMBER_REFUSED, {"field": field})


def test_an_email_is_normalised() -> None:
    assert read_contact("Ann Lee", email=" Ann@Example.COM ").email == "Ann@example.com"


@pytest.mark.parametrize(
    "typed", ["ann", "ann@localhost", "ann@shop.test", "ann@shop.invalid", "ann@[10.0.0.1]", "a\n@example.com", "@"]
)
def test_an_email_that_cannot_be_one_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_contact("Ann Lee", email=typed)
    assert (refused.value.code, refused.value.where) == (Code.CONTACT_INVALID, {"field": "email"})
    assert len(typed) < 4 or typed not in str(refused.value)


@pytest.mark.parametrize(("phone", "email"), [(None, None), ("", None), (" ", " ")])
def test_a_contact_can_be_reached_at_least_one_way(phone: str | None, email: str | None) -> None:
    with pytest.raises(InputRefused, match="phone number or an e-mail"):
        read_contact("Ann Lee", phone, email)


@pytest.mark.parametrize("name", ["", "  ", "Ann\x00Lee", "Ann\x1b[2J", "Ann\u202eeel", "x" * 121])
def test_a_name_is_visible_and_bounded(name: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_contact(name, "406-555-0142")
    assert refused.value.where == {"field": "name"}


def test_names_of_all_kinds_are_taken() -> None:
    said = ["Ann  Lee", "Zoë O\u2019Brien-Nuñez", "Nguye\u0302\u0303n Thi\u0323", "李小龙", "Kealoha & Sons, LLC"]
    assert [read_contact(name, "406-555-0142").name for name in said] == [
        "Ann Lee", "Zoë O\u2019Brien-Nuñez", "Nguy\u1ec5n Th\u1ecb", "李小龙", "Kealoha & Sons, LLC",
    ]  # fmt: skip


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_whatever_is_typed_is_a_contact_or_a_refusal(name: str, phone: str, email: str) -> None:
    try:
        read = read_contact(name, phone, email)
    except InputRefused:
        return
    assert read == read_contact(read.name, read.phone, read.email), "what was read is read again as itself"


def test_a_contact_shows_nobody_to_whoever_prints_it() -> None:
    assert repr(Contact("Ann Lee", "+14065550142")) == "Contact(...)"


@pytest.mark.parametrize("channel", ["web", "portal"])
def test_online_a_consent_is_always_asked_for(channel: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read_consent(None, None, channel, NOW, ONLINE_ONLY)
    assert refused.value.code is Code.CONSENT_REQUIRED


def test_elsewhere_the_settings_say_whether_a_consent_is_asked_for() -> None:
    assert read_consent(None, None, "door", NOW, ONLINE_ONLY) is None
    with pytest.raises(InputRefused):
        read_consent(None, None, "door", NOW, Settings())


@pytest.mark.parametrize(
    ("at", "wording"),
    [(NOW + timedelta(hours=1), "Yes"), (NOW.replace(tzinfo=None), "Yes"), (NOW, None), (NOW, " "), (None, "Yes")],
)
def test_a_consent_has_a_moment_that_was_and_words(at: datetime | None, wording: str | None) -> None:
    with pytest.raises(InputRefused) as refused:
        read_consent(at, wording, "door", NOW, ONLINE_ONLY)
    assert refused.value.code is Code.ARGUMENT_INVALID
