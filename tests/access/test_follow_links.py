"""Links by which customers follow what is theirs: nobody makes one up, and none lasts for ever."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.access.follow_links import VALID_FOR, Followed, FollowLinks, keep_follow_links
from fibermap.kernel.errors import NotFound
from fibermap.store import Store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINKS = FollowLinks(b"a secret of thirty-two bytes, say")
IDS = st.integers(1, 2**53 - 1)


@given(what=st.sampled_from(Followed), subject_id=IDS)
def test_a_link_leads_to_what_it_was_made_for(what: Followed, subject_id: int) -> None:
    token = LINKS.sign(what, subject_id, NOW)
    assert LINKS.read(token, NOW) == (what, subject_id)
    assert len(token) < 45


@given(subject_id=IDS, at=st.integers(0, 35), other=st.sampled_from("ABCXYZabcxyz0189-_"))
def test_a_link_that_was_changed_anywhere_leads_nowhere(subject_id: int, at: int, other: str) -> None:
    token = LINKS.sign(Followed.ORDER, subject_id, NOW)
    changed = token[:at] + other + token[at + 1 :]
    if changed != token:
        with pytest.raises(NotFound):
            LINKS.read(changed, NOW)


@pytest.mark.parametrize("token", ["", "A", "=", "\u00e9" * 10, "A" * 10_000, "AAAA", "<script>", "%00" * 9])
def test_what_is_no_link_leads_nowhere(token: str) -> None:
    with pytest.raises(NotFound):
        LINKS.read(token, NOW)


def test_a_link_of_another_server_leads_nowhere() -> None:
    with pytest.raises(NotFound):
        LINKS.read(FollowLinks(b"another secret").sign(Followed.LEAD, 1, NOW), NOW)


def test_a_link_ends() -> None:
    token = LINKS.sign(Followed.ORDER, 7, NOW)
    assert LINKS.read(token, NOW + VALID_FOR) == (Followed.ORDER, 7)
    with pytest.raises(NotFound):
        LINKS.read(token, NOW + VALID_FOR * 1.01)


def test_the_secret_is_made_once_and_no_question_reads_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from fibermap.kernel.errors import InputRefused
    from fibermap.store import query

    with Store.open(tmp_path / "plan.duckdb") as store:
        first = store.run(keep_follow_links, cause="test")
        assert store.run(keep_follow_links, cause="test") == first
        assert len(first.secret) == 32
        with pytest.raises(InputRefused):
            query(store, "SELECT * FROM server_secret")
