"""How long a login lasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fibermap.access.sessions import Session, SessionBook, SessionRules

START = datetime(2026, 11, 25, 8, tzinfo=UTC)
RULES = SessionRules(idle=timedelta(minutes=30), absolute=timedelta(hours=2))


def book(*names: str, most: int = 100) -> SessionBook:
    return SessionBook(RULES, [Session(name, 1, START, START) for name in names], most)


def test_it_ends_after_half_an_hour_without_a_request() -> None:
    assert book("a").find("a", START + timedelta(minutes=29)) is not None
    assert book("a").find("a", START + timedelta(minutes=30)) is None


def test_requests_keep_it_up_but_not_beyond_its_longest() -> None:
    sessions = book("a")
    for minutes in range(20, 120, 20):
        assert sessions.find("a", START + timedelta(minutes=minutes)) is not None
    assert sessions.find("a", START + timedelta(minutes=120)) is None


def test_what_is_over_stays_over() -> None:
    sessions = book("a")
    sessions.find("a", START + timedelta(hours=3))
    assert sessions.find("a", START) is None


def test_they_are_bounded_and_the_longest_unseen_goes_first() -> None:
    sessions = book("a", "b", most=2)
    sessions.find("a", START + timedelta(minutes=1))
    sessions.open(Session("c", 2, START, START))
    assert sessions.find("b", START) is None
    assert sessions.find("a", START + timedelta(minutes=2)) is not None


def test_a_person_can_be_put_out_everywhere() -> None:
    sessions = book("a", "b")
    sessions.open(Session("c", 2, START, START))
    sessions.end_all_of(1)
    assert len(sessions) == 1


def test_what_was_seen_is_told_once() -> None:
    sessions = book("a", "b")
    later = START + timedelta(minutes=5)
    sessions.find("a", later)
    assert [session.seen_at for session in sessions.take_seen()] == [later]
    assert sessions.take_seen() == []
