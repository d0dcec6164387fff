"""Notices leave: first it is on record that one is being sent, then it is handed over, then what came of it.

A mail server cannot be asked what it took. So one whose sending was interrupted is never sent again by itself: it
waits for a person, who sends it again or counts it as told. What is to be told must be true when it leaves: of an order
that has ended nobody hears that it was placed, and of one that stands still not yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fibermap.messages.message import Message
from fibermap.messages.messenger import Messenger, NotSent, OutcomeUnknown, Send, TurnedAway
from fibermap.messages.settings import MailSettings
from fibermap.order.notice_facts import message_of
from fibermap.order.notice_store import find_notice
from fibermap.store import Store, UnitOfWork

MOST_ATTEMPTS = 8
"""So often a server may put one off; then a person sees to it."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
_STEPS_OF_A_CALL = 10

_ANY = "SELECT EXISTS (SELECT 1 FROM notice WHERE state IN ('queued', 'sending', 'to_call', 'failed'))"
_OVER = """
    UPDATE notice SET state = 'recalled', changed_at = $now
    WHERE state IN ('queued', 'to_call', 'failed') AND (
        subject = 'order' AND subject_id IN (
            SELECT order_id FROM customer_order WHERE state IN ('cancelled', 'failed', 'rejected'))
        OR subject = 'commitment' AND subject_id IN (
            SELECT commitment_id FROM commitment WHERE state IN ('converted', 'withdrawn')))
"""
_STILL = "(n.subject <> 'order' OR n.subject_id NOT IN (SELECT order_id FROM customer_order WHERE state = 'held'))"
_BY_PHONE = f"""
    UPDATE notice AS n
    SET state = CASE WHEN c.phone IS NULL THEN 'undeliverable' ELSE 'to_call' END, changed_at = $now
    FROM contact c WHERE c.contact_id = n.contact_id AND n.state = 'queued' AND c.email IS NULL AND {_STILL}
"""
_INTERRUPTED = """
    UPDATE notice SET state = 'unknown', failure = 'interrupted', changed_at = $now
    WHERE state = 'sending' AND changed_at < $stale
"""
_NEXT = f"""
    SELECT n.notice_id FROM notice n JOIN contact c USING (contact_id)
    WHERE n.state = 'queued' AND coalesce(n.due_at <= $now, true) AND c.email IS NOT NULL AND {_STILL}
    ORDER BY n.queued_at, n.notice_id LIMIT 1
"""
_CLAIM = """
    UPDATE notice SET state = 'sending', attempts = attempts + 1, due_at = NULL, failure = NULL, changed_at = $now
    WHERE notice_id = $id
"""
_RECORD = """
    UPDATE notice
    SET state = $state, failure = $failure, due_at = $due_at, told_by = $told_by, changed_at = $now
    WHERE notice_id = $id AND attempts = $attempts AND state IN ('sending', 'unknown')
"""


@dataclass(frozen=True, slots=True)
class NoticeDesk:
    """What sending needs: the open database, who carries messages, the settings of that, and where links lead.

    Attributes
    ----------
    portal_url
        None: messages have no links.
    """

    store: Store
    messenger: Messenger
    settings: MailSettings
    portal_url: str | None = None

    @property
    def call_is_over_after(self) -> timedelta:
        """After so long a sending that nobody answered for has ended: the process that did it is gone."""
        return timedelta(seconds=_STEPS_OF_A_CALL * self.settings.timeout_s)


@dataclass(frozen=True, slots=True)
class SentRound:
    """What came of a round, in notices.

    Attributes
    ----------
    sent
        Taken by the messenger.
    put_off
        Turned away for now; they are tried again.
    to_person
        Turned away for good, or of unknown outcome: they wait for a person.
    broke_off
        A code for why the round ended early; None: it did not.
    """

    messenger: str
    sent: int = 0
    put_off: int = 0
    to_person: int = 0
    broke_off: str | None = None


@dataclass(frozen=True, slots=True)
class _Claimed:
    notice_id: int
    attempts: int
    message: Message | None


@dataclass(frozen=True, slots=True)
class _Outcome:
    state: str
    failure: str | None = None
    due_at: datetime | None = None


def send_notices(desk: NoticeDesk) -> SentRound:
    """Send what may leave now, up to ``most_per_round``; of several that do so at once each sends others."""
    done = SentRound(desk.messenger.name)
    if not desk.store.preview(lambda uow: uow.sql.value("notice.any", _ANY), cause="read"):
        return done
    desk.store.run(lambda uow: _bring_in_line(uow, desk.call_is_over_after), cause="send_notices")
    if _next(desk) is None:
        return done
    try:
        with desk.messenger.connected() as send:
            for _ in range(desk.settings.most_per_round):
                claimed = desk.store.run(lambda uow: _claim(uow, desk), cause="send_notices")
                if claimed is None:
                    break
                outcome, broke_off = _hand_over(desk, send, claimed)
                done = _counted(done, outcome)
                if broke_off is not None:
                    return replace(done, broke_off=broke_off)
    except NotSent as error:
        return replace(done, broke_off=error.why)
    return done


def _bring_in_line(uow: UnitOfWork, over_after: timedelta) -> None:
    now = {"now": uow.at_utc}
    uow.sql.execute("notice.over", _OVER, now)
    uow.sql.execute("notice.by_phone", _BY_PHONE, now)
    uow.sql.execute("notice.interrupted", _INTERRUPTED, now | {"stale": uow.at_utc - over_after})


def _next(desk: NoticeDesk) -> int | None:
    notice_id: int | None = desk.store.preview(
        lambda uow: uow.sql.value("notice.next", _NEXT, {"now": uow.at_utc}), cause="read"
    )
    return notice_id


def _claim(uow: UnitOfWork, desk: NoticeDesk) -> _Claimed | None:
    """Put on record that the next notice is being sent, and write it; None: there is none."""
    notice_id = uow.sql.value("notice.next", _NEXT, {"now": uow.at_utc})
    if notice_id is None:
        return None
    notice = find_notice(uow, notice_id)
    uow.sql.execute("notice.claim", _CLAIM, {"id": notice_id, "now": uow.at_utc})
    try:
        message = message_of(uow, notice, desk.portal_url)
    except ValueError:
        message = None
    return _Claimed(notice_id, notice["attempts"] + 1, message)


def _hand_over(desk: NoticeDesk, send: Send, claimed: _Claimed) -> tuple[_Outcome, str | None]:
    """Hand a notice over and write what came of it; the code says why no other one need be tried now."""
    broke_off = None
    try:
        if claimed.message is None:
            raise TurnedAway("cannot_be_written", for_good=True)
        send(claimed.message)
        outcome = _Outcome("sent")
    except TurnedAway as error:
        for_good = error.for_good or claimed.attempts >= MOST_ATTEMPTS
        outcome = _Outcome("failed", error.why) if for_good else _put_off(desk, claimed, error.why)
    except NotSent as error:
        outcome, broke_off = _put_off(desk, claimed, error.why), error.why
    except OutcomeUnknown:
        outcome, broke_off = _Outcome("unknown", "interrupted"), "interrupted"
    desk.store.run(lambda uow: _record(uow, desk, claimed, outcome), cause="send_notices")
    return outcome, broke_off


def _put_off(desk: NoticeDesk, claimed: _Claimed, why: str) -> _Outcome:
    pause = min(_FIRST_PAUSE * 4 ** min(claimed.attempts - 1, 10), _LONGEST_PAUSE)
    return _Outcome("queued", why, desk.store.clock.now() + pause)


def _record(uow: UnitOfWork, desk: NoticeDesk, claimed: _Claimed, outcome: _Outcome) -> None:
    row = {
        "id": claimed.notice_id, "attempts": claimed.attempts, "state": outcome.state, "failure": outcome.failure,
        "due_at": outcome.due_at, "told_by": desk.messenger.name if outcome.state == "sent" else None,
        "now": uow.at_utc,
    }  # fmt: skip
    uow.sql.execute("notice.record", _RECORD, row)


def _counted(done: SentRound, outcome: _Outcome) -> SentRound:
    if outcome.state == "sent":
        return replace(done, sent=done.sent + 1)
    if outcome.state == "queued":
        return replace(done, put_off=done.put_off + 1)
    return replace(done, to_person=done.to_person + 1)
